from vsfa_data.hub_sim.pointers import MAX_BYTES, Pointer, parse, render


def test_a_pointer_reads_back() -> None:
    data = render("0f" * 32, 10**12)
    assert parse(data) == Pointer("0f" * 32, 10**12, len(data))
    assert len(data) < MAX_BYTES


def test_anything_else_is_no_pointer() -> None:
    assert parse(b"") is None
    assert parse(render("0f" * 32, 1) + b"x") is None
    assert parse(render("0f" * 32, 1).replace(b"sha256", b"sha1")) is None
