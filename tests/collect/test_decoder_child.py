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
from vsfa_data.collect import decoder_child, parcels
from vsfa_data.collect.normalise import normalise

PARENT = os.getpid()


@contextmanager
def child(parent: int = PARENT) -> Iterator[tuple[subprocess.Popen[bytes], Connection, Connection]]:
    """The child as `Decoder` starts it, and the pipes to it and from it."""
    (given, to), (here, answered) = Pipe(duplex=False), Pipe(duplex=False)
    settings = json.dumps({"parent": parent, "limits": asdict(SMALL), "max_decode_s": 30.0})
    numbers = (given.fileno(), answered.fileno())
    command = [sys.executable, "-m", decoder_child.__name__, *map(str, numbers), settings]
    # The pipes are closed first: the child ends with them, and the process is waited for.
    with subprocess.Popen(command, pass_fds=numbers) as process, to, here:
        given.close()
        answered.close()
        yield process, to, here


def test_answers_are_json_and_the_images() -> None:
    data = encode(photo(), "PNG")
    expected = dict(vars(normalise(data, SMALL)))
    image = expected.pop("image")
    with child() as (_, to, here):
        assert here.recv_bytes() == b"ready"
        for pictures in ((data, b"text", data), (data,)):
            parcels.send(to, pictures)
            said, *images = parcels.received(here)
            no = {"rejected": ["not_an_image", None]}
            assert json.loads(said) == [
                no if one == b"text" else {"done": expected} for one in pictures
            ]
            assert images == [image] * pictures.count(data)


def test_memory_and_core_files_are_bounded() -> None:
    with child() as (process, _, here):
        here.recv_bytes()
        said = Path(f"/proc/{process.pid}/limits").read_text()
    lines = re.findall(r"^(Max .*?) {2,}(\d+) ", said, re.MULTILINE)
    bounds = {name: int(soft) for name, soft in lines}
    assert bounds["Max core file size"] == 0
    assert bounds["Max address space"] == 2**30 + 64 * SMALL.max_pixels


def test_it_ends_when_nobody_listens_any_more() -> None:
    with child() as (process, to, here):
        here.recv_bytes()
        to.close()
        assert process.wait(10) == 0


def test_it_does_not_serve_a_parent_that_was_gone_before_it_began() -> None:
    with child(parent=1) as (process, _, here):
        with pytest.raises(EOFError):
            here.recv_bytes()
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
