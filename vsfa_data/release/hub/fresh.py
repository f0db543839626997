"""Loads a revision as a stranger would, in a process and with caches of its own.

`python -m vsfa_data.release.hub.fresh` reads one JSON object from stdin (repo_id, revision,
quiet) and writes one to stdout: a `Seen`, or {"error": ..., "passes": ...}. Address and token
come in the environment.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow.parquet as pq

from vsfa_data import ending
from vsfa_data.errors import UserError
from vsfa_data.release import inventory, manifest
from vsfa_data.release.configs import schema
from vsfa_data.release.hub.remote import KEPT, KIND
from vsfa_data.release.hub.scratch import discard_all, scratch
from vsfa_data.release.hub.session import Patience, choose_endpoint, connected
from vsfa_data.release.hub.trouble import explain, passes
from vsfa_data.release.verify import verify

if TYPE_CHECKING:
    from huggingface_hub import HfApi

UNSET: Final = (
    # They would lead to caches other than those under HF_HOME, ...
    *("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_DATASETS_CACHE", "HF_XET_CACHE"),
    *("HF_MODULES_CACHE", "HF_ASSETS_CACHE"),
    # ... or keep the token or the network from `datasets`.
    *("HF_HUB_DISABLE_IMPLICIT_TOKEN", "HF_DATASETS_OFFLINE"),
)
"""Variables of the user's that must not reach this process's clients."""
LIGHT: Final = {"USE_TORCH": "0", "USE_TF": "0", "USE_JAX": "0"}
"""Without these `datasets` imports such libraries where they are installed: seconds for nothing."""


@dataclass
class Seen:
    """What was found: `problems` is empty if all is well; `files` has the sha256 of each."""

    problems: list[str]
    fingerprint: str | None = None
    files: dict[str, str] = field(default_factory=dict)


def download(api: HfApi, repo_id: str, revision: str, folder: Path) -> None:
    """Every file of a revision, into a folder of plain files."""
    api.snapshot_download(repo_id, repo_type=KIND, revision=revision, local_dir=folder)


def examine(api: HfApi, repo_id: str, revision: str, folder: Path) -> Seen:
    """Download a revision and recompute every hash and count."""
    download(api, repo_id, revision, folder)
    found = verify(folder)
    names = [
        path.relative_to(folder).as_posix()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".cache" not in path.relative_to(folder).parts
    ]
    files = {name: manifest.describe(folder / name).sha256 for name in names if name not in KEPT}
    return Seen(list(found.problems), found.fingerprint, files)


def load(repo_id: str, revision: str, folder: Path) -> list[str]:
    """What is wrong when `load_dataset` reads the revision as users do, config by config.

    `folder` has the same revision, downloaded and found sound.
    """
    from datasets import load_dataset

    from vsfa_data.release.rows import features

    problems = []
    made = inventory.read_manifest(folder)
    for config, splits in made.counts().items():
        loaded = load_dataset(repo_id, config, revision=revision, streaming=True)
        if set(loaded) != set(splits):
            problems.append(f"{config}: loads with the splits {', '.join(sorted(loaded))}")
            continue
        for split, rows in splits.items():
            where, part = f"{config}/{split}", loaded[split]
            if part.features != features(schema(config)):
                problems.append(f"{where}: its features are not those of a release")
            if part.info.splits[split].num_examples != rows:
                problems.append(f"{where}: the card does not say {rows} rows")
            first = next(iter(part))
            picture = first.get("image")
            if picture and picture.size != (first["width"], first["height"]):
                problems.append(f"{where}: its first picture is not as large as its row says")
            if first["image_id"] != _first_id(folder / made.files_of(config, split)[0]):
                problems.append(f"{where}: does not start with the row that it should")
    return problems


def _first_id(path: Path) -> str:
    with pq.ParquetFile(path) as file:
        batch = next(file.iter_batches(batch_size=1, columns=["image_id"]))
        return str(batch.column("image_id")[0].as_py())


def _see(job: dict[str, Any], folder: Path) -> dict[str, Any]:
    endpoint, token = choose_endpoint(None), os.environ.get("HF_TOKEN")
    revision, repo_id = job["revision"], job["repo_id"]
    with connected(endpoint, token, Patience(), quiet=job["quiet"]) as api:
        try:
            seen = examine(api, repo_id, revision, folder)
            if not seen.problems:
                seen.problems += load(repo_id, revision, folder)
        except Exception as error:
            told = explain(error, f"load {repo_id}@{revision}")
            if told is None and not isinstance(error, UserError):
                raise
            return {"error": str(told or error), "passes": passes(error)}
    return asdict(seen)


def _leave(_number: int, _frame: object) -> None:
    # Threads of the client may wait for a silent server: they are not waited for, and what they
    # find missing now is worth no warning.
    logging.disable(logging.CRITICAL)
    discard_all()
    os._exit(130)


def main() -> None:
    """Answer the one question on stdin."""
    signal.signal(signal.SIGINT, _leave)
    signal.signal(signal.SIGTERM, _leave)
    with scratch() as home:
        # Before anything imports the client: a cache would hide what the Hub really has.
        for name in UNSET:
            os.environ.pop(name, None)
        os.environ |= {"HF_HOME": str(home), **LIGHT}
        answer = _see(json.loads(sys.stdin.read()), home / "release")
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    ending.run(main)
