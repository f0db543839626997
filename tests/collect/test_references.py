from __future__ import annotations

from itertools import product

from vsfa_data.collect import references


def test_no_two_paths_have_one_text() -> None:
    paths = {bytes(letters) for letters in product(b"\\x5cf\xff\xc3\xa9/", repeat=4)}
    texts = {references.of(path) for path in paths}
    assert len(texts) == len(paths)
    assert all(text.encode("utf-8") for text in texts)
