from __future__ import annotations

from typing import Any

import pytest

from vsfa_data.collect.unanswered import told


def reject(reference: str | None, detail: str | None, reason: str = "timeout") -> dict[str, Any]:
    return {"source_ref": reference, "reason": reason, "detail": detail}


def test_addresses_and_hosts_are_counted_and_each_wait_is_named() -> None:
    rejects = [
        reject("http://a.example/1", "silent for 5 s"),
        reject("http://a.example/2", "silent for 5 s"),
        reject("http://a.example/3", "it failed too often in a row", "host_given_up"),
        reject("http://dead.example/1", "it failed too often in a row", "host_given_up"),
        reject(
            "http://c.example/1",
            "redirected to a.example:81: it failed too often in a row",
            "host_given_up",
        ),
        reject("http://a.example:81/1", "no connection within 2.5 s"),
        reject("http://b.example/1", "not done within 60 s"),
        reject("http://b.example/2", "HTTP 404", "http_status"),
    ]
    assert told(rejects) == (
        "no reply: 5 addresses of 2 hosts (silent for 5 s, no connection within 2.5 s). A run that "
        "waits longer collects anew: --set collect.fetch.reply_timeout_s=30 "
        "--set collect.fetch.connect_timeout_s=15"
    )


def test_what_was_given_up_early_is_counted_apart_and_its_key_is_named() -> None:
    early = "s, given up early: all else was done"
    rejects = [
        reject("http://a.example/1", f"silent for 2 {early}"),
        reject("http://b.example/1", f"no connection within 1.5 {early}"),
    ]
    assert told(rejects) == (
        "no reply: 2 addresses of 2 hosts (2 given up early, after 1.5 s). A run that waits longer "
        "collects anew: --set collect.fetch.adaptive_timeout=false"
    )
    rejects.append(reject("http://c.example/1", "silent for 5 s"))
    assert told(rejects) == (
        "no reply: 3 addresses of 3 hosts (silent for 5 s; 2 given up early, after 1.5 s). A run "
        "that waits longer collects anew: --set collect.fetch.adaptive_timeout=false "
        "--set collect.fetch.reply_timeout_s=30"
    )


@pytest.mark.parametrize("reference", ["M123", None, "http://[half"])
def test_where_references_are_no_addresses_no_hosts_are_counted(reference: str | None) -> None:
    said = told([reject(reference, "silent for 200 s"), reject(reference, None, "host_given_up")])
    assert said.startswith("no reply: 1 address (silent for 200 s). ")
    assert said.endswith("reply_timeout_s=600"), "the longest that a recipe may say"


def test_nothing_is_said_of_what_had_an_answer() -> None:
    assert told([]) == ""
    assert told([reject("http://b.example/1", "not done within 60 s")]) == ""
