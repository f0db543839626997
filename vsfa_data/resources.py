"""Finds the folders that stand outside the package in a checkout and inside it in a wheel."""

from pathlib import Path
from typing import Final

from vsfa_data.errors import UserError

PACKAGE: Final = Path(__file__).resolve().parent
_SHIPPED: Final = PACKAGE / "shipped"


def folder(name: str) -> Path:
    """`builders`, `templates`, `concepts`, `prompts` or `cards`: of the wheel or the checkout.

    Raises FileNotFoundError if neither has it, which means a broken installation.
    """
    for parent in (_SHIPPED, PACKAGE.parent):
        if (parent / name).is_dir():
            return parent / name
    raise FileNotFoundError(f"this installation of vsfa-data lacks its folder '{name}'")


def user_path(path: str | Path) -> Path:
    """A path as a user types it. Raises UserError for `~nobody` and for impossible names."""
    try:
        found = Path(path).expanduser()
        found.exists()
    except (RuntimeError, OSError, ValueError) as error:
        raise UserError(f"{str(path)[:200]!r} is no path that can be used: {error}") from None
    return found


def inside(path: str) -> Path:
    """A local path as recipes write it; `package:sample` is the folder inside vsfa_data."""
    scheme, colon, rest = path.partition(":")
    return PACKAGE / rest if colon and scheme == "package" else user_path(path)
