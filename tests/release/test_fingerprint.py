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


def test_split_digest_is_a_hash_of_hashes_of_rows_without_pictures() -> None:
    one, two = SplitDigest(), SplitDigest()
    assert one.add({"image": {"bytes": b"x", "path": None}, "image_id": "1"}) == 16
    two.add({"image_id": "2", "image": None})
    lines = (b'{"image_id":"1"}', b'{"image_id":"2"}')
    expected = hashlib.sha256(b"".join(hashlib.sha256(line).digest() for line in lines))
    both = SplitDigest([one, two])
    assert (one.rows, both.rows, both.hexdigest()) == (1, 2, expected.hexdigest())
    assert SplitDigest([two, one]).hexdigest() != both.hexdigest()


def test_fingerprint_frames_config_split_and_rows_in_any_order() -> None:
    one, two = ("threat", "train"), ("control", "train")
    expected = hashlib.sha256(b"control/train\t1\tbb\nthreat/train\t2\taa\n").hexdigest()
    assert fingerprint({one: (2, "aa"), two: (1, "bb")}) == expected
    assert fingerprint({two: (1, "bb"), one: (2, "aa")}) == expected
    assert fingerprint({two: (2, "aa"), one: (1, "bb")}) != expected
