from collections.abc import Callable

import pytest

from tests.release import samples
from vsfa_data.errors import CountError
from vsfa_data.release.survey import survey
from vsfa_data.stages import Shard


def couples(count: int) -> list[samples.Picture]:
    listed = []
    for n in range(count):
        threat = samples.Picture(samples.drawn(2 * n), "threat")
        control = samples.Picture(samples.drawn(2 * n + 1), "control")
        threat.match_id, control.match_id = control.image_id, threat.image_id
        listed += [threat, control]
    return listed


def keeping() -> samples.SampleRecipe:
    recipe = samples.recipe()
    return recipe.model_copy(
        update={"filter": recipe.filter.model_copy(update={"unmatched": "keep"})}
    )


def test_members_and_partners(make_shard: Callable[..., Shard]) -> None:
    listed = couples(4)
    found = survey(samples.recipe(), samples.make_shards(make_shard, listed, 3))
    assert list(found.members) == [picture.image_id for picture in listed]
    assert found.rejects == []
    assert found.counted == (3, 3, 2)
    for picture in listed:
        member = found.members[picture.image_id]
        assert (member.config, member.match_id) == (picture.config, picture.match_id)
        assert member.cluster_id == picture.image_id
        assert picture.match_id is not None
        assert member.split == found.members[picture.match_id].split


def test_no_pairs_is_a_reject_and_moves_nobody_else(make_shard: Callable[..., Shard]) -> None:
    listed = couples(6)
    whole = survey(keeping(), samples.make_shards(make_shard, listed))
    listed[0].pairs = 0
    found = survey(keeping(), samples.make_shards(make_shard, listed))
    assert found.rejects == [
        {
            "step": "release",
            "reason": "no_pairs",
            "image_id": listed[0].image_id,
            "source_ref": None,
            "detail": None,
        }
    ]
    assert found.members[listed[1].image_id].match_id is None
    assert {image_id: member.split for image_id, member in found.members.items()} == {
        image_id: member.split
        for image_id, member in whole.members.items()
        if image_id != listed[0].image_id
    }


def test_a_partner_goes_with_the_image_that_fell_away(make_shard: Callable[..., Shard]) -> None:
    listed = couples(6)
    listed[0].pairs = listed[5].pairs = 0
    found = survey(samples.recipe(), samples.make_shards(make_shard, listed, 5))
    assert [(row["reason"], row["image_id"]) for row in found.rejects] == [
        ("no_pairs", listed[0].image_id),
        ("no_pairs", listed[5].image_id),
        ("no_partner", listed[1].image_id),
        ("no_partner", listed[4].image_id),
    ]
    assert list(found.members) == [
        one.image_id for at, one in enumerate(listed) if at not in {0, 1, 4, 5}
    ]
    assert all(member.match_id in found.members for member in found.members.values())


def test_a_config_that_is_not_released(make_shard: Callable[..., Shard]) -> None:
    listed = couples(2)
    recipe = samples.recipe(configs=("threat",))
    found = survey(recipe, samples.make_shards(make_shard, listed))
    assert [row["reason"] for row in found.rejects] == ["not_released", "not_released"]
    assert [member.match_id for member in found.members.values()] == [None, None]


def test_an_image_without_caption_is_no_business_of_release(
    make_shard: Callable[..., Shard],
) -> None:
    listed = couples(1)
    made = samples.make_tables(listed)
    made["grounded"] = made["grounded"].slice(0, 1)
    found = survey(keeping(), [make_shard(0, **made)])
    assert list(found.members) == [listed[0].image_id]
    assert found.members[listed[0].image_id].match_id is None
    assert (found.rejects, found.counted) == ([], (1,))


def test_a_caption_of_an_image_that_was_not_selected_is_a_bug(
    make_shard: Callable[..., Shard],
) -> None:
    made = samples.make_tables(couples(1))
    made["selection"] = made["selection"].slice(0, 1)
    with pytest.raises(CountError, match="has a caption but was never selected"):
        survey(samples.recipe(), [make_shard(0, **made)])
