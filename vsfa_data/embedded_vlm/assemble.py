"""Makes the embedded model's checkpoint out of its parts. Import it inside functions only."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import torch  # noqa: TID253  # see above
from safetensors.torch import load

from vsfa_data import embedded
from vsfa_data.embedded_vlm import projector_file
from vsfa_data.embedded_vlm.config import EmbeddedConfig, TowerConfig
from vsfa_data.embedded_vlm.names import EMBEDDED
from vsfa_data.embedded_vlm.projector import soft_tokens
from vsfa_data.embedded_vlm.register import register

IMAGE_TOKEN: Final = "<image>"  # noqa: S105  # no secret
_SPARE: Final = "<empty_output>"
"""A token of the language model that it has for other uses; it becomes the image token."""
_SPECIAL: Final = {
    "bos_token": "<|im_start|>",
    "eos_token": "<|im_end|>",
    "unk_token": "<|endoftext|>",
    "pad_token": "<|im_end|>",
}
_HERE: Final = Path(__file__).parent
_VERSION: Final = "transformers_version"


def write(folder: Path, gguf: Path) -> None:
    """Write model, processor and card into `folder`. The same parts make the same files."""
    register()
    language = language_model(gguf)
    processor = make_processor(gguf)
    shipped = load(projector_file.read())
    model = make_model(language, processor, shipped)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    card = (_HERE / "card.md").read_text(encoding="utf-8")
    (folder / "README.md").write_text(card, encoding="utf-8")
    for file in folder.glob("*.json"):
        _forget_version(file)


def make_model(language: Any, processor: Any, shipped: dict[str, Any]) -> Any:
    """The whole model, of a language model and the tensors of a projector file."""
    from transformers import AutoModelForImageTextToText

    tensors = dict(shipped)
    projector_file.tune(language, tensors)
    model = AutoModelForImageTextToText.from_config(
        make_config(language.config, processor, tensors), dtype=torch.float32
    )
    model.model.vision_tower.network.load_state_dict(_tower_weights(model))
    model.model.language_model.load_state_dict(language.model.state_dict())
    wide = {
        name: value.float() if value.is_floating_point() else value
        for name, value in tensors.items()
    }
    model.model.multi_modal_projector.load_state_dict(wide)
    model.tie_weights()
    ends = processor.tokenizer.eos_token_id
    model.generation_config = type(language.generation_config)(
        bos_token_id=processor.tokenizer.bos_token_id, eos_token_id=ends, pad_token_id=ends
    )
    return model.eval()


def make_config(text: Any, processor: Any, tensors: dict[str, Any]) -> EmbeddedConfig:
    """Its configuration: the projector's sizes are those of its `tensors`."""
    of_text = {name: value for name, value in text.to_dict().items() if "name_or_path" not in name}
    config = EmbeddedConfig(
        text_config=of_text,
        vision_config=TowerConfig(),
        image_token_index=processor.image_token_id,
        vision_feature_layer=-1,
        vision_feature_select_strategy="full",
        kinds=len(tensors["members"]),
        name_tokens=tensors["names"].shape[1],
        kind_tokens=tensors["kinds"].shape[1],
        constant_tokens=len(tensors["constants"]),
        dtype=torch.float32,
    )
    config.image_seq_length = soft_tokens(config)
    config.name_or_path = EMBEDDED
    return config


def language_model(gguf: Path) -> Any:
    """SmolLM2-135M-Instruct, its weights no longer in four bits."""
    from transformers import AutoModelForCausalLM

    model: Any = AutoModelForCausalLM.from_pretrained(
        gguf.parent, gguf_file=gguf.name, dtype=torch.float32
    )
    # As loaded from a GGUF file it could be neither trained nor saved.
    del model.config.quantization_config
    return model


def make_tokenizer(gguf: Path) -> Any:
    """The language model's tokenizer, with a token for the picture."""
    from tokenizers.pre_tokenizers import ByteLevel, Digits, Sequence
    from transformers import AutoTokenizer, TokenizersBackend

    read = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name).backend_tokenizer
    # The file does not say that digits stand alone, as they did when the model was trained.
    read.pre_tokenizer = Sequence(
        [Digits(individual_digits=True), ByteLevel(add_prefix_space=False)]
    )
    make: Any = TokenizersBackend
    return make(
        tokenizer_object=type(read).from_str(read.to_str().replace(_SPARE, IMAGE_TOKEN)),
        **_SPECIAL,
        extra_special_tokens={"image_token": IMAGE_TOKEN},
        model_max_length=8192,
        clean_up_tokenization_spaces=False,
    )


def make_processor(gguf: Path) -> Any:
    """LLaVA's processor: what the tower sees, and how a conversation is written."""
    from transformers import CLIPImageProcessor, LlavaProcessor

    side = embedded.SIDE_PX
    images = CLIPImageProcessor(
        # The whole picture, whatever its shape: what a crop would cut off may be what it shows.
        size={"height": side, "width": side},
        do_center_crop=False,
        image_mean=[127 / 255] * 3,
        image_std=[128 / 255] * 3,
    )
    template = (_HERE / "chat_template.jinja").read_text(encoding="utf-8")
    return LlavaProcessor(
        image_processor=images,
        tokenizer=make_tokenizer(gguf),
        patch_size=side,  # one "patch", and as many more tokens as the projector makes
        num_additional_image_tokens=projector_file.tokens() - 1,
        vision_feature_select_strategy="full",
        chat_template=template,
    )


def _tower_weights(model: Any) -> dict[str, Any]:
    data = embedded.classifier_weights()
    weights = torch.load(BytesIO(data), map_location="cpu", weights_only=True)
    names = model.model.vision_tower.network.state_dict()
    # The package names its layers otherwise; their order is the same.
    return dict(zip(names, weights.values(), strict=True))


def _forget_version(file: Path) -> None:
    """Take out which transformers wrote the file: the model is the same."""
    value = json.loads(file.read_bytes())
    if value.pop(_VERSION, None) is not None:
        file.write_text(json.dumps(value, indent=2, sort_keys=True) + "\n", encoding="utf-8")
