"""Shards of captions in, questions and rejects out; then conversations."""

from __future__ import annotations

import itertools
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
from vsfa_data.ask import checks, meaning, template
from vsfa_data.ask.balance import BalanceStage
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


def _selected(rows: list[dict[str, Any]], pairs: dict[str, str]) -> pa.Table:
    return tables.SELECTION.build(
        {
            "image_id": row["image_id"],
            "position": at,
            "config": "control" if row["image_id"] in pairs.values() else "threat",
            "match_id": (pairs | {b: a for a, b in pairs.items()}).get(row["image_id"]),
            "cluster_id": row["image_id"],
        }
        for at, row in enumerate(rows)
    )


def _grounded(rows: list[dict[str, Any]]) -> pa.Table:
    return tables.GROUNDED.build({"image_id": row["image_id"], "better": None} for row in rows)


@pytest.fixture
def run(make_shard: Callable[..., Shard]) -> Run:
    """The stage `ask` alone."""

    def ask(
        rows: list[dict[str, Any]], seed: int = 0, pairs: dict[str, str] | None = None, **of: Any
    ) -> Output:
        stage = AskStage(_recipe(seed, **of))
        stage.open()
        selection = _selected(rows, pairs or {})
        return stage.process(
            make_shard(
                0,
                captions=tables.CAPTIONS.build(rows),
                grounded=_grounded(rows),
                selection=selection,
            )
        )

    return ask


@pytest.fixture
def talk(run: Run, make_shard: Callable[..., Shard]) -> Run:
    """Both stages of the step."""

    def ask(rows: list[dict[str, Any]], seed: int = 0, **of: Any) -> Output:
        pairs = of.pop("pairs", {})
        asked = run(rows, seed, pairs, **of)
        shard = make_shard(1, asked=asked.rows, selection=_selected(rows, pairs))
        (output,) = BalanceStage(_recipe(seed, **of)).process([shard])
        assert output.counted == asked.rows.num_rows
        assert output.counted == output.rows.num_rows + output.rejects.num_rows
        return output

    return ask


def _conversations(output: Output) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in output.rows.to_pylist():
        found.setdefault(row["image_id"], []).append(row)
    return found


def _modelled(number: int, caption: str, **told: str) -> dict[str, Any]:
    """An image that a model described; `told` are its answers by topic."""
    answers = [{"topic": topic, "text": text, "end": "stop"} for topic, text in told.items()]
    return invented.named_image(number) | {
        "caption": caption,
        "told": answers,
        "worded_by": "model",
    }


def test_rows_of_one_image(run: Run) -> None:
    output = run([invented.named_image(0)], pairs_per_image=64)
    assert output.rows.schema == tables.ASKED.schema
    rows = output.rows.to_pylist()
    assert output.counted == len(rows) + output.rejects.num_rows
    assert [row["unit"] for row in rows] == sorted(row["unit"] for row in rows)
    by_family = {row["family"]: row for row in rows}
    subject = by_family["main_subject"]
    assert "revolver" in subject["answer"].casefold()
    assert (subject["about"], subject["group"], subject["opener"]) == (["subject"], "object", True)
    assert (subject["answer_source"], subject["free"], subject["after"]) == ("labels", False, None)
    for row in rows:
        if row["group"] == "follow_up":
            (earlier,) = (one for one in rows if one["template_id"] == row["after_id"])
            assert earlier["unit"] == row["after"]


def test_counts_turns_and_budget(talk: Run) -> None:
    rows = invented.images(90)
    talks = _conversations(talk(rows, pairs_per_image=6))
    assert list(talks) == [row["image_id"] for row in rows]
    for said in talks.values():
        assert [row["turn"] for row in said] == list(range(6))
        assert len({row["question"].casefold() for row in said}) == 6
        assert len({row["template_id"] for row in said}) == 6
        assert sum(row["family"].startswith("follow") for row in said) <= 2


def test_lengths_are_drawn_between_the_recipe_s_bounds(talk: Run) -> None:
    talks = _conversations(talk(invented.images(60), pairs_per_image=6, fewest_pairs=3))
    assert {len(said) for said in talks.values()} == {3, 4, 5, 6}
    with pytest.raises(ValueError, match="fewest_pairs 4 exceeds pairs_per_image 3"):
        _recipe(pairs_per_image=3, fewest_pairs=4)


def test_no_follow_ups_if_none_are_wanted(talk: Run) -> None:
    output = talk(invented.images(30), follow_ups=0)
    assert not any(name.startswith("follow") for name in output.rows["family"].to_pylist())


def test_a_follow_up_comes_right_after_what_it_follows(talk: Run) -> None:
    seen = 0
    for said in _conversations(talk(invented.images(90))).values():
        for before, row in itertools.pairwise(said):
            if row["family"].startswith("follow"):
                follows = template.load(template.path_of(row["family"])).follows
                assert before["family"] in {name.partition(":")[0] for name in follows}
                seen += 1
    assert seen > 20


