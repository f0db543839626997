"""The YAML at the head of a card: what the Hub shows, filters by, and loads the dataset with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from vsfa_data.release.configs import schema
from vsfa_data.release.manifest import Manifest
from vsfa_data.release.markdown import one_line
from vsfa_data.release.rows import features

TAGS: Final = ("vsfa", "arxiv:2603.08486", "neutral-vqa")
ADULT: Final = "not-for-all-audiences"
_SIZES: Final = (
    (10**3, "n<1K"),
    (10**4, "1K<n<10K"),
    (10**5, "10K<n<100K"),
    (10**6, "100K<n<1M"),
    (10**7, "1M<n<10M"),
)


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
            download_size=sizes(made)[name],
            dataset_size=sum(held.bytes for held in config.splits.values()),
        )
    infos.to_dataset_card_data(data)


def sizes(made: Manifest) -> dict[str, int]:
    """Config -> bytes of its files, as far as they are listed."""
    return {
        name: sum(
            made.files[file].bytes
            for split in config.splits
            for file in made.files_of(name, split)
            if file in made.files
        )
        for name, config in made.configs.items()
    }
