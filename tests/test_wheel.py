"""The installed wheel is the toolkit: it builds the quickstart outside any checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
SHIPPED = ("builders", "cards", "concepts", "prompts", "templates")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), "."],
        check=True,
        cwd=ROOT,
        capture_output=True,
    )
    return next(out.glob("*.whl"))


def test_the_wheel_holds_all_that_stands_outside_the_package(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    for folder in SHIPPED:
        for file in (ROOT / folder).rglob("*"):
            if file.is_file():
                assert f"vsfa_data/shipped/{file.relative_to(ROOT)}" in inside
    assert "vsfa_data/sample/sample.csv" in inside
    assert "vsfa_data/py.typed" in inside
    assert not [name for name in inside if name.startswith(("tests", "benchmarks"))]


def test_the_quickstart_runs_from_the_installed_wheel(
    wheel: Path, quickstart: Path, tmp_path: Path
) -> None:
    # The wheel alone is installed; what it depends on is borrowed from this environment, so
    # that the test does not fetch gigabytes.
    environment = tmp_path / "env"
    venv.create(environment, with_pip=False)
    python = environment / "bin" / "python"
    site = subprocess.run(
        [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", site, str(wheel)],
        check=True,
    )
    Path(site, "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    env = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    where = subprocess.run(
        [str(python), "-c", "import vsfa_data; print(vsfa_data.__file__)"],
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=env,
    ).stdout
    assert where.startswith(site)
    done = subprocess.run(
        [str(python), "-m", "vsfa_data", "build", "--json"],
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=env,
    )
    told = json.loads(done.stdout)
    made = json.loads((quickstart / "release" / "manifest.json").read_text())
    assert told["fingerprint"] == made["fingerprint"]
    assert (tmp_path / "out" / "quickstart" / "release" / "manifest.json").is_file()
