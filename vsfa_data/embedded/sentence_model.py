"""all-MiniLM-L6-v2: sentences as vectors, close where they mean the same."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from vsfa_data.embedded.packaged import read, require
from vsfa_data.embedded.threads import one_thread
from vsfa_data.embedded.weights import TEXT_CONFIG, TEXT_WEIGHTS, TOKENIZER

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TEXT_DIMENSION: Final = 384
"""Length of a text embedding."""
MAX_TOKENS: Final = 256
"""What the text model reads of a text."""
_TOGETHER: Final = 32
"""Texts of a batch: more of them do not fit into the caches of a core and are slower."""


class TextModel:
    """all-MiniLM-L6-v2 (Apache 2.0): sentence embeddings. Make one with `text_model()`."""

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self.model = model
        self.tokenizer = tokenizer

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Texts -> float32[m, 384], rows of length 1. Text beyond 256 tokens is not read."""
        import numpy as np

        rows = [self._one(text) for text in texts]
        return np.stack(rows) if rows else np.empty((0, TEXT_DIMENSION), np.float32)

    def length(self, text: str) -> int:
        """Tokens of `text` with the two marks round it; of more than MAX_TOKENS the rest is cut."""
        found = self.tokenizer.encode(text)
        beyond = sum(one.special_tokens_mask.count(0) for one in found.overflowing)
        return len(found.ids) + int(beyond)

    def encode_together(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As `encode`, some at a time, those of one length together: three times as fast.

        A number differs by less than 1e-6 from that of `encode`, by the texts beside it.
        """
        import numpy as np
        import torch

        ids = [self.tokenizer.encode(text).ids for text in texts]
        order = sorted(range(len(ids)), key=lambda at: len(ids[at]))
        rows = np.empty((len(ids), TEXT_DIMENSION), np.float32)
        with torch.inference_mode(), one_thread():
            for start in range(0, len(order), _TOGETHER):
                some = order[start : start + _TOGETHER]
                rows[some] = self._batch([ids[at] for at in some])
        return rows

    def _batch(self, ids: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """Token ids of texts, the longest last -> float32[n, 384]; shorter ones are filled up."""
        import torch

        length = len(ids[-1])
        tokens = torch.tensor([[*one, *[0] * (length - len(one))] for one in ids])
        real = torch.tensor([[1] * len(one) + [0] * (length - len(one)) for one in ids])
        # Where nothing is filled up, attention is faster without a mask.
        mask = None if len(ids[0]) == length else real
        state = self.model(input_ids=tokens, attention_mask=mask).last_hidden_state
        mean = (state * real[:, :, None]).sum(1) / real.sum(1)[:, None]
        rows: NDArray[np.float32] = torch.nn.functional.normalize(mean, dim=1).numpy()
        return rows

    def _one(self, text: str) -> NDArray[np.float32]:
        import torch

        with torch.inference_mode(), one_thread():
            ids = torch.tensor([self.tokenizer.encode(text).ids])
            mean = self.model(input_ids=ids).last_hidden_state[0].mean(0)
            row: NDArray[np.float32] = torch.nn.functional.normalize(mean, dim=0).numpy()
            return row


@cache
def text_model() -> TextModel:
    """The text model, loaded once per process. Raises as `classifier` does."""
    wanted = "the embedded text model"
    require(wanted, "torch", "transformers")
    data = read(TEXT_WEIGHTS, wanted)
    config, vocabulary = read(TEXT_CONFIG, wanted), read(TOKENIZER, wanted)
    import json

    from safetensors.torch import load
    from tokenizers import Tokenizer
    from transformers import BertConfig, BertModel

    model = BertModel(BertConfig.from_dict(json.loads(config)), add_pooling_layer=False)
    unused = ("pooler.", "embeddings.position_ids")
    weights = {key: value for key, value in load(data).items() if not key.startswith(unused)}
    model.load_state_dict(weights)
    tokenizer = Tokenizer.from_str(vocabulary.decode("utf-8"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return TextModel(model.train(mode=False), tokenizer)
