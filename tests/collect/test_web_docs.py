from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.collect import whole
from vsfa_data.collect import listing

PAGE = Path(__file__).parents[2] / "docs" / "collect-web.md"
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_a_recipes(example: str) -> None:
    section: dict[str, Any] = yaml.safe_load(example)["collect"]
    chosen = whole.recipe(*section.pop("sources"), **section)
    for name, source in listing.sources(chosen):
        if name != "diffusion":  # its model would be downloaded here
            source.require()


def test_every_source_of_the_page_has_an_example() -> None:
    named = {name for text in EXAMPLES for name in re.findall(r"source: (\w+)", text)}
    assert named == {"openverse", "commons", "diffusion"}
