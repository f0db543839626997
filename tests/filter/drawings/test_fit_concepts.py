from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from vsfa_data import embedded
from vsfa_data.filter import concepts
from vsfa_data.filter.drawings.fit_concepts import SETS, ConceptLoss, Told, told
from vsfa_data.filter.drawings.fit_topics import NEUTRAL, topics

CONCEPTS = Told(np.eye(8, dtype=np.float32)[:4], np.array([0, 0, 1, NEUTRAL], np.int16))
NAMES = torch.eye(8)[[0, 2, 0, 3]]
OF = np.array([0, 1, NEUTRAL, -2], np.int16)
"""Names of two topics, one that is neutral and near a threat's concept, one in doubt."""


def test_a_name_asks_for_the_concepts_of_its_own_topic_alone() -> None:
    wanted = ConceptLoss([CONCEPTS], NAMES, OF).wanted(torch.tensor([0, 1, 2]))
    expected = torch.tensor([[1.0, 0, 0, 0], [0, 0, 1.0, 0], [0, 0, 0, 1.0]])
    torch.testing.assert_close(wanted, expected, atol=1e-6, rtol=0)


def test_the_loss_is_least_for_pictures_that_say_what_is_wanted() -> None:
    loss = ConceptLoss([CONCEPTS, CONCEPTS], NAMES, OF)
    texts = torch.tensor([0, 1, 2])
    right, wrong = torch.eye(8)[[0, 2, 3]], torch.eye(8)[[2, 3, 0]]
    assert loss(right, texts) < 0.01
    assert loss(wrong, texts) > 5
    both = loss(torch.eye(8)[[0, 0]], torch.tensor([0, 3]))
    assert both == loss(torch.eye(8)[[0]], torch.tensor([0]))  # what is in doubt counts not at all
    assert loss(torch.eye(8)[[1]], torch.tensor([3])) == 0


def test_concepts_are_those_that_the_filter_sees(few_concepts: Path) -> None:
    found = told(str(few_concepts))
    texts = embedded.text_model().encode(["a sword", "a knife", "a bomb", "a ring"])
    np.testing.assert_allclose(found.vectors, texts, atol=1e-5)
    blades, explosives = topics().index("blades"), topics().index("explosives")
    assert found.topics.tolist() == [blades, blades, explosives, NEUTRAL]


@pytest.mark.parametrize("name", SETS)
def test_all_threats_of_the_filter_have_a_topic(name: str) -> None:
    found = {one.category or one.name for one in concepts.load(name).threat}
    assert found == set(topics())
