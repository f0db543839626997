"""Which commit of a dataset is meant: asked once, so that a whole build reads the same one."""

from __future__ import annotations

import re
from typing import Final

from vsfa_data.collect.hub.failing import told

COMMIT: Final = re.compile(r"[0-9a-f]{40}")
TIMEOUT_S: Final = 10.0
"""How long the Hub may take to say which commit it is."""

_pinned: dict[tuple[str, str | None], str] = {}


def asked(dataset: str, revision: str | None) -> str:
    """The commit that `revision` (None: the main branch) is now. Raises UserError.

    A commit stands for itself and nobody is asked.
    """
    if revision is not None and COMMIT.fullmatch(revision):
        return revision
    from huggingface_hub import HfApi

    with told(dataset):
        found = HfApi().dataset_info(dataset, revision=revision, timeout=TIMEOUT_S).sha
    if found is None or not COMMIT.fullmatch(found):
        raise ValueError(f"the Hub says that the commit is {found!r}")
    _pinned[dataset, revision] = found
    return found


def pinned(dataset: str, revision: str | None) -> str:
    """What `asked` said last, or says now. Raises UserError."""
    return _pinned.get((dataset, revision)) or asked(dataset, revision)
