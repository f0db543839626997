from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from tests.collect.hostile_child import HostileDecoder, HostileStage, hostile
from tests.collect.recipes import of_folder
from tests.collect.samples import SMALL, bomb, encode, photo
from vsfa_data import recipe
from vsfa_data.collect import child as module
from vsfa_data.collect import listing
from vsfa_data.collect.decoder import Decoder
from vsfa_data.collect.normalise import normalise
from vsfa_data.collect.normalised import Normalised
from vsfa_data.collect.rejected import Rejected
from vsfa_data.engines.local import LocalEngine
from vsfa_data.engines.work import Work
from vsfa_data.stages import Shard
from vsfa_data.tables import CANDIDATES
from vsfa_data.workspace import StageFolder

GOOD = encode(photo(), "PNG")


@pytest.fixture
def decoder() -> Iterator[HostileDecoder]:
    made = HostileDecoder(SMALL, 0.3)
    yield made
    made.close()


def why(decoder: Decoder, data: bytes) -> tuple[str, str | None]:
    with pytest.raises(Rejected) as caught:
        decoder.normalise(data)
    return caught.value.reason, caught.value.detail


def pid(decoder: Decoder) -> int:
    assert decoder._running is not None
    return decoder._running._process.pid


def test_one_child_normalises_and_rejects_as_the_normaliser_does() -> None:
    decoder = Decoder(SMALL, 30.0)
    assert decoder.normalise(GOOD) == normalise(GOOD, SMALL)
    first = pid(decoder)
    for data in (b"", bomb(9_000), GOOD[:200]):
        with pytest.raises(Rejected) as caught:
            normalise(data, SMALL)
        assert why(decoder, data) == (caught.value.reason, caught.value.detail)
    large = encode(photo(1200, 900), "BMP")
    assert decoder.normalise(large) == normalise(large, SMALL)
    assert pid(decoder) == first
    decoder.close()
    assert not runs(first)
    assert decoder.normalise(GOOD) == normalise(GOOD, SMALL)
    decoder.close()


def test_a_new_child_is_no_child_of_a_recipe() -> None:
    assert "child" not in recipe.CollectSection.model_fields
    assert Decoder.child == "vsfa_data.collect.decoder_child"


