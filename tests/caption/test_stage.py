from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pytest
from PIL import Image

from vsfa_data import recipe, tables
from vsfa_data.caption import stage as module
from vsfa_data.caption.captioner import Caption, Captioner
from vsfa_data.caption.picture import Picture
from vsfa_data.caption.stage import CaptionStage
from vsfa_data.errors import UserError
from vsfa_data.sections import Section
from vsfa_data.stages import Shard

MakeShard = Callable[..., Shard]
Sample = Callable[[str], Image.Image]


class Shade(Captioner):
    """Says how dark the picture's first pixel is; says nothing of white, declines black."""

    Options: ClassVar[type[Section]] = Section
    identity = "shade 1"
    chunk = 5
    batches: ClassVar[list[int]] = []
    kept: ClassVar[list[Path]] = []

    def open(self) -> None:
        self.batches.clear()
        self.kept.clear()

    def keep(self, folder: Path) -> None:
        self.kept.append(folder)

    def caption(self, pictures: Sequence[Picture]) -> list[Caption]:
        self.batches.append(len(pictures))
        return [self._one(picture.decode().getpixel((0, 0))) for picture in pictures]

    @staticmethod
    def _one(pixel: Any) -> Caption:
        if pixel[0] == 0:
            return Caption("", reason="empty_caption")
        return Caption("" if pixel[0] == 255 else f" Shade {pixel[0]}. ")


def png(image: Image.Image) -> bytes:
    data = BytesIO()
    image.save(data, "PNG")
    return data.getvalue()


def images_of(*pictures: tuple[str, Image.Image]) -> pa.Table:
    rows = [
        {
            "image_id": image_id,
            "position": place(image_id),
            "image": png(picture),
            "format": "png",
            "width": picture.width,
            "height": picture.height,
            "phash": "0" * 16,
            "source": "test",
            "source_ref": image_id,
            **dict.fromkeys(("license", "license_url", "attribution", "title", "page_url")),
        }
        for image_id, picture in pictures
    ]
    return tables.IMAGES.build(rows)


def place(image_id: str) -> int:
    """Its position: one for each name."""
    return int.from_bytes(image_id.encode()[:7])


def selection_of(*image_ids: str) -> pa.Table:
    return tables.SELECTION.build(
        {"image_id": one, "position": place(one)}
        | {"config": "threat", "match_id": None, "cluster_id": one}
        for one in image_ids
    )


def grey(value: int) -> Image.Image:
    return Image.new("RGB", (80, 80), (value, value, value))


def recipe_of(**caption: Any) -> recipe.Recipe:
    overrides = [f"caption.{key}={value}" for key, value in caption.items()]
    return recipe.load("quickstart", overrides)


@pytest.fixture
def shade(monkeypatch: pytest.MonkeyPatch) -> CaptionStage:
    def load(_kind: str, _name: str) -> type[Captioner]:
        return Shade

    built = recipe_of()
    monkeypatch.setattr(module.parts, "load", load)
    made = CaptionStage(built)
    made.open()
    return made


def test_only_selected_images_are_captioned_in_the_order_of_images(
    shade: CaptionStage, make_shard: MakeShard
) -> None:
    images = images_of(("c", grey(30)), ("a", grey(10)), ("b", grey(20)), ("d", grey(40)))
    shard = make_shard(0, images=images, selection=selection_of("b", "d", "c"))
    made = shade.process(shard)
    assert made.rows.select(["image_id", "caption"]).to_pylist() == [
        {"image_id": "c", "caption": "Shade 30."},
        {"image_id": "b", "caption": "Shade 20."},
        {"image_id": "d", "caption": "Shade 40."},
    ]
    assert (made.counted, made.rejects.num_rows) == (3, 0)


def test_what_is_not_known_is_null(shade: CaptionStage, make_shard: MakeShard) -> None:
    shard = make_shard(0, images=images_of(("a", grey(128))), selection=selection_of("a"))
    assert shade.process(shard).rows.to_pylist() == [
        {
            "image_id": "a",
            "caption": "Shade 128.",
            "labels": [],
            "facts": {
                **dict.fromkeys(field.name for field in tables.FACTS),
                "colours": ["grey"],
                "brightness": "moderately bright",
                "orientation": "square",
                "framing": None,
                "background": "plain grey",
                "absent_colours": ["red", "yellow", "green", "blue", "purple", "pink", "orange"],
                "colour_share": "nearly all",
                "colour_count": "one",
                "colour_mode": "without colour",
                "contrast": "low",
                "texture": "even",
                "proportions": "1:1",
                "brighter_side": "neither",
                "brighter_end": "neither",
                "top_colour": "grey",
                "bottom_colour": "grey",
                "centre_colour": "grey",
            },
            "told": [],
            "worded_by": "model",
            "captioner": "embedded",
        }
    ]


