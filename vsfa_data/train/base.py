"""The model that is fine-tuned: found, identified, loaded with its processor."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from vsfa_data.embedded_vlm import installed, register
from vsfa_data.embedded_vlm.names import EMBEDDED
from vsfa_data.errors import MissingExtraError, SetupError, UserError, printable
from vsfa_data.train.hub import Place, find
from vsfa_data.train.presets import Preset

EXTRA: Final = "train"
_FILES: Final = ("*.json", "*.safetensors", "*.jinja", "*.txt", "*.model", "README.md")
"""Neither pickles nor code are fetched."""
_BASE_ID: Final = re.compile(r"\w[\w.-]{0,95}(/\w[\w.-]{0,95})?", re.ASCII)


@dataclass(frozen=True)
class Base:
    """A checkpoint on disk. `name` is what an adapter calls it: a Hub id, never a local path."""

    path: Path
    name: str
    revision: str | None
    """Commit hash, if it came from the Hub."""
    sha256: str
    """Over the names and bytes of its configuration and weights."""
    config: Any
    """A transformers config."""


def locate(given: str, base_id: str | None = None) -> Base:
    """The checkpoint `given`: a folder, a Hub id with or without @REVISION, or "embedded".

    Raises UserError unless it is a vision-language model with safetensors weights, SetupError if
    the embedded one is not installed.
    """
    if given == EMBEDDED:
        place = Place(installed.find(), EMBEDDED, None)
    else:
        place = find(given, "model", _FILES)
    _require_nameless(place, base_id)
    path = place.path
    if (path / "adapter_config.json").is_file() and not (path / "config.json").is_file():
        raise UserError(
            f"{given} is an adapter, not a model. Give its base with --model, or make one model of "
            f"both first: vsfa-data merge {given} --out FOLDER"
        )
    config = _config(path, given)
    if not list(path.glob("*.safetensors")):
        raise UserError(
            f"{given} has no .safetensors file; other formats of weights are not loaded here, "
            f"since they can hold code. Choose another model with --model"
        )
    return Base(
        path=path,
        name=base_id or place.id or path.resolve().name,
        revision=place.revision,
        sha256=_digest(path),
        config=config,
    )


def load_processor(base: Base, preset: Preset) -> Any:
    """The model's processor, with the preset's switches. Raises UserError if it lacks a part."""
    from transformers import AutoProcessor

    load: Any = AutoProcessor.from_pretrained
    try:
        processor = load(base.path, **preset.processor)
    except ImportError as error:
        raise _missing(error) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"the processor of {base.name} cannot be loaded ({_brief(error)}). A checkpoint for "
            f"pictures needs its processor_config.json and tokenizer beside its weights"
        ) from None
    if not (hasattr(processor, "image_processor") and hasattr(processor, "tokenizer")):
        raise UserError(
            f"{base.name} comes without a processor for pictures (processor_config.json). Download "
            f"it again, whole, or choose another model with --model"
        )
    if not processor.chat_template:
        raise UserError(
            f"{base.name} has no chat template (chat_template.jinja), so nobody can say what a "
            f"conversation looks like to it. Choose the model's instruction-tuned form"
        )
    if processor.tokenizer.pad_token is None:
        processor.tokenizer.pad_token = processor.tokenizer.eos_token
    return processor


def load_model(base: Base, dtype: str, quantize: str = "none") -> Any:
    """The model with frozen weights of the type `dtype`, on the CPU unless it is quantized.

    Raises UserError if weights are missing: transformers would go on with random ones.
    """
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForImageTextToText

    load: Any = AutoModelForImageTextToText.from_pretrained
    how = {"quantization_config": _four_bit(dtype)} if quantize == "4bit" else {}
    try:
        model, report = load(
            base.path,
            dtype=getattr(torch, dtype),
            use_safetensors=True,
            output_loading_info=True,
            **how,
        )
    except ImportError as error:
        raise _missing(error) from None
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        if isinstance(error, torch.OutOfMemoryError):
            raise
        raise UserError(
            f"{base.name} cannot be loaded ({_brief(error)}). Download it again, whole, or choose "
            f"another model with --model"
        ) from None
    if missing := sorted(report["missing_keys"]):
        raise UserError(
            f"{base.name} lacks {len(missing)} of its weights, {missing[0]} for one, and would be "
            f"trained with random ones. Download it again, whole"
        )
    model.requires_grad_(requires_grad=False)
    return model


def _require_nameless(place: Place, base_id: str | None) -> None:
    """Raise UserError for a --base-id that is none, or for a model that has another name."""
    if base_id is not None and not _BASE_ID.fullmatch(base_id):
        raise UserError(f"--base-id {printable(base_id)[:100]}: give a Hub id, like NAME/MODEL")
    if base_id is not None and place.id not in (None, base_id):
        raise UserError(
            f"--base-id {base_id} is for a --model that is a folder without a Hub id. This one is "
            f"known as {place.id}, and the adapter names that. Leave out --base-id"
        )


def _config(path: Path, given: str) -> Any:
    from transformers import AutoConfig
    from transformers.models.auto.modeling_auto import MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING

    register.known(path)
    try:
        config = AutoConfig.from_pretrained(path)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{given} is no model that transformers can load ({_brief(error)}). Give a folder with "
            f"a config.json, or a Hub id, with --model"
        ) from None
    if type(config) not in MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING:
        raise UserError(
            f"{given} is a model of the type '{config.model_type}', which reads no pictures. "
            f"Choose a vision-language model with --model, such as "
            f"HuggingFaceTB/SmolVLM-256M-Instruct"
        )
    return config


def _four_bit(dtype: str) -> Any:
    import importlib.util

    import torch
    from transformers import BitsAndBytesConfig

    if importlib.util.find_spec("bitsandbytes") is None:
        raise MissingExtraError("--quantize 4bit", "qlora", "bitsandbytes")
    make: Any = BitsAndBytesConfig
    return make(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=getattr(torch, dtype),
    )


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    for file in [*sorted(path.glob("*.safetensors")), path / "config.json"]:
        with file.open("rb") as opened:
            each = hashlib.file_digest(opened, "sha256").hexdigest()
        digest.update(json.dumps([file.name, each]).encode())
    return digest.hexdigest()


def _missing(error: ImportError) -> SetupError:
    return SetupError(f"this model needs one more package: {_brief(error)}")


def _brief(error: Exception) -> str:
    return printable(str(error))[:160] or type(error).__name__
