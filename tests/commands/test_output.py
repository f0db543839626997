import json
from collections.abc import Callable
from pathlib import Path

import pytest

from vsfa_data import console
from vsfa_data.commands.output import print_json, say
from vsfa_data.commands.templates import templates
from vsfa_data.errors import SetupError


def test_json_goes_to_stdout_and_words_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"a": "é"})
    say("two\nlines\x1b[31m")
    said = capsys.readouterr()
    assert json.loads(said.out) == {"a": "é"}
    assert said.err == "two lines [31m\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
@pytest.mark.parametrize(
    "made",
    [
        lambda: print_json({"a": 1}),
        lambda: console.show_list("title", ("a", "b"), [("1", "2")]),
        lambda: templates("presence"),
    ],
    ids=["json", "table", "lines"],
)
def test_a_result_that_finds_no_space_is_told_in_one_line(
    made: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Path("/dev/full").open("w", encoding="utf-8", buffering=1) as full:
        monkeypatch.setattr("sys.stdout", full)
        with pytest.raises(SetupError, match="cannot be written to stdout") as caught:
            made()
        assert "\n" not in str(caught.value)
        monkeypatch.undo()
        with pytest.raises(OSError, match="No space"):
            full.close()
