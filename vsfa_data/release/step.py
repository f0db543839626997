"""The last step: package the tables into a release folder, unless it is there already."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from vsfa_data import resources, tables
from vsfa_data.files.atomic import write_atomically
from vsfa_data.recipe import Recipe
from vsfa_data.release import inventory, previous
from vsfa_data.release.card import TEMPLATES
from vsfa_data.release.manifest import Manifest, describe, package_versions
from vsfa_data.release.package import package
from vsfa_data.release.splits import SPLITS
from vsfa_data.stages import Shard

NOTE: Final = "released.json"
_OF_MANIFEST: Final = ("licenses", "balance")


@dataclass(frozen=True)
class Released:
    """A finished release: where it is, what it holds.

    `counts` is config -> split -> rows; `funnel` is this step's line of the funnel.
    """

    path: Path
    fingerprint: str
    counts: Mapping[str, Mapping[str, int]]
    funnel: Mapping[str, Any]
    reused: bool
    replaced: str | None = None
    """Fingerprint of a release that stood there before: of the same name and version, but with
    other rows, or of another name."""
    replaced_name: str | None = None
    """Name and version of that release."""
    licenses: Mapping[str, int] = field(default_factory=dict)
    """Pictures per licence, as the manifest has it."""
    balance: Mapping[str, Any] = field(default_factory=dict)
    """How alike threats and controls are, as the manifest has it."""
    empty: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Config -> splits that the recipe gives a share and that have no rows."""


class ReleaseStep:
    """Joins images, selection, scores, captions and pairs into the published dataset."""

    version: Final = 4
    reads: Final = (
        tables.IMAGES,
        tables.SELECTION,
        tables.SCORES,
        tables.CAPTIONS,
        tables.GROUNDED,
        tables.PAIRS,
    )

    def __init__(
        self, recipe: Recipe, funnel: Mapping[str, Any], identities: Mapping[str, str]
    ) -> None:
        self.recipe, self.funnel, self.models = recipe, funnel, identities

    def settings(self) -> dict[str, Any]:
        """The whole recipe: all of it is published in the manifest and on the card."""
        return self.recipe.model_dump(mode="json")

    def identities(self) -> dict[str, str]:
        """What the files' bytes depend on beside the tables."""
        cards = resources.folder("cards")
        card = b"".join((cards / name).read_bytes() for name in TEMPLATES)
        libraries = package_versions()
        follows = previous.identity(self.recipe)
        return {"card": hashlib.sha256(card).hexdigest(), **libraries, **follows}

    def reuse(self, target: Path, folder: Path) -> Released | None:
        """The release that stands at `target`, if it is the one noted in `folder` and whole."""
        try:
            note = json.loads((folder / NOTE).read_bytes())
            manifest = (target / "manifest.json").read_bytes()
            known = json.loads(manifest)
            files = known["files"]
            whole = hashlib.sha256(manifest).hexdigest() == note.pop("manifest_sha256") and all(
                describe(target / name).sha256 == listed["sha256"] for name, listed in files.items()
            )
            if not whole:
                return None
            told = {name: known[name] for name in _OF_MANIFEST}
            told["empty"] = self._empty(note["counts"])
            return Released(path=target, reused=True, **told, **note)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def run(
        self,
        shards: Sequence[Shard],
        target: Path,
        folder: Path,
        progress: Callable[[int], None],
    ) -> Released:
        """Package `shards` at `target` and note in `folder` what was made."""
        before = _there(target)
        made = package(self.recipe, shards, self.funnel, self.models, target, progress)
        manifest = (target / "manifest.json").read_bytes()
        known = json.loads(manifest)
        released = Released(
            path=target,
            fingerprint=made.fingerprint,
            counts=made.counts,
            funnel=known["funnel"]["release"],
            reused=False,
            licenses=known["licenses"],
            balance=known["balance"],
            empty=self._empty(made.counts),
            **self._replaced(before, made.fingerprint),
        )
        note = asdict(released) | {"manifest_sha256": hashlib.sha256(manifest).hexdigest()}
        for name in ("path", "reused", "replaced", "replaced_name", "empty", *_OF_MANIFEST):
            del note[name]
        write_atomically(folder / NOTE, json.dumps(note).encode())
        return released

    def _empty(self, counts: Mapping[str, Mapping[str, int]]) -> dict[str, list[str]]:
        """What `Released.empty` has."""
        wanted = [name for name in SPLITS if getattr(self.recipe.release.splits, name)]
        found = {config: [s for s in wanted if not has.get(s)] for config, has in counts.items()}
        return {config: missing for config, missing in found.items() if missing}

    def _replaced(self, before: Manifest | None, fingerprint: str) -> dict[str, str]:
        """What `Released` says of the release that stood there; another version is no surprise."""
        if before is None or before.fingerprint == fingerprint:
            return {}
        if before.name == self.recipe.name and before.version != self.recipe.version:
            return {}
        return {
            "replaced": before.fingerprint,
            "replaced_name": f"{before.name} {before.version}",
        }


def _there(target: Path) -> Manifest | None:
    """The manifest of the release that stands there, if one does."""
    try:
        return inventory.read_manifest(target)
    except inventory.ManifestError:
        return None