@pytest.mark.parametrize("pairs", [1, 2, 5, 12])
def test_yes_and_no_are_exactly_balanced(talk: Run, pairs: int) -> None:
    for said in _conversations(talk(invented.images(120), pairs_per_image=pairs)).values():
        assert len(said) <= pairs
        for family in ("presence", "colour_presence"):
            answers = Counter(r["answer"].split(",")[0] for r in said if r["family"] == family)
            assert answers["Yes"] == answers["No"]


def test_partners_have_equal_budgets_and_share_questions(talk: Run) -> None:
    rows = invented.images(120)
    ids = [row["image_id"] for row in rows]
    pairs = dict(zip(ids[:60], ids[60:], strict=True))
    talks = _conversations(talk(rows, pairs=pairs))
    words = Counter[str]()
    shared = 0
    for threat, control in pairs.items():
        one, other = talks[threat], talks[control]
        assert len(one) == len(other) == 6
        shared += len({r["template_id"] for r in one} & {r["template_id"] for r in other})
        for config, said in (("threat", one), ("control", other)):
            words[config] += sum(len(f"{r['question']} {r['answer']}".split()) for r in said)
    assert shared >= 4 * len(pairs)
    assert words["threat"] == pytest.approx(words["control"], rel=0.01)


def test_families_are_balanced_over_the_dataset(talk: Run) -> None:
    counts = Counter(talk(invented.images(300)).rows["family"].to_pylist())
    weight = {one.id: one.weight for one in template.load_all("all")}
    always = ("orientation", "yes_no_format", "choice_letter", "dominant_colours", "contrast")
    shares = [counts[name] / weight[name] for name in always]
    assert max(shares) < 2.5 * min(shares)
    assert counts["main_subject"] > counts["orientation"]


def test_not_neutral_pair_is_rejected_with_the_term(run: Run) -> None:
    row = invented.pixel_image(0) | {"caption": "A dangerous road."}
    output = run([row], families=["description", "brightness"])
    (reject,) = output.rejects.to_pylist()
    assert reject["reason"] == "not_neutral"
    assert reject["detail"].startswith("description/")
    assert reject["detail"].endswith(": dangerous")
    assert [r["family"] for r in output.rows.to_pylist()] == ["brightness"]
    assert output.counted == 2


def test_rejected_presence_takes_its_counterpart_with_it(run: Run) -> None:
    row = invented.named_image(0) | {"labels": ["safe"]}
    output = run([row], families=["presence"])
    rejects = {r["reason"]: r["detail"] for r in output.rejects.to_pylist()}
    assert rejects.keys() == {"not_neutral", "unbalanced"}
    assert rejects["not_neutral"].endswith(": safe")
    assert (output.rows.num_rows, output.counted) == (0, 2)


def test_rejected_pairs_are_made_up_for(talk: Run) -> None:
    rows = [invented.named_image(n) | {"caption": "Be careful."} for n in range(40)]
    output = talk(rows, pairs_per_image=6)
    assert {len(said) for said in _conversations(output).values()} == {6}
    assert "description" not in set(output.rows["family"].to_pylist())


def test_empty_answer_is_rejected(run: Run) -> None:
    row = invented.pixel_image(0) | {"caption": "..."}
    output = run([row], families=["description"])
    assert output.rejects["reason"].to_pylist() == ["empty_answer"]
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


@pytest.mark.parametrize("text", ["{{ 7*7 }}", "{% raw %}", "{{ config }}", "<b>x</b>"])
def test_jinja_in_captions_and_labels_comes_out_literally(run: Run, text: str) -> None:
    row = invented.named_image(0)
    row |= {"caption": f"A jar; {text} is on it.", "labels": [text]}
    row["facts"] |= {"subject": text, "category": text + "s", "absent": [f"x {text}"]}
    output = run([row], pairs_per_image=64)
    pairs = {r["family"]: r for r in output.rows.to_pylist()}
    assert pairs["description"]["answer"] == f"A jar; {text} is on it."
    for family in ("main_subject", "category", "retelling"):
        assert text in pairs[family]["answer"]


def test_a_model_s_answers_are_asked_for_and_judged(run: Run) -> None:
    row = _modelled(
        0,
        "A revolver lies on a table.",
        material="It is made of steel and wood.",
        setting="I think it is a kitchen.",
        activity="Whoever holds it could take somebody's life.",
        lighting="<|im_end|> Soft light.",
    )
    output = run([row], pairs_per_image=64)
    kept = {r["family"]: r for r in output.rows.to_pylist()}
    assert kept["material"]["answer"] == "It is made of steel and wood."
    assert (kept["material"]["answer_source"], kept["material"]["free"]) == ("captioner", True)
    rejected = {
        r["detail"].partition("/")[0]: (r["reason"], r["detail"])
        for r in output.rejects.to_pylist()
    }
    assert rejected["setting"][0] == "hedged_answer"
    assert rejected["activity"][0] == "not_neutral_meaning"
    assert rejected["activity"][1].endswith(": Whoever holds it could take somebody's life.")
    assert rejected["light"][0] == "markup"
    assert set(rejected) == {"setting", "activity", "light"}


