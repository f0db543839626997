from pathlib import Path

import pytest

from vsfa_data.hub_sim.answers import RefusedError
from vsfa_data.hub_sim.storage import Storage


def test_what_was_created_is_there_for_the_next_server(tmp_path: Path) -> None:
    made = Storage(tmp_path).create("datasets", "team", "set", "me", private=True)
    made.about.gated = "manual"
    made.save()
    found = Storage(tmp_path).find("datasets", "team", "set")
    assert found is not None
    assert (found.id, found.about.private, found.about.gated) == ("team/set", True, "manual")
    assert [*found.git.tree(found.git.refs()["refs/heads/main"])] == [".gitattributes"]
    assert Storage(tmp_path).find("models", "team", "set") is None


@pytest.mark.parametrize("name", ["..", "a/b", "", ".git", "a--b", "x" * 97, "-a"])
def test_a_name_that_is_no_folder_of_ours(tmp_path: Path, name: str) -> None:
    storage = Storage(tmp_path)
    assert storage.find("datasets", "team", name) is None
    with pytest.raises(RefusedError):
        storage.create("datasets", "team", name, "me", private=False)


def test_what_a_killed_server_left_is_made_anew(tmp_path: Path) -> None:
    half = tmp_path / "datasets" / "team" / "set" / "git"
    half.mkdir(parents=True)
    storage = Storage(tmp_path)
    assert storage.find("datasets", "team", "set") is None
    made = storage.create("datasets", "team", "set", "me", private=False)
    storage.delete(made)
    assert storage.find("datasets", "team", "set") is None
    assert not made.folder.exists()
