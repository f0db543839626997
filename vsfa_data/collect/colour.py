"""Pictures of any mode and colour space -> sRGB or gray, 8 bits a channel, opaque."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageCms

if TYPE_CHECKING:
    from PIL.ImageCms import ImageCmsProfile

MAX_SHIFT: Final = 2
"""A profile that moves no probed colour by more than this many of 255 levels is sRGB in effect."""

_SIXTEEN_BITS: Final = [(value * 255 + 32_767) // 65_535 for value in range(65_536)]
_WHITE: Final = 255
_PROBE_LEVELS: Final = (0, 16, 32, 64, 96, 128, 160, 192, 224, 240, 255)


def widen(image: Image.Image) -> Image.Image:
    """A loaded image of any mode -> L, LA, RGB, RGBA or CMYK: modes that can be resampled.

    16-bit gray is scaled, not clipped; of wider gray, see `_gray`. A transparent colour or
    palette entry becomes an alpha channel.
    """
    if image.mode.startswith("I;16") or image.mode in {"I", "F"}:
        return _gray(image)
    if image.mode in {"L", "LA", "RGB", "RGBA", "CMYK"} and "transparency" not in image.info:
        return image
    if image.mode in {"1", "L"}:
        return image.convert("LA" if "transparency" in image.info else "L")
    if image.mode in {"La", "LA"}:
        return image.convert("LA")
    if image.has_transparency_data:
        key = image.info.get("transparency")
        if isinstance(key, tuple) and max(key) > 255:  # 16 bits a channel, of which Pillow keeps 8
            image.info["transparency"] = tuple(level >> 8 for level in key)
        return image.convert("RGBA")
    return image.convert("RGB")


def _gray(image: Image.Image) -> Image.Image:
    """16-bit, 32-bit or floating-point gray -> L, or LA where one level is transparent.

    16-bit levels span 0..65535. Nothing says what wider ones span: whole numbers that fit are
    taken as 8 or 16 bits, fractions within 0..1 as shares of white, and anything else is
    stretched from its darkest to its brightest. What is no number is black.
    """
    if image.mode.startswith("I;16"):
        wide = image.convert("I")
        gray = wide.point(_SIXTEEN_BITS, "L")
        key = image.info.get("transparency")
        if not isinstance(key, int):
            return gray
        opaque = [_WHITE] * 65_536
        opaque[key & 0xFFFF] = 0
        return Image.merge("LA", (gray, wide.point(opaque, "L")))
    import numpy as np

    levels = np.nan_to_num(np.asarray(image, np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(levels.min()), float(levels.max())
    if low < 0.0 or high > 65_535.0 or (image.mode == "F" and high > 255.0):
        bottom, top = low, high
    elif image.mode == "F":
        bottom, top = 0.0, 1.0 if high <= 1.0 else 255.0
    else:
        bottom, top = 0.0, 255.0 if high <= 255.0 else 65_535.0
    # In place, and each bound is divided first: float32 must hold the difference.
    levels *= 1.0 / 4.0
    levels -= bottom / 4.0
    levels *= 255.0 / max(top / 4.0 - bottom / 4.0, 1e-30)
    return Image.fromarray(np.rint(np.clip(levels, 0.0, 255.0)).astype(np.uint8))


def profile_of(data: object, mode: str) -> ImageCmsProfile | None:
    """The colour profile in `data` for an image of `mode`, which is one that `widen` gives.

    None if there is none, it is broken or for other modes, or it is sRGB in effect.
    """
    if not isinstance(data, bytes) or not data:
        return None
    probe = _probe(mode.removesuffix("A"))
    try:
        profile = ImageCms.ImageCmsProfile(BytesIO(data))
        found = _convert(probe, profile)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
    if probe.mode == "CMYK":
        return profile
    shift = max(abs(a - b) for a, b in zip(found.tobytes(), probe.tobytes(), strict=True))
    return profile if shift > MAX_SHIFT else None


def to_srgb(image: Image.Image, profile: ImageCmsProfile | None) -> Image.Image:
    """L, LA, RGB, RGBA or CMYK -> the same in sRGB (CMYK becomes RGB); alpha stays as it is."""
    alpha = image.getchannel("A") if image.mode in {"LA", "RGBA"} else None
    opaque = image.convert(image.mode.removesuffix("A")) if alpha is not None else image
    if profile is not None:
        opaque = _convert(opaque, profile)
    elif image.mode == "CMYK":
        opaque = image.convert("RGB")
    if alpha is not None:
        opaque.putalpha(alpha)
    return opaque


def flatten(image: Image.Image) -> Image.Image:
    """L and RGB as they are; LA and RGBA laid over white."""
    if image.mode not in {"LA", "RGBA"}:
        return image
    mode = image.mode.removesuffix("A")
    paper = Image.new(mode, image.size, "white")
    paper.paste(image.convert(mode), mask=image.getchannel("A"))
    return paper


def _convert(image: Image.Image, profile: ImageCmsProfile) -> Image.Image:
    converted = ImageCms.profileToProfile(
        image,
        profile,
        ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        outputMode="RGB",
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    if converted is None:  # only if done in place
        raise TypeError("no image came back")
    return converted.convert("L") if image.mode == "L" else converted


def _probe(mode: str) -> Image.Image:
    """A small picture that spans the colours of L or RGB; of CMYK, any that converts."""
    levels = _PROBE_LEVELS
    if mode == "CMYK":
        return Image.new("CMYK", (1, 1))
    if mode == "L":
        return Image.frombytes("L", (len(levels), 1), bytes(levels))
    grid = bytes(level for r in levels for g in levels for b in levels for level in (r, g, b))
    return Image.frombytes("RGB", (len(levels) ** 2, len(levels)), grid)
