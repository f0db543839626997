from __future__ import annotations

import io

import pytest
from rich.console import Console

from vsfa_data.console import streams


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    text = io.StringIO()
    monkeypatch.setattr(streams, "stderr", Console(file=text, width=100, highlight=False))
    return text
