"""run.json: what an adapter was made from, with what, and what came of it. No clock, no path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from vsfa_data import versions
from vsfa_data.train.base import Base
from vsfa_data.train.loss import METRIC
from vsfa_data.train.outline import Outline, Resolved
from vsfa_data.train.release import Source
from vsfa_data.train.settings import OPTIMIZER, Settings
from vsfa_data.train.split import Split

PACKAGES: Final = (
    *("vsfa-data", "accelerate", "bitsandbytes", "numpy", "peft", "pillow", "pyarrow"),
    *("tokenizers", "torch", "torchvision", "transformers"),
)
_USED: Final = (
    *("max_steps", "limit", "batch_size", "accumulate", "warmup", "rank", "alpha", "dropout"),
    *("max_length", "quantize", "repeatable"),
)
_RESOLVED: Final = (
    *("preset", "lora_target", "learning_rate", "max_image_px", "dtype", "checkpointing"),
    "processes",
)


def hyperparameters(settings: Settings, resolved: Resolved) -> dict[str, Any]:
    """What was used, with no default left open."""
    return {
        "epochs": settings.epochs if settings.max_steps is None else None,
        **{name: getattr(settings, name) for name in _USED},
        **{name: getattr(resolved, name) for name in _RESOLVED},
    }


def facts(
    source: Source, base: Base, settings: Settings, resolved: Resolved, arms: Sequence[str] = ()
) -> dict[str, Any]:
    """What the weights depend on, flat: a run is gone on from only if all of it is the same.

    `arms` are the configs whose budget it shares, its own among them.
    """
    return {
        "dataset": source.made.fingerprint,
        "config": source.config,
        "model": base.sha256,
        "model_name": base.name,
        "device": resolved.device,
        "seed": settings.seed,
        "eval_every": settings.eval_every,
        **({"arms": ", ".join(arms)} if arms else {}),
        **hyperparameters(settings, resolved),
        **{f"package {name}": found for name, found in versions.installed(PACKAGES).items()},
    }


def compose(
    run: tuple[Source, Base, Settings, Resolved],
    made_from: Mapping[str, Any],
    splits: tuple[Split, Split],
    plan: Outline,
    metrics: Sequence[dict[str, Any]],
) -> dict[str, Any]:
    """run.json but for the budget of an experiment's arms and the sum of the weights.

    `made_from` are the run's `facts`.
    """
    source, base, settings, resolved = run
    release = source.made.recipe.get("release", {})
    train, validation = splits
    return {
        "format_version": 1,
        "dataset": {
            "id": source.id,
            "revision": source.revision,
            "name": source.made.name,
            "version": source.made.version,
            "fingerprint": source.made.fingerprint,
            "license": str(release.get("license", "unknown")),
            "config": source.config,
            "train": _counts(train),
            "validation": _counts(validation),
        },
        "model": {
            "name": base.name,
            "revision": base.revision,
            "sha256": base.sha256,
            "type": base.config.model_type,
        },
        "seed": settings.seed,
        "hyperparameters": {
            "steps": plan.steps,
            **hyperparameters(settings, resolved),
            **OPTIMIZER,
        },
        "trainable": {
            "parameters": plan.trainable.parameters,
            "all_parameters": plan.trainable.all_parameters,
            "layers": plan.trainable.groups,
        },
        "seen": {"conversations": plan.conversations, "turns": plan.turns},
        "tokens": {"seen": plan.tokens, "answers": plan.answer_tokens},
        "losses": {
            "train": _ends(metrics, "loss"),
            "validation": _ends(metrics, METRIC),
        },
        "device": _device(resolved.device),
        "packages": versions.installed(PACKAGES),
        "made_from": dict(made_from),
    }


def _counts(split: Split) -> dict[str, int]:
    return {
        "conversations": len(split.rows),
        "too_long": split.too_long,
        "with_control_tokens": split.with_control_tokens,
        "without_partner": split.without_partner,
    }


def _ends(metrics: Sequence[dict[str, Any]], name: str) -> dict[str, float] | None:
    values = [one[name] for one in metrics if name in one]
    return {"first": values[0], "last": values[-1]} if values else None


def _device(kind: str) -> str:
    import torch

    return torch.cuda.get_device_name() if kind == "cuda" else "cpu"
