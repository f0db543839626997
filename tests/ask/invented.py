"""Invented images: rows of the captions table, with all that a captioner may say or not know."""

from __future__ import annotations

import itertools
from hashlib import sha256
from typing import Any

from vsfa_data import tables

SUBJECTS = [
    ("revolver", "weapon"),
    ("assault rifle", "weapon"),
    ("bomb", "explosive"),
    ("knife", None),
    ("sunglasses", "clothing"),
    ("Egyptian cat", "animal"),
    ("tulips", "plant"),
    ("gravel", "material"),
    ("killer whale", "animal"),
    ("safety pin", "fastener"),
    ("Earth", "planet"),
    ("bow and arrows", "weapon"),
]
ABSENT = ["dog", "umbrella", "teapot", "scissors", "acoustic guitar", "bread", "warplane"]
COLOURS = [["white"], ["grey", "black"], ["red", "green", "orange"]]
BRIGHTNESS = ["dark", "moderately bright", "bright"]
ORIENTATION = ["landscape", "portrait", "square"]
FRAMING = [
    "fills the frame",
    "centred with a margin",
    "off-centre to the left",
    "small in the frame",
    None,
]
BACKGROUND = ["plain white", "plain orange", "detailed"]


def image_id(number: int) -> str:
    return sha256(str(number).encode()).hexdigest()


def pixel_image(number: int) -> dict[str, Any]:
    """An image of which only the pixels tell anything; framing is not known either."""
    colours, brightness = COLOURS[number % 3], BRIGHTNESS[number // 3 % 3]
    return {
        "image_id": image_id(number),
        "caption": f"A {brightness} picture, mainly {colours[0]}.",
        "labels": [],
        "facts": {
            **dict.fromkeys(field.name for field in tables.FACTS),
            "subject": None,
            "category": None,
            "absent": [],
            "colours": colours,
            "brightness": brightness,
            "orientation": ORIENTATION[number // 9 % 3],
            "framing": None,
            "background": BACKGROUND[number // 27 % 3],
            "absent_colours": ["blue", "pink", "purple"],
            "contrast": ["low", "moderate", "high"][number % 3],
            "symmetry": ["symmetrical", "not symmetrical", None][number // 2 % 3],
            "brighter_side": ["left", "right", "neither", None][number % 4],
            "brighter_end": ["top", "bottom", "neither"][number % 3],
        },
        "told": [],
        "worded_by": "rules",
        "captioner": "invented",
    }


def named_image(number: int) -> dict[str, Any]:
    """An image in which something was named."""
    subject, category = SUBJECTS[number % len(SUBJECTS)]
    row = pixel_image(number)
    first = number % len(ABSENT)
    facts = row["facts"] | {
        "subject": subject,
        "category": category,
        "absent": list(itertools.islice(itertools.cycle(ABSENT), first, first + 3)),
        "framing": FRAMING[number % len(FRAMING)],
    }
    labels = [subject, "tripod"] if number % 2 else [subject]
    caption = f"{subject} on a {facts['background']} background"
    return row | {"caption": caption, "labels": labels, "facts": facts}


def images(count: int) -> list[dict[str, Any]]:
    """Two named images for each of which only the pixels are known."""
    return [pixel_image(n) if n % 3 == 2 else named_image(n) for n in range(count)]
