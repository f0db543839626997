"""What a push was asked for, and what it has to do: its plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from vsfa_data.release.hub.local import Local
from vsfa_data.release.hub.remote import Changes

Gate = Literal["no", "auto", "manual"]


@dataclass(frozen=True)
class Wishes:
    """What the user asked for beside the release and the repository."""

    private: bool = False
    """The repository must be private."""
    public: bool = False
    """Make it public once all is done."""
    gate: Gate | None = None
    """Set this gate; None: the stricter one of the recipe's and the repository's."""
    pull_request: bool = False


@dataclass(frozen=True)
class Action:
    """One thing that is done, for people and for `--json`."""

    action: str
    what: str
    files: int | None = None
    bytes: int | None = None

    def plain(self) -> dict[str, Any]:
        """Without what does not apply."""
        return {key: value for key, value in asdict(self).items() if value is not None}


@dataclass(frozen=True)
class Plan:
    """The steps that are left to do; a step that is done already is None, False or empty."""

    local: Local
    repo_id: str
    create: bool
    gate: Gate | None
    on_main: Changes
    """What would make `main` the release."""
    on_staging: Changes
    """The same for the branch or pull request where it is prepared."""
    head: str | None
    """`main` now; None if the repository does not exist yet."""
    tag: bool
    make_public: bool
    tidy: bool
    """Whether a staging branch of this version is left to be deleted."""
    hidden: bool = False
    """Whether a gate hid from whoever has no token what is on `main`."""

    @property
    def unchanged(self) -> bool:
        """Whether this very content is published already."""
        return not self.tag

    def actions(self, wishes: Wishes) -> Iterator[Action]:
        """Every change on the Hub that is to come, in order, with sizes."""
        local, version = self.local, self.local.version
        if self.create:
            yield Action("create", f"{self.repo_id}, a private dataset repository")
        if self.gate:
            yield Action("gate", f"{self.repo_id}: {self.gate}")
        if self.unchanged:
            pass
        elif wishes.pull_request:
            yield self._upload("a pull request")
            yield self._load_back()
        else:
            if self.on_main:
                yield self._upload(f"the branch {version.staging}")
            yield self._load_back()
            if self.on_main:
                removed = f", {len(self.on_main.gone)} removed" if self.on_main.gone else ""
                what = f"to main, in one commit that copies on the Hub{removed}"
                put = self.on_main.put
                yield Action("commit", what, len(put), local.size(put))
            yield Action("tag", version.tag)
        if self.make_public:
            yield Action("publish", f"{self.repo_id}: public from now on")
        if self.tidy or (self.tag and self.on_main and not wishes.pull_request):
            yield Action("delete", f"the branch {version.staging}")

    def _upload(self, where: str) -> Action:
        put = self.on_staging.put
        return Action("upload", f"to {where}", len(put), self.local.size(put))

    def _load_back(self) -> Action:
        return Action("load back", "in a fresh process", len(self.local.files), self.local.size())
