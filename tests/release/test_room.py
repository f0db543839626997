import threading

from tests.release.test_shards import row
from vsfa_data.release import rows
from vsfa_data.release.partfile import as_table
from vsfa_data.release.room import Room, of_this_thread

SCHEMA = rows.features().arrow_schema


def test_memory_for_pictures_is_used_again_for_the_next_rows() -> None:
    room = Room()
    made = [as_table([row(n, bytes([n]) * n * 100)], SCHEMA, room) for n in (3, 1, 2)]
    places = {table["image"].chunk(0).field("bytes").buffers()[2].address for table in made}
    assert len(places) == 1
    assert made[-1]["image"].to_pylist() == [{"bytes": b"\2" * 200, "path": None}]
    # What is larger gets more room.
    larger = as_table([row(4, b"\4" * 5_000)], SCHEMA, room)
    assert larger["image"].to_pylist()[0]["bytes"] == b"\4" * 5_000


def test_every_thread_has_its_own() -> None:
    others: list[Room] = []
    thread = threading.Thread(target=lambda: others.append(of_this_thread()))
    thread.start()
    thread.join()
    assert of_this_thread() is of_this_thread()
    assert others[0] is not of_this_thread()
