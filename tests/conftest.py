"""What several tests share: shards of tables without a workspace around them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from filelock import FileLock

from vsfa_data.resources import PACKAGE
from vsfa_data.stages import Shard

# Tests run on all cores, a process each: several threads in each would wait for one another. Set
# before anything imports torch, and for the programs that tests start.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture
def make_shard(tmp_path: Path) -> Callable[..., Shard]:
    """`make_shard(0, images=table, unique=table)` -> a shard whose files hold those tables."""

    def make(index: int, **given: pa.Table) -> Shard:
        files = {}
        for name, table in given.items():
            files[name] = tmp_path / f"{name}-{index:05d}.parquet"
            pq.write_table(table, files[name])
        return Shard(index=index, files=files)

    return make


@pytest.fixture(scope="session")
def quickstart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The --out folder of one quickstart build, made as users make it. Read it, never write it."""
    place = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        place = place.parent  # all workers' own: who comes first builds, the others wait
    out = place / "quickstart" / "out"
    with FileLock(place / "quickstart.lock"):
        if not (out / "stdout.txt").exists():
            shutil.rmtree(out, ignore_errors=True)
            done = subprocess.run(
                [sys.executable, "-m", "vsfa_data", "build", "--out", str(out), "--workers", "2"],
                capture_output=True,
                text=True,
            )
            assert done.returncode == 0, done.stderr
            (out / "stdout.txt").write_text(done.stdout, encoding="utf-8")
    return out


@pytest.fixture
def ordinary_user() -> list[str]:
    """Words to put before a command so that it runs without root's power over permissions."""
    if os.geteuid() != 0:
        return []
    return ["unshare", "--user", "--map-user=1000", "--map-group=1000", "--"]


@pytest.fixture
def sample_copy(tmp_path: Path) -> Path:
    """A folder of a dozen of the sample's pictures that a test may change."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name in sorted(path.name for path in (PACKAGE / "sample" / "images").iterdir())[:12]:
        shutil.copy(PACKAGE / "sample" / "images" / name, folder / name)
    return folder


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Long bytes by their length: archives hold the time, and names must be the same anywhere."""
    if isinstance(val, bytes) and len(val) > 16:
        return f"{argname}-{len(val)}-bytes"
    return None
