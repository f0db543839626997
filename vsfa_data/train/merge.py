"""One model out of a base and its adapter, for programs that know nothing of adapters."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from vsfa_data.embedded_vlm.names import EMBEDDED
from vsfa_data.errors import UserError, printable
from vsfa_data.files.swap import replacing
from vsfa_data.processes.quiet import quiet_libraries
from vsfa_data.release import manifest
from vsfa_data.resources import user_path
from vsfa_data.train import base, merged_card
from vsfa_data.train.folder import RUN, WEIGHTS
from vsfa_data.train.hub import find
from vsfa_data.train.task import require_packages

MARK: Final = "merged.json"
CARD: Final = "README.md"
_FILES: Final = ("*.json", "*.safetensors", "*.jinja", "*.txt", "*.model")


def merge(adapter: str, out: Path, model: str | None = None) -> Path:
    """Write base plus adapter to the folder `out`, as one checkpoint with its processor.

    The base is what the adapter names, or `model`. Raises UserError if it is not the one that the
    adapter was trained on, or if `out` holds anything but an earlier result of the same merge.
    """
    require_packages()
    quiet_libraries()
    folder = find(adapter, "model", _FILES, what="adapter").path
    settings = _json(folder / "adapter_config.json")
    if settings is None:
        raise UserError(
            f"{adapter} has no adapter_config.json, so it is no adapter. Give the folder 'adapter' "
            f"that 'vsfa-data train --out' wrote, or a Hub id"
        )
    record = _json(folder / RUN) or {}
    found = _base(settings, record, model)
    target = user_path(out).absolute()
    made = {
        "base": found.name,
        "base_sha256": found.sha256,
        "adapter_sha256": _digest(folder, adapter),
        "adapter": record,
    }
    ours = _require_own(target, made)
    dtype = str(found.config.dtype or "float32").removeprefix("torch.")
    merged = _merged(found, folder, dtype)
    with replacing(target, MARK, ours.__contains__) as fresh:
        merged.save_pretrained(fresh)
        _processor(folder).save_pretrained(fresh)
        (fresh / CARD).write_text(merged_card.render(made, found, dtype), encoding="utf-8")
        names = sorted([MARK, *(path.name for path in fresh.iterdir())])
        text = json.dumps({**made, "files": names}, indent=2, ensure_ascii=False) + "\n"
        (fresh / MARK).write_text(text, encoding="utf-8")
    return target


def _require_own(target: Path, made: dict[str, Any]) -> list[str]:
    """Names of what an earlier run of the same merge left in `target`.

    Raises UserError if a merge of something else stands there.
    """
    there = _json(target / MARK)
    if there is None:
        return []
    if {**there, "files": None} != {**made, "files": None}:
        raise UserError(
            f"{target} holds {printable(str(there.get('base')))[:100]} merged with another "
            f"adapter, or another base, and it stays. Choose another folder with --out, or delete "
            f"that one"
        )
    return [name for name in there.get("files", ()) if isinstance(name, str)]


def _digest(folder: Path, adapter: str) -> str:
    if not (folder / WEIGHTS).is_file():
        raise UserError(
            f"{adapter} has no {WEIGHTS}; other formats of weights are not loaded here, since they "
            f"can hold code. Give an adapter that has it"
        )
    return manifest.describe(folder / WEIGHTS).sha256


def _base(settings: dict[str, Any], record: dict[str, Any], model: str | None) -> base.Base:
    named = str(settings.get("base_model_name_or_path") or "")
    if model is None:
        revision = settings.get("revision")
        model = f"{named}@{revision}" if revision else named
        if named != EMBEDDED and not Path(named).exists() and "/" not in named:
            raise UserError(
                f"the adapter names its base only as '{printable(named)}'. Say where it is with "
                f"--model"
            )
    found = base.locate(model)
    trained_on = record.get("model")
    wanted = trained_on.get("sha256") if isinstance(trained_on, dict) else None
    if wanted is not None and wanted != found.sha256:
        raise UserError(
            f"{model} is not the base that the adapter was trained on ({printable(named)}): its "
            f"weights or configuration differ. Give that one with --model"
        )
    return found


def _merged(found: base.Base, folder: Path, dtype: str) -> Any:
    from peft import PeftModel

    model = base.load_model(found, dtype)
    try:
        return PeftModel.from_pretrained(model, folder).merge_and_unload(safe_merge=True)
    except (RuntimeError, ValueError, KeyError) as error:
        raise UserError(
            f"the adapter does not fit {found.name} ({printable(str(error))[:160]}). Give the base "
            f"that it was trained on with --model"
        ) from None


def _processor(folder: Path) -> Any:
    from transformers import AutoProcessor

    load: Any = AutoProcessor.from_pretrained
    try:
        return load(folder)
    except (OSError, ValueError) as error:
        raise UserError(
            f"{folder} has no processor that loads ({printable(str(error))[:160]}). Train or "
            f"download the adapter again"
        ) from None


def _json(path: Path) -> dict[str, Any] | None:
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None
