from io import BytesIO

import pytest
from PIL import Image

from vsfa_data.release import picture
from vsfa_data.release.picture import picture_problem


def test_cut_off_and_oversized_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    out = BytesIO()
    Image.effect_noise((64, 64), 50).save(out, "PNG")
    assert picture_problem(out.getvalue(), (64, 64)) is None
    cut = picture_problem(out.getvalue()[:2000], (64, 64))
    assert cut is not None
    assert cut.startswith("the picture cannot be decoded (")
    monkeypatch.setattr(picture, "MAX_PIXELS", 4095)
    assert picture_problem(out.getvalue(), (64, 64)) == (
        "the picture has too many pixels to be decoded"
    )
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    assert picture_problem(out.getvalue(), (64, 64)) == (
        "the picture has too many pixels to be decoded"
    )


def test_other_formats_are_not_opened() -> None:
    out = BytesIO()
    Image.new("RGB", (4, 4)).save(out, "GIF")
    problem = picture_problem(out.getvalue(), (4, 4))
    assert problem is not None
    assert "cannot be decoded" in problem
