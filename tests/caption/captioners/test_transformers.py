from __future__ import annotations

import importlib.util
from typing import Any

import pytest
import torch

from tests.caption import taught, tiny
from tests.caption.made import plain
from vsfa_data.caption.captioner import Caption
from vsfa_data.caption.captioners.transformers import TransformersCaptioner
from vsfa_data.caption.local.options import TransformersOptions
from vsfa_data.caption.picture import Picture
from vsfa_data.caption.prompted.replies import Reply, Request
from vsfa_data.errors import MissingExtraError, SetupError, UserError

PICTURES = [
    plain(colour, size)
    for size in ((40, 60), (1, 1), (3, 400), (64, 64), (700, 600))
    for colour in ("red", "blue")
]
every_kind = pytest.mark.parametrize("kind", tiny.MAKERS)


def made(model: object, **options: Any) -> TransformersCaptioner:
    captioner = TransformersCaptioner(
        TransformersOptions(model=str(model), **{"max_new_tokens": 6, "device": "cpu", **options})
    )
    captioner.require()
    captioner.open()
    return captioner


def asked(captioner: TransformersCaptioner, pictures: list[Picture]) -> list[Reply]:
    requests = [Request(at, one, "What is it?", 6) for at, one in enumerate(pictures)]
    left = iter(requests)
    found = {
        request.number: reply for request, reply in captioner.replies(lambda: next(left, None))
    }
    return [found[at] for at in range(len(pictures))]


@every_kind
def test_a_reply_in_a_batch_is_the_reply_alone_and_the_bare_model_s(kind: str) -> None:
    captioner = made(tiny.checkpoint(kind))
    together = asked(captioner, PICTURES)
    assert together == [asked(captioner, [picture])[0] for picture in PICTURES]
    assert len({reply.text for reply in together}) > 1 or kind == "blip"
    assert [reply.text for reply in together] == [bare(kind, picture) for picture in PICTURES]


def bare(kind: str, picture: Picture) -> str:
    """What a plain loop by the book of transformers gets."""
    from transformers import AutoModelForImageTextToText, AutoProcessor

    folder = tiny.checkpoint(kind)
    processor = AutoProcessor.from_pretrained(folder)
    model = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32)
    if kind == "blip":
        inputs = processor(images=picture.decode(), return_tensors="pt")
        tokens = model.generate(**inputs, max_new_tokens=6, do_sample=False)
    else:
        content = [
            {"type": "image", "image": picture.decode()},
            {"type": "text", "text": "What is it?"},
        ]
        inputs = processor.apply_chat_template(
            [{"role": "user", "content": content}],
            add_generation_prompt=True,
            tokenize=True,
            return_dict=True,
            return_tensors="pt",
        )
        tokens = model.generate(**inputs, max_new_tokens=6, do_sample=False)
        tokens = tokens[:, inputs["input_ids"].shape[1] :]
    text: str = processor.batch_decode(tokens, skip_special_tokens=True)[0]
    return text


def test_captions_and_facts_come_from_the_picture() -> None:
    captioner = made(taught.checkpoint(), max_new_tokens=60)
    night, snow = captioner.caption([plain("black"), plain("white", (90, 40))])
    assert (night.text, snow.text) == (taught.DARK, taught.BRIGHT)
    assert (night.labels, night.subject, night.category) == (("kettle",), "kettle", None)
    assert (snow.labels, snow.subject, snow.category) == (("teapot",), "teapot", "tableware")
    assert len(night.absent) == len(snow.absent) == 1


def test_a_set_without_questions_gives_captions_alone() -> None:
    captioner = made(taught.checkpoint(), max_new_tokens=60, prompts="caption_only")
    assert captioner.caption([plain("black")]) == [Caption(taught.DARK)]


def test_a_caption_that_reaches_the_limit_is_rejected() -> None:
    captioner = made(taught.checkpoint(), max_new_tokens=5)
    assert captioner.caption([plain("black")]) == [Caption("", reason="cut_off_caption")]


def test_blip_captions_without_being_asked() -> None:
    captioner = made(tiny.checkpoint("blip"))
    assert (captioner.prompts.subject, captioner.prompts.absent) == (None, None)


