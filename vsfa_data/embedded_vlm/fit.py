"""Makes the projector: `python -m vsfa_data.embedded_vlm.fit`.

    ... fit prepare FOLDER          lessons and a first projector, as files
    ... fit train FOLDER --gguf FILE --seconds 400 --out projector.safetensors

`prepare` is work of a minute and needs what the embedded model needs. `train` needs torch,
transformers and the language model (`--gguf`), and is best run on a GPU; it takes what device
there is.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any, Final

TRAIN: Final = "train.safetensors"
CHECK: Final = "check.safetensors"
START: Final = "start.safetensors"
_DOCUMENT: Final = 0
"""The language model's token between documents."""
_TEXTS: Final = 1536
"""Texts after each start."""
_TEXTS_AT_A_TIME: Final = 64
_STEPS_BETWEEN: Final = 3


def prepare(folder: Path, lessons: int, seed: int) -> None:
    """Write lessons to train on, others to check with, and the projector to start from."""
    from safetensors.torch import save_file

    from vsfa_data.embedded_vlm import assemble, fit_data, fit_start, parts
    from vsfa_data.embedded_vlm.concepts import concepts
    from vsfa_data.embedded_vlm.lessons import Teacher

    gguf = parts.language_model()
    words = assemble.make_tokenizer(gguf)
    folder.mkdir(parents=True, exist_ok=True)
    known = concepts()
    teacher = Teacher(known, seed)
    drawn = (teacher.lesson() for _ in range(lessons))
    fit_data.write(fit_data.encode(drawn, words), folder / TRAIN)
    other = Teacher(known, seed + 1)
    fit_data.write(fit_data.encode((other.lesson() for _ in range(2048)), words), folder / CHECK)
    table = assemble.language_model(gguf).get_input_embeddings().weight.detach()
    rules = teacher.rules
    start = fit_start.tensors(known, rules["words"], rules["constants"], words, table)
    save_file(_halved(start), folder / START)


def train(folder: Path, gguf: Path, out: Path, keep: float, **plan: Any) -> None:
    """Train on what `prepare` has written; write the projector file `out`, in half precision."""
    import torch
    from safetensors.torch import load_file, save_file
    from transformers import AutoModelForCausalLM

    from vsfa_data.embedded_vlm import fit_data
    from vsfa_data.embedded_vlm.fit_keep import Keep, own_texts
    from vsfa_data.embedded_vlm.fit_train import Plan, fit, mean_loss

    device = "cuda" if torch.cuda.is_available() else "cpu"
    load: Any = AutoModelForCausalLM.from_pretrained
    dtype = torch.bfloat16 if device == "cuda" else torch.float32
    language = load(gguf.parent, gguf_file=gguf.name, dtype=dtype).to(device)
    _say(f"on {device}")
    start = {
        name: value.float() if value.is_floating_point() else value
        for name, value in load_file(folder / START).items()
    }
    data = fit_data.read(folder / TRAIN)
    texts = own_texts(language, _starts(data), _TEXTS, seed=0)
    _say(f"{len(texts)} texts of its own")
    own = Keep(texts, keep, _TEXTS_AT_A_TIME, _STEPS_BETWEEN)
    made = fit(language, start, data, Plan(**plan), _say, own)
    save_file(_halved(made), out)
    check, projector = fit_data.read(folder / CHECK), _projector(made, device)
    with torch.no_grad():
        for family in sorted(set(check.families)):
            rows = [at for at, one in enumerate(check.families) if one == family][:256]
            loss = float(mean_loss(language, projector, check, rows))
            _say(f"{family}: loss {loss:.4f} on lessons not trained on")


def _starts(data: Any) -> list[tuple[int, ...]]:
    """What the language model goes on from by itself: a new document, and a user who speaks."""
    return [(_DOCUMENT,), (_DOCUMENT,), data.fixed.before]


def _halved(tensors: dict[str, Any]) -> dict[str, Any]:
    """In half precision: tables lose nothing by it that could be heard."""
    return {
        name: value.half().contiguous() if value.is_floating_point() else value
        for name, value in tensors.items()
    }


def _projector(tensors: dict[str, Any], device: str) -> Any:
    from vsfa_data.embedded_vlm.fit_train import projector_of

    return projector_of({k: v for k, v in tensors.items() if "." not in k}).to(device)


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def main() -> None:
    """Parse and call."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    commands = parser.add_subparsers(dest="command", required=True)
    first = commands.add_parser("prepare")
    first.add_argument("folder", type=Path)
    first.add_argument("--lessons", type=int, default=200_000)
    first.add_argument("--seed", type=int, default=0)
    second = commands.add_parser("train")
    second.add_argument("folder", type=Path)
    second.add_argument("--gguf", type=Path, required=True)
    second.add_argument("--out", type=Path, required=True)
    second.add_argument("--seconds", type=float, default=1200.0)
    second.add_argument("--rank", type=int, default=12)
    second.add_argument("--batch", type=int, default=768)
    second.add_argument("--keep", type=float, default=16.0)
    given = vars(parser.parse_args())
    if given.pop("command") == "prepare":
        prepare(**given)
    else:
        train(**given)


if __name__ == "__main__":
    main()
