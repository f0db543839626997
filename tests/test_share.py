"""docs/share.md does what it says: its blocks run in their order against the local Hub."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.local_hub import GUEST, WRITE
from tests.release import samples
from tests.release.hub import releases
from vsfa_data.recipe import SplitSection
from vsfa_data.release.hub.fresh import LIGHT

PAGE = Path(__file__).parents[1] / "docs" / "share.md"
CONFIGS, SPLITS = ("threat", "control", "text", "mixed"), ("train", "validation", "test")
LOAD = """
import sys
from datasets import load_dataset
from datasets.exceptions import DatasetNotFoundError
try:
    rows = load_dataset("team/vsfa", "threat", split="test", revision="v1.0.0", streaming=True)
    print(next(iter(rows))["image"].size)
except DatasetNotFoundError as error:
    print("gated" if "gated" in str(error) else "not there")
"""


def blocks(language: str, text: str | None = None) -> list[str]:
    text = PAGE.read_text(encoding="utf-8") if text is None else text
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


@dataclass
class Page:
    """A user's terminal: the folder it is in, and its environment."""

    folder: Path
    environment: dict[str, str]

    def run(self, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            command,
            cwd=self.folder,
            capture_output=True,
            text=True,
            env=self.environment | more,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done

    def load(self, token: str | None) -> subprocess.Popen[str]:
        """Start loading as somebody, with empty caches."""
        home = self.folder / f"home-{len(list(self.folder.iterdir()))}"
        home.mkdir()
        known = self.environment | {"HF_HOME": str(home)}
        known |= {"HF_TOKEN": token} if token else {}
        if token is None:
            del known["HF_TOKEN"]
        return subprocess.Popen(
            [sys.executable, "-c", LOAD],
            stdout=subprocess.PIPE,
            text=True,
            env=known,
            cwd=self.folder,
        )


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The page's first block is running, and there is a release to share."""
    folder = tmp_path_factory.mktemp("share")
    pictures = [samples.Picture(samples.drawn(n), CONFIGS[n % 2]) for n in range(32)]
    shares = SplitSection(train=0.5, validation=0.25, test=0.25)
    made = folder / "out" / "quickstart" / "release"
    releases.make(made, "1.0.0", pictures, configs=CONFIGS, splits=shares)
    for config in CONFIGS[:3]:
        assert {path.name.partition("-")[0] for path in (made / config).iterdir()} == set(SPLITS)
    clean = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
    clean |= {"HF_HOME": str(folder / "home"), "PYTHONUNBUFFERED": "1"} | LIGHT
    command = [*_words(blocks("sh")[0].strip()), "--port", "0"]
    with subprocess.Popen(
        command, cwd=folder, env=clean, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline().strip() for _ in range(3)]
        exports = dict(line.removeprefix("export ").split("=", 1) for line in lines)
        yield Page(folder, clean | exports)
        process.send_signal(signal.SIGTERM)


def _words(line: str) -> list[str]:
    """A command of the page, run by this interpreter."""
    first, *rest = line.split()
    assert first == "vsfa-data"
    return [sys.executable, "-m", "vsfa_data", *rest]


def test_share_it(page: Page) -> None:
    said = {}
    for line in "".join(blocks("sh")[1:]).splitlines():
        done = page.run(*_words(line))
        said[line] = done.stderr + done.stdout
    planned, pushed, verified, opened, differs, exported = said.values()
    assert planned.startswith("would create team/vsfa, a private dataset repository")
    assert "published v1.0.0" in pushed
    assert "fingerprint: " in verified
    assert "nothing uploaded: team/vsfa has v1.0.0" in opened
    assert "It is private" not in opened
    assert "It is gated: readers ask for access on its page, and you let them in" in opened
    assert "fingerprints: the same" in differs
    assert "written: out/llava" in exported


def test_the_readme_says_nothing_that_the_page_does_not() -> None:
    readme = (PAGE.parents[1] / "README.md").read_text(encoding="utf-8")
    section = readme.partition("\n## Share it, load it\n")[2].partition("\n## ")[0]
    for language in ("sh", "python"):
        lines = "".join(blocks(language, section)).splitlines()
        assert lines
        assert all(line in "".join(blocks(language)) for line in lines)


def test_load_it(page: Page) -> None:
    script = "".join(blocks("python"))
    lines = page.run(sys.executable, "-c", script).stdout.splitlines()
    assert lines[0].startswith("[{'role': 'user', 'content': ")
    counted = {tuple(words[:2]): int(words[2]) for line in lines[1:13] if (words := line.split())}
    assert counted.keys() == {(config, split) for config in CONFIGS for split in SPLITS}
    for config in CONFIGS:
        assert sum(counted[config, split] for split in SPLITS) == 16
    assert lines[13].startswith("(32, 24) Picture ")
    assert int(lines[15]) == counted["threat", "train"]
    assert lines[16:] == ["may read: guest"]


def test_who_may_read_it(page: Page) -> None:
    def outcomes() -> list[str]:
        started = [page.load(token) for token in (WRITE, GUEST, None)]
        return [process.communicate()[0].strip() for process in started]

    # The page has let the guest through the gate.
    assert outcomes() == ["(32, 24)", "(32, 24)", "gated"]
    api = "from huggingface_hub import HfApi; api = HfApi()\n"
    refuse = "api.reject_access_request('team/vsfa', 'guest', repo_type='dataset', "
    page.run(sys.executable, "-c", f"{api}{refuse}rejection_reason=None)")
    assert outcomes() == ["(32, 24)", "gated", "gated"]
    close = "api.update_repo_settings('team/vsfa', repo_type='dataset', private=True)"
    page.run(sys.executable, "-c", api + close)
    assert outcomes() == ["(32, 24)", "not there", "not there"]
