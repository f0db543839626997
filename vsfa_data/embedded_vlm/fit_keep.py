"""Keeps the language model what it was where no picture is: it is held to texts of its own.

Nothing needs to be fetched for that: the untouched model writes the texts, and what it would have
said at each place of them is what the tuned one shall say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch  # noqa: TID253  # imported inside functions only
from torch import Tensor, nn  # noqa: TID253  # as above

LENGTH: Final = 192
"""Tokens of a text."""
_TOGETHER: Final = 2048
"""Texts that are written side by side."""


@dataclass(frozen=True)
class Keep:
    """Texts, and how much to depart from the untouched model on them counts."""

    texts: Tensor
    """int64[n, LENGTH]."""
    weight: float
    batch: int
    """Texts at a time."""
    every: int = 1
    """Steps from one time to the next."""

    def batches(self, seed: int) -> Iterator[Tensor]:
        """Some of the texts, again and again, in an order drawn by `seed`.

        Every other time without the token that they begin with: few who give a text give that.
        """
        draw = torch.Generator().manual_seed(seed)
        begin = 0
        while True:
            order = torch.randperm(len(self.texts), generator=draw)
            for rows in order.split(self.batch):
                if len(rows) == self.batch:
                    yield self.texts[rows.to(self.texts.device), begin:]
                    begin = 1 - begin


def own_texts(language: Any, starts: Sequence[Sequence[int]], each: int, seed: int) -> Tensor:
    """`each` texts that `language` writes after each of `starts`: int64[n, LENGTH].

    Drawn from all that it holds possible, so that no part of its English is left out.
    """
    torch.manual_seed(seed)
    parts = []
    for start in starts:
        for at in range(0, each, _TOGETHER):
            number = min(_TOGETHER, each - at)
            given = torch.tensor([list(start)] * number, device=language.device)
            written = language.generate(
                given,
                attention_mask=torch.ones_like(given),
                do_sample=True,
                top_k=0,
                top_p=1.0,
                temperature=1.0,
                min_length=LENGTH,
                max_length=LENGTH,
                pad_token_id=0,
            )
            parts.append(written)
    return torch.cat(parts)


def departure(language: Any, pairs: Sequence[Any], texts: Tensor) -> Tensor:
    """Mean divergence (nats a token) of the untouched model from the tuned one on `texts`."""
    autocast = torch.autocast(texts.device.type, torch.bfloat16, enabled=texts.is_cuda)
    with torch.no_grad(), autocast:
        for pair in pairs:
            pair.on = False
        wanted = language(input_ids=texts, use_cache=False).logits
        for pair in pairs:
            pair.on = True
    with autocast:
        found = language(input_ids=texts, use_cache=False).logits
    return nn.functional.kl_div(
        found.float().log_softmax(-1).flatten(0, 1),
        wanted.float().log_softmax(-1).flatten(0, 1),
        log_target=True,
        reduction="batchmean",
    )
