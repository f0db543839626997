from __future__ import annotations

import numpy as np
from PIL import Image

from vsfa_data import embedded


def test_prepare_sees_the_central_seven_eighths() -> None:
    image = Image.new("RGB", (160, 80), (255, 0, 0))
    image.paste((127, 191, 255), (40, 0, 120, 80))
    pixels = embedded.prepare(image)
    assert pixels.shape == (260, 260, 3)
    assert pixels.dtype == np.float32
    assert np.array_equal(
        pixels, np.broadcast_to(np.array([0.0, 0.5, 1.0], np.float32), pixels.shape)
    )
    edge = embedded.prepare(Image.fromarray(np.uint8(np.arange(80)[:, None].repeat(80, 1))))
    assert edge.shape == (260, 260)
    np.testing.assert_allclose(edge[[0, -1], 0] * 128 + 127, [5, 74], atol=1)
