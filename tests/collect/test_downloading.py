from __future__ import annotations

import asyncio
import itertools
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.collect.fetch.server import JPEG, Server, Visit, hang, reply
from tests.collect.recipes import of_folder
from vsfa_data import tables
from vsfa_data.collect import downloading, spool
from vsfa_data.collect.fetch.allowance import VARIABLE
from vsfa_data.recipe import CollectSection
from vsfa_data.stages import Output, Shard
from vsfa_data.workspace import StageFolder


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with Server() as running:
        monkeypatch.setenv(VARIABLE, f"{running.host}:{running.port}")
        yield running
    assert [thread.name for thread in threading.enumerate() if thread.name == "downloads"] == []


@pytest.fixture
def folder(tmp_path: Path) -> StageFolder:
    (tmp_path / "collect").mkdir()
    return StageFolder(tmp_path / "collect")


def section(**fetch: Any) -> CollectSection:
    quick = {"reply_timeout_s": 0.5, "retries": 0, "honour_opt_out": False}
    return of_folder("images", fetch=quick | fetch).collect


def shards_of(urls: list[str | None], size: int) -> Iterator[Shard]:
    """Shards of `size` candidates; those without an address have bytes."""
    numbered = enumerate(urls)
    for index in itertools.count():
        rows = []
        for position, url in itertools.islice(numbered, size):
            known = {"position": position, "source": "test", "source_ref": str(position)}
            data = b"at hand" if url is None else None
            rows.append(dict.fromkeys(tables.CANDIDATES.names) | known | {"url": url, "data": data})
        if not rows:
            return
        yield Shard(index, candidates=tables.CANDIDATES.build(rows))


def finish(folder: StageFolder, shard: Shard) -> None:
    folder.write(shard.index, Output(tables.IMAGES.empty(), tables.REJECTS.empty(), 0))


def rows_of(shard: Shard) -> list[dict[str, Any]]:
    assert shard.candidates is not None
    return list(shard.candidates.to_pylist())


@pytest.mark.parametrize("memory", [0, 10**9])
def test_bytes_files_and_reasons_take_the_place_of_addresses(
    server: Server, folder: StageFolder, monkeypatch: pytest.MonkeyPatch, memory: int
) -> None:
    monkeypatch.setattr(spool, "MAX_MEMORY", memory)
    good, gone = server.on("/good", reply()), server.url("/gone")
    page = server.on("/page", reply(200, b"<!doctype html><p>Not any more", Content_Type="image/x"))
    odd = server.on("/odd", reply(200, b"whatever this is"))
    listed = list(shards_of([good, None, gone, page, "ftp://x/", odd], 4))
    with downloading.fetched(listed, section(), folder) as passed:
        found = {shard.index: rows_of(shard) for shard in passed}
        assert sorted(found) == [0, 1]
        rows = [*found[0], *found[1]]
        assert [row["position"] for row in rows] == list(range(6))
        assert [row["reason"] for row in rows] == [
            *(None, None, "http_status", "not_an_image", "scheme_not_allowed", None)
        ]
        assert rows[3]["detail"] == "text/html"
        assert [image_of(row) for row in rows[:2]] == [JPEG, b"at hand"]
        assert image_of(rows[5]) == b"whatever this is"
        assert (rows[0]["path"] is None) == (memory > 0)
        assert [row["source_ref"] for row in rows] == list("012345")
    assert list(folder.path.iterdir()) == []


def image_of(row: dict[str, Any]) -> bytes:
    assert (row["path"] is None) != (row["data"] is None)
    data: bytes = row["data"] or Path(os.fsdecode(row["path"])).read_bytes()
    return data


def test_shards_without_addresses_pass_and_no_thread_is_started(folder: StageFolder) -> None:
    listed = list(shards_of([None] * 5, 2))
    with downloading.fetched(listed, section(), folder) as passed:
        for shard in passed:
            assert shard is listed[shard.index]
            assert all(thread.name != "downloads" for thread in threading.enumerate())


def test_a_slow_host_holds_up_its_own_shard_alone(server: Server, folder: StageFolder) -> None:
    urls: list[str | None] = [server.on(f"/{number}", reply()) for number in range(40)]
    with Server("127.0.0.2") as slow:
        os.environ[VARIABLE] += f",{slow.host}:{slow.port}"
        urls[3] = slow.on("/hang", hang)
        with downloading.fetched(shards_of(urls, 10), section(), folder) as passed:
            order = [shard.index for shard in passed]
    assert order[-1] == 0
    assert sorted(order) == [0, 1, 2, 3]


def test_the_files_of_finished_shards_are_deleted(
    server: Server, folder: StageFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "MAX_MEMORY", 0)
    urls: list[str | None] = [server.on(f"/{number}", reply()) for number in range(200)]
    most = 0
    with downloading.fetched(shards_of(urls, 5), section(concurrency=4), folder) as passed:
        for shard in passed:
            finish(folder, shard)
            most = max(most, len(list(folder.path.glob(".tmp-*"))))
            assert [image_of(row) for row in rows_of(shard)] == [JPEG] * 5
    assert 5 <= most < 60
    assert list(folder.path.glob(".tmp-*")) == []


