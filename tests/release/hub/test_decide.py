from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from huggingface_hub import HfApi

from tests.release.hub import releases
from tests.release.hub.releases import HASTY, Pusher
from vsfa_data.errors import UserError
from vsfa_data.release.hub.decide import make
from vsfa_data.release.hub.local import load
from vsfa_data.release.hub.plan import Plan, Wishes
from vsfa_data.release.hub.remote import Repository


def plan(pusher: Pusher, folder: Path, **wishes: object) -> Plan:
    repository = Repository(pusher.api, pusher.repo_id, HASTY)
    asked = Wishes(**wishes)  # type: ignore[arg-type]
    return make(repository, load(folder), asked, lambda revision: f"differs from {revision}")[0]


def names(found: Plan, **wishes: object) -> list[str]:
    return [action.action for action in found.actions(Wishes(**wishes))]  # type: ignore[arg-type]


WHOLE = ["upload", "load back", "commit", "tag", "delete"]


def test_a_new_repository(pusher: Pusher, first: Path) -> None:
    found = plan(pusher, first)
    assert names(found) == ["create", *WHOLE]
    upload = next(one for one in found.actions(Wishes()) if one.action == "upload")
    assert (upload.files, upload.bytes) == (9, load(first).size())
    assert pusher.hub.hub.storage.find("datasets", *pusher.repo_id.split("/")) is None


def test_an_empty_one_the_same_and_the_next_version(
    pusher: Pusher, api: HfApi, first: Path, second: Path
) -> None:
    api.create_repo(pusher.repo_id, repo_type="dataset", private=True)
    assert names(plan(pusher, first)) == WHOLE
    pusher.push(first)
    assert names(plan(pusher, first)) == []
    assert names(plan(pusher, second)) == WHOLE
    (commit,) = [a for a in plan(pusher, second).actions(Wishes()) if a.action == "commit"]
    assert commit.files == 8
    assert commit.what.endswith("1 removed")


def test_what_is_left_after_each_stop(pusher: Pusher, api: HfApi, first: Path) -> None:
    api.create_repo(pusher.repo_id, repo_type="dataset", private=True)
    api.create_branch(pusher.repo_id, repo_type="dataset", branch="staging-v1.0.0")
    where = {"repo_id": pusher.repo_id, "repo_type": "dataset", "folder_path": first}
    api.upload_folder(**where, revision="staging-v1.0.0", ignore_patterns="README.md")  # type: ignore[arg-type]
    found = plan(pusher, first)
    assert names(found) == WHOLE
    assert found.on_staging.put == ("README.md",)
    api.upload_folder(**where)  # type: ignore[arg-type]
    assert names(plan(pusher, first)) == ["load back", "tag", "delete"]
    api.create_tag(pusher.repo_id, repo_type="dataset", tag="v1.0.0")
    assert names(plan(pusher, first)) == ["delete"]
    api.delete_branch(pusher.repo_id, repo_type="dataset", branch="staging-v1.0.0")
    assert names(plan(pusher, first)) == []


def test_visibility(pusher: Pusher, api: HfApi, first: Path) -> None:
    assert names(plan(pusher, first, public=True), public=True) == [
        *("create", "upload", "load back", "commit", "tag", "publish", "delete")
    ]
    api.create_repo(pusher.repo_id, repo_type="dataset", private=False)
    with pytest.raises(UserError, match="is public and --private was asked for"):
        plan(pusher, first, private=True)
    assert not plan(pusher, first, public=True).make_public
    api.update_repo_settings(pusher.repo_id, repo_type="dataset", private=True)
    assert plan(pusher, first, public=True).make_public
    assert not plan(pusher, first).make_public
    assert plan(pusher, first, private=True).head


