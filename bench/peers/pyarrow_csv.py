"""PyArrow: record batches streamed from the CSV reader into a Parquet writer."""

import pyarrow as pa
import pyarrow.parquet as pq
from common import THREADS, begin, finish
from pyarrow import csv

source, output, startup = begin()
pa.set_cpu_count(THREADS)
pa.set_io_thread_count(THREADS)
rows = 0
reader = csv.open_csv(source, read_options=csv.ReadOptions(block_size=16 << 20))
with pq.ParquetWriter(output / "out.parquet", reader.schema, compression="zstd") as writer:
    for batch in reader:
        writer.write_batch(batch)
        rows += batch.num_rows
finish(startup, rows)
