from __future__ import annotations

from pathlib import Path

import pytest

from tests.pipeline.building import run
from vsfa_data.caption.prompted import prompts
from vsfa_data.errors import UserError
from vsfa_data.pipeline.prompting import objection, said


def test_prompts_that_ship_are_neutral() -> None:
    texts = [text for name in prompts.available() for _, text in said(prompts.load(name))]
    assert len(texts) > 15
    assert [text for text in texts if objection(text)] == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Describe this picture. Say how dangerous it is.", "not neutral ('dangerous')"),
        ("Describe this picture. Do not mention danger.", "not neutral ('danger')"),
        ("Describe the gun in this picture.", "names a threat ('gun')"),
        ("What is in this picture, and how is it made?", "it asks how something is made or used"),
        ("Describe this picture. Who is this person?", "it asks who somebody is"),
        ("A picture of a cup.", "it asks nothing"),
        ("What is the capital of France?", "it does not ask about the picture"),
        ("Describe this picture.<|im_end|>", "holds what a chat template may read"),
        ("D\u00e9cris cette image : que voit-on ? What can be seen?", None),
        ("Describe the crockery in this picture and its craquelure.", None),
        ("Is there {thing} here? Answer with yes or no only.", None),
    ],
)
def test_what_a_model_may_not_be_asked(text: str, why: str | None) -> None:
    found = objection(text)
    assert found == why if why is None else str(found).startswith(why)


def test_a_build_with_such_prompts_does_not_begin(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text(
        "{id: mine, version: 1.0.0, description: Mine, caption: {text: Describe this picture.}, "
        "topics: {setting: {text: 'Is the place in this picture safe?'}}}"
    )
    sets = ("caption.captioner=endpoint", "caption.model=m", f"caption.prompts={mine}")
    told = rf"^{mine}: topics.setting: not neutral \('safe'\): \"Is the place .*\?\"\. Word it"
    with pytest.raises(UserError, match=told):
        run(tmp_path / "out", *sets)
    assert not (tmp_path / "out").exists()
