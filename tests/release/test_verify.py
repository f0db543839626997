import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.release import samples
from vsfa_data.errors import UserError
from vsfa_data.release import manifest
from vsfa_data.release.fingerprint import SplitDigest
from vsfa_data.release.manifest import FunnelStep, Manifest
from vsfa_data.release.seals import seals
from vsfa_data.release.verify import funnel_problems, verify

TRAIN = "threat/train-00000-of-00001.parquet"


def change(release: Path, edit: Callable[[dict[str, Any]], None]) -> None:
    """Let `edit` change the manifest's JSON in place, and cover the trace."""
    path = release / "manifest.json"
    plain = json.loads(path.read_bytes())
    edit(plain)
    plain["seals"] = seals(plain)
    path.write_text(json.dumps(plain))


def list_again(release: Path, name: str) -> None:
    """List file `name` in the manifest as it is now, as somebody would who covers a trace."""

    def edit(plain: dict[str, Any]) -> None:
        plain["files"][name] = manifest.describe(release / name).model_dump()

    change(release, edit)


def rewrite(release: Path, edit: Callable[[pa.Table], pa.Table]) -> None:
    """Let `edit` change the rows of TRAIN, and cover the trace in the list of files."""
    table = pq.read_table(release / TRAIN)
    pq.write_table(edit(table), release / TRAIN)
    list_again(release, TRAIN)


def test_a_sound_release(release: Path) -> None:
    made = Manifest.model_validate_json((release / "manifest.json").read_bytes())
    for folder in (release, release.parent):
        found = verify(folder)
        assert found.problems == ()
        assert found.path == release
        assert (found.name, found.version) == ("sample", "1.2.3")
        assert found.fingerprint == made.fingerprint
        assert found.counts == made.counts()
        assert sum(found.counts["threat"].values()) == 12


@pytest.mark.parametrize(
    ("edit", "names"),
    [
        ({"recipe": {"name": "mine"}}, "recipe"),
        ({"seed": 8, "models": {}}, "models, seed"),
        ({"mine": 1}, "mine"),
        ({"packages": {}}, "packages"),
    ],
)
def test_an_edited_manifest_that_contradicts_nothing(
    release: Path, edit: dict[str, Any], names: str
) -> None:
    path = release / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_bytes()) | edit))
    assert verify(release).problems == (f"manifest.json: {names}: edited after the build",)


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no release in it"):
        verify(tmp_path)


def test_one_byte_of_a_parquet_file(release: Path) -> None:
    data = bytearray((release / TRAIN).read_bytes())
    data[len(data) // 2] ^= 1
    (release / TRAIN).write_bytes(data)
    found = verify(release)
    assert len(found.problems) == 1
    assert found.problems[0].startswith(f"{TRAIN}: its sha256 starts ")
    assert found.fingerprint is None
    assert "train" not in found.counts["threat"]


def test_a_file_that_is_gone(release: Path) -> None:
    (release / TRAIN).unlink()
    assert verify(release).problems == (f"{TRAIN}: listed in the manifest but missing",)


@pytest.mark.parametrize("name", ["notes.txt", "threat/train-00001-of-00001.parquet"])
def test_a_file_too_many(release: Path, name: str) -> None:
    (release / name).write_text("x")
    assert verify(release).problems == (f"{name}: not listed in the manifest",)


def test_a_file_that_load_dataset_would_pick_up(release: Path) -> None:
    name = "threat/train-extra.parquet"
    (release / name).write_bytes((release / TRAIN).read_bytes())
    list_again(release, name)
    assert verify(release).problems == (f"{name}: is no part of any split",)


def test_an_edited_card(release: Path) -> None:
    readme = release / "README.md"
    size = readme.stat().st_size
    readme.write_text(readme.read_text(encoding="utf-8") + "!", encoding="utf-8")
    assert verify(release).problems == (
        f"README.md: has {size + 1} bytes, the manifest says {size}",
    )


def test_a_changed_count(release: Path) -> None:
    def edit(plain: dict[str, Any]) -> None:
        plain["configs"]["threat"]["splits"]["train"]["rows"] += 1

    rows = verify(release).counts["threat"]["train"]
    change(release, edit)
    assert verify(release).problems == (
        f"threat/train-*.parquet: {rows} rows, manifest.json says {rows + 1}",
    )


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        (("configs", "threat", "pairs"), "configs.threat.pairs is not what the rows add up to"),
        (("configs", "control", "matched"), "configs.control.matched is not what the rows add up"),
        (
            ("configs", "threat", "concepts", "firearms"),
            "configs.threat.concepts is not what the rows add up to",
        ),
        (("licenses", "unknown"), "licenses is not what the rows add up to"),
        (("families", "object"), "families is not what the rows add up to"),
        (("sources", "folder"), "sources is not what the rows add up to"),
        (("answer_sources", "labels"), "answer_sources is not what the rows add up to"),
        (("funnel", "collect", "in"), "funnel.collect: 28 in, but 25 kept and 2 rejected"),
    ],
)
def test_other_changed_numbers(release: Path, keys: tuple[str, ...], problem: str) -> None:
    def edit(plain: dict[str, Any]) -> None:
        for key in keys[:-1]:
            plain = plain[key]
        plain[keys[-1]] += 1

    change(release, edit)
    (found,) = verify(release).problems
    assert found.startswith(f"manifest.json: {problem}")


