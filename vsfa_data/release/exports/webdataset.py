"""WebDataset: tar files of a few hundred MB, each row a picture and a JSON of the same name.

`<config>-<split>-000000.tar`: `<id>.jpg` with the picture, `<id>.json` with all other columns.
Every row must have members of the same names, so a PNG is called `.jpg` too (readers look at the
bytes), and `mixed`, where some rows have no picture, cannot be written.
Reads with `load_dataset("webdataset", data_files=...)` and with `webdataset`.
Source: the format's description at github.com/webdataset/webdataset
"""

from __future__ import annotations

import json
import tarfile
from io import BytesIO
from pathlib import Path
from typing import Final

from vsfa_data.errors import UserError
from vsfa_data.release.export import Exporter, picture_of
from vsfa_data.release.rows import Row

MAX_BYTES: Final = 400 * 2**20
"""Bytes of a tar file, about."""


class Export(Exporter):
    """Tar files of one split."""

    def __init__(self, folder: Path, config: str, split: str) -> None:
        super().__init__(folder, config, split)
        self._tar: tarfile.TarFile | None = None
        self._alike: int | None = None
        self._files = self._bytes = 0

    def add(self, row: Row) -> None:
        """Append the row's two members; a new file begins between rows."""
        known = {name: value for name, value in row.items() if name != "image"}
        members = [(f"{row['image_id']}.json", json.dumps(known, ensure_ascii=False).encode())]
        if (picture := picture_of(row)) is not None:
            members.insert(0, (f"{row['image_id']}.jpg", picture[1]))
        if self._alike not in (None, len(members)):
            raise UserError(
                f"'{self.config}' has rows without a picture, which WebDataset's readers refuse "
                f"among others. Export 'threat' and 'text', or choose another --format"
            )
        self._alike = len(members)
        size = sum(len(data) for _, data in members)
        if self._bytes and self._bytes + size > MAX_BYTES:
            self.close()
        tar = self._tar or self._open()
        for name, data in members:
            # Time, owner and mode are the same in every export.
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(data), 0o644
            tar.addfile(member, BytesIO(data))
        self._bytes += size

    def _open(self) -> tarfile.TarFile:
        path = self.folder / f"{self.config}-{self.split}-{self._files:06d}.tar"
        self._tar = tarfile.open(path, "w", format=tarfile.USTAR_FORMAT)  # noqa: SIM115  see `close`
        self._files += 1
        return self._tar

    def close(self) -> None:
        """Finish the file."""
        if self._tar is not None:
            self._tar.close()
        self._tar, self._bytes = None, 0
