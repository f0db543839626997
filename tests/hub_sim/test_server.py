from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest
from huggingface_hub import HfApi

from tests.local_hub import WRITE
from vsfa_data.errors import SetupError
from vsfa_data.hub_sim.server import HOST, in_thread, listening


def test_it_listens_on_the_loopback_only_stops_and_keeps_what_it_holds(tmp_path: Path) -> None:
    with in_thread(tmp_path) as running:
        assert running.url.startswith("http://127.0.0.1:")
        HfApi(endpoint=running.url, token=WRITE).create_repo("team/set", repo_type="dataset")
    port = int(running.url.rpartition(":")[2])
    with socket.socket() as line:
        assert line.connect_ex((HOST, port)) != 0
    with in_thread(tmp_path) as again:
        assert HfApi(endpoint=again.url, token=WRITE).dataset_info("team/set").id == "team/set"


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    async def listen(port: int) -> None:
        async with listening(tmp_path, port):
            pass

    with socket.socket() as line:
        line.bind((HOST, 0))
        line.listen()
        with pytest.raises(SetupError, match=r"cannot listen on 127.0.0.1:\d+ .*--port"):
            asyncio.run(listen(line.getsockname()[1]))
