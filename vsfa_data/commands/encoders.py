"""Options of the commands that run an encoder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from vsfa_data.recipe import FilterSection

EncoderName = Annotated[str, typer.Option("--encoder", help="embedded, open_clip, transformers.")]
Concepts = Annotated[
    str, typer.Option("--concepts", help="Concept set: default, threats, or a file.")
]
EncoderSets = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Option of the encoder (repeatable)."),
]
Calibration = Annotated[
    str | None, typer.Option("--calibration", help="File that vsfa-data calibrate made.")
]
Workers = Annotated[
    int | None, typer.Option(min=0, help="Worker processes; 0: in this one. Default: all cores.")
]


def chosen_filter(
    encoder: str,
    concepts: str,
    sets: list[str] | None,
    calibration: str | None,
    *,
    may_lack: bool,
) -> FilterSection:
    """The filter section that the options make.

    `may_lack`: where no calibration is given or lies in its place, do without one.
    """
    from vsfa_data.filter.calibration_files import path_for
    from vsfa_data.recipe import filter_section

    given = {"encoder": encoder, "concept_set": concepts, "calibration": calibration}
    plain = {
        **given,
        "uncalibrated": may_lack
        and calibration is None
        and not path_for(encoder, concepts).is_file(),
    }
    return filter_section(plain, sets or (), origin="--encoder and --set")
