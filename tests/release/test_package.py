import csv
import itertools
import json
import os
import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.release import samples
from vsfa_data.errors import SetupError, UserError
from vsfa_data.recipe import SplitSection
from vsfa_data.release import card
from vsfa_data.release.package import Packaged, package
from vsfa_data.release.verify import verify
from vsfa_data.stages import Shard

Make = Callable[..., Packaged]

LOAD = """
import json, os, sys
from datasets import load_dataset
found = {}
for config in ("threat", "control"):
    plain = load_dataset(sys.argv[1], config)
    streamed = load_dataset(sys.argv[1], config, streaming=True)
    for split, rows in plain.items():
        for row, same in zip(rows, streamed[split], strict=True):
            assert {**row, "image": 0} == {**same, "image": 0}
            assert row["image"].size == same["image"].size == (row["width"], row["height"])
            assert row["image"].convert("RGB").getpixel((0, 0))
        found[f"{config}/{split}"] = [rows["image_id"][:], rows["messages"][0]]
default = load_dataset(sys.argv[1])
found["default"] = [list(default), default["train"]["image_id"][:]]
found["kind"] = type(default["train"].features["image"]).__name__
print(json.dumps(found))
"""


def load(code: str, folder: Path, home: Path) -> str:
    """Run `code` as a reader would: only `datasets`, an empty cache, no network."""
    environment = os.environ | {"HF_HOME": str(home), "HF_HUB_OFFLINE": "1"}
    ran = subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        env=environment,
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_plain_datasets_loads_every_config_and_split(release: Path, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    found = json.loads(load(LOAD, release, tmp_path / "home").splitlines()[-1])
    assert found.pop("kind") == "Image"
    default = found.pop("default")
    assert default == [["train", "validation", "test"], found["threat/train"][0]]
    counts = verify(release).counts
    assert {where: len(ids) for where, (ids, _) in found.items()} == {
        f"{config}/{split}": n for config, splits in counts.items() for split, n in splits.items()
    }
    published = [image_id for ids, _ in found.values() for image_id in ids]
    assert sorted(published) == sorted(p.image_id for p in samples.pictures(12))
    for _, messages in found.values():
        assert [turn["role"] for turn in messages] == ["user", "assistant"] * 2
        assert all(isinstance(turn["content"], str) for turn in messages)


def test_the_card_s_three_lines_load_it(release: Path, tmp_path: Path) -> None:
    text = (release / "README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(code.strip().splitlines()) == 3
    (tmp_path / "home").mkdir()
    out = load(code.replace("REPO_ID", str(release)), release, tmp_path / "home")
    assert out.splitlines()[-1].startswith(
        "[{'role': 'user', 'content': 'What is shown in part 0?'"
    )


def test_files_of_a_release(release: Path) -> None:
    assert set(contents(release)) == {
        "CHANGELOG.md",
        "LICENSES.csv",
        "README.md",
        "charts/content.png",
        "charts/funnel.png",
        "croissant.json",
        "manifest.json",
        *(
            f"{config}/{split}-00000-of-00001.parquet"
            for config in ("control", "threat")
            for split in ("test", "train", "validation")
        ),
    }
    assert [path.name for path in release.parent.iterdir()] == ["release"]


def test_what_package_answers(make_release: Make) -> None:
    listed = samples.pictures(12)
    listed[2].pairs = 0
    made = make_release(listed)
    found = verify(made.path)
    assert found.problems == ()
    assert (made.fingerprint, made.counts) == (found.fingerprint, found.counts)
    assert made.rejects.to_pylist() == [
        {
            "step": "release",
            "reason": reason,
            "image_id": image_id,
            "source_ref": None,
            "detail": None,
        }
        for reason, image_id in (
            ("no_pairs", listed[2].image_id),
            ("no_partner", listed[2].match_id),
        )
    ]
    plain = json.loads((made.path / "manifest.json").read_bytes())
    assert plain["funnel"]["release"] == {
        "unit": "images",
        "in": 24,
        "kept": 22,
        "rejected": {"no_pairs": 1, "no_partner": 1},
    }
    assert list(plain["funnel"]) == ["collect", "filter", "caption", "ask", "release"]
    assert plain["configs"]["threat"]["pairs"] == 22
    assert plain["configs"]["control"]["matched"] == 11


def test_configs_have_equally_many_rows_in_every_split(release: Path) -> None:
    counts = verify(release).counts
    assert counts["threat"] == counts["control"]
    assert list(counts["threat"]) == ["train", "validation", "test"]


def test_two_packagings_are_equal_byte_for_byte(make_release: Make, tmp_path: Path) -> None:
    listed = samples.pictures(12)
    one = make_release(listed, tmp_path / "a" / "release", size=5)
    two = make_release(listed, tmp_path / "b" / "release", size=24)
    again = make_release(listed, tmp_path / "a" / "release", size=7)
    assert contents(one.path) == contents(two.path)
    assert one.fingerprint == two.fingerprint == again.fingerprint


def test_the_fingerprint_follows_the_rows(make_release: Make) -> None:
    listed = samples.pictures(4)
    first = make_release(listed).fingerprint
    assert make_release(listed, pretty_name="Another name").fingerprint == first
    listed[0].provenance = {"title": "Another title"}
    assert make_release(listed).fingerprint != first


def test_an_older_release_is_replaced(make_release: Make) -> None:
    old = make_release(samples.pictures(12))
    new = make_release(samples.pictures(2), configs=("threat",))
    assert new.path == old.path
    found = verify(new.path)
    assert (found.problems, found.fingerprint) == ((), new.fingerprint)
    assert [path.name for path in new.path.parent.iterdir()] == ["release"]


def test_progress_counts_captioned_images(make_shard: Callable[..., Shard], tmp_path: Path) -> None:
    listed = samples.pictures(4)
    listed[0].pairs = 0
    shards, told = samples.make_shards(make_shard, listed, 3), list[int]()
    package(samples.recipe(), shards, samples.funnel(8, 14), {}, tmp_path / "r", told.append)
    assert told == [3, 3, 2]


def test_nothing_to_publish(make_release: Make, tmp_path: Path) -> None:
    listed = samples.pictures(2)
    for picture in listed:
        picture.pairs = 0
    with pytest.raises(UserError, match=r"none of 4 captioned images is left \(4 no_pairs\)"):
        make_release(listed)
    assert not (tmp_path / "out").exists()


def test_empty_splits_and_configs_are_not_written(make_release: Make) -> None:
    listed = [p for p in samples.pictures(4) if p.config == "control"]
    shares = SplitSection(train=1.0, validation=0.0, test=0.0)
    made = make_release(listed, splits=shares)
    assert made.counts == {"control": {"train": 4}}
    assert sorted(path.name for path in made.path.iterdir() if path.is_dir()) == [
        "charts",
        "control",
    ]
    assert verify(made.path).problems == ()


def test_a_target_that_cannot_be_written(make_release: Make, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SetupError, match=r"cannot write .*--out") as caught:
        make_release(samples.pictures(2), tmp_path / "file" / "release")
    assert "\n" not in str(caught.value)


FULL_DISK = """
import pickle, resource, sys
from vsfa_data.errors import SetupError
from vsfa_data.release.package import package
given = pickle.load(open(sys.argv[1], "rb"))
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
try:
    package(*given)
except SetupError as error:
    print(error)
"""


def test_a_full_disk_leaves_the_old_release(
    make_release: Make, make_shard: Callable[..., Shard], tmp_path: Path
) -> None:
    old = make_release(samples.pictures(2))
    listed = samples.pictures(12)
    shards = samples.make_shards(make_shard, listed)
    given: Any = (samples.recipe(), shards, samples.funnel(24, 48), {}, old.path)
    (tmp_path / "given").write_bytes(pickle.dumps(given))
    ran = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path / "given")],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert ran.stdout.startswith(f"no space left while writing {old.path}")
    assert ran.stderr == ""
    found = verify(old.path)
    assert (found.problems, found.fingerprint) == ((), old.fingerprint)
    assert [path.name for path in old.path.parent.iterdir()] == ["release"]


