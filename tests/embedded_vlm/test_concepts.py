from __future__ import annotations

from vsfa_data.embedded_vlm.concepts import concepts

KNOWN = concepts()


def test_every_name_is_one_that_the_classifier_s_labels_have() -> None:
    from vsfa_data import embedded

    for name, synonyms in zip(KNOWN.names, embedded.class_synonyms(), strict=True):
        assert any(one.casefold() in name.casefold() for one in synonyms), name


def test_kinds_of_a_class_begin_with_the_most_specific() -> None:
    beagle = KNOWN.names.index("beagle")
    assert [KNOWN.kinds[kind] for kind in KNOWN.kinds_of[beagle]] == ["dog", "mammal", "animal"]
