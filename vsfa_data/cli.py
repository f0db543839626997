"""The command line: parses, calls, prints. No logic lives here, and no heavy import."""

from __future__ import annotations

import inspect
import itertools
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from vsfa_data import __version__
from vsfa_data.commands import (
    asked,
    calibrate,
    collecting,
    diff,
    export,
    forget,
    hub_sim,
    interrupt,
    models,
    push,
    replies,
    score,
    templates,
    verify,
)
from vsfa_data.commands import train as training
from vsfa_data.commands.output import AsJson
from vsfa_data.commands.output import print_json as _print_json
from vsfa_data.commands.output import say as _say
from vsfa_data.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable

app = typer.Typer(
    name="vsfa-data",
    help="Build and verify datasets for Visual Self-Fulfilling Alignment.",
    epilog="Example:  vsfa-data build",
    no_args_is_help=True,
    rich_markup_mode=None,  # plain help answers twice as fast and reads well in a pipe
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_STEP_HELP = {
    "build": "Run the whole pipeline: collect, filter, caption, ask, release.",
    "collect": "Collect and normalise images, then stop.",
    "filter": "Collect, score and select images, then stop.",
    "caption": "Go on to captions, then stop.",
    "ask": "Go on to questions and answers, then stop.",
    "release": "Go on to the release: the same as build.",
}
_STEP_EXAMPLES = {
    "build": (
        "vsfa-data build",
        "vsfa-data build quickstart --out out/mine --set filter.min_threat=0.7",
        "vsfa-data build my-recipe.yaml --limit 100 --workers 4",
    ),
    "collect": collecting.EXAMPLES,
    "filter": ("vsfa-data filter quickstart --set filter.max_per_concept=5",),
    "caption": ("vsfa-data caption quickstart --set caption.min_confidence=0.8",),
    "ask": (
        "vsfa-data ask quickstart --seed 7",
        "vsfa-data ask --set ask.pairs_per_image=4",
        "vsfa-data ask --show 5",
    ),
    "release": ("vsfa-data release quickstart --set version=1.1.0",),
}


def _step_command(step: str) -> Callable[..., None]:
    """The command that runs the pipeline up to `step`."""

    def command(
        recipe: Annotated[
            str, typer.Argument(help="Recipe: a name that `vsfa-data recipes` lists, or a file.")
        ] = "quickstart",
        *,
        out: Annotated[
            Path | None,
            typer.Option(help="Folder for the workspace and the release. Default: out/NAME."),
        ] = None,
        sets: Annotated[
            list[str] | None,
            typer.Option("--set", metavar="KEY=VALUE", help="Override a recipe key (repeatable)."),
        ] = None,
        seed: Annotated[int | None, typer.Option(help="Override the recipe's seed.")] = None,
        limit: Annotated[
            int | None, typer.Option(min=1, help="Collect at most this many images.")
        ] = None,
        workers: Annotated[
            int | None,
            typer.Option(min=0, help="Worker processes; 0 runs in this one. Default: all cores."),
        ] = None,
        shard_size: Annotated[
            int | None,
            typer.Option(min=1, max=100_000, help="Images in one shard. Default: 8 to 64."),
        ] = None,
        relist: Annotated[
            bool,
            typer.Option("--relist", help="Ask search services anew, whatever they said before."),
        ] = False,
        forgets: Annotated[
            list[str] | None,
            typer.Option(
                "--forget",
                metavar="REF",
                help="Only list an image (image_id or source_ref) as never to be collected again.",
            ),
        ] = None,
        reason: Annotated[str | None, typer.Option(help="Why it is to be forgotten.")] = None,
        show: Annotated[
            int, typer.Option(min=0, metavar="N", help="Print N whole conversations.")
        ] = 0,
        quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")] = False,
        as_json: AsJson = False,
    ) -> None:
        from vsfa_data import console
        from vsfa_data import recipe as recipes
        from vsfa_data.collect import listing
        from vsfa_data.pipeline import Job, build
        from vsfa_data.processes.arrow_alone import without_pandas

        overrides = [*(sets or ()), *([] if limit is None else [f"collect.limit={limit}"])]
        chosen = recipes.load(recipe, overrides, seed)
        folder = out or Path("out") / chosen.name
        if forgets is not None or reason is not None:
            if not forgets:
                raise UserError("--reason is for --forget: collect --forget REF [--reason TEXT]")
            forget.forget(chosen, folder, forgets, reason, as_json=as_json)
            return
        job = Job(
            recipe=chosen,
            out=folder,
            until="release" if step == "build" else step,
            workers=_cores() if workers is None else workers,
            shard_size=shard_size,
            relist=relist,
        )
        if listing.is_plain(chosen):
            without_pandas()
        try:
            with interrupt.terminable():
                if quiet or as_json:
                    built = build(job, console.Quiet())
                else:
                    with console.Bars() as bars:
                        built = build(job, bars)
                    console.show_built(built)
                    if built.released and recipes.describes_others(chosen):
                        _say(
                            "note: title and description are those of a shipped recipe, about "
                            "other pictures. Before you publish, give name, description, "
                            "release.pretty_name and release.license of your own, in a copy of it"
                        )
                    if step == "ask":
                        asked.show(folder, show)
        except KeyboardInterrupt as told:
            _say("interrupted. Run the same command again to go on: finished shards are kept")
            raise typer.Exit(interrupt.exit_code(told)) from None
        if as_json:
            said = console.as_json(built, chosen.model_dump(mode="json"))
            _print_json(said | (asked.as_json(folder, show) if step == "ask" else {}))

    command.__doc__ = _STEP_HELP[step]
    others = {"forgets": "collect", "reason": "collect", "show": "ask"}
    full = inspect.signature(command, eval_str=True)
    kept = [one for one in full.parameters.values() if others.get(one.name, step) == step]
    command.__signature__ = full.replace(parameters=kept)  # type: ignore[attr-defined]
    return command


def _epilog(examples: tuple[str, ...]) -> str:
    return "Examples:\n\n" + "\n\n".join(examples)


for _step, _help in _STEP_HELP.items():
    app.command(_step, help=_help, epilog=_epilog(_STEP_EXAMPLES[_step]))(_step_command(_step))


app.command(epilog=_epilog(verify.EXAMPLES))(verify.verify)


@app.command(epilog=_epilog(("vsfa-data recipes", "vsfa-data recipes --json")))
def recipes(*, as_json: AsJson = False) -> None:
    """List the recipes that ship with the toolkit."""
    from vsfa_data import console
    from vsfa_data import recipe as module

    found = {name: module.load(name) for name in module.available()}
    if as_json:
        _print_json({name: chosen.description for name, chosen in found.items()})
        return
    rows = [(name, chosen.version, chosen.description) for name, chosen in found.items()]
    console.show_list("recipes", ("name", "version", "description"), rows)


app.command(epilog=_epilog(templates.EXAMPLES))(templates.templates)


@app.command(epilog=_epilog(("vsfa-data concepts", "vsfa-data concepts threats --json")))
def concepts(
    concept_set: Annotated[str, typer.Argument(help="A name in concepts/ or a file.")] = "default",
    *,
    as_json: AsJson = False,
) -> None:
    """List the concepts that images are compared with: categories, concepts, descriptions."""
    from vsfa_data import console
    from vsfa_data.filter.concepts import load

    found = load(concept_set)
    if as_json:
        _print_json(found.as_json())
        return
    rows = [
        (one.category or "threat", one.name, "; ".join(one.descriptions)) for one in found.threat
    ]
    rows += [("neutral", one.name, "; ".join(one.descriptions)) for one in found.neutral]
    columns = ("category", "concept", "descriptions")
    console.show_list(f"concepts of '{concept_set}' {found.version}", columns, rows)
    shown = ", ".join(found.prompts)
    _say(f"{len(found.neutral_names) - len(found.neutral)} look-alikes. Prompts: {shown or 'none'}")


app.command("score", epilog=_epilog(score.EXAMPLES))(score.score)
app.command("calibrate", epilog=_epilog(calibrate.EXAMPLES))(calibrate.calibrate)
app.command(epilog=_epilog(diff.EXAMPLES))(diff.diff)
app.command(epilog=_epilog(push.EXAMPLES))(push.push)
app.command(epilog=_epilog(export.EXAMPLES))(export.export)
app.command("replies", epilog=_epilog(replies.EXAMPLES))(replies.replies)
app.command("hub-sim", epilog=_epilog(hub_sim.EXAMPLES))(hub_sim.hub_sim)


app.command(epilog=_epilog(models.EXAMPLES))(models.models)
training.add_to(app, _epilog)


@app.callback(invoke_without_command=True)
def _options(
    *,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        typer.echo(f"vsfa-data {__version__}")
        raise typer.Exit


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS
        return os.cpu_count() or 1


def _open_standard_streams() -> None:
    """Lead what is closed of stdin, stdout and stderr nowhere.

    Else the next file that is opened would take its number, and a child its place: the processes
    that decode pictures die of that.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # takes the lowest one


def _refuse_empty(arguments: list[str]) -> None:
    """Raise UserError for `--out "$DIR"` where DIR is not set: "" would mean the current folder."""
    for before, argument in itertools.pairwise(["vsfa-data", *arguments]):
        if not argument.strip():
            raise UserError(
                f"the argument after {before} is empty; say what you mean, or leave it out. "
                f"A shell variable may not be set"
            )


_MISUSED: Final[Any] = typer.BadParameter.__mro__[1]
"""UsageError: what typer raises for a wrong command line; it has no public name for it."""


def _misuse(error: Any) -> str:
    """One line for a command line that cannot be parsed, and what to run next."""
    told, command = error.format_message(), error.ctx.command_path if error.ctx else "vsfa-data"
    told = f"{told[:1].lower()}{told[1:]}".replace("Value error, ", "").rstrip(".")
    return f"error: {told}{'' if told.endswith('?') else '.'} Run: {command} --help"


def main() -> None:
    """Run it. Exit code 0: done; 2: the user's mistake, in one line; 1: a bug, its traceback."""
    _open_standard_streams()
    try:
        _refuse_empty(sys.argv[1:])
        sys.exit(app(standalone_mode=False))
    except typer.Abort:
        sys.exit(1)
    except _MISUSED as error:
        if sys.argv[1:]:
            _say(_misuse(error))
        else:
            error.show()
        sys.exit(2)
    except UserError as error:
        _say(f"error: {error}")
        sys.exit(2)
