from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from vsfa_data import recipe as recipes
from vsfa_data.errors import UserError

QUICKSTART = recipes.available()["quickstart"]


def write(tmp_path: Path, **changes: Any) -> Path:
    data = yaml.safe_load(QUICKSTART.read_text(encoding="utf-8"))
    for path, value in changes.items():
        *above, last = path.split("__")
        place = data
        for key in above:
            place = place[key]
        place[last] = value
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump(data), encoding="utf-8")
    return file


def refused(*args: Any, **kwargs: Any) -> str:
    with pytest.raises(UserError) as caught:
        recipes.load(*args, **kwargs)
    message = str(caught.value)
    assert "\n" not in message
    return message
