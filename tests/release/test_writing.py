import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq

from tests.release import samples
from vsfa_data.release import configs, inventory
from vsfa_data.release.hub.fresh import LIGHT
from vsfa_data.release.package import Packaged
from vsfa_data.release.verify import verify

ALL = ("threat", "control", "text", "mixed")
Make = Callable[..., Packaged]


def ids(folder: Path, names: list[str]) -> list[str]:
    return [row for name in names for row in pq.read_table(folder / name)["image_id"].to_pylist()]


def test_mixed_stores_nothing_and_has_each_conversation_once(make_release: Make) -> None:
    folder = make_release(samples.pictures(16), configs=ALL).path
    assert verify(folder).problems == ()
    assert sorted(path.name for path in folder.iterdir() if path.is_dir()) == [
        *("charts", "control", "text", "threat")
    ]
    made = inventory.read_manifest(folder)
    counts = made.counts()
    assert counts["mixed"] == counts["text"] == counts["threat"]
    assert made.configs["mixed"].pairs == made.configs["threat"].pairs == 32
    listed: list[str] = []
    for split in counts["threat"]:
        files = made.files_of("mixed", split)
        for name in files:
            half = configs.HALF_OF_MIXED[name.partition("/")[0]]
            assert {configs.half(made.seed, one) for one in ids(folder, [name])} == {half}
        assert sorted(ids(folder, files)) == sorted(ids(folder, made.files_of("threat", split)))
        listed += files
    assert {name.partition("/")[0] for name in listed} == {"threat", "text"}
    # Nobody's rows depend on what else is published, but for their order.
    alone = make_release(samples.pictures(16)).path
    for config in ("threat", "control"):
        for split, rows in inventory.read_manifest(alone).counts()[config].items():
            mine = inventory.read_manifest(alone).files_of(config, split)
            assert rows == counts[config][split]
            assert len(mine) == 1


LOAD = """
import json, sys
from datasets import load_dataset
found = {}
for config in ("threat", "text", "mixed"):
    plain, streamed = (load_dataset(sys.argv[1], config, streaming=s) for s in (False, True))
    for split, rows in plain.items():
        same = list(streamed[split])
        assert list(rows["image_id"]) == [row["image_id"] for row in same]
        assert list(rows["messages"]) == [row["messages"] for row in same]
        pictures = [row.get("image") and row["image"].size for row in same]
        heard = [row["messages"][0]["content"].startswith(row["caption"]) for row in rows]
        found[f"{config}/{split}"] = [rows["image_id"][:], pictures, heard, rows.column_names]
print(json.dumps(found))
"""


def test_plain_datasets_loads_what_is_derived(make_release: Make, tmp_path: Path) -> None:
    folder = make_release(samples.pictures(16), configs=ALL).path
    known = os.environ | LIGHT | {"HF_HOME": str(tmp_path / "home"), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", LOAD, str(folder)], env=known, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    for split in inventory.read_manifest(folder).counts()["threat"]:
        (threat, text, mixed) = (found[f"{config}/{split}"] for config in ("threat", *ALL[2:]))
        assert sorted(threat[0]) == sorted(text[0]) == sorted(mixed[0])
        assert (all(threat[1]), any(text[1])) == (True, False)
        assert (any(threat[2]), all(text[2])) == (False, True)
        # Either the picture or the caption, and which one was drawn.
        halves = [bool(configs.half(7, one)) for one in mixed[0]]
        assert mixed[2] == [not picture for picture in mixed[1]] == halves
        assert (threat[3], text[3]) == (mixed[3], mixed[3][1:])


def test_text_takes_a_fraction_of_the_bytes(make_release: Make) -> None:
    folder = make_release(samples.pictures(12), configs=ALL[:3]).path
    size = {
        config: sum(path.stat().st_size for path in (folder / config).iterdir())
        for config in ("threat", "text")
    }
    assert size["text"] < size["threat"] / 5
    assert "image" not in pq.read_schema(next((folder / "text").iterdir())).names
