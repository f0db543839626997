"""README.md of an adapter: prose from cards/, every value from run.json."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from vsfa_data import resources
from vsfa_data.embedded_vlm.names import EMBEDDED
from vsfa_data.release.markdown import Trusted, one_line, template

TEMPLATE: Final = "adapter.md.j2"
TAGS: Final = ("vsfa", "lora", "arxiv:2603.08486")
_ID: Final = re.compile(r"[\w.-]+(/[\w.-]+)?")


def render(record: Mapping[str, Any], base: Path) -> str:
    """The card. `record` is run.json; `base` is the base model's folder, asked for its licence.

    The front matter is read back as the Hub's client reads it; RuntimeError if that client finds
    anything but what was meant.
    """
    license_name = base_license(base)
    page = template(resources.folder("cards"), TEMPLATE)
    outside = sum(
        not {"language_model", "text_model"} & set(name.split("."))
        for name in record["trainable"]["layers"]
    )
    is_embedded = record["model"]["name"] == EMBEDDED
    text = page.render(
        r=record,
        base=_quoted(record["model"]["name"]),
        losses=losses(record["losses"]),
        license=license_name,
        outside=outside,
        is_embedded=is_embedded,
    )
    known: dict[str, Any] = {"license": license_name} if license_name else {}
    if not is_embedded:  # which is on no Hub, so that no page could be linked to
        known["base_model"] = one_line(record["model"]["name"])
    if record["dataset"]["id"]:
        known["datasets"] = [record["dataset"]["id"]]
    return with_front(text, library_name="peft", tags=list(TAGS), **known)


def losses(record: Mapping[str, Any]) -> list[tuple[str, Trusted, Trusted]]:
    """Name, first and last of each loss that was measured."""
    return [
        (name, _number(ends["first"]), _number(ends["last"]))
        for name, ends in record.items()
        if ends
    ]


def with_front(text: str, **known: Any) -> str:
    """`text` behind the front matter that says `known` of a model that reads pictures."""
    from huggingface_hub import ModelCard, ModelCardData

    data = ModelCardData(pipeline_tag="image-text-to-text", language=["en"], **known)
    card = f"---\n{data.to_yaml()}\n---\n\n{text.strip()}\n"
    if yaml.safe_load(ModelCard(card).data.to_yaml()) != yaml.safe_load(data.to_yaml()):
        raise RuntimeError("the card's front matter does not read back as it was written")
    return card


def base_license(base: Path) -> str | None:
    """The licence that the base model's own card names, in the Hub's spelling."""
    from huggingface_hub import ModelCard

    try:
        found = ModelCard.load(base / "README.md", ignore_metadata_errors=True).data.license
    except (OSError, ValueError, yaml.YAMLError):
        return None
    return one_line(found) if isinstance(found, str) and found else None


def _quoted(text: str) -> Trusted:
    """A model's name within quotes in code. A folder's name may hold anything: then a stand-in."""
    return Trusted(text if _ID.fullmatch(text) else "BASE")


def _number(value: float) -> Trusted:
    return Trusted(f"{value:.4f}")
