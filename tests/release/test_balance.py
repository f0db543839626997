"""How alike the configs are, as manifest and card tell it."""

from __future__ import annotations

from collections.abc import Callable

from tests.release import samples
from vsfa_data import tables
from vsfa_data.release import balance, package
from vsfa_data.release.balance import Moments
from vsfa_data.release.inventory import read_manifest
from vsfa_data.release.manifest import Difference
from vsfa_data.stages import Shard

NOTED = b'{"size": {"before": 1.5, "after": 0.02}, "style=photo": {"before": -2.0, "after": -0.4}}'


def moments(*lengths: int) -> Moments:
    found = Moments()
    for length in lengths:
        found.add(length)
    return found


def test_captions_are_compared_in_standard_deviations() -> None:
    found = balance.of_captions(moments(10, 12, 14), moments(11, 11, 11))
    assert found == {"caption_length": Difference(before=None, after=0.866025)}
    assert balance.of_captions(moments(9, 9), moments(9))["caption_length"].after == 0.0
    assert balance.of_captions(moments(9), moments(8))["caption_length"].after == 1.0
    assert balance.of_captions(moments(9), moments()) == {}


def test_nothing_is_said_of_what_was_not_matched(make_shard: Callable[..., Shard]) -> None:
    assert balance.of_selection([]) == {}
    shards = samples.make_shards(make_shard, samples.pictures(1))
    assert balance.of_selection(shards) == {}


def test_manifest_and_card_tell_what_differs(make_shard: Callable[..., Shard]) -> None:
    shards = samples.make_shards(make_shard, samples.pictures(2))
    selection = shards[0].files[tables.SELECTION.name]
    selection.with_name(balance.NAME).write_bytes(NOTED)
    target = selection.parent / "release"
    package.package(samples.recipe(), shards, samples.funnel(4, 8), samples.IDENTITIES, target)
    made = read_manifest(target)
    assert made.balance["size"] == Difference(before=1.5, after=0.02)
    assert made.unbalanced[0] == "style=photo"
    assert set(made.balance) == {"size", "style=photo", "caption_length"}
    text = (target / "README.md").read_text(encoding="utf-8")
    assert "**missed by `style=photo`" in text
    assert "| `size` | `+1.50` | `+0.02` |" in text
    assert "| `caption_length` | unknown | `" in text
