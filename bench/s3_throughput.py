"""The same CSV from a local file into a local warehouse, and from S3 into one on S3, by `calve run`, in turns.

S3 is versitygw on loopback. It is measured twice: with everything on all processors, where what the server takes (more than
half of what is lost) is taken from calve; and apart, as S3 is in life: calve with one thread on one processor, both times, and the
server on another. The catalog is a SQLite file.

On a busy machine the ratio of times flatters S3: the server is one more process among those that share the processors. So
the CPU time of everything else is measured too, and above OTHERS_LIMIT of the processors' the ratio of times is not judged.
The ratio of CPU times, the server's included, says what it would be if nobody waited for anything.
"""

import collections
import itertools
import json
import os
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from cloud_servers import ROOT, S3_KINDS, QuickVersitygw
from measure import run
from run import make_csv, warm

GOAL = 0.8
OTHERS_LIMIT = 0.1
BUCKETS = ("landing", "lake")
SHARED, APART = ARRANGEMENTS = ("all on all processors", "the server on another processor than calve")
KEY = "taxi.csv"


def busy_seconds():
    """CPU seconds that all processors have worked so far, for whomever; the time stolen from a virtual machine too."""
    fields = [int(field) for field in Path("/proc/stat").read_text().partition("\n")[0].split()[1:9]]
    idle, waiting = fields[3:5]
    return (sum(fields) - idle - waiting) / os.sysconf("SC_CLK_TCK")


