"""Icons as they might be drawn: recoloured, filled, shaded, on plates, turned, on any ground.

In single precision: in half precision torch's max_pool and grid_sample are wrong on some CPUs.
"""

from __future__ import annotations

import math
from typing import Final

import torch  # noqa: TID253  # imported inside functions only
from torch import Tensor  # noqa: TID253  # as above
from torch.nn import functional as f  # noqa: TID253  # as above

from vsfa_data.filter.drawings.fit_pixels import SIDE_PX
from vsfa_data.filter.drawings.fit_plates import plated
from vsfa_data.filter.drawings.fit_random import Dice, wide

_SMALL_PX: Final = 80
"""Side of the second icon that lies beside some."""


def augmented(planes: Tensor, lines: Tensor, dice: Dice) -> Tensor:
    """uint8[n, 4, SIDE_PX, SIDE_PX] and bool[n] -> what the network sees, float32[n, 3, ...]."""
    given = planes.to(torch.float32) / 255
    colours, opacity = given[:, :3], given[:, 3:]
    drawn = wide(lines.to(torch.float32))
    marks = opacity * drawn
    colours, opacity = _inked(colours, opacity, drawn, dice)
    colours, opacity = _hollow(colours, opacity, dice)
    colours = _tinted(colours, dice)
    colours, opacity = _outlined(colours, opacity, dice)
    colours, opacity = plated(colours.clamp(0, 1), opacity, marks, drawn, dice)
    placed = f.grid_sample(
        torch.cat([colours.clamp(0, 1) * opacity, opacity], 1),
        f.affine_grid(_places(dice), [dice.n, 4, SIDE_PX, SIDE_PX], align_corners=False),
        mode="bilinear", padding_mode="zeros", align_corners=False,
    )  # fmt: skip
    return (_spoiled(_grounded(placed, dice), dice).clamp(0, 1) * 255 - 127) / 128


def _inked(colours: Tensor, opacity: Tensor, lines: Tensor, dice: Dice) -> tuple[Tensor, Tensor]:
    """Line drawings in colour, some bolder, filled or thinner; others as they are."""
    enclosed = colours[:, :1] * lines
    dark = wide(dice.often(0.4))
    ink = dice.colour() * (1 - dark) + dark * wide(dice.some()) * 0.25
    second, fade = dice.colour(), dice.ground(2, 0, 1) * wide(dice.often(0.4))
    ink = ink * (1 - fade) + second * fade
    bold = wide(dice.often(0.25)) * lines
    opacity = opacity * (1 - bold) + f.max_pool2d(opacity, 5, 1, 2) * bold
    filled = torch.maximum(opacity, wide(dice.often(0.5)) * enclosed)
    fill = (dice.colour(0.0, 0.4) * dice.ground(3, 0.7, 1.15)).clamp(0, 1)
    made = (ink * opacity + fill * (filled - opacity).clamp(min=0)) / filled.clamp(min=1e-3)
    thin = wide(dice.often(0.2)) * lines
    opacity = opacity * (1 - lines) + filled * lines
    opacity = opacity * (1 - thin) + _thinner(opacity) * thin
    return colours * (1 - lines) + made * lines, opacity


def _hollow(colours: Tensor, opacity: Tensor, dice: Dice) -> tuple[Tensor, Tensor]:
    """Some as an outline alone, dark on white or on whatever is behind."""
    chosen = wide(dice.often(0.12))
    ring = (f.max_pool2d(opacity, 3, 1, 1) - _thinner(opacity)).clamp(0, 1)
    made = 1 - ring + ring * 0.4 * wide(dice.some())
    whole = torch.maximum(ring, opacity * wide(dice.often(0.5)))
    return colours * (1 - chosen) + made * chosen, opacity * (1 - chosen) + whole * chosen


def _thinner(opacity: Tensor) -> Tensor:
    return -f.max_pool2d(-opacity, 3, 1, 1)


