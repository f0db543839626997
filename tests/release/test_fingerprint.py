import hashlib
import math

import pytest

from vsfa_data.release.fingerprint import SplitDigest, canonical, fingerprint


def test_canonical_json() -> None:
    value = {"b": [1, None, "é\n"], "a": 0.1, "c": 1e-07}
    assert canonical(value) == '{"a":0.1,"b":[1,null,"é\\n"],"c":1e-07}'.encode()


def test_a_number_that_json_lacks_is_refused() -> None:
    with pytest.raises(ValueError, match="Out of range float"):
        canonical({"a": math.nan})


def test_split_digest_is_a_hash_of_lines_without_pictures() -> None:
    digest = SplitDigest()
    assert digest.add({"image": {"bytes": b"x", "path": None}, "image_id": "1"}) == 16
    digest.add({"image_id": "2", "image": None})
    expected = hashlib.sha256(b'{"image_id":"1"}\n{"image_id":"2"}\n').hexdigest()
    assert (digest.rows, digest.hexdigest()) == (2, expected)


def test_fingerprint_frames_config_split_and_rows_in_any_order() -> None:
    one, two = ("threat", "train"), ("control", "train")
    expected = hashlib.sha256(b"control/train\t1\tbb\nthreat/train\t2\taa\n").hexdigest()
    assert fingerprint({one: (2, "aa"), two: (1, "bb")}) == expected
    assert fingerprint({two: (1, "bb"), one: (2, "aa")}) == expected
    assert fingerprint({two: (2, "aa"), one: (1, "bb")}) != expected
