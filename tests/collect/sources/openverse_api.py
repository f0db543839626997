"""What the Openverse API answers, as its documentation has it (api.openverse.org/v1)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

PAGE_SIZE = 20


def result(number: int, **changed: Any) -> dict[str, Any]:
    """One result; the documentation's example with another identifier."""
    identifier = str(uuid.UUID(int=number))
    return {
        "id": identifier,
        "title": f"Tree Bark Photo {number}",
        "indexed_on": "2022-08-27T17:39:48Z",
        "foreign_landing_url": f"https://stocksnap.io/photo/{number}",
        "url": f"https://cdn.stocksnap.io/img-thumbs/960w/{number}.jpg",
        "creator": "Tim Sullivan",
        "creator_url": "https://www.secretagencygroup.com",
        "license": "cc0",
        "license_version": "1.0",
        "license_url": "https://creativecommons.org/publicdomain/zero/1.0/",
        "provider": "stocksnap",
        "source": "stocksnap",
        "category": "photograph",
        "filesize": 896128,
        "filetype": "jpg",
        "tags": [{"accuracy": None, "name": "tree", "unstable__provider": "stocksnap"}],
        "attribution": '"Tree Bark Photo" by Tim Sullivan is marked with CC0 1.0.',
        "fields_matched": ["title"],
        "mature": False,
        "height": 4016,
        "width": 6016,
        "thumbnail": f"https://api.openverse.org/v1/images/{identifier}/thumb/",
        "detail_url": f"https://api.openverse.org/v1/images/{identifier}/",
        "related_url": f"https://api.openverse.org/v1/images/{identifier}/related/",
        "unstable__sensitivity": [],
    } | changed


def page(results: Sequence[Any], params: Mapping[str, str]) -> dict[str, Any]:
    """The page of `results` that `params` ask for."""
    number, size = int(params.get("page", 1)), int(params.get("page_size", PAGE_SIZE))
    return {
        "result_count": len(results),
        "page_count": min(20, -(-len(results) // size)),
        "page_size": size,
        "page": number,
        "results": list(results[(number - 1) * size : number * size]),
    }


THROTTLED = {"detail": "Request was throttled. Expected available in 33 seconds."}
INPUT_ERROR = {
    "error": "InputError",
    "detail": "Invalid input given for fields. 'license' -> License 'PDMNBCG' does not exist.",
    "fields": ["license"],
}
UNAUTHORIZED = {"detail": "Authentication credentials were not provided."}
