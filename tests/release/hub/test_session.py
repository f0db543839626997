from __future__ import annotations

import logging
import os
import subprocess
import sys
import time

import pytest
from huggingface_hub import HfApi, constants, get_session
from huggingface_hub.utils import are_progress_bars_disabled

from tests.local_hub import WRITE
from vsfa_data.errors import UserError
from vsfa_data.hub_sim.faults import Fault
from vsfa_data.hub_sim.server import Running
from vsfa_data.release.hub.session import (
    OFFICIAL,
    Patience,
    choose_endpoint,
    connected,
    find_token,
    without_queries,
)


def test_the_address_that_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_ENDPOINT", raising=False)
    assert choose_endpoint(None) == OFFICIAL
    monkeypatch.setenv("HF_ENDPOINT", "https://hub.example/")
    assert choose_endpoint(None) == "https://hub.example"
    assert choose_endpoint("http://127.0.0.1:8765/") == "http://127.0.0.1:8765"
    assert choose_endpoint("http://localhost:1") == "http://localhost:1"
    assert choose_endpoint("http://[::1]:1") == "http://[::1]:1"


@pytest.mark.parametrize(
    "address", ["hub.example", "ftp://x", "https://", "https://u:p@x", "https://x?a", "http://x:y"]
)
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(UserError, match="is no address of a Hub"):
        choose_endpoint(address)


def test_a_token_does_not_go_over_a_network_in_clear() -> None:
    with pytest.raises(UserError, match=r"in clear .* use its https:// address"):
        choose_endpoint("http://hub.example")


def test_plain_lfs_is_chosen_for_other_hubs_before_the_client_reads_its_variables() -> None:
    script = (
        "from vsfa_data.release.hub.session import choose_transfer; import sys\n"
        "choose_transfer(sys.argv[1]); from huggingface_hub import constants\n"
        "print(constants.HF_HUB_DISABLE_XET)"
    )
    clean = {key: value for key, value in os.environ.items() if key != "HF_HUB_DISABLE_XET"}

    def chosen(address: str, **more: str) -> str:
        command = [sys.executable, "-c", script, address]
        return subprocess.run(command, capture_output=True, text=True, env=clean | more).stdout

    assert chosen("http://127.0.0.1:1") == "True\n"
    assert chosen(OFFICIAL) == "False\n"
    assert chosen("https://hub.example", HF_HUB_DISABLE_XET="0") == "False\n"


def test_silence_ends(hub: Running) -> None:
    patience = Patience(read_s=0.2, write_s=0.4)
    with connected(hub.url, WRITE, patience, quiet=True) as api:
        for call, limit_s in (
            (api.whoami, 0.2),
            # The client passes "no limit" along with this one.
            (lambda: api.dataset_info("team/none"), 0.2),
            (lambda: api.create_repo("team/none"), 0.4),
        ):
            hub.faults.forget()
            hub.faults.rules = [Fault("stall", nth=1)]
            began = time.perf_counter()
            with pytest.raises(Exception, match="timed out"):
                call()
            assert limit_s <= time.perf_counter() - began < 4 * limit_s


def test_the_client_is_as_before_afterwards(hub: Running) -> None:
    before, bars = logging.getLogger("huggingface_hub").level, are_progress_bars_disabled()
    with connected(hub.url, WRITE, Patience(), quiet=True) as api:
        assert (api.endpoint, api.token) == (hub.url, WRITE)
        assert are_progress_bars_disabled()
        inside = get_session()
    assert get_session() is not inside
    assert get_session().timeout.read is None
    assert logging.getLogger("huggingface_hub").level == before
    assert are_progress_bars_disabled() == bars
    assert not logging.getLogger("huggingface_hub.utils._http").filters
    assert HfApi(endpoint=hub.url, token=WRITE).whoami()["name"] == "local"


def test_without_a_token_none_is_sent(hub: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", WRITE)
    with connected(hub.url, None, Patience(), quiet=True) as api:
        assert api.token is False
    assert find_token() == WRITE
    monkeypatch.delenv("HF_TOKEN")
    assert constants.HF_TOKEN_PATH.endswith("no-token")
    assert find_token() is None


def test_what_signs_an_upload_is_not_logged(
    hub: Running, caplog: pytest.LogCaptureFixture, repo_id: str
) -> None:
    hub.faults.rules = [Fault("503", nth=1, endpoint="upload")]
    with connected(hub.url, WRITE, Patience()) as api:
        api.upload_file(
            path_or_fileobj=b"PAR1",
            path_in_repo="x.parquet",
            repo_id=repo_id,
            repo_type="dataset",
        )
    said = "\n".join(record.getMessage() for record in caplog.records)
    assert "503 thrown while requesting PUT" in said
    assert "signature" not in said
    assert without_queries("see https://a/b?X-Sig=1&b 'http://c?d'") == "see https://a/b 'http://c'"
