"""Finds the folders that stand outside the package in a checkout and inside it in a wheel."""

from pathlib import Path
from typing import Final

PACKAGE: Final = Path(__file__).resolve().parent
_SHIPPED: Final = PACKAGE / "shipped"


def folder(name: str) -> Path:
    """`builders`, `templates`, `concepts` or `cards`: of the wheel, else of the checkout.

    Raises FileNotFoundError if neither has it, which means a broken installation.
    """
    for parent in (_SHIPPED, PACKAGE.parent):
        if (parent / name).is_dir():
            return parent / name
    raise FileNotFoundError(f"this installation of vsfa-data lacks its folder '{name}'")


def inside(path: str) -> Path:
    """A local path as recipes write it; `package:sample` is the folder inside vsfa_data."""
    scheme, colon, rest = path.partition(":")
    return PACKAGE / rest if colon and scheme == "package" else Path(path).expanduser()
