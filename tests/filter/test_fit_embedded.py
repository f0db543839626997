"""Fitting a calibration from a folder of drawings to a file that scoring can use."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.embedded.sample import picture
from tests.filter.rows import SAMPLE
from vsfa_data.errors import UserError
from vsfa_data.filter import calibration_files, concepts, fit_embedded
from vsfa_data.filter.calibration import Calibration
from vsfa_data.filter.encoders.embedded import EmbeddedEncoder, EmbeddedOptions
from vsfa_data.recipe import FilterSection

CORPUS = Path("/usr/share/openclipart/png")
STAMPS = Path("/usr/share/tuxpaint/stamps")


def used(concept_set: str) -> Calibration:
    identity = EmbeddedEncoder(EmbeddedOptions()).identity
    chosen = FilterSection(encoder="embedded", concept_set=concept_set)
    found = calibration_files.of(chosen, identity)
    assert found is not None
    return found


@pytest.fixture
def own_set(tmp_path: Path) -> Path:
    file = tmp_path / "own.yaml"
    file.write_text(
        "version: 2.0.0\n"
        "threat: [{name: weapons, descriptions: ['weapon: a gun, a sword or a bomb']}]\n"
        "neutral: [{name: food, descriptions: [a fruit]}, {name: toys, descriptions: [a ball]}]\n"
    )
    return file


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Ten pictures of the sample, laid out like openclipart."""
    for folder, prefixes in (
        ("tools/weapons", ("firearms-", "blades-")),
        ("food", ("food-", "toys-", "plants-")),
    ):
        (tmp_path / "png" / folder).mkdir(parents=True)
        for file in sorted(SAMPLE.glob("*.png")):
            if file.name.startswith(prefixes):
                image = picture(file.name)
                image.save(tmp_path / "png" / folder / file.name)
    return tmp_path / "png"


def test_a_fit_makes_a_calibration_that_scoring_accepts(
    corpus: Path, own_set: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fit_embedded.main([str(corpus), "--concept-set", str(own_set)])
    found = used(str(own_set))
    assert found.concept_set_version == "2.0.0"
    assert found.concept_set_sha256 == concepts.load(str(own_set)).content_hash
    assert found.method == "probe"
    assert found.temperature == 0.1
    assert found.quality.auc > 0.5
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == f"{found.threat_images} threat, {found.neutral_images} neutral drawings"
    assert printed[1] == (
        f"cross-validated: ROC AUC {found.quality.auc:.3f}, ECE {found.quality.ece:.3f}"
    )
    assert len(printed) == 3 + 10
    first = own_set.with_name("own.embedded.json").read_bytes()
    fit_embedded.main([str(corpus), "--concept-set", str(own_set)])
    assert own_set.with_name("own.embedded.json").read_bytes() == first


def test_a_folder_without_drawings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        fit_embedded.see(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path} does not hold openclipart. Run: apt-get install openclipart-png"
    )


@pytest.mark.corpus
@pytest.mark.timeout(1200)
def test_the_shipped_calibration_is_what_the_fit_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = used("default")
    monkeypatch.setattr(calibration_files, "FOLDER", tmp_path)
    found = fit_embedded.fit(fit_embedded.see(CORPUS, STAMPS), "default")
    plain = {"intercept", "probe", "soft_margin", "quality"}
    assert found.model_dump(exclude=plain) == shipped.model_dump(exclude=plain)
    # Another processor's last digits may differ, and the optimiser stops a little elsewhere.
    assert found.intercept == pytest.approx(shipped.intercept, abs=0.01)
    assert found.soft_margin == pytest.approx(shipped.soft_margin, abs=0.05)
    assert found.probe == pytest.approx(shipped.probe, abs=0.05)
    assert found.quality.auc == pytest.approx(shipped.quality.auc, abs=0.005)
    assert found.quality.ece == pytest.approx(shipped.quality.ece, abs=0.01)
