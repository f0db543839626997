from __future__ import annotations

import numpy as np
import torch

from vsfa_data.filter.drawings.fit_concepts import Told
from vsfa_data.filter.drawings.fit_net import Student
from vsfa_data.filter.drawings.fit_pack import Lesson, Packed
from vsfa_data.filter.drawings.fit_random import Dice
from vsfa_data.filter.drawings.fit_train import Names, Plan, fit

BOX = (0.0, 0.0, 16.0, 16.0)
LESSONS = [
    Lesson("twemoji", "emoji", 0, BOX, "", (2,)),
    Lesson("mdi", "ui", 1, BOX, "", ()),
    Lesson("ph", "ui", 1, BOX, "", ()),
    Lesson("openmoji", "val", 1, BOX, "", ()),
]
VECTORS = np.linalg.qr(np.random.default_rng(0).normal(size=(384, 3)))[0].T.astype(np.float32)
PACKED = Packed(LESSONS, VECTORS, np.array([0, -1, -1], np.int16))


def test_targets_are_the_own_name_and_sometimes_a_tag() -> None:
    names = Names(PACKED, "cpu", share_of_threats=0.5)
    told = names.targets(torch.zeros(400, dtype=torch.long), Dice(400, "cpu", 0))
    assert told.shape == (400, 2)
    torch.testing.assert_close(told.sum(1), torch.ones(400))
    assert 0.65 < (told[:, 0] > 0.99).float().mean() < 0.85


def test_training_comes_nearer_to_the_names_and_moves_only_what_it_should() -> None:
    said: list[str] = []
    planes = torch.zeros(4, 4, 224, 224, dtype=torch.uint8)
    planes[0, 0::3] = 255
    planes[1:, 3, 60:160, 60:160] = 255
    lines = torch.tensor([False, True, True, True])
    plan = Plan(steps=3, batch=4, seed=0)
    told = [Told(VECTORS, np.array([0, -1, -1], np.int16))]
    student = fit(Names(PACKED, "cpu"), planes, lines, told, plan, said.append)
    fresh = Student()
    assert len(said) == 1
    assert "loss" in said[0]
    for part, moved in (("early", False), ("untouched", False), ("late", True)):
        one, other = getattr(student, part).state_dict(), getattr(fresh, part).state_dict()
        same = [torch.equal(one[name], other[name]) for name in one if "running" not in name]
        assert all(same) is not moved
    for name, value in student.late.state_dict().items():
        if "running" in name:  # batch normalisation stays as it was
            assert torch.equal(value, fresh.late.state_dict()[name])
