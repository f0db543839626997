from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.caption.chat_server import (
    MODEL,
    Answer,
    Asked,
    complains,
    describes,
    says,
    serving,
)
from tests.caption.made import plain
from vsfa_data.caption.captioner import Caption
from vsfa_data.caption.captioners.endpoint import EndpointCaptioner, EndpointOptions
from vsfa_data.caption.prompted.reply_cache import FILE
from vsfa_data.caption.server import asking
from vsfa_data.errors import SetupError, UserError

PICTURES = [plain(f"#{shade:02x}8040") for shade in range(24)]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "FIRST_WAIT_S", 0.01)


def made(url: str, **options: Any) -> EndpointCaptioner:
    captioner = EndpointCaptioner(EndpointOptions(url=url, **{"model": MODEL, **options}))
    captioner.open()
    return captioner


def test_captions_with_facts_come_in_the_order_of_the_pictures() -> None:
    with serving() as server:
        captioner = made(server.url)
        captioner.require()
        said = captioner.caption(PICTURES)
    for picture, caption in zip(PICTURES, said, strict=True):
        alone = describes(Asked(_body(picture.data), {}, 1)).data.decode()
        assert caption.text in alone
        assert caption.subject in caption.text.split()
        assert len(caption.absent) == 1
    assert len({caption.text for caption in said}) > 1
    assert len(server.seen) == 1 + 7 * len(PICTURES)  # one before the build begins


def _body(data: bytes) -> dict[str, Any]:
    import base64

    image = {"url": "data:image/png;base64," + base64.b64encode(data).decode()}
    return {"messages": [{"content": [{"image_url": image}, {"text": "Describe"}]}]}


def test_a_picture_s_next_question_does_not_wait_for_the_other_pictures() -> None:
    """One slow picture: the others are through with all three questions before its first reply."""

    def behave(asked: Asked) -> Answer:
        answer = describes(asked)
        answer.delay_s = 0.4 if asked.image == PICTURES[0].data else 0.0
        return answer

    with serving(behave) as server:
        made(server.url, max_concurrency=4, topics_per_image=0).caption(PICTURES[:6])
        before = [t for t in server.times if t < server.times[0] + 0.4]
    assert len(before) == 1 + 5 * 3


def test_refusals_failures_and_cut_captions_are_reasons_not_missing_rows() -> None:
    behaviours = {
        PICTURES[0].data: says(None, refusal="No."),
        PICTURES[1].data: complains(400, "bad image"),
        PICTURES[2].data: says("A very long", "length"),
        PICTURES[3].data: says(" \n"),
        PICTURES[4].data: says("I'm sorry, but I can't assist with that."),
    }
    with serving(lambda asked: behaviours.get(asked.image) or describes(asked)) as server:
        said = made(server.url).caption(PICTURES[:6])
    assert [caption.reason for caption in said] == [
        "refused_caption",
        "no_reply",
        "cut_off_caption",
        "empty_caption",
        "refused_caption",
        None,
    ]
    assert said[0] == Caption("", reason="refused_caption")


def test_replies_are_kept_with_tokens_and_cost_and_replayed_without_a_server(
    tmp_path: Path,
) -> None:
    with serving() as server:
        captioner = made(server.url, input_price=2.0, output_price=10.0)
        captioner.keep(tmp_path)
        said = captioner.caption(PICTURES)
    again = made("http://127.0.0.1:9/v1")
    again.keep(tmp_path)
    assert again.caption(PICTURES[::-1]) == said[::-1]
    with sqlite3.connect(tmp_path / FILE) as base:
        (row,) = base.execute(
            "SELECT count(*), sum(input_tokens), sum(output_tokens), sum(cost) FROM replies"
        )
    count = 7 * len(PICTURES)
    assert row == (count, 300 * count, 20 * count, pytest.approx(count * 800 / 1e6))


def test_what_a_dying_server_replied_is_kept_and_the_rest_asked_later(tmp_path: Path) -> None:
    def dies(asked: Asked) -> Answer:
        return describes(asked) if len(server.seen) <= 10 else complains(500)

    with serving(dies) as server:
        captioner = made(server.url, attempts=1, prompts="caption_only")
        captioner.keep(tmp_path)
        with pytest.raises(SetupError, match="replies so far are kept"):
            captioner.caption(PICTURES)
    with serving() as server:
        captioner = made(server.url, prompts="caption_only")
        captioner.keep(tmp_path)
        captioner.caption(PICTURES)
        assert len(server.seen) == len(PICTURES) - 10


def test_the_key_comes_from_the_environment_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VSFA_TEST_KEY", " sk-secret\n")
    with serving(key="sk-secret") as server:
        captioner = made(server.url, key_env="VSFA_TEST_KEY")
        captioner.require()
        assert captioner.caption(PICTURES[:1])[0].text
        told = [captioner.identity, str(captioner.options), repr(captioner.parameters(5))]
        with pytest.raises(SetupError, match=r"refuses access \(401\).*key_env"):
            made(server.url).require()
    assert not any("sk-secret" in text for text in told)


@pytest.mark.parametrize("value", ["", "  ", "a\x00b"])
def test_a_key_that_is_not_set_is_told(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VSFA_TEST_KEY", raising=False)
    if value and "\x00" not in value:
        monkeypatch.setenv("VSFA_TEST_KEY", value)
    with pytest.raises(SetupError, match="VSFA_TEST_KEY, which is not set or holds no key"):
        made("http://127.0.0.1:9", key_env="VSFA_TEST_KEY").require()


@pytest.mark.parametrize(
    "options",
    [
        {"url": "ftp://x/v1"},
        {"url": "http://"},
        {"url": "http://user:secret@x/v1"},
        {"url": "http://x/v1?key=secret"},
        {"key_env": "sk-secret"},
        {"key": "sk-secret"},
        {"timeout_s": 0},
    ],
)
def test_options_that_could_carry_a_secret_or_make_no_sense_are_refused(
    options: dict[str, Any],
) -> None:
    with pytest.raises(ValidationError):
        EndpointOptions(**options)


def test_no_server_is_told_at_once() -> None:
    with pytest.raises(SetupError, match=r"no server answers at http://127\.0\.0\.1:9/v1 .*--set"):
        made("http://127.0.0.1:9/v1/").require()


def test_a_model_that_the_server_does_not_have_is_told_with_those_it_has() -> None:
    with (
        serving() as server,
        pytest.raises(UserError, match=f"has no model 'gpt-9'. It has: {MODEL}"),
    ):
        made(server.url, model="gpt-9").require()


def test_the_model_must_be_named() -> None:
    with pytest.raises(UserError, match=r"caption\.model is not given"):
        EndpointCaptioner(EndpointOptions()).require()


def test_address_and_patience_are_not_part_of_what_is_kept() -> None:
    one = made("http://a/v1", timeout_s=5, max_concurrency=3)
    other = made("http://b/v1")
    assert (one.identity, one.parameters(9)) == (other.identity, other.parameters(9))
    assert one.alone
