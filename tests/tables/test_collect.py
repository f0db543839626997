from __future__ import annotations

import pyarrow as pa

from vsfa_data import tables


def test_pictures_lie_in_one_table_and_pass_through_one_other() -> None:
    holding = [one.name for one in tables.ALL if pa.large_binary() in one.schema.types]
    assert holding == ["candidates", "images"]


def test_where_an_image_comes_from_is_kept_as_its_source_told_it() -> None:
    told, kept = tables.CANDIDATES.columns, tables.IMAGES.columns
    provenance = [
        "source",
        "source_ref",
        "license",
        "license_url",
        "attribution",
        "title",
        "page_url",
    ]
    assert [one.name for one in told if one in kept] == ["position", *provenance]
