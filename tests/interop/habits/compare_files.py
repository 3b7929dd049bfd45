"""compare_files.py CALVE FOLDER: loads every file below FOLDER with calve's defaults, reads each with DuckDB's automatic
reading beside it, and prints where the two differ: for looking at, since either may be right.

For files of others (public repositories of data, other readers' test files), of which nothing is kept here. Exit code 1
when calve crashed or timed out.
"""

import argparse
import collections
import re
import subprocess
import sys
import tempfile
import unicodedata
from pathlib import Path

import duckdb

MARKS = {"", "na", "n/a", "null", "nan", "\\n", "none", "-", ".", "..", "?", "--", "**", "nil", "unknown", "#n/a"}
MARKS |= {"#null!", "#div/0!"}
MOST_ROWS = 20_000


def plain(name: str) -> str:
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]", "", ascii_name)


def same_name(ours: str, theirs: str) -> bool:
    """Not counting numbers behind repeated names, and names that a reader makes up."""
    made_up = re.compile(r"(col(umn)?_?\d*|rowname|)")
    if made_up.fullmatch(ours.lower()) and made_up.fullmatch(theirs.lower()):
        return True
    return plain(ours) == plain(theirs) or plain(re.sub(r"_\d+$", "", ours)) == plain(re.sub(r"_\d+$", "", theirs))


def same_value(ours: str | None, theirs: str | None) -> bool:
    a, b = (ours or "").strip(), (theirs or "").strip()
    if a.lower() == b.lower() or (a.lower() in MARKS and b.lower() in MARKS):
        return True
    try:
        return abs(float(a) - float(b)) <= 1e-12 * max(abs(float(a)), abs(float(b)))
    except ValueError:
        return len(a) >= 10 and a[:10] == b[:10]  # Dates and midnights.


def rows_of(query: str, parameters: list) -> tuple[list[str], list[tuple]]:
    with duckdb.connect() as db:
        cursor = db.execute(query, parameters)
        return [column[0] for column in cursor.description], cursor.fetchmany(MOST_ROWS)


def load(calve: str, path: Path, warehouse: Path) -> tuple[str, tuple | None]:
    done = subprocess.run(
        [calve, "run", path, "--table", "a.b", "--warehouse", warehouse, "--threads", "1"],
        capture_output=True, text=True, errors="replace", timeout=300, check=False,
    )  # fmt: skip
    if done.returncode not in (0, 1, 2):
        return f"exit code {done.returncode}", None
    if done.returncode != 0:
        return "refused: " + done.stderr.strip().split("\n")[0][-300:], None
    files = [str(file) for file in sorted(warehouse.rglob("*.parquet"))]
    if not files:
        return "empty", None
    names, _ = rows_of("SELECT * FROM read_parquet(?, hive_partitioning = false) LIMIT 0", [files])
    columns = ", ".join('CAST("' + name.replace('"', '""') + '" AS VARCHAR)' for name in names)
    _, rows = rows_of(f"SELECT {columns} FROM read_parquet(?, hive_partitioning = false)", [files])
    quarantined = any(warehouse.rglob("quarantine/*.jsonl"))
    return "quarantine" if quarantined else "", (names, rows)


def compare(calve: str, path: Path) -> str:
    with tempfile.TemporaryDirectory() as folder:
        try:
            outcome, ours = load(calve, path, Path(folder) / "w")
        except subprocess.TimeoutExpired:
            return "timed out"
    if ours is None:
        return outcome
    found = [outcome] if outcome else []
    try:
        theirs = rows_of("SELECT * FROM read_csv(?, all_varchar = true)", [str(path)])
    except duckdb.Error:
        return ", ".join([*found, "DuckDB refuses"])
    if len(ours[0]) != len(theirs[0]):
        found.append(f"columns: {len(ours[0])}, DuckDB {len(theirs[0])}")
    elif not all(map(same_name, *(ours[0], theirs[0]))):
        found.append("names")
    if len(ours[1]) != len(theirs[1]):
        found.append(f"rows: {len(ours[1])}, DuckDB {len(theirs[1])}")
    elif len(ours[0]) == len(theirs[0]) and not all(
        same_value(a, b) for x, y in zip(ours[1], theirs[1], strict=True) for a, b in zip(x, y, strict=True)
    ):
        found.append("values")
    return ", ".join(found) or "the same"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("calve")
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    counts = collections.Counter()
    for path in sorted(path for path in arguments.folder.rglob("*") if path.is_file()):
        outcome = compare(arguments.calve, path)
        counts[re.sub(r": .*", "", outcome)] += 1
        if outcome != "the same":
            print(f"{path.relative_to(arguments.folder)}: {outcome}")
    for outcome, count in counts.most_common():
        print(f"{count:6} {outcome}")
    return 1 if any(outcome.startswith(("exit code", "timed out")) for outcome in counts) else 0


if __name__ == "__main__":
    sys.exit(main())
