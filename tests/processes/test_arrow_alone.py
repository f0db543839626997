from __future__ import annotations

import subprocess
import sys
import textwrap


def test_arrays_are_made_without_pandas_and_frames_with_it() -> None:
    script = """
        import sys
        import pyarrow as pa
        from vsfa_data.processes.arrow_alone import without_pandas
        before = list(sys.meta_path)
        without_pandas()
        assert pa.array(["a", None]).null_count == 1
        assert "pandas" not in sys.modules and sys.meta_path == before
        assert pa.table({"a": [1, None]}).to_pandas()["a"].isna().tolist() == [False, True]
        import pandas
        without_pandas()
        assert pa.array(pandas.Series([1.0, float("nan")])).null_count == 1
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
