"""How every Parquet file of the sample company is written: one way, so that equal tables give equal bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


def parquet_bytes(table: pa.Table) -> bytes:
    """Return the table as one Parquet file with a single row group and no schema of a particular library."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", compression_level=6, row_group_size=1 << 20, store_schema=False)
    content: bytes = sink.getvalue().to_pybytes()
    return content
