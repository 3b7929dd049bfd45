"""Polars: a lazy scan of the CSV, streamed into a Parquet file. Threads are set by POLARS_MAX_THREADS."""

import os

from common import THREADS, begin, finish

os.environ["POLARS_MAX_THREADS"] = str(THREADS)
import polars as pl

source, output, startup = begin()
target = output / "out.parquet"
pl.scan_csv(source, try_parse_dates=True).sink_parquet(target, compression="zstd")
finish(startup, pl.scan_parquet(target).select(pl.len()).collect().item())
