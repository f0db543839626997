from __future__ import annotations

from pathlib import Path

from tests.caption.made import plain
from tests.caption.prompted.test_captioner import Scripted, cup
from vsfa_data.caption.captioner import Caption


def test_talks_begin_while_others_go_on_but_no_more_than_there_is_room_for(tmp_path: Path) -> None:
    pictures = [plain(name) for name in ("red", "green", "blue", "white", "black")]
    taken: list[int] = []
    said: list[Caption] = []
    for captioner, most_taken in (
        (Scripted(cup), [2, 3, 4, 5, 5]),
        (Scripted(cup), [2, 2, 4, 4, 5]),
    ):
        captioner.nth, captioner.chunk = 0, 2
        captioner.keep(tmp_path)
        left = (taken.append(at) or picture for at, picture in enumerate(pictures))
        found = [(caption, len(taken)) for caption in captioner.captions(left)]
        assert [count for _, count in found] == most_taken
        assert [caption for caption, _ in found] == (said or Scripted(cup).caption(pictures))
        assert len(captioner.asked) == (0 if said else 3 * len(pictures))  # then they are kept
        said = [caption for caption, _ in found]
        taken.clear()
