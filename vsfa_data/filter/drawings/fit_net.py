"""The network that is trained: the embedded classifier with its first stages frozen, and a map."""

from __future__ import annotations

import copy
from io import BytesIO
from typing import Any

import torch  # noqa: TID253  # imported inside functions only
from torch import Tensor, nn  # noqa: TID253  # as above
from torch.nn import functional as f  # noqa: TID253  # as above

from vsfa_data import embedded
from vsfa_data.filter.drawings.branch import LEAST, LENGTH


def classifier() -> Any:
    """The classifier as it comes, its batch normalisation on its own."""
    import timm

    model = timm.create_model("tf_efficientnet_lite2", pretrained=False)
    stored = torch.load(
        BytesIO(embedded.classifier_weights()), map_location="cpu", weights_only=True
    )
    # The package names its layers otherwise; their order is the same.
    model.load_state_dict(dict(zip(model.state_dict(), stored.values(), strict=True)))
    return model.train(mode=False).to(memory_format=torch.channels_last)


class Student(nn.Module):
    """What learns: late stages of their own beside those that stay, and a map to text space."""

    def __init__(self) -> None:
        super().__init__()
        model = classifier().requires_grad_(requires_grad=False)
        self.early = nn.Sequential(
            model.conv_stem, model.bn1, *model.blocks[: embedded.EARLY_STAGES]
        )
        self.untouched = nn.Sequential(
            *model.blocks[embedded.EARLY_STAGES :], model.conv_head, model.bn2
        )
        self.late = copy.deepcopy(self.untouched).requires_grad_(requires_grad=True)
        self.to_text = nn.Linear(embedded.FEATURES, embedded.TEXT_DIMENSION)
        nn.init.normal_(self.to_text.weight, std=0.01)

    def forward(self, seen: Tensor) -> tuple[Tensor, Tensor]:
        """Pixels -> directions of the own features and of the untouched network's, [n, 1280]."""
        with torch.no_grad():
            early = self.early(seen)
            held = direction(self.untouched(early))
        return direction(self.late(early)), held

    def vectors(self, features: Tensor, dropped: float = 0.0) -> Tensor:
        """Directions of features -> vectors of text space, of any length."""
        found: Tensor = self.to_text(f.dropout(LENGTH * features, dropped, training=dropped > 0))
        return found

    def weights(self) -> dict[str, Tensor]:
        """What the branch's file holds: batch normalisation folded in, half precision."""
        folded = embedded.fuse(copy.deepcopy(self.late))
        named = {f"layers.{name}": value for name, value in folded.state_dict().items()}
        named |= {f"to_text.{name}": value for name, value in self.to_text.state_dict().items()}
        return {name: value.half().cpu().contiguous() for name, value in named.items()}


def direction(late: Tensor) -> Tensor:
    """Maps [n, 1280, h, w] -> square roots of their means, of length 1."""
    return f.normalize(late.float().mean((2, 3)).clamp(min=LEAST).sqrt(), dim=1)
