"""Finding sources, encoders and captioners: one file each, the file name is the public name.

Nothing is registered by hand. A part that lives in another distribution is found through an
entry point in the group `vsfa_data.<kind>` (for example `vsfa_data.sources`).
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from importlib.metadata import entry_points
from typing import Any, Final

from vsfa_data.errors import UserError

KINDS: Final = {
    "sources": ("vsfa_data.collect.sources", "Source", "source"),
    "encoders": ("vsfa_data.filter.encoders", "Encoder", "encoder"),
    "captioners": ("vsfa_data.caption.captioners", "Captioner", "captioner"),
}
"""kind -> (package whose files are the parts, name of the base class, what one is called)."""


@cache
def names(kind: str) -> tuple[str, ...]:
    """Public names of all parts of `kind`, sorted; installed ones included."""
    package = importlib.import_module(KINDS[kind][0])
    own = {module.name for module in pkgutil.iter_modules(package.__path__)}
    return tuple(sorted(own | {point.name for point in entry_points(group=f"vsfa_data.{kind}")}))


@cache
def load(kind: str, name: str) -> type[Any]:
    """The class of the part `name`. Importing it is cheap: parts load models when opened.

    Raises UserError, with the names there are, for a name that is none of them.
    """
    package, base, noun = KINDS[kind]
    if name not in names(kind):
        raise UserError(
            f"unknown {noun} '{name}'. Choose one of: {', '.join(names(kind))}. "
            f"To add one, see 'Add a part' in docs/architecture.md"
        )
    for point in entry_points(group=f"vsfa_data.{kind}"):
        if point.name == name:
            return _checked(point.load(), base, name)
    module = importlib.import_module(f"{package}.{name}")
    found = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and value.__module__ == module.__name__ and _is_a(value, base)
    ]
    if len(found) != 1:
        raise TypeError(f"{module.__name__} must define exactly one {base}, not {len(found)}")
    return _checked(found[0], base, name)


def _is_a(value: type, base: str) -> bool:
    return any(parent.__name__ == base for parent in value.__mro__[1:])


def _checked(value: Any, base: str, name: str) -> type[Any]:
    if not (isinstance(value, type) and _is_a(value, base)):
        raise TypeError(f"part '{name}' is not a {base}")
    return value
