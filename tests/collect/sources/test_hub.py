from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from huggingface_hub import HfApi

from tests.collect.archive.packing import tar, zipped
from tests.collect.fetch.server import Server, reply
from tests.collect.samples import encode, photo
from tests.local_hub import GUEST, WRITE, api, environment, hub, hub_server, new_id, repo_id, waits
from vsfa_data import recipe
from vsfa_data.collect.source import Candidate
from vsfa_data.collect.sources.hub import HubSource
from vsfa_data.errors import UserError
from vsfa_data.hub_sim.faults import Fault
from vsfa_data.hub_sim.server import Running
from vsfa_data.pipeline import Job, Quiet, build

__all__ = ["api", "hub", "hub_server", "new_id", "repo_id", "waits"]

IMAGES = [encode(photo(80 + number, 60), "PNG") for number in range(4)]


def example(tmp_path: Path) -> Iterator[HubSource]:
    """For the contract that all sources keep."""
    yield source(folder_of(tmp_path / "set", [*IMAGES, {"bytes": None, "path": "/etc/passwd"}]))


def source(dataset: Path | str, **options: Any) -> HubSource:
    return HubSource(HubSource.Options(dataset=str(dataset), **options))


def listed(dataset: Path | str, **options: Any) -> list[Candidate]:
    return list(source(dataset, **options).iterate())


def folder_of(place: Path, images: list[Any] = IMAGES, **columns: list[Any]) -> Path:
    """A dataset as `push_to_hub` lays it out; written without `datasets`, which follows paths."""
    files = [one if isinstance(one, dict) else {"bytes": one, "path": None} for one in images]
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    fields = {"image": pa.array(files, kind)}
    fields |= {name: pa.array(values, pa.string()) for name, values in columns.items()}
    features: dict[str, Any] = {"image": {"_type": "Image"}}
    features |= {name: {"dtype": "string", "_type": "Value"} for name in columns}
    said = json.dumps({"info": {"features": features}})
    (place / "data").mkdir(parents=True)
    table = pa.table(fields).replace_schema_metadata({"huggingface": said})
    pq.write_table(table, place / "data" / "train-00000-of-00001.parquet")
    return place


def test_columns_of_a_local_dataset(tmp_path: Path) -> None:
    folder = folder_of(
        tmp_path / "set",
        rights=["CC0-1.0", "MIT", "", None],
        who=["Ann", "Bo", "Cy", "Di"],
        what=["a", "b", "c", "d"],
    )
    found = listed(
        folder,
        license_column="rights",
        attribution_column="who",
        title_column="what",
        license="unused",
        license_url="https://x",
    )
    assert found == [
        Candidate(
            f"set/train/{number}",
            data=IMAGES[number],
            license=["CC0-1.0", "MIT", None, None][number],
            license_url="https://x",
            attribution=["Ann", "Bo", "Cy", "Di"][number],
            title="abcd"[number],
        )
        for number in range(4)
    ]


def test_bytes_are_never_decoded(tmp_path: Path) -> None:
    broken = [b"no image", IMAGES[0][:50], b""]
    folder = folder_of(tmp_path / "set", broken)
    assert [one.data for one in listed(folder)] == broken


def test_a_folder_of_images_is_read_where_it_lies(tmp_path: Path) -> None:
    (tmp_path / "set" / "train").mkdir(parents=True)
    rows = []
    for number, data in enumerate(IMAGES):
        (tmp_path / "set" / "train" / f"{number}.png").write_bytes(data)
        rows.append(json.dumps({"file_name": f"{number}.png", "license": f"L{number}"}))
    (tmp_path / "set" / "train" / "metadata.jsonl").write_text("\n".join(rows))
    found = listed(tmp_path / "set", license_column="license")
    assert [one.path for one in found] == [
        tmp_path / "set" / "train" / f"{number}.png" for number in range(4)
    ]
    assert [one.license for one in found] == ["L0", "L1", "L2", "L3"]


def test_what_save_to_disk_leaves(tmp_path: Path) -> None:
    from datasets import DatasetDict, load_dataset

    folder = str(folder_of(tmp_path / "set"))
    loaded = load_dataset(folder, split="train", cache_dir=str(tmp_path / "cache"))
    DatasetDict({"train": loaded}).save_to_disk(tmp_path / "saved")
    assert [one.data for one in listed(tmp_path / "saved")] == IMAGES
    with pytest.raises(UserError, match=r"no split 'test'; .* one of: train"):
        listed(tmp_path / "saved", split="test")


