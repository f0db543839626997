from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from multiprocessing.connection import Connection, Pipe
from pathlib import Path

import pytest

from tests.collect.samples import SMALL, encode, photo
from vsfa_data.collect import decoder_child
from vsfa_data.collect.normalise import normalise

PARENT = os.getpid()


@contextmanager
def child(parent: int = PARENT) -> Iterator[tuple[subprocess.Popen[bytes], Connection]]:
    """The child as `Decoder` starts it, and the pipe to it."""
    here, there = Pipe()
    settings = json.dumps({"parent": parent, "limits": asdict(SMALL), "max_decode_s": 30.0})
    command = [sys.executable, "-m", decoder_child.__name__, str(there.fileno()), settings]
    # The pipe is closed first: the child ends with it, and the process is waited for.
    with subprocess.Popen(command, pass_fds=(there.fileno(),)) as process, here:
        there.close()
        yield process, here


def test_answers_are_json_and_the_image() -> None:
    data = encode(photo(), "PNG")
    with child() as (_, pipe):
        assert pipe.recv_bytes() == b"ready"
        given_all = (data, b"text", data)
        for message in (b"2", *given_all[:2], b"1", given_all[2]):
            pipe.send_bytes(message)
        for given in given_all:
            answer = json.loads(pipe.recv_bytes())
            if given == b"text":
                assert answer == {"rejected": ["not_an_image", None]}
            else:
                expected = dict(vars(normalise(data, SMALL)))
                assert pipe.recv_bytes() == expected.pop("image")
                assert answer == {"done": expected}


def test_memory_and_core_files_are_bounded() -> None:
    with child() as (process, pipe):
        pipe.recv_bytes()
        said = Path(f"/proc/{process.pid}/limits").read_text()
    lines = re.findall(r"^(Max .*?) {2,}(\d+) ", said, re.MULTILINE)
    bounds = {name: int(soft) for name, soft in lines}
    assert bounds["Max core file size"] == 0
    assert bounds["Max address space"] == 2**30 + 64 * SMALL.max_pixels


def test_it_ends_when_nobody_listens_any_more() -> None:
    with child() as (process, pipe):
        pipe.recv_bytes()
        pipe.close()
        assert process.wait(10) == 0


def test_it_does_not_serve_a_parent_that_was_gone_before_it_began() -> None:
    with child(parent=1) as (process, pipe):
        with pytest.raises(EOFError):
            pipe.recv_bytes()
        assert process.wait(10) == 0


def test_nothing_is_left_to_load_with_the_first_picture() -> None:
    script = """
        import sys
        from tests.collect.samples import SMALL, encode, photo
        from vsfa_data.collect import normalise
        normalise.prepare()
        before = set(sys.modules)
        for name in ("JPEG", "PNG"):
            normalise.normalise(encode(photo(300, 200), name), SMALL)
        print(sorted(set(sys.modules) - before))
    """
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", textwrap.dedent(script)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root)
    assert done.stdout == "[]\n", done.stderr
