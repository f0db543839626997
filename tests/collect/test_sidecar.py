from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from vsfa_data.collect import sidecar
from vsfa_data.collect.sidecar import Credit
from vsfa_data.errors import UserError

DEFAULT = Credit(None, "MIT", "https://example.org/mit", "Default")


def write(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refused(path: Path) -> str:
    with pytest.raises(UserError) as caught:
        sidecar.read(path, path.parent)
    text = str(caught.value)
    assert "\n" not in text
    return text.removeprefix(f"sidecar {path} cannot be used: ")


ROWS = [
    {"file": "a.png", "title": 'A "b", c\nd', "license": "CC0-1.0", "license_url": "u", "n": 1},
    {"file": "sub/b.png", "title": None, "license": None, "license_url": None, "n": 2},
]


@pytest.mark.parametrize("name", ["x.csv", "x.CSV", "x.jsonl", "x.parquet"])
def test_every_kind_says_the_same(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name.endswith("jsonl"):
        write(path, "\ufeff" + "\n\n".join(json.dumps(row) for row in ROWS) + "\n")
    elif name.endswith("parquet"):
        pq.write_table(pa.Table.from_pylist(ROWS), path)
    else:
        lines = ["n,file,title,license,license_url", '1,a.png,"A ""b"", c\nd",CC0-1.0 ,u', ""]
        write(path, "\ufeff" + "\r\n".join([*lines, "2,./sub/b.png,,  ,", ",,,,", ""]))
    found = sidecar.read(path, tmp_path)
    assert found.of("a.png", DEFAULT) == Credit('A "b", c\nd', "CC0-1.0", "u", "Default")
    assert found.of("sub/b.png", DEFAULT) == Credit(None, None, None, "Default")
    assert found.of("b.png", DEFAULT) == DEFAULT
    assert [file in found.files for file in ("a.png", "sub/b.png", "b.png")] == [True, True, False]


def test_files_may_be_relative_to_the_sidecar(tmp_path: Path) -> None:
    (tmp_path / "data" / "images").mkdir(parents=True)
    path = write(tmp_path / "x.csv", "file,title\ndata/images/a.png,\ndata/images/sub/b.png,\n")
    found = sidecar.read(path, tmp_path / "data" / "images")
    assert [file in found.files for file in ("a.png", "sub/b.png")] == [True, True]
    assert "data/images/a.png" not in found.files


def test_blanks_round_a_name_count_only_where_a_file_has_them(tmp_path: Path) -> None:
    text = "file,title\na.png ,A\n b.png,B\nc.png ,C\nd.png ,D\n"
    found = sidecar.read(write(tmp_path / "x.csv", text), tmp_path)
    found = found.respelt(["a.png", "b.png", "c.png", "c.png ", "d.png "])
    assert found.files == {"a.png", "b.png", "c.png ", "d.png "}
    assert found.of("b.png", DEFAULT).title == "B"


def test_files_are_relative_to_the_folder_if_that_can_be(tmp_path: Path) -> None:
    (tmp_path / "images" / "images").mkdir(parents=True)
    path = write(tmp_path / "x.csv", "file,title\nimages/a.png,\n")
    assert "images/a.png" in sidecar.read(path, tmp_path / "images").files
    mixed = write(tmp_path / "y.csv", "file,title\nother/a.png,\nb.png,\n")
    (tmp_path / "other").mkdir()
    found = sidecar.read(mixed, tmp_path / "other")
    assert found.files == {"other/a.png", "b.png"}


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("x.csv", "", "the column 'file' is missing; the header is []"),
        ("x.csv", "name,title\na,b\n", "the header is ['name', 'title']"),
        ("x.csv", "filename,license\na,b\n", "Did you mean 'filename'? Rename it 'file'"),
        ("x.csv", "File,license\na,b\n", "Did you mean 'File'? Rename it 'file'"),
        ("x.jsonl", '{"file_name": "a", "title": "b"}\n', "Did you mean 'file_name'? Rename it 'f"),
        ("x.csv", "file,file\na,b\n", "the header has 'file' twice"),
        ("x.csv", "file,license,license\na,b,c\n", "the header has 'license' twice"),
        ("x.csv", "file,title\na.png,\nb.png,\n./a.png,\n", "row 3 names 'a.png' a second time"),
        ("x.csv", "file,title\na.png,b,c\n", "line 2 has 3 cells, the header 2; put text that"),
        ("x.csv", "file,title\na.png\n", "line 2 has 1 cells, the header 2"),
        ("x.csv", "file,title\n,b\n", "row 1 has no 'file'"),
        ("x.csv", 'file,title\na.png,"b\n', "the row at line 2 has a double quote that is"),
        (
            "x.csv",
            "file,title\na.png,\n" + "x" * 200_000,
            "the row at line 3 has a cell of more than 131,072 characters; shorten it, or close",
        ),
        (
            "x.csv",
            b"file,title\nb\xe4r.png,\n",
            "byte 0xe4 in position 12: invalid continuation byte); save it as",
        ),
        ("x.jsonl", '{"file": "a"}\n[1]\n', "line 2 is not a JSON object"),
        ("x.jsonl", "{\n", "line 1 is not JSON"),
        ("x.jsonl", "[" * 100_000, "line 1 is not JSON"),
        ("x.jsonl", '{"title": "a"}\n', "the column 'file' is missing; it has ['title']"),
        ("x.jsonl", '{"file": 5}\n', "row 1: 'file' must be text, not 5"),
        ("x.jsonl", '{"file": "a", "license": ["MIT"]}\n', "row 1: 'license' must be text"),
        ("x.parquet", "no parquet", "it is not the Parquet file that it should be"),
    ],
)
def test_mistakes_are_told_in_one_line(
    tmp_path: Path, name: str, text: str | bytes, said: str
) -> None:
    assert said in refused(write(tmp_path / name, text))


