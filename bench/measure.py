"""Runs one program and measures it: wall time, CPU time and peak memory of the whole process tree."""

import json
import os
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")
SAMPLE_SECONDS = 0.02


@dataclass
class Measured:
    seconds: float  # from start to end, less the start-up that the program reports about itself
    cpu_seconds: float  # user + system, children included
    peak_bytes: int  # resident: the largest sum over the process tree seen, or the largest single process
    read_bytes: int  # read calls, from caches and pipes too (rchar)
    output: str
    result: dict = field(default_factory=dict)


def tree(pid):
    """The process and all its descendants."""
    found, queue = [], [pid]
    while queue:
        current = queue.pop()
        found.append(current)
        try:
            for task in os.listdir(f"/proc/{current}/task"):
                queue += [int(c) for c in Path(f"/proc/{current}/task/{task}/children").read_text().split()]
        except OSError:
            continue
    return found


def resident_bytes(pid):
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
    except (OSError, IndexError):
        return 0


def read_calls_bytes(pid):
    try:
        return int(Path(f"/proc/{pid}/io").read_text().split("\n")[0].split()[1])
    except (OSError, IndexError, PermissionError):
        return 0


def run(command, environment=None):
    """Runs the command to its end. Raises when it fails; its last line of output, when that is JSON, is the result."""
    started = time.monotonic()
    process = subprocess.Popen(
        [str(part) for part in command],
        env={**os.environ, **(environment or {}), "BENCH_STARTED": repr(started)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    texts = {}
    readers = [
        threading.Thread(target=lambda name=name, pipe=pipe: texts.update({name: pipe.read()}))
        for name, pipe in (("out", process.stdout), ("err", process.stderr))
    ]
    for reader in readers:
        reader.start()
    peak = read = 0
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            break
        processes = tree(process.pid)
        peak = max(peak, sum(resident_bytes(p) for p in processes))
        read = max(read, read_calls_bytes(process.pid))
        time.sleep(SAMPLE_SECONDS)
    seconds = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    for reader in readers:
        reader.join()
    if process.returncode != 0:
        raise RuntimeError(
            f"{command[0]} ended with {process.returncode}:\n{texts['out'][-2000:]}{texts['err'][-2000:]}"
        )
    result = {}
    lines = texts["out"].strip().splitlines()
    if lines and lines[-1].startswith("{"):
        result = json.loads(lines[-1])
    return Measured(
        seconds=seconds - result.get("startup_seconds", 0),
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        peak_bytes=max(peak, usage.ru_maxrss * 1024),
        read_bytes=read,
        output=texts["out"],
        result=result,
    )
