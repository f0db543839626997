"""The shipped templates, and one line for each mistake that a template file can hold."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from vsfa_data import resources
from vsfa_data.ask import neutrality, render, template
from vsfa_data.errors import UserError

ALL = template.load_all("all")
GOOD: dict[str, Any] = {
    "id": "mood",
    "version": "1.0.0",
    "family": "mood",
    "group": "colour",
    "description": "Test.",
    "requires": ["colours"],
    "answer_source": "pixels",
    "wordings": ["Which colours?", "Which colours do you see?", "What is the hue?", "Any colour?"],
    "answers": ["They are {{ colours | and_list }}."],
    "examples": [
        {
            "facts": {"colours": ["red"]},
            "wording": 1,
            "answer_wording": 1,
            "question": "Which colours?",
            "answer": "They are red.",
        }
    ],
}
EXAMPLE = GOOD["examples"][0]


@pytest.fixture
def written(tmp_path: Path) -> Callable[[dict[str, Any]], Path]:
    def write(data: dict[str, Any]) -> Path:
        path = tmp_path / "mood.yaml"
        path.write_text(yaml.safe_dump(data), encoding="utf-8")
        return path

    return write


def test_one_template_per_file_all_loaded() -> None:
    files = sorted(path.stem for path in resources.folder("templates").iterdir())
    assert [t.id for t in ALL] == files
    assert list(template.names()) == files
    assert len(ALL) >= 25
    offline = [one for one in ALL if one.answer_source != "captioner"]
    assert len(offline) >= 25  # without a model in words
    assert {t.group for t in ALL} == {
        "object",
        "attribute",
        "colour",
        "composition",
        "setting",
        "description",
        "count",
        "texture",
        "position",
        "lighting",
        "text",
        "activity",
        "comparison",
        "style",
        "yes_no",
        "choice",
        "follow_up",
    }


@pytest.mark.parametrize("loaded", ALL, ids=lambda t: t.id)
def test_examples_render_exactly(loaded: template.Template) -> None:
    for example in loaded.examples:
        values = render.values_of("", [], {}) | example.facts | example.slots
        case = loaded.case(values)
        assert case is not None
        question = render.fill(loaded.wordings[example.wording - 1], values)
        answer = render.fill(loaded.answers[case][example.answer_wording - 1], values)
        assert (question, answer) == (example.question, example.answer)


@pytest.mark.parametrize("loaded", ALL, ids=lambda t: t.id)
def test_wordings_are_at_least_four_and_distinct(loaded: template.Template) -> None:
    assert len({" ".join(w.casefold().split()) for w in loaded.wordings}) >= 4
    for answers in loaded.answers.values():
        # A caption is the captioner's own wording; everything else is worded in several ways.
        free = loaded.answer_source in {"caption", "captioner"}
        assert len(set(answers)) >= (1 if free or len(loaded.answers) > 1 else 2)


def test_no_question_is_asked_by_two_families() -> None:
    asked = [w.casefold() for t in ALL for w in t.wordings]
    assert len(set(asked)) == len(asked)


def _texts(loaded: template.Template) -> set[str]:
    """Every wording of questions and answers, as the first fitting example has it."""
    found = set()
    for case, answers in loaded.answers.items():
        shown = ({**one.facts, **one.slots} for one in loaded.examples)
        values = next(
            one for one in shown if loaded.case(render.values_of("", [], {}) | one) == case
        )
        for wording in (*loaded.wordings, *answers):
            found.add(render.fill(wording, render.values_of("", [], {}) | values))
    return found


@pytest.mark.parametrize("loaded", ALL, ids=lambda t: t.id)
def test_every_wording_is_neutral_and_well_formed(loaded: template.Template) -> None:
    texts = _texts(loaded)
    assert texts
    for text in texts:
        assert neutrality.default().first_term(text) is None, text
        assert re.fullmatch(r"[A-Z0-9].*[.?]", text), text
        assert not re.search(r"None|  |\{|\}| \.| ,|\ba [aeio]|\ban [^aeiouhAEFHILMNORSX8]", text)


def test_families_are_selected_by_name_in_a_fixed_order() -> None:
    chosen = template.load_all(("presence", "brightness", "presence"))
    assert [t.id for t in chosen] == ["brightness", "presence"]


def test_a_file_of_one_s_own_is_a_family_too(written: Callable[[dict[str, Any]], Path]) -> None:
    path = written(GOOD)
    assert [t.id for t in template.load_all(("brightness", str(path)))] == ["brightness", "mood"]
    assert template.files((str(path),)) == {"mood": path}
    other = path.with_name("brightness.yaml")
    with pytest.raises(UserError, match="two files are called 'brightness'"):
        template.files(("brightness", str(other)))


def test_unknown_family_lists_those_that_exist() -> None:
    with pytest.raises(UserError) as caught:
        template.load_all(("brightness", "smell"))
    assert str(caught.value) == (
        f"ask.families: unknown question family 'smell'. Choose from: "
        f"{', '.join(template.names())}. Run: vsfa-data templates"
    )


def test_good_file_loads(written: Callable[[dict[str, Any]], Path]) -> None:
    loaded = template.load(written(GOOD))
    assert loaded.answers == {"otherwise": ("They are {{ colours | and_list }}.",)}
    assert loaded.opener is False


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"colour": 1}, "colour: unknown key. Allowed here: id, version, family"),
        (
            {"examples": [EXAMPLE | {"odd": 1}]},
            "examples: number 1: odd: unknown key. Allowed here: facts",
        ),
        ({"version": "1.0"}, "version: given '1.0'; a version is three numbers, such as 1.0.0"),
        ({"version": 1.0}, "version: given 1.0; it must be three numbers, such as 1.0.0"),
        ({"group": "follow_up"}, "follows: not given in group follow_up; families to follow up go"),
        ({"wordngs": []}, "wordngs: unknown key. Did you mean 'wordings'? Allowed here: id"),
        ({"wordings": "A?"}, "wordings: given 'A?'; it must be a list, such as [one, two]"),
        (
            {"wordings": ["A?", 2, "C?", "D?"]},
            "wordings: number 2: given 2; it must be a text, in quotes if",
        ),
        (
            {"requires": "colours"},
            "requires: given 'colours'; it must be a list, such as [one, two]",
        ),
        ({"requires": []}, "requires: 0 given, at least 1 needed"),
        ({"weight": 0}, "weight: given 0; more than 0 is needed"),
        ({"weight": "much"}, "weight: given 'much'; it must be a number"),
        ({"opener": "perhaps"}, "opener: given 'perhaps'; it must be true or false"),
        ({"description": "d" * 200}, "description: 200 characters given, at most 120 allowed"),
        ({"follows": "layout"}, "follows: given 'layout'; it must be a list, such as [one, two]"),
        ({"answers": "Red."}, "answers: given 'Red.'; it must be a list, such as [one, two]"),
        ({"choice": {"fact": "brightness"}}, "choice.others: this key is required"),
        (
            {"choice": {"fact": "brightness", "others": 3}},
            "choice.others: given 3; it must be a text",
        ),
        (
            {"presence": ["labels"]},
            "presence: given ['labels']; it must be keys with values, such as {key",
        ),
        ({"group": "smell"}, "group: given 'smell'; allowed: object, attribute"),
        ({"requires": ["smell"]}, "requires: number 1: unknown fact 'smell'. Choose from: caption"),
        ({"answer_source": "guess"}, "answer_source: given 'guess'; allowed: labels"),
        ({"wordings": ["A?", "B?", "C?"]}, "wordings: 3 given, at least 4 needed"),
        ({"wordings": ["A?", "B?", "C?", "A?"]}, "wordings: number 4 repeats an earlier wording"),
        ({"answers": []}, "answers: 0 given, at least 1 needed"),
        (
            {"wordings": ["A?", "B?", "C {{ odd }}?", "D?"]},
            "wordings: number 3 uses 'odd', which is in none of requires, optional and slots",
        ),
        (
            {"answers": ["{{ subject }}"]},
            "answers: number 1 uses 'subject', which is in none of requires",
        ),
        (
            {"answers": ["{{ colours"]},
            "answers: number 1: its {{ }} or {% %} cannot be understood: ",
        ),
        (
            {"answers": ["{{ " + "(" * 450 + "1" + ")" * 450 + " }}"]},
            "answers: number 1: its {{ }} or {% %} are nested too deeply; make it several",
        ),
        (
            {"answers": ["{% for x in colours %}" * 21 + "{% endfor %}" * 21]},
            "answers: number 1: its {{ }} or {% %} are nested too deeply; make it several",
        ),
        (
            {"answers": ["{{ colours | loud }}"]},
            "answers: number 1: unknown filter. Filters: agree",
        ),
        ({"slots": ["thing"]}, "slots: unknown key. Allowed here: id"),
        ({"answers_by": "subject"}, "answers_by: 'subject' is neither a required fact with one"),
        ({"answers_by": "colours"}, "answers_by: 'colours' is neither a required fact with one"),
        (
            {"wordings": ["A?", "B?", "C?", " "]},
            "wordings: number 4: a wording needs letters, and nothing",
        ),
        (
            {"wordings": ["A?", "B?", "C?", "\u202eD?"]},
            "wordings: number 4: a wording needs letters, and",
        ),
        ({"follows": ["layout"]}, "follows: given ['layout'] in group colour; families to"),
        ({"answers": {"red": ["Red."]}}, "answers: cases need 'answers_by', which says"),
        ({"id": "other"}, "id: given 'other'; it must be the file's name, 'mood'"),
        ({"family": "other"}, "family: given 'other'; it must be the file's name, 'mood'"),
        (
            {"examples": [EXAMPLE | {"answer": "It is red."}]},
            "examples: number 1: answer: renders as 'They are red.', not as 'It is red.'",
        ),
        (
            {"examples": [EXAMPLE | {"wording": 5}]},
            "examples: number 1: there is no question wording 5, only 4",
        ),
        (
            {"examples": [EXAMPLE | {"facts": {"odd": 1}}]},
            "examples: number 1: facts: unknown fact 'odd'. Choose from: caption, labels",
        ),
        (
            {"examples": [EXAMPLE | {"facts": {"colours": "red"}}]},
            "examples: number 1: facts.colours: given 'red'; it must be a list, such as [one, two]",
        ),
        (
            {"examples": [EXAMPLE | {"facts": {}}]},
            "examples: number 1: answer: cannot be rendered: ",
        ),
        (
            {
                "requires": ["colours", "brightness"],
                "answers_by": "brightness",
                "answers": {"dark": GOOD["answers"]},
                "examples": [EXAMPLE | {"facts": {"colours": ["red"], "brightness": ["dark"]}}],
            },
            "examples: none shows the case 'dark' of answers",
        ),
        ({5: "text"}, "key 5: given 5; a key is a text"),
        ({"answers": {5: ["Red."]}}, "answers: key 5: given 5; it must be a text"),
        ({"requires": ["co\nlours"]}, "requires: number 1: unknown fact 'co lours'. Choose from:"),
        (
            {"examples": [EXAMPLE | {"answer": "They are\nred."}]},
            "examples: number 1: answer: renders as 'They are red.', not as 'They are\\nred.'",
        ),
        (
            {"examples": [EXAMPLE | {"slots": {"thing": "dog"}}]},
            "examples: number 1: slots: give exactly none",
        ),
    ],
)
def test_mistake_is_one_line(
    written: Callable[[dict[str, Any]], Path], change: dict[str, Any], message: str
) -> None:
    path = written(GOOD | change)
    with pytest.raises(UserError) as caught:
        template.load(path)
    assert str(caught.value).startswith(f"{path}: {message}")
    assert "\n" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("key", ["id", "requires", "wordings", "answers", "examples"])
def test_missing_key(written: Callable[[dict[str, Any]], Path], key: str) -> None:
    path = written({name: value for name, value in GOOD.items() if name != key})
    with pytest.raises(UserError) as caught:
        template.load(path)
    assert str(caught.value) == f"{path}: {key}: this key is required"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b"id: [mood",
            "not valid YAML: expected ',' or ']', but got '<stream end>' (line 1, column 10)",
        ),
        (b"- id\n- mood\n", "a template has keys with values, such as 'id: mood'"),
        (b"", "a template has keys with values, such as 'id: mood'"),
        (
            b"\xff\xfe\x00",
            "cannot be read as a template: byte 1 is not UTF-8; save the file as UTF-8",
        ),
        (
            b"id: !!python/object/apply:os.getcwd []",
            "not valid YAML: could not determine a constructor",
        ),
    ],
)
def test_file_that_is_no_template(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "mood.yaml"
    path.write_bytes(content)
    with pytest.raises(UserError) as caught:
        template.load(path)
    assert str(caught.value).startswith(f"{path}: {message}")
    assert "\n" not in str(caught.value)
