#!/usr/bin/env python3
"""Adds up the suites of `./dev test`.

Reads a folder with, per suite, SUITE.xml (JUnit, from ctest or pytest) and/or SUITE.tsv (status, name, reason), and
seconds.txt (suite, seconds). Prints the failures, the skips with their reasons, a table, and last the closing line
`N passed, N failed, N skipped`. Exits 1 when something failed or a suite that ran has no results.
"""

import sys
import xml.etree.ElementTree as ET
from pathlib import Path


def skip_reason(case, skipped):
    """pytest puts the reason in the message; GoogleTest prints it, and ctest keeps the output."""
    message = skipped.get("message", "")
    output = case.findtext("system-out") or ""
    if message.startswith("SKIP_") or not message:
        lines = [line.strip() for line in output.splitlines()]
        lines = [line for line in lines if line and not line.startswith(("[", "Running main", "Note: Google Test"))]
        message = "; ".join(lines[-2:]) or "no reason given"
    return message


def junit(path):
    """Yields (status, name, reason) of each test case in a JUnit file."""
    for case in ET.parse(path).getroot().iter("testcase"):
        name = case.get("name", "?")
        if case.get("classname") not in (None, "", name):
            name = f"{case.get('classname')}.{name}"
        problem = case.find("failure")
        if problem is None:
            problem = case.find("error")
        skipped = case.find("skipped")
        if problem is not None:
            yield "failed", name, (problem.get("message") or "").splitlines()[:1]
        elif skipped is not None:
            yield "skipped", name, [skip_reason(case, skipped)]
        else:
            yield "passed", name, []


def plain(path):
    """Yields (status, name, reason) of each line of a .tsv file."""
    for line in path.read_text().splitlines():
        status, name, reason = line.split("\t")
        yield status, name, [reason] if reason else []


def suite_results(folder, suite):
    results = []
    if (folder / f"{suite}.xml").exists():
        try:
            results += junit(folder / f"{suite}.xml")
        except ET.ParseError as error:
            results.append(("failed", "results file", [f"{suite}.xml is not readable: {error}"]))
    if (folder / f"{suite}.tsv").exists():
        results += plain(folder / f"{suite}.tsv")
    return results or [("failed", "the suite itself", ["it left no results"])]


def main(folder):
    seconds = dict(line.split("\t") for line in (folder / "seconds.txt").read_text().splitlines())
    total = {"passed": 0, "failed": 0, "skipped": 0}
    rows, details = [], {"failed": [], "skipped": []}
    for suite in seconds:
        count = dict.fromkeys(total, 0)
        for status, name, reason in suite_results(folder, suite):
            count[status] += 1
            if status in details:
                details[status].append(f"  {suite}: {name}" + "".join(f": {text}" for text in reason))
        rows.append((suite, count, int(seconds[suite])))
        for status in total:
            total[status] += count[status]
    print()
    for status in ("skipped", "failed"):
        if details[status]:
            print(f"{status}:")
            print("\n".join(details[status]))
    print(f"{'suite':<10}{'passed':>8}{'failed':>8}{'skipped':>9}{'seconds':>9}")
    for suite, count, spent in rows:
        print(f"{suite:<10}{count['passed']:>8}{count['failed']:>8}{count['skipped']:>9}{spent:>9}")
    print()
    print(f"{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped", flush=True)
    return 1 if total["failed"] or not total["passed"] else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
