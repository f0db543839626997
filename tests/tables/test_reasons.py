from __future__ import annotations

from vsfa_data import tables
from vsfa_data.resources import PACKAGE


def test_every_reason_is_used_somewhere() -> None:
    code = "".join(
        path.read_text(encoding="utf-8")
        for path in PACKAGE.rglob("*.py")
        if path.name != "reasons.py"
    )
    assert [reason for reason in tables.REASONS if f'"{reason}"' not in code] == []
