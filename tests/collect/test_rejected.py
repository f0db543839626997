from vsfa_data.collect.rejected import Rejected


def test_reason_and_detail_are_kept_apart() -> None:
    error = Rejected("too_small", "1 x 1 pixels")
    assert (error.reason, error.detail) == ("too_small", "1 x 1 pixels")
    assert str(error) == "too_small: 1 x 1 pixels"
    assert Rejected("license_unknown").detail is None
