from __future__ import annotations

import numpy as np
import pytest

from tests.filter.drawings.test_fit_train import LESSONS
from vsfa_data.filter.drawings.fit_shares import shares, with_threats


def test_names_are_drawn_more_evenly_than_they_occur() -> None:
    found = shares(LESSONS)
    assert sum(found) == pytest.approx(1)
    assert found[3] == 0
    assert found[1] == found[2]
    # One emoji weighs 2.5 and two interface icons of a name 0.8 together: to the power of 0.6.
    assert found[0] / (found[1] + found[2]) == pytest.approx((2.5 / 0.8) ** 0.6)


def test_threats_are_such_a_share_of_the_draws() -> None:
    lessons = [LESSONS[0], *[LESSONS[1]] * 4, LESSONS[3]._replace(text=0)]
    swords = lessons[1]._replace(text=2)
    drawn = shares([*lessons, swords])
    found = with_threats([*lessons, swords], drawn, np.array([-1, 0, 3], np.int16), 0.3)
    assert sum(found) == pytest.approx(1)
    # Four icons of one threat's name weigh as much together as two of the other's would.
    assert sum(found[1:5]) == pytest.approx(0.2)
    assert found[6] == pytest.approx(0.1)
    assert found[5] == 0
    assert with_threats(lessons, drawn[:6], np.array([-1, -2], np.int16), 0.3) == drawn[:6]
