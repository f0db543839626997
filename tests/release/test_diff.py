from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.release import samples
from vsfa_data.release.contents import Contents, Folder, read
from vsfa_data.release.diff import diff
from vsfa_data.release.package import Packaged


@pytest.fixture
def releases(tmp_path: Path, make_release: Callable[..., Packaged]) -> tuple[Contents, Contents]:
    """Before: pictures 0 to 7. After: 1 to 8, of which one has changed its licence and title."""
    listed = [samples.Picture(samples.drawn(n), ("threat", "control")[n % 2]) for n in range(9)]
    made = []
    for name, pictures in (("a", listed[:8]), ("b", listed[1:])):
        # The tables count pictures from their first on: give each its own name for good.
        for number, picture in enumerate(listed):
            picture.provenance |= {"source_ref": f"{number}", "title": "t", "license": "CC0-1.0"}
        if name == "b":
            listed[3].provenance |= {"title": "another", "license": "CC-BY-4.0"}
        make_release(pictures, target=tmp_path / name)
        made.append(read(Folder(tmp_path / name, name)))
    return made[0], made[1]


def test_rows_added_removed_and_changed(releases: tuple[Contents, Contents]) -> None:
    found = diff(*releases)
    threat, control = found.rows["threat"], found.rows["control"]
    assert (threat.before, threat.after, threat.added, threat.removed) == (4, 4, 1, 1)
    assert (control.before, control.after, control.added, control.removed) == (4, 4, 0, 0)
    assert control.columns["title"] == 1
    assert control.columns["license"] == 1
    assert "width" not in control.columns
    assert not found.same


def test_counts_by_config_split_licence_and_concept(releases: tuple[Contents, Contents]) -> None:
    found = diff(*releases)
    assert {group.by for group in found.groups} == {"config", "split", "licence", "concept"}
    licences = {g.name: (g.before, g.after) for g in found.groups if g.by == "licence"}
    assert licences == {"CC0-1.0": (8, 7), "CC-BY-4.0": (0, 1)}
    for by in ("split", "licence", "concept", "config"):
        groups = [group for group in found.groups if group.by == by]
        assert sum(group.before for group in groups) == 8
        assert sum(group.after for group in groups) == 8


def test_files_and_columns(releases: tuple[Contents, Contents]) -> None:
    a, b = releases
    b.schema["new"], a.schema["old"] = "string", "string"
    b.schema["width"] = "int64"
    found = diff(a, b)
    assert found.columns == {"added": ("new",), "removed": ("old",), "changed": ("width",)}
    assert "README.md" in found.files["changed"]
    assert diff(a, a).files == {"added": (), "removed": (), "changed": ()}


def test_nothing_differs(releases: tuple[Contents, Contents]) -> None:
    a, _ = releases
    found = diff(a, a)
    assert found.same
    assert found.brief() == "nothing differs"
    assert all(group.before == group.after for group in found.groups)


def test_in_one_line_and_as_json(releases: tuple[Contents, Contents]) -> None:
    found = diff(*releases)
    brief = found.brief()
    assert brief.startswith("threat: 1 rows added, 1 removed")
    assert "files: " in brief
    assert "\n" not in brief
    plain: dict[str, Any] = json.loads(json.dumps(found.plain()))
    assert plain["rows"]["threat"]["added"] == 1
    assert plain["same"] is False


def test_a_config_that_comes_and_goes(releases: tuple[Contents, Contents]) -> None:
    a, b = releases
    del b.rows["control"]
    rows = diff(a, b).rows["control"]
    assert (rows.before, rows.after, rows.removed) == (4, 0, 4)
    assert diff(b, a).rows["control"].added == 4
