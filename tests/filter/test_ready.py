"""What happens to an image before the model."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from tests.filter.rows import sample_row
from vsfa_data import pictures
from vsfa_data.filter.covariates import covariates
from vsfa_data.filter.ready import MakeReady
from vsfa_data.filter.resizing import Resizing


def test_pixels_and_covariates_of_the_decoded_picture() -> None:
    data = sample_row(0, "pets-kitten.jpg")["image"]
    resizing = Resizing(32, "squash", "bicubic")
    seen, plain = MakeReady(resizing)(data)
    image = pictures.decode(data)
    assert np.array_equal(seen, resizing(image))
    assert plain == covariates(image)
    with pytest.raises(OSError, match="cannot identify"):
        MakeReady(resizing)(b"no picture")


def test_decoding_processes_stay_light() -> None:
    script = (
        "import sys, vsfa_data.filter.ready, vsfa_data.filter.resizing\n"
        "print(sorted({'torch', 'torchvision', 'open_clip', 'pyarrow'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr
