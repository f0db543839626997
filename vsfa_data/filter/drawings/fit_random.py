"""What is drawn by lot for a batch of icons: shares, colours, grounds."""

from __future__ import annotations

from typing import Any

import torch  # noqa: TID253  # imported inside functions only
from torch import Tensor  # noqa: TID253  # as above
from torch.nn import functional as f  # noqa: TID253  # as above

from vsfa_data.filter.drawings.fit_pixels import SIDE_PX


def wide(values: Tensor) -> Tensor:
    """[n] or [n, c] -> [n, c, 1, 1], to be spread over pixels."""
    return values.reshape(len(values), -1, 1, 1)


class Dice:
    """Draws for `n` icons at a time, from one seed."""

    def __init__(self, n: int, device: Any, seed: int) -> None:
        self.n, self.device = n, device
        self._from = torch.Generator(device).manual_seed(seed)

    def some(self, *more: int) -> Tensor:
        """Evenly from 0 to 1, [n, *more]."""
        return torch.rand(self.n, *more, device=self.device, generator=self._from)

    def often(self, share: float) -> Tensor:
        """1 for such a share of the icons, else 0."""
        return (self.some() < share).to(torch.float32)

    def colour(self, least_saturation: float = 0.2, least_value: float = 0.15) -> Tensor:
        """A colour for each: evenly by hue, saturation and value."""
        hue, saturation, value = (self.some()[:, None] for _ in range(3))
        saturation = least_saturation + (1 - least_saturation) * saturation
        value = least_value + (1 - least_value) * value
        at = (torch.tensor([[5.0, 3.0, 1.0]], device=self.device) + hue * 6) % 6
        return wide(value - value * saturation * torch.minimum(at, 4 - at).clamp(0, 1))

    def ground(self, cells: int, low: float, high: float, channels: int = 1) -> Tensor:
        """A smooth field of so many cells a side."""
        drawn = low + (high - low) * self.some(channels, cells, cells)
        return f.interpolate(drawn, (SIDE_PX, SIDE_PX), mode="bilinear", align_corners=True)

    def noise(self, like: Tensor) -> Tensor:
        """Normal noise."""
        return torch.randn(like.shape, device=self.device, generator=self._from)

    def others(self) -> Tensor:
        """The icons in another order."""
        return torch.randperm(self.n, device=self.device, generator=self._from)

    def whole(self, below: int, count: int) -> list[int]:
        """Whole numbers, the same for all icons."""
        shares = torch.rand(count, device=self.device, generator=self._from)
        return [int(one) for one in shares * below]

    def of(self, weights: Tensor) -> Tensor:
        """N places, by their weights, with replacement."""
        return torch.multinomial(weights, self.n, replacement=True, generator=self._from)
