from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.collect.fetch.fetching import settings
from tests.collect.fetch.server import Server, cut, reply
from vsfa_data.collect.archive import places
from vsfa_data.collect.archive.places import Place
from vsfa_data.collect.fetch.allowance import VARIABLE
from vsfa_data.errors import SetupError, UserError

DATA = bytes(range(256)) * 8


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


def test_one_file_and_its_name(tmp_path: Path) -> None:
    [place] = places.of(str(tmp_path / "a.tar"))
    assert place == Place("a.tar", path=tmp_path / "a.tar")


def test_a_series_of_files_from_the_folder_that_they_share(tmp_path: Path) -> None:
    found = places.of(f"{tmp_path}/{{8..10}}/x-{{00..01}}.tar")
    assert [place.name for place in found] == [
        f"{folder}/x-{number}.tar" for folder in (8, 9, 10) for number in ("00", "01")
    ]
    assert found[0].path == tmp_path / "8" / "x-00.tar"


@pytest.mark.parametrize(("series", "count"), [("{9..1}", "no"), ("{0..999999999}", "too many")])
def test_series_of_absurd_length(series: str, count: str) -> None:
    with pytest.raises(UserError, match=f"means {count} archives"):
        places.of(f"x{series}.tar")


def test_an_address_is_called_by_what_is_no_secret() -> None:
    [place] = places.of("HTTPS://ann:secret@example.org/a/x.tar?signature=secret#secret")
    assert place.name == "https://example.org/a/x.tar"
    found = places.of("https://example.org/get?n={1..2}")
    assert [place.name for place in found] == [
        "https://example.org/get~0",
        "https://example.org/get~1",
    ]
    assert places.of("http://[x/a.tar")[0].name == "address"


def test_a_file_is_read_where_it_lies(tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(DATA)
    [place] = places.of(str(tmp_path / "a.tar"))
    with place.opened(settings(), 1) as file:
        assert file.read() == DATA


def test_what_an_address_leads_to_is_brought(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, f"{server.host}:{server.port}")
    [place] = places.of(server.on("/a.tar", reply(200, DATA)))
    with place.opened(settings(), len(DATA)) as file:
        assert file.read() == DATA
        assert file.seek(0) == 0
        assert file.peek(4)[:4] == DATA[:4]


def test_what_cannot_be_brought_is_told_in_one_line_without_secrets(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def message(url: str) -> str:
        with pytest.raises(UserError) as caught, places.of(url)[0].opened(settings(), 1000):
            raise AssertionError
        return str(caught.value)

    def why(url: str) -> str:
        said = message(url)
        assert "secret" not in said
        assert "\n" not in said
        return said.partition("(")[2].partition(")")[0]

    large = server.on("/large.tar", reply(200, DATA))
    assert why(large) == "address_not_public: loopback"
    monkeypatch.setenv(VARIABLE, f"{server.host}:{server.port}")
    assert why(large) == "too_many_bytes: more than 1000 bytes"
    assert "raise 'max_archive_bytes'" in message(large)
    assert why(server.url("/none.tar?key=secret")) == "http_status: HTTP 404"
    assert why("http://user:secret@example.org/x.tar") == "credentials_in_url"
    assert why("http://10.0.0.1/x.tar?secret") == "address_not_public: private"
    broken = server.on("/cut.tar", cut(reply(200, DATA[:100], Content_Length="900")))
    assert why(broken) == "truncated: the server hung up within its reply"


def test_a_temporary_file_that_finds_no_room(server: Server) -> None:
    script = (
        "import resource, signal, sys\n"
        "from tests.collect.fetch.fetching import settings\n"
        "from vsfa_data.collect.archive import places\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "with places.of(sys.argv[1])[0].opened(settings(), 10**9): pass\n"
    )
    url = server.on("/a.tar", reply(200, DATA * 100))
    done = subprocess.run(
        [sys.executable, "-c", script, url],
        env=os.environ | {VARIABLE: f"{server.host}:{server.port}"},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
    )
    assert f"{SetupError.__name__}: no space left while writing" in done.stderr


def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.tar")
    for name, wrong in (("none", "does not exist"), (".", "not a file"), ("pipe.tar", "not a")):
        [place] = places.of(str(tmp_path / name))
        with pytest.raises(UserError, match=wrong):
            place.state()
        with pytest.raises(UserError, match=wrong), place.opened(settings(), 1):
            pass


def test_state_changes_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    path.write_bytes(DATA)
    [place] = places.of(str(path))
    before, status = place.state(), path.stat()
    path.write_bytes(DATA[::-1])
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert place.state() != before
    assert str(tmp_path) not in before


def test_digest(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    path.write_bytes(DATA)
    [place] = places.of(str(path))
    with path.open("rb") as file:
        places.check_digest(place, file, hashlib.sha256(DATA).hexdigest())
        assert file.tell() == 0
        with pytest.raises(UserError, match=r"archive a\.tar has the sha256 .* not 00"):
            places.check_digest(place, file, "0" * 64)
