"""Who calls: accounts, their tokens, and what a token may do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal


@dataclass(frozen=True)
class Account:
    """A user as one token shows it. `role` is the token's, as the Hub names it."""

    name: str
    role: Literal["read", "write"] = "write"

    def whoami(self) -> dict[str, Any]:
        """The answer to `/api/whoami-v2`."""
        token = {"displayName": self.role, "role": self.role}
        return {
            "type": "user",
            "id": self.name,
            "name": self.name,
            "fullname": self.name,
            "orgs": [],
            "auth": {"type": "access_token", "accessToken": token},
        }


ACCOUNTS: Final[Mapping[str, Account]] = {
    "hf_local_write": Account("local"),
    "hf_local_read": Account("local", "read"),
    "hf_local_guest": Account("guest"),
}
"""Token -> account of a hub that was told nothing else. They open this machine's hub only."""


def owns(account: Account, namespace: str, accounts: Mapping[str, Account]) -> bool:
    """Whether a namespace is the account's: its own, or an organisation's.

    What is no account's name is an organisation; all accounts but guests are its members.
    """
    if namespace in {other.name for other in accounts.values()}:
        return namespace == account.name
    return account.name != "guest"
