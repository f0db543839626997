"""README.md of a release: prose from cards/, numbers from the manifest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from vsfa_data import resources
from vsfa_data.release import changelog, croissant
from vsfa_data.release.front_matter import front_matter, sizes
from vsfa_data.release.manifest import Manifest
from vsfa_data.release.markdown import template
from vsfa_data.release.rows import Row
from vsfa_data.release.splits import SPLITS
from vsfa_data.words.license_class import of_class

NAME: Final = "README.md"
TEMPLATES: Final = ("dataset.md.j2", changelog.TEMPLATE, croissant.PROSE)
"""Files in cards/ that a release is made with."""
_LISTED_LICENSES: Final = 30
_SHOWN_CHARS: Final = 500


@dataclass(frozen=True)
class Draft:
    """A card that lacks nothing but the sizes of files: `data` is its front matter."""

    data: Any
    body: str


def draft(made: Manifest, examples: Mapping[tuple[str, str], Row]) -> Draft:
    """All that can be said before the files are there, which is nearly all of the work.

    `examples` has the first row of each (config, split), less its picture. The front matter is
    read back as the Hub's own client reads it; RuntimeError if that client finds anything but what
    was meant.
    """
    from huggingface_hub import DatasetCard

    default = next(iter(made.configs))
    split = next(split for split in SPLITS if split in made.configs[default].splits)
    context = {
        "m": made.model_dump(mode="json", by_alias=True),
        "rows": made.funnel["release"].kept,
        "threat_rows": sum(made.counts().get("threat", {}).values()),
        "pairs": sum(made.families.values()),
        "default_config": default,
        "example_config": default,
        "example_split": split,
        "example": _example(examples[default, split]),
        "licenses": _shortened(made.licenses),
        "others": _shortened(of_class(made.licenses, "other")),
    }
    cards = resources.folder("cards")
    module = template(cards, TEMPLATES[0]).make_module(context)
    made_of = Draft(front_matter(made, _gate(module)), str(module).strip())
    found: Any = DatasetCard(_text(made_of)).data
    if found.to_dict() != made_of.data.to_dict():
        raise RuntimeError("the card's front matter does not read back as it was written")
    return made_of


def finish(drafted: Draft, made: Manifest) -> str:
    """The text of the card, now that `made` lists all files: `drafted` gets their sizes."""
    bytes_of = sizes(made)
    infos = drafted.data.dataset_info
    for info in infos if isinstance(infos, list) else [infos]:
        info["download_size"] = bytes_of[info.get("config_name", next(iter(bytes_of)))]
    return _text(drafted)


def _text(drafted: Draft) -> str:
    return f"---\n{drafted.data.to_yaml()}\n---\n\n{drafted.body}\n"


def _gate(module: Any) -> dict[str, Any]:
    """What readers are asked before they get access, as the template words it."""
    return {
        "extra_gated_prompt": " ".join(str(module.gate_prompt).split()),
        "extra_gated_fields": dict(module.gate_fields),
    }


def _example(row: Row) -> Row:
    """A row short enough to print: one question of it, and no endless text."""
    brief = row | {"messages": row["messages"][:2], "qa": row["qa"][:1]}
    return {name: _clipped(value) for name, value in brief.items()}


def _clipped(value: Any) -> Any:
    if isinstance(value, str):
        return value if len(value) <= _SHOWN_CHARS else value[: _SHOWN_CHARS - 3] + "..."
    if isinstance(value, list):
        return [_clipped(inner) for inner in value]
    if isinstance(value, dict):
        return {key: _clipped(inner) for key, inner in value.items()}
    return value


def _shortened(licenses: Mapping[str, int]) -> list[tuple[str, int]]:
    """Licences with their counts; beyond a readable number of them the rest is summed up."""
    listed = list(licenses.items())
    first, rest = listed[:_LISTED_LICENSES], listed[_LISTED_LICENSES:]
    more = [(f"{len(rest)} others, see LICENSES.csv", sum(n for _, n in rest))] if rest else []
    return first + more
