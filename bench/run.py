#!/usr/bin/env python3
"""Measures calve against its peers on one taxi CSV, in turns (A B C, A B C, ...), and prints a table.

./dev bench                        the table: 6,000,000 rows (0.93 GB), 3 rounds, 2 threads
./dev bench --only calve,duckdb    some of them: calve duckdb duckdb-same polars pyarrow seed
./dev bench --memory               calve's peak memory on 1 and on 10 times the rows (needs 12 GB of disk)
./dev bench --compressed gzip      the table, of the same rows compressed: gzip, or zstd (one frame)
./dev bench --plan                 `calve plan` on sparse files of 1 MB to 1 TB
./dev bench --cloud                cold starts, S3, requests and dollars: ./dev bench --cloud --help
"""

import argparse
import importlib
import importlib.metadata
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import plan_sparse
from measure import run

ROOT = Path(__file__).resolve().parent.parent
PEERS = Path(__file__).resolve().parent / "peers"

# calve's time (and for the seed's pipeline, its peak memory) as a share of the peer's: the most that is wanted.
TIME_GOALS = {"duckdb": 0.5, "duckdb-same": 0.75, "polars": 0.33, "pyarrow": 0.33, "seed": 0.2}
MEMORY_GOALS = {"seed": 0.2}
SIZE_GOALS = {"duckdb": 1.0}
MEMORY_LIMIT_BYTES = 400 * 1000 * 1000


def contestants(options):
    """{name: command}, each to be completed with the source and an output folder."""
    python = [sys.executable]

    def peer(script, *more):
        return lambda source, output: [*python, PEERS / script, source, output, *more]

    return {
        "calve": lambda source, output: calve_command(options, source, output),
        "duckdb": peer("duckdb_copy.py", "zstd"),
        "duckdb-same": peer("duckdb_copy.py", "same"),
        "polars": peer("polars_sink.py"),
        "pyarrow": peer("pyarrow_csv.py"),
        "seed": peer("seed_pipeline.py"),
    }


def calve_command(options, source, output):
    return [
        options.calve, "run", source, "--table", "nyc.trips", "--warehouse", output,
        "--threads", options.threads, "--format", "json",
    ]  # fmt: skip


def rows_of(name, measured):
    if name != "calve":
        return measured.result["rows"]
    loads = json.loads(measured.output)["loads"]
    return sum(load["rows"] for load in loads)


def parquet_bytes(folder):
    """What the peer leaves for readers: the Parquet files, intermediate chunks left out."""
    return sum(p.stat().st_size for p in Path(folder).rglob("*.parquet") if "chunks" not in p.parts)


def make_csv(options, rows):
    path = options.dir / f"taxi-{rows}.csv"
    if not path.exists():
        subprocess.run(
            [options.taxi_gen, "--rows", str(rows), "--seed", "1", path], check=True, stdout=subprocess.DEVNULL
        )
    return compressed(path, options.compressed) if options.compressed else path


def compressed(path, codec):
    """The file in one gzip member or zstd frame, at the usual level."""
    pyarrow = importlib.import_module("pyarrow")  # Not there for --help.
    target = path.with_name(path.name + {"gzip": ".gz", "zstd": ".zst"}[codec])
    if not target.exists():
        partial = target.with_suffix(".partial")
        with path.open("rb") as plain, pyarrow.CompressedOutputStream(str(partial), codec) as out:
            shutil.copyfileobj(plain, out, 1 << 22)
        partial.rename(target)
    return target


def warm(path):
    """Reads the file once, so that every contestant finds it in the page cache (as far as it fits)."""
    with open(path, "rb", buffering=0) as file:
        while file.read(16 << 20):
            pass


def one_run(options, name, command, source, rows):
    output = options.dir / f"out-{name}"
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    os.sync()
    measured = run(command(source, output), {"BENCH_THREADS": str(options.threads)})
    found = rows_of(name, measured)
    if found != rows and name != "seed":
        raise RuntimeError(f"{name} wrote {found} rows of {rows}")
    size = parquet_bytes(output)
    shutil.rmtree(output)
    return {
        "seconds": measured.seconds,
        "cpu": measured.cpu_seconds,
        "peak": measured.peak_bytes,
        "size": size,
        "lost": rows - found,
    }


