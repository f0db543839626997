"""What a release holds, counted while its rows go by: the numbers of manifest and card."""

from __future__ import annotations

from collections import Counter

from vsfa_data.release.balance import Moments
from vsfa_data.release.configs import PICTURES
from vsfa_data.release.rows import Row


class Tally:
    """Counts of rows and pairs; grows with distinct names, not with images."""

    def __init__(self) -> None:
        self.pairs = Counter[str]()
        self.concepts: dict[str, Counter[str]] = {}
        self.families = Counter[str]()
        self.answer_sources = Counter[str]()
        self.licenses = Counter[str]()
        self.sources = Counter[str]()
        self.matched = Counter[str]()
        self.captions: dict[str, Moments] = {"threat": Moments(), "control": Moments()}
        self.examples: dict[tuple[str, str], Row] = {}

    def add(self, config: str, split: str, row: Row) -> None:
        """Count a row, and keep the first of each split (less its picture) as an example."""
        self.pairs[config] += len(row["qa"])
        self.concepts.setdefault(config, Counter())[row["concept"]] += 1
        self.matched[config] += row["match_id"] is not None
        if (config, split) not in self.examples:
            example = {name: value for name, value in row.items() if name != "image"}
            self.examples[config, split] = example
        if config not in PICTURES:
            return
        self.families.update(pair["family"] for pair in row["qa"])
        self.answer_sources.update(pair["answer_source"] for pair in row["qa"])
        self.licenses[row["license"] or "unknown"] += 1
        self.sources[row["source"]] += 1
        self.captions[config].add(len(row["caption"]))
