from __future__ import annotations

from vsfa_data.embedded_vlm import projector_file


def test_what_ships_is_small_and_makes_so_many_tokens() -> None:
    assert len(projector_file.read()) < 10_000_000
    assert projector_file.tokens() == 2 * 6 + 2 + 1 + 6


def test_it_holds_every_class_and_kind() -> None:
    from safetensors.numpy import load

    from vsfa_data.embedded_vlm.concepts import concepts

    known, tensors = concepts(), load(projector_file.read())
    assert tensors["names"].shape[0] == len(known.names) + 1
    assert tensors["kinds"].shape[0] == len(known.kinds) + 1
    for kind, classes in enumerate(known.members):
        assert set(tensors["members"][kind].nonzero()[0].tolist()) == classes
    assert tensors["depths"].tolist() == list(known.depths)
