import re
from collections.abc import Callable
from pathlib import Path

import pytest
from huggingface_hub import DatasetCard

from tests.release import samples
from tests.release.test_front_matter import front_matter
from vsfa_data.release.manifest import Manifest
from vsfa_data.release.package import Packaged

Make = Callable[..., Packaged]


def test_the_hub_s_client_reads_it(release: Path) -> None:
    card = DatasetCard.load(release / "README.md")
    assert card.data.license == "cc0-1.0"
    assert [info["config_name"] for info in card.data.dataset_info] == ["control", "threat"]
    assert card.text.strip().startswith("# Sample: a release\n")


def test_tables_hold_the_manifest_s_numbers(release: Path) -> None:
    text = (release / "README.md").read_text(encoding="utf-8")
    for line in (
        "| collect | images | 27 | 25 | 1 `duplicate`, 1 `too_small` |",
        "| ask | pairs | 49 | 48 | 1 `not_neutral` |",
        "| release | images | 24 | 24 | none |",
        "| firearms | 12 |",
        "| object | 24 |",
        "| CC0-1.0 | 16 |",
        "| unknown | 8 |",
        "| folder | 24 |",
        "| captioner | `local-dir:tower sha256:53aa5117` |",
        "vsfa-data build sample.yaml --out out",
    ):
        assert f"\n{line}\n" in text
    made = Manifest.model_validate_json((release / "manifest.json").read_bytes())
    assert f"\n```\n{made.fingerprint}\n```\n" in text
    assert "Answers come from: labels (48)." in text
    assert "12 of 12 threat pictures" in text
    assert "\n\n\n" not in text
    assert "does not know" not in text


def test_licences_of_which_nothing_is_known_are_named(make_release: Make) -> None:
    listed = samples.pictures(2)
    for picture, name in zip(listed, ("[ours](x)", "[ours](x)", "MIT", "All rights"), strict=True):
        picture.provenance["license"] = name
    text = (make_release(listed).path / "README.md").read_text(encoding="utf-8")
    assert (
        "\n**3 of these have a licence that this toolkit does not know**, which may not\nallow "
        "publishing or using them: &#91;ours&#93;&#40;x&#41; (2), All rights (1).\n"
    ) in text
    assert "\n\n\n" not in text


def test_a_dataset_without_control_does_not_speak_of_it(make_release: Make) -> None:
    made = make_release(samples.pictures(2), configs=("threat",))
    text = (made.path / "README.md").read_text(encoding="utf-8")
    assert "## The control" not in text
    assert [config["config_name"] for config in front_matter(made.path)["configs"]] == ["threat"]


def test_changelog(release: Path) -> None:
    made = Manifest.model_validate_json((release / "manifest.json").read_bytes())
    counts = made.counts()
    lines = [
        f"- {name}: {c['train']} train, {c['validation']} validation, {c['test']} test; "
        f"24 questions with answers\n"
        for name, c in counts.items()
    ]
    assert (release / "CHANGELOG.md").read_text() == (
        f"# Changelog\n\n## 1.2.3\n\nFirst version.\n\n- fingerprint: `{made.fingerprint}`\n"
        + "".join(lines)
    )


@pytest.mark.parametrize("field", ["title", "license", "source", "attribution", "source_ref"])
def test_text_of_others_changes_nothing_but_its_place(make_release: Make, field: str) -> None:
    listed = samples.pictures(3)
    plain = make_release(listed).path
    tame = (plain / "README.md").read_text(encoding="utf-8")
    tame_data = front_matter(plain)
    for picture in listed:
        picture.provenance = {field: HOSTILE_LINES}
    hostile = make_release(listed).path
    text = (hostile / "README.md").read_text(encoding="utf-8")
    data = front_matter(hostile)
    for info in (*tame_data["dataset_info"], *data["dataset_info"]):
        # Longer text makes larger files; nothing else may differ.
        del info["download_size"], info["dataset_size"]
        for split in info["splits"]:
            del split["num_bytes"]
    assert data == tame_data
    assert structure(text) == structure(tame)
    assert "<script>" not in re.sub(r"```.*?```", "", text, flags=re.DOTALL)


def test_hostile_names_in_the_recipe(make_release: Make) -> None:
    made = make_release(samples.pictures(2), pretty_name="x" + samples.HOSTILE[:150])
    data = front_matter(made.path)
    assert data["pretty_name"].startswith('x=HYPERLINK("x")|<script>alert(1)</script> --- # [a]')
    card = DatasetCard.load(made.path / "README.md")
    assert card.data.pretty_name == data["pretty_name"]
    assert card.text.strip().startswith("# x&#61;HYPERLINK&#40;&#34;x&#34;&#41;&#124;&#60;script")


HOSTILE_LINES = "\n---\nlicense: mit\n---\n\n# Owned\n\n| a | b |\n```\n````\n" + samples.HOSTILE


def structure(text: str) -> list[str]:
    """Headings and fences, in order: what a reader sees of a card's build."""
    return re.findall(r"^(?:#+ .*|`{3,}\w*)$", re.sub(r"(?m)^`{4,}", "```", text), re.MULTILINE)


def test_a_warning_and_the_check_of_neutrality(make_release: Make) -> None:
    folder = make_release(samples.pictures(2), not_for_all_audiences=True).path
    assert front_matter(folder)["tags"][-1] == "not-for-all-audiences"
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert "refused 1 of 9 pairs because they spoke" in text
