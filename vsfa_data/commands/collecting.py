"""What `vsfa-data collect --help` shows: an example of each image source."""

from __future__ import annotations

from typing import Final

_SOURCES: Final = (
    "{source: folder, path: photos, license: CC0-1.0}",
    "{source: urls, path: list.csv}",
    "{source: archive, path: photos.tar}",
    "{source: hub, dataset: owner/name, license: CC0-1.0}",
    "{source: openverse}, {source: commons}",
    "{source: diffusion, model: folder, license: CC0-1.0}",
)
EXAMPLES: Final = (
    "vsfa-data collect quickstart --out out/mine",
    *(f"vsfa-data collect --out out/mine --set 'collect.sources=[{one}]'" for one in _SOURCES),
    "vsfa-data collect open_web --set 'collect.fetch.user_agent=my-set/1.0 (me@example.org)'",
    "vsfa-data collect --json",
    "vsfa-data collect --forget threat/axe.png --reason 'asked by its author'",
)
