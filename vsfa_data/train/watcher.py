"""What a run tells those who watch it. Nothing here prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vsfa_data.train.outline import Outline


class Watcher:
    """Hears of everything and says nothing; consoles override what they show."""

    def anew(self) -> None:
        """The run was begun before and left no checkpoint, so it begins again."""

    def doing(self, what: str) -> None:
        """That, in a few words, is under way; it takes a while and cannot be counted."""

    def preparing(self, split: str, conversations: int) -> None:
        """Conversations of a split are about to be looked at."""

    def prepared(self, conversations: int) -> None:
        """That many more have been looked at."""

    def shared(self, budget: dict[str, Any]) -> None:
        """The arms of an experiment will share this budget, in the words of run.json."""

    def starting(self, outline: Outline, first_step: int) -> None:
        """Training begins, or goes on after `first_step` steps."""

    def step(self, step: int, tokens: int) -> None:
        """An optimizer step has ended; `tokens` it has seen."""

    def logged(self, step: int, values: dict[str, Any]) -> None:
        """Losses have become known: `loss`, `learning_rate`, `grad_norm` or `eval_loss`."""

    def saved(self, step: int) -> None:
        """A checkpoint is whole."""
