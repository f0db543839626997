from __future__ import annotations

from typing import Any

import pytest

from tests.collect.sources import commons_api as api
from vsfa_data.collect.rejected import Rejected
from vsfa_data.collect.search import extmetadata, licenses
from vsfa_data.collect.search.licenses import License

CC = "https://creativecommons.org"


def known(**fields: Any) -> dict[str, str]:
    """What is read of a usual file, some of whose fields are not as usual."""
    return extmetadata.read(api.page(1, **fields)["imageinfo"][0]["extmetadata"])


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "CC-BY-SA-4.0"),
        ({"License": None}, "CC-BY-SA-4.0"),
        ({"LicenseUrl": None}, "CC-BY-SA-4.0"),
        (
            {"License": "cc-by-2.5-scotland", "LicenseUrl": f"{CC}/licenses/by/2.5/scotland/"},
            "CC-BY-2.5-SCOTLAND",
        ),
        (
            {"License": "cc-by-sa-3.0-de", "LicenseUrl": f"{CC}/licenses/by-sa/3.0/de/deed.en"},
            "CC-BY-SA-3.0-DE",
        ),
        ({"License": "cc-by-2.0", "LicenseUrl": "http://www.gnu.org/x"}, "CC-BY-2.0"),
        ({"License": "cc0", "LicenseUrl": None}, "CC0-1.0"),
        (
            {"License": "cc0", "LicenseUrl": f"{CC}/publicdomain/zero/1.0/deed.en"},
            "CC0-1.0",
        ),
        ({"License": "pd", "LicenseUrl": None}, "public-domain"),
        ({"License": "pd", "LicenseUrl": "https://en.wikipedia.org/x"}, "public-domain"),
        ({"License": "cc-pd", "LicenseUrl": None}, "public-domain"),
        ({"License": "pd", "LicenseUrl": f"{CC}/publicdomain/mark/1.0/"}, "CC-PDM-1.0"),
        ({"License": "cc-by-sa-3.0"}, "license_unknown"),
        ({"License": "cc-by-4.0"}, "license_unknown"),
        ({"License": "cc-sa-1.0", "LicenseUrl": None}, "license_unknown"),
        (dict.fromkeys(("License", "LicenseUrl", "LicenseShortName")), "license_unknown"),
        (
            {
                "License": None,
                "LicenseUrl": "http://www.gnu.org/copyleft/fdl.html",
                "LicenseShortName": "GFDL",
            },
            "license_not_allowed",
        ),
        ({"License": None, "LicenseUrl": f"{CC}/licenses/by-nc/4.0"}, "license_not_allowed"),
        ({"NonFree": "true"}, "license_not_allowed"),
        ({"NonFree": True}, "license_not_allowed"),
        ({"NonFree": "false"}, "CC-BY-SA-4.0"),
        ({"DeletionReason": "No permission since 1 May"}, "license_not_allowed"),
    ],
    ids=str,
)
def test_licences(fields: dict[str, Any], expected: str) -> None:
    try:
        found = extmetadata.license_of(known(**fields), licenses.OPEN)
    except Rejected as no:
        found, reason = None, no.reason
    assert expected == (found.id if found else reason)
    if expected == "public-domain":
        assert found == License("pd", "public-domain", None)


@pytest.mark.parametrize(
    ("fields", "field", "value"),
    [
        ({"ObjectName": "<b>Tank</b> &amp; <script>x()</script>gun"}, "title", "Tank & gun"),
        ({"ObjectName": None}, "title", "T-45A Goshawk 1"),
        ({"ObjectName": {"_type": "lang", "en": "x"}}, "title", "T-45A Goshawk 1"),
        ({"ObjectName": 1914}, "title", "1914"),
        (
            {"Artist": '<div class="vcard"><span style="display:none">x</span>Ann<br>Bob</div>'},
            "attribution",
            "Ann Bob",
        ),
        ({"Attribution": "Photo: <i>Ann</i>"}, "attribution", "Photo: Ann"),
        ({"Artist": None}, "attribution", None),
        ({"Artist": "<img src=x onerror=alert(1)>"}, "attribution", None),
    ],
    ids=str,
)
def test_html_in_fields_is_read_as_a_reader_sees_it(
    fields: dict[str, Any], field: str, value: str | None
) -> None:
    read = known(**fields)
    title = extmetadata.title(read, "File:T-45A_Goshawk 1.jpg")
    assert {"title": title, "attribution": extmetadata.attribution(read)}[field] == value


@pytest.mark.parametrize("told", [None, 7, [], "x", {"Artist": None}, {"Artist": {"value": []}}])
def test_what_is_no_metadata_says_nothing(told: Any) -> None:
    assert extmetadata.read(told) == {}


def test_files_without_a_name_have_no_title() -> None:
    assert extmetadata.title({}, None) is None
    assert extmetadata.title({}, "File:.jpg") is None
    assert extmetadata.title({}, "File:Two words (1914).JPEG") == "Two words (1914)"
