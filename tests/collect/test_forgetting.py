from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.collect.samples import encode, photo
from vsfa_data import recipe
from vsfa_data.collect import forgetting, tombstones
from vsfa_data.collect.tombstones import Tombstones
from vsfa_data.pipeline import Built, Job, Quiet, build
from vsfa_data.workspace import StageFolder

PICTURES = 10


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Ten pictures, the last one the same as the first, and a file that is none."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(PICTURES):
        picture = photo(80 + number % (PICTURES - 1), 60)
        (folder / f"{number}.png").write_bytes(encode(picture, "PNG"))
    (folder / "text.png").write_bytes(b"text")
    return folder


def collect(pictures: Path, out: Path, **changed: Any) -> Built:
    data = recipe.load("quickstart").model_dump(mode="json")
    given = {"source": "folder", "path": str(pictures), "license": "MIT"}
    data["collect"] = {"sources": [given], "min_side_px": 16, **changed}
    return build(Job(recipe.parse(data), out, "collect", 0, 3), Quiet())


def listed(out: Path, *lines: str) -> None:
    out.mkdir(exist_ok=True)
    (out / tombstones.FILE).write_text("\n".join(["image_id,source_ref", *lines, ""]))


def shards(out: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in sorted((out / "work").rglob("*.parquet"))
    }


def made(out: Path) -> dict[str, int]:
    return {
        path.name: path.stat().st_mtime_ns for path in (out / "work" / "collect").glob("part-*")
    }


def image_id(out: Path, reference: str) -> str:
    [(found, _)] = forgetting.find(StageFolder(out / "work" / "collect"), reference)
    return found


def rejected(built: Built) -> dict[str, int]:
    line = built.funnel["collect"]
    assert line["in"] == line["kept"] + sum(line["rejected"].values())
    return dict(line["rejected"])


def test_what_is_listed_goes_and_only_its_shard_is_touched(pictures: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    collect(pictures, out)
    before = made(out)
    listed(out, ",4.png", ",text.png", ",elsewhere.png")
    built = collect(pictures, out)
    assert rejected(built) == {"duplicate": 1, "tombstoned": 2}
    assert built.stages["collect"]["status"] == "recomputed"
    assert built.stages["collect"]["why"] == ["tombstones changed"]
    assert built.stages["dedupe"]["status"] == "recomputed"
    changed = {name for name, when in made(out).items() if before[name] != when}
    assert changed == {"part-00001.parquet", "part-00003.parquet"}
    assert encode(photo(84, 60), "PNG") not in b"".join(shards(out).values())
    again = collect(pictures, out)
    assert {stage["status"] for stage in again.stages.values()} == {"reused"}
    assert rejected(again) == rejected(built)


@pytest.mark.parametrize("by", ["reference", "picture", "both"])
def test_it_is_as_if_it_had_been_listed_from_the_start(
    pictures: Path, tmp_path: Path, by: str
) -> None:
    changed, fresh, plain = tmp_path / "changed", tmp_path / "fresh", tmp_path / "plain"
    collect(pictures, changed)
    shutil.copytree(changed, plain)
    known = image_id(changed, "5.png")
    lines = {"reference": [",5.png"], "picture": [f"{known},"], "both": [f"{known},5.png"]}[by]
    listed(changed, *lines)
    collect(pictures, changed)
    listed(fresh, *lines)
    assert rejected(collect(pictures, fresh)) == {
        "duplicate": 1,
        "not_an_image": 1,
        "tombstoned": 1,
    }
    assert shards(changed) == shards(fresh)
    assert shards(changed) != shards(plain)
    (changed / tombstones.FILE).unlink()
    built = collect(pictures, changed)
    assert rejected(built) == {"duplicate": 1, "not_an_image": 1}
    assert shards(changed) == shards(plain)


def test_the_same_picture_elsewhere_goes_too(pictures: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    collect(pictures, out)
    found = forgetting.find(StageFolder(out / "work" / "collect"), "0.png")
    assert found == [(found[0][0], "0.png")]
    listed(out, f"{found[0][0]},0.png")
    assert rejected(collect(pictures, out)) == {"not_an_image": 1, "tombstoned": 2}
    assert forgetting.find(StageFolder(out / "work" / "collect"), found[0][0]) == []


def test_what_concerns_nothing_here_recomputes_nothing(pictures: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    collect(pictures, out)
    before = shards(out)
    listed(out, ",elsewhere.png", "0" * 64 + ",")
    built = collect(pictures, out)
    assert {stage["status"] for stage in built.stages.values()} == {"reused"}
    assert shards(out) == before


def test_a_list_that_the_recipe_names(pictures: Path, tmp_path: Path) -> None:
    named, out = tmp_path / "mine.csv", tmp_path / "out"
    named.write_text("source_ref,reason\n3.png,asked\n")
    built = collect(pictures, out, tombstones=str(named))
    assert rejected(built) == {"duplicate": 1, "not_an_image": 1, "tombstoned": 1}
    named.write_text("source_ref,reason\n3.png,asked again\n")
    again = collect(pictures, out, tombstones=str(named))
    assert {stage["status"] for stage in again.stages.values()} == {"reused"}


@pytest.mark.parametrize("survivors", range(4))
def test_killed_while_a_shard_is_written_anew(
    pictures: Path, tmp_path: Path, survivors: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many file operations as `survivors` are done, then the power is cut."""
    out, fresh = tmp_path / "out", tmp_path / "fresh"
    collect(pictures, out)
    listed(out, ",1.png", ",4.png")
    listed(fresh, ",1.png", ",4.png")
    collect(pictures, fresh)
    done = 0

    class PowerCutError(BaseException):
        pass

    def cut(real: Any) -> Any:
        def operation(*given: Any, **named: Any) -> Any:
            nonlocal done
            if done == survivors:
                raise PowerCutError
            done += 1
            return real(*given, **named)

        return operation

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", cut(Path.replace))
        patch.setattr(Path, "unlink", cut(Path.unlink))
        with pytest.raises(PowerCutError):
            collect(pictures, out)
    (out / tombstones.FILE).unlink()  # and somebody changed his mind meanwhile
    assert rejected(collect(pictures, out)) == {"duplicate": 1, "not_an_image": 1}
    listed(out, ",1.png", ",4.png")
    collect(pictures, out)
    assert shards(out) == shards(fresh)


def test_nothing_listed_is_noted_without_reading_shards_again(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    collect(pictures, out)
    folder = StageFolder(out / "work" / "collect")
    monkeypatch.setattr(pq, "ParquetFile", None)
    assert forgetting.reconcile(folder, Tombstones()) == forgetting.Forgotten("", is_changed=False)
