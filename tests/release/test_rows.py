from collections.abc import Callable

import pyarrow as pa
import pytest

from tests.release import samples
from vsfa_data.errors import CountError
from vsfa_data.release import rows
from vsfa_data.release.rows import Member
from vsfa_data.stages import Shard

# DESIGN: the published columns and their order.
COLUMNS = [
    *("image", "image_id", "messages", "qa", "caption", "labels"),
    *("concept", "concept_score", "threat_score"),
    *("source", "source_ref", "license", "license_url", "attribution", "title", "page_url"),
    *("width", "height", "phash", "cluster_id", "match_id"),
]


def member(picture: samples.Picture, position: int, match_id: str | None = None) -> Member:
    return Member(picture.config, "train", picture.cluster, match_id, position)


def test_columns_and_their_order() -> None:
    assert rows.SCHEMA.names == COLUMNS


def test_features_are_the_schema_with_an_image() -> None:
    features = rows.features()
    assert features.arrow_schema.equals(rows.SCHEMA)
    assert {name: type(feature).__name__ for name, feature in features.items()} == {
        name: {"image": "Image", "messages": "List", "qa": "List", "labels": "List"}.get(
            name, "Value"
        )
        for name in COLUMNS
    }
    assert b"huggingface" in features.arrow_schema.metadata


def test_one_row_in_full(make_shard: Callable[..., Shard]) -> None:
    picture = samples.Picture(samples.drawn(1), "threat", pairs=2)
    shard = make_shard(0, **samples.make_tables([picture], first=5))
    (found,) = rows.join(shard, {picture.image_id: member(picture, 5, "f" * 64)})
    qa = [
        {
            "question": f"What is shown in part {turn}?",
            "answer": f"Thing 5, part {turn}.",
            "family": ("object", "colour")[turn],
            "template_id": f"object/{turn}",
            "template_version": "1.0.0",
            "answer_source": "labels",
        }
        for turn in (0, 1)
    ]
    expected = {
        "image": {"bytes": picture.data, "path": None},
        "image_id": picture.image_id,
        "messages": [
            {"role": "user", "content": "What is shown in part 0?"},
            {"role": "assistant", "content": "Thing 5, part 0."},
            {"role": "user", "content": "What is shown in part 1?"},
            {"role": "assistant", "content": "Thing 5, part 1."},
        ],
        "qa": qa,
        "caption": "A picture of thing 5.",
        "labels": ["thing", "thing 5"],
        "concept": "blades",
        "concept_score": 0.105,
        "threat_score": 0.166667,
        "source": "folder",
        "source_ref": "pictures/5",
        "license": "CC0-1.0",
        "license_url": "https://creativecommons.org/publicdomain/zero/1.0/",
        "attribution": None,
        "title": "Picture 5",
        "page_url": "https://example.org/5",
        "width": 32,
        "height": 24,
        "phash": "0000000000000005",
        "cluster_id": picture.image_id,
        "match_id": "f" * 64,
    }
    assert found == (member(picture, 5, "f" * 64), expected)
    assert list(found[1]) == COLUMNS


def test_only_members_in_the_order_of_the_images(make_shard: Callable[..., Shard]) -> None:
    listed = [samples.Picture(samples.drawn(n), "threat") for n in range(6)]
    shard = make_shard(0, **samples.make_tables(listed))
    wanted = {listed[n].image_id: member(listed[n], n) for n in (5, 0, 3)}
    found = [row["image_id"] for _, row in rows.join(shard, wanted)]
    assert found == [listed[n].image_id for n in (0, 3, 5)]


def test_of_images_with_the_same_bytes_the_one_that_stands_is_published(
    make_shard: Callable[..., Shard],
) -> None:
    picture = samples.Picture(samples.drawn(1), "threat")
    made = samples.make_tables([picture])
    made["images"] = pa.concat_tables(samples.make_tables([picture], n)["images"] for n in range(3))
    wanted = {picture.image_id: member(picture, 1)}
    (found,) = rows.join(make_shard(0, **made), wanted)
    assert found[1]["source_ref"] == "pictures/1"


@pytest.mark.parametrize(
    ("lost", "message"),
    [
        ("scores", "it is published but has no score or no pair"),
        ("pairs", "it is published but has no score or no pair"),
        ("images", "it is published but its shard does not hold it"),
    ],
)
def test_a_lost_row_is_a_bug(make_shard: Callable[..., Shard], lost: str, message: str) -> None:
    picture = samples.Picture(samples.drawn(1), "threat")
    made = samples.make_tables([picture])
    made[lost] = made[lost].slice(0, 0)
    shard = make_shard(0, **made)
    with pytest.raises(CountError, match=message):
        list(rows.join(shard, {picture.image_id: member(picture, 0)}))


def test_rows_fit_the_schema(make_shard: Callable[..., Shard]) -> None:
    listed = samples.pictures(2)
    shard = make_shard(0, **samples.make_tables(listed))
    made = [
        row for _, row in rows.join(shard, {p.image_id: member(p, n) for n, p in enumerate(listed)})
    ]
    table = pa.Table.from_pylist(made, schema=rows.SCHEMA)
    assert table.to_pylist() == made
