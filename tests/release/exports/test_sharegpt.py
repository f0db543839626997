"""Read back by `datasets`' JSON loader, which LLaMA-Factory uses, and by its documented schema."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from datasets import load_dataset

from vsfa_data.release.export import export


def test_dataset_info_leads_to_lists_that_load(
    release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", str(tmp_path / "cache"))
    done = export(release, "sharegpt", tmp_path / "export")
    info = json.loads((tmp_path / "export" / "dataset_info.json").read_bytes())
    assert info.keys() == {f"threat-{split}" for split in done.counts}
    for split, count in done.counts.items():
        known = info[f"threat-{split}"]
        assert known["formatting"] == "sharegpt"
        file = str(tmp_path / "export" / known["file_name"])
        rows = load_dataset("json", data_files=file, split="train", cache_dir=str(tmp_path))
        assert len(rows) == count
        for row in rows:
            turns = row[known["columns"]["messages"]]
            assert [turn["from"] for turn in turns] == ["human", "gpt"] * (len(turns) // 2)
            text = "".join(turn["value"] for turn in turns)
            images = row[known["columns"]["images"]]
            assert text.count("<image>") == len(images) == 1
            assert (tmp_path / "export" / images[0]).is_file()
