"""A vision-language model of transformers: pictures and prompts in, replies out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from vsfa_data.caption.prompted.replies import Reply

if TYPE_CHECKING:
    from PIL.Image import Image

_MEMORY_SHARE: Final = 0.7
"""Of a GPU's free memory, for batches; the rest is left for the vision tower and for fragments."""
UNPROMPTED: Final = frozenset({"blip"})
"""Model types that caption without being asked: they have no chat template and no prompt."""


@dataclass(frozen=True)
class Generation:
    """How a reply is written. A `temperature` of 0 takes the likeliest token every time."""

    max_new_tokens: int
    temperature: float = 0.0
    seed: int = 0

    def arguments(self) -> dict[str, Any]:
        """Keyword arguments of `generate`; a checkpoint's own sampling settings are set aside."""
        if self.temperature == 0.0:
            return {
                "max_new_tokens": self.max_new_tokens,
                "do_sample": False,
                "temperature": None,
                "top_p": None,
                "top_k": None,
            }
        return {
            "max_new_tokens": self.max_new_tokens,
            "do_sample": True,
            "temperature": self.temperature,
        }


class VisionLanguageModel:
    """A model and its processor on one device. Make one with `loading.load()`."""

    def __init__(self, model: Any, processor: Any) -> None:
        self.model = model
        self.processor = processor
        self.device: Any = model.device
        self.prompted = model.config.model_type not in UNPROMPTED
        if self.prompted:
            # The reply follows the prompt: padding belongs before it.
            processor.tokenizer.padding_side = "left"
        stops = model.generation_config.eos_token_id
        self._stops: list[int] = stops if isinstance(stops, list) else [stops] if stops else []
        self._on_device = {"device": self.device} if _has_torch_backend(processor) else {}

    def prepare(self, images: Sequence[Image], prompts: Sequence[str]) -> Any:
        """Inputs of `generate` on the model's device; pictures are scaled and tokenised here."""
        with _side_stream(self.device):
            if self.prompted:
                inputs = self.processor.apply_chat_template(
                    [_conversation(*one) for one in zip(images, prompts, strict=True)],
                    add_generation_prompt=True,
                    tokenize=True,
                    return_dict=True,
                    return_tensors="pt",
                    processor_kwargs={"padding": True, "images_kwargs": self._on_device},
                )
            else:
                inputs = self.processor(images=list(images), return_tensors="pt")
            return inputs.to(self.device, dtype=self.model.dtype)

    def generate(self, inputs: Mapping[str, Any], how: Generation) -> list[Reply]:
        """One reply for each of the pictures in `inputs`, in their order."""
        import torch

        if how.temperature:
            torch.manual_seed(how.seed)
        with torch.inference_mode():
            tokens = self.model.generate(**inputs, **how.arguments())
        if self.prompted:
            tokens = tokens[:, inputs["input_ids"].shape[1] :]
        texts = self.processor.batch_decode(tokens, skip_special_tokens=True)
        ended = self._ended(tokens)
        return [
            Reply(text, "stop" if whole else "length")
            for text, whole in zip(texts, ended, strict=True)
        ]

    def tokens_that_fit(self) -> float | None:
        """About how many tokens a batch may hold on this GPU; None where that is not known.

        A token takes its keys and values in every layer, and one layer's activations while the
        prompt is read: 228 kB for Qwen2.5-VL-7B and 655 kB for LLaVA-1.5-7B in bfloat16, where
        218 and 646 kB were measured with 64 pictures on an H200.
        """
        if self.device.type != "cuda":
            return None
        import torch

        each = bytes_per_token(self.model.config, self.model.dtype.itemsize)
        free, _ = torch.cuda.mem_get_info(self.device)
        return _MEMORY_SHARE * free / each if each else None

    def free(self) -> None:
        """Give memory back to the device that no tensor holds any more."""
        if self.device.type == "cuda":
            import torch

            torch.cuda.empty_cache()

    def _ended(self, tokens: Any) -> list[bool]:
        """Whether each row of int64[n, length] holds a token that ends a reply."""
        import torch

        if not self._stops:
            return [False] * len(tokens)
        stops = torch.tensor(self._stops, device=tokens.device, dtype=tokens.dtype)
        ended: list[bool] = torch.isin(tokens, stops).any(1).tolist()
        return ended


def bytes_per_token(config: Any, itemsize: int) -> float | None:
    """What a token takes of a model's memory, by its `config` and the bytes of one number.

    None for a model whose configuration does not say.
    """
    try:
        text = config.get_text_config()
        hidden, heads = text.hidden_size, text.num_attention_heads
        key_heads = getattr(text, "num_key_value_heads", None) or heads
        head = getattr(text, "head_dim", None) or hidden // heads
        kept = 2 * text.num_hidden_layers * key_heads * head
        return float(itemsize * (kept + 3 * text.intermediate_size + 8 * hidden))
    except (AttributeError, TypeError):
        return None


def _conversation(image: Image, prompt: str) -> list[dict[str, Any]]:
    content = [{"type": "image", "image": image}, {"type": "text", "text": prompt}]
    return [{"role": "user", "content": content}]


@contextmanager
def _side_stream(device: Any) -> Iterator[None]:
    """On a GPU, work beside what the model is doing, and have it finished at the end."""
    if device.type != "cuda":
        yield
        return
    import torch

    stream: Any = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]  # torch's own gap
    with torch.cuda.stream(stream):
        yield
    stream.synchronize()


def _has_torch_backend(processor: Any) -> bool:
    """Whether pictures can be scaled on the model's own device."""
    return getattr(processor.image_processor, "backend", None) == "torchvision"
