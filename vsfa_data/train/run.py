"""One run, from a release and a model to an adapter."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vsfa_data.train import adapter, lora, record, setup
from vsfa_data.train.arms import Arms
from vsfa_data.train.folder import RunFolder
from vsfa_data.train.lesson import Lesson, learned_from
from vsfa_data.train.outline import Outline, Resolved, outline
from vsfa_data.train.problems import explained
from vsfa_data.train.settings import OPTIMIZER, Settings
from vsfa_data.train.task import Task, leads, model_with_lora, task
from vsfa_data.train.watcher import Watcher


@dataclass(frozen=True)
class Trained:
    """A finished adapter. `record` is its run.json; `reused` if it was there already."""

    path: Path
    record: dict[str, Any]
    reused: bool


def train(
    settings: Settings,
    out: Path,
    watcher: Watcher | None = None,
    *,
    restart: bool = False,
    arms: Arms | None = None,
) -> Trained:
    """Fine-tune, or go on with what an earlier call began, or find it finished.

    With `arms`, of which `settings.config` is one, the run gets its share of their budget. Raises
    UserError for a mistake, SetupError for what the machine lacks; then no adapter is left behind,
    and an older one is untouched.
    """
    watcher = watcher or Watcher()
    of = task(settings)
    setup.repeatable(on=settings.repeatable)
    names = arms.names if arms else ()
    facts = record.facts(of.source, of.base, settings, of.resolved, names)
    folder = RunFolder(out)
    with _held(folder), explained(settings, of.resolved):
        if not restart and (found := folder.finished(facts)) is not None:
            return Trained(folder.adapter, found, reused=True)
        if leads() and folder.claim(facts, restart=restart):
            watcher.anew()
        with _first(of.resolved):
            lesson = learned_from(of, facts, folder.data, watcher, arms)
        return _fitted(of, folder, model_with_lora(of), lesson, watcher)


def _fitted(of: Task, folder: RunFolder, model: Any, lesson: Lesson, watcher: Watcher) -> Trained:
    from vsfa_data.train import callbacks
    from vsfa_data.train.trainer import Data, PlannedTrainer

    splits = lesson.splits
    plan = outline(of.settings, *splits, lora.trainable(model), of.resolved.processes)
    newest = folder.newest_checkpoint()
    trainer = PlannedTrainer(
        model,
        _arguments(of, folder, plan, resumed=newest is not None),
        of.collator,
        Data(splits[0].rows, plan.batches),
        Data(splits[1].rows, plan.validation),
    )
    callbacks.replace_printer(trainer, callbacks.Companion(folder, plan, watcher))
    trainer.train(resume_from_checkpoint=None if newest is None else str(newest))
    metrics = callbacks.metrics(trainer.state.log_history)
    run = (of.source, of.base, of.settings, of.resolved)
    made = record.compose(run, lesson.facts, splits, plan, metrics) | {"budget": lesson.budget}
    weights = trainer.gathered_weights()
    if leads():
        parts = adapter.Parts(model, of.processor, of.base, weights)
        made = adapter.write(folder.adapter, parts, made, metrics)
        folder.drop()
    trainer.accelerator.wait_for_everyone()
    return Trained(folder.adapter, made, reused=False)


def _arguments(of: Task, folder: RunFolder, plan: Outline, *, resumed: bool) -> Any:
    from vsfa_data.train.trainer import training_arguments

    settings, resolved = of.settings, of.resolved
    on_gpu = resolved.device == "cuda"
    if settings.log_to == "tensorboard":
        os.environ["TENSORBOARD_LOGGING_DIR"] = str(folder.out / "tensorboard")
    if settings.log_to == "trackio":
        os.environ.setdefault("TRACKIO_DIR", str(folder.out / "trackio"))
    return training_arguments(
        folder.checkpoints,
        report_to=settings.log_to,
        max_steps=plan.steps,
        per_device_train_batch_size=settings.batch_size,
        gradient_accumulation_steps=settings.accumulate,
        learning_rate=resolved.learning_rate,
        **OPTIMIZER,
        warmup_steps=round(settings.warmup * plan.steps),
        logging_steps=1 if plan.steps <= 1000 else 10,
        eval_on_start=not resumed and bool(plan.validation),
        save_strategy="steps",
        save_steps=plan.save_every,
        bf16=resolved.dtype == "bfloat16",
        use_cpu=not on_gpu,
        ddp_backend="gloo" if resolved.processes > 1 and not on_gpu else None,
        ddp_find_unused_parameters=False,
        dataloader_num_workers=resolved.workers,
        dataloader_prefetch_factor=2 if resolved.workers else None,
        dataloader_pin_memory=on_gpu,
        seed=settings.seed,
    )


@contextlib.contextmanager
def _held(folder: RunFolder) -> Iterator[None]:
    """The folder, locked by the process that leads."""
    if leads():
        with folder:
            yield
    else:
        yield


@contextlib.contextmanager
def _first(resolved: Resolved) -> Iterator[None]:
    """One process of each machine goes through the block before the others do."""
    from accelerate import PartialState

    with PartialState(cpu=resolved.device == "cpu").local_main_process_first():
        yield
