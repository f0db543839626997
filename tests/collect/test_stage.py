from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.collect import samples
from tests.collect.recipes import of_folder, of_sources
from tests.collect.samples import encode, exif, photo
from vsfa_data import tables
from vsfa_data.collect import listing, stage
from vsfa_data.collect.normalise import normalise
from vsfa_data.collect.normalised import Limits
from vsfa_data.collect.stage import CollectStage
from vsfa_data.recipe import Recipe
from vsfa_data.stages import Output, Shard


def collect(recipe: Recipe) -> Output:
    return process(recipe, *listing.candidates(recipe))


def process(recipe: Recipe, *rows: dict[str, Any]) -> Output:
    opened = CollectStage(recipe)
    opened.open()
    return opened.process(Shard(0, candidates=tables.CANDIDATES.build(rows)))


def given(data: bytes | None, path: Path | None = None, **columns: Any) -> dict[str, Any]:
    row = dict.fromkeys(tables.CANDIDATES.names) | {"source": "test", "source_ref": "0"}
    place = None if path is None else os.fsencode(path)
    return row | {"position": 0, "license": "MIT", "data": data, "path": place} | columns


def reasons(output: Output) -> dict[str, str]:
    assert output.counted == output.rows.num_rows + output.rejects.num_rows
    return {row["source_ref"]: row["reason"] for row in output.rejects.to_pylist()}


BAD = {
    "bomb.png": (samples.bomb(), "too_many_pixels"),
    "cut.gif": (encode(photo(), "GIF")[:300], "truncated"),
    "cut.jpg": (encode(photo(), "JPEG")[:900], "truncated"),
    "cut.png": (encode(photo(), "PNG")[:200], "truncated"),
    "dot.png": (encode(photo(1, 1), "PNG"), "too_small"),
    "empty.jpg": (b"", "not_an_image"),
    "large.bmp": (encode(photo(300, 200), "BMP"), "too_many_bytes"),
    "letter.txt": (b"Dear reader,\n", "not_an_image"),
    "line.png": (encode(photo(200, 20), "PNG"), "too_elongated"),
    "page.svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_an_image"),
    "wrong.jpg": (b"\xff\xd8\xff\xe0" + bytes(99) + b"\xff\xd9", "undecodable"),
}
GOOD = {
    "animated.gif": encode(photo(), "GIF", save_all=True, append_images=[photo().rotate(9)]),
    "cmyk.jpg": encode(photo().convert("CMYK"), "JPEG"),
    "gps.jpg": encode(photo(), "JPEG", exif=exif(6)),
    "gray.png": encode(photo().convert("I;16"), "PNG"),
    "new\nline.png": encode(photo(), "PNG"),
    "palette.png": encode(photo().quantize(8), "PNG", transparency=2),
    "profile.png": encode(photo(), "PNG", icc_profile=samples.wide_gamut_profile()),
    "same.png": encode(photo(), "PNG", compress_level=1),
    "\udcff'\".webp": encode(photo(), "WEBP"),
    "\u5199\u771f.tiff": encode(photo(), "TIFF"),
}


def test_one_bad_file_costs_one_row_and_no_good_image(tmp_path: Path) -> None:
    for name, (data, _) in BAD.items():
        (tmp_path / name).write_bytes(data)
    for name, data in GOOD.items():
        (tmp_path / name).write_bytes(data)
    recipe = of_folder(tmp_path, max_bytes=150_000, max_aspect=6.0, max_side_px=256)
    output = collect(recipe)
    assert reasons(output) == {name: reason for name, (_, reason) in BAD.items()}
    rows = output.rows.to_pylist()
    names = {row["source_ref"] for row in rows}
    assert names == {name.replace("\udcff", r"\xff").replace("\n", r"\n") for name in GOOD}
    assert [row["position"] for row in rows] == sorted(row["position"] for row in rows)
    assert len({row["position"] for row in rows}) == len(GOOD)
    twins = [row for row in rows if row["source_ref"] in {r"new\nline.png", "same.png"}]
    assert twins[0]["image_id"] == twins[1]["image_id"]
    assert collect(recipe) == output


def test_row_carries_the_picture_and_its_provenance() -> None:
    data = encode(photo(), "JPEG", exif=exif(8))
    known: dict[str, Any] = {
        "position": 7,
        "source": "test",
        "source_ref": "x/y",
        "license": "CC-BY-4.0",
        "license_url": "https://example.org",
        "attribution": "Ann",
        "title": "A slope",
        "page_url": "https://example.org/slope",
    }
    output = process(of_folder("images"), given(data, **known))
    limits = Limits(16, 1024, 8.0, 80_000_000)
    assert output.rows.to_pylist() == [vars(normalise(data, limits)) | known]
    assert output.rejects.num_rows == 0


