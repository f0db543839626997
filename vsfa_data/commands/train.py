"""`vsfa-data train` and `vsfa-data merge`."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from vsfa_data.commands import training_options as options
from vsfa_data.commands.as_json import AsJson
from vsfa_data.commands.training_push import Pusher
from vsfa_data.console.output import print_json
from vsfa_data.errors import UserError, printable
from vsfa_data.train.settings import Settings

if TYPE_CHECKING:
    from vsfa_data.train.experiment import Experiment, ExperimentWatcher
    from vsfa_data.train.rehearsal import Rehearsed
    from vsfa_data.train.run import Trained

EXAMPLES: Final = (
    "vsfa-data train out/quickstart --model HuggingFaceTB/SmolVLM-256M-Instruct --dry-run",
    "vsfa-data train NAME/DATASET@v1.0.0 --model Qwen/Qwen2.5-VL-7B-Instruct --out out/threat",
    "vsfa-data train out/quickstart --model FOLDER --arms threat,control --seeds 0,1,2",
    "accelerate launch -m vsfa_data.train out/quickstart --model FOLDER --out out/threat",
)
MERGE_EXAMPLES: Final = ("vsfa-data merge out/train/adapter --out out/merged",)

_SHOWN: Final = ("arm", "seed", "tokens", "in answers", "val. before", "val. after")
"""Columns of an experiment's table that fit into a terminal."""


def train(
    context: typer.Context,
    dataset: Annotated[
        str, typer.Argument(help="Release folder, --out of a build, or Hub id, with @TAG.")
    ],
    *,
    out: Annotated[
        Path, typer.Option(help="Folder of the run; its adapter/ is the result.")
    ] = Path("out/train"),
    arms: Annotated[
        str | None, typer.Option(help="Configs to train one after the other: threat,control.")
    ] = None,
    seeds: Annotated[
        str | None, typer.Option(help="Seeds to train one after the other: 0,1,2.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Try some batches, estimate, and write nothing.")
    ] = False,
    restart: Annotated[
        bool, typer.Option("--restart", help="Replace what an earlier run left in --out.")
    ] = False,
    push: Annotated[
        str | None,
        typer.Option(
            metavar="REPO_ID",
            help="Push the adapter there, private, when it is done; several: REPO_ID-ARM-seedN.",
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")] = False,
    as_json: AsJson = False,
    **given: Any,
) -> None:
    """Fine-tune a vision-language model on a release with LoRA."""
    from vsfa_data.train import run
    from vsfa_data.train.experiment import each_run, experiment, name_of
    from vsfa_data.train.hub import downloading
    from vsfa_data.train.rehearsal import rehearse
    from vsfa_data.train.task import leads

    quiet = quiet or as_json or not leads()
    try:
        options.require_sense(options.given(context))
        configs, numbers = options.names("--arms", arms), options.numbers("--seeds", seeds)
        settings = Settings(dataset=dataset, **given)
        names = [name_of(one) for one in each_run(settings, configs, numbers)]
        pusher = Pusher(push, names if configs or numbers else ())
        with downloading(quiet=quiet), _watched(quiet=quiet) as watcher:
            if dry_run:
                done = _rehearsed(rehearse(settings, watcher, configs, numbers), quiet=quiet)
            elif configs or numbers:
                found = experiment(settings, out, configs, numbers, watcher, restart=restart)
                done = _compared(found, out, quiet=quiet)
                pushed = pusher.send([one.path for one in found.runs])
                done["runs"] = [one | two for one, two in zip(done["runs"], pushed, strict=True)]
            else:
                trained = run.train(settings, out, watcher, restart=restart)
                done = _trained(trained, quiet=quiet) | pusher.send([trained.path])[0]
    except KeyboardInterrupt:
        said = "interrupted. Run the same command again to go on from the last checkpoint"
        typer.echo(said, err=True)
        raise typer.Exit(130) from None
    except UserError:
        if leads():
            raise
        raise typer.Exit(2) from None  # the process that leads has said it
    if as_json and leads():
        print_json(done)


def merge(
    adapter: Annotated[str, typer.Argument(help="Adapter: folder or Hub id, with @REVISION.")],
    *,
    out: Annotated[Path, typer.Option(help="Folder for the merged model.")],
    model: Annotated[
        str | None, typer.Option(help="The base, if the adapter names no Hub id.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write base and adapter as one model that needs no peft."""
    from vsfa_data.train import merge as module
    from vsfa_data.train.hub import downloading

    with downloading(quiet=as_json):
        path = module.merge(adapter, out, model)
    if as_json:
        print_json({"merged": str(path)})
    else:
        typer.echo(f"merged model: {printable(str(path))}", err=True)


def add_to(app: typer.Typer, epilog: Callable[[tuple[str, ...]], str]) -> None:
    """Put both commands into the program."""
    app.command("train", epilog=epilog(EXAMPLES))(options.with_settings(train))
    app.command("merge", epilog=epilog(MERGE_EXAMPLES))(merge)


@contextlib.contextmanager
def _watched(*, quiet: bool) -> Iterator[ExperimentWatcher]:
    if quiet:
        from vsfa_data.train.experiment import ExperimentWatcher

        yield ExperimentWatcher()
        return
    from vsfa_data.commands.training_bars import TrainingBars

    with TrainingBars() as bars:
        yield bars


def _trained(done: Trained, *, quiet: bool) -> dict[str, Any]:
    if not quiet:
        from vsfa_data.commands.training_shown import show_trained

        show_trained(done)
    return {"adapter": str(done.path), "reused": done.reused, "run": done.record}


def _compared(found: Experiment, out: Path, *, quiet: bool) -> dict[str, Any]:
    from vsfa_data.train.comparison import COLUMNS, TABLE, budgets

    if not quiet:
        from vsfa_data.console.tables import show_table

        shown = [COLUMNS.index(name) for name in _SHOWN]
        show_table("experiment", _SHOWN, [[row[at] for at in shown] for row in found.rows])
        for line in budgets(found.runs):
            typer.echo(line, err=True)
        typer.echo(f"the whole table: {printable(str(out / TABLE))}", err=True)
    return {"runs": [_trained(one, quiet=True) for one in found.runs]}


def _rehearsed(found: Rehearsed, *, quiet: bool) -> dict[str, Any]:
    if not quiet:
        from vsfa_data.commands.training_shown import show_rehearsed

        show_rehearsed(found)
    return {
        "steps": found.outline.steps,
        "conversations": found.conversations,
        "left_out": found.left_out,
        "tokens": found.outline.tokens,
        "answer_tokens": found.outline.answer_tokens,
        "budget": found.budget,
        "trainable_parameters": found.outline.trainable.parameters,
        "layers": found.outline.trainable.groups,
        "loss": found.loss,
        "runs": found.runs,
        "seconds_per_step": found.time.seconds_per_step,
        "seconds": found.time.seconds * found.runs,
        "peak_bytes": found.peak_bytes,
        "conversation": [{"text": text, "loss": scored} for text, scored in found.shown],
    }
