from __future__ import annotations

from tests.recipe.trying import refused


def test_a_conversation_cannot_be_longer_at_least_than_at_most() -> None:
    told = "fewest_pairs 5 exceeds pairs_per_image 4"
    assert told in refused("quickstart", ["ask.pairs_per_image=4", "ask.fewest_pairs=5"])
