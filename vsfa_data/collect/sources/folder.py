"""Images in a folder of this machine, with their licences in a table beside them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from pydantic import Field

from vsfa_data import resources
from vsfa_data.collect import references, sidecar, walking
from vsfa_data.collect.source import Candidate, Source
from vsfa_data.errors import UserError
from vsfa_data.sections import Section


class FolderSource(Source):
    r"""Every file below a folder, in the byte order of their relative paths.

    Any regular file is a candidate, also one that is no image: it then counts as rejected. So do
    symbolic links and special files, which are never read, and files that only the sidecar knows:
    nobody should believe that they were published. The sidecar itself is no candidate, nor are
    hidden files and folders, which a build counts aloud. `source_ref` is the relative path in UTF-8
    with `/` between folders; a backslash and a byte that is not UTF-8 are written as `\xNN`.
    """

    class Options(Section):
        """What a recipe may say of a folder of images."""

        path: str = Field(min_length=1)
        """Folder of images; `package:sample/images` is inside the package, else a local path."""
        sidecar: str | None = Field(None, min_length=1)
        """Table (.csv, .jsonl, .parquet) with file, title, license, license_url and attribution.

        `file` and one other are needed; `file` starts at `path`, or in every row at the sidecar.
        """
        license: str | None = Field(None, min_length=1)
        """Licence of the images that the sidecar does not speak of."""
        license_url: str | None = Field(None, min_length=1)
        """Address of that licence's text."""
        attribution: str | None = Field(None, min_length=1)
        """Whom to credit for the images that the sidecar does not speak of."""

    options: Options

    def iterate(self) -> Iterator[Candidate]:
        """One candidate a file. Raises UserError if folder or sidecar is not what it should be."""
        credits_ = self._credits()
        default = sidecar.Credit(
            None, self.options.license, self.options.license_url, self.options.attribution
        )
        missing = set(credits_.files)
        for relative, entry in self._files():
            reference = references.of(relative)
            missing.discard(reference)
            credit = credits_.of(reference, default)
            if (detail := walking.what(entry)) is None:
                yield Candidate(reference, path=Path(os.fsdecode(entry.path)), **credit._asdict())
            else:
                yield Candidate(reference, reason="not_a_file", detail=detail, **credit._asdict())
        for reference in sorted(missing):
            hidden = any(part.startswith(".") for part in reference.split("/"))
            why = "hidden files and folders do not count" if hidden else None
            yield Candidate(reference, reason="missing_file", detail=why)

    def require(self) -> None:
        """Refuse a folder that is not there or holds nothing, and a sidecar that is not there."""
        any(walking.what(entry) is None for _, entry in self._files())
        if self.options.sidecar is not None:
            sidecar.require(self._sidecar())

    def snapshot(self) -> str:
        """Digest of every file's path, size, mode and times of change, and of the sidecar's bytes.

        The mode and the inode's own time are there because a file that becomes readable, or whose
        old time is put back, is listed as before and read otherwise.
        """
        digest = hashlib.sha256()
        for relative, entry in self._files():
            digest.update(b"%d:%s:%s\n" % (len(relative), relative, walking.state(entry)))
        if self.options.sidecar is not None:
            digest.update(b"/%s\n" % sidecar.digest(self._sidecar()).encode())
        return digest.hexdigest()

    def length(self) -> int:
        """Number of files, and of those that the sidecar alone knows."""
        found = [references.of(relative) for relative, _ in self._files()]
        if self.options.sidecar is None:
            return len(found)
        return len(self._credits().files.union(found))

    def hidden(self) -> int:
        """Hidden files, and hidden folders whatever is in them."""
        return sum(walking.is_hidden(entry) for _, entry in walking.walk(self._folder()))

    def roots(self) -> tuple[Path, ...]:
        """The folder of images."""
        return (self._root().resolve(),)

    def _root(self) -> Path:
        return resources.inside(self.options.path).absolute()

    def _sidecar(self) -> Path:
        return resources.inside(self.options.sidecar or "").resolve()

    def _sidecar_below(self, root: Path) -> set[bytes]:
        """Relative path of the sidecar if it lies among the images, and of a link by that name."""
        if self.options.sidecar is None:
            return set()
        named = resources.inside(self.options.sidecar).absolute()
        pairs = ((self._sidecar(), root.resolve()), (named, root))
        return {os.fsencode(at.relative_to(top)) for at, top in pairs if at.is_relative_to(top)}

    def _folder(self) -> bytes:
        """The folder of images. Raises UserError if there is none."""
        root = self._root()
        if not root.is_dir():
            wrong = "is not a folder" if root.exists() else "does not exist"
            raise UserError(
                f"image folder {root} {wrong}; set 'path' of the source to a folder of images"
            )
        return os.fsencode(root)

    def _credits(self) -> sidecar.Credits:
        if self.options.sidecar is None:
            return sidecar.Credits({}, frozenset())
        credits_ = sidecar.read(self._sidecar(), self._root())
        credits_ = credits_.respelt(references.of(relative) for relative, _ in self._files())
        if not any(references.of(relative) in credits_.files for relative, _ in self._files()):
            raise UserError(
                f"sidecar {self._sidecar()} names no file of {self._root()}; its column 'file' "
                f"holds paths relative to that folder or to the sidecar: correct it, or say "
                f"collect.sources.N.sidecar=null"
            )
        return credits_

    def _files(self) -> Iterator[tuple[bytes, os.DirEntry[bytes]]]:
        """Relative path and entry of each candidate, folder by folder; raises UserError if none."""
        root, found = self._root(), False
        skipped = self._sidecar_below(root)
        for relative, entry in walking.walk(self._folder()):
            if relative not in skipped and not walking.is_hidden(entry):
                found = found or walking.what(entry) is None
                yield relative, entry
        if not found:
            raise UserError(
                f"image folder {root} holds no files (hidden files and links do not count); "
                f"put images into it or name another one ('path' of the source)"
            )
