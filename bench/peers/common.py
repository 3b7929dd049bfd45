"""What every peer script does alike: its arguments, and one JSON line of results.

A peer is started as `python PEER.py SOURCE.csv OUTPUT_FOLDER` and prints {"rows", "startup_seconds", ...}.
startup_seconds is what the interpreter and the imports took; the runner takes it off the peer's time.
"""

import json
import os
import sys
import time
from pathlib import Path

THREADS = int(os.environ.get("BENCH_THREADS", "2"))


def begin():
    """(source, output folder, seconds since the runner started this process). Call it after all imports."""
    started = float(os.environ.get("BENCH_STARTED", time.monotonic()))
    source, output = sys.argv[1:3]
    Path(output).mkdir(parents=True, exist_ok=True)
    return source, Path(output), time.monotonic() - started


def finish(startup, rows, **more):
    print(json.dumps({"rows": rows, "startup_seconds": startup, **more}))
