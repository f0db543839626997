"""The stage that chooses, among all that was asked, what becomes each image's conversation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from vsfa_data import tables
from vsfa_data.ask.budget import Budget, Talk
from vsfa_data.ask.candidates import COLUMNS, Candidate, Candidates, by_image
from vsfa_data.ask.choose import Chooser
from vsfa_data.stages import GlobalStage, Output, Shard

Row = dict[str, Any]
Chosen = dict[str, tuple[str, frozenset[int], frozenset[int]]]
"""image_id -> pair_id, units that are kept, units whose answer another picture has already."""


class BalanceStage(GlobalStage):
    """Up to `ask.pairs_per_image` pairs of each image, as a conversation.

    Reads:  ASKED; config and partner of each image from SELECTION
    Writes: one row per pair; turns count from 0 within an image
    Drops:  over_budget, duplicate_answer
    """

    name: ClassVar[str] = "balance"
    step: ClassVar[str] = "ask"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[tables.Table, ...]] = (tables.ASKED, tables.SELECTION)
    writes: ClassVar[tables.Table] = tables.PAIRS

    def settings(self) -> dict[str, Any]:
        """The section `ask` and the seed."""
        return {**self.recipe.ask.model_dump(mode="json"), "seed": self.recipe.seed}

    def process(self, shards: Sequence[Shard]) -> Iterator[Output]:
        """Reads every shard twice: what is remembered between is a few bytes a question."""
        candidates = Candidates()
        selected: dict[str, tuple[str, str | None]] = {}
        for shard in shards:
            candidates.add(shard.read(tables.ASKED, list(COLUMNS)))
            rows = shard.read(tables.SELECTION, ["image_id", "config", "match_id"]).to_pylist()
            selected |= {row["image_id"]: (row["config"], row["match_id"]) for row in rows}
        chosen = self._choose(candidates, selected)
        for shard in shards:
            yield self._output(shard.read(tables.ASKED).to_pylist(), chosen)

    def _choose(
        self, candidates: Candidates, selected: Mapping[str, tuple[str, str | None]]
    ) -> Chosen:
        budget, seen, chosen = Budget(), set[int](), Chosen()
        for image_id in candidates:
            if image_id in chosen:
                continue
            partner = selected[image_id][1]
            pair = [image_id, *([partner] if partner and partner in candidates else [])]
            pair_id = min(image_id, partner or image_id)
            talks = {}
            twice = {}
            for one in pair:
                fresh, twice[one] = _fresh(candidates.of(one), seen)
                sign = 1 if selected[one][0] == "threat" else -1
                talks[one] = Talk(fresh, self._length(pair_id), self.recipe.ask.follow_ups, sign)
            budget.fill(list(talks.values()))
            for one in pair:
                kept = frozenset(unit.unit for unit in talks[one].chosen)
                chosen[one] = pair_id, kept, twice[one]
        return chosen

    def _length(self, pair_id: str) -> int:
        """Pairs of a conversation, drawn between the recipe's bounds."""
        most = self.recipe.ask.pairs_per_image
        fewest = self.recipe.ask.fewest_pairs or most
        drawn = Chooser(self.recipe.seed, pair_id).draw("length")
        return fewest + drawn % (most - fewest + 1)

    def _opens(self, pair_id: str) -> bool:
        """Whether the conversation starts with an opener: half of them do."""
        return Chooser(self.recipe.seed, pair_id).draw("opener") % 2 == 0

    def _output(self, rows: Sequence[Row], chosen: Chosen) -> Output:
        kept: list[Row] = []
        rejects = []
        for image_id, asked in by_image(rows):
            pair_id, units, twice = chosen[image_id]
            talk = [row for row in asked if row["unit"] in units]
            kept.extend(self._conversation(talk, pair_id))
            for row in asked:
                if row["unit"] not in units:
                    reason = "duplicate_answer" if row["unit"] in twice else "over_budget"
                    detail = row["template_id"]
                    rejects.append(self.reject(reason, image_id=image_id, detail=detail))
        return Output(tables.PAIRS.build(kept), tables.REJECTS.build(rejects), len(rows))

    def _conversation(self, talk: Sequence[Row], pair_id: str) -> Iterator[Row]:
        """The pairs in order: an opener first if there is to be one, follow-ups right after."""
        chooser, opens = Chooser(self.recipe.seed, pair_id), self._opens(pair_id)
        follow_ups = {(row["after"], row["after_id"]): row for row in talk if row["after_id"]}
        first = [row for row in talk if row["after_id"] is None]
        openers = [row for row in first if opens and row["opener"]]
        later = sorted(
            (row for row in first if row not in openers[:1]),
            key=lambda row: chooser.draw(f"turn of {row['template_id']}"),
        )
        turn = 0
        for row in [*openers[:1], *later]:
            following = follow_ups.get((row["unit"], row["template_id"]))
            for pair in (row, *([following] if following else [])):
                made = {name: pair[name] for name in tables.PAIRS.names if name != "turn"}
                yield made | {"turn": turn}
                turn += 1


def _fresh(
    candidates: Sequence[Candidate], seen: set[int]
) -> tuple[list[Candidate], frozenset[int]]:
    """Candidates less those whose long answer another picture has; what they are."""
    twice = {one.unit for one in candidates if one.text in seen}
    twice |= {one.unit for one in candidates if one.after in twice}
    seen.update(one.text for one in candidates if one.text)
    return [one for one in candidates if one.unit not in twice], frozenset(twice)
