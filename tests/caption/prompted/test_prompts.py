from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from vsfa_data.ask import neutrality
from vsfa_data.caption.prompted import prompts
from vsfa_data.errors import UserError

every_set = pytest.mark.parametrize("name", prompts.available())


@every_set
def test_a_shipped_set_is_valid_and_named_as_its_file(name: str) -> None:
    assert prompts.load(name).id == name


@every_set
def test_a_shipped_set_speaks_of_nothing_that_answers_may_not_speak_of(name: str) -> None:
    used = prompts.load(name)
    for prompt in (used.caption, used.subject, used.absent):
        assert prompt is None or neutrality.default().first_term(prompt.text) is None


def write(tmp_path: Path, **changes: object) -> str:
    data = {"id": "mine", "version": "1.0.0", "description": "d", "caption": {"text": "What?"}}
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump(data | changes), encoding="utf-8")
    return str(file)


def test_one_s_own_set_needs_a_caption_prompt_only(tmp_path: Path) -> None:
    mine = prompts.load(write(tmp_path))
    assert (mine.caption.text, mine.subject, mine.absent) == ("What?", None, None)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"version": "1"}, "version: "),
        ({"caption": {"text": ""}}, "caption.text: "),
        ({"captoin": {"text": "x"}}, "captoin: "),
        ({"absent": {"text": "Is there one?"}}, "absent: .*must say {thing}"),
        ({"subject": {"text": "x", "max_new_tokens": 0}}, "subject.max_new_tokens: "),
        ({"topics": {"smell": {"text": "x"}}}, "topics: .*unknown topic 'smell'. Choose from: mat"),
    ],
)
def test_a_mistake_names_file_and_key(
    tmp_path: Path, changes: dict[str, object], said: str
) -> None:
    with pytest.raises(UserError, match=rf"mine\.yaml: {said}"):
        prompts.load(write(tmp_path, **changes))


def test_a_file_that_is_no_yaml_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text("a: [", encoding="utf-8")
    with pytest.raises(UserError, match=r"x\.yaml: not a prompt set that can be read"):
        prompts.load(str(file))


def test_an_unknown_set_is_told_those_there_are() -> None:
    with pytest.raises(UserError, match=r"no prompt set 'nobody'.*caption_only, default"):
        prompts.load("nobody")