def _tinted(colours: Tensor, dice: Dice) -> Tensor:
    """Hue turned (a rotation in YIQ), saturation, brightness, contrast, shades, texture."""
    angle = (dice.some() - 0.5) * 2 * math.pi * torch.where(dice.some() < 0.35, 0.5, 0.06)
    strength = torch.where(dice.some() < 0.12, 0.0, 0.5 + dice.some())
    rows = [[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]]
    there = torch.tensor(rows, device=colours.device)
    turn = torch.zeros(dice.n, 3, 3, device=colours.device)
    turn[:, 0, 0] = 1
    turn[:, 1, 1] = turn[:, 2, 2] = torch.cos(angle) * strength
    turn[:, 2, 1] = torch.sin(angle) * strength
    turn[:, 1, 2] = -turn[:, 2, 1]
    colours = torch.einsum("bij,bjhw->bihw", torch.linalg.inv(there) @ turn @ there, colours)
    colours = (colours - 0.5) * wide(0.7 + 0.6 * dice.some()) + 0.5
    colours = colours + wide(0.3 * (dice.some() - 0.5))
    shaded = wide(dice.often(0.5))
    colours = colours * (1 - shaded + shaded * dice.ground(4, 0.65, 1.25))
    textured = wide(dice.often(0.3))
    texture = dice.ground(48, 0.6, 1.3) * dice.ground(12, 0.75, 1.2)
    return colours * (1 - textured + textured * texture)


def _outlined(colours: Tensor, opacity: Tensor, dice: Dice) -> tuple[Tensor, Tensor]:
    """Some with a line round them, black or of a colour."""
    chosen = wide(dice.often(0.3))
    wider = opacity * (1 - chosen) + f.max_pool2d(opacity, 5, 1, 2) * chosen
    line = dice.colour() * wide(dice.often(0.3))
    made = (colours * opacity + line * (wider - opacity).clamp(min=0)) / wider.clamp(min=1e-3)
    return made, wider


def _places(dice: Dice) -> Tensor:
    """Mirrored, turned, scaled, squashed, sheared, moved: float32[n, 2, 3]."""
    mirror = torch.where(dice.some() < 0.5, -1.0, 1.0)
    angle = (dice.some() - 0.5) * 2 * torch.where(dice.some() < 0.5, 0.35, 0.05)
    scale, squash = 0.92 + 0.45 * dice.some() ** 1.5, torch.exp((dice.some() - 0.5) * 0.4)
    scale = torch.where(dice.some() < 0.15, 1.2 + 1.3 * dice.some(), scale)
    first = torch.stack(
        [
            mirror * torch.cos(angle) * scale * squash,
            -torch.sin(angle) * scale + (dice.some() - 0.5) * 0.2,
            (dice.some() - 0.5) * 0.25,
        ],
        1,
    )
    second = torch.stack(
        [
            torch.sin(angle) * scale * mirror,
            torch.cos(angle) * scale / squash,
            (dice.some() - 0.5) * 0.25,
        ],
        1,
    )
    return torch.stack([first, second], 1)


def _grounded(placed: Tensor, dice: Dice) -> Tensor:
    """On paper, colour, gradients, noise or another drawing; a small one beside some; shadows."""
    colours, opacity = placed[:, :3], placed[:, 3:]
    kind, other = wide(dice.some()), dice.others()
    ground = torch.where(kind > 0.6, dice.colour(0, 0.2), torch.ones_like(colours))
    ground = torch.where(kind > 0.75, dice.ground(3, 0, 1, 3), ground)
    noise = dice.ground(40, 0, 1, 3) * 0.5 + dice.ground(6, 0, 1, 3) * 0.5
    ground = torch.where(kind > 0.88, noise, ground)
    behind = f.avg_pool2d(colours[other] + (1 - opacity[other]) * ground[other], 9, 1, 4)
    ground = torch.where(kind > 0.95, behind, ground)
    small = f.interpolate(placed[other], (_SMALL_PX, _SMALL_PX), mode="bilinear", antialias=True)
    room = SIDE_PX - _SMALL_PX
    small = torch.roll(f.pad(small, (0, room, 0, room)), dice.whole(room, 2), (2, 3))
    small = small * wide(dice.often(0.2))
    ground = small[:, :3] + (1 - small[:, 3:]) * ground
    shadow = f.avg_pool2d(f.pad(opacity, (7, 0, 7, 0))[:, :, :SIDE_PX, :SIDE_PX], 9, 1, 4)
    return colours + (1 - opacity) * ground * (1 - wide(dice.often(0.15)) * 0.5 * shadow)


def _spoiled(seen: Tensor, dice: Dice) -> Tensor:
    """Edges alone, blurred, noisy: some of each."""
    grey = seen.mean(1, keepdim=True)
    edges = (f.max_pool2d(grey, 3, 1, 1) + f.max_pool2d(-grey, 3, 1, 1)) * 3
    sketched = wide(dice.often(0.06))
    seen = seen * (1 - sketched) + (1 - edges).clamp(0, 1) * sketched
    blurred = wide(dice.often(0.12))
    seen = seen * (1 - blurred) + f.avg_pool2d(seen, 3, 1, 1) * blurred
    return seen + dice.noise(seen) * wide(0.06 * dice.some() * dice.often(0.3))