@pytest.mark.parametrize(
    ("limit", "value", "most"), [("WINDOW", 10, 10), ("MAX_HELD", 10, 10), ("MAX_SPOOLED", 1, 1)]
)
def test_shards_are_read_no_further_than_needed(
    server: Server,
    folder: StageFolder,
    monkeypatch: pytest.MonkeyPatch,
    limit: str,
    value: int,
    most: int,
) -> None:
    monkeypatch.setattr(downloading, limit, value)
    urls: list[str | None] = [server.on(f"/{number}", reply()) for number in range(300)]
    read = 0

    def reading() -> Iterator[Shard]:
        nonlocal read
        for shard in shards_of(urls, 5):
            read += 1
            yield shard

    ahead = []
    with downloading.fetched(reading(), section(), folder) as passed:
        for number, shard in enumerate(passed, start=1):
            ahead.append(read - number)
            if limit != "MAX_SPOOLED":
                finish(folder, shard)
    assert read == len(ahead) == 60
    # What has come counts as spooled: at first, nothing has, and all of this list is read.
    first = ahead.index(0) if limit == "MAX_SPOOLED" else 0
    assert max(ahead[first:]) <= most


def test_a_slow_listing_and_slow_downloads_go_on_side_by_side(
    server: Server, folder: StageFolder
) -> None:
    async def slow(visit: Visit) -> None:
        time.sleep(0.02)  # this server answers one after the other
        await visit.send(reply())

    urls: list[str | None] = [server.on(f"/{number}", slow) for number in range(30)]

    def listing() -> Iterator[Shard]:
        for shard in shards_of(urls, 5):
            time.sleep(0.1)
            yield shard

    began = time.monotonic()
    with downloading.fetched(listing(), section(), folder) as passed:
        assert len(list(passed)) == 6
    assert time.monotonic() - began < 1.1  # one after the other, it would be 1.2 and more


def test_leaving_early_stops_everything(server: Server, folder: StageFolder) -> None:
    urls: list[str | None] = [server.on(f"/{number}", reply()) for number in range(20)]
    urls += [server.on(f"/hang/{number}", hang) for number in range(20)]
    began = time.monotonic()
    slow = section(reply_timeout_s=60, attempt_timeout_s=60)
    with downloading.fetched(shards_of(urls, 5), slow, folder) as passed:
        next(passed)
    assert time.monotonic() - began < 2.0
    assert list(folder.path.iterdir()) == []


def test_what_has_come_of_a_shard_does_not_wait_for_the_rest_of_it(
    server: Server, folder: StageFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloading, "LEAST", 3)
    monkeypatch.setattr(downloading, "LEAD", 6)
    is_free = threading.Event()

    async def wait(visit: Visit) -> None:
        await asyncio.get_running_loop().run_in_executor(None, is_free.wait)
        await visit.send(reply())

    urls: list[str | None] = [server.on(f"/{number}", reply()) for number in range(20)]
    urls[2] = server.on("/wait", wait)
    urls[1] = server.url("/gone")
    patient = section(reply_timeout_s=60, attempt_timeout_s=60)
    with downloading.fetched(shards_of(urls, 5), patient, folder) as passed:
        first = [next(passed) for _ in range(4)]
        assert {shard.index for shard in first} == {0, 1, 2, 3}
        (early,) = (shard for shard in first if shard.index == 0)
        assert early.put_at is not None
        assert [row["position"] for row in rows_of(early)] == [0, 3, 4]
        assert [image_of(row) for row in rows_of(early)] == [JPEG] * 3
        is_free.set()
        (last,) = passed
    assert (last.index, last.put_at, last.put_by) == (0, None, (early.put_at,))
    found = [(row["data"], row["reason"]) for row in rows_of(last)]
    assert found == [(None, None), (None, "http_status"), (JPEG, None), (None, None), (None, None)]


def test_images_do_not_wait_while_nothing_but_rejects_comes(
    server: Server, folder: StageFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloading, "LEAST", 3)

    async def missing(visit: Visit) -> None:
        await asyncio.sleep(0.05)
        await visit.send(reply(404, b""))

    urls: list[str | None] = [server.on(f"/{number}", reply()) for number in range(3)]
    urls += [server.on(f"/missing/{number}", missing) for number in range(20)]
    with downloading.fetched(shards_of(urls, 23), section(per_host=1), folder) as passed:
        early = next(passed)
        assert [row["position"] for row in rows_of(early)] == [0, 1, 2]
        assert len(server.visits) < 15
        assert len(list(passed)) == 1


def test_where_all_hosts_answer_no_shard_comes_in_pieces(
    server: Server, folder: StageFolder
) -> None:
    urls: list[str | None] = [server.on(f"/{number}", reply()) for number in range(600)]
    urls += ["ftp://x/"] * 300  # known to be bad before anything has come
    with downloading.fetched(shards_of(urls, 60), section(), folder) as passed:
        assert [shard for shard in passed if shard.put_at or shard.put_by] == []
