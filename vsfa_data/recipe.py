"""What a builder file may say, and how to say what is wrong with one.

A recipe is YAML. `collect.sources`, `filter` and `caption` each name a part (a source, an
encoder, a captioner) and take that part's own options as further keys, so the model that
checks them is put together from the step's keys and the named part's `Options`.
"""

from __future__ import annotations

import difflib
import functools
import reprlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

import yaml
from pydantic import (
    BeforeValidator,
    Field,
    ValidationError,
    create_model,
    field_validator,
    model_validator,
)

from vsfa_data import parts, resources
from vsfa_data.collect.fetch.settings import FetchSection
from vsfa_data.errors import UserError
from vsfa_data.filter.license_class import LicenseClass
from vsfa_data.plain_yaml import plain_yaml
from vsfa_data.sections import Section

SEMVER: Final = r"^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$"
MAX_RECIPE_BYTES: Final = 1_000_000
_NOT_BLANK: Final = r"\S"


def _share_or_word(said: object) -> object:
    is_number = isinstance(said, int | float) and not isinstance(said, bool)
    if said in ("encoder", "none") or (is_number and 0.0 <= float(str(said)) <= 1.0):
        return said
    raise ValueError("must be a share from 0 to 1, or encoder, or none")


Off = Annotated[Literal["off"], BeforeValidator(lambda said: "off" if said is False else said)]
"""The word `off`, which YAML takes for a `false`."""


class SourceSection(Section):
    """One image source; further keys are that source's own."""

    source: str
    """Name of the source: a file in vsfa_data/collect/sources/."""


class CollectSection(Section):
    """Where images come from and which are fit to keep."""

    sources: tuple[SourceSection, ...] = Field(min_length=1)
    """Image sources, read in this order."""
    min_side_px: int = Field(64, ge=1, le=65_536)
    """Shortest side an image may have, in pixels."""
    max_side_px: int = Field(1024, ge=16, le=65_536)
    """Longest side; larger images are scaled down to it, in pixels."""
    max_aspect: float = Field(8.0, ge=1.0, allow_inf_nan=False)
    """Longer side divided by shorter side, at most."""
    max_pixels: int = Field(80_000_000, ge=1, le=1_000_000_000)
    """Width x height that will be decoded, at most: a guard against decompression bombs."""
    max_bytes: int = Field(50_000_000, ge=1, le=2**40)
    """Size of an image file that will be read, at most, in bytes."""
    max_decode_s: float = Field(30.0, gt=0.0, le=86_400.0)
    """Processor time that decoding one image may take, in seconds; ten times that on the clock.
    The slowest sound picture of 80 megapixels took 4."""
    limit: int | None = Field(None, ge=1, lt=2**63)
    """Images to collect, at most: the first ones that the sources list. Null: all."""
    keep_unlicensed: bool = False
    """Whether to keep images whose licence is not known."""
    tombstones: str | None = Field(None, min_length=1)
    """Table (.csv) with image_id or source_ref, reason and date of images that are never to be
    collected again; `tombstones.csv` in the output folder holds besides."""
    fetch: FetchSection = FetchSection()
    """How addresses are fetched."""


