"""What the MediaWiki API of Wikimedia Commons answers, as its documentation has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

SITE = "https://commons.wikimedia.org"
UPLOAD = "https://upload.wikimedia.org/wikipedia/commons"


def metadata(**fields: Any) -> dict[str, Any]:
    """`extmetadata`: HTML values, each with where it was found."""
    return {
        name: {"value": value, "source": "commons-desc-page", "hidden": ""}
        for name, value in fields.items()
    }


USUAL = {
    "ObjectName": "T-45A Goshawk 03",
    "Artist": '<a href="//commons.wikimedia.org/wiki/User:Ann" title="User:Ann">Ann Lee</a>',
    "LicenseShortName": "CC BY-SA 4.0",
    "License": "cc-by-sa-4.0",
    "LicenseUrl": "https://creativecommons.org/licenses/by-sa/4.0",
}


def page(number: int, *, index: int | None = None, **fields: Any) -> dict[str, Any]:
    """One result; `fields` replace those of its metadata, and None leaves one out."""
    known = {name: value for name, value in (USUAL | fields).items() if value is not None}
    name = f"T-45A_Goshawk_{number}.jpg"
    return {
        "pageid": number,
        "ns": 6,
        "title": f"File:{name.replace('_', ' ')}",
        "index": number if index is None else index,
        "imagerepository": "local",
        "imageinfo": [
            {
                "size": 1353326,
                "width": 3746,
                "height": 2400,
                "thumburl": f"{UPLOAD}/thumb/a/a2/{name}/960px-{name}",
                "thumbwidth": 960,
                "thumbheight": 615,
                "url": f"{UPLOAD}/a/a2/{name}",
                "descriptionurl": f"{SITE}/wiki/File:{name}",
                "descriptionshorturl": f"{SITE}/w/index.php?curid={number}",
                "mime": "image/jpeg",
                "extmetadata": metadata(**known),
            }
        ],
    }


def answer(pages: Sequence[Mapping[str, Any]], params: Mapping[str, str]) -> dict[str, Any]:
    """The part of `pages` that `params` ask for; not in the order of their ranks, as the API is."""
    start, size = int(params.get("gsroffset", 0)), int(params["gsrlimit"])
    here = list(pages[start : start + size])
    told: dict[str, Any] = {"batchcomplete": True}
    if start + size < len(pages):
        told["continue"] = {"gsroffset": start + size, "continue": "gsroffset||"}
    if here:
        told["query"] = {"pages": here[::-1]}
    return told


def lagging(seconds: float) -> dict[str, Any]:
    """The error of `maxlag`, which comes with status 200."""
    return {
        "error": {
            "code": "maxlag",
            "info": f"Waiting for 10.64.16.7: {seconds} seconds lagged.",
            "host": "10.64.16.7",
            "lag": seconds,
            "type": "db",
            "docref": "See https://commons.wikimedia.org/w/api.php for API usage.",
        },
        "servedby": "mw1",
    }


def error(code: str) -> dict[str, Any]:
    return {"error": {"code": code, "info": "Something <b>odd</b>.", "docref": "See ..."}}
