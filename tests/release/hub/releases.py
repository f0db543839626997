"""Tiny releases in two versions, and pushing them to the local hub from this process."""

from __future__ import annotations

import functools
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from huggingface_hub import HfApi

from tests.local_hub import WRITE
from tests.release import samples
from vsfa_data.hub_sim.server import Running
from vsfa_data.recipe import SplitSection
from vsfa_data.release.hub.fresh import Seen, examine
from vsfa_data.release.hub.plan import Action, Wishes
from vsfa_data.release.hub.push import Pushed, Target, push
from vsfa_data.release.hub.readback import PassingError
from vsfa_data.release.hub.session import Patience
from vsfa_data.release.hub.trouble import explain, passes
from vsfa_data.release.package import package
from vsfa_data.stages import Shard

HASTY = Patience(connect_s=1, read_s=0.3, write_s=0.3, sleep=lambda _: None)
"""Bears a stall for a moment only, and does not wait between tries."""

ALL_TRAIN = SplitSection(train=1.0, validation=0.0, test=0.0)


def make(
    folder: Path,
    version: str,
    pictures: Sequence[samples.Picture],
    *,
    configs: tuple[str, ...] = ("threat",),
    gated: str = "no",
    splits: SplitSection = ALL_TRAIN,
    previous: Path | None = None,
) -> Path:
    """A release of those pictures at `folder`, as the pipeline makes it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    last = None if previous is None else str(previous)
    recipe = samples.recipe(configs=configs, gated=gated, splits=splits, previous=last).model_copy(
        update={"version": version}
    )
    tables = samples.make_tables(list(pictures))
    with tempfile.TemporaryDirectory() as place:
        files = {name: Path(place) / f"{name}.parquet" for name in tables}
        for name, table in tables.items():
            pq.write_table(table, files[name])
        funnel = samples.funnel(len(pictures), sum(picture.pairs for picture in pictures))
        return package(recipe, [Shard(0, files)], funnel, samples.IDENTITIES, folder).path


def first(folder: Path) -> Path:
    """Version 1.0.0, with both configs."""
    configs = ("threat", "control")
    pictures = [samples.Picture(samples.drawn(n), configs[n % 2]) for n in range(4)]
    return make(folder, "1.0.0", pictures, configs=configs)


def second(folder: Path) -> Path:
    """Version 1.1.0: a picture more, and no control: files change, come and go."""
    pictures = [samples.Picture(samples.drawn(n), "threat") for n in (0, 2, 7)]
    return make(folder, "1.1.0", pictures)


def copied(hub: Running, template: str, repo_id: str) -> Path:
    """A repository like another one; its folder. What git said of that one is known of it too."""
    root = hub.hub.storage.root / "datasets"
    shutil.copytree(root / template, root / repo_id, copy_function=os.link)
    known, fresh = (hub.hub.storage.find("datasets", *i.split("/")) for i in (template, repo_id))
    assert known is not None
    assert fresh is not None
    for name in ("_trees", "_blobs", "_logs"):
        getattr(fresh.git, name).update(getattr(known.git, name))
    fresh.git._refs = dict(known.git.refs())
    return root / repo_id


def see(url: str, token: str | None, repo_id: str, commit: str) -> Seen:
    """What a stranger sees at that commit. Raises as a FreshProcess does."""
    place = Path(tempfile.mkdtemp())
    try:
        return examine(HfApi(endpoint=url, token=token), repo_id, commit, place)
    except Exception as error:
        told = explain(error, "load it back")
        if told is None:
            raise
        raise PassingError(str(told)) if passes(error) else told from None
    finally:
        shutil.rmtree(place)


def push_to(url: str, repo_id: str, folder: str) -> None:
    """A push from a process of its own, which may end at any moment."""
    from huggingface_hub import constants

    constants.HF_HUB_DISABLE_XET = True
    read_back = functools.partial(see, url, WRITE)
    push(Path(folder), Target(repo_id, url, WRITE, quiet=True, read_back=read_back), Wishes())


@dataclass
class Pusher:
    """Pushes to one repository and knows what is there."""

    hub: Running
    repo_id: str
    token: str | None = WRITE
    patience: Patience = HASTY
    said: list[Action] = field(default_factory=list)

    @property
    def api(self) -> HfApi:
        return HfApi(endpoint=self.hub.url, token=WRITE)

    def push(self, folder: Path, *, dry_run: bool = False, **wishes: Any) -> Pushed:
        target = Target(
            self.repo_id,
            self.hub.url,
            self.token,
            quiet=True,
            patience=self.patience,
            tell=self.said.append,
            read_back=self.read_back,
        )
        return push(folder, target, Wishes(**wishes), dry_run=dry_run)

    def read_back(self, repo_id: str, commit: str) -> Seen:
        """As the fresh process does, but in this one, and without `load_dataset`."""
        return see(self.hub.url, self.token, repo_id, commit)

    def files(self, revision: str = "main") -> dict[str, str]:
        """Name -> what tells its content apart, without what the Hub itself put there."""
        listed = self.api.list_repo_tree(
            self.repo_id, repo_type="dataset", revision=revision, recursive=True
        )
        return {
            one.path: one.lfs.sha256 if one.lfs else one.blob_id
            for one in listed
            if hasattr(one, "lfs") and one.path != ".gitattributes"
        }

    def refs(self) -> dict[str, str]:
        """Branches and tags -> commits."""
        found = self.api.list_repo_refs(self.repo_id, repo_type="dataset")
        return {one.name: one.target_commit for one in [*found.branches, *found.tags]}

    def calls(self) -> list[str]:
        """Names of the calls since the hub was told to forget."""
        return [call.endpoint for call in self.hub.faults.calls]
