from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.collect import whole
from tests.collect.archive.packing import tar
from tests.collect.recipes import of_folder, of_sources
from tests.collect.samples import encode, photo
from vsfa_data import tables
from vsfa_data.collect import listing
from vsfa_data.collect.search.record import Page
from vsfa_data.collect.source import Candidate
from vsfa_data.collect.sources.folder import FolderSource
from vsfa_data.collect.sources.openverse import OpenverseSource
from vsfa_data.errors import UserError


def test_sources_follow_each_other(tmp_path: Path) -> None:
    for name in ("one/b.png", "one/a.png", "two/a.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    recipe = of_sources(
        {"path": str(tmp_path / "two"), "attribution": "Ann"},
        {"path": str(tmp_path / "one"), "license": "MIT", "license_url": "https://example.org"},
    )
    rows = tables.CANDIDATES.build(listing.candidates(recipe)).to_pylist()
    known = {"source": "folder", "title": None, "data": None}
    known |= dict.fromkeys(("page_url", "url", "made_from", "maker", "reason", "detail"))
    unknown = {"license": None, "license_url": None}
    mit = {"license": "MIT", "license_url": "https://example.org", "attribution": None}
    one, two = os.fsencode(tmp_path / "one"), os.fsencode(tmp_path / "two")
    a, b = {"source_ref": "a.png"}, {"source_ref": "b.png"}
    assert rows == [
        {"position": 0, **a, **known, **unknown, "attribution": "Ann", "path": two + b"/a.png"},
        {"position": 1, **a, **known, **mit, "path": one + b"/a.png"},
        {"position": 2, **b, **known, **mit, "path": one + b"/b.png"},
    ]
    assert listing.length(recipe) == 3


def test_names_and_texts_that_are_not_utf8_fit_into_the_table(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / os.fsdecode(b"\xff.png")).touch()
    row = {"file": r"\xff.png", "title": "lone \ud800 surrogate", "license": "MIT"}
    (tmp_path / "x.jsonl").write_text(json.dumps(row))
    recipe = of_sources({"path": str(tmp_path / "images"), "sidecar": str(tmp_path / "x.jsonl")})
    found = tables.CANDIDATES.build(listing.candidates(recipe)).to_pylist()[0]
    assert (found["source_ref"], found["title"]) == (r"\xff.png", "lone ? surrogate")
    assert found["path"].endswith(b"/\xff.png")


