"""Captions from a server that speaks the chat-completions protocol."""

from __future__ import annotations

import asyncio
import os
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from vsfa_data.caption.prompted.captioner import PromptedCaptioner, PromptedOptions
from vsfa_data.caption.prompted.talks import More, Replies
from vsfa_data.caption.server.adaptive import Limit
from vsfa_data.errors import SetupError, UserError

if TYPE_CHECKING:
    from vsfa_data.caption.server.server import Server


class EndpointOptions(PromptedOptions):
    """Which server, which of its models, and how it may be used."""

    url: str = Field("http://127.0.0.1:8000/v1", max_length=2000)
    """Address that /chat/completions is appended to. The default is vLLM's on this machine."""
    model: str | None = Field(None, min_length=1, max_length=500)
    """Name of the model, as the server calls it."""
    key_env: str | None = Field(None, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=100)
    """Environment variable that holds the key. The key itself stands in no recipe."""
    temperature: float = Field(0.0, ge=0.0, le=2.0)
    """0 asks for the likeliest token every time."""
    max_concurrency: int = Field(64, ge=1, le=4096)
    """Requests on their way at a time, at most; fewer where the server complains."""
    timeout_s: float = Field(120.0, gt=0.0, le=3600.0)
    """Seconds that one attempt may take."""
    attempts: int = Field(6, ge=1, le=100)
    """How often one request is tried before its picture is rejected."""
    patience_s: float = Field(600.0, gt=0.0, le=86_400.0)
    """Seconds for which a server may give nothing but refusals and failures before the build stops;
    replies so far are kept, and the same command goes on. Retry-After may ask for as much."""
    input_price: float | None = Field(None, ge=0.0, allow_inf_nan=False)
    """Price of a million input tokens, in any currency, for the sum of costs."""
    output_price: float | None = Field(None, ge=0.0, allow_inf_nan=False)
    """Price of a million output tokens."""

    @field_validator("url")
    @classmethod
    def _plain_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("an address begins with http:// or https://")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("an address holds no user, password or query: use key_env")
        return value.rstrip("/")


class EndpointCaptioner(PromptedCaptioner):
    """Asks a vLLM, SGLang, TGI or llama.cpp server, or any other of that protocol.

    As many requests are on their way as the server takes without complaint; `Retry-After` is
    kept; what fails for a while is tried again. A picture that gets no usable reply is rejected
    with `no_reply`; if that happens several times in a row, the build stops.
    """

    Options: ClassVar[type[PromptedOptions]] = EndpointOptions
    chunk = 256

    @property
    def alone(self) -> bool:
        """One process waits for many replies."""
        return True

    @property
    def identity(self) -> str:
        """The model's name: more cannot be known of a server's model."""
        return f"endpoint 1; model {self.options.model}"

    def parameters(self, max_new_tokens: int) -> dict[str, Any]:
        """Length and sampling. Where the server is, and how it is asked, is chance."""
        return {"max_new_tokens": max_new_tokens, "temperature": self.options.temperature}

    def require(self) -> None:
        """Raise SetupError unless a server gives a completion of that model, and the key is set."""
        from vsfa_data.caption.server.trial import trial

        trial(self._server(), self.prompts.caption.text, self.options.max_new_tokens)

    def open(self) -> None:
        """Nothing to load."""

    @cached_property
    def _limit(self) -> Limit:
        return Limit(self.options.max_concurrency)

    def replies(self, more: More) -> Replies:
        """Replies in the order in which they come. Raises SetupError if the server fails."""
        from vsfa_data.caption.server.asking import Asker

        with asyncio.Runner() as runner:
            asker = Asker(self._server(), self._limit)
            try:
                while True:
                    for request in iter(more, None):
                        asker.put(request)
                    if not asker.busy:
                        return
                    for request, reply in runner.run(asker.some()):
                        following = yield request, reply
                        if following is not None:
                            asker.put(following)
            finally:
                runner.run(asker.close())

    def _server(self) -> Server:
        from vsfa_data.caption.server.chat import Price
        from vsfa_data.caption.server.server import Server

        options = self.options
        if options.model is None:
            raise UserError(
                "caption.model is not given: the captioner 'endpoint' needs the name by which the "
                "server calls its model. Add --set caption.model=NAME"
            )
        return Server(
            options.url,
            options.model,
            self._key(),
            options.timeout_s,
            options.attempts,
            options.temperature,
            Price(options.input_price, options.output_price),
            options.patience_s,
        )

    def _key(self) -> str | None:
        name = self.options.key_env
        if name is None:
            return None
        key = os.environ.get(name, "").strip()
        if not key or not key.isprintable():
            raise SetupError(
                f"caption.key_env names the environment variable {name}, which is not set or "
                f"holds no key. Set it, or leave key_env out for a server without keys"
            )
        return key
