from __future__ import annotations

from dataclasses import fields

import pyarrow as pa
import pytest

from vsfa_data import tables
from vsfa_data.caption.pixels.measures import Measures


@pytest.mark.parametrize("measured", fields(Measures), ids=lambda one: one.name)
def test_what_is_measured_has_its_place_among_the_facts(measured: object) -> None:
    name, kind = measured.name, measured.type  # type: ignore[attr-defined]
    assert pa.types.is_list(tables.FACTS.field(name).type) == kind.startswith("tuple")
