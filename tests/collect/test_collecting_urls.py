"""A list of addresses collected as users do it, from a real server, by real workers."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.collect.fetch.server import Server, Visit, hang, reply
from tests.collect.samples import encode, photo
from vsfa_data import recipe as recipes
from vsfa_data.collect import downloading
from vsfa_data.collect.fetch import tail
from vsfa_data.collect.fetch.allowance import VARIABLE
from vsfa_data.collect.spool import Spool
from vsfa_data.pipeline import Built, Job, Quiet, build
from vsfa_data.workspace import StageFolder

LIST = "collect.sources=[{{source: urls, path: {path}}}]"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with Server() as running:
        monkeypatch.setenv(VARIABLE, f"{running.host}:{running.port}")
        yield running


def collect(out: Path, path: Path, *sets: str, workers: int = 0) -> dict[str, Any]:
    """The funnel's line of collect."""
    line: dict[str, Any] = built(out, path, *sets, workers=workers).funnel["collect"]
    return line


def built(out: Path, path: Path, *sets: str, workers: int = 0) -> Built:
    """What `vsfa-data collect` comes to."""
    chosen = recipes.load("quickstart", [LIST.format(path=path), *sets])
    return build(Job(chosen, out, until="collect", workers=workers, shard_size=8), Quiet())


def write_list(path: Path, server: Server) -> Path:
    """Forty good addresses, and one in five of several kinds of bad ones."""
    rows = ["url,license,title"]
    for number in range(40):
        picture = encode(photo(96 + number, 80), "JPEG" if number % 2 else "PNG")
        rows.append(f"{server.on(f'/{number}', reply(200, picture))},CC-BY-4.0,Number {number}")
        if number % 5 == 0:
            rows.append(f"{server.url(f'/gone/{number}')},MIT,")
    rows.append(f"{server.url('/0')},MIT,a second time")
    rows.append(f"{server.on('/twin', reply(200, encode(photo(96, 80), 'PNG')))},MIT,")
    rows.append(f"{server.on('/page', reply(200, b'<html>'))},MIT,")
    rows.append(f"{server.on('/cut', reply(200, encode(photo(), 'JPEG')[:900]))},MIT,")
    rows.append(f"{server.on('/reserved', reply(X_Robots_Tag='noai'))},MIT,")
    rows.append("http://169.254.169.254/latest,MIT,")
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


REJECTED = {
    "http_status": 8,
    "repeated_address": 1,
    "license_conflict": 1,
    "not_an_image": 1,
    "truncated": 1,
    "opted_out": 1,
    "address_not_public": 1,
}


def test_nobody_is_asked_for_what_has_no_licence(server: Server, tmp_path: Path) -> None:
    picture, other = (reply(200, encode(photo(96 + n, 80), "PNG")) for n in range(2))
    path = tmp_path / "list.csv"
    rows = [f"{server.on('/free', picture)},CC0-1.0", f"{server.on('/none', other)},n/a"]
    path.write_text("\n".join(["url,license", *rows]), encoding="utf-8")
    line = collect(tmp_path / "out", path)
    assert (line["in"], line["kept"], line["rejected"]) == (2, 1, {"license_unknown": 1})
    assert "/none" not in {visit.path for visit in server.visits}
    line = collect(tmp_path / "kept", path, "collect.keep_unlicensed=true")
    assert (line["in"], line["kept"]) == (2, 2)


def test_a_list_with_everything_in_it(server: Server, tmp_path: Path) -> None:
    path = write_list(tmp_path / "list.csv", server)
    line = collect(tmp_path / "out", path, workers=2)
    assert (line["in"], line["kept"], line["rejected"]) == (54, 40, REJECTED)
    work = tmp_path / "out" / "work" / "collect"
    rows = [row for part in sorted(work.glob("part-*")) for row in pq.read_table(part).to_pylist()]
    assert [row["position"] for row in rows] == sorted(row["position"] for row in rows)
    one = next(row for row in rows if row["source_ref"] == server.url("/7"))
    assert (one["source"], one["license"], one["title"]) == ("urls", "CC-BY-4.0", "Number 7")
    assert list(work.glob(".tmp-*")) == []
    asked = Counter(server.asked())
    assert asked["/0"] == 1, "an address that is listed twice is asked for once"


