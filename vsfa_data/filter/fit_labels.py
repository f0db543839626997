"""Which of openclipart's drawings show a threat: a rule over folders and file names.

Made by looking at the drawings. Patterns are those of fnmatch, over paths relative to the
folder that the images are in.
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Final, Literal

THREAT: Final = (
    # weapons and military vehicles
    "tools/weapons/*", "tools/gallows*", "tools/nunchaku*", "*/kallisti-grenade*",
    "computer/icons/etiquette-theme/stock/knife*", "computer/icons/lemon-theme/apps/clanbomber*",
    "transportation/*m1_abrams*", "transportation/*military_airplane*",
    "transportation/*hummer_01*", "transportation/*hummer_02*",
    # predators and venomous animals
    "animals/mammals/bears/*", "animals/mammals/big_cats/*", "animals/mammals/*wolf_head*",
    "animals/scorpion*", "animals/bugs/spider*", "animals/bugs/ragn*",
    # hazard signs, skulls, fire
    "signs_and_symbols/hazard/*", "signs_and_symbols/Matieres*",
    "signs_and_symbols/RadiationsIonisantes*", "signs_and_symbols/radiations_ionisantes*",
    "signs_and_symbols/*isque*iologique*", "signs_and_symbols/biohazard*",
    "signs_and_symbols/radioactive*", "signs_and_symbols/nucleare*", "signs_and_symbols/ex_yves*",
    "signs_and_symbols/*inflammable*", "signs_and_symbols/corrosif*",
    "signs_and_symbols/tres_toxique*", "signs_and_symbols/skull*", "signs_and_symbols/teschio*",
    "signs_and_symbols/crossbones*", "people/skull*", "signs_and_symbols/flags/historic/pirates/*",
    "recreation/party/fire_*", "shapes/fire-ball*",
)  # fmt: skip
"""Drawings that show one of the threat concepts."""

DOUBTFUL: Final = (
    "*boomerang*", "*arrow-heart*", "*/shield_*", "*bullet_hole*", "*sleeping_bear*",
    "*bear_peterm*", "*2_dead_frogs*", "*MatieresNocives*", "*hummer_0[3-7]*", "*dinosaur*",
    "*dragon*", "*troll*", "*lindworm*", "*wasp*", "*virus*", "*orca*", "*bat_*", "*contour_bat*",
    "*police*", "*flame*", "*fireworks*", "*burner*", "*rocket*", "*warn*", "*danger*", "*nocif*",
    "*irritant*", "*comburant*", "tools/axe*", "tools/scalpel*", "tools/smoke*",
    "tools/insecticide*", "*chain*", "people/bad_guy*", "people/fire*", "transportation/fire_*",
)  # fmt: skip
"""Drawings that are neither clearly a threat nor clearly not, and bullet holes of a few pixels."""

THINGS: Final = (
    "animals/*", "buildings/*", "containers/*", "education/*", "electronics/*", "food/*",
    "people/*", "plants/*", "recreation/*", "science/*", "tools/*", "transportation/*",
    "computer/hardware/*", "computer/network/*",
)  # fmt: skip
"""Where neutral drawings come from: folders of things that a photograph could show as well."""

ABSTRACT: Final = (
    "people/smilies/*", "people/stickmen/*", "recreation/games/cards/*",
    "transportation/aiga-symbols/*", "transportation/roadsigns/*",
)  # fmt: skip
"""Folders among THINGS that hold icons and playing cards."""

Label = Literal["threat", "neutral"]


def label(path: str) -> Label | None:
    """What the drawing at `path` shows, or None if it is left out of the fit."""
    if _any(path, DOUBTFUL):
        return None
    if _any(path, THREAT):
        return "threat"
    return "neutral" if _any(path, THINGS) and not _any(path, ABSTRACT) else None


def _any(path: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(path, pattern) for pattern in patterns)