def test_a_failure_half_way_leaves_nothing(
    make_release: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> dict[str, str]:
        raise RuntimeError("no card")

    monkeypatch.setattr(card, "finish", broken)
    with pytest.raises(RuntimeError, match="no card"):
        make_release(samples.pictures(2))
    assert list((tmp_path / "out").iterdir()) == []


def test_no_absolute_path_is_published(release: Path, tmp_path: Path) -> None:
    for name, content in contents(release).items():
        for path in (b"/home/", str(tmp_path).encode(), str(Path.home()).encode() + b"/"):
            assert path not in content, (name, path)


def test_licenses_list_every_picture(release: Path) -> None:
    with (release / "LICENSES.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    listed = samples.pictures(12)
    assert [(line["image_id"], line["config"]) for line in lines] == [
        (picture.image_id, picture.config) for picture in listed
    ]
    for line in lines:
        stored = (release / line["config"]).glob(f"{line['split']}-*.parquet")
        ids = [pq.read_table(path, columns=["image_id"])["image_id"].to_pylist() for path in stored]
        assert line["image_id"] in itertools.chain(*ids)
    assert lines[1] == {
        "image_id": listed[1].image_id,
        "config": "control",
        "split": "test",
        "license": "CC0-1.0",
        "license_url": "https://creativecommons.org/publicdomain/zero/1.0/",
        "attribution": "",
        "title": "Picture 1",
        "page_url": "https://example.org/1",
        "source": "folder",
        "source_ref": "pictures/1",
    }


def test_hostile_titles_do_no_harm(make_release: Make) -> None:
    listed = samples.pictures(3)
    for picture in listed:
        picture.provenance = {"title": samples.HOSTILE, "license": samples.HOSTILE}
    made = make_release(listed)
    assert verify(made.path).problems == ()
    with (made.path / "LICENSES.csv").open(encoding="utf-8", newline="") as file:
        assert {line["title"] for line in csv.DictReader(file)} == {"'" + samples.HOSTILE}
