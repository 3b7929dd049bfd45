#!/usr/bin/env python3
"""Runs clang-tidy over the project's own sources, remembering clean results.

A file is checked again only when its text, a project header that it includes (however deep), its compile command,
.clang-tidy or clang-tidy itself has changed: the SHA-256 of all of these names an empty file in .cache/tidy.
"""

import argparse
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache" / "tidy"
INCLUDE = re.compile(rb'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)
INCLUDE_FOLDERS = (ROOT / "src", ROOT / "tests")
# GCC-only warnings in the compile commands mean nothing to clang.
EXTRA = ["--extra-arg=-Wno-unknown-warning-option", "--extra-arg=-Wno-error"]


class Digests:
    """SHA-256 over a file and the project headers it reaches, each file read once."""

    def __init__(self):
        self.files = {}

    def direct(self, path):
        if path not in self.files:
            data = path.read_bytes()
            found = []
            for name in INCLUDE.findall(data):
                for folder in (path.parent, *INCLUDE_FOLDERS):
                    candidate = folder / name.decode()
                    if candidate.is_file():
                        found.append(candidate.resolve())
                        break
            self.files[path] = (hashlib.sha256(data).digest(), found)
        return self.files[path]

    def of(self, path):
        reached, queue = set(), [path]
        while queue:
            current = queue.pop()
            if current not in reached:
                reached.add(current)
                queue += self.direct(current)[1]
        return b"".join(self.direct(p)[0] for p in sorted(reached))


def key(entry, digests, common):
    digest = hashlib.sha256(common)
    command = entry.get("command") or shlex.join(entry["arguments"])
    digest.update(command.replace(str(ROOT), "").encode())
    digest.update(digests.of(Path(entry["file"]).resolve()))
    return digest.hexdigest()


def check(command, path):
    started = time.monotonic()
    run = subprocess.run([*command, str(path)], cwd=ROOT, capture_output=True, text=True, check=False)
    return run.returncode, run.stdout + run.stderr, time.monotonic() - started


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build/release", help="folder with compile_commands.json")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--tidy", default="clang-tidy-19")
    parser.add_argument("--with-tests", action="store_true", help="the test programs too (slow)")
    parser.add_argument("--deep", action="store_true", help="the static analyzer as well (four times as long)")
    parser.add_argument("--slowest", type=int, default=0, help="list so many of the slowest files")
    parser.add_argument("only", nargs="*", help="only files whose path contains one of these")
    options = parser.parse_args()

    build = (ROOT / options.build).resolve()
    entries = []
    for entry in json.loads((build / "compile_commands.json").read_text()):
        name = str(Path(entry["file"]).resolve().relative_to(ROOT))
        is_test = name.startswith("tests/") or name.endswith("_test.cc")
        if not options.with_tests and is_test:
            continue
        if options.only and not any(part in name for part in options.only):
            continue
        if name.startswith(("src/", "tests/", "tools/", "bench/")):
            entries.append((name, entry))

    version = subprocess.run([options.tidy, "--version"], capture_output=True, check=True).stdout
    command = [options.tidy, "-p", str(build), "--quiet", *EXTRA]
    if options.deep:
        command.append("--checks=clang-analyzer-core*,clang-analyzer-cplusplus*,clang-analyzer-deadcode*")
    common = version + (ROOT / ".clang-tidy").read_bytes() + " ".join([*EXTRA, str(options.deep)]).encode()
    digests = Digests()
    CACHE.mkdir(parents=True, exist_ok=True)
    todo = []
    for name, entry in entries:
        stamp = CACHE / key(entry, digests, common)
        if not stamp.exists():
            todo.append((name, stamp))

    failed, times = 0, []
    with ThreadPoolExecutor(options.jobs) as pool:
        runs = [(name, stamp, pool.submit(check, command, ROOT / name)) for name, stamp in todo]
        for name, stamp, run in runs:
            code, output, seconds = run.result()
            times.append((seconds, name))
            if code == 0:
                stamp.touch()
            else:
                failed += 1
                kept = [
                    line for line in output.splitlines() if not re.match(r"^\d+ warnings? (generated|treated)", line)
                ]
                print("\n".join(kept), file=sys.stderr)
                print(f"clang-tidy: {name} failed", file=sys.stderr)
    for seconds, name in sorted(times, reverse=True)[: options.slowest]:
        print(f"{seconds:7.1f} s  {name}")
    print(f"clang-tidy: {len(entries)} files, {len(todo)} checked now, {failed} with complaints")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
