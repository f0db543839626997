"""The rule that labels drawings and stamps."""

from __future__ import annotations

import pytest

from vsfa_data.filter import concepts
from vsfa_data.filter.fit_labels import THREAT, label


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("tools/weapons/ak47_01.png", "firearms"),
        ("tools/weapons/boomerang_01.png", None),
        ("tools/weapons/bullet_hole_linda_kim_aa.png", None),
        ("animals/mammals/bears/orso_architetto_francesc_01.png", "dangerous_animals"),
        ("animals/mammals/bears/sleeping_bear_under_sta_01.png", None),
        ("animals/mammals/raccoon_ganson.png", "neutral"),
        ("transportation/vehicles/hummer_02.png", "military_force"),
        ("transportation/vehicles/hummer_05.png", None),
        ("signs_and_symbols/biohazard_01.png", "toxic_and_biological_hazards"),
        ("signs_and_symbols/flags/historic/pirates/pirate_thomas_tew.png", "horror_figures"),
        ("signs_and_symbols/flags/africa/egypt.png", None),
        ("people/smilies/smile.png", None),
        ("recreation/games/cards/white/ace.png", None),
        ("food/fruit/kallisti-grenade_1_nurbl_01.png", "explosives"),
        ("food/fruit/pineapple.png", "neutral"),
        ("computer/hardware/laptop.png", "neutral"),
        ("computer/icons/firefox.png", None),
        ("shapes/stars/star.png", None),
        ("tools/weapons/katana_dudziak_tomek_01.png", "blades"),
        ("tools/weapons/m1_abrams_main_battle_tank_01.png", "military_force"),
        ("stamps/military/vehicles/bradley.png", "military_force"),
        ("stamps/military/vehicles/bradley_mirror.png", None),
        ("stamps/military/ammunition/old_naval_shell.png", "explosives"),
        ("stamps/animals/mammals/cats/lion.png", "dangerous_animals"),
        ("stamps/animals/mammals/cats/kitten.png", None),
        ("stamps/animals/mammals/bears/cartoon/teddy_bear.png", None),
        ("stamps/animals/insects/cartoon/spider.png", "dangerous_animals"),
        ("stamps/animals/birds/crow.png", "neutral"),
        ("stamps/symbols/chess/rook.png", None),
    ],
)
def test_a_drawing_shows_a_concept_nothing_of_the_kind_or_is_left_out(
    path: str, expected: str | None
) -> None:
    assert label(path) == expected


def test_every_label_is_a_concept_of_the_default_set_and_a_category_of_the_wide_one() -> None:
    assert set(THREAT) <= set(concepts.load("default").threat_names)
    assert set(THREAT) <= set(concepts.load("threats").categories)
