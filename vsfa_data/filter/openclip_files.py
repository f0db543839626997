"""Where the files of an open_clip model are, and that they are safe to load."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from vsfa_data import resources
from vsfa_data.errors import SetupError, UserError
from vsfa_data.files import checksums
from vsfa_data.filter import hub

CONFIG: Final = "open_clip_config.json"
WEIGHTS: Final = "open_clip_model.safetensors"
_PREFERRED: Final = (WEIGHTS, "open_clip_pytorch_model.safetensors", "model.safetensors")
_TOKENIZER: Final = (
    "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.json",
    "merges.txt", "vocab.txt", "spiece.model", "sentencepiece.bpe.model", "tokenizer.model",
    "added_tokens.json",
)  # fmt: skip
_LOCAL: Final = "local-dir"
_PICKLES: Final = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")


@dataclass(frozen=True)
class Checkpoint:
    """A model's files, all of them local.

    `name` is what open_clip is asked for: a built-in model or `local-dir:FOLDER`. `label` names
    it in an identity without a path of this machine; `tag` is what open_clip knows of the tag.
    """

    name: str
    weights: Path
    label: str
    tag: dict[str, Any]
    folder: Path | None

    def identity(self) -> str:
        """Label and sha256 of all that decides what is computed. Raises SetupError."""
        parts = [self.label, f"sha256:{_sha256(self.weights)}"]
        if self.folder is not None:
            parts.append(f"config sha256:{_sha256(self.folder / CONFIG)}")
            if self.label == _LOCAL:  # that of a repository comes with its commit
                parts.extend(_tokenizer(self.folder))
        return "; ".join(parts)


def find(model: str, pretrained: str | None, revision: str | None) -> Checkpoint:
    """The files of a model as a recipe names it; fetched from the Hub if they are not here.

    Raises UserError for names that mean nothing, SetupError for files that cannot be had.
    """
    schema, colon, rest = model.partition(":")
    if colon and schema in {_LOCAL, "hf-hub"} and rest:
        if pretrained is not None:
            raise UserError(
                f"filter.pretrained: '{model}' brings its own weights. Leave pretrained out"
            )
        if schema == _LOCAL:
            return _folder(resources.user_path(rest), _LOCAL, f"filter.model '{model}'")
        wanted = f"filter.model '{model}'"
        found = hub.snapshot(rest, revision, (WEIGHTS, CONFIG, *_TOKENIZER), wanted)
        return _folder(found, f"{rest}@{found.name}", wanted)
    return _built_in(model, pretrained)


def tokenizer_folder(repo: str) -> Path:
    """Folder with the tokenizer of a Hub repo. Raises SetupError."""
    return hub.snapshot(repo, None, ("tokenizer*", *_TOKENIZER), f"the tokenizer {repo}")


def _built_in(model: str, pretrained: str | None) -> Checkpoint:
    import open_clip

    name = model.replace("/", "-")
    if name not in open_clip.list_models():
        raise UserError(
            f"filter.model: open_clip knows no model '{model}'. Give one of its names (for "
            f"example ViT-B-32), hf-hub:ORG/NAME or local-dir:FOLDER"
        )
    tags = open_clip.list_pretrained_tags_by_model(name)
    if pretrained is None:
        raise UserError(
            f"filter.pretrained is missing: without weights '{model}' would compute noise. Give a "
            f"file or one of: {', '.join(tags) or 'none known'}"
        )
    tag = open_clip.get_pretrained_cfg(name, pretrained)
    if not tag:
        return Checkpoint(name, _file(pretrained, tags), f"{name} file", {}, None)
    repo = str(tag["hf_hub"]).rpartition("/")[0]
    wanted = f"filter.pretrained '{pretrained}' of {name}"
    found = hub.snapshot(repo, None, (WEIGHTS,), wanted)
    return Checkpoint(name, found / WEIGHTS, f"{name} {pretrained}", dict(tag), None)


def _file(given: str, tags: list[str]) -> Path:
    path = resources.user_path(given)
    if path.is_file():
        return path
    raise UserError(
        f"filter.pretrained: '{given}' is neither a file nor a tag of this model "
        f"({', '.join(tags) or 'it has none'})"
    )


def _folder(folder: Path, label: str, wanted: str) -> Checkpoint:
    if not folder.is_dir():
        raise UserError(f"{wanted}: there is no folder {folder}")
    _check_config(folder / CONFIG, wanted)
    there = [folder / name for name in _PREFERRED if (folder / name).is_file()]
    others = sorted(folder.glob("*.safetensors"))
    if not there and len(others) > 1:
        raise UserError(f"{wanted}: several *.safetensors in {folder}; name one of them {WEIGHTS}")
    if not (there or others):
        raise UserError(f"{wanted}: {_no_weights(folder)}")
    return Checkpoint(f"local-dir:{folder}", (there or others)[0], label, {}, folder)


def _no_weights(folder: Path) -> str:
    pickles = sorted(path.name for pattern in _PICKLES for path in folder.glob(pattern))
    if not pickles:
        return f"{folder} holds no weights ({WEIGHTS})"
    return (
        f"{folder} holds weights only as a pickle ({pickles[0]}), which may run code when it is "
        f"loaded. Convert it to {WEIGHTS} with safetensors.torch.save_file"
    )


def _check_config(file: Path, wanted: str) -> None:
    try:
        found = json.loads(file.read_bytes())
    except OSError as error:
        raise UserError(f"{wanted}: {file} cannot be read ({error.strerror})") from None
    except (ValueError, RecursionError):
        raise UserError(f"{wanted}: {file} is not valid JSON") from None
    parts = found.get("model_cfg") if isinstance(found, dict) else None
    needed = ("embed_dim", "vision_cfg", "text_cfg")
    if not isinstance(parts, dict) or any(key not in parts for key in needed):
        raise UserError(f"{wanted}: {file} lacks model_cfg with {', '.join(needed)}")


def _tokenizer(folder: Path) -> list[str]:
    """Sha256 of the tokenizer, if the folder has one and its model uses it."""
    said = json.loads((folder / CONFIG).read_bytes())["model_cfg"]["text_cfg"]
    there = [folder / name for name in sorted(_TOKENIZER) if (folder / name).is_file()]
    if not there or not isinstance(said, dict) or not said.get("hf_tokenizer_name"):
        return []
    found = "\n".join(f"{file.name} {_sha256(file)}" for file in there)
    return [f"tokenizer sha256:{hashlib.sha256(found.encode()).hexdigest()}"]


def _sha256(file: Path) -> str:
    try:
        return checksums.of_file(file)
    except OSError as error:
        raise SetupError(f"{file} cannot be read ({error.strerror})") from None
