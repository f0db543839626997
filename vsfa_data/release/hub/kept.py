"""Pictures keep their split from version to version: refused is what would move one.

A control follows its partner, and a cluster that grows together with another one may be drawn for
anew: only `release.previous` keeps all where they were (docs/architecture.md).
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from vsfa_data.errors import UserError
from vsfa_data.release import licenses
from vsfa_data.release.configs import PICTURES
from vsfa_data.release.contents import UNREADABLE, parquet_in
from vsfa_data.release.hub.local import Local
from vsfa_data.release.hub.remote import KIND, Repository
from vsfa_data.release.hub.scratch import scratch
from vsfa_data.release.hub.source import OnHub
from vsfa_data.release.splits import SPLITS

_SHOWN_DIGITS: Final = 12


def check(repository: Repository, local: Local, revision: str, stored: Collection[str]) -> None:
    """Raise UserError if a picture of `revision`, which has the files `stored`, would move.

    Its list of licences says where they are; if it does not, its rows do.
    """

    def fetch() -> dict[str, str]:
        with scratch() as folder:
            repository.api.hf_hub_download(
                repository.id, licenses.NAME, repo_type=KIND, revision=revision, local_dir=folder
            )
            return splits_in(folder / licenses.NAME)

    before: dict[str, str] = {}
    if licenses.NAME in stored:
        before = repository.ask(fetch, f"read {licenses.NAME} of {repository.id}")
    before = before or _of_rows(OnHub(repository, revision, repository.id), stored)
    found = moved(before, local.folder / licenses.NAME)
    if not found:
        return
    image_id, (was, now) = next(iter(found.items()))
    raise UserError(
        f"{len(found)} of the pictures that {repository.id} has would change their split, such as "
        f"{image_id[:_SHOWN_DIGITS]} from {was} to {now}, so nothing was uploaded. Get what it has "
        f"(hf download {repository.id} --repo-type dataset --local-dir last) and build again with "
        f"--set release.previous=last"
    )


def splits_in(path: Path) -> dict[str, str]:
    """image_id -> split, of a LICENSES.csv; empty for one of an older toolkit, or of others."""
    try:
        return dict(licenses.splits(path))
    except (UnicodeDecodeError, csv.Error):
        return {}


def _of_rows(there: OnHub, names: Collection[str]) -> dict[str, str]:
    """The same, of the rows themselves, without their pictures."""
    found: dict[str, str] = {}
    for name in sorted(names):
        config, _, rest = name.partition("/")
        split = rest.partition("-")[0]
        if config not in PICTURES or split not in SPLITS or not name.endswith(".parquet"):
            continue
        try:
            with there.open(name) as file, parquet_in(file) as rows:
                ids = rows.read(["image_id"], use_threads=False)["image_id"].to_pylist()
            found |= dict.fromkeys(ids, split)
        except UNREADABLE as error:
            # What cannot be read is no reason to keep it as it is, but the network is one to stop:
            # Arrow's own OSError is of no subclass and has no number.
            if isinstance(error, OSError) and (type(error) is not OSError or error.errno):
                raise
    return found


def moved(before: Mapping[str, str], path: Path) -> dict[str, tuple[str, str]]:
    """image_id -> split before and now, of those that the list at `path` puts elsewhere."""
    return {
        image_id: (before[image_id], now)
        for image_id, now in licenses.splits(path)
        if before.get(image_id, now) != now
    }
