"""Reads a case's file with calve and with DuckDB, and says whether the truth came out."""

import dataclasses
import datetime
import decimal
import functools
import json
import math
import re
import subprocess
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from case import Bare

RIGHT = "right"  # what a person would make of the file
# All is there, but a column is text that a person would read as numbers, days, booleans or nulls; or a column that has
# neither name nor values stands beside it.
UNTIDY = "untidy"
REFUSED = "refused"  # with what to do in the message
WRONG = "wrong"  # anything else: records lost or merged, values changed, columns cut otherwise, no help


# How the cases' files say that a value is missing.
MISSING = {
    "",
    "na",
    "n/a",
    "null",
    "none",
    "nan",
    "unknown",
    "err",
    "m",
    "\\n",
    ".",
    "..",
    "-",
    "--",
    "---",
    "?",
    "*",
    "***",
}
MISSING |= {":", "#n/a", "#null!", "#div/0!", "#ref!", "#value!", "#name?", ".a", "(blank)", "**"}


@dataclasses.dataclass
class Found:
    """What a reader made of a file, or why it refused."""

    names: list = dataclasses.field(default_factory=list)
    rows: list = dataclasses.field(default_factory=list)
    refused: str = ""
    quarantined: int = 0
    reason: str = ""  # of the first record in quarantine


def with_calve(calve, path, flags, folder):
    """The rows of a fresh table that calve loads the file into, in the file's order."""
    command = [
        calve,
        "run",
        path,
        "--table",
        "t.t",
        "--warehouse",
        folder,
        "--format",
        "json",
        "--threads",
        "1",
        *flags,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    try:
        (load,) = json.loads(done.stdout)["loads"]
    except (ValueError, KeyError):
        return Found(refused=(done.stderr.strip() or done.stdout.strip() or f"exit code {done.returncode}"))
    first = load.get("first_bad_record") or {}
    found = Found(quarantined=load.get("quarantined", 0), reason=f"{first.get('column', '')} {first.get('reason', '')}")
    if done.returncode != 0 or load["status"] != "committed":
        found.refused = done.stderr.strip().splitlines()[-1] if done.stderr.strip() else load["status"]
        return found
    tables = [pq.ParquetFile(file).read() for file in sorted(Path(folder, "t", "t", "data").rglob("*.parquet"))]
    if tables:
        table = pa.concat_tables(tables)
        found.names = table.schema.names
        found.rows = rows_of(table)
    return found


def rows_of(table):
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


def kind_of(value):
    """A value's type in words."""
    if isinstance(value, datetime.datetime):
        return "moment in a zone" if value.tzinfo else "moment"
    return "str" if isinstance(value, str) else type(value).__name__


def with_duckdb(path, flags):
    """The rows of DuckDB's automatic reading; it is told what the flags tell calve, where it has a word for that."""
    told = dict(zip(flags[::2], flags[1::2], strict=True))
    options = {"--encoding": "encoding", "--delimiter": "delim"}
    # The nearest that it has without an extension.
    told = {flag: {"windows-1252": "latin-1"}.get(said, said) for flag, said in told.items()}
    more = "".join(f", {options[flag]} = '{value}'" for flag, value in told.items() if flag in options)
    try:
        table = an_engine().execute(f"SELECT * FROM read_csv('{path}'{more})").to_arrow_table()
        return Found(names=table.schema.names, rows=rows_of(table))
    except duckdb.Error as error:
        return Found(refused=str(error).splitlines()[0])


@functools.cache
def an_engine():
    """One connection a process."""
    connection = duckdb.connect(config={"threads": "1", "autoinstall_known_extensions": "false"})
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def normalised(name):
    """A name as calve makes it (docs/sniffing.md, "Names"), repeated names apart."""
    name = re.sub(r"[^A-Za-z0-9_\u0080-\U0010ffff]|[\u00a0\u200b\u3000\ufeff\ufffd]", " ", name).strip()
    name = re.sub(r" *_ *| +", lambda gap: gap.group().strip() or "_", name)
    name = "".join(c.lower() if c.isascii() else c for c in name)
    return "_" + name if name[:1].isdigit() else name


def wanted_names(names):
    """calve's names for a file's header."""
    wanted = []
    all_names = {normalised(name) for name in names}
    for i, name in enumerate(names):
        name = normalised(name) or f"column_{i + 1}"
        n = 2
        unique = name
        while unique in wanted:
            while f"{name}_{n}" in all_names:
                n += 1
            unique = f"{name}_{n}"
            n += 1
        wanted.append(unique)
    return wanted


def same_name(wanted, name, found, i):
    """Whether DuckDB's name is the header's: in its own form where the header has none or has it twice."""
    if not name or normalised(name) == "rowname":
        return re.fullmatch(r"column\d+|rowname", found) is not None
    return normalised(found) in (wanted, normalised(name), f"_{normalised(name)}") or re.fullmatch(
        re.escape(name.lower()) + r"_\d+", found.lower()
    )


def same_value(truth, value):
    """Equal, whatever the type of number, day or moment; NaN is NaN, and -0.0 is not 0.0."""
    truth = getattr(truth, "means", truth)
    if isinstance(value, decimal.Decimal):
        value = float(value)
    if kind_of(truth) == kind_of(value):
        return repr(truth) == repr(value) if kind_of(truth) == "float" else truth == value
    if isinstance(truth, (int, float)) and isinstance(value, (int, float)):
        return not isinstance(value, bool) and not isinstance(truth, bool) and truth == value
    if isinstance(truth, datetime.date) and isinstance(value, datetime.date):
        return naive(truth) == naive(value)
    return False


def says(text, truth):  # noqa: PLR0911
    """Whether a text says what the truth is, for a column that was left as text (or 20230105, as a number)."""
    if isinstance(text, (int, float)) and isinstance(truth, Bare):
        return str(text) == truth
    if not isinstance(text, (str, type(None))):
        return False
    if truth is None:
        return text is None or text.strip().lower() in MISSING
    if text is None or isinstance(truth, str):
        return text is not None and text.strip() == truth.strip()
    if isinstance(truth, bool):
        return (
            text.lower() in ("true", "t", "yes", "y", "1") if truth else text.lower() in ("false", "f", "no", "n", "0")
        )
    if isinstance(truth, (int, float)):
        try:
            return same_value(float(truth), float(text))
        except ValueError:
            return False
    # The numbers of a day or a moment, in their order.
    numbers = [int(n) for n in re.findall(r"\d+", str(truth))]
    return [int(n) for n in re.findall(r"\d+", text)][: len(numbers)] == numbers


def naive(value):
    """A day as its midnight, a moment in UTC without its zone."""
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.timezone.utc).replace(tzinfo=None) if value.tzinfo else value
    return datetime.datetime(value.year, value.month, value.day) if isinstance(value, datetime.date) else value


