"""The adapter folder: weights, processor, card, curve, run.json. It appears whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vsfa_data.files.swap import replacing
from vsfa_data.release import manifest
from vsfa_data.train.base import Base
from vsfa_data.train.card import render
from vsfa_data.train.folder import METRICS, RUN, WEIGHTS
from vsfa_data.train.loss import METRIC
from vsfa_data.train.plot import loss_curve


@dataclass(frozen=True)
class Parts:
    """What an adapter is loaded from: a model with LoRA weights (peft), and its processor.

    `weights` are gathered ones, where the model is spread over devices.
    """

    model: Any
    processor: Any
    base: Base
    weights: Mapping[str, Any] | None = None


def write(
    target: Path, parts: Parts, record: dict[str, Any], metrics: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """Write the folder `target`; answers with run.json as written.

    Raises SetupError if the place cannot be written, UserError if something else stands there.
    """
    settings, base = parts.model.peft_config["default"], parts.base
    settings.base_model_name_or_path, settings.revision = base.name, base.revision
    with replacing(target, RUN) as folder:
        # Embeddings are never trained, and peft would ask the Hub whether they were.
        parts.model.save_pretrained(folder, state_dict=parts.weights, save_embedding_layers=False)
        parts.processor.save_pretrained(folder)
        record = {**record, "weights_sha256": manifest.describe(folder / WEIGHTS).sha256}
        lines = "".join(json.dumps(one) + "\n" for one in metrics)
        (folder / METRICS).write_text(lines, encoding="utf-8")
        title = f"{record['dataset']['config']}, seed {record['seed']}"
        curves = (_points(metrics, "loss"), _points(metrics, METRIC))
        (folder / "loss.png").write_bytes(loss_curve(*curves, title))
        text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
        (folder / RUN).write_text(text, encoding="utf-8")
        (folder / "README.md").write_text(render(record, base.path), encoding="utf-8")
    return record


def _points(metrics: Sequence[dict[str, Any]], name: str) -> list[tuple[float, float]]:
    return [(one["step"], one[name]) for one in metrics if name in one]
