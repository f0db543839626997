from __future__ import annotations

import pytest

from vsfa_data.collect.search import licenses
from vsfa_data.collect.search.licenses import License

CC = "https://creativecommons.org"


@pytest.mark.parametrize(
    ("url", "kind", "name", "address"),
    [
        (f"{CC}/licenses/by-sa/4.0/", "by-sa", "CC-BY-SA-4.0", f"{CC}/licenses/by-sa/4.0/"),
        (f"{CC}/licenses/by-sa/4.0", "by-sa", "CC-BY-SA-4.0", f"{CC}/licenses/by-sa/4.0/"),
        (
            "http://creativecommons.org/licenses/by/2.0/",
            "by",
            "CC-BY-2.0",
            f"{CC}/licenses/by/2.0/",
        ),
        (
            "//www.creativecommons.org/licenses/by-sa/3.0/de/deed.en",
            "by-sa",
            "CC-BY-SA-3.0-DE",
            f"{CC}/licenses/by-sa/3.0/de/",
        ),
        (f"{CC}/licenses/by/3.0/igo", "by", "CC-BY-3.0-IGO", f"{CC}/licenses/by/3.0/igo/"),
        (f"{CC}/licenses/by/4.0/deed.pt-br", "by", "CC-BY-4.0", f"{CC}/licenses/by/4.0/"),
        (f"{CC}/licenses/by/4.0/legalcode", "by", "CC-BY-4.0", f"{CC}/licenses/by/4.0/"),
        (
            f"{CC}/licenses/by-nc-nd/4.0/",
            "by-nc-nd",
            "CC-BY-NC-ND-4.0",
            f"{CC}/licenses/by-nc-nd/4.0/",
        ),
        (
            "http://creativecommons.org/publicdomain/zero/1.0/deed.en",
            "cc0",
            "CC0-1.0",
            f"{CC}/publicdomain/zero/1.0/",
        ),
        (f"{CC}/publicdomain/mark/1.0/", "pdm", "CC-PDM-1.0", f"{CC}/publicdomain/mark/1.0/"),
    ],
)
def test_an_address_of_creative_commons_names_kind_version_and_place(
    url: str, kind: licenses.Kind, name: str, address: str
) -> None:
    assert licenses.of_url(url) == License(kind, name, address)


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "https://example.org/licenses/by/4.0/",
        "https://creativecommons.org.example.org/licenses/by/4.0/",
        "https://example.org/?u=https://creativecommons.org/licenses/by/4.0/",
        f"{CC}/licenses/by/",
        f"{CC}/licenses/by/9.0/",
        f"{CC}/licenses/sampling+/1.0/",
        f"{CC}/licenses/publicdomain/",
        f"{CC}/licenses/by/4.0/<script>",
        f"{CC}/publicdomain/zero/2.0/",
    ],
)
def test_any_other_address_names_no_licence(url: str | None) -> None:
    assert licenses.of_url(url) is None


@pytest.mark.parametrize("kind", ["by", "by-sa", "by-nc", "by-nd", "by-nc-sa", "by-nc-nd"])
@pytest.mark.parametrize("version", ["1.0", "2.0", "2.5", "3.0", "4.0"])
def test_code_and_version_give_the_id_and_an_address_that_gives_them_back(
    kind: str, version: str
) -> None:
    found = licenses.of_code(kind, version)
    assert found is not None
    assert found.id == f"CC-{kind.upper()}-{version}"
    assert licenses.of_url(found.url) == found


@pytest.mark.parametrize(
    ("code", "version"),
    [(None, None), ("by", None), ("by", "5.0"), ("by", "4"), ("cc0", None), ("gfdl", "1.2")],
)
def test_a_version_is_never_guessed(code: str | None, version: str | None) -> None:
    assert licenses.of_code(code, version) is None


def test_marks_of_the_public_domain_are_told_apart() -> None:
    zero, mark = licenses.of_code("CC0", "1.0"), licenses.of_code("PDM", "1.0")
    assert zero is not None
    assert mark is not None
    assert {zero.id, mark.id, licenses.PUBLIC_DOMAIN} == {"CC0-1.0", "CC-PDM-1.0", "public-domain"}
    assert {zero.kind, mark.kind, "pd"} <= set(licenses.OPEN)


def test_open_kinds_allow_use_by_anybody_and_changes() -> None:
    assert not [kind for kind in licenses.OPEN if "nc" in kind.split("-") or "nd" in kind]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("cc by 4.0", "CC-BY-4.0"),
        ("cc-by-4.0", "CC-BY-4.0"),
        (" CC_BY-SA  3.0 ", "CC-BY-SA-3.0"),
        ("CC-BY-SA-2.5-SCOTLAND", "CC-BY-SA-2.5-SCOTLAND"),
        ("CC BY-NC-ND 3.0 de", "CC-BY-NC-ND-3.0-DE"),
        ("Creative Commons Attribution-ShareAlike 3.0 Unported License", "CC-BY-SA-3.0"),
        ("Creative Commons Attribution Non-Commercial NoDerivatives 4.0", "CC-BY-NC-ND-4.0"),
        ("cc0", "CC0-1.0"),
        ("CC0 1.0 Universal", "CC0-1.0"),
        ("Creative Commons Zero", "CC0-1.0"),
        ("Public Domain Mark 1.0", "CC-PDM-1.0"),
        ("Public Domain", "public-domain"),
        ("PD", "public-domain"),
        ("CC BY", None),
        ("CC BY 4", None),
        ("CC BY 9.9", None),
        ("CC BY 4.0 de", None),
        ("CC BY 4.0 or MIT", None),
        ("CC-BY-4.0 AND MIT", None),
        ("attribution 4.0", None),
        ("All rights reserved", None),
        ("cc " * 9_999, None),
        (None, None),
    ],
)
def test_a_name_gives_an_id_only_where_no_other_can_be_meant(
    name: str | None, found: str | None
) -> None:
    meant = licenses.of_name(name)
    assert (meant and meant.id) == found
    assert meant is None or licenses.of_name(meant.id) == meant
