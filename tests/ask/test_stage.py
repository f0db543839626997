"""Shards of captions in, conversations and rejects out."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.ask import invented
from vsfa_data import tables
from vsfa_data.ask import template
from vsfa_data.ask.stage import AskStage
from vsfa_data.errors import UserError
from vsfa_data.recipe import Recipe
from vsfa_data.stages import Output, Shard

Run = Callable[..., Output]


def _recipe(seed: int = 0, **ask: Any) -> Recipe:
    return Recipe.model_validate(
        {
            "name": "test",
            "version": "1.0.0",
            "description": "Test.",
            "seed": seed,
            "collect": {"sources": [{"source": "folder"}]},
            "filter": {"encoder": "any"},
            "caption": {"captioner": "any"},
            "ask": ask,
            "release": {"license": "cc0-1.0", "pretty_name": "Test"},
        }
    )


@pytest.fixture
def run(make_shard: Callable[..., Shard]) -> Run:
    def ask(rows: list[dict[str, Any]], seed: int = 0, **section: Any) -> Output:
        stage = AskStage(_recipe(seed, **section))
        stage.open()
        return stage.process(make_shard(0, captions=tables.CAPTIONS.build(rows)))

    return ask


def _conversations(output: Output) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in output.rows.to_pylist():
        found.setdefault(row["image_id"], []).append(row)
    return found


EXPECTED = [
    (
        0,
        "main_subject/5",
        "What is this a picture of?",
        "The picture mainly shows a revolver.",
        "labels",
    ),
    (
        1,
        "description/4",
        "How would you describe this picture to somebody who has not seen it?",
        "Revolver on a plain white background.",
        "caption",
    ),
    (
        2,
        "layout/2",
        "How would you describe the composition of the image?",
        "The picture is in landscape format, and its background is plain white.",
        "pixels",
    ),
]


def test_exact_rows_of_one_image(run: Run) -> None:
    output = run([invented.named_image(0)], pairs_per_image=3)
    assert output.rows.schema == tables.PAIRS.schema
    assert [
        (row["turn"], row["template_id"], row["question"], row["answer"], row["answer_source"])
        for row in output.rows.to_pylist()
    ] == EXPECTED
    assert {row["template_version"] for row in output.rows.to_pylist()} == {"1.0.0"}
    assert {row["image_id"] for row in output.rows.to_pylist()} == {invented.image_id(0)}
    assert (output.counted, output.rejects.num_rows) == (3, 0)


def test_counts_turns_and_budget(run: Run) -> None:
    rows = invented.images(90)
    output = run(rows, pairs_per_image=6)
    assert output.counted == output.rows.num_rows + output.rejects.num_rows
    talks = _conversations(output)
    assert list(talks) == [row["image_id"] for row in rows]
    for talk in talks.values():
        assert [row["turn"] for row in talk] == list(range(6))
        assert len({row["question"].casefold() for row in talk}) == 6
        assert len({row["template_id"] for row in talk}) == 6


@pytest.mark.parametrize("background", ["plain white", "detailed", None])
def test_pixels_alone_suffice_for_four_pairs(run: Run, background: str | None) -> None:
    rows = [invented.pixel_image(n) for n in range(81)]
    for row in rows:
        row["facts"]["background"] = background
    talks = _conversations(run(rows, pairs_per_image=4))
    assert {len(talk) for talk in talks.values()} == {4}
    assert len(talks) == 81


@pytest.mark.parametrize("pairs", [1, 2, 3, 5, 64])
def test_yes_and_no_are_exactly_balanced(run: Run, pairs: int) -> None:
    output = run(invented.images(240), pairs_per_image=pairs)
    for talk in _conversations(output).values():
        assert len(talk) <= pairs
        answers = Counter(
            row["answer"].split(",")[0] for row in talk if row["family"] == "presence"
        )
        assert answers["Yes"] == answers["No"]
        assert set(answers) <= {"Yes", "No"}
    total = Counter(row["family"] for row in output.rows.to_pylist())
    assert (total["presence"] > 0) == (pairs > 1)


def test_not_neutral_pair_is_rejected_with_the_term(run: Run) -> None:
    row = invented.pixel_image(0) | {"caption": "A dangerous road."}
    output = run([row], families=["description", "brightness"])
    assert output.rejects.to_pylist() == [
        {
            "step": "ask",
            "reason": "not_neutral",
            "image_id": row["image_id"],
            "source_ref": None,
            "detail": "dangerous",
        }
    ]
    assert [r["family"] for r in output.rows.to_pylist()] == ["brightness"]
    assert [r["turn"] for r in output.rows.to_pylist()] == [0]
    assert output.counted == 2


def test_rejected_presence_takes_its_counterpart_with_it(run: Run) -> None:
    row = invented.named_image(0) | {"labels": ["safe"]}
    output = run([row], families=["presence"])
    rejects = {r["reason"]: r["detail"] for r in output.rejects.to_pylist()}
    assert rejects.keys() == {"not_neutral", "unbalanced"}
    assert rejects["not_neutral"] == "safe"
    assert rejects["unbalanced"].startswith("presence/")
    assert (output.rows.num_rows, output.counted) == (0, 2)


def test_rejected_pairs_are_made_up_for(run: Run) -> None:
    rows = [invented.named_image(n) | {"caption": "Be careful."} for n in range(40)]
    output = run(rows, pairs_per_image=6)
    assert {len(talk) for talk in _conversations(output).values()} == {6}
    assert set(output.rejects.column("reason").to_pylist()) == {"not_neutral"}


def test_empty_answer_is_rejected(run: Run) -> None:
    row = invented.pixel_image(0) | {"caption": "..."}
    output = run([row], families=["description"])
    assert [(r["reason"], r["detail"]) for r in output.rejects.to_pylist()] == [
        ("empty_answer", "no letter and no digit")
    ]
    assert output.counted == 1


def test_repeated_question_is_rejected(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    one = template.load(template.path_of("brightness"))
    other = template.load(template.path_of("orientation"))
    same = [
        one.model_copy(update={"wordings": ("How is it?",) * 4}),
        other.model_copy(update={"wordings": ("HOW is it?",) * 4}),
    ]
    monkeypatch.setattr(template, "load_all", lambda _families: tuple(same))
    output = run([invented.pixel_image(0)])
    assert output.rows.num_rows == 1
    assert output.rejects.column("reason").to_pylist() == ["repeated_question"]
    assert output.rejects.column("detail").to_pylist()[0].casefold() == "how is it?"


@pytest.mark.parametrize("text", ["{{ 7*7 }}", "{% raw %}", "{{ config }}", "<b>x</b>"])
def test_jinja_in_captions_and_labels_comes_out_literally(run: Run, text: str) -> None:
    row = invented.named_image(0)
    row |= {"caption": f"A jar; {text} is on it.", "labels": [text]}
    row["facts"] |= {"subject": text, "category": text + "s", "absent": [f"x {text}"]}
    output = run([row], pairs_per_image=64)
    assert output.rejects.num_rows == 0
    pairs = {r["family"]: r for r in output.rows.to_pylist()}
    assert pairs["description"]["answer"] == f"A jar; {text} is on it."
    for family in ("main_subject", "category", "retelling"):
        assert text in pairs[family]["answer"]
    assert all(text in r["question"] for r in output.rows.to_pylist() if r["family"] == "presence")


def test_seed_and_sharding(run: Run) -> None:
    rows = invented.images(40)
    whole = run(rows)
    halves = pa.concat_tables([run(rows[:17]).rows, run(rows[17:]).rows])
    assert whole.rows.equals(run(rows).rows)
    assert whole.rows.equals(halves)
    other = run(rows, seed=1)
    assert other.rows.column("template_id") != whole.rows.column("template_id")
    assert other.rows.num_rows == whole.rows.num_rows


def test_empty_shard(run: Run) -> None:
    output = run([])
    assert (output.rows.num_rows, output.rejects.num_rows, output.counted) == (0, 0, 0)


def test_settings_and_identities() -> None:
    stage = AskStage(_recipe(seed=3, families=["brightness"], pairs_per_image=5))
    assert stage.settings() == {"families": ["brightness"], "pairs_per_image": 5, "seed": 3}
    names = stage.identities()
    assert list(names) == ["template brightness", "lexicon", "nouns"]
    content = template.path_of("brightness").read_bytes()
    assert names["template brightness"] == sha256(content).hexdigest()
    everything = AskStage(_recipe()).identities()
    assert set(everything) == {f"template {n}" for n in template.names()} | {"lexicon", "nouns"}


def test_unknown_family_stops_the_stage() -> None:
    with pytest.raises(UserError, match="unknown question family 'smell'"):
        AskStage(_recipe(families=["smell"])).open()


def test_wordings_are_not_in_python() -> None:
    code = Path(template.__file__).parent.glob("*.py")
    text = "".join(path.read_text(encoding="utf-8") for path in code)
    for loaded in template.load_all("all"):
        for wording in loaded.wordings:
            assert wording not in text


def test_throughput_is_not_quadratic(run: Run) -> None:
    # The target is 5,000 pairs a second on an idle core; a tenth of it only fails when something
    # is compiled or read again for each pair.
    rows = invented.images(300)
    run(rows[:3])
    started = time.process_time()
    output = run(rows, pairs_per_image=6)
    assert output.counted / (time.process_time() - started) > 500
