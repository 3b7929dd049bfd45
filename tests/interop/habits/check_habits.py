#!/usr/bin/env python3
"""Loads each case of this folder with calve, reads it with DuckDB by itself, and prints how often they are right.

    check_habits.py CALVE [--only TEXT] [--keep DIR] [--verbose]

CALVE is the program. Right for calve are the names, the types and all values of the case's truth; for DuckDB the names
and what the values say. Exit code 1 when a case fails that known.py does not name, or passes though it does.
"""

import argparse
import collections
import concurrent.futures
import functools
import importlib
import shutil
import sys
import tempfile
from pathlib import Path

from judge import RIGHT, judge, with_calve, with_duckdb
from known import KNOWN

MODULES = ["from_statistics"]


def all_cases():
    cases = [case for module in MODULES for case in importlib.import_module(module).cases()]
    names = collections.Counter(case.name for case in cases)
    twice = [name for name, n in names.items() if n > 1]
    assert not twice, f"names that stand for several cases: {twice}"
    for case in cases:
        assert all(len(row) == len(case.columns) for row in case.rows), f"{case.name}: rows of another width"
    return cases


def answers(case, calve, folder):
    """(calve's verdict, DuckDB's) on one case."""
    path = Path(folder, case.name + ".csv")
    path.write_bytes(case.data)
    warehouse = Path(folder, case.name)
    shutil.rmtree(warehouse, ignore_errors=True)  # of an earlier check, with --keep
    loaded = with_calve(calve, path, case.flags, warehouse)
    return judge(case, loaded, strict=True), judge(case, with_duckdb(path, case.flags), strict=False)


def score(cases, verdicts):
    """The table of scores, a row a kind."""
    kinds = collections.defaultdict(lambda: [0, 0, 0])
    for case, (calve, duckdb) in zip(cases, verdicts, strict=True):
        for row in (kinds[case.kind], kinds["all"]):
            row[0] += 1
            row[1] += calve == RIGHT
            row[2] += duckdb == RIGHT
    yield f"{'kind':24} {'cases':>6} {'calve right':>12} {'DuckDB right':>13}"
    for kind, (n, calve, duckdb) in sorted(kinds.items(), key=lambda item: (item[0] == "all", item[0].lower())):
        yield f"{kind:24} {n:6} {calve:12} {duckdb:13}"


def complaints(cases, verdicts):
    """What makes the check fail."""
    for case, (calve, _) in zip(cases, verdicts, strict=True):
        if calve == RIGHT and case.name in KNOWN:
            yield f"{case.name} is right now: known.py must not name it"
        if calve != RIGHT and case.name not in KNOWN:
            yield f"{case.name}: {calve}"
    for name in KNOWN.keys() - {case.name for case in cases}:
        yield f"{name}: no such case, but known.py names it"


def check(calve, cases, folder, verbose=False):
    """Prints the scores and calve's failures; the complaints."""
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        verdicts = list(pool.map(functools.partial(answers, calve=calve, folder=folder), cases, chunksize=4))
    print("\n".join(score(cases, verdicts)))
    print()
    for case, (ours, theirs) in zip(cases, verdicts, strict=True):
        if ours != RIGHT:
            print(f"calve {case.kind}/{case.name}: {ours}")
        if verbose and theirs != RIGHT:
            print(f"DuckDB {case.kind}/{case.name}: {theirs}")
    return list(complaints(cases, verdicts))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("calve")
    parser.add_argument("--only", default="", help="cases with this in their name or kind")
    parser.add_argument("--keep", help="a folder for the files and warehouses; else they are deleted")
    parser.add_argument("--verbose", action="store_true", help="also what DuckDB made of the files")
    args = parser.parse_args()
    calve = str(Path(args.calve).resolve())
    cases = [case for case in all_cases() if args.only in case.kind + "/" + case.name]
    with tempfile.TemporaryDirectory() as folder:
        if args.keep:
            Path(args.keep).mkdir(parents=True, exist_ok=True)
        found = check(calve, cases, args.keep or folder, args.verbose)
    if not args.only and found:
        print(f"\n{len(found)} complaints:", *found, sep="\n  ")
    return 1 if found and not args.only else 0


if __name__ == "__main__":
    sys.exit(main())
