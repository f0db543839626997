r"""LLaVA's own format: one JSON list a split, pictures beside it.

`<config>-<split>.json`: {"id", "image": "images/<id>.png", "conversations": [{"from": "human",
"value": "<image>\n..."}, {"from": "gpt", "value": ...}]}. Pass it as --data_path, and the export's
folder as --image_folder.
Source: docs/Finetune_Custom_Data.md of haotian-liu/LLaVA
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from vsfa_data.release.export import Exporter, JsonList, picture_of
from vsfa_data.release.rows import Row

MARK: Final = "<image>"
"""Where the trainer puts the picture: it must be nowhere else in a text."""
SPEAKERS: Final = {"user": "human", "assistant": "gpt"}


def conversation(row: Row, start: str) -> list[dict[str, str]]:
    """The turns of a row; the first one has `start` in front."""
    turns = [
        {"from": SPEAKERS[turn["role"]], "value": turn["content"].replace(MARK, "image")}
        for turn in row["messages"]
    ]
    turns[0]["value"] = start + turns[0]["value"]
    return turns


def store(folder: Path, picture: tuple[str, bytes]) -> str:
    """Write a picture to `images/`; its path in the export."""
    path = folder / "images" / picture[0]
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(picture[1])
    return f"images/{picture[0]}"


class Export(Exporter):
    """One JSON list a split."""

    def __init__(self, folder: Path, config: str, split: str) -> None:
        super().__init__(folder, config, split)
        self._list = JsonList(folder / f"{config}-{split}.json")

    def add(self, row: Row) -> None:
        """Write the picture to `images/`, the conversation to the list."""
        picture = picture_of(row)
        image = {"image": store(self.folder, picture)} if picture else {}
        turns = conversation(row, f"{MARK}\n" if picture else "")
        self._list.add({"id": row["image_id"], **image, "conversations": turns})

    def close(self) -> None:
        """Finish the list."""
        self._list.close()
