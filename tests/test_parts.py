from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from vsfa_data import parts
from vsfa_data.errors import SetupError, UserError
from vsfa_data.resources import PACKAGE
from vsfa_data.sections import Section

HEAVY = {"torch", "timm", "transformers", "datasets", "pandas", "scipy", "numpy", "PIL"}


def everything() -> list[tuple[str, str]]:
    return [(kind, name) for kind in parts.KINDS for name in parts.names(kind)]


@pytest.mark.parametrize(("kind", "name"), everything())
def test_a_part_is_one_class_with_options_that_are_documented(kind: str, name: str) -> None:
    part = parts.load(kind, name)
    assert part.__doc__
    assert issubclass(part.Options, Section)
    for key, field in part.Options.model_fields.items():
        assert field.description, f"{name}: the option '{key}' has no docstring"


@pytest.mark.parametrize(("kind", "name"), everything())
def test_a_part_has_a_test_file_of_its_own(kind: str, name: str) -> None:
    package = parts.KINDS[kind][0].split(".")[1:]
    assert (PACKAGE.parent / "tests" / Path(*package) / f"test_{name}.py").is_file()


def test_loading_every_part_imports_nothing_heavy() -> None:
    script = (
        "import sys; from vsfa_data import parts\n"
        "for kind in parts.KINDS:\n"
        "    for name in parts.names(kind): parts.load(kind, name)\n"
        f"print(sorted(sys.modules.keys() & {HEAVY!r}))"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert result.stdout == "[]\n", result.stderr


def test_an_unknown_part_is_told_the_names_there_are() -> None:
    with pytest.raises(UserError, match=r"^unknown captioner 'blip9'. Choose one of: .*embedded"):
        parts.load("captioners", "blip9")


ELSEWHERE = """
from vsfa_data.collect.source import Source
from vsfa_data.sections import Section
class Plain: pass
class NoOptions(Source): pass
class Half(Source):
    Options = Section
    def snapshot(self): return ''
class ElsewhereSource(Half):
    def iterate(self): return iter(())
"""


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Another distribution with parts, some of them broken."""
    (tmp_path / "elsewhere.py").write_text(ELSEWHERE)
    info = tmp_path / "elsewhere-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: elsewhere\nVersion: 1.0\n")
    points = {
        "elsewhere": "ElsewhereSource", "folder": "ElsewhereSource", "none": "Nothing",
        "plain": "Plain", "no_options": "NoOptions", "half": "Half",
    }  # fmt: skip
    lines = [f"{name} = elsewhere:{value}" for name, value in points.items()]
    (info / "entry_points.txt").write_text("\n".join(["[vsfa_data.sources]", *lines]))
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    parts.names.cache_clear()
    parts.load.cache_clear()
    yield
    parts.names.cache_clear()
    parts.load.cache_clear()


@pytest.mark.usefixtures("elsewhere")
def test_a_part_of_another_distribution_is_found_but_replaces_none() -> None:
    assert "elsewhere" in parts.names("sources")
    assert parts.load("sources", "elsewhere").__name__ == "ElsewhereSource"
    assert parts.load("sources", "folder").__module__ == "vsfa_data.collect.sources.folder"


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("none", r"cannot be loaded \(AttributeError: .*'Nothing'\)"),
        ("plain", "is no subclass of Source"),
        ("no_options", "lacks Options, a Section with its recipe keys"),
        ("half", "lacks iterate"),
    ],
)
def test_a_broken_part_of_another_distribution_is_named_with_it(name: str, said: str) -> None:
    with pytest.raises(
        SetupError, match=rf"^the source '{name}' of elsewhere 1.0 \(.*\) {said}. Mend"
    ):
        parts.load("sources", name)
