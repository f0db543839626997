"""README.md of a merged model: what it was made of, as far as the adapter's record tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError

from vsfa_data import resources
from vsfa_data.embedded_vlm.names import EMBEDDED
from vsfa_data.release.markdown import one_line, template
from vsfa_data.train import card
from vsfa_data.train.base import Base

TEMPLATE: Final = "merged.md.j2"
TAGS: Final = ("vsfa", "arxiv:2603.08486")


class _Part(BaseModel):
    model_config = ConfigDict(strict=True)


class _Dataset(_Part):
    id: str | None
    revision: str | None
    name: str
    version: str
    fingerprint: str
    license: str
    config: str


class _Model(_Part):
    name: str
    revision: str | None
    sha256: str


class _Settings(_Part):
    steps: int
    rank: int


class _Seen(_Part):
    conversations: int


class _Tokens(_Part):
    seen: int
    answers: int


class _Ends(_Part):
    first: float
    last: float


class Told(_Part):
    """What the card takes of a run.json, which may come from anyone."""

    dataset: _Dataset
    model: _Model
    hyperparameters: _Settings
    seen: _Seen
    tokens: _Tokens
    seed: int
    losses: dict[str, _Ends | None]


def render(made: Mapping[str, Any], base: Base, dtype: str) -> str:
    """The card. `made` is merged.json; `base` is asked for its licence.

    A record that is none of ours is said to be unknown. RuntimeError as of `card.render`.
    """
    told = _told(made["adapter"])
    # The record has the Hub id of a base whose copy here has a folder's name only.
    known = told.model if told is not None and told.model.sha256 == base.sha256 else base
    license_name = card.base_license(base.path)
    text = template(resources.folder("cards"), TEMPLATE).render(
        r=told,
        base_name=known.name,
        base_revision=known.revision,
        base_sha256=base.sha256,
        adapter_sha256=made["adapter_sha256"],
        dtype=dtype,
        license=license_name,
        is_embedded=known.name == EMBEDDED,
        losses=card.losses(made["adapter"]["losses"]) if told is not None else [],
    )
    front: dict[str, Any] = {"license": license_name} if license_name else {}
    if known.name != EMBEDDED:
        front |= {"base_model": one_line(known.name), "base_model_relation": "finetune"}
    if told is not None:
        front["tags"] = list(TAGS)
        if told.dataset.id:
            front["datasets"] = [one_line(told.dataset.id)]
    return card.with_front(text, library_name="transformers", **front)


def _told(record: object) -> Told | None:
    try:
        return Told.model_validate(record)
    except ValidationError:
        return None
