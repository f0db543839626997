"""Who pushes, and whether the token may write at all: asked before anything is uploaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vsfa_data.errors import UserError
from vsfa_data.release.hub.session import Patience
from vsfa_data.release.hub.trouble import patiently

if TYPE_CHECKING:
    from huggingface_hub import HfApi


def require(token: str | None) -> None:
    """Raises UserError without a token: nothing else needs to be tried."""
    if not token:
        raise UserError(
            "no token: pushing needs one that may write. Run 'hf auth login', or set HF_TOKEN"
        )


def identify(api: HfApi, patience: Patience) -> str:
    """The user's name. Raises UserError for a token that may only read.

    The first call of a push: it fails within seconds if there is no network.
    """
    found = patiently(api.whoami, "ask the Hub who you are", patience.quick())
    if not may_write(found):
        raise UserError(
            f"the token of '{found.get('name')}' may only read, so nothing was uploaded. Make one "
            f"with the role 'write' in your settings on the Hub, then run 'hf auth login' or set "
            f"HF_TOKEN"
        )
    return str(found.get("name", ""))


def may_write(who: dict[str, Any]) -> bool:
    """Whether a token can write somewhere, as far as `whoami` says; the Hub decides in the end."""
    token = (who.get("auth") or {}).get("accessToken") or {}
    scopes = (token.get("fineGrained") or {}).get("scoped")
    if token.get("role") == "fineGrained" and isinstance(scopes, list):
        granted = {one for scope in scopes for one in scope.get("permissions", ())}
        return "repo.write" in granted
    return token.get("role") != "read"
