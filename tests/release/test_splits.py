import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsfa_data.recipe import SplitSection
from vsfa_data.release.splits import Selected, assign, draw, split_at

SHARES = SplitSection(train=0.6, validation=0.2, test=0.2)


def couples(count: int, first: int = 0) -> dict[str, Selected]:
    made = {}
    for n in range(first, first + count):
        made[f"t{n}"] = Selected("threat", f"t{n}", f"c{n}")
        made[f"c{n}"] = Selected("control", f"c{n}", f"t{n}")
    return made


def test_draw_is_the_documented_hash() -> None:
    digest = hashlib.sha256(b"7:split:abc").digest()
    assert draw(7, "abc") == pytest.approx(int.from_bytes(digest[:8], "big") / 2**64)
    assert draw(7, "abc") != draw(8, "abc")


@pytest.mark.parametrize(
    ("drawn", "split"),
    [(0.0, "train"), (0.59, "train"), (0.6, "validation"), (0.79, "validation"), (0.81, "test")],
)
def test_split_at_boundaries(drawn: float, split: str) -> None:
    assert split_at(drawn, SHARES) == split


def test_the_last_split_with_a_share_takes_what_rounding_leaves() -> None:
    shares = SplitSection(train=0.7, validation=0.3, test=0.0)
    assert split_at(1 - 2**-53, shares) == "validation"


def test_a_share_of_one_leaves_the_others_empty() -> None:
    shares = SplitSection(train=1.0, validation=0.0, test=0.0)
    assert set(assign(couples(50), shares, 0).values()) == {"train"}


def test_a_control_follows_its_threat_image() -> None:
    split = assign(couples(200), SHARES, 3)
    assert all(split[f"c{n}"] == split[f"t{n}"] for n in range(200))
    assert all(split[f"t{n}"] == split_at(draw(3, f"t{n}"), SHARES) for n in range(200))


def test_shares_are_met() -> None:
    split = assign(couples(2000), SHARES, 0)
    found = [list(split.values()).count(name) / 4000 for name in ("train", "validation", "test")]
    assert found == pytest.approx([0.6, 0.2, 0.2], abs=0.03)


def test_more_images_move_none_of_those_there() -> None:
    before = assign(couples(100), SHARES, 0)
    after = assign(couples(100, first=100) | couples(100), SHARES, 0)
    assert {image: after[image] for image in before} == before


def test_a_control_without_partner_is_drawn_for_itself() -> None:
    alone = {"c": Selected("control", "cc", None), "d": Selected("control", "dd", "gone")}
    assert assign(alone, SHARES, 5) == {
        "c": split_at(draw(5, "cc"), SHARES),
        "d": split_at(draw(5, "dd"), SHARES),
    }


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=20))
def test_no_cluster_straddles_splits_however_matches_tie_them(
    couples_of_clusters: list[tuple[int, int]],
) -> None:
    selection = {}
    for n, (threat, control) in enumerate(couples_of_clusters):
        selection[f"t{n}"] = Selected("threat", f"T{threat}", f"c{n}")
        selection[f"c{n}"] = Selected("control", f"C{control}", f"t{n}")
    split = assign(selection, SHARES, 0)
    places: dict[str, set[str]] = {}
    for image_id, one in selection.items():
        places.setdefault(one.cluster_id, set()).add(split[image_id])
    assert all(len(found) == 1 for found in places.values())
    assert all(split[f"t{n}"] == split[f"c{n}"] for n in range(len(couples_of_clusters)))


def rematched(count: int, shift: int) -> dict[str, Selected]:
    """`count` threat images, each matched to the control `shift` places on."""
    made = {}
    for n in range(count):
        other = (n + shift) % count
        made[f"t{n}"] = Selected("threat", f"t{n}", f"c{other}", f"concept {n % 7}")
        made[f"c{other}"] = Selected("control", f"c{other}", f"t{n}", f"concept {n % 5}")
    return made


@pytest.mark.parametrize("stratified", [False, True])
def test_no_image_moves_while_sets_grow_and_all_matches_change(*, stratified: bool) -> None:
    shares = SHARES.model_copy(update={"stratified": stratified})
    known: dict[str, str] = {}
    for version, count in enumerate((10, 11, 40, 41, 300)):
        found = assign(rematched(count, version), shares, 0, known)
        assert {image: found[image] for image in known} == known
        # A new control goes where its partner is.
        for image, one in rematched(count, version).items():
            if one.config == "control" and image not in known:
                assert found[image] == found[one.match_id or ""]
        known = found
    for config in "tc":
        of_config = [split for image, split in known.items() if image.startswith(config)]
        found_shares = [of_config.count(name) / 300 for name in ("train", "validation", "test")]
        assert found_shares == pytest.approx([0.6, 0.2, 0.2], abs=0.05 if stratified else 0.08)


def test_a_near_duplicate_that_comes_later_joins_its_cluster() -> None:
    shares = SplitSection(train=0.5, validation=0.0, test=0.5)
    for split in ("train", "test"):
        first = {"a": Selected("threat", "z", None)}
        later = first | {"b": Selected("threat", "z", "c"), "c": Selected("control", "y", "b")}
        assert assign(later, shares, 0, {"a": split}) == dict.fromkeys("abc", split)


def test_strata_have_equal_shares() -> None:
    shares = SHARES.model_copy(update={"stratified": True})
    selection = rematched(140, 0)
    found = assign(selection, shares, 1)
    for concept in range(7):
        names = [found[f"t{n}"] for n in range(140) if n % 7 == concept]
        counts = [names.count(split) for split in ("train", "validation", "test")]
        assert counts == pytest.approx([12, 4, 4], abs=1)
