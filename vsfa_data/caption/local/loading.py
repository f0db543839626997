"""Loading a checkpoint of transformers: weights from safetensors, code from the library alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from vsfa_data.caption.local.vlm import UNPROMPTED, VisionLanguageModel
from vsfa_data.embedded_vlm import register
from vsfa_data.errors import MissingExtraError, SetupError, ran_out_of_memory
from vsfa_data.vision_attention import attend_at_once

NEVER_CODE: Final = {"trust_remote_code": False}


class Placement(NamedTuple):
    """Where a model runs and in which precision, as the recipe says."""

    device: str = "auto"
    dtype: str = "auto"
    four_bit: bool = False


def check(folder: Path, placement: Placement) -> None:
    """Raise SetupError for all that `load` would refuse before it reads the weights."""
    with _quietly():
        _processor(folder, str(_config(folder).model_type))
        _options(placement)


def load(folder: Path, placement: Placement) -> VisionLanguageModel:
    """The checkpoint in `folder`, ready to reply.

    Raises SetupError for one that is no image-text-to-text model, lacks its processor or chat
    template, needs code of its own, or does not fit into memory.
    """
    with _quietly():
        config = _config(folder)
        processor = _processor(folder, str(config.model_type))
        return VisionLanguageModel(_model(folder, placement), processor)


def device_of(placement: Placement) -> str:
    """`cuda`, `mps` or `cpu`. Raises SetupError for a GPU that is not there."""
    import torch

    if placement.device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    kind = placement.device.partition(":")[0]
    missing = {
        "cuda": not torch.cuda.is_available(),
        "mps": not torch.backends.mps.is_available(),
    }
    if missing.get(kind, False):
        raise SetupError(
            f"caption.device is {placement.device}, but torch {torch.__version__} finds no such "
            f"device here. Use --set caption.device=auto"
        )
    return placement.device


def _config(folder: Path) -> Any:
    from transformers.models.auto import modeling_auto

    register.known(folder)
    try:
        config = _transformers().AutoConfig.from_pretrained(
            folder, local_files_only=True, **NEVER_CODE
        )
    except (ValueError, KeyError, OSError) as error:
        raise SetupError(
            f"{folder}: transformers {_transformers().__version__} does not know this checkpoint "
            f"by itself ({_first_line(error)}), and code that comes with a checkpoint is never "
            f"run. Choose one in the library's own form (often a name that ends in -hf)"
        ) from error
    if type(config) not in modeling_auto.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING:
        raise SetupError(
            f"{folder} is a {config.model_type} model, which does not write text about pictures. "
            f"caption.model must be an image-text-to-text checkpoint, for example of Qwen2.5-VL, "
            f"LLaVA or SmolVLM"
        )
    return config


def _processor(folder: Path, model_type: str) -> Any:
    try:
        processor = _transformers().AutoProcessor.from_pretrained(
            folder, local_files_only=True, **NEVER_CODE
        )
    except (ValueError, KeyError, AttributeError, TypeError, OSError, ImportError) as error:
        raise SetupError(
            f"{folder}: its processor cannot be loaded ({_first_line(error)}). The folder must "
            f"hold processor_config.json or preprocessor_config.json, and the tokenizer's files"
        ) from error
    for needed in ("image_processor", "tokenizer"):
        if getattr(processor, needed, None) is None:
            raise SetupError(
                f"{folder}: it has no {needed.replace('_', ' ')}. The folder must hold "
                f"processor_config.json or preprocessor_config.json, and the tokenizer's files: "
                f"copy them from the model it was made from"
            )
    if model_type not in UNPROMPTED and not processor.chat_template:
        raise SetupError(
            f"{folder}: it has no chat template, so it cannot be asked. Put the "
            f"chat_template.jinja of the model it was made from into the folder, or choose an "
            f"instruction-tuned checkpoint"
        )
    return processor


def _options(placement: Placement) -> dict[str, Any]:
    """What `from_pretrained` is told of device and precision. Raises SetupError."""
    import torch

    device = device_of(placement)
    usual = "float32" if device == "cpu" else "bfloat16"
    dtype = usual if placement.dtype == "auto" else placement.dtype
    options: dict[str, Any] = {"dtype": getattr(torch, dtype)}
    if placement.four_bit:
        options["quantization_config"] = _four_bit(device, options["dtype"])
    if device != "cpu":
        # Weights go to the device one by one, and never all through the machine's memory.
        options["device_map"] = {"": device}
    return options


def _model(folder: Path, placement: Placement) -> Any:
    from safetensors import SafetensorError

    options = _options(placement)
    try:
        model = _transformers().AutoModelForImageTextToText.from_pretrained(
            folder, use_safetensors=True, local_files_only=True, **NEVER_CODE, **options
        )
    except (RuntimeError, MemoryError) as error:
        if ran_out_of_memory(error):
            raise SetupError(
                f"{folder} does not fit into the memory of {device_of(placement)} as "
                f"{options['dtype']}. Choose a smaller checkpoint, or use --set "
                f"caption.quantize=4bit on a GPU"
            ) from error
        raise SetupError(f"{folder} cannot be loaded ({_first_line(error)})") from error
    except (ValueError, OSError, ImportError, SafetensorError) as error:
        raise SetupError(f"{folder} cannot be loaded ({_first_line(error)})") from error
    if model.device.type == "cuda":
        attend_at_once(model)
    return model.train(mode=False)


def _four_bit(device: str, dtype: Any) -> Any:
    """NF4 with double quantisation (Dettmers et al. 2023, arXiv:2305.14314)."""
    import importlib.util

    if importlib.util.find_spec("bitsandbytes") is None:
        raise MissingExtraError("caption.quantize=4bit", "transformers-4bit", "bitsandbytes")
    if not device.startswith("cuda"):
        raise SetupError(
            f"caption.quantize=4bit needs a CUDA GPU, and this is {device}. "
            f"Use --set caption.quantize=none"
        )
    return _transformers().BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=dtype,
    )


def _transformers() -> Any:
    """The library, whose own types say less than they should."""
    import transformers

    return transformers


@contextmanager
def _quietly() -> Iterator[None]:
    """No progress bars and no remarks: what matters is raised."""
    log = _transformers().logging
    verbosity, bars = log.get_verbosity(), log.is_progress_bar_enabled()
    log.set_verbosity_error()
    log.disable_progress_bar()
    try:
        yield
    finally:
        log.set_verbosity(verbosity)
        if bars:
            log.enable_progress_bar()


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)[:200]
