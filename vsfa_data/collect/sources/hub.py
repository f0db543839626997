"""Images of any dataset that `datasets` can load, from the Hub or a local folder."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pydantic import Field

from vsfa_data import resources
from vsfa_data.collect.hub import pinning
from vsfa_data.collect.hub.failing import told
from vsfa_data.collect.hub.loading import Rows, Wanted
from vsfa_data.collect.hub.rows import Reading
from vsfa_data.collect.sidecar import Credit
from vsfa_data.collect.source import Candidate, Source
from vsfa_data.collect.tabular import CREDITS
from vsfa_data.errors import UserError
from vsfa_data.sections import Section

_ID: Final = re.compile(r"[\w.-]{1,96}(/[\w.-]{1,96})?", re.ASCII)


class HubSource(Source):
    """Every row of one split, in the dataset's order, streamed.

    A `revision` is resolved to a commit once, which the rows' `source_ref` names and the stage
    key holds. Images stay encoded until the normaliser has them. What lies outside of the
    dataset is not read, whatever its card or its rows say; a row may hold an address instead.
    """

    class Options(Section):
        """What a recipe may say of a dataset."""

        dataset: str = Field(min_length=1)
        """Dataset on the Hub (`owner/name`), or a local folder that `datasets` can load."""
        config: str | None = Field(None, min_length=1)
        """Its config (subset). Null: the default one."""
        split: str = Field("train", min_length=1)
        """Its split."""
        revision: str | None = Field(None, min_length=1)
        """Branch, tag or commit. Null: the newest. A commit needs no question to the Hub."""
        image_column: str = Field("image", min_length=1)
        """Column of the images: encoded bytes, addresses, or files of the dataset, whose names
        start at its folder unless they are absolute."""
        title_column: str | None = Field(None, min_length=1)
        """Column of the images' titles."""
        license_column: str | None = Field(None, min_length=1)
        """Column of their licences."""
        license_url_column: str | None = Field(None, min_length=1)
        """Column of the addresses of the licences' texts."""
        attribution_column: str | None = Field(None, min_length=1)
        """Column of whom to credit."""
        license: str | None = Field(None, min_length=1)
        """Licence of all images, where no column tells it. What a dataset stands under as a
        whole is not taken for it: often its images stand under others."""
        license_url: str | None = Field(None, min_length=1)
        """Address of that licence's text."""
        attribution: str | None = Field(None, min_length=1)
        """Whom to credit for all images, where no column tells it."""

    options: Options

    def iterate(self) -> Iterator[Candidate]:
        """One candidate a row. Raises UserError for a dataset that cannot be had or read."""
        options, wanted = self.options, self._wanted()
        credit = {
            name: column
            for name in CREDITS
            if (column := getattr(options, f"{name}_column")) is not None
        }
        default = Credit(None, options.license, options.license_url, options.attribution)
        rows = Rows(wanted, list(dict.fromkeys([options.image_column, *credit.values()])))
        reading = Reading(options.image_column, credit, rows.names, default, wanted.files)
        start = "/".join(filter(None, (wanted.reference, options.config, options.split)))
        for number, row in enumerate(rows):
            with told(options.dataset):  # an image file may have to come from the Hub
                candidate = reading.candidate(f"{start}/{number}", row)
            yield candidate

    def snapshot(self) -> str:
        """The commit; of a local folder a digest of its files' sizes and times of change."""
        options, folder = self.options, self._folder()
        if folder is None:
            return f"{options.dataset}@{pinning.asked(options.dataset, options.revision)}"
        digest = hashlib.sha256()
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                status = path.stat()
                name = os.fsencode(path.relative_to(folder))
                times = (status.st_mtime_ns, status.st_ctime_ns)
                digest.update(b"%d:%s:%d:%d:%d\n" % (len(name), name, status.st_size, *times))
        return digest.hexdigest()

    def roots(self) -> tuple[Path, ...]:
        """The local folder, if it is one."""
        folder = self._folder()
        return () if folder is None else (folder.resolve(),)

    def _wanted(self) -> Wanted:
        options, folder = self.options, self._folder()
        commit = pinning.pinned(options.dataset, options.revision) if folder is None else None
        return Wanted(options.dataset, options.config, options.split, folder, commit)

    def _folder(self) -> Path | None:
        """The folder that `dataset` means, or None for a dataset on the Hub. Raises UserError."""
        name = self.options.dataset
        folder = resources.inside(name)
        if folder.is_dir():
            if self.options.revision is not None:
                raise UserError(
                    f"'revision' is of datasets on the Hub, but 'dataset' {name} is a folder of "
                    f"this machine: leave it out"
                )
            return folder.absolute()
        if not _ID.fullmatch(name) or name.startswith("."):
            raise UserError(
                f"'dataset' {name} is neither a folder nor the id of a dataset on the Hub "
                f"(owner/name): correct it"
            )
        return None
