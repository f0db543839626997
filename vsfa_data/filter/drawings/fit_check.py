"""How well a trained student names icons of a set that it never saw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import torch  # noqa: TID253  # imported inside functions only
from torch import Tensor  # noqa: TID253  # as above
from torch.nn import functional as f  # noqa: TID253  # as above

from vsfa_data import embedded
from vsfa_data.filter.drawings.fit_icons import VALIDATION
from vsfa_data.filter.drawings.fit_net import Student
from vsfa_data.filter.drawings.fit_pack import Lesson
from vsfa_data.filter.drawings.fit_random import wide
from vsfa_data.filter.drawings.fit_train import Names

_TOGETHER: Final = 128


class Ranks(NamedTuple):
    """Of the right names among all."""

    first: float
    """Share that comes first."""
    among_five: float
    """Share among the first five."""
    reciprocal: float
    """Mean of 1 / rank."""


def ranks(vectors: Tensor, names: Tensor, right: Tensor) -> Ranks:
    """Vectors [n, d], unit vectors of names [m, d], and which name each has [n]."""
    found = vectors @ names.T
    before = (found > found.gather(1, right[:, None])).sum(1).float()
    first, five = ((before < many).float().mean().item() for many in (1, 5))
    return Ranks(first, five, (1 / (before + 1)).mean().item())


def check(
    student: Student, lessons: Sequence[Lesson], names: Names, planes: Tensor, lines: Tensor
) -> Ranks:
    """On the icons to validate with, drawn on white."""
    rows = [at for at, one in enumerate(lessons) if one.kind == VALIDATION]
    told = sorted({lessons[at].text for at in rows})
    right = torch.tensor([told.index(lessons[at].text) for at in rows], device=planes.device)
    made = []
    with torch.inference_mode():
        for start in range(0, len(rows), _TOGETHER):
            some = rows[start : start + _TOGETHER]
            seen = on_white(planes[some], lines[some])
            made.append(student.vectors(student(seen)[0]))
    return ranks(torch.cat(made), names.all[told], right)


def on_white(planes: Tensor, lines: Tensor) -> Tensor:
    """Icons as they are, as large as the encoder sees pictures; lines are black."""
    given = planes.float()
    opacity = given[:, 3:] / 255
    colours = given[:, :3] * (1 - wide(lines.float()))
    whole = colours * opacity + 255 * (1 - opacity)
    side = (embedded.SIDE_PX, embedded.SIDE_PX)
    return (f.interpolate(whole, side, mode="bilinear") - 127) / 128
