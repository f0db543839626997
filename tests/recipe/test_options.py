from __future__ import annotations

from pathlib import Path

from tests.recipe.trying import refused, write


def test_a_typo_in_a_part_names_those_there_are(tmp_path: Path) -> None:
    file = write(tmp_path, filter__encoder="embeded")
    assert f"{file}: filter.encoder: unknown encoder 'embeded'. Choose one of: embedded" in refused(
        str(file)
    )


def test_a_typo_in_a_sources_own_option_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path, collect__sources=[{"source": "folder", "paht": "x"}])
    message = refused(str(file))
    assert "collect.sources.0." in message
    assert "path" in message
