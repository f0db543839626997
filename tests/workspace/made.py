from __future__ import annotations

import pyarrow as pa

from vsfa_data import tables


def unique(*ids: str) -> pa.Table:
    return tables.UNIQUE.build({"image_id": i, "position": n} for n, i in enumerate(ids))


def rejects(*reasons: str) -> pa.Table:
    return tables.REJECTS.build(tables.reject("collect", reason) for reason in reasons)
