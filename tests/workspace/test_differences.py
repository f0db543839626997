from __future__ import annotations

from vsfa_data.workspace.differences import differences


def test_differences_name_each_value() -> None:
    old = {"collect": {"sources": [{"path": "a"}], "min_side_px": 64}, "seed": 0}
    new = {"collect": {"sources": [{"path": "b"}], "min_side_px": 64}, "limit": 3}
    assert list(differences(old, new)) == [
        'collect.sources.0.path: "a" -> "b"',
        "limit: not set -> 3",
        "seed: 0 -> not set",
    ]