@pytest.mark.parametrize(
    "gates",
    [
        ("auto", "manual", None, None),
        ("manual", "auto", None, "manual"),
    ],
)
def test_a_gate_is_loosened_only_when_asked_to(
    pusher: Pusher,
    api: HfApi,
    tmp_path: Path,
    gates: tuple[str, str, str | None, str | None],
) -> None:
    recipe, now, asked, wanted = gates
    pictures = [releases.samples.Picture(releases.samples.drawn(1), "threat")]
    folder = releases.make(tmp_path / "release", "1.0.0", pictures, gated=recipe)
    api.create_repo(pusher.repo_id, repo_type="dataset")
    if now != "no":
        api.update_repo_settings(pusher.repo_id, repo_type="dataset", gated=now)  # type: ignore[arg-type]
    assert plan(pusher, folder, gate=asked).gate == wanted


def test_versions_only_go_up(pusher: Pusher, api: HfApi, first: Path, second: Path) -> None:
    api.create_repo(pusher.repo_id, repo_type="dataset")
    pusher.push(second)
    with pytest.raises(UserError, match=r"has version 1\.1\.0 already, and 1\.0\.0 would go back"):
        plan(pusher, first)


def test_main_may_be_ahead_of_the_tags(
    pusher: Pusher, api: HfApi, first: Path, second: Path
) -> None:
    api.create_repo(pusher.repo_id, repo_type="dataset")
    api.upload_folder(repo_id=pusher.repo_id, repo_type="dataset", folder_path=second)
    with pytest.raises(UserError, match=r"has version 1\.1\.0 already"):
        plan(pusher, first)


@pytest.mark.parametrize("name", ["manifest.json", "data.csv"])
def test_what_is_no_release_is_not_put_away(
    pusher: Pusher, api: HfApi, first: Path, name: str
) -> None:
    api.create_repo(pusher.repo_id, repo_type="dataset")
    where = {"repo_id": pusher.repo_id, "repo_type": "dataset"}
    api.upload_file(path_or_fileobj=b"# mine", path_in_repo="README.md", **where)  # type: ignore[arg-type]
    assert names(plan(pusher, first)) == WHOLE
    api.upload_file(path_or_fileobj=b"{}", path_in_repo=name, **where)  # type: ignore[arg-type]
    with pytest.raises(UserError, match="holds files that are no release of this toolkit"):
        plan(pusher, first)


def test_another_dataset_is_not_put_away(
    pusher: Pusher, api: HfApi, first: Path, second: Path, tmp_path: Path
) -> None:
    other = Path(shutil.copytree(first, tmp_path / "other"))
    text = (other / "manifest.json").read_text().replace('"name": "sample"', '"name": "tools"')
    (other / "manifest.json").write_text(text)
    api.create_repo(pusher.repo_id, repo_type="dataset")
    api.upload_folder(repo_id=pusher.repo_id, repo_type="dataset", folder_path=other)
    with pytest.raises(UserError, match="holds the dataset 'tools', and this is 'sample'"):
        plan(pusher, second)


def test_the_same_version_with_other_content(
    pusher: Pusher, first: Path, second: Path, tmp_path: Path
) -> None:
    pusher.push(first)
    pictures = [releases.samples.Picture(releases.samples.drawn(9), "threat")]
    other = releases.make(tmp_path / "release", "1.0.0", pictures)
    with pytest.raises(UserError, match=r"has v1\.0\.0 already, .* differs from v1\.0\.0\. Publ"):
        plan(pusher, other)


def test_a_name_that_is_a_models(pusher: Pusher, api: HfApi, first: Path) -> None:
    api.create_repo(pusher.repo_id)
    with pytest.raises(UserError, match="is a model on the Hub, not a dataset"):
        plan(pusher, first)


def test_a_pull_request_needs_a_repository(pusher: Pusher, api: HfApi, first: Path) -> None:
    with pytest.raises(UserError, match=r"there is no dataset .* without --pr first"):
        plan(pusher, first, pull_request=True)
    api.create_repo(pusher.repo_id, repo_type="dataset")
    found = plan(pusher, first, pull_request=True)
    assert names(found, pull_request=True) == ["upload", "load back"]
    assert found.gate is None


def test_files_of_the_hubs_own_stay(pusher: Pusher, first: Path, tmp_path: Path) -> None:
    pusher.push(first)
    copy = Path(shutil.copytree(first, tmp_path / "release"))
    (copy / ".gitattributes").write_text("")
    assert names(plan(pusher, copy)) == []
