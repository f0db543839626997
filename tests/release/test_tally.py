from typing import Any

from vsfa_data.release.tally import Tally


def row(concept: str, pairs: int, match_id: str | None, license_name: str | None) -> dict[str, Any]:
    pair = {"family": "object", "answer_source": "labels"}
    return {
        "image": {"bytes": b"", "path": None},
        "qa": [pair] * pairs,
        "concept": concept,
        "license": license_name,
        "source": "folder",
        "match_id": match_id,
        "caption": "x" * pairs,
    }


def test_counts_and_first_rows() -> None:
    tally = Tally()
    first = row("blades", 2, "m", None)
    tally.add("threat", "train", first)
    tally.add("threat", "train", row("firearms", 1, None, "CC0-1.0"))
    tally.add("control", "test", row("blades", 3, "n", "CC0-1.0"))
    assert tally.pairs == {"threat": 3, "control": 3}
    assert tally.concepts == {"threat": {"blades": 1, "firearms": 1}, "control": {"blades": 1}}
    assert tally.families == {"object": 6}
    assert tally.answer_sources == {"labels": 6}
    assert tally.licenses == {"unknown": 1, "CC0-1.0": 2}
    assert tally.sources == {"folder": 3}
    assert tally.matched == {"threat": 1, "control": 1}
    assert (tally.captions["threat"].mean, tally.captions["threat"].variance) == (1.5, 0.25)
    del first["image"]
    assert tally.examples["threat", "train"] == first
    assert set(tally.examples) == {("threat", "train"), ("control", "test")}