@pytest.mark.parametrize(
    ("deed", "reason", "detail"),
    [
        ("loop", "decoder_hung", "more than 0.3 s of processor time"),
        ("loop_in_c", "decoder_hung", "more than 0.3 s of processor time"),
        ("abort", "decoder_crashed", "SIGABRT"),
        ("segfault", "decoder_crashed", "SIGSEGV"),
        ("exit", "decoder_crashed", "exit status 3"),
        ("close", "decoder_crashed", "it hung up"),
        ("allocate", "decoder_out_of_memory", "more than 1268 MiB"),
    ],
)
def test_a_picture_that_its_decoder_does_not_survive(
    decoder: HostileDecoder, deed: str, reason: str, detail: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert why(decoder, hostile(deed)) == (reason, detail)
    assert decoder.normalise(GOOD) == normalise(GOOD, SMALL)
    assert capfd.readouterr() == ("", "")


def test_of_several_pictures_only_the_guilty_ones_are_lost(decoder: HostileDecoder) -> None:
    given = [GOOD, b"text", hostile("loop"), GOOD, hostile("segfault"), hostile("allocate"), GOOD]
    found = decoder.normalise_all(given)
    assert [one.reason if isinstance(one, Rejected) else one for one in found] == [
        *(normalise(GOOD, SMALL), "not_an_image", "decoder_hung", normalise(GOOD, SMALL)),
        *("decoder_crashed", "decoder_out_of_memory", normalise(GOOD, SMALL)),
    ]
    assert decoder.normalise_all([]) == []


def test_neither_end_waits_for_the_other_to_read() -> None:
    """Pictures and answers of which each is more than a pipe holds."""
    noise = np.random.default_rng(0).integers(0, 255, (256, 256, 3), np.uint8)
    large = encode(Image.fromarray(np.tile(noise, (2, 2, 1))), "PNG", compress_level=0)
    patient = Decoder(replace(SMALL, max_side_px=512), 30.0)
    found = patient.normalise_all([large] * 6)
    assert isinstance(found[0], Normalised)
    assert min(len(large), len(found[0].image)) > 2**18
    assert found == [normalise(large, replace(SMALL, max_side_px=512))] * 6
    patient.close()


def test_a_decoder_that_sleeps_is_given_up_by_the_clock(
    decoder: HostileDecoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as hasty:
        hasty.setattr(module, "PATIENCE", 2)
        assert why(decoder, hostile("sleep")) == ("decoder_hung", "no answer in 0.6 s")
    assert decoder.normalise(GOOD) == normalise(GOOD, SMALL)


def test_a_crash_that_an_earlier_picture_caused_costs_no_sound_one(decoder: HostileDecoder) -> None:
    assert why(decoder, hostile("spoil")) == ("not_an_image", "no bytes")
    assert decoder.normalise(GOOD) == normalise(GOOD, SMALL)


def test_a_child_that_somebody_else_kills_is_replaced(
    decoder: HostileDecoder, tmp_path: Path
) -> None:
    assert why(decoder, hostile(f"once {tmp_path}/seen")) == ("not_an_image", "no bytes")
    os.kill(pid(decoder), signal.SIGKILL)
    assert decoder.normalise(GOOD) == normalise(GOOD, SMALL)


def test_the_machines_own_bound_on_memory_is_no_property_of_a_picture() -> None:
    script = """
        import resource, sys
        resource.setrlimit(resource.RLIMIT_AS, (700 << 20, 700 << 20))
        from tests.collect.hostile_child import HostileDecoder, hostile
        from tests.collect.samples import SMALL
        decoder = HostileDecoder(SMALL, 30.0)
        try:
            decoder.normalise(hostile("allocate"))
        except MemoryError:
            print("the machine's")
        decoder.close()
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout == "the machine's\n", done.stderr


def test_a_bug_in_the_child_keeps_its_traceback(decoder: HostileDecoder) -> None:
    with pytest.raises(RuntimeError, match=r"(?s)Traceback.*in mistake.*ZeroDivisionError: a bug"):
        decoder.normalise(hostile("mistake"))


def test_a_child_that_does_not_start_is_a_bug_and_no_picture(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HostileDecoder, "child", "tests.collect.never")
    with pytest.raises(RuntimeError, match=r"did not start \(exit status 1\)"):
        HostileDecoder(SMALL, 30.0).normalise(GOOD)
    assert "No module named tests.collect.never" in capfd.readouterr().err


def rows(bad: dict[int, str], count: int = 8) -> list[dict[str, Any]]:
    """Good pictures with `bad` ones among them."""
    blank = dict.fromkeys(CANDIDATES.names) | {"source": "test", "license": "MIT"}
    return [
        blank
        | {
            "position": number,
            "source_ref": str(number),
            "data": hostile(bad[number]) if number in bad else GOOD,
        }
        for number in range(count)
    ]


@pytest.mark.parametrize(
    ("workers", "bad"),
    [
        (0, {3: ("segfault", "decoder_crashed")}),
        (
            2,
            {
                1: ("loop_in_c", "decoder_hung"),
                3: ("segfault", "decoder_crashed"),
                6: ("allocate", "decoder_out_of_memory"),
            },
        ),
    ],
    ids=["in this process", "by workers"],
)
def test_hostile_pictures_cost_their_rows_and_never_the_run(
    tmp_path: Path, workers: int, bad: dict[int, tuple[str, str]]
) -> None:
    section = of_folder("images", max_decode_s=0.3, max_pixels=1_000_000).collect
    data = recipe.load("quickstart").model_dump(mode="json") | {
        "collect": section.model_dump(mode="json")
    }
    folder = StageFolder(tmp_path / "collect")
    folder.prepare({})
    listed = rows({number: deed for number, (deed, _) in bad.items()})
    shards = [
        Shard(index, candidates=CANDIDATES.build(listed[index * 4 : index * 4 + 4]))
        for index in range(2)
    ]
    done: list[int] = []
    with LocalEngine(workers) as engine:
        engine.run(Work(HostileStage, data, folder.path), shards, done.append)
    assert done == [4, 4]
    rejects = {
        row["source_ref"]: row["reason"]
        for index in range(2)
        for row in pq.read_table(folder.rejects(index)).to_pylist()
    }
    assert rejects == {str(number): reason for number, (_, reason) in bad.items()}
    kept = [ref for index in (0, 1) for ref in pq.read_table(folder.rows(index))["source_ref"]]
    assert list(map(str, kept)) == [str(number) for number in range(8) if number not in bad]


def test_a_closed_engine_leaves_no_child(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "one.png").write_bytes(GOOD)
    chosen = of_folder(tmp_path / "pictures")
    stage = HostileStage(chosen)
    stage.open()
    stage.process(Shard(0, candidates=CANDIDATES.build(listing.candidates(chosen))))
    child = pid(stage._decoder)
    assert runs(child)
    stage.close()
    assert not runs(child)


@pytest.mark.parametrize("busy", [True, False])
def test_no_orphan_when_the_parent_is_killed(tmp_path: Path, busy: bool) -> None:  # noqa: FBT001
    place = tmp_path / "pid"
    script = f"""
        import os, pathlib, sys, time
        from tests.collect.hostile_child import HostileDecoder, hostile
        from tests.collect.samples import SMALL, encode, photo
        decoder = HostileDecoder(SMALL, 600.0)
        if {busy}:
            decoder.normalise(hostile("say_pid {place}"))
        decoder.normalise(encode(photo(), "PNG"))
        pathlib.Path({str(place)!r}).write_text(str(decoder._running._process.pid))
        time.sleep(600)
    """
    root = Path(__file__).parents[2]
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], cwd=root) as parent:
        deadline = time.monotonic() + 60
        while not (place.exists() and place.read_text()) and time.monotonic() < deadline:
            time.sleep(0.02)
        child = int(place.read_text())
        assert runs(child)
        parent.kill()
        parent.wait()
    deadline = time.monotonic() + 10
    while runs(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not runs(child)


def runs(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
