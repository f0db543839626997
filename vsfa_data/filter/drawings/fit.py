"""Makes the branch for drawings: `python -m vsfa_data.filter.drawings.fit`.

    ... fit prepare FOLDER --icons DIR --emoji DIR [--measured DIR ...]     icons, names
    ... fit train FOLDER --out weights.safetensors [--steps N --seed N]         best run on a GPU

`--icons` and `--emoji` are npm's `@iconify/json` and `emojibase-data`, unpacked; icons that are
near-duplicates of a picture under `--measured` are left out. Both commands need the packages of the
extra `embedded` and `resvg-py`. The weights are used when `branch.SHA256` is their checksum.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def prepare(folder: Path, icons: Path, emoji: Path, measured: Sequence[Path]) -> int:
    """Write what `train` reads; how many icons were left out as near-duplicates."""
    from vsfa_data.filter.drawings import fit_icons, fit_near, fit_pack, fit_pixels
    from vsfa_data.filter.fit_corpus import picture

    files = (file for place in measured for file in sorted(place.rglob("*.png")))
    known = fit_near.hashes(picture(file) for file in files)
    kept, dropped = [], 0
    for one in fit_icons.choose(icons, emoji):
        drawn = None
        if one.kind != fit_icons.VALIDATION and len(known):
            drawn = fit_pixels.render(one.body, one.box)
        if drawn is not None and fit_near.is_near(drawn, known):
            dropped += 1
        else:
            kept.append(one)
    fit_pack.pack(kept, folder)
    return dropped


def train(folder: Path, out: Path, device: str, **plan: Any) -> None:
    """Train on what `prepare` has written; write the weights, and say how good they are."""
    import torch
    from safetensors.torch import save_file

    from vsfa_data.filter.drawings import fit_check, fit_concepts, fit_pack, fit_pixels, fit_train

    packed = fit_pack.unpack(folder)
    seen = fit_pixels.all_pixels([(one.body, one.box) for one in packed.lessons])
    lessons = [one for one, drawn in zip(packed.lessons, seen, strict=True) if drawn is not None]
    drawn = [one for one in seen if one is not None]
    planes = torch.stack([torch.from_numpy(one.planes) for one in drawn]).to(device)
    lines = torch.tensor([one.lines for one in drawn], device=device)
    names = fit_train.Names(packed._replace(lessons=lessons), device)
    told = [fit_concepts.told(name) for name in fit_concepts.SETS]
    student = fit_train.fit(names, planes, lines, told, fit_train.Plan(**plan), _say)
    _say(str(fit_check.check(student, lessons, names, planes, lines)))
    save_file(student.weights(), out)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line, and do it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    commands = parser.add_subparsers(dest="command", required=True)
    first = commands.add_parser("prepare")
    first.add_argument("folder", type=Path)
    first.add_argument("--icons", type=Path, required=True)
    first.add_argument("--emoji", type=Path, required=True)
    first.add_argument("--measured", type=Path, nargs="*", default=[])
    second = commands.add_parser("train")
    second.add_argument("folder", type=Path)
    second.add_argument("--out", type=Path, required=True)
    second.add_argument("--device", default="cuda")
    second.add_argument("--steps", type=int, default=1137)
    second.add_argument("--batch", type=int, default=512)
    second.add_argument("--seed", type=int, default=4)
    given = vars(parser.parse_args(arguments))
    if given.pop("command") == "prepare":
        _say(f"{prepare(**given)} icons left out as near-duplicates")
    else:
        train(**given)


if __name__ == "__main__":
    main()
