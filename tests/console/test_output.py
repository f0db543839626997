import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from vsfa_data.commands.templates import templates
from vsfa_data.console.output import print_json, say
from vsfa_data.console.tables import show_list
from vsfa_data.errors import SetupError


def test_json_goes_to_stdout_and_words_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    hostile = "é\x1b[2J\x9b2J\x7f\u202e\U000e0041"
    print_json({"a": hostile})
    say("two\nlines\x1b[31m")
    said = capsys.readouterr()
    assert json.loads(said.out) == {"a": hostile}
    assert "é" in said.out
    assert said.out.replace("\n", "").isprintable()
    assert said.err == "two lines [31m\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
@pytest.mark.parametrize(
    "give",
    [lambda: print_json({"a": 1}), lambda: show_list("a", ["b"], [["c"]]), templates],
    ids=["json", "list", "lines"],
)
def test_a_result_that_finds_no_space_is_told_in_one_line(
    give: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Path("/dev/full").open("w", encoding="utf-8", buffering=1) as full:
        monkeypatch.setattr("sys.stdout", full)
        with pytest.raises(SetupError, match="cannot be written to stdout") as caught:
            give()
        assert "\n" not in str(caught.value)
        monkeypatch.undo()
        with pytest.raises(OSError, match="No space"):
            full.close()


def test_a_letter_that_stdout_does_not_know_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(io.BytesIO(), encoding="latin-1"))
    with pytest.raises(SetupError, match=r"no '\\u72fc'. Set PYTHONIOENCODING=utf-8"):
        show_list("names", ["of"], [["caf\u00e9 \u72fc"]])