def test_swapped_rows(release: Path) -> None:
    rewrite(release, lambda table: table.take([1, 0, *range(2, table.num_rows)]))
    found = verify(release)
    assert found.problems[0] == (
        "threat/train-*.parquet: not the rows, or not the order, that manifest.json was made for"
    )
    assert found.problems[1].startswith("manifest.json: fingerprint ")
    assert len(found.problems) == 2


def test_an_edited_answer_whose_traces_are_covered(release: Path) -> None:
    def edit(table: pa.Table) -> pa.Table:
        rows = table.to_pylist()
        rows[0]["qa"][0]["answer"] = rows[0]["messages"][1]["content"] = "Something else."
        return pa.Table.from_pylist(rows, schema=table.schema)

    before = verify(release).fingerprint
    rewrite(release, edit)
    digest = SplitDigest()
    for row in pq.read_table(release / TRAIN).to_pylist():
        digest.add(row)

    def cover(plain: dict[str, Any]) -> None:
        plain["configs"]["threat"]["splits"]["train"]["digest"] = digest.hexdigest()

    change(release, cover)
    found = verify(release)
    assert found.fingerprint != before
    (problem,) = found.problems
    assert problem == (
        f"manifest.json: fingerprint {str(before)[:12]}, "
        f"the rows make {str(found.fingerprint)[:12]}"
    )


def test_an_exchanged_picture(release: Path) -> None:
    def edit(table: pa.Table) -> pa.Table:
        rows = table.to_pylist()
        rows[0]["image"] = rows[1]["image"]
        return pa.Table.from_pylist(rows, schema=table.schema)

    rewrite(release, edit)
    assert verify(release).problems[0] == (
        f"{TRAIN}: row 0: image_id is not the sha256 of the picture"
    )


def test_a_split_without_files(release: Path) -> None:
    def edit(plain: dict[str, Any]) -> None:
        del plain["files"][TRAIN]

    change(release, edit)
    assert verify(release).problems == (
        f"{TRAIN}: not listed in the manifest",
        "manifest.json: the parts of threat/train are not complete",
    )


def test_a_split_that_the_manifest_does_not_know(release: Path) -> None:
    def edit(plain: dict[str, Any]) -> None:
        del plain["configs"]["threat"]["splits"]["test"]

    change(release, edit)
    assert "threat/test-*.parquet: the manifest knows no such split" in verify(release).problems


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{", "manifest.json: the file: Invalid JSON: EOF while parsing an object"),
        ('{"format_version": 2}', "manifest.json: format_version: Input should be 1"),
    ],
)
def test_a_manifest_that_is_none(release: Path, content: str, problem: str) -> None:
    (release / "manifest.json").write_text(content)
    found = verify(release)
    assert (found.name, found.fingerprint, found.counts) == (None, None, {})
    assert found.problems[0].startswith(problem)
    assert len(found.problems) == 1


def test_a_hostile_path_is_named_and_not_read(release: Path) -> None:
    def edit(plain: dict[str, Any]) -> None:
        plain["files"]["../../x\nmanifest.json: fine"] = {"sha256": "0" * 64, "bytes": 1}

    change(release, edit)
    assert verify(release).problems == (
        "manifest.json: lists the path '../../x\\nmanifest.json: fine', refused",
    )


def test_files_that_a_split_is_said_to_be_made_of(make_release: Callable[..., Any]) -> None:
    configs = ("threat", "control", "text", "mixed")
    release: Path = make_release(samples.pictures(12), configs=configs).path
    assert verify(release).problems == ()

    def edit(plain: dict[str, Any]) -> None:
        # An export would read them as if they had been verified.
        plain["configs"]["threat"]["splits"]["train"]["files"] = ["../private.parquet"]
        plain["configs"]["mixed"]["splits"]["train"]["files"] += ["../private.parquet", "README.md"]

    change(release, edit)
    assert verify(release).problems == (
        "threat/train: lists '../private.parquet', which is no file of it",
        "mixed/train: lists '../private.parquet', which is no file of it",
        "mixed/train: lists 'README.md', which is no file of it",
    )


def step(taken: int, kept: int, unit: str = "images", **rejected: int) -> FunnelStep:
    return FunnelStep.model_validate(
        {"unit": unit, "in": taken, "kept": kept, "rejected": rejected}
    )


def test_funnel_across_units() -> None:
    funnel = {
        "collect": step(10, 8, duplicate=2),
        "filter": step(8, 6, over_quota=2),
        "caption": step(6, 6),
        "ask": step(30, 28, "pairs", not_neutral=2),
        "release": step(6, 5, no_pairs=1),
    }
    assert list(funnel_problems(funnel)) == []
    funnel["filter"] = step(9, 6, over_quota=3)
    funnel["release"] = step(7, 5, no_pairs=1)
    assert list(funnel_problems(funnel)) == [
        "funnel.filter: 9 in, but collect kept 8",
        "funnel.release: 7 in, but 5 kept and 1 rejected",
        "funnel.release: 7 in, but caption kept 6",
    ]
    del funnel["ask"]
    assert next(funnel_problems(funnel)) == (
        "the funnel's steps are not collect, filter, caption, ask, release"
    )
