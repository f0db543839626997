"""Images in tar and zip archives, on this machine or at an address."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path

from pydantic import Field

from vsfa_data.collect.archive import beside, places, reading
from vsfa_data.collect.archive.member import REST, Member
from vsfa_data.collect.archive.places import Place
from vsfa_data.collect.rejected import Rejected
from vsfa_data.collect.sidecar import Credit
from vsfa_data.collect.source import Candidate, Source
from vsfa_data.errors import UserError, printable
from vsfa_data.sections import Section


class ArchiveSource(Source):
    """Every file in archives: tar (plain, .gz, .zst) as it stands there, zip by name.

    A `.json` or `.txt` beside an image (WebDataset layout) tells its credit and is no candidate,
    nor are folders and hidden files. Links, devices, names that lead out of the archive and
    members of absurd size are candidates that count as rejected; an archive in an archive is one
    file that is no image. `source_ref` is the archive's name, `#`, and the member's.
    """

    class Options(Section):
        """What a recipe may say of archives."""

        path: str = Field(min_length=1)
        """File or http(s) address of the archive; `{000..127}` in it stands for each number.
        What an address leads to is taken to stay the same: give `sha256` to be sure."""
        sha256: str | None = Field(None, pattern="^[0-9a-f]{64}$")
        """Digest that the archive must have; only where `path` means a single one."""
        max_member_bytes: int = Field(50_000_000, ge=1, le=2**31)
        """Size of a file in the archive that will be read, at most, in bytes."""
        max_archive_bytes: int = Field(20_000_000_000, ge=1, le=2**46)
        """Size of an archive that will be fetched, at most, in bytes."""
        title_key: str = Field("title", min_length=1)
        """Key of the title in the JSON object beside an image; else the text beside it is it."""
        license_key: str = Field("license", min_length=1)
        """Key of the licence there."""
        license_url_key: str = Field("license_url", min_length=1)
        """Key of the address of the licence's text there."""
        attribution_key: str = Field("attribution", min_length=1)
        """Key there of whom to credit."""
        license: str | None = Field(None, min_length=1)
        """Licence of the images beside which none stands."""
        license_url: str | None = Field(None, min_length=1)
        """Address of that licence's text."""
        attribution: str | None = Field(None, min_length=1)
        """Whom to credit for the images beside which nobody is named."""

    options: Options

    def iterate(self) -> Iterator[Candidate]:
        """One candidate a file. Raises UserError for an archive that cannot be had or read."""
        options = self.options
        default = Credit(None, options.license, options.license_url, options.attribution)
        keys = {
            "title": options.title_key,
            "license": options.license_key,
            "license_url": options.license_url_key,
            "attribution": options.attribution_key,
        }
        for place in self._places():
            with place.opened(self.fetch, options.max_archive_bytes) as file:
                if options.sha256 is not None:
                    places.check_digest(place, file, options.sha256)
                for member, credit in beside.credited(self._members(place, file), default, keys):
                    yield _candidate(place, member, credit)

    def require(self) -> None:
        """Refuse an archive of this machine that is not there."""
        for place in self._places():
            if place.path is not None:
                place.state()

    def snapshot(self) -> str:
        """Digest of each archive's size, mode and times of change, or its address."""
        digest = hashlib.sha256()
        for place in self._places():
            digest.update(f"{place.state()}\n".encode())
        return digest.hexdigest()

    def roots(self) -> tuple[Path, ...]:
        """The archives that are files."""
        return tuple(place.path.resolve() for place in self._places() if place.path is not None)

    def _places(self) -> tuple[Place, ...]:
        found = places.of(self.options.path)
        if self.options.sha256 is not None and len(found) > 1:
            raise UserError(
                f"'sha256' is of one archive, but 'path' {self.options.path} means {len(found)}; "
                f"leave it out, or make a source of each archive"
            )
        return found

    def _members(self, place: Place, file: BufferedReader) -> Iterator[Member]:
        try:
            return reading.members(file, self.options.max_member_bytes)
        except Rejected as no:
            raise UserError(
                f"archive {printable(place.name)} cannot be read ({no.detail}): it is no tar "
                f"(plain, .gz, .zst) or zip archive, or a damaged one. Get it anew, or correct "
                f"'path' of the source"
            ) from None


def _candidate(place: Place, member: Member, credit: Credit) -> Candidate:
    return Candidate(
        place.name if member.name == REST else f"{place.name}#{member.name}",
        data=member.data,
        reason=member.reason,
        detail=member.detail,
        **credit._asdict(),
    )
