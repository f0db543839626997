"""The projector before it is trained: the language model's own tokens for each name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import torch  # noqa: TID253  # imported inside functions only

from vsfa_data import embedded
from vsfa_data.embedded_vlm.concepts import Concepts
from vsfa_data.embedded_vlm.lessons import STATES

NAME_TOKENS: Final = 6
KIND_TOKENS: Final = 2


def tensors(
    concepts: Concepts, words: dict[str, str], constants: str, tokenizer: Any, table: Any
) -> dict[str, Any]:
    """Tensors of a projector (float32); `table` is the language model's, float32[vocabulary, h].

    A name's row holds the tokens of " NAME, OTHER NAME", cut or filled up with zeros.
    """

    def rows(texts: Sequence[str], length: int) -> Any:
        made = torch.zeros(len(texts), length, table.shape[1])
        for at, text in enumerate(texts):
            ids = tokenizer.encode(text, add_special_tokens=False)[:length] if text else []
            made[at, : len(ids)] = table[ids]
        return made

    synonyms = embedded.class_synonyms()
    names = [
        f" {name}, {next((one for one in synonyms[at] if one != name), name)}"
        for at, name in enumerate(concepts.names)
    ]
    members = torch.zeros(len(concepts.kinds), len(concepts.names), dtype=torch.bool)
    for at, classes in enumerate(concepts.members):
        members[at, sorted(classes)] = True
    length = len(tokenizer.encode(constants, add_special_tokens=False))
    return {
        "names": rows([*names, ""], NAME_TOKENS),
        "kinds": rows([*(f" {noun}" for noun in concepts.kinds), ""], KIND_TOKENS),
        "states": rows([words[state] for state in STATES], 1),
        "constants": rows([constants], length)[0],
        "members": members,
        "depths": torch.tensor(concepts.depths),
    }
