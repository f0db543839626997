"""Which of openclipart's drawings and tuxpaint's stamps show a threat: a rule over their names.

Made by looking at the drawings, and for the stamps by their names before any was scored. Patterns
are those of fnmatch, over paths relative to the folder that openclipart is in; stamps stand below
`stamps/`. Hazard signs, skulls and pirate flags are threats here, though no ImageNet class shows
them: the concepts name them, and leaving them out would flatter the figures.
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Final

THREAT: Final = {
    "firearms": ("tools/weapons/*gun*", "tools/weapons/ak47*", "tools/weapons/m16*"),
    "explosives": (
        "tools/weapons/bomb*", "tools/weapons/fat_man*", "tools/weapons/little_boy*",
        "tools/weapons/projectile*", "*/kallisti-grenade*",
        "computer/icons/lemon-theme/apps/clanbomber*", "stamps/military/ammunition/*",
        "stamps/naturalforces/explosion*",
    ),
    "military_force": (
        "*m1_abrams*", "transportation/*military_airplane*", "transportation/*hummer_01*",
        "transportation/*hummer_02*", "tools/weapons/mortar*", "stamps/military/*",
    ),
    "blades": (
        "tools/weapons/*", "tools/nunchaku*", "computer/icons/etiquette-theme/stock/knife*",
        "stamps/town/monuments/cartoon/sword*",
    ),
    "crime_and_restraint": ("tools/gallows*", "stamps/town/houses/cartoon/jailhouse*"),
    "dangerous_animals": (
        "animals/mammals/bears/*", "animals/mammals/big_cats/*", "animals/mammals/*wolf_head*",
        "animals/scorpion*", "animals/bugs/spider*", "animals/bugs/ragn*",
        "stamps/animals/mammals/bears/*", "stamps/animals/mammals/cats/*",
        "stamps/animals/insects/cartoon/spider.*", "stamps/seasonal/halloween/spider*",
    ),
    "horror_figures": (
        "signs_and_symbols/hazard/cute_skull*", "signs_and_symbols/skull*",
        "signs_and_symbols/teschio*", "signs_and_symbols/crossbones*", "people/skull*",
        "signs_and_symbols/flags/historic/pirates/*", "stamps/seasonal/halloween/skull*",
        "stamps/seasonal/halloween/ghost*",
    ),
    "toxic_and_biological_hazards": (
        "signs_and_symbols/hazard/*", "signs_and_symbols/Matieres*",
        "signs_and_symbols/RadiationsIonisantes*", "signs_and_symbols/radiations_ionisantes*",
        "signs_and_symbols/*isque*iologique*", "signs_and_symbols/biohazard*",
        "signs_and_symbols/radioactive*", "signs_and_symbols/nucleare*",
        "signs_and_symbols/ex_yves*", "signs_and_symbols/*inflammable*",
        "signs_and_symbols/corrosif*", "signs_and_symbols/tres_toxique*",
    ),
    "fire_and_disaster": (
        "recreation/party/fire_*", "shapes/fire-ball*", "stamps/naturalforces/*",
    ),
    "violence_aftermath": ("stamps/town/cartoon/shipwreck*",),
}  # fmt: skip
"""Concept -> drawings that show it; of several patterns the first counts."""

DOUBTFUL: Final = (
    "*boomerang*", "*arrow-heart*", "*/shield_*", "*bullet_hole*", "*sleeping_bear*",
    "*bear_peterm*", "*2_dead_frogs*", "*MatieresNocives*", "*hummer_0[3-7]*", "*dinosaur*",
    "*dragon*", "*troll*", "*lindworm*", "*wasp*", "*virus*", "*orca*", "*bat_*", "*contour_bat*",
    "*police*", "*flame*", "*fireworks*", "*burner*", "*rocket*", "*warn*", "*danger*", "*nocif*",
    "*irritant*", "*comburant*", "tools/axe*", "tools/scalpel*", "tools/smoke*",
    "tools/insecticide*", "*chain*", "people/bad_guy*", "people/fire*", "transportation/fire_*",
    "stamps/*fireman*", "stamps/military/final-roll-call*",
    "stamps/animals/mammals/bears/cartoon/*",
    "stamps/animals/mammals/bears/toys/*", "stamps/animals/mammals/cats/kitten*",
    "stamps/animals/insects/cartoon/spider_*", "stamps/animals/insects/hornet*",
    "stamps/animals/mammals/dogs/dingo*", "stamps/animals/fish/lionfish*",
    "stamps/animals/birds/vulture*", "stamps/seasonal/halloween/*grave*",
    "stamps/seasonal/halloween/jackolantern*", "stamps/*candle*",
    "stamps/*fire_engine*", "stamps/*firetruck*",
    "stamps/town/cartoon/ruins*", "stamps/town/monuments/cartoon/graveyard*", "stamps/*/fort*",
    "stamps/clothes/armor/*", "stamps/plants/toadstool*", "stamps/cartoon/*", "stamps/*_mirror*",
)  # fmt: skip
"""Drawings that are neither clearly a threat nor clearly not, and bullet holes of a few pixels."""

THINGS: Final = (
    "animals/*", "buildings/*", "containers/*", "education/*", "electronics/*", "food/*",
    "people/*", "plants/*", "recreation/*", "science/*", "tools/*", "transportation/*",
    "computer/hardware/*", "computer/network/*", "stamps/*",
)  # fmt: skip
"""Where neutral drawings come from: folders of things that a photograph could show as well."""

ABSTRACT: Final = (
    "people/smilies/*", "people/stickmen/*", "recreation/games/cards/*",
    "transportation/aiga-symbols/*", "transportation/roadsigns/*", "stamps/symbols/*",
    "stamps/town/flags/*", "stamps/town/roadsigns/*",
)  # fmt: skip
"""Folders among THINGS that hold icons, playing cards, flags, letters and digits."""

NEUTRAL: Final = "neutral"


def label(path: str) -> str | None:
    """The concept that the drawing at `path` shows, NEUTRAL, or None: it is left out of the fit."""
    if _any(path, DOUBTFUL):
        return None
    for concept, patterns in THREAT.items():
        if _any(path, patterns):
            return concept
    return NEUTRAL if _any(path, THINGS) and not _any(path, ABSTRACT) else None


def _any(path: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(path, pattern) for pattern in patterns)
