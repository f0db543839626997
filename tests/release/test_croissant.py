import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlcroissant as mlc
import pytest

from tests.release import samples
from vsfa_data.release import croissant, inventory
from vsfa_data.release.configs import schema
from vsfa_data.release.package import Packaged

ALL = ("threat", "control", "text", "mixed")


@pytest.fixture
def folder(make_release: Callable[..., Packaged]) -> Path:
    listed = samples.pictures(12)
    listed[0].provenance = {"source": samples.HOSTILE, "title": samples.HOSTILE}
    return make_release(listed, configs=ALL, pretty_name=samples.HOSTILE).path


def test_it_is_valid_and_its_own_tool_reads_every_row(folder: Path) -> None:
    found = mlc.Dataset(jsonld=str(folder / croissant.NAME))
    assert found.metadata.ctx.issues.errors == set()
    assert {one.rpartition("Property")[2] for one in found.metadata.ctx.issues.warnings} == {
        # A date would make equal releases differ.
        ' "https://schema.org/datePublished" is recommended, but does not exist.'
    }
    counts = inventory.read_manifest(folder).counts()
    for config in ALL[:3]:
        rows = list(found.records(config))
        assert len(rows) == sum(counts[config].values())
        assert {key.split("/")[1] for key in rows[0]} == set(schema(config).names)
        roles = rows[0][f"{config}/messages"]
        assert [turn[f"{config}/messages/role"] for turn in roles] == [b"user", b"assistant"] * 2
        if config != "text":
            picture = rows[0][f"{config}/image"]
            assert picture.size == (rows[0][f"{config}/width"], rows[0][f"{config}/height"])


def test_fields_of_responsible_use_and_provenance(folder: Path) -> None:
    plain: dict[str, Any] = json.loads((folder / croissant.NAME).read_text(encoding="utf-8"))
    assert plain["conformsTo"][0] == "http://mlcommons.org/croissant/1.1"
    found = mlc.Dataset(jsonld=plain).metadata
    assert found.version == "1.2.3"
    assert found.data_limitations
    assert found.personal_sensitive_information
    assert found.data_collection
    assert any("local-dir:tower" in tool for tool in found.machine_annotation_tools)
    assert found.annotations_per_item == "2.0 questions with answers, on average"
    made = inventory.read_manifest(folder)
    assert made.fingerprint in plain["prov:wasGeneratedBy"]["prov:used"][-1]
    assert sum(int(e["prov:label"].split()[-2]) for e in plain["prov:wasDerivedFrom"]) == 24
    hashes = {one["@id"]: one["sha256"] for one in plain["distribution"] if "sha256" in one}
    assert hashes == {n: f.sha256 for n, f in made.files.items() if n.endswith(".parquet")}
    mixed = next(one for one in plain["distribution"] if one["@id"] == "mixed-files")
    assert {name.partition("/")[0] for name in mixed["includes"]} == {"threat", "text"}
