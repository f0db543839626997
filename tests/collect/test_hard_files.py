"""The pictures on which Pillow's own tests once failed: broken, strange, and made to harm.

They come with Pillow's source distribution, which pip downloads here, unless the environment
variable PILLOW_SOURCE names a folder where it is unpacked.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from collections import Counter
from importlib.metadata import version
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from vsfa_data.collect.decoder import Decoder
from vsfa_data.collect.normalised import Limits, Normalised

pytestmark = [pytest.mark.corpus, pytest.mark.timeout(1200)]

ANY_SIZE = Limits(min_side_px=1, max_side_px=512, max_aspect=1e6)
REASONS = {"not_an_image", "truncated", "undecodable", "too_many_pixels"}
METADATA = {"exif", "xmp", "icc_profile", "comment", "dpi", "photoshop", "transparency"}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    source = os.environ.get("PILLOW_SOURCE")
    folder = Path(source) if source else tmp_path_factory.mktemp("pillow")
    if source is None:
        wanted = f"pillow=={version('pillow')}"
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--no-binary", ":all:", "--dest", str(folder), wanted]
        subprocess.run(command, check=True)
        (archive,) = folder.glob("*.tar.gz")
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
    return sorted(path for path in folder.rglob("Tests/images/**/*") if path.is_file())


def test_each_is_a_plain_picture_or_has_a_reason(pictures: list[Path]) -> None:
    assert len(pictures) > 1_000
    decoder, seen = Decoder(ANY_SIZE, 30.0), Counter[str]()
    for start in range(0, len(pictures), 8):
        some = pictures[start : start + 8]
        for path, found in zip(
            some, decoder.normalise_all([path.read_bytes() for path in some]), strict=True
        ):
            if isinstance(found, Normalised):
                seen["kept"] += 1
                _check(path, found)
            else:
                seen[found.reason] += 1
                assert found.reason in REASONS, path.name
    decoder.close()
    assert seen["kept"] > 600
    assert set(seen) == REASONS | {"kept"}


def _check(path: Path, found: Normalised) -> None:
    with Image.open(BytesIO(found.image)) as image:
        image.load()
        assert image.format == found.format.upper(), path.name
        assert image.size == (found.width, found.height), path.name
        assert max(image.size) <= ANY_SIZE.max_side_px, path.name
        assert image.mode in {"L", "RGB"}, path.name
        assert not METADATA & set(image.info), path.name
