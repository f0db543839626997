"""JSON that no service should answer, made of the names that real answers have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from vsfa_data.collect import listing
from vsfa_data.collect.rejected import Rejected
from vsfa_data.collect.search.record import BEGINNING, Page, Record
from vsfa_data.collect.search.searching import SearchSource

LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=30),
    st.sampled_from(
        [
            *(
                "https://example.org/a.jpg",
                "http://10.0.0.1/",
                "javascript:1",
                "by-sa",
                "4.0",
                "cc0",
            ),
            *("https://creativecommons.org/licenses/by/4.0/", "cc-by-4.0", "pd", "\ud800", "<b>"),
            "00000000-0000-0000-0000-000000000001",
        ]
    ),
)


def answers(names: Sequence[str]) -> st.SearchStrategy[Any]:
    """Any JSON; objects mostly have keys of `names`."""
    keys = st.one_of(st.sampled_from(sorted(names)), st.text(max_size=5))
    return st.recursive(
        LEAVES,
        lambda inner: st.one_of(
            st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=6)
        ),
        max_leaves=25,
    )


def bent(real: Mapping[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A real answer, some of whose fields are anything at all, or objects that are bent."""
    fields: dict[str, st.SearchStrategy[Any]] = {}
    for name, value in real.items():
        inner = value[0] if isinstance(value, list) and value else value
        anything = answers(tuple(inner) if isinstance(inner, dict) else ("x",))
        if isinstance(inner, dict):
            deeper = bent(inner)
            anything |= deeper if inner is value else st.lists(deeper, min_size=1, max_size=2)
        fields[name] = anything
    changes = st.fixed_dictionaries({}, optional=fields)
    return changes.map(lambda changed: dict(real) | changed)


class Told:
    """Answers everything with the same."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    def json(
        self,
        url: str,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        return self._answer


def check(source: SearchSource, answer: Any) -> None:
    """Whatever is answered is refused as a whole, or makes candidates that can be kept."""
    try:
        found, following = source.ask(Told(answer), "rifle", BEGINNING)
    except Rejected as no:
        found, following, reason = None, None, no.reason
    if found is None:
        assert reason in {"bad_reply", "rate_limited"}
        return
    assert source.folder is not None
    record = Record(source.folder)
    record.clear()
    record.add(Page("rifle", tuple(found), following), 0)
    (page,) = record.pages()
    assert len(page.found) == len(found)
    for one in page.found:
        assert (one.url is None) == (one.reason is not None) == (one.license is None)
        for text in (one.title, one.attribution, one.page_url, one.detail):
            assert text is None or (len(text) <= 2000 and len(text.splitlines()) == 1)
            assert listing._valid(text) == text
