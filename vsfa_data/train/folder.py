"""The folder of one run: what is under way in work/, what is done in adapter/.

DIR/work/settings.json             what the run was started with
DIR/work/data/                     its conversations, ready to be drawn at random
DIR/work/checkpoints/              the last two; a file `whole` marks a finished one
DIR/work/metrics.jsonl             a line for each log of the run so far
DIR/adapter/                       the result: it exists only when it is whole
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from vsfa_data.errors import UserError, printable
from vsfa_data.files.atomic import write_atomically
from vsfa_data.release import manifest
from vsfa_data.train.work import clear, require_own
from vsfa_data.workspace import Workspace

RUN: Final = "run.json"
METRICS: Final = "metrics.jsonl"
WEIGHTS: Final = "adapter_model.safetensors"
_SETTINGS: Final = "settings.json"
_OWN: Final = frozenset({"data", "checkpoints", METRICS, _SETTINGS})
_WHOLE: Final = "whole"
_SHOWN: Final = 3

Facts = Mapping[str, Any]
"""What a run depends on: name -> JSON value."""


class RunFolder:
    """Holds DIR while a run is under way.

    Raises WorkspaceError if another process holds it, UserError if it is a build's.
    """

    def __init__(self, out: Path) -> None:
        self._workspace = Workspace(out)
        self.out = self._workspace.out
        self.work = self._workspace.work
        self.data = self.work / "data"
        self.checkpoints = self.work / "checkpoints"
        self.metrics = self.work / METRICS
        self.adapter = self.out / "adapter"
        self._settings = self.work / _SETTINGS

    def __enter__(self) -> RunFolder:
        require_own(self.work, _OWN)
        self._workspace.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        try:
            if self.newest_checkpoint() is None:
                # Nothing to go on from: a failed start or a finished run leaves no litter. The
                # folder is still held, so that nobody's run can have begun in it.
                clear(self.work, _OWN)
        finally:
            self._workspace.__exit__()

    def finished(self, facts: Facts) -> dict[str, Any] | None:
        """run.json of a finished adapter that was made from `facts` and is still whole."""
        record = self._record()
        if record is None or record.get("made_from") != json.loads(json.dumps(facts)):
            return None
        try:
            found = manifest.describe(self.adapter / WEIGHTS).sha256
        except OSError:
            return None
        return record if record.get("weights_sha256") == found else None

    def claim(self, facts: Facts, *, restart: bool) -> bool:
        """Take the folder for a run with `facts`, going on from its checkpoints if they are its.

        With `restart`, what is under way is dropped. Raises UserError if there are checkpoints or
        an adapter of a run with other facts: they are not mixed, and not deleted unasked. Answers
        with whether the same run was begun before and left no checkpoint.
        """
        wanted = json.loads(json.dumps(facts))
        other, begun = self._other(), _read(self._settings) == wanted
        if other is not None and other != wanted and not restart:
            raise UserError(
                f"{self.out} holds a run with other settings ({differences(other, facts)}). Choose "
                f"another folder with --out, or replace it with --restart"
            )
        if restart or not begun:
            self.drop()  # conversations of another run, too, which never came to a checkpoint
        write_atomically(self._settings, json.dumps(facts, indent=2).encode())
        self.checkpoints.mkdir(exist_ok=True)
        for left in self.checkpoints.iterdir():
            if not (left / _WHOLE).is_file():
                shutil.rmtree(left)
        return begun and not restart and self.newest_checkpoint() is None

    def drop(self) -> None:
        """Forget a run that is under way."""
        for path in (self.data, self.checkpoints):
            shutil.rmtree(path, ignore_errors=True)
        for path in (self.metrics, self._settings):
            path.unlink(missing_ok=True)

    def mark(self, step: int) -> None:
        """Note that the checkpoint of `step` is whole."""
        write_atomically(self.checkpoints / f"checkpoint-{step}" / _WHOLE, b"")

    def newest_checkpoint(self) -> Path | None:
        """The last finished checkpoint."""
        found = [mark.parent for mark in self.checkpoints.glob(f"checkpoint-*/{_WHOLE}")]
        return max(found, key=lambda path: int(path.name.rpartition("-")[2]), default=None)

    def _other(self) -> dict[str, Any] | None:
        """The facts of what the folder holds."""
        if self.newest_checkpoint() is not None:
            return _read(self._settings) or {}
        record = self._record()
        return None if record is None else record.get("made_from", {})

    def _record(self) -> dict[str, Any] | None:
        return _read(self.adapter / RUN)


def differences(before: Facts, after: Facts) -> str:
    """What has changed, in words: `rank: 8 -> 16, seed: 0 -> 1, and 2 more`."""
    changed = [
        f"{name}: {_short(before.get(name))} -> {_short(after.get(name))}"
        for name in dict.fromkeys([*before, *after])
        if before.get(name) != json.loads(json.dumps(after.get(name)))
    ]
    more = len(changed) - _SHOWN
    return ", ".join(changed[:_SHOWN]) + (f", and {more} more" if more > 0 else "")


def _short(value: Any) -> str:
    text = printable(json.dumps(value, ensure_ascii=False)).strip('"')
    return text if len(text) <= 40 else text[:37] + "..."


def _read(path: Path) -> dict[str, Any] | None:
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None
