"""The folder that somebody may have meant who named one that is not there."""

from __future__ import annotations

import difflib

from vsfa_data.errors import printable
from vsfa_data.resources import user_path


def meant(given: str) -> str:
    """The folder that may have been meant, as a sentence: the one of nearly that name."""
    path = user_path(given.partition("@")[0])
    top = next((one for one in path.parents if one.is_dir()), None)
    if top is None:
        return ""
    wrong, *rest = path.relative_to(top).parts
    try:
        beside = [one.name for one in top.iterdir() if top.joinpath(one.name, *rest).is_dir()]
    except OSError:
        return ""
    near = difflib.get_close_matches(wrong, beside, n=1)
    return f". Or is it {printable(str(top.joinpath(near[0], *rest)))}?" if near else ""
