"""Collect's first stage: candidates become normalised images or rejects."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Final

from vsfa_data import tables
from vsfa_data.collect import early, heap, listing, reading, tombstones
from vsfa_data.collect.decoder import Decoder
from vsfa_data.collect.early import Became
from vsfa_data.collect.making import Made, Makers, taken
from vsfa_data.collect.normalised import Limits
from vsfa_data.collect.rejected import Rejected
from vsfa_data.recipe import Recipe
from vsfa_data.stages import MapStage, Output, Shard

if TYPE_CHECKING:
    import pyarrow as pa

PACE: Final = ("concurrency", "per_host", "user_agent")
"""Keys of `collect.fetch` that may change between two runs of one build: how fast, and who asks."""
AT_ONCE: Final = 16
"""Pictures that the decoder is given at a time, at most."""
BYTES_AT_ONCE: Final = 8 * 2**20
"""Bytes of them from which no further one is added."""
_CARRIED = (
    *("position", "source", "source_ref"),
    *("license", "license_url", "attribution", "title", "page_url"),
)


class CollectStage(MapStage):
    """Reads, checks and normalises each candidate; one bad file costs one row.

    Reads:  the shard's candidates (tables.CANDIDATES)
    Writes: tables.IMAGES
    Drops:  unreadable, too_many_bytes, not_an_image, truncated, undecodable, too_many_pixels,
            too_small, too_elongated, decoder_hung, decoder_crashed, decoder_out_of_memory,
            license_unknown, and what sources and the fetcher give as reasons
    """

    name = "collect"
    step = "collect"
    version = 6
    reads = ()
    writes = tables.IMAGES
    libraries = ("cykooz-resizer", "numpy", "pillow")
    decoder = Decoder

    def __init__(self, recipe: Recipe) -> None:
        super().__init__(recipe)
        self._section = recipe.collect

    def settings(self) -> dict[str, Any]:
        """The recipe's `collect` section, less what does not say what to fetch."""
        section = self._section.model_dump(mode="json")
        for name in PACE:
            del section["fetch"][name]
        del section["tombstones"]  # what is listed counts, shard by shard: see forgetting.py
        return section

    def identities(self) -> dict[str, str]:
        """Models that make images, by the number of their source."""
        known = {
            f"collect.sources.{number}": source.identity()
            for number, (_, source) in enumerate(listing.sources(self.recipe))
        }
        return {name: identity for name, identity in known.items() if identity is not None}

    def require(self) -> None:
        """Raise UserError or SetupError for what a source cannot do here."""
        for _, source in listing.sources(self.recipe):
            source.require()

    def open(self) -> None:
        """Start the process that decodes; there is no model."""
        heap.keep()
        self._decoder = self.decoder(Limits.of(self._section), self._section.max_decode_s)
        self._decoder.start()
        self._makers = Makers(self.recipe)

    def close(self) -> None:
        """End the process that decodes."""
        self._decoder.close()

    def process(self, shard: Shard) -> Output:
        """Images in the order of the candidates."""
        if shard.candidates is None:
            raise ValueError("collect's first stage needs a shard of candidates")
        became = early.read(shard.put_by)
        became |= self._became(shard.candidates, self._makers.made(shard.candidates), became)
        rows, rejects = [], []
        for candidate in shard.candidates.drop_columns(["data"]).to_pylist():
            try:
                rows.append(self._row(candidate, became.get(candidate["position"])))
            except Rejected as no:
                rejects.append(
                    self.reject(no.reason, source_ref=candidate["source_ref"], detail=no.detail)
                )
        return Output(
            self.writes.build(rows),
            tables.REJECTS.build(tombstones.last(rejects)),
            shard.candidates.num_rows,
        )

    def put(self, shard: Shard) -> None:
        """Normalise what has come of a shard, for `process` to find when all of it is there."""
        if shard.candidates is None or shard.put_at is None:
            raise ValueError("an early piece holds candidates and says where to put them")
        early.write(shard.put_at, self._became(shard.candidates, {}, {}))

    def _became(
        self, candidates: pa.Table, made: Mapping[int, Made], known: Collection[int]
    ) -> dict[int, Became]:
        """What becomes of candidates by position, less those that are known or rejected."""
        became: dict[int, Became] = {}
        waiting: dict[int, bytes] = {}
        data = candidates.column("data")
        for row, candidate in enumerate(candidates.drop_columns(["data"]).to_pylist()):
            position = candidate["position"]
            if candidate["reason"] is not None or position in known:
                continue
            try:
                waiting[position] = self._bytes(candidate, data[row].as_py(), made)
            except Rejected as no:
                became[position] = no
            if len(waiting) == AT_ONCE or sum(map(len, waiting.values())) >= BYTES_AT_ONCE:
                became |= self._normalised(waiting)
                waiting = {}
        return became | self._normalised(waiting)

    def _normalised(self, data: Mapping[int, bytes]) -> dict[int, Became]:
        return dict(zip(data, self._decoder.normalise_all([*data.values()]), strict=True))

    def _bytes(
        self, candidate: dict[str, Any], data: bytes | None, made: Mapping[int, Made]
    ) -> bytes:
        """A candidate's bytes, wherever they are. Raises Rejected."""
        max_bytes = self._section.max_bytes
        if candidate["path"] is not None:
            return reading.read(candidate["path"], max_bytes)
        if data is not None:
            return reading.check(data, max_bytes)
        if candidate["made_from"] is not None:
            return reading.check(taken(made[candidate["position"]]), max_bytes)
        raise ValueError("an address must be fetched before it comes here")

    def _row(self, candidate: dict[str, Any], became: Became | None) -> dict[str, Any]:
        """One row of `tables.IMAGES`. Raises Rejected."""
        if candidate["reason"] is not None:
            raise Rejected(candidate["reason"], candidate["detail"])
        if became is None:
            raise ValueError(f"nothing became of candidate {candidate['position']}")
        if isinstance(became, Rejected):
            raise became
        if candidate["license"] is None and not self._section.keep_unlicensed:
            raise Rejected("license_unknown")
        return vars(became) | {name: candidate[name] for name in _CARRIED}
