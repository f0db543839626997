"""From class scores to what the language model reads. Import it inside functions only.

A concept projector: the scores decide what is said (the likeliest class, a rival, a kind of thing
that many classes share, how sure that is), and a table holds the soft tokens that say it. So it
says what the classifier saw, of any picture, and it can be trained without pictures at all: every
state that it can be in can be listed.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch  # noqa: TID253  # see above
from torch import Tensor, nn  # noqa: TID253  # as above

SURE, EITHER, PERHAPS, UNKNOWN = range(4)
STATES = 4


class Reading(NamedTuple):
    """What scores say: four of int64[n]. `classes` and `kinds` as numbers stand for "none"."""

    first: Tensor
    """The likeliest class; none if UNKNOWN."""
    second: Tensor
    """Its rival if EITHER, else none."""
    kind: Tensor
    """The most specific kind of thing that is sure."""
    state: Tensor
    """SURE, EITHER, PERHAPS or UNKNOWN."""


class ConceptProjector(nn.Module):
    """Scores float[n, 1, classes] -> soft tokens float[n, `soft_tokens(config)`, hidden]."""

    def __init__(self, config: Any) -> None:
        super().__init__()
        self.config = config
        classes, hidden = config.vision_config.hidden_size, config.text_config.hidden_size
        kinds = config.kinds

        def table(rows: int, tokens: int) -> nn.Parameter:
            return nn.Parameter(torch.zeros(rows, tokens, hidden))

        self.names = table(classes + 1, config.name_tokens)
        self.kinds = table(kinds + 1, config.kind_tokens)
        self.states = table(STATES, 1)
        self.constants = nn.Parameter(torch.zeros(config.constant_tokens, hidden))
        self.members: Tensor
        self.depths: Tensor
        self.register_buffer("members", torch.zeros(kinds, classes, dtype=torch.bool))
        self.register_buffer("depths", torch.zeros(kinds, dtype=torch.int64))

    def forward(self, scores: Tensor) -> Tensor:
        """Soft tokens of pictures."""
        return self.say(self.read(scores[:, 0]))

    def read(self, scores: Tensor) -> Reading:
        """What the scores float[n, classes] of n pictures say."""
        config, probabilities = self.config, scores.float().softmax(-1)
        (p, q), (first, second) = (part.unbind(-1) for part in probabilities.topk(2))
        state = torch.full_like(first, UNKNOWN)
        state[p >= config.likely] = PERHAPS
        state[(p >= config.likely) & (q >= config.rival * p)] = EITHER
        state[p >= config.sure] = SURE
        none = probabilities.shape[-1]
        return Reading(
            first=first.masked_fill(state == UNKNOWN, none),
            second=second.masked_fill(state != EITHER, none),
            kind=self._kind(probabilities),
            state=state,
        )

    def say(self, reading: Reading) -> Tensor:
        """Soft tokens of n readings."""
        constants = self.constants.expand(len(reading.state), -1, -1)
        parts = (
            self.names[reading.first],
            self.names[reading.second],
            self.kinds[reading.kind],
            self.states[reading.state],
            constants,
        )
        return torch.cat(parts, 1)

    def _kind(self, probabilities: Tensor) -> Tensor:
        sums = probabilities @ self.members.to(probabilities.dtype).T
        # Kinds lie within each other: the deepest that is sure, and of equals the likeliest.
        rank = (self.depths + sums).masked_fill(sums < self.config.kind_sure, -1.0)
        best, at = rank.max(-1)
        return at.masked_fill(best < 0, len(self.members))


def soft_tokens(config: Any) -> int:
    """Soft tokens that a picture becomes."""
    tokens: int = 2 * config.name_tokens + config.kind_tokens + 1 + config.constant_tokens
    return tokens
