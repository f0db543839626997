from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.caption.chat_server import MODEL, Answer, Asked, complains, describes, says, serving
from vsfa_data.caption.server import trial as module
from vsfa_data.caption.server.server import Server
from vsfa_data.caption.server.trial import trial
from vsfa_data.errors import SetupError

KEY = "sk-very-secret"


def keyless(asked: Asked) -> Answer:
    return complains(401, f"{'x' * 160} {asked.headers['Authorization']} may not")


@pytest.mark.parametrize(
    ("behave", "said", "times"),
    [
        (lambda _: complains(404, "no model 'x'"), "(404: no model 'x')", 1),
        (lambda _: Answer(b"<html>Not found", 404), "(404: <html>Not found)", 1),
        (lambda _: Answer(b"<html>Log in"), "gives no completion: 200 with what is no chat", 2),
        (lambda _: complains(400, "it sees nothing"), "no completion: 400: it sees nothing", 1),
        (lambda _: Answer(b"", 307, {"Location": "/v2"}), "gives no completion (307: nothing)", 1),
        (lambda _: Answer(b"{}" * 9, cut=3), "gives no completion: ", 2),
        (keyless, "refuses access (401: ", 1),
    ],
)
def test_a_server_without_completions_is_told_in_its_own_words(
    behave: Callable[[Asked], Answer], said: str, times: int
) -> None:
    with serving(behave) as server, pytest.raises(SetupError) as told:
        trial(Server(server.url, MODEL, KEY), "Describe it.", 160)
    line = str(told.value)
    assert line.startswith(server.url)
    assert said in line
    assert "\n" not in line
    assert "sk-" not in line
    assert len(server.seen) == times


@pytest.mark.parametrize(
    "behave", [describes, lambda _: says(None, refusal="No."), lambda _: complains(503)]
)
def test_a_server_that_replies_or_is_busy_is_asked_once(
    behave: Callable[[Asked], Answer],
) -> None:
    with serving(behave) as server:
        trial(Server(server.url, MODEL), "Describe it.", 160)
    (asked,) = server.seen
    assert asked.prompt == "Describe it."
    assert asked.body["max_tokens"] == 160


def test_a_slow_server_is_left_to_the_build(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TRIAL_S", 0.2)
    with serving(lambda _: Answer(b"<html>", delay_s=1.0)) as server:
        trial(Server(server.url, MODEL), "Describe it.", 160)
