"""Finding sources, encoders and captioners: one file each, the file name is the public name.

Nothing is registered by hand. A part that lives in another distribution is found through an
entry point in the group `vsfa_data.<kind>` (for example `vsfa_data.sources`).
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final

from vsfa_data.errors import SetupError, UserError, printable

KINDS: Final = {
    "sources": ("vsfa_data.collect.sources", "Source", "source"),
    "encoders": ("vsfa_data.filter.encoders", "Encoder", "encoder"),
    "captioners": ("vsfa_data.caption.captioners", "Captioner", "captioner"),
}
"""kind -> (package whose files are the parts, name of the base class, what one is called)."""


@cache
def names(kind: str) -> tuple[str, ...]:
    """Public names of all parts of `kind`, sorted; installed ones included."""
    foreign = {point.name for point in entry_points(group=f"vsfa_data.{kind}")}
    return tuple(sorted(_own(KINDS[kind][0]) | foreign))


def _own(package: str) -> set[str]:
    """Names of the files of a package."""
    return {found.name for found in pkgutil.iter_modules(importlib.import_module(package).__path__)}


@cache
def load(kind: str, name: str) -> type[Any]:
    """The class of the part `name`. Importing it is cheap: parts load models when opened.

    Raises UserError, with the names there are, for a name that is none of them, SetupError for a
    part of another distribution that is broken.
    """
    package, base, noun = KINDS[kind]
    if name not in names(kind):
        raise UserError(
            f"unknown {noun} '{name}'. Choose one of: {', '.join(names(kind))}. "
            f"To add one, see 'Add a part' in docs/architecture.md"
        )
    if name not in _own(package):  # which nobody can put another in the place of
        (point, *_) = entry_points(group=f"vsfa_data.{kind}", name=name)
        return _foreign(point, base, noun)
    module = importlib.import_module(f"{package}.{name}")
    found = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and value.__module__ == module.__name__ and _is_a(value, base)
    ]
    if len(found) != 1:
        raise TypeError(f"{module.__name__} must define exactly one {base}, not {len(found)}")
    return found[0]


def _is_a(value: type, base: str) -> bool:
    return any(parent.__name__ == base for parent in value.__mro__[1:])


def _foreign(point: EntryPoint, base: str, noun: str) -> type[Any]:
    """The part that another distribution says it has. Raises SetupError, whatever is wrong."""
    owner = f" of {point.dist.name} {point.dist.version}" if point.dist else ""
    what = f"the {noun} '{point.name}'{owner} ({point.value})"
    try:
        value = point.load()
    except Exception as error:  # it is a stranger's code that is run here
        said = printable(f"{type(error).__name__}: {error}")[:300]
        raise SetupError(f"{what} cannot be loaded ({said}). {_REMEDY}") from error
    if fault := _fault(value, base):
        raise SetupError(f"{what} {fault}. {_REMEDY}")
    found: type[Any] = value
    return found


_REMEDY: Final = "Mend it or uninstall it; see 'Add a part' in docs/architecture.md"


def _fault(value: Any, base: str) -> str | None:
    """What keeps it from being a part, as the end of a sentence."""
    if not (isinstance(value, type) and _is_a(value, base)):
        return f"is no subclass of {base}"
    from vsfa_data.sections import Section

    options = getattr(value, "Options", None)
    if not (isinstance(options, type) and issubclass(options, Section)):
        return "lacks Options, a Section with its recipe keys"
    missing = sorted(getattr(value, "__abstractmethods__", ()))
    return f"lacks {', '.join(missing)}" if missing else None
