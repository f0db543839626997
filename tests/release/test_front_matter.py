from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from tests.release import samples
from vsfa_data.release.manifest import Manifest
from vsfa_data.release.package import Packaged

Make = Callable[..., Packaged]


def front_matter(folder: Path) -> Any:
    return yaml.safe_load((folder / "README.md").read_text(encoding="utf-8").split("\n---\n")[0])


def test_front_matter(release: Path) -> None:
    data = front_matter(release)
    files = {path.parent.name: 0 for path in release.glob("*/*.parquet")}
    for path in release.glob("*/*.parquet"):
        files[path.parent.name] += path.stat().st_size
    infos = data.pop("dataset_info")
    assert data.pop("extra_gated_prompt").startswith("This dataset holds pictures of threat")
    assert set(data.pop("extra_gated_fields").values()) == {"text", "checkbox"}
    assert data == {
        "license": "cc0-1.0",
        "language": ["en"],
        "pretty_name": "Sample: a release",
        "size_categories": ["n<1K"],
        "task_categories": ["visual-question-answering"],
        "annotations_creators": ["machine-generated"],
        "source_datasets": ["original"],
        "tags": ["vsfa", "arxiv:2603.08486", "neutral-vqa"],
        "configs": [
            {
                "config_name": name,
                **({"default": True} if name == "threat" else {}),
                "data_files": [
                    {"split": split, "path": f"{name}/{split}-*"}
                    for split in ("train", "validation", "test")
                ],
            }
            for name in ("threat", "control")
        ],
    }
    made = Manifest.model_validate_json((release / "manifest.json").read_bytes())
    for info in infos:
        held = made.configs[info["config_name"]].splits
        assert info["download_size"] == files[info["config_name"]]
        assert info["features"][0] == {"name": "image", "dtype": "image"}
        assert info["splits"] == [
            {"name": name, "num_bytes": split.bytes, "num_examples": split.rows}
            for name, split in held.items()
        ]


def test_no_gate(make_release: Make) -> None:
    data = front_matter(make_release(samples.pictures(2), gated="no").path)
    assert not [key for key in data if key.startswith("extra_gated")]


def test_other_license_points_to_the_list(make_release: Make) -> None:
    data = front_matter(make_release(samples.pictures(2), license="other").path)
    assert (data["license"], data["license_name"], data["license_link"]) == (
        "other",
        "per-image",
        "LICENSES.csv",
    )
