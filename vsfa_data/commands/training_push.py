"""`vsfa-data train --push`: finished adapters to the Hub."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer


class Pusher:
    """Pushes the adapter of each run of a command, if that was asked for.

    Raises UserError for what would make it fail after hours of training.
    """

    def __init__(self, repo_id: str | None, runs: Sequence[str]) -> None:
        """Those of an experiment's `runs` go to `repo_id`-NAME; without any, one to `repo_id`."""
        self._repos: list[str] = []
        if repo_id is None:
            return
        from vsfa_data.release.hub.session import choose_endpoint, choose_transfer

        self._endpoint = choose_endpoint(None)
        choose_transfer(self._endpoint)
        from vsfa_data.train import push

        self._repos = [f"{repo_id}-{name}" for name in runs] or [repo_id]
        for repo in self._repos:
            push.check(repo)

    def send(self, folders: Sequence[Path]) -> list[dict[str, Any]]:
        """Push the adapters of all runs, in order; what is to be told of each."""
        from vsfa_data.train import push
        from vsfa_data.train.task import leads

        if not self._repos or not leads():
            return [{} for _ in folders]
        told = []
        for folder, repo in zip(folders, self._repos, strict=True):
            done = push.push(folder, repo, self._endpoint)
            what = "is there already" if done.unchanged else "pushed"
            typer.echo(f"{what}: {self._endpoint}/{done.repo_id} at {done.commit}", err=True)
            told.append(
                {"repo_id": done.repo_id, "commit": done.commit, "unchanged": done.unchanged}
            )
        return told
