"""Icons on plates: signs, labels and flags with a drawing on them."""

from __future__ import annotations

from typing import Final

import torch  # noqa: TID253  # imported inside functions only
from torch import Tensor  # noqa: TID253  # as above
from torch.nn import functional as f  # noqa: TID253  # as above

from vsfa_data.filter.drawings.fit_pixels import SIDE_PX
from vsfa_data.filter.drawings.fit_random import Dice, wide

SHARE: Final = 0.14
_COLOURS: Final = (
    (1.0, 0.85, 0.1), (1.0, 0.55, 0.0), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0), (0.8, 0.1, 0.1),
    (0.1, 0.25, 0.7), (0.95, 0.95, 0.9),
)  # fmt: skip
"""Of plates: yellow, orange, white, black, red, blue, off-white; one in eight has another."""
_TRIANGLE: Final = 3
_SIZES: Final = (0.55, 0.55, 0.45, 0.42, 0.45)
"""Least share of the side that the drawing takes, by shape."""


def plated(
    colours: Tensor, opacity: Tensor, marks: Tensor, lines: Tensor, dice: Dice
) -> tuple[Tensor, Tensor]:
    """Some of the icons on a plate, which is then what is opaque.

    `marks` [n, 1, h, w] is the opacity of line drawings before they were coloured, 0 for others;
    `lines` [n, 1, 1, 1] is 1 for line drawings. Those are painted in black or white, mostly.
    """
    device = colours.device
    chosen, shape = wide(dice.often(SHARE)) > 0, (dice.some() * len(_SIZES)).long()
    depth = _depths(device)[shape][:, None]
    plate = (depth < 0).to(colours.dtype)
    rim = (depth > -(0.05 + 0.06 * wide(dice.some()))).to(colours.dtype) * plate
    rim = rim * wide(dice.often(0.6))
    palette = torch.tensor(_COLOURS, device=device)
    at = (dice.some() * (len(palette) + 1)).long()
    own_colour = wide(at == len(palette))
    paint = torch.where(own_colour, dice.colour(), wide(palette[at.clamp(max=len(palette) - 1)]))
    bright = (paint * wide(torch.tensor([[0.3, 0.6, 0.1]], device=device))).sum(1, keepdim=True)
    dark = (bright < 0.45).to(colours.dtype)
    ink = dark * (0.9 + 0.1 * wide(dice.some())) + (1 - dark) * 0.1 * wide(dice.some())
    ink = ink.expand(-1, 3, -1, -1)
    within = _shrunk(torch.cat([colours * opacity, opacity, marks], 1), shape, dice)
    as_drawn = (wide(dice.some()) < 0.35) | (lines < 0.5)
    drawn = torch.where(as_drawn, within[:, 3:4], within[:, 4:5])
    drawing = torch.where(as_drawn, within[:, :3] / within[:, 3:4].clamp(min=1e-3), ink)
    other = wide(palette[(dice.some() * len(palette)).long()])
    edge = torch.where(wide(dice.some()) < 0.6, ink, other)
    painted = drawing * drawn + (paint * (1 - rim) + edge * rim) * (1 - drawn)
    return torch.where(chosen, painted, colours), torch.where(chosen, plate, opacity)


def _depths(device: torch.device) -> Tensor:
    """How far each point is outside square, disc, diamond, triangle and flag, [5, h, w]."""
    along = torch.linspace(-1, 1, SIDE_PX, device=device)
    y, x = torch.meshgrid(along, along, indexing="ij")
    return torch.stack(
        [
            torch.maximum(x.abs(), y.abs()) - 0.88,
            (x * x + y * y).sqrt() - 0.9,
            x.abs() + y.abs() - 0.95,
            torch.maximum(y - 0.75, 0.894 * x.abs() - 0.447 * (y + 0.95)),
            torch.maximum(x.abs() - 0.95, y.abs() - 0.63),
        ]
    )


def _shrunk(planes: Tensor, shape: Tensor, dice: Dice) -> Tensor:
    """As small as the plate wants them; in a triangle somewhat lower."""
    size = torch.tensor(_SIZES, device=planes.device)[shape] + 0.15 * dice.some()
    place = torch.zeros(dice.n, 2, 3, device=planes.device)
    place[:, 0, 0] = place[:, 1, 1] = 1 / size
    place[:, 1, 2] = torch.where(shape == _TRIANGLE, -0.25 / size, 0.0)
    grid = f.affine_grid(place, list(planes.shape), align_corners=False)
    return f.grid_sample(planes, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
