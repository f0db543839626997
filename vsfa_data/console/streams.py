"""Where people read: stderr, and stdout for a list that was asked for."""

from __future__ import annotations

from rich.console import Console

stderr = Console(stderr=True, highlight=False)
stdout = Console(highlight=False)
