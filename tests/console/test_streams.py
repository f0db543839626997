from __future__ import annotations

import pytest

from vsfa_data.console import streams


def test_people_read_stderr_and_lists_go_to_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    streams.stderr.print("beside it")
    streams.stdout.print("the result")
    said = capsys.readouterr()
    assert (said.out, said.err) == ("the result\n", "beside it\n")
