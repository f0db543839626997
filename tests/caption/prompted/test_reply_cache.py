from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from vsfa_data.caption.prompted.replies import Reply
from vsfa_data.caption.prompted.reply_cache import FILE, Asked, ReplyCache
from vsfa_data.errors import SetupError, WorkspaceError

ASKED = Asked("model 1", "What?", "1.0.0", {"max_new_tokens": 5, "temperature": 0.0})


def test_a_reply_is_found_again_by_another_process_s_eyes(tmp_path: Path) -> None:
    first = ReplyCache(tmp_path / "replies")
    first.add("a", ASKED, Reply('A "dog"\n\N{SNOWMAN} \x00', "length"))
    first.add("b", ASKED, Reply("", "refusal"))
    first.close()
    again = ReplyCache(tmp_path / "replies")
    assert again.find("a", ASKED) == Reply('A "dog"\n\N{SNOWMAN} \x00', "length")
    assert again.find("b", ASKED) == Reply("", "refusal")
    assert again.find("c", ASKED) is None


@pytest.mark.parametrize(
    "other",
    [
        Asked("model 2", "What?", "1.0.0", ASKED.parameters),
        Asked("model 1", "Who?", "1.0.0", ASKED.parameters),
        Asked("model 1", "What?", "1.0.1", ASKED.parameters),
        Asked("model 1", "What?", "1.0.0", {"max_new_tokens": 6, "temperature": 0.0}),
    ],
)
def test_all_that_decides_a_reply_is_part_of_the_key(tmp_path: Path, other: Asked) -> None:
    cache = ReplyCache(tmp_path)
    cache.add("a", ASKED, Reply("A dog."))
    assert cache.find("a", other) is None
    cache.add("a", other, Reply("A cat."))
    assert cache.find("a", ASKED) == Reply("A dog.")
    assert cache.find("a", other) == Reply("A cat.")


def test_the_order_of_parameters_does_not_matter() -> None:
    turned = Asked("model 1", "What?", "1.0.0", {"temperature": 0.0, "max_new_tokens": 5})
    assert turned.key == ASKED.key


def test_a_reply_that_never_came_is_not_kept(tmp_path: Path) -> None:
    cache = ReplyCache(tmp_path)
    cache.add("a", ASKED, Reply("", "failed"))
    assert cache.find("a", ASKED) is None


WRITER = """
import sys
from pathlib import Path
from vsfa_data.caption.prompted.replies import Reply
from vsfa_data.caption.prompted.reply_cache import Asked, ReplyCache
cache = ReplyCache(Path(sys.argv[1]))
asked = Asked("model 1", "What?", "1.0.0", {"max_new_tokens": 5, "temperature": 0.0})
for at in range(10**9):
    cache.add(f"{sys.argv[2]}-{at}", asked, Reply(f"reply {at}" * 50))
    print(at, flush=True)
"""


def writer(folder: Path, name: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), name], stdout=subprocess.PIPE, text=True
    )


def test_a_killed_process_loses_no_reply_and_others_may_write_at_the_same_time(
    tmp_path: Path,
) -> None:
    ReplyCache(tmp_path).close()
    both = {name: writer(tmp_path, name) for name in ("one", "two")}
    seen = {}
    for name, process in both.items():
        assert process.stdout
        for line in process.stdout:
            seen[name] = int(line)
            if seen[name] == 60:
                break
    for process in both.values():
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert process.stdout
        process.stdout.close()
    cache = ReplyCache(tmp_path)
    for name, last in seen.items():
        for at in range(last + 1):
            assert cache.find(f"{name}-{at}", ASKED) == Reply(f"reply {at}" * 50)


def test_a_torn_end_costs_what_is_torn_and_no_more(tmp_path: Path) -> None:
    cache = ReplyCache(tmp_path)
    for name in "abc":
        cache.add(name, ASKED, Reply(f"reply {name}" * 200))
    # What a power cut leaves: the log is there, its last page only half.
    log = (tmp_path / f"{FILE}-wal").read_bytes()
    copy = tmp_path / "after"
    copy.mkdir()
    (copy / FILE).write_bytes((tmp_path / FILE).read_bytes())
    (copy / f"{FILE}-wal").write_bytes(log[:-2000])
    torn = ReplyCache(copy)
    assert torn.find("a", ASKED) == Reply("reply a" * 200)
    assert torn.find("b", ASKED) == Reply("reply b" * 200)
    assert torn.find("c", ASKED) is None
    torn.add("c", ASKED, Reply("again"))
    assert torn.find("c", ASKED) == Reply("again")


def test_a_damaged_file_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"not a database" * 1000)
    with pytest.raises(WorkspaceError, match=r"replies\.sqlite is damaged .*Move it away"):
        ReplyCache(tmp_path)


def test_a_way_to_end_that_is_not_known_is_asked_again(tmp_path: Path) -> None:
    cache = ReplyCache(tmp_path)
    cache.add("a", ASKED, Reply("A dog."))
    with sqlite3.connect(tmp_path / FILE) as base:
        base.execute("UPDATE replies SET finish = 'exploded'")
    assert cache.find("a", ASKED) is None


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SetupError, match="cannot write"):
        ReplyCache(tmp_path / "file" / "replies")


def test_a_locked_file_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vsfa_data.caption.prompted.reply_cache._WAIT_S", 0.05)
    cache = ReplyCache(tmp_path)
    holder = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(SetupError, match=r"cannot be used \(database is locked\)"):
        cache.add("a", ASKED, Reply("A dog."))
    holder.close()
