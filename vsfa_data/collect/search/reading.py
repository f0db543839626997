"""What strangers' JSON says, or nothing: no field is trusted to be there or to be of its kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from vsfa_data.collect.rejected import Rejected
from vsfa_data.collect.search.licenses import License
from vsfa_data.collect.source import Candidate

MAX_ADDRESS: Final = 2_000
_ADDRESS: Final = re.compile(r"https?://[^\s/]\S*", re.IGNORECASE)


class Credit(NamedTuple):
    """What an image is called, whom to credit for it, and the page that shows it."""

    title: str | None = None
    attribution: str | None = None
    page_url: str | None = None


def candidate(
    ref: str, url: str | None, license_: Callable[[], License], credit: Credit
) -> Candidate:
    """An image to fetch, or why it cannot be had; `license_` may raise Rejected."""
    try:
        found = license_()
    except Rejected as no:
        return Candidate(ref, reason=no.reason, detail=no.detail, **credit._asdict())
    if url is None:
        return incomplete(ref, "no address", credit)
    return Candidate(ref, url=url, license=found.id, license_url=found.url, **credit._asdict())


def incomplete(ref: str, lacks: str, credit: Credit = Credit()) -> Candidate:  # noqa: B008 frozen
    """A result that cannot be used, for want of something."""
    return Candidate(ref, reason="incomplete_result", detail=lacks, **credit._asdict())


def mapping(value: Any) -> Mapping[str, Any]:
    """`value` if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def objects(value: Any) -> Iterator[Mapping[str, Any]]:
    """The JSON objects of a list; what else is in it is as good as an empty one."""
    return map(mapping, value if isinstance(value, list) else ())


def text(value: Any) -> str | None:
    """`value` if it is text that says something."""
    return value if isinstance(value, str) and value.strip() else None


def address(value: Any) -> str | None:
    """`value` if it is a web address that can be published: it shows all that is in it."""
    told = (text(value) or "").strip()
    is_shown = len(told) <= MAX_ADDRESS and told.isprintable()
    return told if is_shown and _ADDRESS.fullmatch(told) else None


def allowed(license_: License | None, kinds: Sequence[str], said: str | None) -> License:
    """`license_` if it is of one of `kinds`; `said` is the service's word for it.

    Raises Rejected: license_unknown, license_not_allowed.
    """
    if license_ is None:
        raise Rejected("license_unknown", said and said[:100])
    if license_.kind not in kinds:
        raise Rejected("license_not_allowed", license_.id)
    return license_


def agreed(one: License | None, other: License | None) -> License | None:
    """What two statements of one licence come to: None if they contradict each other.

    One that names its jurisdiction says more than one that does not.
    """
    if one is None or other is None:
        return one or other
    if one.kind != other.kind or not (_starts(one, other) or _starts(other, one)):
        return None
    return max(one, other, key=lambda license_: len(license_.id))


def _starts(longer: License, shorter: License) -> bool:
    return longer.id == shorter.id or longer.id.startswith(f"{shorter.id}-")
