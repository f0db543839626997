from __future__ import annotations

from pathlib import Path

from vsfa_data.release.hub.local import load
from vsfa_data.release.hub.plan import Action, Plan, Wishes
from vsfa_data.release.hub.remote import Changes


def plan(first: Path, **given: object) -> Plan:
    everything = Changes(("README.md", "manifest.json"), ("old.txt",))
    usual: dict[str, object] = {
        "create": False,
        "gate": None,
        "on_main": everything,
        "on_staging": Changes(("README.md",), ()),
        "head": "c" * 40,
        "tag": True,
        "make_public": False,
        "tidy": False,
    }
    return Plan(local=load(first), repo_id="team/set", **(usual | given))  # type: ignore[arg-type]


def test_every_action_with_its_size(first: Path) -> None:
    sizes = {name: (first / name).stat().st_size for name in ("README.md", "manifest.json")}
    found = {one.action: one for one in plan(first).actions(Wishes())}
    assert [*found] == ["upload", "load back", "commit", "tag", "delete"]
    assert found["upload"] == Action(
        "upload", "to the branch staging-v1.0.0", 1, sizes["README.md"]
    )
    assert found["commit"].bytes == sum(sizes.values())
    assert found["commit"].what.endswith(", 1 removed")
    assert found["load back"].files == 9


def test_the_order_of_the_settings(first: Path) -> None:
    found = plan(first, create=True, gate="manual", make_public=True)
    names = [one.action for one in found.actions(Wishes(public=True))]
    assert names[:2] == ["create", "gate"]
    assert names[-2:] == ["publish", "delete"]


def test_nothing_or_little_is_left(first: Path) -> None:
    nothing = Changes((), ())
    done = plan(first, tag=False, on_main=nothing, on_staging=nothing)
    assert done.unchanged
    assert list(done.actions(Wishes())) == []
    left = plan(first, tag=False, on_main=nothing, tidy=True)
    assert [one.action for one in left.actions(Wishes())] == ["delete"]
    untagged = plan(first, on_main=nothing, on_staging=nothing)
    assert [one.action for one in untagged.actions(Wishes())] == ["load back", "tag"]


def test_a_pull_request_is_left(first: Path) -> None:
    found = list(plan(first).actions(Wishes(pull_request=True)))
    assert [one.action for one in found] == ["upload", "load back"]
    assert found[0].what == "to a pull request"


def test_plain_leaves_out_what_does_not_apply() -> None:
    assert Action("tag", "v1").plain() == {"action": "tag", "what": "v1"}
    assert Action("upload", "x", 0, 0).plain()["files"] == 0