class FilterSection(Section):
    """Which images show a threat-related concept, and which serve as their controls.

    Further keys are the encoder's own.
    """

    encoder: str
    """Name of the encoder: a file in vsfa_data/filter/encoders/."""
    concept_set: str = "default"
    """Name of a file in concepts/, or a path: the concepts and their wordings."""
    concepts: Literal["all"] | tuple[str, ...] = "all"
    """Threat concepts to look for: `all` of the concept set, or a list of names and categories."""
    calibration: str | None = Field(None, min_length=1)
    """File of a calibration (`vsfa-data calibrate` makes one). Null: the one that is shipped with
    the concept set or lies beside its file."""
    uncalibrated: bool = False
    """Whether to do without a calibration: threat_score is then null, and images are selected by
    their margin instead."""
    min_threat: float = Field(0.5, ge=0.0, le=1.0)
    """Threat probability from which an image counts as threat-related."""
    max_control_threat: float = Field(0.2, ge=0.0, le=1.0)
    """Threat probability up to which an image may serve as a control."""
    min_margin: float = Field(0.0, ge=-2.0, le=2.0)
    """Uncalibrated: margin (cosine difference) from which an image counts as threat-related."""
    max_control_margin: float = Field(-0.01, ge=-2.0, le=2.0)
    """Uncalibrated: margin up to which an image may serve as a control."""
    max_per_concept: int | None = Field(None, ge=1)
    """Images kept for one concept, at most; the most probable stay. Null: no limit."""
    max_images: int | None = Field(None, ge=1)
    """Threat images kept in all, at most. Null: no limit."""
    balance: Literal["concept", "none"] = "concept"
    """How max_images are shared: `concept`: evenly among the concepts, as far as each has images;
    `none`: the most probable stay, whatever their concept."""
    threats_by: Literal["threshold", "quota"] = "threshold"
    """`threshold`: threats are what reaches min_threat (or min_margin). `quota`: the most probable
    of each concept up to max_per_concept, of all that is above max_control_threat."""
    concept_weights: dict[str, Annotated[float, Field(ge=0.0, le=1000.0)]] = Field(
        default_factory=dict
    )
    """Concept or category -> by what its max_per_concept, and its share of max_images, is
    multiplied; 1 if not listed, 0: none is kept."""
    control: Literal["matched", "none"] = "matched"
    """`matched`: one neutral control for each threat image, most like it in plain properties; an
    image nearest to a look-alike is none. `none`: no controls."""
    unmatched: Literal["reject", "keep"] = "reject"
    """What becomes of threats for which no neutral image is left, and of images whose partner falls
    away in a later step: `reject` keeps both configs of one size, `keep` publishes them without a
    partner."""
    titles: Literal["ignore", "controls", "both"] = "controls"
    """What titles (in English) are used for. `controls`: an image whose title names a threat is no
    control. `both`: also, an image with a title that names none is no threat. `ignore`: nothing."""
    near_duplicate_cosine: float | Off | Literal["encoder"] = "encoder"
    """Cosine of two images' embeddings, up to 1, from which they are near-duplicates, beside what
    their perceptual hashes say. `encoder`: what is known of it (0.95 for `embedded`; of others what
    their calibration has measured). `off`: hashes alone."""
    min_sharpness: float = Field(0.01, ge=0.0, le=1.0)
    """Sharpness below which an image is rejected as blurred (0.05 and more are usual)."""
    min_contrast: float = Field(0.02, ge=0.0, le=0.5)
    """Standard deviation of luma below which an image is rejected as flat."""
    min_content: float = Field(0.005, ge=0.0, le=1.0)
    """Share of pixels unlike the corners below which an image is rejected as nearly empty."""
    licenses: Literal["all"] | tuple[LicenseClass, ...] = "all"
    """Classes of licences that are kept: `all`, or a list."""
    audit: int = Field(50, ge=0, le=10_000)
    """Rejected images that are drawn by lot and listed in work/select/audit.csv, for people who
    want to see what is missed."""

    def model_post_init(self, _context: Any, /) -> None:
        """Refuse thresholds that would make an image both a threat and its control, and so on."""
        if isinstance(self.near_duplicate_cosine, float) and not (
            0.5 <= self.near_duplicate_cosine <= 1.0
        ):
            raise ValueError("near_duplicate_cosine must be from 0.5 to 1, or encoder, or off")
        if self.max_control_threat >= self.min_threat:
            raise ValueError(
                f"max_control_threat {self.max_control_threat:g} must be below "
                f"min_threat {self.min_threat:g}"
            )
        if self.max_control_margin >= self.min_margin:
            raise ValueError(
                f"max_control_margin {self.max_control_margin:g} must be below "
                f"min_margin {self.min_margin:g}"
            )
        if self.uncalibrated and self.calibration is not None:
            raise ValueError("uncalibrated: true leaves no use for a calibration: drop one of them")
        if self.concept_weights and self.max_per_concept is None and self.max_images is None:
            raise ValueError("concept_weights multiply max_per_concept or max_images: set one")
        if self.threats_by == "quota" and self.max_per_concept is None:
            raise ValueError("threats_by: quota needs max_per_concept")