def judge(case, found, strict):
    """(RIGHT, UNTIDY, REFUSED or WRONG, why in one line). Strict (calve): names are exact, quarantine counts."""
    if found.refused:
        helps = not strict or re.search(r"--[a-z]", found.refused)
        return REFUSED if helps else WRONG, found.refused
    left = without_nothing(case, found)
    wrong = wrong_shape(case, found, strict)
    if wrong:
        return WRONG, wrong
    for i, wanted in enumerate(wanted_names(case.columns)):
        truth, got = [row[i] for row in case.rows], [row[i] for row in found.rows]
        # calve's text columns hold "" where a quoted field is empty, DuckDB's null: both are fair.
        differs = [(n, a, b) for n, (a, b) in enumerate(zip(truth, got, strict=True), 1) if not either(a, b)]
        if not differs:
            continue
        if all(map(says, got, truth)):
            left.append(f"{wanted} is text, for instance {differs[0][2]!r}")
        else:
            return WRONG, "changed: {} in row {} is {!r} for {!r}".format(wanted, differs[0][0], *differs[0][:0:-1])
    return (UNTIDY, "; ".join(left)) if left else (RIGHT, "")


def without_nothing(case, found):
    """Takes columns that have neither name nor values, and then rows without a value, out of what was found, where it has
    too many; says which."""
    n = len(found.names) - len(case.columns)
    empty = [
        i
        for i, name in enumerate(found.names)
        if re.fullmatch(r"column_?\d+", name) and all(row[i] in (None, "") for row in found.rows)
    ]
    left = []
    if 0 < n <= len(empty):
        # From the ends inwards: delimiters behind each record, or at both of its ends.
        out = set(sorted(empty, key=lambda i: min(i + 1, len(found.names) - 1 - i))[:n])
        left = [f"{found.names[i]} has neither name nor values" for i in sorted(out)]
        found.names = [name for i, name in enumerate(found.names) if i not in out]
        found.rows = [tuple(v for i, v in enumerate(row) if i not in out) for row in found.rows]
    full = [row for row in found.rows if any(value not in (None, "") for value in row)]
    if len(full) == len(case.rows) < len(found.rows):
        left.append(f"{len(found.rows) - len(full)} rows have no value")
        found.rows = full
    return left


def is_nan(value):
    return isinstance(value, float) and math.isnan(value)


def either(truth, value):
    """Equal; null, the empty text and NaN are one where the truth is that nothing is there."""
    return same_value(truth, value) or (truth in (None, "") and (value in (None, "") or is_nan(value)))


def wrong_shape(case, found, strict):
    """What is wrong with the columns or the number of rows."""
    if len(found.names) != len(case.columns):
        return f"{len(found.names)} columns for {len(case.columns)}: {found.names}"[:300]
    for i, (name, wanted) in enumerate(zip(case.columns, wanted_names(case.columns), strict=True)):
        got = found.names[i]
        if got != wanted if strict else not same_name(wanted, name, got, i):
            return f"names: {got!r} for {wanted!r}: {found.names}"[:300]
    if len(found.rows) != len(case.rows) or found.quarantined > case.bad:
        reason = f" ({found.reason.strip()})" if found.quarantined else ""
        return f"{len(found.rows)} rows and {found.quarantined} in quarantine for {len(case.rows)}{reason}"
    return ""