def test_what_cannot_be_seen_is_taken_out_and_counted(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    for name in ("a.png", "b.png"):
        (tmp_path / "images" / name).touch()
    hostile = {
        "title": "\x1b[31mA \u202erifle",
        "attribution": "Ann\r\nBob\u200b",
        "license": "CC0-1.0\x00",
        "license_url": "https://example.org/\x1b",
    }
    rows = [{"file": "a.png", **hostile}, {"file": "b.png", "title": "B", "license": "MIT"}]
    (tmp_path / "x.jsonl").write_text("\n".join(map(json.dumps, rows)))
    recipe = of_sources({"path": str(tmp_path / "images"), "sidecar": str(tmp_path / "x.jsonl")})
    cleaned: Counter[str] = Counter()
    found = next(listing.candidates(recipe, cleaned=cleaned))
    assert {name: found[name] for name in hostile} == {
        "title": "A rifle",
        "attribution": "Ann Bob",
        "license": "CC0-1.0",
        "license_url": "https://example.org/%1B",
    }
    assert cleaned == dict.fromkeys(hostile, 1)


def test_licences_are_read_and_addresses_that_lead_nowhere_are_counted(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        (tmp_path / name).touch()
    rows = [
        {"file": "a.png", "license": "cc by 4.0", "license_url": "javascript:alert(1)"},
        {"file": "b.png", "license": "N/A", "license_url": "https://example.org/l"},
    ]
    (tmp_path / "x.jsonl").write_text("\n".join(map(json.dumps, rows)))
    recipe = of_sources({"path": str(tmp_path), "sidecar": str(tmp_path / "x.jsonl")})
    cleaned: Counter[str] = Counter()
    found = list(listing.candidates(recipe, cleaned=cleaned))
    assert [(one["license"], one["license_url"]) for one in found] == [
        ("CC-BY-4.0", None),
        (None, "https://example.org/l"),
    ]
    assert cleaned == {listing.NO_ADDRESS: 1}


def test_a_text_without_end_costs_its_image_alone(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        (tmp_path / name).touch()
    rows = [
        {"file": "a.png", "title": "x" * 10_000},
        {"file": "b.png", "attribution": "x" * 10_001},
    ]
    (tmp_path / "x.jsonl").write_text("\n".join(map(json.dumps, rows)))
    recipe = of_sources({"path": str(tmp_path), "sidecar": str(tmp_path / "x.jsonl")})
    first, second = tables.CANDIDATES.build(listing.candidates(recipe)).to_pylist()
    assert (len(first["title"]), first["reason"]) == (10_000, None)
    assert (second["attribution"], second["path"]) == (None, None)
    assert second["reason"] == "bad_metadata"
    assert second["detail"] == "'attribution': more than 10000 characters"


def test_length_is_unknown_if_one_source_does_not_know(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.png").touch()
    monkeypatch.setattr(FolderSource, "length", lambda _self: None)
    assert listing.length(of_folder(tmp_path)) is None


def test_snapshot_is_that_of_all_sources_in_order(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.png").touch()
    one, two = {"path": str(tmp_path / "one")}, {"path": str(tmp_path / "two")}
    found = [listing.snapshot(of_sources(*some)) for some in ([one], [two], [one, two], [two, one])]
    assert len(set(found)) == 4
    assert listing.snapshot(of_sources(one)) == found[0]


def test_roots_are_those_of_all_sources_in_order_and_free_of_links(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real", target_is_directory=True)
    recipe = of_sources({"path": str(tmp_path / "nowhere")}, {"path": str(tmp_path / "link")})
    real = tmp_path.resolve()
    assert listing.roots(recipe) == (real / "nowhere", real / "real")


def test_bad_source_is_the_users_mistake(tmp_path: Path) -> None:
    recipe = of_folder(tmp_path / "nowhere")
    for act in (listing.snapshot, listing.length, lambda r: list(listing.candidates(r))):
        with pytest.raises(UserError, match=f"image folder {tmp_path}/nowhere does not exist"):
            act(recipe)


def test_sources_that_are_not_listed_yet_are_found_and_may_be_made_to_forget(
    tmp_path: Path,
) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "a.png").touch()
    folder = {"source": "folder", "path": str(tmp_path / "images")}
    openverse = {"source": "openverse", "queries": ["rifle"]}
    recipe = whole.recipe(folder, openverse)
    (found,) = listing.unlisted(recipe, tmp_path / "work")
    assert isinstance(found, OpenverseSource)
    assert listing.length(recipe, tmp_path / "work") is None
    record = found._record()
    record.add(Page("rifle", (Candidate("1", url="https://example.org/1"),), None), 0)
    assert listing.unlisted(recipe, tmp_path / "work") == []
    rows = list(listing.candidates(recipe, tmp_path / "work"))
    assert [(row["position"], row["source"]) for row in rows] == [(0, "folder"), (1, "openverse")]
    listing.list_anew(recipe, tmp_path / "work")
    assert len(listing.unlisted(recipe, tmp_path / "work")) == 1


def test_what_is_to_be_made_names_its_maker(tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    (tmp_path / "unet").mkdir()
    for name in ("model_index.json", "unet/x.safetensors"):
        (tmp_path / name).touch()
    folder = {"source": "folder", "path": str(tmp_path)}
    drawn = {"source": "diffusion", "model": str(tmp_path), "license": "CC0-1.0"}
    rows = list(listing.candidates(whole.recipe(folder, drawn, drawn)))
    makers = [row["maker"] for row in rows]
    each = (len(rows) - 3) // 2
    assert makers == [None] * 3 + [1] * each + [2] * each
    assert all((row["made_from"] is None) == (row["maker"] is None) for row in rows)


def test_every_source_has_the_recipes_settings_for_fetching(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.png").touch()
    seen = []
    monkeypatch.setattr(FolderSource, "snapshot", lambda self: seen.append(self.fetch) or "x")
    recipe = of_folder(tmp_path, fetch={"user_agent": "mine/1 (me@example.org)"})
    listing.snapshot(recipe)
    assert seen == [recipe.collect.fetch]
    assert seen[0].is_contactable


def test_sources_that_may_use_pandas_are_told_apart() -> None:
    assert listing.is_plain(of_sources({"path": "a"}, {"path": "b"}))
    assert not listing.is_plain(of_sources({"path": "a"}, {"path": "b", "source": "hub"}))


def test_a_shard_takes_no_more_bytes_than_fit_into_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = [encode(photo(64 + number, 48), "PNG") for number in range(6)]
    monkeypatch.setattr(listing, "SHARD_BYTES", len(pictures[0]) + 1)
    archive = tmp_path / "x.tar"
    archive.write_bytes(tar(*((f"{number}.png", one) for number, one in enumerate(pictures))))
    recipe = whole.recipe({"source": "archive", "path": str(archive), "license": "MIT"})
    whole.collect(recipe, tmp_path / "out")
    shards = sorted((tmp_path / "out" / "work" / "collect").glob("part-*"))
    assert [pq.read_metadata(one).num_rows for one in shards] == [2, 2, 2]
    # What is listed in tombstones is no longer had, and leaves the others where they were.
    shards[1].unlink()
    (tmp_path / "out" / "tombstones.csv").write_text("source_ref\nx.tar#2.png\n")
    whole.collect(recipe, tmp_path / "out")
    kept = [one["position"] for one in whole.images(tmp_path / "out")]
    assert kept == [0, 1, 3, 4, 5]
