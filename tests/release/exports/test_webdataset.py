"""Read back by the WebDataset loader of `datasets`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from datasets import load_dataset

from tests.release import samples
from vsfa_data.errors import UserError
from vsfa_data.release.export import export
from vsfa_data.release.exports import webdataset
from vsfa_data.release.package import Packaged


def test_datasets_reads_what_parquet_holds(
    release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webdataset, "MAX_BYTES", 200_000)
    done = export(release, "webdataset", tmp_path / "export")
    tars = sorted(path.name for path in (tmp_path / "export").glob("threat-train-*.tar"))
    assert len(tars) > 1
    assert tars == [f"threat-train-{n:06d}.tar" for n in range(len(tars))]
    for split in done.counts:
        read = load_dataset(
            "webdataset",
            data_files=[str(tmp_path / "export" / f"threat-{split}-*.tar")],
            split="train",
            streaming=True,
        )
        due = pq.read_table(release / f"threat/{split}-00000-of-00001.parquet").to_pylist()
        rows = list(read)
        assert [row["json"]["image_id"] for row in rows] == [row["image_id"] for row in due]
        for row, parquet in zip(rows, due, strict=True):
            assert row["jpg"].size == (parquet["width"], parquet["height"])
            assert row["json"]["messages"] == parquet["messages"]
            assert row["json"]["license"] == parquet["license"]


def test_rows_without_a_picture_are_not_mixed_in(
    make_release: Callable[..., Packaged], tmp_path: Path
) -> None:
    folder = make_release(samples.pictures(12), configs=("threat", "text", "mixed")).path
    export(folder, "webdataset", tmp_path / "text", "text")
    assert list((tmp_path / "text").glob("*.tar"))
    with pytest.raises(UserError, match="Export 'threat' and 'text', or choose another --format"):
        export(folder, "webdataset", tmp_path / "mixed", "mixed")
    assert not (tmp_path / "mixed").exists()
