"""What cannot be seen is taken out of strangers' texts; nothing else is touched."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from PIL import Image

from vsfa_data import resources
from vsfa_data.collect import cleaning
from vsfa_data.release.licenses import COLUMNS, LicenseList


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (None, None),
        ("", ""),
        ("A  plain title ", "A  plain title "),
        ("caf\u00e9\u00a0\u3000\u72fc", "caf\u00e9\u00a0\u3000\u72fc"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("a\x1b]0;title\x07x\x1b", "a x"),
        ("\x9dnever ended \x9d0;title\x9cx", "never ended x"),
        ("one\r\n  two\u2028three", "one two three"),
        ("\u202egnp.exe\u202c \u2066a\u2069\u200f", "gnp.exe a"),
        ("zero\u200bwidth\ufeff so\u00adft", "zerowidth soft"),
        ("tag\U000e0041\U000e0042", "tag"),
        ("\u200b\x00\u202e", None),
        # What letters of some scripts, and pictures made of several, need between them.
        (
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        ),
        ("\U0001f469\u200d\U0001f680", "\U0001f469\u200d\U0001f680"),
        ("gu\u200dn\u200c", "gun"),
        ("\u0601\u0661\u0664\u202e \u06dd\u0667", "\u0601\u0661\u0664 \u06dd\u0667"),
        ("lone \ud800 surrogate", "lone ? surrogate"),
        # Forms of a sign, and what is hidden in a row of them.
        (
            "\u2764\ufe0f 1\ufe0f\u20e3 \u908a\U000e0100",
            "\u2764\ufe0f 1\ufe0f\u20e3 \u908a\U000e0100",
        ),
        ("a\ufe0f\U000e0158\U000e0155 \ufe01b", "a\ufe0f b"),
        ("\u3164", None),
        ("a\u2800\u3164b", "a b"),
    ],
)
def test_text(given: str | None, text: str | None) -> None:
    assert cleaning.text(given) == text


def test_names_stay_different() -> None:
    given = ["a\x1b.png", "a\u202e.png", "a.png", "a\u00a0.png", r"a\x1b.png"]
    told = [cleaning.reference(one) for one in given]
    assert told == [r"a\x1b.png", r"a\u202e.png", "a.png", "a\u00a0.png", r"a\x1b.png"]


def test_addresses_are_encoded() -> None:
    given = "https://h/\u202ea\x1b\nb?\u72fc"
    assert cleaning.address(given) == "https://h/%E2%80%AEa%1B%0Ab?\u72fc"


def test_a_hostile_sidecar_through_the_program_to_table_terminal_and_license_list(
    tmp_path: Path,
) -> None:
    (tmp_path / "in").mkdir()
    for name, colour in (("a.png", "red"), ("b\x1b[2J.png", "blue")):
        Image.new("RGB", (80, 80), colour).save(tmp_path / "in" / name)
    rows = [
        {"file": "a.png", "title": "=cmd\x1b[31m\u202e", "license": "CC0-1.0\u200b"},
        {"file": "b\x1b[2J.png", "title": "B", "attribution": "\x9b31m@Bob\r\n", "license": "MIT"},
    ]
    (tmp_path / "x.jsonl").write_text("\n".join(map(json.dumps, rows)))
    sources = json.dumps([{"source": "folder", "path": "in", "sidecar": "x.jsonl"}])
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "vsfa_data", "collect", "--out", "out", "--workers", "0"),
            *("--set", f"collect.sources={sources}"),
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(resources.PACKAGE.parent)},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    told = "taken out of texts: 1 in attribution, 1 in license, 1 in source_ref, 1 in title"
    assert told in ran.stderr
    assert ran.stderr.replace("\n", "").isprintable()
    found = pq.read_table(*(tmp_path / "out/work/collect").glob("part-*.parquet")).to_pylist()
    keys = ("source_ref", "title", "attribution", "license")
    assert [[row[key] for key in keys] for row in found] == [
        ["a.png", "=cmd", None, "CC0-1.0"],
        [r"b\x1b[2J.png", "B", "@Bob", "MIT"],
    ]
    out = io.StringIO()
    listed = LicenseList(out)
    for row in found:
        listed.add("threat", "test", dict.fromkeys(COLUMNS) | row)
    lines = list(csv.DictReader(io.StringIO(out.getvalue(), newline="")))
    assert [line["title"] for line in lines] == ["'=cmd", "B"]
    assert out.getvalue().replace("\n", "").isprintable()
