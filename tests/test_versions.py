from __future__ import annotations

import numpy as np

from vsfa_data import versions


def test_what_is_installed_is_told_in_order_and_the_rest_left_out() -> None:
    found = versions.installed(["pyarrow", "no-such-distribution", "numpy"])
    assert list(found) == ["pyarrow", "numpy"]
    assert found["numpy"] == np.__version__
