"""From conversations to the tensors of a batch, with a loss on what the assistant says alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from vsfa_data import pictures
from vsfa_data.errors import UserError
from vsfa_data.train.conversation import Conversation, Rendered, render
from vsfa_data.train.presets import Preset

if TYPE_CHECKING:
    from PIL.Image import Image

IGNORED: Final = -100
"""Label of a token that carries no loss (the default of torch's cross_entropy)."""


class Collator:
    """Makes batches. Safe to send to worker processes: it holds the processor and numbers only.

    Pictures are scaled down to `max_image_px` on their longer side (never up) before the model's
    own processor sees them. `preset` says how that processor wants to be called.
    """

    def __init__(
        self, processor: Any, preset: Preset | None = None, max_image_px: int | None = None
    ) -> None:
        self.processor, self.max_image_px = processor, max_image_px
        self._by_row = preset is not None and preset.images_by_row
        # Some processors go by defaults of their class, whatever they were loaded with.
        self._switches = {} if preset is None else preset.processor

    def __call__(self, conversations: Sequence[Conversation]) -> dict[str, Any]:
        """Conversations (n) -> tensors, padded on the right to the longest, t tokens.

        `input_ids`, `attention_mask`: int64[n, t]. `labels`: int64[n, t], IGNORED but for the
        tokens of answers. `scored`: int64[k], sorted: positions whose *next* token is an answer's
        in at least one row; only there does the loss need logits. The rest (`pixel_values` and
        so on) is whatever the model's processor makes of pictures.
        """
        import torch

        rendered = [
            render(self.processor, one.messages, image=one.image is not None)
            for one in conversations
        ]
        images = [[] if one.image is None else [self.picture(one.image)] for one in conversations]
        batch = dict(self._process([one.text for one in rendered], images))
        labels = torch.full_like(batch["input_ids"], IGNORED)
        for row, one in enumerate(rendered):
            self._label(labels[row], batch["input_ids"][row], batch["attention_mask"][row], one)
        scored = (labels[:, 1:] != IGNORED).any(0).nonzero().flatten()
        return {**batch, "labels": labels, "scored": scored}

    def turns(self, conversation: Conversation) -> list[tuple[int, int]]:
        """(tokens, those of answers) of a conversation if it ended after its 1st, 2nd, ... answer.

        The last are those of the whole one, which is processed as in a batch.
        """
        one = render(self.processor, conversation.messages, image=conversation.image is not None)
        length = int(self([conversation])["input_ids"].shape[1])
        scored = [
            _inside(self._plain(one.text[:end])["offset_mapping"], one.answers) for end in one.ends
        ]
        # What the processor puts in the place of a picture is in the first turn of all of them.
        return [(length - len(scored[-1]) + len(tokens), sum(tokens)) for tokens in scored]

    def picture(self, data: bytes) -> Image:
        """The picture as it goes into the model's processor."""
        from PIL.Image import Resampling

        image = pictures.decode(data)
        if self.max_image_px is not None and max(image.size) > self.max_image_px:
            image.thumbnail((self.max_image_px, self.max_image_px), Resampling.BICUBIC)
        return image

    def _process(self, texts: list[str], images: list[list[Image]]) -> Any:
        flat = [image for row in images for image in row]
        return self.processor(
            text=texts,
            images=(images if self._by_row else flat) if flat else None,
            padding=True,
            padding_side="right",
            add_special_tokens=_adds_special_tokens(self.processor, texts[0]),
            return_tensors="pt",
            **(self._switches if flat else {}),
        )

    def _label(self, labels: Any, ids: Any, mask: Any, rendered: Rendered) -> None:
        """Copy the ids of answers from `ids` to `labels`, both int64[t].

        The processor has put many tokens in the place of the picture's one, so positions are
        counted from the end, where both texts are the same.
        """
        plain = self._plain(rendered.text)
        scored = _inside(plain["offset_mapping"], rendered.answers)
        length = int(mask.sum())
        first = scored.index(True)
        shift = length - len(scored)
        if ids[first + shift : length].tolist() != plain["input_ids"][first:]:
            raise UserError(
                "the model's processor changes the text behind a picture, so the answers cannot "
                "be found again. Choose another model with --model"
            )
        for position in range(first, len(scored)):
            if scored[position]:
                labels[position + shift] = ids[position + shift]

    def _plain(self, text: str) -> Any:
        """`text` in tokens, without any picture."""
        return self.processor.tokenizer(
            text,
            return_offsets_mapping=True,
            add_special_tokens=_adds_special_tokens(self.processor, text),
        )


def _inside(offsets: Sequence[tuple[int, int]], spans: Sequence[tuple[int, int]]) -> list[bool]:
    """Whether each token begins within one of `spans`; both are sorted."""
    found, at = [], 0
    for start, end in offsets:
        while at < len(spans) and start >= spans[at][1]:
            at += 1
        found.append(at < len(spans) and start >= spans[at][0] and end > start)
    return found


def _adds_special_tokens(processor: Any, text: str) -> bool:
    """Whether the tokenizer should add its own: not if the template has begun with them."""
    start = processor.tokenizer.bos_token
    return not (start and text.startswith(start))
