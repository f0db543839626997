"""The score stage over real pictures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.filter.rows import image_row, recipe, sample_row, unique
from vsfa_data import pictures, tables
from vsfa_data.filter import calibration_files, concepts, feeding
from vsfa_data.filter.covariates import covariates
from vsfa_data.filter.encoders.embedded import EmbeddedEncoder
from vsfa_data.filter.score import ScoreStage
from vsfa_data.stages import Shard

NAMES = (
    "pets-kitten.jpg", "blades-sword.png", "animals-duck.jpg", "firearms-m16-rifle.png",
)  # fmt: skip
MakeShard = Callable[..., Shard]


@pytest.fixture(scope="module")
def stage(encoder: EmbeddedEncoder) -> ScoreStage:
    assert encoder.logit_scale == 20.0  # its weights are loaded already
    opened = ScoreStage(recipe())
    opened.open()
    return opened


def rows_of(names: tuple[str, ...]) -> list[dict[str, Any]]:
    return [sample_row(position, name) for position, name in enumerate(names)]


def scored(stage: ScoreStage, shard: Shard) -> list[dict[str, Any]]:
    output = stage.process(shard)
    assert output.rejects.num_rows == 0
    assert output.counted == output.rows.num_rows
    assert output.rows.schema == tables.SCORES.schema
    found: list[dict[str, Any]] = output.rows.to_pylist()
    return found


def test_every_unique_image_gets_one_row_in_order(stage: ScoreStage, make_shard: MakeShard) -> None:
    rows = rows_of(NAMES)
    shard = make_shard(0, images=tables.IMAGES.build(rows), unique=unique(rows))
    found = scored(stage, shard)
    assert [row["image_id"] for row in found] == [row["image_id"] for row in rows]
    assert [row["concept"] for row in found][1::2] == ["blades", "firearms"]
    image = pictures.decode(rows[1]["image"])
    assert {name: found[1][name] for name in covariates(image)} == covariates(image)
    for row in found:
        assert row == {k: round(v, 6) if isinstance(v, float) else v for k, v in row.items()}


def test_neither_batch_nor_shard_changes_a_row(
    stage: ScoreStage, make_shard: MakeShard, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = rows_of(NAMES)
    whole = make_shard(0, images=tables.IMAGES.build(rows), unique=unique(rows))
    expected = scored(stage, whole)
    monkeypatch.setattr(feeding, "CHUNK", 1)
    monkeypatch.setattr(EmbeddedEncoder, "batch_size", 3)
    assert scored(stage, whole) == expected
    alone = make_shard(1, images=tables.IMAGES.build(rows[2:3]), unique=unique(rows[2:3]))
    assert scored(stage, alone) == expected[2:3]


def test_images_that_are_not_unique_are_left_out(stage: ScoreStage, make_shard: MakeShard) -> None:
    rows = rows_of(NAMES)
    twice = [*rows, {**rows[0], "position": 4}]
    shard = make_shard(0, images=tables.IMAGES.build(twice), unique=unique([rows[2], rows[3]]))
    assert [row["image_id"] for row in scored(stage, shard)] == [
        rows[2]["image_id"], rows[3]["image_id"],
    ]  # fmt: skip


def test_an_empty_shard_stays_empty(stage: ScoreStage, make_shard: MakeShard) -> None:
    images = tables.IMAGES.build([image_row(0, b"not decoded")])
    assert scored(stage, make_shard(0, images=images, unique=tables.UNIQUE.empty())) == []


def test_a_picture_that_does_not_decode_is_a_bug(stage: ScoreStage, make_shard: MakeShard) -> None:
    rows = [image_row(0, b"no picture")]
    shard = make_shard(0, images=tables.IMAGES.build(rows), unique=unique(rows))
    with pytest.raises(OSError, match="cannot identify image file"):
        stage.process(shard)


def test_thresholds_and_chosen_concepts_are_no_settings(encoder: EmbeddedEncoder) -> None:
    plain = ScoreStage(recipe())
    other = ScoreStage(recipe(seed=5, min_threat=0.9, concepts=("blades",), control="none"))
    assert plain.settings() == other.settings() == {"encoder": "embedded"}
    used = concepts.load("default")
    assert plain.identities() == other.identities() == {
        "encoder": encoder.identity,
        "concept_set": f"{used.version} sha256:{used.content_hash}",
        "calibration": calibration_files.described(recipe().filter),
    }  # fmt: skip


def test_batches_go_across_shards_of_a_stage_that_runs_alone(
    stage: ScoreStage, make_shard: MakeShard, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = rows_of(NAMES)
    parts = [rows[:1], [], rows[1:], []]
    shards = [
        make_shard(at, images=tables.IMAGES.build(part), unique=unique(part))
        for at, part in enumerate(parts)
    ]
    expected = [scored(stage, shard) for shard in shards]
    monkeypatch.setattr(EmbeddedEncoder, "on_accelerator", True)
    found = list(stage.process_all(shards))
    assert [output.rows.to_pylist() for output in found] == expected
    assert [output.counted for output in found] == [1, 0, 3, 0]


def test_only_a_gpu_makes_the_stage_run_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not ScoreStage(recipe()).alone()
    monkeypatch.setattr(EmbeddedEncoder, "on_accelerator", True)
    assert ScoreStage(recipe()).alone()
