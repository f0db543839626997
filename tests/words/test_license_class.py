"""Classes of licences."""

from __future__ import annotations

import pytest

from vsfa_data.words.license_class import license_class, of_class, strictness


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("CC0-1.0", "public-domain"),
        ("CC-PDM-1.0", "public-domain"),
        ("public-domain", "public-domain"),
        ("CC-BY-4.0", "attribution"),
        ("MIT", "attribution"),
        ("CC-BY-SA-3.0-FR", "share-alike"),
        ("GPL-3.0-only", "share-alike"),
        ("CC-BY-ND-2.0", "no-derivatives"),
        ("CC-BY-NC-SA-2.0", "non-commercial"),
        ("CC-BY-NC-ND-4.0", "non-commercial"),
        ("CC-BYTES", "other"),
        ("CC BY 4.0", "attribution"),
        ("cc by-nc-sa 4.0", "non-commercial"),
        ("CC BY", "attribution"),
        ("CC BY NonCommercial 4.0", "other"),
        ("PD", "public-domain"),
        ("PDF", "other"),
        ("All rights reserved", "other"),
        ("unknown", "unknown"),
        ("Unlicense", "public-domain"),
        ("Unlicensed", "other"),
        ("CC0-1.0 AND CC-BY-NC-4.0", "non-commercial"),
        ("(MIT OR GPL-3.0-only) AND CC-BY-4.0", "share-alike"),
        ("GPL-2.0-only WITH Classpath-exception-2.0", "share-alike"),
        ("MIT AND ours", "other"),
        ("MIT (Expat)", "attribution"),
        ("a licence of our own", "other"),
        (None, "unknown"),
        (" ", "unknown"),
    ],
)
def test_the_strictest_demand_counts(name: str | None, found: str) -> None:
    assert license_class(name) == found


def test_counts_of_one_class_keep_their_order() -> None:
    given = {"ours": 1, "MIT": 2, "theirs": 3}
    assert of_class(given, "other") == {"ours": 1, "theirs": 3}


def test_what_is_not_known_is_no_demand() -> None:
    rising = (None, "CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "All rights reserved")
    ranks = [strictness(name) for name in rising]
    assert ranks == sorted(set(ranks))
    assert ranks[0] == 0