def header(options, source):
    def version(package):
        try:
            return importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            return "missing"

    cpu = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    version_line = subprocess.run([options.calve, "version"], capture_output=True, text=True, check=False).stdout
    calve = version_line.partition("\n")[0]
    print(f"{source.name}: {source.stat().st_size / 1e6:.0f} MB")
    print(
        f"{cpu.group(1) if cpu else platform.machine()}, {os.cpu_count()} processors, {platform.system()} {platform.release()}, {options.threads} threads"
    )
    packages = ("duckdb", "polars", "pyarrow", "pyiceberg")
    print(f"{calve}; " + ", ".join(f"{name} {version(name)}" for name in packages))


def speed(options):
    source = make_csv(options, options.rows)
    known = contestants(options)
    names = options.only.split(",") if options.only else list(known)
    for name in names:
        if name not in known:
            sys.exit(f"bench: no contestant '{name}': {', '.join(known)}")
    warm(source)
    runs = {name: [] for name in names}
    for number in range(options.rounds):
        for name in names:
            result = one_run(options, name, known[name], source, options.rows)
            runs[name].append(result)
            print(f"round {number + 1}: {name} {result['seconds']:.2f} s", file=sys.stderr)
    header(options, source)
    medians = {name: {key: statistics.median(r[key] for r in runs[name]) for key in runs[name][0]} for name in names}
    print_table(medians, runs)
    if options.json:
        Path(options.json).write_text(json.dumps({"runs": runs, "medians": medians}, indent=1) + "\n")
    return medians


def print_table(medians, runs):
    print(f"\nmedians of {len(next(iter(runs.values())))} rounds; calve/x is calve's figure as a share of x's")
    columns = ("", "time s", "min-max s", "CPU s", "peak MB", "Parquet MB", "lost rows", "calve/x time", "mem", "size")
    widths = (12, 8, 14, 8, 9, 12, 10, 14, 7, 7)
    print("".join(f"{c:>{w}}" for c, w in zip(columns, widths, strict=True)))
    own = medians.get("calve")
    for name, m in medians.items():
        times = [r["seconds"] for r in runs[name]]
        cells = [
            name,
            f"{m['seconds']:.2f}",
            f"{min(times):.2f}-{max(times):.2f}",
            f"{m['cpu']:.2f}",
            f"{m['peak'] / 1e6:.0f}",
            f"{m['size'] / 1e6:.1f}",
            f"{m['lost']:.0f}",
        ]
        if own and name != "calve":
            cells += [
                judged(own["seconds"] / m["seconds"], TIME_GOALS.get(name)),
                judged(own["peak"] / m["peak"], MEMORY_GOALS.get(name)),
                judged(own["size"] / m["size"], SIZE_GOALS.get(name)),
            ]
        print("".join(f"{c:>{w}}" for c, w in zip(cells, widths[: len(cells)], strict=True)))
    print("a ratio that misses its goal has a ! behind it")


def judged(ratio, goal):
    return f"{ratio:.2f}" + ("!" if goal is not None and ratio > goal else "")


def memory(options):
    """Peak memory of calve must not grow with the file."""
    print("\npeak memory of `calve run`")
    for factor in (1, 10):
        rows = options.rows * factor
        source = make_csv(options, rows)
        result = one_run(options, "calve", contestants(options)["calve"], source, rows)
        verdict = "ok" if result["peak"] < MEMORY_LIMIT_BYTES else f"above {MEMORY_LIMIT_BYTES / 1e6:.0f} MB !"
        print(
            f"{source.stat().st_size / 1e9:8.2f} GB {result['seconds']:8.1f} s {result['peak'] / 1e6:8.0f} MB  {verdict}",
            flush=True,
        )
        if factor > 1:
            source.unlink()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=6_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", help="contestants, comma-separated")
    parser.add_argument("--memory", action="store_true", help="the memory measurement instead of the table")
    parser.add_argument("--compressed", choices=["gzip", "zstd"], help="the source is compressed")
    parser.add_argument("--plan", action="store_true", help="the planning measurement instead of the table")
    parser.add_argument("--all", action="store_true", help="the table and both measurements")
    parser.add_argument("--json", help="write every run's figures to this file")
    parser.add_argument("--dir", type=Path, default=ROOT / "build" / "bench", help="for the CSV files and the outputs")
    parser.add_argument("--calve", type=Path, default=os.environ.get("CALVE_BIN", ROOT / "build/release/calve"))
    parser.add_argument("--taxi-gen", type=Path, default=ROOT / "build/release/taxi_gen")
    options = parser.parse_args()
    options.dir.mkdir(parents=True, exist_ok=True)
    options.dir = options.dir.resolve()
    if options.all or not (options.memory or options.plan):
        speed(options)
    if options.all or options.plan:
        plan_sparse.measure(options)
    if options.all or options.memory:
        memory(options)


if __name__ == "__main__":
    main()