NO_CREDIT = (
    "it has none of the columns title, license, license_url, attribution; "
    "add at least 'license'. Its columns are "
)
COMMA = "the separator between its columns must be a comma, not ';'"


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (["file"], NO_CREDIT + "['file']"),
        (["file", "author"], NO_CREDIT + "['file', 'author']"),
        (["file", "licence"], "'licence'; did you mean 'license'? Rename the column"),
        (["file", "licence", "title"], "'licence'; did you mean 'license'? Rename the column"),
        (["file", "License"], "'License'; did you mean 'license'? Rename the column"),
        (["file", "license_id"], "'license_id'; did you mean 'license'? Rename the column"),
        (["file", "license", "licence_url"], "'licence_url'; did you mean 'license_url'? Rename t"),
        (["file", "License URL"], "'License URL'; did you mean 'license_url'? Rename the column"),
        (["file", "title", "license\x1b"], r"'license\x1b'; did you mean 'license'? Rename the c"),
        (["file", "\x1b[2J"], NO_CREDIT + r"['file', '\x1b[2J']"),
        (["\x1b[2J\u202e", "title"], r"['\x1b[2J\u202e', 'title']"),
    ],
)
@pytest.mark.parametrize("name", ["x.csv", "x.jsonl", "x.parquet"])
def test_credits_are_not_lost_without_a_word(
    tmp_path: Path, name: str, header: list[str], said: str
) -> None:
    path = tmp_path / name
    row = dict.fromkeys(header, "a")
    if name.endswith("csv"):
        write(path, ",".join(header) + "\n")
    elif name.endswith("jsonl"):
        write(path, json.dumps(row) + "\n")
    else:
        pq.write_table(pa.Table.from_pylist([row]), path)
    found = refused(path)
    assert said in found
    assert found.isprintable()


def test_columns_that_only_resemble_a_credit_are_ignored(tmp_path: Path) -> None:
    others = "author,license_id,license_version,attribution_url,subtitle,title_de,source"
    path = write(tmp_path / "x.csv", f"file,license,{others}\na.png,MIT" + ",x" * 7 + "\n")
    assert sidecar.read(path, tmp_path).of("a.png", DEFAULT).license == "MIT"


@pytest.mark.parametrize("text", ["file;license\na.png;MIT\n", '"file";"license"\n"a";"MIT"\n'])
def test_separator_that_is_no_comma(tmp_path: Path, text: str) -> None:
    assert refused(write(tmp_path / "x.csv", text)) == COMMA


def test_text_that_is_not_utf8(tmp_path: Path) -> None:
    for name, text in (("x.csv", "file,title\n"), ("x.jsonl", '{"file": "a", "title": "b"}\n')):
        assert refused(write(tmp_path / name, text.encode("utf-16"))) == (
            "it is not UTF-8 ('utf-8' codec can't decode byte 0xff in position 0: "
            "invalid start byte); save it as UTF-8"
        )


def test_digest_is_that_of_the_bytes(tmp_path: Path) -> None:
    path = write(tmp_path / "x.csv", "file\n")
    assert sidecar.digest(path) == hashlib.sha256(b"file\n").hexdigest()


def test_sidecar_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "x.csv", "file\n")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert refused(path) == "[Errno 13] Permission denied"
    with pytest.raises(UserError, match=r"cannot be used: .* Permission denied$"):
        sidecar.digest(path)


def test_parquet_without_file_or_with_numbers(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"name": ["a"]}), path)
    assert refused(path) == "the column 'file' is missing; it has ['name']"
    pq.write_table(pa.table({"file": ["a"], "title": [5]}), path)
    assert refused(path) == "row 1: 'title' must be text, not 5"


def test_other_kinds_of_file(tmp_path: Path) -> None:
    path = write(tmp_path / "x.xlsx", "")
    assert refused(path) == f"sidecar {path}: its name must end in .csv, .jsonl or .parquet"


def test_missing_file_and_folder(tmp_path: Path) -> None:
    (tmp_path / "y.csv").mkdir()
    for path in (tmp_path / "x.csv", tmp_path / "y.csv"):
        assert refused(path) == (
            f"sidecar {path} is not a file; set 'sidecar' of the source to a .csv, .jsonl or "
            f".parquet file, or leave it out"
        )
