from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image

from tests.collect import whole
from tests.collect.synthesis import tiny
from vsfa_data import parts
from vsfa_data.collect.sources.diffusion import DiffusionSource
from vsfa_data.errors import MissingExtraError, SetupError, UserError

WORDS = {
    "version": "1.0.0",
    "prompt": "{style} of {subject} {scene}",
    "scenes": ["in a room", "outside"],
    "styles": ["a photograph", "a drawing"],
    "threat": {"blades": ["a sword", "an axe"], "firearms": ["a rifle"]},
    "neutral": {"pets": ["a dog"]},
}
QUICK: dict[str, Any] = {
    "license": "CC0-1.0",
    "steps": 1,
    "width_px": 32,
    "height_px": 32,
    "per_concept": 3,
    "per_neutral": 2,
    "device": "cpu",
}


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("words") / "own.yaml"
    path.write_text(yaml.safe_dump(WORDS), encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.saved(tmp_path_factory.mktemp("model"))


@pytest.fixture
def entry(model: Path, words: str) -> dict[str, Any]:
    """A recipe's entry that makes eight pictures."""
    return {"source": "diffusion", "model": str(model), "words": words, **QUICK}


def example(tmp_path: Path) -> Iterator[DiffusionSource]:
    """For the contract test; see there. Listing loads no model, so these files may be empty."""
    (tmp_path / "unet").mkdir()
    for name in ("model_index.json", "unet/diffusion_pytorch_model.safetensors"):
        (tmp_path / name).touch()
    yield source({"model": str(tmp_path), **QUICK})


def source(entry: dict[str, Any], **changed: Any) -> DiffusionSource:
    given = {key: value for key, value in (entry | changed).items() if key != "source"}
    return DiffusionSource(DiffusionSource.Options.model_validate(given))


def test_listing_gives_prompts_and_makes_nothing(entry: dict[str, Any], model: Path) -> None:
    found = source(entry)
    listed = list(found.iterate())
    assert len(listed) == found.length() == 8
    assert len({one.source_ref for one in listed}) == 8
    first = listed[0]
    revision = found.identity().removeprefix("tiny-sd at ")
    assert len(revision) == 64
    assert first.source_ref.startswith(f"tiny-sd@{revision[:12]}?seed=")
    assert first.source_ref.endswith("&steps=1&guidance=7.5&size=32x32")
    assert first.title in {
        f"{style} of {subject} {scene}"
        for style in WORDS["styles"]
        for subject in WORDS["threat"]["blades"]  # type: ignore[index]
        for scene in WORDS["scenes"]
    }
    assert (first.license, first.attribution) == ("CC0-1.0", "made with tiny-sd")
    assert str(model) not in str(listed)


def test_concepts_take_turns_and_neutral_ones_may_be_left_out(entry: dict[str, Any]) -> None:
    titles = [one.title or "" for one in source(entry).iterate()]
    kinds = ["dog" if "dog" in t else "rifle" if "rifle" in t else "blade" for t in titles]
    assert kinds == ["blade", "rifle", "dog", "blade", "rifle", "dog", "blade", "rifle"]
    only = source(entry, concepts=["firearms"], neutral=False)
    assert ["rifle" in (one.title or "") for one in only.iterate()] == [True] * 3


@pytest.mark.parametrize(
    "changed",
    [
        {"seed": 1},
        {"steps": 2},
        {"guidance": 3.0},
        {"width_px": 48},
        {"negative_prompt": "blur"},
        {"batch_size": 2},
        {"per_concept": 4},
        {"concepts": ["blades"]},
    ],
    ids=str,
)
def test_another_recipe_is_another_snapshot(entry: dict[str, Any], changed: dict[str, Any]) -> None:
    assert source(entry).snapshot() == source(entry).snapshot()
    assert source(entry, **changed).snapshot() != source(entry).snapshot()


def test_another_model_is_another_snapshot(entry: dict[str, Any], tmp_path: Path) -> None:
    other = tiny.saved(tmp_path)
    (other / "scheduler" / "scheduler_config.json").write_text("{}")
    assert source(entry, model=str(other)).snapshot() != source(entry).snapshot()


def test_pictures_are_made_by_the_workers_and_are_the_same_in_any_process_and_shard(
    entry: dict[str, Any], tmp_path: Path
) -> None:
    chosen = whole.recipe(entry)
    for workers, shard_size in ((0, 8), (1, 3)):
        out = tmp_path / str(workers)
        whole.collect(chosen, out, workers=workers, shard_size=shard_size)
    alone, shared = (whole.images(tmp_path / at) for at in ("0", "1"))
    assert alone == shared
    assert len(alone) == 8
    listed = list(source(entry).iterate())
    for row, one in zip(alone, listed, strict=True):
        known = {name: row[name] for name in ("source_ref", "title", "license", "attribution")}
        assert known == {name: getattr(one, name) for name in known}
        assert row["source"] == "diffusion"
        assert (row["width"], row["height"]) == (32, 32)
        assert row["page_url"] is None


def test_any_picture_can_be_made_again(entry: dict[str, Any], tmp_path: Path) -> None:
    whole.collect(whole.recipe(entry), tmp_path)
    found = source(entry)
    wanted = list(found.iterate())[5]
    assert wanted.made_from is not None
    found.open()
    (again,) = found.make([wanted.made_from])
    assert isinstance(again, bytes)
    kept = whole.images(tmp_path)[5]
    assert kept["source_ref"] == wanted.source_ref
    pixels = [Image.open(BytesIO(data)).convert("RGB").tobytes() for data in (again, kept["image"])]
    assert pixels[0] == pixels[1]


def test_what_the_safety_checker_flags_is_counted(entry: dict[str, Any], tmp_path: Path) -> None:
    strict = tiny.saved(tmp_path, safety_checker=tiny.checker(threshold=-2.0))
    sources = (entry | {"model": str(strict)}, entry)
    built = whole.collect(whole.recipe(*sources), tmp_path / "out")
    assert built.funnel["collect"] == {
        "unit": "images",
        "in": 16,
        "kept": 8,
        "rejected": {"flagged": 8},
    }
    assert {row["position"] for row in whole.images(tmp_path / "out")} == set(range(8, 16))


def test_the_model_is_named_where_identities_are(entry: dict[str, Any]) -> None:
    from vsfa_data.collect.stage import CollectStage

    stage = CollectStage(whole.recipe({"source": "folder", "path": "x"}, entry))
    assert stage.identities() == {"collect.sources.1": source(entry).identity()}


def test_the_licence_is_the_recipes_to_state(entry: dict[str, Any]) -> None:
    del entry["license"]
    with pytest.raises(UserError, match=r"collect.sources.0.license: this key is required"):
        whole.recipe(entry)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"model": "nowhere"}, "is neither a folder here nor a name on the Hub"),
        ({"model": "org/name"}, "needs a 'revision'"),
        ({"words": "mine"}, r"no wording 'mine'.*concepts/synthesis/"),
        ({"concepts": ["pets"]}, "'pets' is no threat concept"),
    ],
)
def test_what_cannot_work_is_told_before_any_work(
    entry: dict[str, Any], tmp_path: Path, changed: dict[str, Any], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        whole.collect(whole.recipe(entry | changed), tmp_path)
    assert not (tmp_path / "work" / "collect").exists()


def test_pickled_weights_are_told_before_any_work(entry: dict[str, Any], tmp_path: Path) -> None:
    pickled = tiny.saved(tmp_path, safetensors=False)
    with pytest.raises(SetupError, match="the weights of its unet are pickled"):
        source(entry, model=str(pickled)).require()


def test_a_missing_extra_names_the_command(
    entry: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "diffusers" else find(name)
    )
    with pytest.raises(MissingExtraError) as caught:
        source(entry).require()
    assert str(caught.value) == (
        "the source 'diffusion' needs the extra 'synth' (the package 'diffusers' is not "
        "installed). Run: pip install 'vsfa-data[synth]'"
    )


@pytest.mark.parametrize("changed", [{"width_px": 33}, {"steps": 0}, {"revision": "main"}], ids=str)
def test_options_that_no_model_takes_are_refused(
    entry: dict[str, Any], changed: dict[str, Any]
) -> None:
    with pytest.raises(UserError, match=rf"collect.sources.0.{next(iter(changed))}: given"):
        whole.recipe(entry | changed)


def test_its_name_is_its_files_name() -> None:
    assert parts.load("sources", "diffusion") is DiffusionSource
