"""Decode, shrink, encode by the fastest library there is, of bytes that are ready.

`python fastest.py FOLDER SIDE QUALITY` prints images a second of two processes. It imports
nothing of this project, so that an interpreter that has OpenCV can run it.
"""

from __future__ import annotations

import io
import multiprocessing
import sys
import time
from pathlib import Path
from typing import Any

PROCESSES = 2
ROUND_S = 4.0


def with_opencv(data: bytes, side: int, quality: int) -> int:
    import cv2  # type: ignore[import-not-found]
    import numpy as np

    cv2.setNumThreads(1)
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    height, width = image.shape[:2]
    scale = min(1.0, side / max(height, width))
    size = (round(width * scale), round(height * scale))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return len(cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, quality])[1])


def with_pillow(data: bytes, side: int, quality: int) -> int:
    from PIL import Image

    image: Any = Image.open(io.BytesIO(data))
    scale = min(1.0, side / max(image.size))
    size = (round(image.width * scale), round(image.height * scale))
    image.draft(None, (size[0] * 2, size[1] * 2))
    file = io.BytesIO()
    image.resize(size, Image.Resampling.BICUBIC).save(file, "JPEG", quality=quality)
    return len(file.getvalue())


def with_simd(data: bytes, side: int, quality: int) -> int:
    """Our own filter, as `vsfa_data/collect/resample.py` has it computed."""
    import cykooz_resizer as simd
    from PIL import Image

    image: Any = Image.open(io.BytesIO(data))
    scale = min(1.0, side / max(image.size))
    size = (round(image.width * scale), round(image.height * scale))
    image.draft(None, (size[0] * 5 // 4, size[1] * 5 // 4))
    image.load()
    small = simd.ImageData(*size, simd.PixelType.U8x3)
    bicubic = simd.ResizeAlg.convolution(simd.FilterType.catmull_rom)
    large = simd.ImageData(*image.size, simd.PixelType.U8x3, image.tobytes())
    simd.Resizer().resize(large, small, simd.ResizeOptions(resize_alg=bicubic))
    file = io.BytesIO()
    made = Image.frombytes("RGB", size, small.get_buffer())
    made.save(file, "JPEG", quality=quality, subsampling="4:4:4")
    return len(file.getvalue())


def work(name: str, files: list[bytes], side: int, quality: int, counts: Any) -> None:
    make = MAKERS[name]
    try:
        make(files[0], side, quality)
    except ImportError:
        counts.put(0)
        return
    done, start = 0, time.perf_counter()
    while time.perf_counter() - start < ROUND_S:
        make(files[done % len(files)], side, quality)
        done += 1
    counts.put(done / (time.perf_counter() - start))


MAKERS = {"opencv": with_opencv, "pillow": with_pillow, "simd": with_simd}


def rate(name: str, files: list[bytes], side: int, quality: int) -> float:
    """Images a second; 0 if the library is not there."""
    counts: Any = multiprocessing.Queue()
    workers = [
        multiprocessing.Process(target=work, args=(name, files, side, quality, counts))
        for _ in range(PROCESSES)
    ]
    for worker in workers:
        worker.start()
    found: float = sum(counts.get() for _ in workers)
    for worker in workers:
        worker.join()
    return found


if __name__ == "__main__":
    folder, side, quality = sys.argv[1:]
    files = [path.read_bytes() for path in sorted(Path(folder).glob("*.jpg"))]
    for name in MAKERS:
        print(name, rate(name, files, int(side), int(quality)))
