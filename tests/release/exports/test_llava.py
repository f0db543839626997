"""Read back as `LazySupervisedDataset` and `preprocess_multimodal` of LLaVA's train.py do."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
from PIL import Image

from vsfa_data.release.export import export


def test_each_row_has_one_picture_and_speakers_in_turn(release: Path, tmp_path: Path) -> None:
    done = export(release, "llava", tmp_path / "export", "control")
    for split, count in done.counts.items():
        listed = json.loads((tmp_path / "export" / f"control-{split}.json").read_bytes())
        table = pq.read_table(release / f"control/{split}-00000-of-00001.parquet")
        assert [one["id"] for one in listed] == table["image_id"].to_pylist()
        assert len(listed) == count
        for one, messages in zip(listed, table["messages"].to_pylist(), strict=True):
            with Image.open(tmp_path / "export" / one["image"]) as picture:
                picture.convert("RGB").load()
            said = one["conversations"]
            assert [turn["from"] for turn in said] == ["human", "gpt"] * (len(said) // 2)
            assert said[0]["value"] == f"<image>\n{messages[0]['content']}"
            assert [turn["value"] for turn in said[1:]] == [m["content"] for m in messages[1:]]
            assert sum(turn["value"].count("<image>") for turn in said) == 1
