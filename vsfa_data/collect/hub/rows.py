"""Rows of a dataset -> candidates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from vsfa_data.collect.hub.own_files import OwnFiles
from vsfa_data.collect.rejected import Rejected
from vsfa_data.collect.sidecar import Credit
from vsfa_data.collect.source import Candidate

_ADDRESS: Final = re.compile(r"https?://", re.IGNORECASE)


@dataclass(frozen=True)
class Reading:
    """How rows are read: `image` is a column's name, `credit` are columns' names by credit.

    `names` are the words for the numbers of a column of classes. `default`: what stands where
    no column is named.
    """

    image: str
    credit: Mapping[str, str]
    names: Mapping[str, list[str]]
    default: Credit
    files: OwnFiles

    def candidate(self, reference: str, row: Mapping[str, Any]) -> Candidate:
        """The candidate of one row; what is wrong with it is its reason."""
        credit = self.default
        try:
            found = {name: self._text(row, column) for name, column in self.credit.items()}
            credit = self.default._replace(**found)
            image = self._image(row[self.image])
        except Rejected as no:
            image = {"reason": no.reason, "detail": no.detail}
        return Candidate(reference, **image, **credit._asdict())

    def _image(self, value: Any) -> dict[str, Any]:
        """The image as `data`, `path` or `url`. Raises Rejected."""
        if isinstance(value, Mapping):
            data = value.get("bytes")
            value = value.get("path") if data is None else data
        if value is None:
            raise Rejected("unreadable", "the row has no image")
        if isinstance(value, bytes):
            return {"data": value}
        if not isinstance(value, str):
            raise Rejected("unreadable", f"the row's image is of the type {type(value).__name__}")
        return {"url": value} if _ADDRESS.match(value) else self.files.path_or_data(value)

    def _text(self, row: Mapping[str, Any], column: str) -> str | None:
        value, names = row[column], self.names.get(column)
        if names is not None and isinstance(value, int):
            value = names[value] if 0 <= value < len(names) else None
        if not isinstance(value, str | None):
            raise Rejected("bad_metadata", f"'{column}' is not text")
        return (value or "").strip() or None