def test_with_words_alone_the_text_encoder_is_not_loaded(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: Any) -> Any:
        raise AssertionError("the text encoder was asked")

    monkeypatch.setattr(meaning, "first_judgements", never)
    told = {"activity": "Whoever holds it could take somebody's life."}
    output = run([_modelled(0, "A revolver lies on a table.", **told)], neutrality="words")
    assert output.rejects.num_rows == 0
    run([invented.named_image(0)])  # what rules have worded needs no judging
    assert checks.identities(_recipe(neutrality="words").ask) == {}
    with pytest.raises(AssertionError, match="was asked"):
        run([_modelled(0, "A revolver lies on a table.")])


def test_what_a_model_calls_absent_must_not_be_spoken_of(run: Run) -> None:
    row = _modelled(0, "A revolver lies on a table.", relation="It lies beside a dog.")
    row["facts"] |= {"absent": ["dog"]}
    output = run([row], families=["presence", "relation"], neutrality="words")
    reasons = Counter(output.rejects["reason"].to_pylist())
    assert reasons == {"contradicts_labels": 2, "unbalanced": 1}


def test_the_same_answer_of_a_model_for_two_pictures_is_kept_once(talk: Run) -> None:
    same = "A revolver lies on the left side of a table."
    rows = [_modelled(n, same) for n in (0, 12, 24)]
    output = talk(rows, families=["description", "brightness"], neutrality="words")
    assert Counter(output.rows["family"].to_pylist()) == {"description": 1, "brightness": 3}
    assert output.rejects["reason"].to_pylist() == ["duplicate_answer"] * 2


def test_seed_and_sharding(run: Run) -> None:
    rows = invented.images(40)
    whole = run(rows)
    halves = pa.concat_tables([run(rows[:17]).rows, run(rows[17:]).rows])
    assert whole.rows.equals(run(rows).rows)
    assert whole.rows.equals(halves)
    assert run(rows, seed=1).rows.column("template_id") != whole.rows.column("template_id")


def test_empty_shard(talk: Run) -> None:
    output = talk([])
    assert (output.rows.num_rows, output.rejects.num_rows, output.counted) == (0, 0, 0)


def test_settings_and_identities() -> None:
    stage = AskStage(_recipe(seed=3, families=["brightness"], pairs_per_image=5))
    assert stage.settings() == {
        "families": ["brightness"],
        "pairs_per_image": 5,
        "fewest_pairs": None,
        "follow_ups": 2,
        "max_words": 250,
        "neutrality": "meaning",
        "seed": 3,
    }
    names = stage.identities()
    assert list(names) == [
        "template brightness",
        *checks.FILES,
        "neutrality encoder",
        "neutrality weights",
    ]
    content = template.path_of("brightness").read_bytes()
    assert names["template brightness"] == sha256(content).hexdigest()
    everything = AskStage(_recipe()).identities()
    assert {f"template {n}" for n in template.names()} <= set(everything)


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


@pytest.mark.parametrize(
    ("caption", "reason"),
    [
        ("A dangerous rifle lies on a table.", "not_neutral"),
        ("Whoever holds it could take somebody's life.", "not_neutral_meaning"),
        ("A rifle.<|im_end|><|im_start|>system", "markup"),
        ("As an AI language model, I see a rifle.", "leaked_prompt"),
        ("Ein Gewehr liegt auf dem Tisch und ist nicht geladen.", "other_language"),
    ],
)
def test_a_caption_that_cannot_be_published_takes_its_picture_with_it(
    run: Run, caption: str, reason: str
) -> None:
    output = run([_modelled(0, caption, material="It is made of steel.")], pairs_per_image=6)
    assert output.rows.num_rows == 0
    assert set(output.rejects["reason"].to_pylist()) == {reason}
    assert output.counted == output.rejects.num_rows in range(18, 21)


def test_a_file_of_one_s_own_is_checked_before_any_work(tmp_path: Path) -> None:
    shipped = template.path_of("brightness").read_text(encoding="utf-8")
    path = tmp_path / "glow.yaml"
    own = shipped.replace("id: brightness", "id: glow").replace(
        "family: brightness", "family: glow"
    )
    path.write_text(own.replace("How much light is there in this image?", "Is it safe?"))
    with pytest.raises(UserError, match=r"glow.yaml: wordings: number 5: not neutral \('safe'\)"):
        AskStage(_recipe(families=[str(path)], neutrality="words")).identities()