class CaptionSection(Section):
    """Who says what is in the images. Further keys are the captioner's own."""

    captioner: str
    """Name of the captioner: a file in vsfa_data/caption/captioners/."""
    grounding: Annotated[float | Literal["encoder", "none"], BeforeValidator(_share_or_word)] = (
        "encoder"
    )
    """Share of other images' captions, 0 to 1, that may fit an image better than its own before the
    image is rejected; only what a model worded is judged, with the filter's encoder. `encoder`:
    what is known of it (0.7 for `embedded`, 0.5 for others). `none`: nothing is judged."""


class AskSection(Section):
    """Which neutral questions are asked, and how many."""

    families: Literal["all"] | Annotated[tuple[str, ...], Field(min_length=1)] = "all"
    """Question families: `all`, or a list of names in templates/ and of files of one's own."""
    pairs_per_image: int = Field(6, ge=1, le=64)
    """Questions asked of one image, at most: a conversation has twice as many turns."""
    fewest_pairs: int | None = Field(None, ge=1, le=64)
    """Lets conversations differ in length: between this many questions and pairs_per_image, drawn
    by image. Null: all have pairs_per_image."""
    follow_ups: int = Field(2, ge=0, le=64)
    """Questions among them that refer to the one before, at most."""
    max_words: int = Field(250, ge=10, le=5_000)
    """Words of an answer that a model wrote, at most."""
    neutrality: Literal["meaning", "words"] = "meaning"
    """`meaning`: what a model wrote is held against a word list and judged by a text encoder
    (extra `embedded`); `words`: against the list only."""

    def model_post_init(self, _context: Any, /) -> None:
        """Refuse lengths that contradict each other."""
        if self.fewest_pairs is not None and self.fewest_pairs > self.pairs_per_image:
            raise ValueError(
                f"fewest_pairs {self.fewest_pairs} exceeds pairs_per_image {self.pairs_per_image}"
            )


class SplitSection(Section):
    """Shares of the images in each split; they add up to 1."""

    train: float = Field(0.8, gt=0.0, le=1.0)
    """Share for training."""
    validation: float = Field(0.1, ge=0.0, lt=1.0)
    """Share for choosing hyperparameters."""
    test: float = Field(0.1, ge=0.0, lt=1.0)
    """Share held out for the final measurement."""
    stratified: bool = False
    """Give every concept these shares, as nearly as whole images can have them. A later version
    keeps an image where it was only if `release.previous` names the last one. Without this, each
    image is drawn for itself, and threat images stay where they are in any case."""

    def model_post_init(self, _context: Any, /) -> None:
        """Refuse shares that do not add up."""
        total = self.train + self.validation + self.test
        if abs(total - 1.0) > 1e-9:
            raise ValueError(f"the shares add up to {total:g}, not to 1")


