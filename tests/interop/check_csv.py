"""Judges calve's CSV reader by Python's csv module.

Random dialects and contents (quotes, doubled and escaped ones, newlines in fields, CRLF, multi-byte characters, empty fields, blank
lines), written by csv.writer and by hand, read by csv.reader and by csv_tool: sequentially, and cut at every size from one byte up with
speculated and with scanned starts. Records must be equal, field for field; chunks must be stitched. Polluted contents have no
judge but the sequential reading: the chunked ones must be equal to it.

usage: check_csv.py CSV_TOOL [--files N] [--seed N]
"""

import argparse
import csv
import io
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

PIECES = ["a", "b", "7", "1.5", " ", "é", "€", "🌍", "x" * 20, "NULL", "-", "#"]
NEWLINES = {"lf": "\n", "crlf": "\r\n", "cr": "\r", "any": "\n"}


def random_dialect(rng: random.Random) -> dict:
    """A dialect that both sides know."""
    quote = rng.choice(['"', '"', '"', "'", None])
    escape = quote if rng.random() < 0.7 else "\\"
    return {
        "version": 1,
        "delimiter": rng.choice([",", ",", ";", "\t", "|"]),
        "quote": quote,
        "escape": escape,
        "newline": rng.choice(["lf", "crlf", "cr", "any", "any"]),
        "custom_newline": "",
        "comment": None,
        "null_strings": [],
        "quoted_null": False,
        "trim": False,
        "encoding": "utf-8",
        "ragged": "bad",
        "skip_empty_lines": True,
        "has_header": False,
        "header_offset_bytes": 0,
        "data_offset_bytes": 0,
    }


def python_format(dialect: dict) -> dict:
    """The same for the csv module."""
    options = {"delimiter": dialect["delimiter"], "strict": True}
    if dialect["quote"] is None:
        options |= {"quoting": csv.QUOTE_NONE, "quotechar": None}
    else:
        options["quotechar"] = dialect["quote"]
        options["doublequote"] = dialect["escape"] == dialect["quote"]
    if dialect["escape"] not in (None, dialect["quote"]):
        options["escapechar"] = dialect["escape"]
    return options


def random_field(rng: random.Random, dialect: dict) -> str:
    special = [dialect["delimiter"], "\n", "\r\n", "\r", dialect["quote"] or "q", dialect["escape"] or "e", '"', "'"]
    length = rng.choice([0, 0, 1, 1, 2, 3, 6])
    text = "".join(rng.choice(special if rng.random() < 0.3 else PIECES) for _ in range(length))
    if dialect["quote"] is None:  # Nothing can be quoted, and csv.writer escapes line ends in its own way.
        for character in "\r\n":
            text = text.replace(character, "")
        if dialect["escape"] is None:
            text = text.replace(dialect["delimiter"], "")
    return text


def random_content(rng: random.Random, dialect: dict, columns: int) -> str:
    out = io.StringIO()
    newline = NEWLINES[dialect["newline"]]
    writer = csv.writer(
        out,
        lineterminator=newline,
        quoting=csv.QUOTE_NONE
        if dialect["quote"] is None
        else rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
        **{k: v for k, v in python_format(dialect).items() if k not in ("strict", "quoting")},
    )
    for _ in range(rng.randrange(1, 25)):
        row = [random_field(rng, dialect) for _ in range(columns)]
        if columns == 1 and row == [""]:
            row = ["z"]  # An empty line: what it means is the dialect's to say.
        writer.writerow(row)
        if columns > 1 and rng.random() < 0.05:
            out.write(newline)
    text = out.getvalue()
    return text if rng.random() < 0.7 else text.removesuffix(newline)


