"""`vsfa-data build`, and the commands that stop after one of its steps."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from vsfa_data.commands import asked, collecting, forget, interrupt
from vsfa_data.commands import step_options as options
from vsfa_data.commands.as_json import AsJson
from vsfa_data.console.output import print_json, say
from vsfa_data.errors import UserError

if TYPE_CHECKING:
    from vsfa_data.pipeline import Built, Job

HELP: Final = {
    "build": "Run the whole pipeline: collect, filter, caption, ask, release.",
    "collect": "Collect and normalise images, then stop.",
    "filter": "Collect, score and select images, then stop.",
    "caption": "Go on to captions, then stop.",
    "ask": "Go on to questions and answers, then stop.",
    "release": "Go on to the release: the same as build.",
}
EXAMPLES: Final = {
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


def step_command(step: str) -> Callable[..., None]:
    """The command that runs the pipeline up to `step`."""

    def command(
        recipe: options.Recipe = "quickstart",
        *,
        out: options.Out = None,
        sets: options.Sets = None,
        seed: options.Seed = None,
        limit: options.Limit = None,
        workers: options.Workers = None,
        shard_size: options.ShardSize = None,
        relist: options.Relist = False,
        forgets: options.Forgets = None,
        reason: options.Reason = None,
        show: options.Show = 0,
        quiet: options.Quiet = False,
        as_json: AsJson = False,
    ) -> None:
        from vsfa_data import recipe as recipes
        from vsfa_data.pipeline import Job
        from vsfa_data.processes.pool import cores

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
            workers=cores() if workers is None else workers,
            shard_size=shard_size,
            relist=relist,
        )
        _run(job, step, show, quiet=quiet, as_json=as_json)

    command.__doc__ = HELP[step]
    others = {"forgets": "collect", "reason": "collect", "show": "ask"}
    full = inspect.signature(command, eval_str=True)
    kept = [one for one in full.parameters.values() if others.get(one.name, step) == step]
    command.__signature__ = full.replace(parameters=kept)  # type: ignore[attr-defined]
    return command


def _run(job: Job, step: str, show: int, *, quiet: bool, as_json: bool) -> None:
    from vsfa_data.collect import listing
    from vsfa_data.console import built as shown
    from vsfa_data.pipeline import Quiet, build
    from vsfa_data.processes.arrow_alone import without_pandas

    if listing.is_plain(job.recipe):
        without_pandas()
    try:
        with interrupt.terminable():
            built = build(job, Quiet()) if quiet or as_json else _watched(job, step, show)
    except KeyboardInterrupt as told:
        say("interrupted. Run the same command again to go on: finished shards are kept")
        raise typer.Exit(interrupt.exit_code(told)) from None
    if as_json:
        said = shown.as_json(built, job.recipe.model_dump(mode="json"))
        print_json(said | (asked.as_json(job.out, show) if step == "ask" else {}))


def _watched(job: Job, step: str, show: int) -> Built:
    """Build with bars, and tell what came of it."""
    from vsfa_data import recipe as recipes
    from vsfa_data.console import streams
    from vsfa_data.console.bars import Bars
    from vsfa_data.console.built import show_built
    from vsfa_data.pipeline import build

    with Bars() as bars:
        built = build(job, bars)
    # Conversations that were asked for are the result; else it is what the build came to.
    show_built(built, streams.stderr if show else streams.stdout)
    if built.released and recipes.describes_others(job.recipe):
        say(
            "note: title and description are those of a shipped recipe, about other pictures. "
            "Before you publish, give name, description, release.pretty_name and release.license "
            "of your own, in a copy of it"
        )
    if step == "ask":
        asked.show(job.out, show)
    return built