def test_a_shard_is_the_same_however_many_are_decoded_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, data in (GOOD | {"dot.png": BAD["dot.png"][0]}).items():
        (tmp_path / name).write_bytes(data)
    recipe = of_folder(tmp_path)
    usual = collect(recipe)
    monkeypatch.setattr(stage, "AT_ONCE", 3)
    assert collect(recipe) == usual


def test_what_became_of_a_piece_is_not_made_again(tmp_path: Path) -> None:
    recipe = of_folder("images")
    listed = [
        given(data, position=number, source_ref=str(number))
        for number, data in enumerate((encode(photo(), "PNG"), b"text", encode(photo(), "JPEG")))
    ]
    whole = process(recipe, *listed)
    made = CollectStage(recipe)
    made.open()
    put_at = tmp_path / "piece"
    made.put(Shard(0, candidates=tables.CANDIDATES.build(listed[:2]), put_at=put_at))
    for row in listed[:2]:
        row["data"] = None
    last = Shard(0, candidates=tables.CANDIDATES.build(listed), put_by=(put_at,))
    assert made.process(last) == whole
    made.close()


@pytest.mark.parametrize("keep", [True, False])
def test_unknown_licence(keep: bool) -> None:  # noqa: FBT001 a parameter of the test
    good = given(encode(photo(), "PNG"), license=None, source_ref="good")
    bad = given(b"text", license=None, source_ref="bad", position=1)
    output = process(of_folder("images", keep_unlicensed=keep), good, bad)
    expected = {"bad": "not_an_image"} | ({} if keep else {"good": "license_unknown"})
    assert reasons(output) == expected
    assert [row["license"] for row in output.rows.to_pylist()] == ([None] if keep else [])


def test_files_that_are_not_what_was_listed(tmp_path: Path) -> None:
    for name in ("gone.png", "good.png", "linked.png", "piped.png"):
        (tmp_path / name).write_bytes(encode(photo(), "PNG"))
    recipe = of_folder(tmp_path)
    rows = list(listing.candidates(recipe))
    for name in ("gone.png", "linked.png", "piped.png"):
        (tmp_path / name).unlink()
    (tmp_path / "linked.png").symlink_to(tmp_path / "good.png")
    os.mkfifo(tmp_path / "piped.png")
    output = process(recipe, *rows)
    assert reasons(output) == dict.fromkeys(("gone.png", "linked.png", "piped.png"), "unreadable")
    details = [row["detail"] for row in output.rejects.to_pylist()]
    assert details == ["No such file or directory", os.strerror(40), "not a regular file"]
    assert output.rows["source_ref"].to_pylist() == ["good.png"]


def test_bytes_at_hand_have_the_same_size_limit() -> None:
    data = encode(photo(), "PNG")
    output = process(of_folder("images", max_bytes=len(data) - 1), given(data))
    assert output.rejects.to_pylist() == [
        tables.reject(
            "collect",
            "too_many_bytes",
            source_ref="0",
            detail=f"{len(data)} bytes, at most {len(data) - 1}",
        )
    ]


def test_what_cannot_be_had_is_a_reject_with_the_reason_that_is_known() -> None:
    gone = given(None, url="https://example.org/a", reason="http_status", detail="HTTP 404")
    output = process(of_folder("images"), gone)
    assert output.rejects.to_pylist() == [
        tables.reject("collect", "http_status", source_ref="0", detail="HTTP 404")
    ]


def test_an_address_that_nobody_fetched_is_a_bug() -> None:
    with pytest.raises(ValueError, match="must be fetched before"):
        process(of_folder("images"), given(None, url="https://example.org/a"))


def test_how_fast_and_who_asks_is_no_part_of_the_settings() -> None:
    changes = ({"concurrency": 1}, {"per_host": 2}, {"user_agent": "a/1 (me@example.org)"})
    slow, fast, named, patient = (
        CollectStage(of_folder("images", fetch=fetch)).settings()
        for fetch in (*changes, {"reply_timeout_s": 99.0})
    )
    assert slow == fast == named != patient


def test_empty_shard() -> None:
    output = process(of_folder("images"))
    assert (output.rows.num_rows, output.rejects.num_rows, output.counted) == (0, 0, 0)
    assert output.rows.schema == tables.IMAGES.schema


def test_shard_without_candidates_is_a_bug() -> None:
    with pytest.raises(ValueError, match="candidates"):
        CollectStage(of_folder("images")).process(Shard(0))


def test_settings_are_the_whole_section_with_the_sources_own_keys() -> None:
    recipe = of_sources({"path": "a", "license": "MIT"}, {"path": "b"}, max_side_px=99)
    settings = CollectStage(recipe).settings()
    assert settings["max_side_px"] == 99
    assert [source["path"] for source in settings["sources"]] == ["a", "b"]
    assert [source["license"] for source in settings["sources"]] == ["MIT", None]
