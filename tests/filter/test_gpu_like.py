"""A whole filter step with an encoder that has a GPU to itself, save that there is no GPU."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import psutil
import pyarrow.parquet as pq
import pytest

from vsfa_data import parts, recipe
from vsfa_data.pipeline import Job, Quiet, build

PART = """
from vsfa_data.filter.encoders.embedded import EmbeddedEncoder
class GpuLikeEncoder(EmbeddedEncoder):
    '''Embedded, but one process runs all shards and others decode for it.'''
    on_accelerator = True
    batch_size = 5
"""


CONCEPTS = """
version: 1.0.0
threat: [{name: blades, descriptions: [a sword]}]
neutral: [{name: pets, descriptions: [a cat]}]
"""


@pytest.fixture
def _installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    (tmp_path / "gpu_like.py").write_text(PART)
    info = tmp_path / "gpu_like-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: gpu-like\nVersion: 1.0\n")
    entry = "[vsfa_data.encoders]\ngpu_like = gpu_like:GpuLikeEncoder\n"
    (info / "entry_points.txt").write_text(entry)
    monkeypatch.syspath_prepend(tmp_path)  # worker processes get it from there
    importlib.invalidate_caches()
    parts.names.cache_clear()
    yield
    parts.names.cache_clear()
    parts.load.cache_clear()


@pytest.mark.usefixtures("_installed")
def test_one_process_scores_all_shards_and_leaves_none_behind(tmp_path: Path) -> None:
    concepts = tmp_path / "own.yaml"
    concepts.write_text(CONCEPTS)
    scores, written = [], []
    out = tmp_path / "out"  # of one, so that the pictures are collected once
    for encoder, workers in (("embedded", 0), ("gpu_like", 2)):
        sets = [
            "collect.limit=8", f"filter.encoder={encoder}", f"filter.concept_set={concepts}",
            "filter.min_margin=-1.9", "filter.max_control_margin=-2", "filter.uncalibrated=true",
            "filter.control=none",
        ]  # fmt: skip
        build(Job(recipe.load("quickstart", sets), out, "filter", workers, shard_size=3), Quiet())
        files = sorted((out / "work" / "score").glob("part-*.parquet"))
        assert len(files) == 3
        scores.append([pq.read_table(file).to_pylist() for file in files])
        written.append([file.stat().st_mtime_ns for file in files])
    assert scores[0] == scores[1]
    assert max(written[0]) < min(written[1])
    left = psutil.Process().children(recursive=True)
    assert [one for one in left if "spawn_main" in " ".join(one.cmdline())] == []
