"""What counts as no licence, what becomes an SPDX id, and which addresses stay."""

from __future__ import annotations

import pytest

from vsfa_data.collect.licensing import told

CC = "https://creativecommons.org"


@pytest.mark.parametrize(
    "name",
    [
        *("unknown", "Unknown license", "N/A", "n/a", "n.a.", "NA", "?", "???", "null", "None"),
        *("-", "\u2013", "nan", "NaN", "tbd", "NOASSERTION", "not specified", "", "  ", None),
    ],
)
def test_what_says_nothing_is_no_licence(name: str | None) -> None:
    assert told(name, "https://example.org/l") == (None, "https://example.org/l")


@pytest.mark.parametrize(
    "name", ["All rights reserved", "Unlicense", "MIT", "CC BY", "Nonesuch", "L", "\u516c\u6709"]
)
def test_what_cannot_be_mapped_stays_as_typed(name: str) -> None:
    assert told(name, None) == (name, None)


@pytest.mark.parametrize(
    ("name", "address", "found"),
    [
        ("cc by 4.0", None, ("CC-BY-4.0", None)),
        ("CC0-1.0", "https://x", ("CC0-1.0", "https://x")),
        (f"{CC}/licenses/by/4.0", None, ("CC-BY-4.0", f"{CC}/licenses/by/4.0/")),
        (f"{CC}/publicdomain/zero/1.0/", "n/a", ("CC0-1.0", f"{CC}/publicdomain/zero/1.0/")),
        (f"{CC}/licenses/by/4.0/", "http://x/y", ("CC-BY-4.0", "http://x/y")),
        ("MIT", "//creativecommons.org/licenses/by/4.0", ("MIT", f"{CC}/licenses/by/4.0/")),
        ("MIT", "javascript:alert(1)", ("MIT", None)),
        ("MIT", "javascript://https://x", ("MIT", None)),
        ("MIT", "https://", ("MIT", None)),
        ("MIT", "n/a", ("MIT", None)),
    ],
)
def test_ids_and_addresses(
    name: str, address: str | None, found: tuple[str | None, str | None]
) -> None:
    assert told(name, address) == found
