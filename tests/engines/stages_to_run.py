"""Stages that the engine's tests run; worker processes import them from here."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from vsfa_data import tables
from vsfa_data.errors import MissingExtraError
from vsfa_data.processes import notices
from vsfa_data.stages import MapStage, Output, Shard


class Naming(MapStage):
    """Names each candidate after itself and notes in which process and thread count."""

    name, step, version = "naming", "collect", 1
    reads, writes = (), tables.UNIQUE

    def settings(self) -> dict[str, Any]:
        return {}

    def open(self) -> None:
        self.opened = True

    def process(self, shard: Shard) -> Output:
        assert self.opened
        assert shard.candidates is not None
        rows = shard.candidates.to_pylist()
        return Output(
            tables.UNIQUE.build(
                {"image_id": row["source_ref"], "position": row["position"]} for row in rows
            ),
            tables.REJECTS.empty(),
            len(rows),
        )


class Ready(Naming):
    """Says by a file that it was opened."""

    def open(self) -> None:
        super().open()
        Path(os.environ["READY"]).touch()


class Piecewise(Naming):
    """Takes its time for early pieces, and names each candidate after what they have put by."""

    def put(self, shard: Shard) -> None:
        assert shard.put_at is not None
        assert shard.candidates is not None
        time.sleep(0.3)
        shard.put_at.write_text(f"{shard.candidates.num_rows} early")

    def process(self, shard: Shard) -> Output:
        names = [path.read_text() for path in shard.put_by]
        rows = [{"image_id": name, "position": number} for number, name in enumerate(names)]
        return Output(tables.UNIQUE.build(rows), tables.REJECTS.empty(), len(rows))


class Threads(Naming):
    """Tells the process, how many threads it may use, and whether Arrow has imported pandas."""

    def process(self, shard: Shard) -> Output:
        tables.UNIQUE.build([{"image_id": "x", "position": 0}])
        seen = f"{os.getpid()} {os.environ['OMP_NUM_THREADS']} {'pandas' in sys.modules}"
        row = {"image_id": seen, "position": 0}
        return Output(tables.UNIQUE.build([row]), tables.REJECTS.empty(), 1)


class Mistaken(Naming):
    """Meets a user's mistake in the worker."""

    def process(self, shard: Shard) -> Output:
        raise MissingExtraError("encoder 'embedded'", "embedded", "timm")


class Buggy(Naming):
    """Has a bug."""

    def process(self, shard: Shard) -> Output:
        raise ZeroDivisionError(f"in shard {shard.index}")


class Dying(Naming):
    """Is killed by the system, as when memory runs out."""

    def process(self, shard: Shard) -> Output:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError


class Exhausting(Naming):
    """Meets the end of its memory in the second shard."""

    def process(self, shard: Shard) -> Output:
        if shard.index == 1:
            raise MemoryError
        return super().process(shard)


class Waiting(Naming):
    """Never ends by itself; says where it runs."""

    def process(self, shard: Shard) -> Output:
        print(os.getpid(), flush=True)
        threading.Event().wait()
        raise AssertionError


class Alone(Naming):
    """Runs in one process; works on several shards at a time and tells where, and with whom."""

    def alone(self) -> bool:
        return True

    def process_all(self, shards: Iterable[Shard]) -> Iterator[Output]:
        group = list(shards)
        for shard in group:
            row = {"image_id": f"{os.getpid()} {self.helpers}", "position": len(group)}
            assert shard.candidates is not None
            yield Output(tables.UNIQUE.build([row]), tables.REJECTS.empty(), 1)


class AloneAndWaiting(Alone):
    """Says that it waits, and goes on once that has been heard."""

    def process_all(self, shards: Iterable[Shard]) -> Iterator[Output]:
        heard = Path(os.environ["HEARD"])
        if not heard.exists():
            notices.tell("waiting")
            while not heard.exists():
                os.sched_yield()
            notices.tell("")
        yield from super().process_all(shards)

    def process(self, shard: Shard) -> Output:
        return next(self.process_all([shard]))


class OnCards(Alone):
    """Uses two GPUs, and waits with the first shard of each until the other has one, too."""

    def cards(self) -> int:
        return 2

    def process_all(self, shards: Iterable[Shard]) -> Iterator[Output]:
        card = os.environ["CUDA_VISIBLE_DEVICES"]
        meeting = Path(os.environ["VSFA_TEST_MEETING"])
        (meeting / card).touch()
        while len(list(meeting.iterdir())) < 2:
            os.sched_yield()
        for output in super().process_all(shards):
            row = output.rows.to_pylist()[0]
            row["image_id"] += f" {card}"
            yield Output(tables.UNIQUE.build([row]), tables.REJECTS.empty(), 1)


class AloneAndMistaken(Alone):
    """Meets a user's mistake after its first shard."""

    def process_all(self, shards: Iterable[Shard]) -> Iterator[Output]:
        yield next(super().process_all(shards))
        raise MissingExtraError("encoder 'embedded'", "embedded", "timm")
