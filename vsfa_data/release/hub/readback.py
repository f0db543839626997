"""Loading a pushed revision back in a fresh process, and holding it against what was pushed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from vsfa_data.errors import UserError
from vsfa_data.release.hub.fresh import Seen
from vsfa_data.release.hub.local import Local
from vsfa_data.release.hub.session import Patience
from vsfa_data.resources import PACKAGE

ReadBack = Callable[[str, str], Seen]
"""(repository, commit) -> what a stranger sees there. Raises PassingError or UserError."""
_TRIES: Final = 3


class PassingError(UserError):
    """It could not be read for a reason that may be gone soon."""


@dataclass(frozen=True)
class FreshProcess:
    """Reads back as `fresh.py` does, with that address and token."""

    endpoint: str
    token: str | None
    quiet: bool

    def __call__(self, repo_id: str, commit: str) -> Seen:
        """What is seen there. Bars of the download go to stderr."""
        # The path as this process has it, but never the current folder.
        paths = [str(PACKAGE.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = os.environ | {
            "HF_ENDPOINT": self.endpoint,
            "PYTHONPATH": os.pathsep.join(paths),
        }
        if self.token:
            environment["HF_TOKEN"] = self.token
        job = json.dumps({"repo_id": repo_id, "revision": commit, "quiet": self.quiet})
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "vsfa_data.release.hub.fresh"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
        )
        with process:
            try:
                said, _ = process.communicate(job.encode())
            except BaseException:
                # It deletes what it has downloaded and goes.
                process.terminate()
                raise
        if process.returncode != 0:
            raise PassingError(f"the process that loads it back ended with {process.returncode}")
        return _seen(json.loads(said))


def _seen(answer: dict[str, Any]) -> Seen:
    if "error" in answer:
        raise (PassingError if answer["passes"] else UserError)(answer["error"])
    return Seen(**answer)


def confirm(
    read_back: ReadBack, repo_id: str, commit: str, local: Local, patience: Patience
) -> None:
    """Raise UserError unless that commit loads and is, file for file, the local release."""
    seen = _patiently(read_back, repo_id, commit, patience)
    problems = list(seen.problems)
    ours = {name: file.sha256 for name, file in local.files.items()}
    problems += [
        f"{name}: is not what was uploaded"
        for name in sorted(ours.keys() | seen.files.keys())
        if ours.get(name) != seen.files.get(name)
    ]
    if not problems and seen.fingerprint != local.made.fingerprint:
        problems.append("its fingerprint is another one")
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise UserError(
            f"what was uploaded does not load back as it was: {problems[0]}{more}. Neither main "
            f"nor a tag was changed. Run the same command again"
        )


def _patiently(read_back: ReadBack, repo_id: str, commit: str, patience: Patience) -> Seen:
    for left in reversed(range(min(_TRIES, patience.tries))):
        try:
            return read_back(repo_id, commit)
        except PassingError as error:
            if not left:
                raise UserError(
                    f"{error}. Neither main nor a tag was changed. Run the same command again"
                ) from None
        patience.sleep(patience.first_wait_s)
    raise AssertionError("at least one try is made")
