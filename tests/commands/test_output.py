import json

import pytest

from vsfa_data.commands.output import print_json, say


def test_json_goes_to_stdout_and_words_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"a": "é"})
    say("two\nlines\x1b[31m")
    said = capsys.readouterr()
    assert json.loads(said.out) == {"a": "é"}
    assert said.err == "two lines [31m\n"