def test_addresses_for_images(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    rows = [{"url": "https://example.org/a.jpg", "kind": "MIT"}, {"url": "/etc/passwd"}]
    lines = "\n".join(json.dumps(row | {"kind": "MIT"}) for row in rows)
    (tmp_path / "set" / "train.jsonl").write_text(lines)
    found = listed(tmp_path / "set", image_column="url", license_column="kind")
    assert [(one.url, one.reason, one.license) for one in found] == [
        ("https://example.org/a.jpg", None, "MIT"),
        (None, "outside_dataset", "MIT"),
    ]


def test_a_row_that_names_a_file_elsewhere_costs_the_row(tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(IMAGES[0])
    names = ["/etc/passwd", str(tmp_path / "secret.png"), "file:///etc/passwd", "s3://x/y"]
    names += [f"zip://x::{tmp_path}/secret.png", f"{tmp_path}/set/../secret.png"]
    with Server() as server:
        address = server.on("/x.png", reply())
        rows: list[Any] = [{"bytes": None, "path": name} for name in [*names, address]]
        found = listed(folder_of(tmp_path / "set", [*rows, IMAGES[1]]))
        assert server.connections == 0  # it is for the fetcher to refuse it
    assert [one.reason for one in found] == ["outside_dataset"] * len(names) + [None, None]
    assert (found[-2].url, found[-1].data) == (address, IMAGES[1])


def test_images_in_an_archive_of_the_dataset(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    files = [(f"{number}.png", data) for number, data in enumerate(IMAGES)]
    (tmp_path / "set" / "train.zip").write_bytes(zipped(*files))
    assert [one.data for one in listed(tmp_path / "set")] == IMAGES
    (tmp_path / "set" / "train.zip").unlink()
    (tmp_path / "set" / "train.tar").write_bytes(tar(*files))
    assert [one.data for one in listed(tmp_path / "set", image_column="png")] == IMAGES


@pytest.mark.parametrize(
    "pattern",
    ["/etc/*", "../*.csv", "data/../../x", "~/x", "https://x/a.csv", "hf://datasets/a/b/x.csv"],
)
def test_a_card_that_names_data_elsewhere_is_refused_before_anything_is_opened(
    tmp_path: Path, pattern: str
) -> None:
    folder = folder_of(tmp_path / "set")
    configs = [{"config_name": "default", "data_files": [{"split": "train", "path": [pattern]}]}]
    card = f"---\nconfigs: {json.dumps(configs)}\n---\n"
    (folder / "README.md").write_text(card)
    with pytest.raises(UserError, match=r"its card takes data from .* outside of the dataset"):
        listed(folder)
    (folder / "README.md").unlink()
    (folder / ".huggingface.yaml").write_text(f"configs: {json.dumps(configs)}\n")
    with pytest.raises(UserError, match="outside of the dataset"):
        listed(folder)


def test_mistakes_are_told_in_one_line(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "set", rights=["MIT"] * 4)
    (tmp_path / "empty").mkdir()
    cases: list[tuple[Path | str, dict[str, Any], str]] = [
        (folder, {"image_column": "picture"}, "no column 'picture'; it has image, rights"),
        (folder, {"split": "tset"}, "Available splits"),
        (folder, {"config": "big"}, "Available: ..default"),
        (folder, {"revision": "v1"}, "'revision' is of datasets on the Hub"),
        (tmp_path / "empty", {}, "contain any data files"),
        (tmp_path / "none", {}, "is neither a folder nor the id of a dataset"),
    ]
    for dataset, options, said in cases:
        with pytest.raises(UserError, match=said) as caught:
            listed(dataset, **options)
        assert "\n" not in str(caught.value)


def test_a_file_that_is_not_what_it_should_be(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "set")
    (folder / "data" / "train-00000-of-00001.parquet").write_bytes(b"PAR1" + bytes(100) + b"PAR1")
    with pytest.raises(UserError, match=r"set: it cannot be read \(\w+: "):
        listed(folder)


def test_snapshot_and_roots_of_a_folder(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "set")
    before = source(folder).snapshot()
    assert source(folder).snapshot() == before
    (folder / "README.md").write_text("new")
    assert source(folder).snapshot() != before
    assert source(folder).roots() == (folder,)
    assert source("owner/name", revision="0" * 40).roots() == ()


SCRIPT = """
import json, os, sys
from vsfa_data.collect.sources.hub import HubSource
from vsfa_data.errors import UserError
for options in json.loads(sys.argv[1]):
    try:
        source = HubSource(HubSource.Options(**options))
        snapshot = source.snapshot()
        found = [[o.source_ref, o.reason or len(o.data), o.license] for o in source.iterate()]
        print(json.dumps([snapshot, found]))
    except UserError as error:
        print(json.dumps(str(error)))
"""


def on_hub(hub: Running, home: Path, *options: dict[str, Any], token: str | None = WRITE) -> Any:
    """What a fresh process says of datasets on the hub."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps(options)],
        env=environment(hub, home, token),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stderr == ""
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_revision_is_pinned(hub: Running, api: HfApi, repo_id: str, tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "set", rights=["MIT"] * 4)
    first = api.upload_folder(repo_id=repo_id, repo_type="dataset", folder_path=folder).oid
    api.create_tag(repo_id, repo_type="dataset", tag="v1")
    (folder / "new.txt").write_text("new")
    second = api.upload_folder(repo_id=repo_id, repo_type="dataset", folder_path=folder).oid
    assert first != second
    wanted = {"v1": first, None: second, first: first}
    given = {"dataset": repo_id, "license_column": "rights"}
    said = on_hub(hub, tmp_path, *(given | {"revision": revision} for revision in wanted))
    for commit, (snapshot, found) in zip(wanted.values(), said, strict=True):
        assert snapshot == f"{repo_id}@{commit}"
        assert found == [
            [f"{repo_id}@{commit}/train/{number}", len(data), "MIT"]
            for number, data in enumerate(IMAGES)
        ]


def test_image_files_on_the_hub(hub: Running, api: HfApi, repo_id: str, tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    for number, data in enumerate(IMAGES[:2]):
        (tmp_path / "set" / f"{number}.png").write_bytes(data)
    commit = api.upload_folder(
        repo_id=repo_id, repo_type="dataset", folder_path=tmp_path / "set"
    ).oid
    [[_, found]] = on_hub(hub, tmp_path, {"dataset": repo_id})
    assert found == [
        [f"{repo_id}@{commit}/train/{number}", len(IMAGES[number]), None] for number in range(2)
    ]
    files = [call for call in hub.faults.calls if call.endpoint == "resolve"]
    assert files[-1].path.endswith(".png")  # the last of the two: they are fetched at once
    hub.faults.forget()
    hub.faults.rules.append(Fault("403", len(files), "resolve", times=99))
    [broken] = on_hub(hub, tmp_path / "again", {"dataset": repo_id})
    assert "it cannot be read (HfHubHTTPError: " in broken


def test_what_the_hub_refuses(hub: Running, api: HfApi, repo_id: str, tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "set")
    api.upload_folder(repo_id=repo_id, repo_type="dataset", folder_path=folder)
    none, revision, split = on_hub(
        hub,
        tmp_path / "a",
        {"dataset": "team/none"},
        {"dataset": repo_id, "revision": "v9"},
        {"dataset": repo_id, "split": "test"},
    )
    assert "there is no such dataset, or it is private" in none
    assert "it has no such 'revision'" in revision
    assert "Bad split: test" in split
    api.update_repo_settings(repo_id, repo_type="dataset", gated="manual")
    [gated] = on_hub(hub, tmp_path / "b", {"dataset": repo_id}, token=GUEST)
    assert "owners grant access one by one" in gated
    api.update_repo_settings(repo_id, repo_type="dataset", private=True)
    [private] = on_hub(hub, tmp_path / "b", {"dataset": repo_id}, token=None)
    assert "or it is private" in private
    assert "\n" not in none + revision + split + gated + private


def test_a_hub_out_of_reach_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    began = time.monotonic()
    with pytest.raises(UserError, match=r"the Hub cannot be reached \(OfflineModeIsEnabled"):
        source("owner/name").snapshot()
    assert time.monotonic() - began < 5
    assert source("owner/name", revision="0" * 40).snapshot() == "owner/name@" + "0" * 40


def job_of(out: Path, dataset: str, **options: Any) -> Job:
    data = recipe.load("quickstart").model_dump(mode="json")
    given = {"source": "hub", "dataset": dataset, "license": "MIT", **options}
    data["collect"] = {"sources": [given], "min_side_px": 16}
    return Job(recipe.parse(data), out, "collect", 1)


def test_a_dataset_that_cannot_be_listed_leaves_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(UserError, match="the Hub cannot be reached"):
        build(job_of(tmp_path / "new" / "out", "owner/name"), Quiet())
    folder = folder_of(tmp_path / "set")
    with pytest.raises(UserError, match="Bad split: tset"):
        build(job_of(tmp_path / "new" / "out", str(folder), split="tset"), Quiet())
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def test_a_build_from_a_dataset(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "set", [*IMAGES, IMAGES[0], b"text"])
    built = build(job_of(tmp_path / "out", str(folder)), Quiet())
    assert built.funnel["collect"]["kept"] == 4
    assert built.funnel["collect"]["rejected"] == {"duplicate": 1, "not_an_image": 1}
