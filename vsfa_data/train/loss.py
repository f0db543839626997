"""Cross-entropy over what the assistant says, with no logits made where none are needed."""

from __future__ import annotations

import inspect
from typing import Any, Final

from vsfa_data.train.collate import IGNORED

METRIC: Final = "eval_loss"
"""Name of the validation loss in logs."""


def token_losses(model: Any, inputs: dict[str, Any], *, sparing: bool) -> tuple[Any, Any]:
    """Summed cross-entropy over the answers' tokens, and their number: two scalar tensors.

    `inputs` is a batch of `Collator`. With `sparing` the model makes logits only where an answer's
    token is predicted: with large vocabularies those of pictures and prompts are most of the
    memory of a step.
    """
    from torch.nn.functional import cross_entropy

    given = {name: value for name, value in inputs.items() if name not in {"labels", "scored"}}
    scored, labels = inputs["scored"], inputs["labels"]
    if sparing:
        logits = model(**given, use_cache=False, logits_to_keep=scored).logits
    else:
        logits = model(**given, use_cache=False).logits[:, scored]
    wanted = labels[:, scored + 1]
    total = cross_entropy(
        logits.float().flatten(0, 1), wanted.flatten(), ignore_index=IGNORED, reduction="sum"
    )
    return total, (wanted != IGNORED).sum()


def spares_logits(model: Any) -> bool:
    """Whether the model can be asked for the logits of some positions only."""
    inner = model.get_base_model() if hasattr(model, "get_base_model") else model
    return "logits_to_keep" in inspect.signature(inner.forward).parameters
