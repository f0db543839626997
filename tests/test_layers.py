"""Who may import whom, as docs/architecture.md draws it: downwards, and no step another."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

from vsfa_data.resources import PACKAGE

FLOORS = (
    ("__main__",),
    ("cli",),
    ("commands",),
    ("console",),
    ("pipeline",),
    ("scoring", "train"),
    ("collect", "filter", "caption", "ask", "release"),
    ("engines", "embedded_vlm", "hub_sim"),
    ("workspace",),
    ("stages",),
    ("recipe",),
    ("files", "embedded", "words"),
    ("parts", "processes", "resources", "tables"),
    ("ending", "errors", "pictures", "plain_yaml", "sections", "versions", "vision_attention"),
    ("",),
)
"""From the top down; "" is the package itself, which holds the version and nothing else."""

EXCEPT = {
    ("recipe.collect", "collect.fetch.settings"),
    # Tools that made what ships, and no part of a build.
    ("filter.fit_corpus", "collect.phash"),
    ("filter.drawings.fit_near", "collect.phash"),
    # `python -m vsfa_data.train`, for `accelerate launch`.
    ("train.__main__", "cli"),
}


def name_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def imports() -> dict[str, frozenset[str]]:
    """Module -> modules that it imports when it runs, anywhere in it; without the types' own."""
    paths = {name_of(path): path for path in PACKAGE.rglob("*.py")}
    found: dict[str, frozenset[str]] = {}
    for name, path in paths.items():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imported = {
            f"{node.module}.{one.name}".removeprefix("vsfa_data").removeprefix(".")
            for node in _nodes(tree)
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("vsfa_data")
            for one in node.names
        }
        modules = (one if one in paths else one.rpartition(".")[0] for one in imported)
        found[name] = frozenset(modules) - {name}
    return found


def _nodes(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        yield node
        yield from _nodes(node)


def test_what_is_below_knows_nothing_of_what_is_above() -> None:
    floor_of = {name: at for at, floor in enumerate(FLOORS) for name in floor}
    wrong = {
        (module, other)
        for module, others in imports().items()
        for other in others
        if (mine := module.partition(".")[0]) != (its := other.partition(".")[0])
        and floor_of[mine] >= floor_of[its]
    }
    assert wrong == EXCEPT


def test_no_files_import_each_other_in_a_circle() -> None:
    # A package's own file hands on what its modules hold: they meet there, and need not know it.
    faces = {name_of(path.parent / "__init__.py") for path in PACKAGE.rglob("__init__.py")}
    graph = {name: others - faces for name, others in imports().items() if name not in faces}
    assert set(TopologicalSorter(graph).static_order()) >= set(graph)