def pin(pid, processors):
    """All threads of a process, and those that they will start."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), processors)


def calve_run(options, apart, folder, source, warehouse, environment):
    """One load into a fresh warehouse; (Measured, the load as calve reports it)."""
    threads = 1 if apart else options.threads
    command = [
        options.calve, "run", source, "--table", "nyc.trips", "--warehouse", warehouse, "--catalog", folder / "catalog.db",
        "--scratch", folder / "scratch", "--threads", threads, "--format", "json",
    ]  # fmt: skip
    if apart:
        command = ["taskset", "--cpu-list", min(os.sched_getaffinity(0)), *command]
    os.sync()
    measured = run(command, environment)
    (load,) = json.loads(measured.output)["loads"]
    if load["status"] != "committed" or load["rows"] != options.rows:
        raise RuntimeError(f"{source}: {load}")
    return measured, load


def figures(measured, load, busy, server_cpu):
    """`busy` and `server_cpu` are the CPU seconds of the machine and of the S3 server during the run."""
    others = max(0.0, busy - measured.cpu_seconds - server_cpu)
    return {
        "seconds": measured.seconds,
        "cpu": measured.cpu_seconds,
        "peak": measured.peak_bytes,
        "server": server_cpu,
        "others": others / (measured.seconds * os.cpu_count()),
        "load": load,
    }


def local(options, apart, folder, source):
    busy = busy_seconds()
    measured, load = calve_run(options, apart, folder, source, folder / "warehouse", {})
    return figures(measured, load, busy_seconds() - busy, 0.0)


def remote(options, apart, folder, server, prefix):
    everywhere = os.sched_getaffinity(0)
    pin(server.process.pid, everywhere - {min(everywhere)} if apart else everywhere)
    environment = server.credentials() | {"AWS_ENDPOINT_URL_S3": server.endpoint}
    log, cpu, busy = server.log_size(), server.cpu_seconds(), busy_seconds()
    measured, load = calve_run(options, apart, folder, f"s3://landing/{KEY}", f"s3://lake/{prefix}", environment)
    found = figures(measured, load, busy_seconds() - busy, server.cpu_seconds() - cpu)
    return found | {"requests": server.requests_since(log)}


def measure(options):
    """Runs by (arrangement, "local" or "s3"), and the facts about them."""
    source = make_csv(options, options.rows)
    runs = collections.defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="cloud-", dir=options.dir) as name:
        folder = Path(name)
        (folder / "s3").mkdir()
        with QuickVersitygw(folder / "s3") as server:
            s3 = server.client("s3")
            for bucket in BUCKETS:
                s3.create_bucket(Bucket=bucket)
            s3.upload_file(str(source), "landing", KEY)
            warm(source)
            for number in range(options.rounds + 1):
                for arrangement, kind in itertools.product(ARRANGEMENTS, ("local", "s3")):
                    apart = arrangement == APART
                    if apart and len(os.sched_getaffinity(0)) < 2:
                        continue
                    work = folder / f"{kind}-{number}"
                    work.mkdir()
                    if kind == "local":
                        one = local(options, apart, work, source)
                    else:
                        one = remote(options, apart, work, server, f"{number}-{int(apart)}")
                    shutil.rmtree(work)
                    print(f"round {number}, {arrangement}: {kind} {one['seconds']:.2f} s", file=sys.stderr)
                    if number > 0:  # The first round only warms up.
                        runs[arrangement, kind].append(one)
            return {"runs": runs, "bytes": source.stat().st_size, "rows": options.rows, "optimised": server.optimised}


def verdict(own, s3):
    others = max(own["others"], s3["others"])
    if others > OTHERS_LIMIT:
        return f"not judged, other programs took {others:.0%} of the processors"
    return "met" if own["seconds"] / s3["seconds"] >= GOAL else "missed"


def report(found, options):
    size = found["bytes"]
    keys = ("seconds", "cpu", "peak", "server", "others")
    medians = {
        name: {key: statistics.median(one[key] for one in runs) for key in keys} for name, runs in found["runs"].items()
    }
    print(f"{found['rows']:,} rows, {size / 1e6:.0f} MB, medians of {options.rounds} rounds\n")
    print("| | time s | min-max s | MB/s | CPU s | peak MB | S3 server's CPU s | taken by other programs |")
    print("|---|---|---|---|---|---|---|---|")
    for (arrangement, kind), m in medians.items():
        times = [one["seconds"] for one in found["runs"][arrangement, kind]]
        threads = 1 if arrangement == APART else options.threads
        title = "S3 -> warehouse on S3" if kind == "s3" else "local file -> local warehouse"
        print(
            f"| {title}, {threads} thread{'s' if threads > 1 else ''} | {m['seconds']:.2f} | {min(times):.2f}-{max(times):.2f} "
            f"| {size / 1e6 / m['seconds']:.0f} "
            f"| {m['cpu']:.2f} | {m['peak'] / 1e6:.0f} | {m['server']:.2f} | {m['others']:.0%} |"
        )
    print()
    for arrangement in ARRANGEMENTS:
        if (arrangement, "s3") not in medians:
            print(f"{arrangement}: not measured, there is only one")
            continue
        own, s3 = medians[arrangement, "local"], medians[arrangement, "s3"]
        print(
            f"{arrangement}: throughput, S3 / local: {own['seconds'] / s3['seconds']:.2f}, goal {GOAL}: "
            f"{verdict(own, s3)}; CPU seconds, local / S3: {own['cpu'] / s3['cpu']:.2f}"
        )
    own, s3 = medians[SHARED, "local"], medians[SHARED, "s3"]
    print(f"with the server's CPU seconds, local / S3: {own['cpu'] / (s3['cpu'] + s3['server']):.2f}")
    if not found["optimised"]:
        print("versitygw is the tests' one here, compiled without optimisation")
    requests, chunks = found["runs"][SHARED, "s3"][-1]["requests"], found["runs"][SHARED, "s3"][-1]["load"]["chunks"]
    counted = ", ".join(f"{requests[kind]} {kind.upper()}" for kind in S3_KINDS)
    print(f"S3 requests of such a run, {chunks} chunks: {counted}")


def arguments(parser):
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--dir", type=Path, default=ROOT / "build" / "bench", help="for the CSV files and the outputs")
    parser.add_argument("--taxi-gen", type=Path, default=ROOT / "build/release/taxi_gen")
