"""croissant.json: the release for machines, as MLCommons' Croissant 1.1 describes datasets.

Files with their sha256, columns, responsible-use (RAI) and provenance (PROV) fields. It holds
no date: equal releases have equal files.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

import pyarrow as pa
import yaml

from vsfa_data import resources, tables
from vsfa_data.release.configs import MIXED, schema
from vsfa_data.release.manifest import Manifest
from vsfa_data.release.markdown import one_line

NAME: Final = "croissant.json"
PROSE: Final = "rai.yaml"
"""File in cards/."""
CONFORMS_TO: Final = (
    "http://mlcommons.org/croissant/1.1",
    "http://mlcommons.org/croissant/RAI/1.0",
)
PAPER: Final = "https://arxiv.org/abs/2603.08486"
_TERMS: Final = (
    *("arrayShape", "citeAs", "column", "containedIn", "equivalentProperty", "extract", "field"),
    *("fileObject", "fileProperty", "fileSet", "format", "includes", "isArray", "isLiveDataset"),
    *("jsonPath", "key", "md5", "parentField", "path", "recordSet", "references", "regex"),
    *("repeated", "replace", "samplingRate", "separator", "source", "subField", "transform"),
)
_CONTEXT: Final = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "prov": "http://www.w3.org/ns/prov#",
    "dct": "http://purl.org/dc/terms/",
    "sc": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "description": {"@container": "@language"},
    "name": {"@container": "@language"},
    **{term: f"cr:{term}" for term in _TERMS},
}
_TYPES: Final = {"string": "sc:Text", "double": "sc:Float", "int32": "sc:Integer"}


def render(made: Manifest) -> str:
    """The file's text for a manifest whose files, but for the texts, are listed."""
    release = made.recipe["release"]
    plain = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": list(CONFORMS_TO),
        "name": made.name,
        "description": one_line(str(made.recipe.get("description", ""))),
        "alternateName": one_line(str(release["pretty_name"])),
        "version": made.version,
        "license": one_line(str(release["license"])),
        "inLanguage": "en",
        "keywords": ["vsfa", "visual question answering", "vision-language models", "safety"],
        "citeAs": f"@misc{{vsfa, eprint={{2603.08486}}, archivePrefix={{arXiv}}, url={{{PAPER}}}}}",
        "isLiveDataset": False,
        **_responsible(made),
        **_provenance(made),
        "distribution": [*_files(made), *_file_sets(made)],
        # Rows of `mixed` are rows of the record sets of the two configs whose files it lists.
        "recordSet": [_records(name) for name in made.configs if name != MIXED],
    }
    return json.dumps(plain, indent=2, ensure_ascii=False) + "\n"


def _responsible(made: Manifest) -> dict[str, Any]:
    text = (resources.folder("cards") / PROSE).read_text(encoding="utf-8")
    prose: dict[str, Any] = yaml.safe_load(text)
    rows = made.funnel["release"].kept
    pairs = sum(made.families.values())
    known = {
        "annotations_per_item": f"{pairs / max(rows, 1):.1f} questions with answers, on average",
        "machine_annotation_tools": [one_line(f"{k}: {v}") for k, v in made.models.items()],
    }
    return {f"rai:{_camel(key)}": value for key, value in {**prose, **known}.items()}


def _camel(key: str) -> str:
    first, *rest = key.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _provenance(made: Manifest) -> dict[str, Any]:
    """What the pictures come from, and what made the dataset of them."""
    used = [f"{name} {version}" for name, version in made.packages.items()]
    return {
        "prov:wasDerivedFrom": [
            {"@type": "prov:Entity", "prov:label": f"{one_line(name)}: {count} pictures"}
            for name, count in made.sources.items()
        ],
        "prov:wasGeneratedBy": {
            "@type": "prov:Activity",
            "prov:label": f"vsfa-data build {made.name}, seed {made.seed}",
            "prov:used": [*used, f"fingerprint of the rows: {made.fingerprint}"],
        },
    }


def _files(made: Manifest) -> Iterator[dict[str, Any]]:
    for name, file in sorted(made.files.items()):
        if name.endswith(".parquet"):
            yield {
                "@type": "cr:FileObject",
                "@id": name,
                "name": name,
                "contentUrl": name,
                "contentSize": f"{file.bytes} B",
                "encodingFormat": "application/x-parquet",
                "sha256": file.sha256,
            }


def _file_sets(made: Manifest) -> Iterator[dict[str, Any]]:
    for config, splits in made.counts().items():
        files = [name for split in splits for name in made.files_of(config, split)]
        yield {
            "@type": "cr:FileSet",
            "@id": f"{config}-files",
            "name": f"{config}-files",
            "encodingFormat": "application/x-parquet",
            "includes": files,
        }


def _records(config: str) -> dict[str, Any]:
    meanings = {column.name: column.meaning for column in tables.PUBLISHED}
    return {
        "@type": "cr:RecordSet",
        "@id": config,
        "name": config,
        "key": {"@id": f"{config}/image_id"},
        "field": [_field(config, one, meanings[one.name]) for one in schema(config)],
    }


def _field(config: str, column: pa.Field, meaning: str) -> dict[str, Any]:
    source: dict[str, Any] = {
        "fileSet": {"@id": f"{config}-files"},
        "extract": {"column": column.name},
    }
    made: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": f"{config}/{column.name}",
        "name": column.name,
        "description": meaning,
    }
    if column.name == "image":
        return made | {
            "dataType": "sc:ImageObject",
            "source": source | {"transform": {"jsonPath": "bytes"}},
        }
    if not pa.types.is_list(column.type):
        return made | {"dataType": _TYPES[str(column.type)], "source": source}
    made |= {"isArray": True, "arrayShape": "-1"}
    if not pa.types.is_struct(column.type.value_type):
        return made | {"dataType": _TYPES[str(column.type.value_type)], "source": source}
    inner = [
        {
            "@type": "cr:Field",
            "@id": f"{config}/{column.name}/{part.name}",
            "name": part.name,
            "dataType": _TYPES[str(part.type)],
            "source": source | {"transform": {"jsonPath": f"[*].{part.name}"}},
        }
        for part in column.type.value_type
    ]
    return made | {"subField": inner}
