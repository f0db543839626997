"""Every table's columns: type, unit, who writes it, and what null means.

Steps never call each other: they meet in these tables, and nothing else crosses from one step
to the next. A table on disk has exactly the columns listed here, in this order.
"""

from typing import Final

from vsfa_data.tables.ask import ASKED, PAIRS
from vsfa_data.tables.caption import CAPTIONS, FACTS, GROUNDED, TOPICS
from vsfa_data.tables.collect import CANDIDATES, IMAGES, UNIQUE
from vsfa_data.tables.filter import SCORES, SELECTION
from vsfa_data.tables.published import PUBLISHED
from vsfa_data.tables.reasons import REASONS
from vsfa_data.tables.rejects import REJECTS, reject
from vsfa_data.tables.table import Table

ALL: Final = (
    *(CANDIDATES, IMAGES, UNIQUE),
    *(SCORES, SELECTION),
    *(CAPTIONS, GROUNDED),
    *(ASKED, PAIRS),
    REJECTS,
)
"""The tables of a workspace, in the order of the steps that write them."""

__all__ = [
    "ALL",
    "ASKED",
    "CANDIDATES",
    "CAPTIONS",
    "FACTS",
    "GROUNDED",
    "IMAGES",
    "PAIRS",
    "PUBLISHED",
    "REASONS",
    "REJECTS",
    "SCORES",
    "SELECTION",
    "TOPICS",
    "UNIQUE",
    "Table",
    "reject",
]
