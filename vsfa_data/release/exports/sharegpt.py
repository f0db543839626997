"""ShareGPT as LLaMA-Factory reads it: one JSON list a split, and `dataset_info.json`.

`<config>-<split>.json`: {"conversations": [{"from": "human", "value": "<image>..."}, {"from":
"gpt", ...}], "images": ["images/<id>.png"]}. Pass the export's folder as --dataset_dir and
`<config>-<split>` as --dataset.
Source: data/README.md of hiyouga/LLaMA-Factory
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from vsfa_data.release.export import Exporter, JsonList, picture_of
from vsfa_data.release.exports.llava import MARK, conversation, store
from vsfa_data.release.rows import Row

INFO: Final = "dataset_info.json"


class Export(Exporter):
    """One JSON list a split."""

    def __init__(self, folder: Path, config: str, split: str) -> None:
        super().__init__(folder, config, split)
        self._name = f"{config}-{split}"
        self._list = JsonList(folder / f"{self._name}.json")

    def add(self, row: Row) -> None:
        """Write the picture to `images/`, the conversation to the list."""
        picture = picture_of(row)
        images = [store(self.folder, picture)] if picture else []
        turns = conversation(row, MARK if picture else "")
        self._list.add({"id": row["image_id"], "conversations": turns, "images": images})

    def close(self) -> None:
        """Finish the list, and say in dataset_info.json how to read it."""
        self._list.close()
        path = self.folder / INFO
        known: dict[str, Any] = json.loads(path.read_bytes()) if path.exists() else {}
        known[self._name] = {
            "file_name": f"{self._name}.json",
            "formatting": "sharegpt",
            "columns": {"messages": "conversations", "images": "images"},
        }
        path.write_text(json.dumps(known, indent=2) + "\n", encoding="utf-8", newline="\n")
