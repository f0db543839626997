"""README.md of a release: prose from cards/, numbers from the manifest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import yaml

from vsfa_data import resources
from vsfa_data.release import changelog, croissant
from vsfa_data.release.configs import schema
from vsfa_data.release.manifest import Manifest
from vsfa_data.release.markdown import one_line, template
from vsfa_data.release.rows import Row, features
from vsfa_data.release.splits import SPLITS

NAME: Final = "README.md"
TEMPLATES: Final = ("dataset.md.j2", changelog.TEMPLATE, croissant.PROSE)
"""Files in cards/ that a release is made with."""
TAGS: Final = ("vsfa", "arxiv:2603.08486", "neutral-vqa")
ADULT: Final = "not-for-all-audiences"
_SIZES: Final = (
    (10**3, "n<1K"),
    (10**4, "1K<n<10K"),
    (10**5, "10K<n<100K"),
    (10**6, "100K<n<1M"),
    (10**7, "1M<n<10M"),
)
_LISTED_LICENSES: Final = 30
_SHOWN_CHARS: Final = 500


def render(made: Manifest, examples: Mapping[tuple[str, str], Row]) -> str:
    """Its text. `examples` has the first row of each (config, split), less its picture.

    The front matter is read back as the Hub's own client reads it; RuntimeError if that client
    finds anything but what was meant.
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
    }
    cards = resources.folder("cards")
    module = template(cards, TEMPLATES[0]).make_module(context)
    data = front_matter(made, _gate(module))
    meant = data.to_yaml()
    text = f"---\n{meant}\n---\n\n{str(module).strip()}\n"
    found: Any = DatasetCard(text).data
    if found.to_dict() != _plain(meant):
        raise RuntimeError("the card's front matter does not read back as it was written")
    return text


def _plain(text: str) -> Any:
    # The parser in C, where PyYAML has it: the one in Python takes a tenth of a second.
    return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - it is safe


def front_matter(made: Manifest, gate: Mapping[str, Any]) -> Any:
    """The card's YAML as a huggingface_hub DatasetCardData.

    `dataset_info` says how many rows each split has: `load_dataset` refuses others.
    """
    from huggingface_hub import DatasetCardData

    release = made.recipe["release"]
    rows = made.funnel["release"].kept
    terms: dict[str, Any] = {"license": one_line(release["license"])}
    if terms["license"] == "other":
        terms |= {"license_name": "per-image", "license_link": "LICENSES.csv"}
    data = DatasetCardData(
        **terms,
        language=["en"],
        pretty_name=one_line(release["pretty_name"]),
        size_categories=[next((s for limit, s in _SIZES if rows < limit), "n>10M")],
        task_categories=["visual-question-answering"],
        annotations_creators=["machine-generated"],
        source_datasets=list(made.source_datasets),
        tags=[*TAGS, *([ADULT] if release.get("not_for_all_audiences") else [])],
        configs=[
            {
                "config_name": name,
                **({"default": True} if number == 0 else {}),
                "data_files": [
                    {"split": split, "path": list(held.files) or f"{name}/{split}-*"}
                    for split, held in config.splits.items()
                ],
            }
            for number, (name, config) in enumerate(made.configs.items())
        ],
        **(gate if release["gated"] != "no" else {}),
    )
    _add_dataset_info(data, made)
    return data


def _add_dataset_info(data: Any, made: Manifest) -> None:
    from datasets import DatasetInfo, SplitDict, SplitInfo
    from datasets.info import DatasetInfosDict

    infos = DatasetInfosDict()
    for name, config in made.configs.items():
        splits = SplitDict()
        for split, held in config.splits.items():
            splits.add(SplitInfo(split, num_bytes=held.bytes, num_examples=held.rows))
        infos[name] = DatasetInfo(
            features=features(schema(name)),
            splits=splits,
            download_size=sum(
                made.files[file].bytes
                for split in config.splits
                for file in made.files_of(name, split)
            ),
            dataset_size=sum(held.bytes for held in config.splits.values()),
        )
    infos.to_dataset_card_data(data)


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