def test_where_memory_runs_out_batches_are_halved_and_every_reply_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    captioner = made(tiny.checkpoint("llava"), batch_size=64)
    pictures = [plain(colour) for colour in ("red", "green", "blue", "white", "black", "grey")]
    usual = asked(captioner, pictures)
    sizes: list[int] = []
    generate = captioner.model.model.generate

    def tight(**inputs: Any) -> Any:
        sizes.append(len(inputs["input_ids"]))
        if sizes[-1] > 3:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB.")
        return generate(**inputs)

    monkeypatch.setattr(captioner.model.model, "generate", tight)
    assert asked(captioner, pictures) == usual
    assert sizes == [6, 3, 3]
    assert asked(captioner, pictures[:5]) == usual[:5]
    assert sizes[3:] == [3, 2]  # remembered


def test_how_much_goes_into_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    captioner = made(tiny.checkpoint("llava"), max_pixels=784, max_new_tokens=35)
    assert captioner.budget.tokens == 8 * 100
    for fitting, tokens in ((1e9, 64 * 100), (700.0, 700.0)):
        captioner = made(tiny.checkpoint("llava"), max_pixels=784, max_new_tokens=35)
        monkeypatch.setattr(captioner.model, "tokens_that_fit", lambda fitting=fitting: fitting)
        assert captioner.budget.tokens == tokens


def test_one_picture_too_many_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    captioner = made(tiny.checkpoint("llava"))

    def full(**_inputs: Any) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB.")

    monkeypatch.setattr(captioner.model.model, "generate", full)
    with pytest.raises(
        SetupError, match=r"memory ran out on a single picture .*max_pixels"
    ) as told:
        asked(captioner, PICTURES)
    assert "\n" not in str(told.value)


def test_pictures_are_shown_no_larger_than_max_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    captioner = made(tiny.checkpoint("llava"), max_pixels=784)
    shown: list[tuple[int, int]] = []
    prepare = captioner.model.prepare

    def spy(images: list[Any], prompts: list[str]) -> Any:
        shown.extend(image.size for image in images)
        return prepare(images, prompts)

    monkeypatch.setattr(captioner.model, "prepare", spy)
    asked(captioner, [plain("red", (560, 140)), plain("red", (20, 30)), plain("red", (4000, 1))])
    assert sorted(shown) == [(20, 30), (56, 14), (1770, 1)]


def test_drawn_replies_are_drawn_alike_for_the_same_pictures() -> None:
    captioner = made(tiny.checkpoint("llava"), temperature=1.5)
    first, other = asked(captioner, PICTURES[:2]), asked(captioner, PICTURES[2:4])
    assert asked(captioner, PICTURES[:2]) == first
    assert first != other
    assert first != asked(made(tiny.checkpoint("llava")), PICTURES[:2])


def test_the_identity_is_of_the_files_and_not_of_their_place() -> None:
    identity = made(tiny.checkpoint("llava")).identity
    assert len(identity.removeprefix("transformers 1; sha256:")) == 64
    assert identity != made(tiny.checkpoint("idefics3")).identity


def test_on_a_cpu_it_need_not_be_alone() -> None:
    assert not made(tiny.checkpoint("llava")).alone


def test_the_model_must_be_given() -> None:
    with pytest.raises(UserError, match=r"caption\.model is not given.*--set caption\.model="):
        TransformersCaptioner(TransformersOptions()).require()


def test_a_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "torchvision" else find(name)
    )
    with pytest.raises(MissingExtraError, match=r"vsfa-data\[transformers\]"):
        TransformersCaptioner(TransformersOptions(model="x")).require()


@pytest.mark.parametrize(("device", "cards"), [("auto", 4), ("cuda:1", 1), ("cpu", 1)])
def test_every_gpu_is_used_unless_the_recipe_names_one(
    monkeypatch: pytest.MonkeyPatch, device: str, cards: int
) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "device_count", lambda: 4)
    assert TransformersCaptioner(TransformersOptions(device=device)).cards == cards
