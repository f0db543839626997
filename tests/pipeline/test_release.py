from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.pipeline.building import STAGES, fingerprint, statuses
from vsfa_data import recipe as recipes
from vsfa_data.pipeline import Job, Quiet, build
from vsfa_data.release.verify import verify


def test_a_release_that_was_tampered_with_is_made_again(quickstart: Path, tmp_path: Path) -> None:
    out = Path(shutil.copytree(quickstart, tmp_path / "out", copy_function=shutil.copy2))
    made = json.loads((out / "release" / "manifest.json").read_text(encoding="utf-8"))
    (out / "release" / "README.md").write_text("nothing", encoding="utf-8")
    again = build(Job(recipes.load("quickstart"), out, workers=0), Quiet())
    assert statuses(again) == {**dict.fromkeys(STAGES, "reused"), "release": "resumed"}
    assert fingerprint(again) == made["fingerprint"]
    assert again.balance == made["balance"]
    assert again.balance["caption_length"]["before"] is None
    assert verify(out).problems == ()
