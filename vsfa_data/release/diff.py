"""What changed from one release to another: rows, counts, files, columns, fingerprint."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from vsfa_data.release.configs import PICTURES
from vsfa_data.release.contents import Contents, Mark

COUNTED: Final[Mapping[str, Callable[[str, Mark], str | None]]] = {
    "config": lambda config, _: config,
    "split": lambda config, mark: f"{config}/{mark.split}",
    "licence": lambda config, mark: mark.license if config in PICTURES else None,
    "concept": lambda config, mark: f"{config}: {mark.concept}",
}
"""What rows are counted by -> the group of a row; None: it is not counted."""


@dataclass(frozen=True)
class Rows:
    """Rows of one config. A row is a picture; `columns` counts the changed rows by column."""

    before: int
    after: int
    added: int
    removed: int
    changed: int
    columns: Mapping[str, int]


@dataclass(frozen=True)
class Group:
    """Rows of one split, licence, ... before and after."""

    by: str
    name: str
    before: int
    after: int


@dataclass(frozen=True)
class Difference:
    """From release `a` to release `b`."""

    a: str
    b: str
    versions: tuple[str, str]
    fingerprints: tuple[str, str]
    rows: Mapping[str, Rows]
    groups: tuple[Group, ...]
    """Every group of COUNTED, changed or not."""
    files: Mapping[str, tuple[str, ...]]
    """`added`, `removed`, `changed` -> names."""
    columns: Mapping[str, tuple[str, ...]]
    """The same for columns of the rows; a changed one has another type."""

    @property
    def same(self) -> bool:
        """Whether both hold the same content, file for file."""
        return self.fingerprints[0] == self.fingerprints[1] and not any(self.files.values())

    def brief(self) -> str:
        """One line."""
        told = [
            f"{config}: {rows.added} rows added, {rows.removed} removed, {rows.changed} changed"
            for config, rows in self.rows.items()
            if rows.added or rows.removed or rows.changed
        ]
        names = [f"{name} ({how})" for how, listed in self.files.items() for name in listed]
        if not told and names:
            told = ["the rows are the same"]
        more = f" and {len(names) - 5} more" if len(names) > 5 else ""
        files = [f"files: {', '.join(names[:5])}{more}"] if names else []
        return "; ".join([*told, *files]) or "nothing differs"

    def plain(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self) | {"same": self.same}


def diff(a: Contents, b: Contents) -> Difference:
    """What changed from `a` to `b`."""
    configs = list(dict.fromkeys([*a.rows, *b.rows]))
    return Difference(
        a=a.label,
        b=b.label,
        versions=(a.made.version, b.made.version),
        fingerprints=(a.made.fingerprint, b.made.fingerprint),
        rows={one: _rows(a.rows.get(one, {}), b.rows.get(one, {})) for one in configs},
        groups=tuple(_groups(a, b)),
        files=_sets(a.files, b.files),
        columns=_sets(a.schema, b.schema),
    )


def _rows(a: Mapping[str, Mark], b: Mapping[str, Mark]) -> Rows:
    columns, changed = Counter[str](), 0
    for image_id in a.keys() & b.keys():
        before, after = a[image_id], b[image_id]
        names = [*after.changed(before), *(["split"] if before.split != after.split else [])]
        columns.update(names)
        changed += bool(names)
    return Rows(
        before=len(a),
        after=len(b),
        added=len(b.keys() - a.keys()),
        removed=len(a.keys() - b.keys()),
        changed=changed,
        columns=dict(sorted(columns.items())),
    )


def _groups(a: Contents, b: Contents) -> Iterator[Group]:
    for by, group_of in COUNTED.items():
        before, after = _count(a, group_of), _count(b, group_of)
        for name in sorted(before.keys() | after.keys()):
            yield Group(by, name, before[name], after[name])


def _count(found: Contents, group_of: Callable[[str, Mark], str | None]) -> Counter[str]:
    groups = (
        group_of(config, mark) for config, rows in found.rows.items() for mark in rows.values()
    )
    return Counter(group for group in groups if group is not None)


def _sets(a: Mapping[str, object], b: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
    def names(found: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted(found))

    return {
        "added": names(b.keys() - a.keys()),
        "removed": names(a.keys() - b.keys()),
        "changed": names(name for name in a.keys() & b.keys() if a[name] != b[name]),
    }
