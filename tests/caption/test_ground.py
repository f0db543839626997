"""The stage over real photographs, as the filter's encoder has seen them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import pytest

from tests.filter.rows import sample_row, score_row
from vsfa_data import pictures, recipe, tables
from vsfa_data.caption.ground import GroundStage
from vsfa_data.errors import UserError
from vsfa_data.filter.encoders.embedded import EmbeddedEncoder, EmbeddedOptions
from vsfa_data.stages import Output, Shard

CAPTIONS: Mapping[str, str] = {
    "animals-clownfish.jpg": "An orange clownfish with white stripes.",
    "animals-cow.jpg": "A cow stands on a green meadow.",
    "animals-jaguars.jpg": "A jaguar licks another jaguar.",
    "animals-scarlet-macaw.jpg": "A red parrot with a curved beak.",
    "buildings-pont-du-gard.jpg": "An old aqueduct of stone with many arches.",
    "food-coffee-cup.jpg": "A cup of coffee on a saucer with a spoon.",
    "furniture-white-chair.jpg": "A white chair.",
    "household-pillow.jpg": "A pillow lies on a bed.",
    "pets-tabby-cat.jpg": "A striped cat looks into the camera.",
    "tools-tape-measure.jpg": "A tape measure.",
}
SWAPPED = {"food-coffee-cup.jpg": "pets-tabby-cat.jpg"}
MakeShard = Callable[..., Shard]


@cache
def vectors() -> dict[str, bytes]:
    """What the score stage writes of each picture."""
    encoder = EmbeddedEncoder(EmbeddedOptions())
    encoder.open()
    images = [pictures.decode(sample_row(0, name)["image"]) for name in CAPTIONS]
    found = encoder.encode_images(images)
    return {name: row.astype("<f2").tobytes() for name, row in zip(CAPTIONS, found, strict=True)}


def shard(
    make_shard: MakeShard, number: int, captions: Mapping[str, str], worded_by: str = "model"
) -> Shard:
    rows = {name: sample_row(at, name) for at, name in enumerate(captions)}
    captioned = [
        {
            "image_id": rows[name]["image_id"],
            "caption": caption,
            "labels": [],
            "facts": dict.fromkeys(field.name for field in tables.FACTS),
            "told": [],
            "worded_by": worded_by,
            "captioner": "any",
        }
        for name, caption in captions.items()
    ]
    scores = [score_row(rows[name], 0.5) | {"vector": vectors()[name]} for name in captions]
    return make_shard(
        number, captions=tables.CAPTIONS.build(captioned), scores=tables.SCORES.build(scores)
    )


def stage(**caption: Any) -> GroundStage:
    chosen = recipe.load("vlm", [f"caption.{key}={value}" for key, value in caption.items()])
    return GroundStage(chosen)


def swapped() -> dict[str, str]:
    both = {one: CAPTIONS[other] for one, other in SWAPPED.items()}
    return {**CAPTIONS, **both, **{b: CAPTIONS[a] for a, b in SWAPPED.items()}}


def rejected(outputs: list[Output]) -> list[dict[str, Any]]:
    for output in outputs:
        assert output.counted == output.rows.num_rows + output.rejects.num_rows
        assert output.rows.schema == tables.GROUNDED.schema
    return [row for output in outputs for row in output.rejects.to_pylist()]


def test_right_captions_are_kept_and_swapped_ones_are_not(make_shard: MakeShard) -> None:
    right = list(stage().process([shard(make_shard, 0, CAPTIONS)]))
    assert rejected(right) == []
    assert max(right[0].rows["better"].to_pylist()) <= 0.5
    found = rejected(list(stage().process([shard(make_shard, 1, swapped())])))
    assert [row["image_id"] for row in found] == [
        sample_row(0, one)["image_id"] for one in ("food-coffee-cup.jpg", "pets-tabby-cat.jpg")
    ]
    assert {(row["step"], row["reason"]) for row in found} == {("caption", "ungrounded_caption")}
    assert (
        found[0]["detail"]
        == "100% of other captions fit better: A striped cat looks into the camera."
    )


def test_shards_do_not_matter(make_shard: MakeShard) -> None:
    listed = list(swapped().items())
    whole = list(stage().process([shard(make_shard, 0, dict(listed))]))
    parts = [dict(listed[:3]), {}, dict(listed[3:])]
    split = list(stage().process([shard(make_shard, n, part) for n, part in enumerate(parts, 1)]))
    assert [output.counted for output in split] == [3, 0, 7]
    assert [row for output in split for row in output.rows.to_pylist()] == whole[0].rows.to_pylist()
    assert rejected(split) == rejected(whole)


@pytest.mark.parametrize("case", ["none", "by rules", "few", "told otherwise"])
def test_where_nothing_is_judged_all_pass(make_shard: MakeShard, case: str) -> None:
    captions = dict(list(swapped().items())[: 8 if case == "few" else None])
    worded_by = "rules" if case == "by rules" else "model"
    given = {"none": {"grounding": "none"}, "told otherwise": {"grounding": 1.0}}.get(case, {})
    made = stage(**given)
    (output,) = made.process([shard(make_shard, 0, captions, worded_by)])
    assert output.rejects.num_rows == 0
    assert output.rows["better"].null_count == (0 if case == "told otherwise" else len(captions))


def test_what_words_by_rules_needs_no_encoder() -> None:
    embedded = GroundStage(recipe.load("quickstart", []))
    assert (embedded.settings()["grounding"], embedded.identities()) == (None, {})
    assert stage().settings()["grounding"] == 0.7
    assert "conse" in stage().identities()["encoder"]
    assert stage(grounding=0.3).settings()["grounding"] == 0.3


@pytest.mark.parametrize("given", ["1.5", "-0.1", ".nan", "off", "maybe"])
def test_a_share_that_is_none_is_refused(given: str) -> None:
    with pytest.raises(
        UserError, match=r"caption.grounding: .*must be a share from 0 to 1, or encoder, or none"
    ):
        stage(grounding=given)
