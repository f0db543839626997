from __future__ import annotations

from vsfa_data import embedded


def test_classes_have_short_names_and_glosses() -> None:
    names, glosses = embedded.class_names(), embedded.class_glosses()
    assert (len(names), len(glosses)) == (1000, 1000)
    assert (names[2], names[413], names[999]) == (
        "great white shark", "assault rifle", "toilet tissue",
    )  # fmt: skip
    assert glosses[764] == "rifle: a shoulder firearm with a long barrel and a rifled bore"
