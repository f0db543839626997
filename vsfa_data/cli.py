"""The command line: parses, calls, prints. No logic lives here, and no heavy import."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vsfa_data import __version__
from vsfa_data.errors import UserError, printable

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

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]

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
        "vsfa-data build quickstart --out out/mine --set filter.min_threat=0.6",
        "vsfa-data build my-recipe.yaml --limit 100 --workers 4",
    ),
    "collect": (
        "vsfa-data collect quickstart --out out/mine",
        "vsfa-data collect --set 'collect.sources=[{source: urls, path: list.csv}]'",
        "vsfa-data collect --json",
    ),
    "filter": ("vsfa-data filter quickstart --set filter.max_per_concept=5",),
    "caption": ("vsfa-data caption quickstart --set caption.min_confidence=0.8",),
    "ask": ("vsfa-data ask quickstart --seed 7", "vsfa-data ask --set ask.pairs_per_image=4"),
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
        quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")] = False,
        as_json: AsJson = False,
    ) -> None:
        from vsfa_data import console
        from vsfa_data import recipe as recipes
        from vsfa_data.pipeline import Job, build

        overrides = [*(sets or ()), *([] if limit is None else [f"collect.limit={limit}"])]
        chosen = recipes.load(recipe, overrides, seed)
        job = Job(
            recipe=chosen,
            out=out or Path("out") / chosen.name,
            until="release" if step == "build" else step,
            workers=_cores() if workers is None else workers,
            shard_size=shard_size,
        )
        try:
            if quiet or as_json:
                built = build(job, console.Quiet())
            else:
                with console.Bars() as bars:
                    built = build(job, bars)
                console.show_built(built)
        except KeyboardInterrupt:
            _say("interrupted. Run the same command again to go on: finished shards are kept")
            raise typer.Exit(130) from None
        if as_json:
            _print_json(console.as_json(built, chosen.model_dump(mode="json")))

    command.__doc__ = _STEP_HELP[step]
    return command


def _epilog(examples: tuple[str, ...]) -> str:
    return "Examples:\n\n" + "\n\n".join(examples)


for _step, _help in _STEP_HELP.items():
    app.command(_step, help=_help, epilog=_epilog(_STEP_EXAMPLES[_step]))(_step_command(_step))


@app.command(epilog=_epilog(("vsfa-data verify out/quickstart",)))
def verify(
    folder: Annotated[Path, typer.Argument(help="A release folder, or the --out of a build.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Recompute every hash and count of a release and compare them with its manifest."""
    from vsfa_data import console
    from vsfa_data.release.verify import verify as check

    found = check(folder)
    if as_json:
        _print_json(
            {
                "verified": not found.problems,
                "fingerprint": found.fingerprint,
                "configs": found.counts,
                "problems": found.problems,
            }
        )
    elif not found.problems:
        rows = [
            (config, split, str(count))
            for config, splits in found.counts.items()
            for split, count in splits.items()
        ]
        console.show_table("verified", ("config", "split", "images"), rows)
        console.stderr.print(f"fingerprint: {found.fingerprint}")
    if found.problems:
        for problem in found.problems[:20]:
            _say(problem)
        raise UserError(
            f"{folder} is not as its manifest says: {len(found.problems)} problem(s), named "
            f"above. Build or download it again"
        )


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
    console.show_table("recipes", ("name", "version", "description"), rows)


@app.command(epilog=_epilog(("vsfa-data templates", "vsfa-data templates --json")))
def templates(*, as_json: AsJson = False) -> None:
    """List the question families, with an example of each."""
    from vsfa_data import console
    from vsfa_data.ask.template import load_all

    found = load_all("all")
    if as_json:
        _print_json({one.id: one.description for one in found})
        return
    rows = [(one.id, one.group, one.examples[0].question, one.examples[0].answer) for one in found]
    console.show_table("question families", ("name", "group", "question", "answer"), rows)


@app.command(epilog=_epilog(("vsfa-data concepts", "vsfa-data concepts --json")))
def concepts(
    concept_set: Annotated[str, typer.Argument(help="A name in concepts/ or a file.")] = "default",
    *,
    as_json: AsJson = False,
) -> None:
    """List the concepts that images are compared with."""
    from vsfa_data import console
    from vsfa_data.filter.concepts import load

    found = load(concept_set)
    rows = [
        (one.name, kind, "; ".join(one.descriptions))
        for kind, group in (("threat", found.threat), ("neutral", found.neutral))
        for one in group
    ]
    if as_json:
        _print_json({name: {"kind": kind, "descriptions": text} for name, kind, text in rows})
        return
    console.show_table(f"concepts of '{concept_set}'", ("name", "kind", "descriptions"), rows)


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


def _print_json(value: Any) -> None:
    import json

    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


def _say(text: str) -> None:
    """One line on stderr, whatever is in it."""
    typer.echo(printable(text), err=True)


def main() -> None:
    """Run it. Exit code 0: done; 2: the user's mistake, in one line; 1: a bug, its traceback."""
    try:
        app()
    except UserError as error:
        _say(f"error: {error}")
        sys.exit(2)
