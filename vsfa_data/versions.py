"""Versions of installed libraries, asked of their metadata: nothing is imported."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version


def installed(names: Iterable[str]) -> dict[str, str]:
    """Name -> version of those of `names` that are installed, in their order."""
    return dict(_installed(tuple(names)))


@functools.cache
def _installed(names: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for name in names:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found
