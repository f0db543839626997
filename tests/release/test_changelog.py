from __future__ import annotations

from pathlib import Path

from tests.release import samples
from tests.release.hub import releases
from vsfa_data.release import inventory

CONFIGS = ("threat", "control")


def make(folder: Path, version: str, numbers: range, last: Path | None = None) -> Path:
    pictures = [samples.Picture(samples.drawn(n), CONFIGS[n % 2]) for n in numbers]
    pictures[0].provenance = {"license": samples.HOSTILE}
    return releases.make(folder, version, pictures, configs=CONFIGS, previous=last)


def test_the_first_version_says_so(tmp_path: Path) -> None:
    folder = make(tmp_path / "a", "1.0.0", range(6))
    text = (folder / "CHANGELOG.md").read_text(encoding="utf-8")
    print_ = inventory.read_manifest(folder).fingerprint
    assert text.splitlines() == [
        *("# Changelog", "", "## 1.0.0", "", "First version.", ""),
        f"- fingerprint: `{print_}`",
        "- threat: 3 train; 6 questions with answers",
        "- control: 3 train; 6 questions with answers",
    ]


def test_later_ones_say_what_changed_above_what_was_there(tmp_path: Path) -> None:
    one = make(tmp_path / "a", "1.0.0", range(6))
    two = make(tmp_path / "b", "1.1.0", range(1, 9), one)
    three = make(tmp_path / "c", "1.2.0", range(1, 9), two)
    older, text, newest = (
        (folder / "CHANGELOG.md").read_text(encoding="utf-8") for folder in (one, two, three)
    )
    assert text.startswith("# Changelog\n\n## 1.1.0\n\nSince 1.0.0:\n\n- threat: 3 rows before")
    assert "- threat: 3 rows before, 4 now; 2 added, 1 removed, " in text
    assert "- control: 3 rows before, 4 now; 1 added, 0 removed, " in text
    assert "- licence CC0&#45;1.0" in text or "- licence CC0-1.0: " in text
    assert text.endswith(older.removeprefix("# Changelog\n"))
    assert newest.endswith(text.removeprefix("# Changelog\n"))
    assert "- the rows are the same" in newest
    assert newest.count("# Changelog") == 1
    for hostile in ("<script>", "[a](javascript", "\u202e"):
        assert hostile not in newest
