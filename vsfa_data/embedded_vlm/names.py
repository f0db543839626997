"""What the embedded vision-language model is called. Light to import."""

from __future__ import annotations

from typing import Final

EMBEDDED: Final = "embedded"
"""Its name, wherever a model is asked for."""
MODEL_TYPE: Final = "vsfa_embedded"
"""`model_type` in its config.json."""
TOWER_TYPE: Final = "vsfa_embedded_tower"
"""That of its vision tower."""
INSTALL: Final = "vsfa-data models install"
"""The command that brings it."""
