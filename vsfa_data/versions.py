"""Versions of installed libraries, asked of their metadata: nothing is imported."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version

from vsfa_data import __version__


def installed(names: Iterable[str]) -> dict[str, str]:
    """Name -> version of those of `names` that are installed, in their order.

    Of `vsfa-data` it is that of the code that runs, which may be a checkout that is not installed.
    """
    return dict(_installed(tuple(names)))


@functools.cache
def _installed(names: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for name in names:
        if name == "vsfa-data":
            found[name] = __version__
            continue
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found
