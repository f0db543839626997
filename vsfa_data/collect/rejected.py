"""Why a candidate does not become an image."""

from __future__ import annotations


class Rejected(Exception):  # noqa: N818 an outcome that becomes a row, not an error
    """The candidate is no good: `reason` is a code of `tables.REASONS`, `detail` is for a reader.

    `detail` is the same on every run: it holds no address of an object and no path.
    """

    def __init__(self, reason: str, detail: str | None = None) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason, self.detail = reason, detail
