"""The reference corpus: Debian's openclipart, 6,900 public-domain pictures and 1,221 links."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from vsfa_data import recipe
from vsfa_data.pipeline import Job, Quiet, build
from vsfa_data.release.verify import verify

pytestmark = [pytest.mark.corpus, pytest.mark.timeout(1200)]

OPENCLIPART = Path("/usr/share/openclipart/png")
SETS = [
    f"collect.sources.0.path={OPENCLIPART}",
    "collect.sources.0.sidecar=null",
    "collect.sources.0.license=public-domain",
]


def test_all_of_it_is_collected_and_every_picture_accounted_for(tmp_path: Path) -> None:
    found = [path for path in OPENCLIPART.rglob("*") if path.is_symlink() or path.is_file()]
    links = sum(path.is_symlink() for path in found)  # a drawing lies in several folders so
    files = len(found) - links
    assert files > 6_500
    assert links > 1_000
    job = Job(recipe.load("quickstart", SETS), tmp_path, until="collect", workers=2)
    line = build(job, Quiet()).funnel["collect"]
    assert line["in"] == files + links
    assert line["kept"] + sum(line["rejected"].values()) == files + links
    assert line["rejected"].pop("not_a_file") == links
    # What is left out is small, huge or a copy; not one picture is broken.
    assert set(line["rejected"]) == {"duplicate", "too_many_pixels", "too_small"}
    assert line["kept"] > 0.8 * files


def test_a_build_from_a_part_of_it_verifies(tmp_path: Path) -> None:
    sets = [word for one in SETS for word in ("--set", one)]
    command = [sys.executable, "-m", "vsfa_data", "build", "-q", "--limit", "400"]
    subprocess.run([*command, "--out", str(tmp_path), *sets], check=True)
    assert verify(tmp_path).problems == ()