def expected_records(content: str, dialect: dict) -> list[list[str]]:
    # csv.reader takes lines as the caller cuts them and joins those that a quote or an escape spans.
    newline = NEWLINES[dialect["newline"]]
    lines, start = [], 0
    while start < len(content):
        end = content.find(newline, start)
        end = len(content) if end < 0 else end + len(newline)
        lines.append(content[start:end])
        start = end
    return [row for row in csv.reader(lines, **python_format(dialect)) if row]


def judgeable(content: str, dialect: dict) -> bool:
    """Whether csv.reader means the same by this content: outside quotes it takes CR and LF for line ends under any dialect."""
    if dialect["quote"] is None:
        return True
    inside = escaped = False
    for character in content:
        if escaped:
            if character in "\r\n":
                return False
            escaped = False
        elif dialect["escape"] != dialect["quote"] and character == dialect["escape"]:
            escaped = True
        elif character == dialect["quote"]:
            inside = not inside
        elif character in "\r\n" and not inside and character not in NEWLINES[dialect["newline"]]:
            return False
    return True


def run_tool(
    tool: str, path: Path, dialect: dict, columns: int, sizes: list[int], mode: str, way: str
) -> list[list[dict]]:
    """One list of output lines for each chunk size."""
    command = [tool, str(path), json.dumps(dialect), str(columns), ",".join(map(str, sizes)), mode, way]
    result = subprocess.run(command, capture_output=True, check=False, timeout=120)
    if result.returncode != 0:
        raise SystemExit(f"csv_tool failed: {result.stderr.decode()}\n{json.dumps(dialect)}\n{path.read_bytes()!r}")
    runs: list[list[dict]] = [[]]
    for line in result.stdout.decode().split("\n"):
        if not line:
            continue
        record = json.loads(line)
        if "end" in record:
            runs[-1].sort(key=lambda found: found["offset"])
            runs.append([])
        else:
            runs[-1].append(record)
    return runs[:-1]


def pollute(rng: random.Random, content: str, dialect: dict) -> str:
    for _ in range(rng.randrange(1, 4)):
        at = rng.randrange(len(content) + 1)
        piece = rng.choice([dialect["quote"] or "q", dialect["delimiter"], "\n", "\r", "\\", ""])
        content = content[:at] + piece + content[at + rng.randrange(2) :]
    return content


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("tool")
    parser.add_argument("--files", type=int, default=120)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    judged = records = runs = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "content.csv"
        for index in range(arguments.files):
            rng = random.Random(arguments.seed * 100003 + index)
            dialect = random_dialect(rng)
            columns = rng.randrange(1, 5)
            content = random_content(rng, dialect, columns)
            polluted = index % 3 == 2
            if polluted:
                content = pollute(rng, content, dialect)
            path.write_bytes(content.encode())
            [sequential] = run_tool(arguments.tool, path, dialect, columns, [1], "sequential", "general")
            if not polluted and judgeable(content, dialect):
                expected = expected_records(content, dialect)
                got = [record.get("values") for record in sequential]
                if got != expected:
                    print(
                        f"file {index}: {json.dumps(dialect)}\n{content!r}\ncsv:   {expected}\ncalve: {sequential}",
                        file=sys.stderr,
                    )
                    return 1
                judged += 1
                records += len(expected)
            size = len(content.encode())
            sizes = list(range(1, 12)) + [rng.randrange(1, size + 2) for _ in range(5)]
            for mode in ("speculate", "scan"):
                for way in ("best", "portable", "general"):
                    for cut, run in zip(
                        sizes, run_tool(arguments.tool, path, dialect, columns, sizes, mode, way), strict=True
                    ):
                        runs += 1
                        if run != sequential:
                            print(
                                f"file {index}, {mode}, {way}, cut {cut}: {json.dumps(dialect)}\n{content!r}",
                                file=sys.stderr,
                            )
                            return 1
    if judged < arguments.files // 3:
        print(f"only {judged} files could be judged", file=sys.stderr)
        return 1
    print(
        f"{judged} files of {records} records equal to Python's csv module; {runs} chunked readings equal to the sequential ones"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