def test_images_without_a_caption_are_rejected(shade: CaptionStage, make_shard: MakeShard) -> None:
    images = images_of(("white", grey(255)), ("some", grey(9)), ("black", grey(0)))
    made = shade.process(
        make_shard(0, images=images, selection=selection_of("white", "black", "some"))
    )
    assert made.rows.column("image_id").to_pylist() == ["some"]
    assert made.rejects.to_pylist() == [
        tables.reject("caption", "empty_caption", image_id="white"),
        tables.reject("caption", "empty_caption", image_id="black"),
    ]
    assert made.counted == 3


def test_an_empty_selection_is_an_empty_shard(shade: CaptionStage, make_shard: MakeShard) -> None:
    made = shade.process(make_shard(0, images=images_of(("a", grey(1))), selection=selection_of()))
    assert made.rows.schema == tables.CAPTIONS.schema
    assert (made.rows.num_rows, made.rejects.num_rows, made.counted) == (0, 0, 0)


def test_images_are_captioned_in_chunks(shade: CaptionStage, make_shard: MakeShard) -> None:
    many = [(f"{at:02}", grey(at + 1)) for at in range(8)]
    selection = selection_of(*(image_id for image_id, _ in many))
    made = shade.process(make_shard(0, images=images_of(*many), selection=selection))
    assert made.rows.column("image_id").to_pylist() == [image_id for image_id, _ in many]
    assert Shade.batches == [5, 3]


def test_shards_that_come_together_are_kept_apart(
    shade: CaptionStage, make_shard: MakeShard
) -> None:
    shards = [
        make_shard(0, images=images_of(("a", grey(10))), selection=selection_of("a")),
        make_shard(1, images=images_of(("b", grey(20))), selection=selection_of()),
        make_shard(
            2, images=images_of(("c", grey(0)), ("d", grey(30))), selection=selection_of("c", "d")
        ),
    ]
    made = list(shade.process_all(shards))
    assert [one.rows.column("image_id").to_pylist() for one in made] == [["a"], [], ["d"]]
    assert [one.counted for one in made] == [1, 0, 2]
    assert Shade.batches == [3]  # what the captioner is given goes across shards
    for one, shard in zip(made, shards, strict=True):
        assert one.rows.equals(shade.process(shard).rows)


def test_the_captioner_is_told_where_a_build_keeps_replies(
    shade: CaptionStage, make_shard: MakeShard, tmp_path: Path
) -> None:
    shard = make_shard(0, images=images_of(("a", grey(10))), selection=selection_of("a"))
    shade.process(shard)
    assert Shade.kept == []
    shade.process(replace(shard, work=tmp_path))
    assert Shade.kept == [tmp_path / "replies"]


def test_the_embedded_captioner_end_to_end(make_shard: MakeShard, sample: Sample) -> None:
    images = images_of(("rifle", sample("firearms-m16-rifle.png")), ("unselected", grey(5)))
    shard = make_shard(0, images=images, selection=selection_of("rifle"))
    stage = CaptionStage(recipe_of())
    stage.open()
    (row,) = stage.process(shard).rows.to_pylist()
    facts = row.pop("facts")
    assert len(facts["absent"]) == 4
    assert row == {
        "image_id": "rifle",
        "caption": (
            "A picture of an assault rifle on a plain white background. Apart from the "
            "background, the main colours are grey and black."
        ),
        "labels": ["assault rifle"],
        "told": [],
        "worded_by": "rules",
        "captioner": "embedded",
    }
    seen = {
        "subject": "assault rifle",
        "category": "firearm",
        "colours": ["white", "grey"],
        "brightness": "bright",
        "orientation": "landscape",
        "framing": "fills the frame",
        "background": "plain white",
        "subject_colours": ["grey", "black"],
        "subject_tone": "darker",
        "subject_shape": "wider than tall",
        "shapes": "one",
        "symmetry": "not symmetrical",
    }
    assert {name: facts[name] for name in seen} == seen


def test_the_same_shard_gives_the_same_bytes(make_shard: MakeShard, sample: Sample) -> None:
    images = images_of(("rifle", sample("firearms-m16-rifle.png")), ("grey", grey(77)))
    shard = make_shard(0, images=images, selection=selection_of("grey", "rifle"))
    first, second = CaptionStage(recipe_of()), CaptionStage(recipe_of())
    first.open()
    second.open()
    assert first.process(shard).rows.equals(second.process(shard).rows)


def test_settings_and_identity_follow_the_captioner() -> None:
    usual, strict = CaptionStage(recipe_of()), CaptionStage(recipe_of(min_confidence=0.9))
    assert usual.settings() == {
        "captioner": "embedded",
        "min_confidence": 0.7,
        "min_category_confidence": 0.6,
        "min_titled_confidence": 0.1,
    }
    assert strict.settings()["min_confidence"] == 0.9
    assert usual.identities() == strict.identities()
    assert usual.identities()["captioner"].startswith("embedded 2; names sha256:")


def test_an_unknown_captioner_is_the_user_s_mistake() -> None:
    with pytest.raises(UserError, match="unknown captioner 'nobody'"):
        recipe_of(captioner="nobody")
