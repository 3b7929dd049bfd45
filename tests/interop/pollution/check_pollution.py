#!/usr/bin/env python3
"""Holds what sniffing finds in polluted files, and what the reader then loads, against what a person would say, and
prints the share that is right.

    check_pollution.py SNIFF_TOOL [--dir DIR] [--least 95] [--verbose]

SNIFF_TOOL is the test program sniff_tool. The files come from make_polluted.py (made in a temporary folder without
--dir). Exit code 1 when less than --least percent are right, or when a file is refused without the flag that helps.
"""

import argparse
import collections
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))


def same_columns(expected, found):
    if len(expected) != len(found):
        return False
    for (name, kind), column in zip(expected, found, strict=False):
        names = name if isinstance(name, list) else [name]
        if column["name"] not in names or column["type"] != kind:
            return False
    return True


def verdict(expected, found):  # noqa: PLR0911
    """'right', 'refused' (with the flag that helps, where that is allowed), or what is wrong."""
    if "error" in found:
        message = found["error"]["message"]
        if found["error"]["kind"] != "bad-data":
            return f"error of kind {found['error']['kind']}: {message}"
        helps = any(flag in message for flag in expected["flags"])
        if expected["expect"] == "refuse":
            return "right" if helps else f"refused, but without the help: {message}"
        if expected["expect"] == "either" and helps:
            return "refused"
        return f"refused: {message}"
    if expected["expect"] == "refuse":
        return "loaded, though it should be refused"
    dialect = found["dialect"]
    # A comma with blanks behind it is ", ", or "," where blanks are no part of the fields.
    delimiters = [dialect["delimiter"]] + ([dialect["delimiter"] + " "] if dialect["trim"] else [])
    if len(expected["columns"]) > 1 and not set(delimiters) & set(expected["delimiter"]):
        return f"delimiter {dialect['delimiter']!r}"
    for key in ("quote", "escape", "encoding"):
        if dialect[key] not in expected[key]:
            return f"{key} {dialect[key]!r}"
    if dialect["has_header"] != expected["header"]:
        return f"header {dialect['has_header']}"
    if not same_columns(expected["columns"], found["columns"]):
        return "columns " + ", ".join(f"{c['name']} {c['type']}" for c in found["columns"])
    good = found["sampled_records"] - found["sampled_bad_records"]
    least, most = expected["bad"]
    if not least <= found["sampled_bad_records"] <= most:
        return f"{found['sampled_bad_records']} bad records"
    if not len(expected["rows"]) <= good <= len(expected["rows"]) + most - least:
        return f"{good} good records"
    return loaded_as_expected(expected, found["loaded"])


def loaded_as_expected(expected, loaded):
    """The reader must load the rows that a person would, each once and in order, and quarantine the others."""
    if "error" in loaded:
        return f"not read: {loaded['error']}"
    least, most = expected["bad"]
    if not least <= len(loaded["bad"]) <= most:
        return f"{len(loaded['bad'])} records in quarantine: {loaded['bad'][:3]}"
    if not len(expected["rows"]) <= loaded["rows"] <= len(expected["rows"]) + most - least:
        return f"{loaded['rows']} rows loaded"
    if loaded["ids"] and expected["columns"][0][1] == "BIGINT":
        ids = [1000 + 7 * row for row in expected["rows"]]
        others = [i for i in loaded["ids"] if i not in ids]
        if [i for i in loaded["ids"] if i in ids] != ids or len(others) > most - least:
            return "other rows loaded"
    return "right"


def sniff(tool, paths):
    found = {}
    for i in range(0, len(paths), 200):
        out = subprocess.run([tool, *paths[i : i + 200]], check=True, capture_output=True, text=True, timeout=120)
        for line in out.stdout.splitlines():
            entry = json.loads(line)
            found[entry["file"]] = entry
    return found


def check(tool, directory, least, verbose):
    with open(os.path.join(directory, "manifest.jsonl"), encoding="utf-8") as f:
        manifest = [json.loads(line) for line in f]
    paths = {e["name"]: os.path.join(directory, e["name"] + ".csv") for e in manifest}
    found = sniff(tool, list(paths.values()))
    kinds = collections.defaultdict(collections.Counter)
    wrong = []
    for entry in manifest:
        answer = verdict(entry, found[paths[entry["name"]]])
        kinds[entry["kind"]][answer if answer in ("right", "refused") else "wrong"] += 1
        if answer not in ("right", "refused"):
            wrong.append((entry["name"], answer))
    print(f"{'pollution':32} {'files':>6} {'right':>6} {'refused':>8} {'wrong':>6}")
    total = collections.Counter()
    for kind in sorted(kinds):
        counts = kinds[kind]
        total.update(counts)
        print(f"{kind:32} {sum(counts.values()):6} {counts['right']:6} {counts['refused']:8} {counts['wrong']:6}")
    files = sum(total.values())
    loaded = 100.0 * total["right"] / files
    handled = 100.0 * (total["right"] + total["refused"]) / files
    print(f"\n{files} files: {loaded:.2f} % as a person would, {handled:.2f} % so or refused with the flag that helps")
    for name, answer in wrong if verbose else wrong[:20]:
        print(f"  {name}: {answer}")
    return 0 if loaded >= least else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tool")
    parser.add_argument("--dir", help="made by make_polluted.py already")
    parser.add_argument("--least", type=float, default=95.0)
    parser.add_argument("--verbose", action="store_true", help="name every file that is wrong")
    args = parser.parse_args()
    if args.dir:
        return check(args.tool, args.dir, args.least, args.verbose)
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run([sys.executable, os.path.join(HERE, "make_polluted.py"), directory], check=True, timeout=300)
        return check(args.tool, directory, args.least, args.verbose)


if __name__ == "__main__":
    sys.exit(main())
