#!/usr/bin/env python3
"""Loads each case of this folder with calve, reads it with DuckDB by itself, and prints how often they are right.

    check_habits.py CALVE [--only UNTIDY] [--keep DIR] [--verbose]

CALVE is the program. Exit code 1 when fewer are right than LEAST_RIGHT, when calve is wrong about a case that known.py
does not name, or not wrong about one that it names.
"""

import argparse
import collections
import concurrent.futures
import fnmatch
import functools
import importlib
import shutil
import sys
import tempfile
from pathlib import Path

from case import variants
from judge import REFUSED, RIGHT, UNTIDY, WRONG, judge, with_calve, with_duckdb
from known import KNOWN

MODULES = ["from_statistics", "from_databases", "from_spreadsheets", "from_machines"]
LEAST_RIGHT = 54.0  # percent of all cases; what was reached when this was last raised


def all_cases():
    made = [case for module in MODULES for case in importlib.import_module(module).cases()]
    cases = [variant for case in made for variant in variants(case)]
    names = collections.Counter(case.name for case in cases)
    twice = [name for name, n in names.items() if n > 1]
    assert not twice, f"names that stand for several cases: {twice}"
    for case in cases:
        assert all(len(row) == len(case.columns) for row in case.rows), f"{case.name}: rows of another width"
    return cases


def answers(case, calve, folder):
    """((calve's verdict, why), (DuckDB's, why)) on one case."""
    path = Path(folder, case.name + ".csv")
    path.write_bytes(case.data)
    warehouse = Path(folder, case.name)
    shutil.rmtree(warehouse, ignore_errors=True)  # of an earlier check, with --keep
    loaded = with_calve(calve, path, case.flags, warehouse)
    return judge(case, loaded, strict=True), judge(case, with_duckdb(path, case.flags), strict=False)


def score(cases, verdicts):
    """The table of scores, a row a kind."""
    kinds = collections.defaultdict(lambda: [collections.Counter(), collections.Counter()])
    for case, pair in zip(cases, verdicts, strict=True):
        for kind in (case.kind, "all"):
            for counts, (verdict, _) in zip(kinds[kind], pair, strict=True):
                counts[verdict] += 1
    heads = (RIGHT, UNTIDY, REFUSED, WRONG)
    yield "| written by | files | calve: " + " | ".join(heads) + " | DuckDB: " + " | ".join(heads) + " |"
    yield "|" + "---|" * 10
    for kind, pair in sorted(kinds.items(), key=lambda item: (item[0] == "all", item[0].lower())):
        numbers = [str(counts[head] or "") for counts in pair for head in heads]
        yield f"| {kind} | {pair[0].total()} | " + " | ".join(numbers) + " |"


def complaints(cases, verdicts):
    """What makes the check fail."""
    wrong = {case.name: why for case, ((calve, why), _) in zip(cases, verdicts, strict=True) if calve == WRONG}
    for name, why in wrong.items():
        if not any(fnmatch.fnmatchcase(name, pattern) for pattern in KNOWN):
            yield f"{name}: {why}"
    for pattern in KNOWN:
        if not fnmatch.filter(wrong, pattern):
            yield f"{pattern}: calve is not wrong about it, known.py must not name it"
    share = 100.0 * sum(calve == RIGHT for (calve, _), _ in verdicts) / len(cases)
    if share < LEAST_RIGHT:
        yield f"{share:.1f} % are right, fewer than {LEAST_RIGHT} %"


def check(calve, cases, folder, verbose=False):
    """Prints the scores and what calve does not get right; the complaints."""
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        verdicts = list(pool.map(functools.partial(answers, calve=calve, folder=folder), cases, chunksize=4))
    print("\n".join(score(cases, verdicts)))
    print()
    for case, ((ours, why), (theirs, their_why)) in zip(cases, verdicts, strict=True):
        if ours != RIGHT:
            print(f"calve {ours} {case.kind}/{case.name}: {why}")
        if verbose and theirs != RIGHT:
            print(f"DuckDB {theirs} {case.kind}/{case.name}: {their_why}")
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
