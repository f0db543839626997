from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from vsfa_data.embedded_vlm.projector import (
    EITHER,
    PERHAPS,
    SURE,
    UNKNOWN,
    ConceptProjector,
    soft_tokens,
)

CONFIG = SimpleNamespace(
    vision_config=SimpleNamespace(hidden_size=5),
    text_config=SimpleNamespace(hidden_size=4),
    kinds=2,
    name_tokens=3,
    kind_tokens=2,
    constant_tokens=1,
    sure=0.5,
    likely=0.15,
    rival=0.4,
    kind_sure=0.5,
)
NO_CLASS, NO_KIND = 5, 2


@pytest.fixture
def projector() -> ConceptProjector:
    made = ConceptProjector(CONFIG)
    # Kind 1 (classes 0 and 1) lies within kind 0 (classes 0 to 2).
    made.members[0, :3] = True
    made.members[1, :2] = True
    made.depths[1] = 1
    return made


@pytest.mark.parametrize(
    ("probabilities", "expected"),
    [
        ((0.6, 0.3, 0.05, 0.03, 0.02), (0, NO_CLASS, 1, SURE)),
        ((0.5, 0.3, 0.1, 0.06, 0.04), (0, NO_CLASS, 1, SURE)),  # at the boundary
        ((0.45, 0.3, 0.15, 0.06, 0.04), (0, 1, 1, EITHER)),
        ((0.1, 0.05, 0.4, 0.15, 0.3), (2, 4, 0, EITHER)),
        ((0.1, 0.05, 0.49, 0.18, 0.18), (2, NO_CLASS, 0, PERHAPS)),
        ((0.05, 0.05, 0.05, 0.05, 0.8), (4, NO_CLASS, NO_KIND, SURE)),
    ],
)
def test_it_reads_off_the_scores_what_is_likely_and_how_sure(
    projector: ConceptProjector,
    probabilities: tuple[float, ...],
    expected: tuple[int, ...],
) -> None:
    # Scores are log-probabilities but for a constant.
    reading = projector.read(torch.tensor([probabilities]).log() + 3.0)
    assert tuple(int(part) for part in reading) == expected


def test_where_nothing_is_likely_no_class_is_named(projector: ConceptProjector) -> None:
    projector.config = SimpleNamespace(**{**vars(CONFIG), "likely": 0.45})
    reading = projector.read(torch.tensor([(0.4, 0.2, 0.2, 0.1, 0.1)]).log())
    assert tuple(int(part) for part in reading) == (NO_CLASS, NO_CLASS, 1, UNKNOWN)


def test_each_reading_has_soft_tokens_of_its_own(projector: ConceptProjector) -> None:
    for number, table in enumerate(projector.parameters()):
        torch.nn.init.normal_(table, generator=torch.manual_seed(number))
    scores = torch.eye(5)[:, None] * 9
    tokens = projector(scores)
    assert tokens.shape == (5, soft_tokens(CONFIG), 4)
    assert torch.equal(tokens[:, :3], projector.names[:5])
    assert torch.equal(tokens[:, 3:6], projector.names[5].expand(5, -1, -1))
    assert torch.equal(tokens[:, -1], projector.constants.expand(5, -1))
