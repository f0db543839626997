import json
from pathlib import Path

import pytest

from tests.release import samples
from vsfa_data import recipe
from vsfa_data.release.compose import Written, compose, extended
from vsfa_data.release.fingerprint import fingerprint
from vsfa_data.release.manifest import Split
from vsfa_data.release.tally import Tally


def test_a_manifest_of_what_was_counted() -> None:
    tally = Tally()
    pair = {"family": "object", "answer_source": "labels"}
    for concept in ("firearms", "blades", "blades", "axes"):
        row = {
            "qa": [pair],
            "concept": concept,
            "license": None,
            "source": "folder",
            "match_id": None,
            "caption": "A thing.",
        }
        tally.add("control", "test", row)
    held = Split(rows=4, bytes=10, digest="a" * 64)
    funnel = samples.funnel(4, 4)
    written = Written(tally, {("control", "test"): held})
    made = compose(samples.recipe(), written, funnel, samples.IDENTITIES)
    assert (made.name, made.version, made.seed) == ("sample", "1.2.3", 7)
    assert made.fingerprint == fingerprint({("control", "test"): (4, "a" * 64)})
    assert list(made.configs) == ["control"]
    assert made.configs["control"].splits == {"test": held}
    assert list(made.configs["control"].concepts.items()) == [
        ("blades", 2),
        ("axes", 1),
        ("firearms", 1),
    ]
    assert made.recipe["collect"]["sources"] == [{"source": "folder", "path": "pictures"}]
    assert made.source_datasets == ("original",)
    assert list(made.models.items()) == [
        ("captioner", "local-dir:tower sha256:53aa5117"),
        ("encoder", "embedded 1 sha256:9656183e"),
    ]
    steps = made.model_dump(mode="json", by_alias=True)["funnel"]
    assert steps == funnel
    assert list(steps) == ["collect", "filter", "caption", "ask"]


@pytest.mark.parametrize(
    ("sources", "published", "said"),
    [
        (
            [{"source": "hub", "dataset": "nlphuji/flickr30k"}],
            ["hub"],
            ["extended|nlphuji/flickr30k"],
        ),
        (
            [{"source": "hub", "dataset": "a/b"}, {"source": "folder", "path": "x"}],
            ["hub", "folder"],
            ["original", "extended|a/b"],
        ),
        (
            [{"source": "hub", "dataset": "a/b"}, {"source": "folder", "path": "x"}],
            ["folder"],
            ["original"],
        ),
        ([{"source": "hub", "dataset": "{here}"}], ["hub"], ["original"]),
        (
            [{"source": "hub", "dataset": "a/b"}, {"source": "hub", "dataset": "{here}"}],
            ["hub"],
            ["original", "extended|a/b"],
        ),
    ],
)
def test_what_it_extends(
    sources: list[dict[str, str]], published: list[str], said: list[str], tmp_path: Path
) -> None:
    named = [{key: text.format(here=tmp_path) for key, text in one.items()} for one in sources]
    made = recipe.load("quickstart", [f"collect.sources={json.dumps(named)}"])
    assert list(extended(made, dict.fromkeys(published, 1))) == said
