"""The rule that labels openclipart's drawings."""

from __future__ import annotations

import pytest

from vsfa_data.filter.fit_labels import label


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("tools/weapons/ak47_01.png", "threat"),
        ("tools/weapons/boomerang_01.png", None),
        ("tools/weapons/bullet_hole_linda_kim_aa.png", None),
        ("animals/mammals/bears/orso_architetto_francesc_01.png", "threat"),
        ("animals/mammals/bears/sleeping_bear_under_sta_01.png", None),
        ("animals/mammals/raccoon_ganson.png", "neutral"),
        ("transportation/vehicles/hummer_02.png", "threat"),
        ("transportation/vehicles/hummer_05.png", None),
        ("signs_and_symbols/biohazard_01.png", "threat"),
        ("signs_and_symbols/flags/historic/pirates/pirate_thomas_tew.png", "threat"),
        ("signs_and_symbols/flags/africa/egypt.png", None),
        ("people/smilies/smile.png", None),
        ("recreation/games/cards/white/ace.png", None),
        ("food/fruit/kallisti-grenade_1_nurbl_01.png", "threat"),
        ("food/fruit/pineapple.png", "neutral"),
        ("computer/hardware/laptop.png", "neutral"),
        ("computer/icons/firefox.png", None),
        ("shapes/stars/star.png", None),
    ],
)
def test_a_drawing_is_a_threat_neutral_or_left_out(path: str, expected: str | None) -> None:
    assert label(path) == expected
