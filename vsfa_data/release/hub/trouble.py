"""What can go wrong on the way to the Hub: what passes by itself, and what to tell people."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar

from vsfa_data.errors import SetupError, UserError
from vsfa_data.release.hub.session import Patience, without_queries
from vsfa_data.release.markdown import one_line

T = TypeVar("T")

_PASSING: Final = (408, 429, 500, 502, 503, 504)
_LOG_IN: Final = "log in with 'hf auth login' or set HF_TOKEN"
_NEW: Final = f"Make a token with the role 'write' in your settings on the Hub, then {_LOG_IN}"
_REFUSED: Final = "the Hub refused it{}"
_TOLD: Final[dict[str | int, str]] = {
    "GatedRepoError": f"the repository is gated{{}}. Ask for access on its page, and {_LOG_IN}",
    "RepositoryNotFoundError": (
        "there is no such dataset, or it is private and the token may not see it{}. "
        f"Check its name, and {_LOG_IN}"
    ),
    "RevisionNotFoundError": "there is no such revision{}",
    401: f"the Hub does not accept the token{{}}: it is wrong or has expired. {_NEW}",
    403: f"the token does not allow it{{}}: it needs write access to the repository. {_NEW}",
    429: "too many calls{}. Run again later",
}
"""Class of the client's error, or status -> what it means; {} is what the Hub said."""


class GatedError(UserError):
    """The repository may be looked at, and its files may not be read."""


class NotYetError(Exception):
    """Something is not as it should be, but may be when looked at again."""


def status_of(error: BaseException) -> int | None:
    """The HTTP status that an error of the client stands for, if it stands for one."""
    response = getattr(error, "response", None)
    status = getattr(response, "status_code", None)
    return status if isinstance(status, int) else None


def root_of(error: BaseException) -> BaseException:
    """The first error of a chain that speaks of a status or of the network, else `error`."""
    from httpx2 import TransportError
    from huggingface_hub.errors import OfflineModeIsEnabled

    found: BaseException | None = error
    for _ in range(10):
        if found is None:
            break
        if status_of(found) or isinstance(found, TransportError | OfflineModeIsEnabled):
            return found
        found = found.__cause__ or found.__context__
    return error


def passes(error: BaseException) -> bool:
    """Whether trying again may help: the network broke, or the Hub is busy or ill."""
    from httpx2 import TransportError, UnsupportedProtocol

    root = root_of(error)
    if isinstance(error, NotYetError):
        return True
    if (status := status_of(root)) is not None:
        return status in _PASSING
    return isinstance(root, TransportError) and not isinstance(root, UnsupportedProtocol)


def asked_wait_s(error: BaseException) -> float | None:
    """Seconds that the Hub asks to wait, if it says so."""
    headers: Any = getattr(getattr(root_of(error), "response", None), "headers", {})
    asked = str(headers.get("Retry-After", ""))
    return float(asked) if asked.isdecimal() else None


def patiently(call: Callable[[], T], doing: str, patience: Patience) -> T:
    """What `call` gives; tried again while what fails it may pass.

    Only for calls that may be made twice. Raises UserError with what to do if it cannot be done;
    `doing` completes "could not ...".
    """
    wait_s = patience.first_wait_s
    for left in reversed(range(patience.tries)):
        with explained(doing):
            try:
                return call()
            except Exception as error:
                pause_s = max(asked_wait_s(error) or 0.0, wait_s)
                if not left or not passes(error) or pause_s > patience.longest_wait_s:
                    raise
        patience.sleep(pause_s)
        wait_s *= 2
    raise AssertionError("at least one try is made")


@contextlib.contextmanager
def explained(doing: str) -> Iterator[None]:
    """Turn what the client raises for reasons outside this program into a UserError."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        told = explain(error, doing)
        if told is None:
            raise
        raise told from error


def explain(error: BaseException, doing: str) -> UserError | None:
    """One line for people; None if the error is none of the network's or the Hub's."""
    from httpx2 import HTTPError
    from huggingface_hub.errors import OfflineModeIsEnabled

    root = root_of(error)
    if isinstance(root, OfflineModeIsEnabled):
        return SetupError(f"could not {doing}: HF_HUB_OFFLINE is set. Unset it and run again")
    if isinstance(error, NotYetError):
        return UserError(f"could not {doing}: {error}. Run the same command again")
    status = status_of(root)
    if status is not None:
        return _by_status(status, root, doing)
    if isinstance(root, HTTPError):
        reason = one_line(without_queries(str(root))) or type(root).__name__
        return SetupError(
            f"could not {doing}: the Hub cannot be reached ({reason}). Check the network and the "
            f"address (--endpoint or HF_ENDPOINT), then run the same command again"
        )
    if isinstance(error, ValueError) and "Invalid metadata in README.md" in str(error):
        return UserError(f"could not {doing}: the Hub refuses the card: {one_line(str(error))}")
    return None


def _by_status(status: int, error: BaseException, doing: str) -> UserError:
    said = one_line(without_queries(getattr(error, "server_message", None) or ""))
    known = _TOLD.get(type(error).__name__) or _TOLD.get(status)
    default = "the Hub is in trouble{}. Run again later" if status in _PASSING else _REFUSED
    told = (known or default).format(f" ({status}: {said})" if said else f" ({status})")
    if wait_s := asked_wait_s(error):
        told += f". It asks to wait {wait_s:,.0f} seconds"
    kind = GatedError if type(error).__name__ == "GatedRepoError" else UserError
    return kind(f"could not {doing}: {told}")
