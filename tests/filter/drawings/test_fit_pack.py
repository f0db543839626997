from __future__ import annotations

from pathlib import Path

import numpy as np

from vsfa_data import embedded
from vsfa_data.filter.drawings.fit_icons import Icon
from vsfa_data.filter.drawings.fit_pack import pack, shorter, unpack
from vsfa_data.filter.drawings.fit_topics import topics_of


def test_what_was_packed_is_unpacked(tmp_path: Path, some_icons: list[Icon]) -> None:
    pack(some_icons, tmp_path)
    lessons, vectors, topics = unpack(tmp_path)
    assert [one.text for one in lessons] == [0, 1, 1]
    assert lessons[0].tags == (2,)
    assert [(one.set, one.kind, one.box) for one in lessons] == [
        (one.set, one.kind, one.box) for one in some_icons
    ]
    fresh = embedded.text_model().encode(["crossed swords", "ring", "weapon"])
    np.testing.assert_allclose(vectors, fresh, atol=1e-3)
    assert topics.tolist() == topics_of(["crossed swords", "ring", "weapon"]).tolist()


def test_two_decimals_are_kept() -> None:
    assert shorter("M1.2345-.678 9.1") == "M1.23-.67 9.1"