def test_the_same_shards_come_of_it_however_the_replies_come(
    server: Server, tmp_path: Path
) -> None:
    path = write_list(tmp_path / "list.csv", server)
    first = collect(tmp_path / "one", path)
    second = collect(tmp_path / "two", path, "collect.fetch.concurrency=3", workers=1)
    assert first == second
    names = [part.name for part in sorted((tmp_path / "one" / "work" / "collect").glob("*-0*"))]
    assert len(names) == 14
    for name in names:
        one, two = (tmp_path / out / "work" / "collect" / name for out in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()


def test_a_hanging_host_costs_its_own_images_and_not_the_list(
    server: Server, tmp_path: Path
) -> None:
    path = write_list(tmp_path / "list.csv", server)
    rows = path.read_text(encoding="utf-8").splitlines()
    rows[3:3] = [f"{server.on(f'/hang/{number}', hang)},MIT," for number in range(3)]
    path.write_text("\n".join(rows), encoding="utf-8")
    quick = ("collect.fetch.reply_timeout_s=0.3", "collect.fetch.retries=0")
    line = collect(tmp_path / "out", path, *quick)
    assert line["kept"] == 40
    assert line["rejected"]["timeout"] == 3


def test_a_shard_in_pieces_is_the_shard_that_it_would_be_in_one(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_list(tmp_path / "list.csv", server)
    rows = path.read_text(encoding="utf-8").splitlines()
    for number, place in enumerate(range(50, 0, -7)):  # a hanging address in each shard
        rows.insert(place, f"{server.on(f'/hang/{number}', hang)},MIT,")
    path.write_text("\n".join(rows), encoding="utf-8")
    quick = ("collect.fetch.reply_timeout_s=1", "collect.fetch.retries=0")
    one = collect(tmp_path / "one", path, *quick)
    pieces: list[Path] = []
    monkeypatch.setattr(downloading, "LEAST", 1)
    monkeypatch.setattr(downloading, "LEAD", 0)
    monkeypatch.setattr(Spool, "piece", _noting(Spool.piece, pieces))
    for out, workers in (("alone", 0), ("shared", 2)):
        pieces.clear()
        assert collect(tmp_path / out, path, *quick, workers=workers) == one
        assert len({path.name.split("-")[2] for path in pieces}) > 5, "most shards came in pieces"
        for part in (tmp_path / "one" / "work" / "collect").glob("*-0*"):
            other = tmp_path / out / "work" / "collect" / part.name
            assert other.read_bytes() == part.read_bytes()
        assert list((tmp_path / out).rglob(".tmp-*")) == []


def _noting(piece: Callable[[Spool, int], Path], noted: list[Path]) -> Callable[[Spool, int], Path]:
    def note(spool: Spool, index: int) -> Path:
        noted.append(piece(spool, index))
        return noted[-1]

    return note


def test_what_is_finished_is_not_asked_for_again(server: Server, tmp_path: Path) -> None:
    path = write_list(tmp_path / "list.csv", server)
    before = collect(tmp_path / "out", path)
    folder = StageFolder(tmp_path / "out" / "work" / "collect")
    folder.rows(2).unlink()
    (folder.path / "done.json").unlink()
    server.visits.clear()
    assert collect(tmp_path / "out", path, "collect.fetch.per_host=2") == before
    assert len(server.asked()) == 8
    collect(tmp_path / "out", path, "collect.fetch.max_redirects=0")
    assert len(server.asked()) > 50, "a setting that decides what is fetched has it fetched anew"


def test_a_run_that_waits_longer_collects_what_was_too_slow(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the first run says; and it says the same again if nothing is left to do.

    Where the others are quick, the slow host would be given up before its time, and this is said.
    """

    async def slowly(visit: Visit) -> None:
        await asyncio.sleep(0.6)
        await visit.send(reply(200, encode(photo(), "JPEG")) if visit.path == "/a" else reply(404))

    with Server("127.0.0.2") as slow:
        hosts = f"{server.host}:{server.port},{slow.host}:{slow.port}"
        monkeypatch.setenv(VARIABLE, hosts)
        slow.on("/.well-known/tdmrep.json", slowly)
        rows = ["url,license", f"{slow.on('/a', slowly)},MIT"]
        good = reply(200, encode(photo(90, 80), "PNG"))
        rows.append(f"{server.on('/b', good)},MIT")
        (tmp_path / "list.csv").write_text("\n".join(rows), encoding="utf-8")
        impatient = "collect.fetch.reply_timeout_s=0.4"
        for _ in range(2):
            first = built(tmp_path / "out", tmp_path / "list.csv", impatient)
            assert first.funnel["collect"]["rejected"] == {"timeout": 1}
            said, _, longer = first.unanswered.partition(" --set ")
            assert said.startswith("no reply: 1 address of 1 host (silent for 0.4 s). ")
        assert longer == "collect.fetch.reply_timeout_s=2.4"
        second = built(tmp_path / "out", tmp_path / "list.csv", longer)
        assert second.funnel["collect"]["kept"] == 2
        assert second.unanswered == ""
        monkeypatch.setattr(tail, "HOSTS", 1)
        monkeypatch.setattr(tail, "LOST_S", 0.1)
        monkeypatch.setattr(tail, "STEP_S", 0.2)
        monkeypatch.setattr(tail, "TIMES", 0.1)
        third = built(tmp_path / "out", tmp_path / "list.csv")
        assert third.funnel["collect"]["rejected"] == {"timeout": 1}
        said, _, longer = third.unanswered.partition(" --set ")
        assert said.startswith("no reply: 1 address of 1 host (1 given up early, after 0.2 s). ")
        fourth = built(tmp_path / "out", tmp_path / "list.csv", longer)
    assert fourth.funnel["collect"]["kept"] == 2
