"""Arrow without pandas, in processes that have no use for it.

Arrow imports pandas, where it is installed (`datasets` needs it), at the first array that it makes
of Python values: 0.2 seconds and 54 MB in each worker, which many a short build has twice.
"""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder
from typing import Final

NAME: Final = "pandas"


class _Absent(MetaPathFinder):
    """Has pandas not be found."""

    def find_spec(self, fullname: str, *_: object) -> None:
        """Raises ModuleNotFoundError for it, and leaves other modules to others."""
        if fullname == NAME:
            raise ModuleNotFoundError(fullname, name=fullname)


def without_pandas() -> None:
    """Have Arrow look for pandas now, and not find it, unless it is imported already.

    Whoever imports it later has it, and frames become tables and tables frames as ever. Only an
    array made of a series keeps its NaN, until a frame has been seen.
    """
    import pyarrow as pa

    if NAME in sys.modules:
        return
    absent = _Absent()
    sys.meta_path.insert(0, absent)
    try:
        pa.array([None])
    finally:
        sys.meta_path.remove(absent)
