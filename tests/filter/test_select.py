"""The select stage: counts add up, controls are matched, nothing depends on shards."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.filter.rows import image_row, recipe, score_row
from tests.filter.test_calibration import made
from vsfa_data import tables
from vsfa_data.errors import UserError
from vsfa_data.filter.select import SelectStage
from vsfa_data.stages import Shard

MakeShard = Callable[..., Shard]
SCORED = ("concept", "brightness", "detail", "neutral_concept", "contrast", "sharpness", "mark")
Rows = list[tuple[dict[str, Any], dict[str, Any]]]


def unique_of(images: Iterable[dict[str, Any]]) -> pa.Table:
    names = tables.UNIQUE.names
    return tables.UNIQUE.build({name: image[name] for name in names} for image in images)


def select(make_shard: MakeShard, rows: Rows, size: int = 100, **given: Any) -> list[Any]:
    """Outputs of the stage over shards of `size` rows."""
    parts = [rows[start : start + size] for start in range(0, max(len(rows), 1), size)]
    shards = [
        make_shard(
            number,
            images=tables.IMAGES.build(image for image, _ in part),
            unique=unique_of(image for image, _ in part),
            scores=tables.SCORES.build(score for _, score in part),
        )
        for number, part in enumerate(parts)
    ]
    outputs = list(SelectStage(recipe(**given)).process(shards))
    assert [output.counted for output in outputs] == [len(part) for part in parts]
    for output in outputs:
        assert output.counted == output.rows.num_rows + output.rejects.num_rows
        assert output.rows.schema == tables.SELECTION.schema
    return outputs


def stage_and_shard(make_shard: MakeShard, rows: Rows, **given: Any) -> tuple[SelectStage, Shard]:
    shard = make_shard(
        0,
        images=tables.IMAGES.build(image for image, _ in rows),
        unique=unique_of(image for image, _ in rows),
        scores=tables.SCORES.build(score for _, score in rows),
    )
    return SelectStage(recipe(**given)), shard


def kept(outputs: list[Any]) -> dict[str, tuple[str, str | None, str]]:
    return {
        row["image_id"]: (row["config"], row["match_id"], row["cluster_id"])
        for output in outputs
        for row in output.rows.to_pylist()
    }


def rejected(outputs: list[Any]) -> list[tuple[str, str, str | None]]:
    return [
        (row["source_ref"], row["reason"], row["detail"])
        for output in outputs
        for row in output.rejects.to_pylist()
    ]


def row(position: int, threat: float, **given: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    scores = {k: given.pop(k) for k in SCORED if k in given}
    image = image_row(position, **given)
    return image, score_row(image, threat, **scores)


def test_every_row_is_kept_or_rejected_with_its_reason(make_shard: MakeShard) -> None:
    rows = [
        row(0, 0.9, brightness=0.2),
        row(1, 0.6, brightness=0.8),
        row(2, 0.9, phash=image_row(0)["phash"]),
        row(3, 0.3),
        row(4, 0.1, brightness=0.75),
        row(5, 0.1, brightness=0.25),
        row(6, 0.1, brightness=0.5),
        row(7, 0.7, concept="firearms"),
    ]
    names = [image["image_id"] for image, _ in rows]
    found = select(make_shard, rows, concepts=("blades",))
    assert kept(found) == {
        names[0]: ("threat", names[5], names[0]),
        names[1]: ("threat", names[4], names[1]),
        names[4]: ("control", names[1], names[4]),
        names[5]: ("control", names[0], names[5]),
    }
    assert rejected(found) == [
        ("2.png", "near_duplicate", f"of {names[0]}"),
        ("3.png", "between_thresholds", "threat_score 0.300, concept blades"),
        ("6.png", "not_matched", "threat_score 0.100"),
        ("7.png", "other_concept", "threat_score 0.700, concept firearms"),
    ]
    (rejects,) = (output.rejects.to_pylist() for output in found)
    assert {row["step"] for row in rejects} == {"filter"}
    assert rejects[0]["image_id"] == names[2]


def test_a_picture_is_judged_by_the_licence_that_stands(make_shard: MakeShard) -> None:
    """The same picture was collected three times; the second time is the one that counts."""
    (first, scored), control = row(0, 0.9), row(9, 0.1)
    licenses = ("CC0-1.0", "CC-BY-4.0", "CC-BY-NC-4.0")
    times = [first | {"position": n, "license": name} for n, name in enumerate(licenses)]
    shard = make_shard(
        0,
        images=tables.IMAGES.build([*times, control[0]]),
        unique=unique_of([times[1], control[0]]),
        scores=tables.SCORES.build([scored, control[1]]),
    )
    (found,) = SelectStage(recipe(licenses=("attribution",), unmatched="keep")).process([shard])
    assert [one["position"] for one in found.rows.to_pylist()][:1] == [1]


def test_shards_do_not_change_what_is_selected(make_shard: MakeShard) -> None:
    rows = [
        row(n, (n * 37 % 100) / 100, brightness=(n * 53 % 89) / 89, detail=(n * 29 % 83) / 83)
        for n in range(60)
    ]
    whole = select(make_shard, rows, unmatched="keep")
    parts = select(make_shard, rows, size=7, unmatched="keep")
    assert len(parts) == 9
    assert kept(parts) == kept(whole)
    assert rejected(parts) == rejected(whole)
    configs = [config for config, _, _ in kept(whole).values()]
    assert configs.count("control") == sum(score["threat_score"] <= 0.2 for _, score in rows) == 12
    assert configs.count("threat") == sum(score["threat_score"] >= 0.5 for _, score in rows) == 30


def test_a_threat_without_a_control_is_rejected_or_stays_alone(make_shard: MakeShard) -> None:
    rows = [row(0, 0.9), row(1, 0.9, brightness=0.9), row(2, 0.1)]
    names = [image["image_id"] for image, _ in rows]
    pair = {names[0]: ("threat", names[2], names[0]), names[2]: ("control", names[0], names[2])}
    found = select(make_shard, rows)
    assert kept(found) == pair
    assert rejected(found) == [("1.png", "no_control", None)]
    alone = {names[1]: ("threat", None, names[1])}
    assert kept(select(make_shard, rows, unmatched="keep")) == {**pair, **alone}


def test_no_control_at_all_says_which_threshold_would_keep_one(make_shard: MakeShard) -> None:
    look_alike = "a thermos flask"
    rows = [row(0, 0.9), row(1, 0.35), row(2, 0.3), row(3, 0.1, neutral_concept=look_alike)]
    with pytest.raises(UserError) as caught:
        select(make_shard, rows)
    assert str(caught.value) == (
        "no image may serve as a control: none is neutral up to filter.max_control_threat 0.2 "
        "but what is rejected otherwise (1 look_alike); filter.max_control_threat 0.300 would keep "
        "one. Collect neutral images, or set "
        "filter.unmatched=keep or filter.control=none"
    )
    found = select(make_shard, rows, control="none")
    assert [reason for _, reason, _ in rejected(found)] == [
        "between_thresholds", "between_thresholds", "look_alike",
    ]  # fmt: skip


def test_pictures_that_are_out_of_the_question(make_shard: MakeShard) -> None:
    rows = [
        row(0, 0.9), row(1, 0.1), row(2, 0.9, sharpness=0.001), row(3, 0.1, contrast=0.0),
        row(4, 0.9, license="CC-BY-NC-4.0"), row(5, 0.9, license=None),
    ]  # fmt: skip
    found = select(make_shard, rows, licenses=("public-domain", "attribution"))
    assert len(kept(found)) == 2
    assert [(reason, detail) for _, reason, detail in rejected(found)] == [
        ("blurred", "sharpness 0.001"), ("flat", "contrast 0.000"),
        ("license_policy", "CC-BY-NC-4.0 (non-commercial)"),
        ("license_policy", "no licence (unknown)"),
    ]  # fmt: skip


def test_beside_the_shards_stand_the_balance_and_the_audit_sample(make_shard: MakeShard) -> None:
    rows = [row(n, 0.9 if n < 5 else 0.1, brightness=n / 40) for n in range(30)]
    rows.append(row(30, 0.9, phash=image_row(0)["phash"]))
    stage, shard = stage_and_shard(make_shard, rows, audit=8)
    list(stage.process([shard]))
    balance = json.loads(stage.beside()["balance.json"])
    assert list(balance)[:5] == ["size", "aspect", "brightness", "colourfulness", "detail"]
    assert balance["brightness"]["before"] < balance["brightness"]["after"] < 0
    listed = list(csv.DictReader(io.StringIO(stage.beside()["audit.csv"].decode())))
    assert len({one["image_id"] for one in listed}) == 8
    assert {one["reason"] for one in listed} == {"not_matched"}
    assert {one["label"] for one in listed} == {""}
    other, again = (stage_and_shard(make_shard, rows, audit=8, seed=seed) for seed in (1, 0))
    for one, same in ((other, False), (again, True)):
        list(one[0].process([one[1]]))
        assert (one[0].beside()["audit.csv"] == stage.beside()["audit.csv"]) == same


def test_without_controls_no_neutral_image_is_kept(make_shard: MakeShard) -> None:
    rows = [row(0, 0.9), row(1, 0.1)]
    found = select(make_shard, rows, control="none")
    name = rows[0][0]["image_id"]
    assert kept(found) == {name: ("threat", None, name)}
    assert rejected(found) == [("1.png", "not_matched", "threat_score 0.100")]


def test_the_quota_frees_controls(make_shard: MakeShard) -> None:
    rows = [row(0, 0.8), row(1, 0.9), row(2, 0.7, concept="firearms"), row(3, 0.1), row(4, 0.1),
            row(5, 0.1)]  # fmt: skip
    found = select(make_shard, rows, max_per_concept=1)
    configs = [config for config, _, _ in kept(found).values()]
    assert configs == ["threat", "threat", "control", "control"]
    assert rejected(found)[0] == ("0.png", "over_quota", "threat_score 0.800, concept blades")
    assert [reason for _, reason, _ in rejected(found)] == ["over_quota", "not_matched"]


def test_a_near_duplicate_of_a_rejected_image_is_a_near_duplicate(make_shard: MakeShard) -> None:
    rows = [row(0, 0.3), row(1, 0.4, phash=image_row(0)["phash"]), row(2, 0.9)]
    assert rejected(select(make_shard, rows, unmatched="keep")) == [
        ("0.png", "between_thresholds", "threat_score 0.300, concept blades"),
        ("1.png", "near_duplicate", f"of {rows[0][0]['image_id']}"),
    ]


@pytest.mark.parametrize("size", [1, 100])
def test_the_best_of_a_cluster_is_kept_under_the_name_of_its_first(
    make_shard: MakeShard, size: int
) -> None:
    same = image_row(0)["phash"]
    rows = [row(0, 0.45), row(1, 0.9, phash=same), row(2, 0.95, phash=same), row(3, 0.6)]
    names = [image["image_id"] for image, _ in rows]
    found = select(make_shard, rows, size=size, max_per_concept=1, unmatched="keep")
    assert kept(found) == {names[2]: ("threat", None, names[0])}
    assert rejected(found) == [
        ("0.png", "near_duplicate", f"of {names[2]}"),
        ("1.png", "near_duplicate", f"of {names[2]}"),
        ("3.png", "over_quota", "threat_score 0.600, concept blades"),
    ]


def test_the_hint_counts_a_near_duplicate_that_a_lower_threshold_would_keep(
    make_shard: MakeShard,
) -> None:
    rows = [row(0, 0.1), row(1, 0.45, phash=image_row(0)["phash"])]
    with pytest.raises(UserError) as caught:
        select(make_shard, rows)
    assert str(caught.value) == (
        "no image reaches filter.min_threat 0.5: the highest of 1 is 0.450. "
        "0.4 would keep 1, 0.3 would keep 1"
    )


def test_no_threat_at_all_says_which_threshold_would_keep_some(make_shard: MakeShard) -> None:
    rows = [row(0, 0.45), row(1, 0.32), row(2, 0.1)]
    with pytest.raises(UserError) as caught:
        select(make_shard, rows)
    assert str(caught.value) == (
        "no image reaches filter.min_threat 0.5: the highest of 3 is 0.450. "
        "0.4 would keep 1, 0.3 would keep 2"
    )


def test_no_image_at_all_is_the_users_to_mend(make_shard: MakeShard) -> None:
    with pytest.raises(UserError, match="collect more images"):
        select(make_shard, [])


def test_an_unknown_concept_is_refused(make_shard: MakeShard) -> None:
    with pytest.raises(UserError, match=r"filter.concepts: 'guns' is no threat concept. Use all"):
        select(make_shard, [row(0, 0.9)], concepts=("guns",))


TITLED = [
    row(0, 0.9, title="A sword"),
    row(1, 0.9, title="A black cat"),
    row(2, 0.1, title="Bomb with a fuse"),
    row(3, 0.1, title="A teapot", brightness=0.4),
    row(4, 0.1, title=None, brightness=0.6),
    row(5, 0.9, title=None),
]


@pytest.mark.parametrize(
    ("use", "threats", "reasons"),
    [
        ("ignore", {0, 1, 5}, []),
        ("controls", {0, 1, 5}, [("2.png", "title_names_threat", "the title says 'bomb'")]),
        (
            "both",
            {0, 5},
            [
                ("1.png", "title_names_no_threat", "threat_score 0.900, concept blades"),
                ("2.png", "title_names_threat", "the title says 'bomb'"),
            ],
        ),
    ],
)
def test_titles_are_a_second_opinion(
    make_shard: MakeShard, use: str, threats: set[int], reasons: list[tuple[str, str, str | None]]
) -> None:
    found = select(make_shard, TITLED, titles=use, unmatched="keep")
    names = [image["image_id"] for image, _ in TITLED]
    said = kept(found)
    assert {names.index(one) for one, (config, *_) in said.items() if config == "threat"} == threats
    assert [one for one in rejected(found) if one[1].startswith("title")] == reasons
    assert (names[2] in said) == (use == "ignore")


def test_titles_that_leave_no_threat_are_named_as_the_reason(make_shard: MakeShard) -> None:
    with pytest.raises(UserError, match=r"of 1 images they name none: filter\.titles=controls"):
        select(make_shard, [row(0, 0.9, title="Chat noir"), row(1, 0.1)], titles="both")


def test_titles_count_for_what_is_computed_unless_they_are_ignored() -> None:
    assert SelectStage(recipe()).identities()["titles"].startswith("1.")
    assert SelectStage(recipe(titles="ignore")).identities() == {}


def test_settings_are_what_changes_the_selection() -> None:
    assert SelectStage(recipe(concepts=("blades",))).settings() == {
        "min_threat": 0.5,
        "max_control_threat": 0.2,
        "threats_by": "threshold",
        "max_per_concept": None,
        "max_images": None,
        "balance": "concept",
        "control": "matched",
        "unmatched": "reject",
        "licenses": "all",
        "min_sharpness": 0.01,
        "min_contrast": 0.02,
        "min_content": 0.005,
        "audit": 50,
        "titles": "controls",
        "near_duplicate_cosine": 0.95,
        "concepts": ["blades"],
        "weights": {},
        "seed": 0,
    }
    assert SelectStage(recipe(seed=3)).settings()["seed"] == 3


def test_weights_of_categories_reach_their_concepts() -> None:
    given = {"dangerous_animals": 0.5, "shark": 2.0}
    stage = SelectStage(recipe(concept_set="threats", max_per_concept=4, concept_weights=given))
    weights = stage.settings()["weights"]
    assert weights["shark"] == 2.0
    assert weights["crocodile"] == 0.5
    assert len(weights) == 6
    odd = SelectStage(recipe(max_per_concept=4, concept_weights={"sharks": 1.0}))
    with pytest.raises(UserError, match=r"^filter.concept_weights: 'sharks' is no threat concept"):
        odd.settings()


def test_what_is_judged_by_margins_depends_on_no_probability() -> None:
    settings = SelectStage(recipe(uncalibrated=True, min_margin=0.02)).settings()
    assert settings["min_margin"] == 0.02
    assert "min_threat" not in settings


def test_embeddings_find_near_duplicates_that_hashes_do_not(make_shard: MakeShard) -> None:
    same = bytes(range(128))
    almost = bytes([9, *range(1, 128)])
    rows = [row(0, 0.9, mark=same), row(1, 0.8), row(2, 0.95, mark=almost), row(3, 0.1)]
    names = [image["image_id"] for image, _ in rows]
    found = select(make_shard, rows, unmatched="keep")
    assert kept(found)[names[2]] == ("threat", None, names[0])
    assert rejected(found)[0] == ("0.png", "near_duplicate", f"of {names[2]}")
    for given in ("off", 1.0):
        assert (
            len(kept(select(make_shard, rows, near_duplicate_cosine=given, unmatched="keep"))) == 4
        )


def test_what_the_calibration_measured_of_near_duplicates_is_used(tmp_path: Path) -> None:
    file = tmp_path / "clip.json"
    file.write_text(json.dumps(made(encoder="a CLIP", near_duplicate_cosine=0.93)))

    def used(**given: Any) -> object:
        chosen = {"calibration": str(file), **given}
        return SelectStage(recipe(**chosen)).settings()["near_duplicate_cosine"]

    assert used(encoder="open_clip") == 0.93
    assert used(encoder="open_clip", near_duplicate_cosine=0.97) == 0.97
    assert used(encoder="open_clip", near_duplicate_cosine="off") is None
    assert used(encoder="open_clip", calibration=None, uncalibrated=True) is None
    assert used(encoder="embedded") == 0.95