class ReleaseSection(Section):
    """What is published and under which terms."""

    configs: tuple[Literal["threat", "control", "text", "mixed"], ...] = ("threat", "control")
    """Configs of the dataset; the first is the default one. `text`: the conversations of
    `threat` with the caption instead of the picture. `mixed`: half with the one, half with the
    other."""
    license: str = Field(pattern=_NOT_BLANK)
    """Licence of the dataset as the Hub spells it, for example cc0-1.0 or other."""
    gated: Literal["manual", "auto", "no"] = "manual"
    """Whether readers must ask for access: by hand, automatically, or not at all."""
    not_for_all_audiences: bool = False
    """Whether the Hub warns readers before it shows the dataset: for pictures that may shock."""
    pretty_name: str = Field(pattern=_NOT_BLANK, max_length=200)
    """Title of the dataset card."""
    splits: SplitSection = SplitSection()
    """Shares of train, validation and test."""
    previous: str | None = Field(None, min_length=1)
    """Folder of the last version, a release or the --out of a build: its images keep their
    splits, and CHANGELOG.md says what changed since. Null: this is the first version;
    a later one cannot be pushed if an image would change its split."""

    @field_validator("configs")
    @classmethod
    def _made_of(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value or len(set(value)) != len(value):
            raise ValueError("name at least one config, and each only once")
        for config, base in (("text", "threat"), ("mixed", "text")):
            if config in value and base not in value:
                raise ValueError(f"'{config}' is made of '{base}': list that too")
        return value

    @field_validator("gated", mode="before")
    @classmethod
    def _yaml_no(cls, value: object) -> object:
        return "no" if value is False else value


class Recipe(Section):
    """A dataset that can be built."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")
    """Name, also the file's name: small letters, digits, - and _."""
    version: str = Field(pattern=SEMVER)
    """Version of the dataset: three numbers, such as 1.0.0 (semver); becomes its tag."""
    description: str = Field(min_length=1, max_length=200)
    """One line that `vsfa-data recipes` shows."""
    seed: int = Field(0, ge=0, lt=2**32)
    """Seed of every choice that is drawn."""
    collect: CollectSection
    filter: FilterSection
    caption: CaptionSection
    ask: AskSection = AskSection()
    release: ReleaseSection

    @model_validator(mode="after")
    def _publishes_something(self) -> Self:
        if self.filter.control == "none" and set(self.release.configs) == {"control"}:
            raise ValueError(
                "filter.control: none makes no controls, but release.configs lists nothing else: "
                "say filter.control: matched, or list threat"
            )
        return self


def available() -> dict[str, Path]:
    """Recipes that ship with the toolkit: name -> file."""
    return {path.stem: path for path in sorted(resources.folder("builders").glob("*.yaml"))}


def is_shipped(recipe: Recipe) -> bool:
    """Whether this is a recipe of the toolkit as it stands, with nothing overridden."""
    path = available().get(recipe.name)
    return path is not None and _as_shipped(path, path.read_bytes()) == recipe.model_dump()


@functools.cache
def _as_shipped(path: Path, _: bytes) -> dict[str, Any]:
    """What the recipe at `path` says while the file holds these bytes."""
    return load(str(path)).model_dump()


def describes_others(recipe: Recipe) -> bool:
    """Whether the recipe has a shipped one's title and description, but not its pictures."""
    said = (recipe.description, recipe.release.pretty_name)
    return any(
        # As plain data: each recipe has a model of its own, and two classes are never equal.
        said == (shipped.description, shipped.release.pretty_name)
        and _plain_sources(recipe) != _plain_sources(shipped)
        for shipped in map(load, available())
    )


def _plain_sources(recipe: Recipe) -> list[dict[str, Any]]:
    return [source.model_dump() for source in recipe.collect.sources]


def load(name_or_path: str, overrides: Sequence[str] = (), seed: int | None = None) -> Recipe:
    """The recipe of that name or path, with `key.path=value` overrides laid over it.

    Raises UserError naming the file, the key path, what was given and what is allowed.
    """
    path = _find(name_or_path)
    data = _read(path)
    for override in overrides:
        _override(data, override)
    if seed is not None:
        data["seed"] = seed
    return parse(data, origin=f"{path} with --set" if overrides else str(path))


def parse(data: Mapping[str, Any], origin: str = "recipe") -> Recipe:
    """A checked recipe from plain data. Raises UserError as `load` does."""
    model = _model_for(data, origin)
    try:
        return model.model_validate(dict(data))
    except ValidationError as error:
        raise UserError(_explain(error, origin, model)) from None


def filter_section(
    data: Mapping[str, Any], overrides: Sequence[str] = (), origin: str = "filter"
) -> FilterSection:
    """A checked filter section with its encoder's options, for commands that need no more.

    Raises UserError as `load` does; overrides are those of `--set`, without `filter.`.
    """
    plain = dict(data)
    for override in overrides:
        _override(plain, override)
    model = _with_options(FilterSection, "encoders", plain.get("encoder"), f"{origin}: encoder")
    try:
        found = model.model_validate(plain)
    except ValidationError as error:
        raise UserError(_explain(error, origin, model)) from None
    assert isinstance(found, FilterSection)  # noqa: S101  for the type checker
    return found


def _find(name_or_path: str) -> Path:
    known = available()
    if name_or_path in known:
        return known[name_or_path]
    path = resources.user_path(name_or_path)
    if path.is_file():
        return path
    close = difflib.get_close_matches(name_or_path, known, n=1)
    hint = f" Did you mean '{close[0]}'?" if close else ""
    raise UserError(
        f"no recipe '{name_or_path}': it is neither a file nor one of {', '.join(known)}.{hint} "
        f"Run: vsfa-data recipes"
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MAX_RECIPE_BYTES:
            raise UserError(f"{path}: a recipe is at most {MAX_RECIPE_BYTES:,} bytes")
        data = plain_yaml(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        where = getattr(error, "problem_mark", None)
        place = f" (line {where.line + 1}, column {where.column + 1})" if where else ""
        problem = getattr(error, "problem", None) or str(error) or "not valid YAML"
        raise UserError(f"{path}: {problem}{place}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read as a recipe: {error}") from None
    if not isinstance(data, dict):
        raise UserError(f"{path}: a recipe is a mapping of keys to values, not {_kind(data)}")
    return data


def _override(data: dict[str, Any], override: str) -> None:
    key, equals, text = override.partition("=")
    if not equals or not key.strip():
        raise UserError(f"--set {override}: write it as key.path=value, e.g. filter.min_threat=0.6")
    try:
        value = plain_yaml(text)
    except yaml.YAMLError:
        raise UserError(f"--set {override}: the value is not valid YAML") from None
    steps: list[str] = key.strip().split(".")
    place: Any = data
    for done, step in enumerate(steps):
        here, last = ".".join(steps[:done]) or "the recipe", done == len(steps) - 1
        if isinstance(place, list):
            numbers = {str(number): number for number in range(len(place))}
            if step not in numbers:
                allowed = f"; '{step}' must be a number from 0 to {len(place) - 1}"
                raise UserError(
                    f"--set {override}: {here} has {len(place)} entries{allowed if place else ''}"
                )
            index: Any = numbers[step]
        elif isinstance(place, dict):
            index = step
            if not last and place.get(step) is None:
                place[step] = {}
        else:
            raise UserError(f"--set {override}: {here} is {_kind(place)} and has no keys")
        if last:
            place[index] = value
        else:
            place = place[index]


def _model_for(data: Mapping[str, Any], origin: str) -> type[Recipe]:
    """`Recipe` with the options of the parts that `data` names."""
    fields: dict[str, Any] = {}
    for step, base, key, kind in (
        ("filter", FilterSection, "encoder", "encoders"),
        ("caption", CaptionSection, "captioner", "captioners"),
    ):
        section = data.get(step)
        name = section.get(key) if isinstance(section, Mapping) else None
        fields[step] = (_with_options(base, kind, name, f"{origin}: {step}.{key}"), ...)
    collect = data.get("collect")
    listed = collect.get("sources") if isinstance(collect, Mapping) else None
    if isinstance(listed, list) and listed:
        kinds = [
            _with_options(
                SourceSection,
                "sources",
                entry.get("source") if isinstance(entry, Mapping) else None,
                f"{origin}: collect.sources.{number}.source",
            )
            for number, entry in enumerate(listed)
        ]
        sources: Any = tuple.__class_getitem__(tuple(kinds))
        fields["collect"] = (
            create_model("CollectSection", __base__=CollectSection, sources=(sources, ...)),
            ...,
        )
    return create_model("Recipe", __base__=Recipe, **fields)


def _with_options(base: type[Section], kind: str, name: Any, where: str) -> type[Section]:
    if not isinstance(name, str):
        return base
    try:
        part = parts.load(kind, name)
    except UserError as error:
        raise UserError(f"{where}: {error}") from None
    return create_model(base.__name__, __base__=(base, part.Options))


def _explain(error: ValidationError, origin: str, model: type[Section]) -> str:
    """The first problem of `error` in one line, and how many more there are."""
    problems = error.errors(include_url=False)
    first, keys = problems[0], problems[0]["loc"]
    if first["type"] != "extra_forbidden":  # whose key is whatever the file says
        keys = _keys(keys)
    # What may be one thing or another has a problem for each of them.
    same = [one for one in problems if _keys(one["loc"]) == keys and one["input"] is first["input"]]
    more = len(problems) - len(same)
    path = ".".join(str(key) for key in keys) or "the recipe"
    if first["type"] == "extra_forbidden":
        known = _keys_at(model, keys[:-1])
        close = difflib.get_close_matches(str(keys[-1]), known, n=1)
        if len(keys) == 1:  # a key that was given without its section
            at = (name for name in known if keys[0] in _keys_at(model, (name,)))
            close = [f"{name}.{keys[0]}" for name in at] or close
        hint = f" Did you mean '{close[0]}'?" if close else ""
        what = f"unknown key.{hint} Allowed here: {', '.join(known)}"
    elif first["type"] == "missing":
        what = f"this key is required{_describe(model, keys)}"
    else:
        given = f"given {reprlib.repr(first['input'])}; " if keys else ""  # not the whole recipe
        messages = ", or ".join(dict.fromkeys(_lower(one["msg"]) for one in same))
        what = f"{given}{messages}{_describe(model, keys)}"
    return f"{origin}: {path}: {what}" + (f" (and {more} more)" if more else "")


def _keys(place: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Keys of the recipe without what pydantic puts between them: `literal['all']`, `[key]`."""
    return tuple(key for key in place if isinstance(key, int) or not key.endswith("]"))


def _field_at(model: type[Section], keys: tuple[int | str, ...]) -> Any:
    """Annotation of the value at `keys`, or None where the path leaves the model."""
    here: Any = model
    for key in keys:
        if isinstance(key, int):
            arguments = getattr(here, "__args__", ())
            here = arguments[key] if key < len(arguments) else None
        elif isinstance(here, type) and issubclass(here, Section) and key in here.model_fields:
            here = here.model_fields[key].annotation
        else:
            return None
    return here


def _keys_at(model: type[Section], keys: tuple[int | str, ...]) -> list[str]:
    section = _field_at(model, keys)
    if isinstance(section, type) and issubclass(section, Section):
        return list(section.model_fields)
    return []


def _describe(model: type[Section], keys: tuple[int | str, ...]) -> str:
    parent = _field_at(model, keys[:-1]) if keys else None
    if isinstance(parent, type) and issubclass(parent, Section) and keys[-1] in parent.model_fields:
        text = parent.model_fields[str(keys[-1])].description
        return f". {' '.join(text.split())}" if text else ""
    return ""


def _lower(message: str) -> str:
    message = message.removeprefix("Value error, ")
    return message[:1].lower() + message[1:]


def _kind(value: object) -> str:
    return {list: "a list", str: "text", type(None): "empty"}.get(type(value), repr(value))
