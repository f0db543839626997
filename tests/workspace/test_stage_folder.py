from __future__ import annotations

from pathlib import Path

import pytest

from tests.workspace.made import rejects, unique
from vsfa_data.errors import WorkspaceError
from vsfa_data.stages import Output
from vsfa_data.workspace import StageFolder


def test_another_key_drops_the_shards_and_says_what_changed(tmp_path: Path) -> None:
    folder = StageFolder(tmp_path / "score")
    assert folder.prepare({"filter": {"encoder": "embedded"}}).status == "computed"
    folder.write(0, Output(unique("x"), rejects(), 1))
    assert folder.prepare({"filter": {"encoder": "embedded"}}).status == "resumed"
    folder.finish(1)
    assert folder.prepare({"filter": {"encoder": "embedded"}}).status == "reused"
    found = folder.prepare({"filter": {"encoder": "open_clip"}})
    assert found.status == "recomputed"
    assert found.why == ('filter.encoder: "embedded" -> "open_clip"',)
    assert not folder.has(0)
    assert folder.finished() is None


def test_shards_without_a_key_are_never_trusted(tmp_path: Path) -> None:
    folder = StageFolder(tmp_path / "score")
    folder.prepare({"a": 1})
    folder.write(0, Output(unique("x"), rejects(), 1))
    (folder.path / "key.json").unlink()
    folder.prepare({"a": 1})
    assert not folder.has(0)


FALSE_NOTES = [b'{"shards": "many"}', b'{"shards": 2}', b'{"shards": 0}', b'{"shards": -1}']


@pytest.mark.parametrize("content", [b"", b"{", b"[]", *FALSE_NOTES])
def test_a_broken_or_false_note_of_completion_is_not_believed(
    tmp_path: Path, content: bytes
) -> None:
    folder = StageFolder(tmp_path / "score")
    folder.prepare({})
    folder.write(0, Output(unique("x"), rejects(), 1))
    (folder.path / "done.json").write_bytes(content)
    assert folder.finished() is None


def test_a_link_in_the_place_of_a_stage_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "collect").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(WorkspaceError, match="is not of this program's making"):
        StageFolder(tmp_path / "work" / "collect").prepare({})
