"""Reads a case's file with calve and with DuckDB, and says whether the truth came out."""

import dataclasses
import datetime
import decimal
import json
import re
import subprocess
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

RIGHT = "right"


@dataclasses.dataclass
class Found:
    """What a reader made of a file, or why it refused."""

    names: list = dataclasses.field(default_factory=list)
    types: list = dataclasses.field(default_factory=list)
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
        found.types = [kind_of_arrow(field.type) for field in table.schema]
        found.rows = rows_of(table)
    return found


def rows_of(table):
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


def kind_of_arrow(kind):
    """The arrow type in the words of kind_of()."""
    for test, name in (
        (pa.types.is_boolean, "bool"),
        (pa.types.is_integer, "int"),
        (pa.types.is_float64, "float"),
        (pa.types.is_string, "str"),
        (pa.types.is_date, "date"),
        (pa.types.is_time, "time"),
    ):
        if test(kind):
            return name
    if pa.types.is_timestamp(kind):
        return "moment in a zone" if kind.tz else "moment"
    return str(kind)


def kind_of(value):
    """A value's type in words."""
    if isinstance(value, datetime.datetime):
        return "moment in a zone" if value.tzinfo else "moment"
    return "str" if isinstance(value, str) else type(value).__name__


def with_duckdb(path, flags):
    """The rows of DuckDB's automatic reading; it is told what the flags tell calve, where it has a word for that."""
    told = dict(zip(flags[::2], flags[1::2], strict=True))
    options = {"--encoding": "encoding", "--delimiter": "delim"}
    more = "".join(f", {options[flag]} = '{value}'" for flag, value in told.items() if flag in options)
    with duckdb.connect(config={"threads": "1", "autoinstall_known_extensions": "false"}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        try:
            table = connection.execute(f"SELECT * FROM read_csv('{path}'{more})").to_arrow_table()
            return Found(names=table.schema.names, rows=rows_of(table))
        except duckdb.Error as error:
            return Found(refused=str(error).splitlines()[0])


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
    """Equal and of one type; NaN is NaN, and -0.0 is not 0.0."""
    return kind_of(truth) == kind_of(value) and (
        repr(truth) == repr(value) if kind_of(truth) == "float" else truth == value
    )


def mild(truth, value):  # noqa: PLR0911
    """Whether a value says the same in a type of DuckDB's choice, or in a form that calve does not read as a value."""
    if truth is None or value is None:
        return truth in (None, "") and value in (None, "")
    if same_value(truth, value) or (str(truth).strip() == str(value)):
        return True
    if isinstance(value, decimal.Decimal):
        value = float(value)
    if isinstance(truth, (int, float)) and isinstance(value, (int, float)):
        return truth == value
    if isinstance(truth, datetime.datetime) or (isinstance(truth, datetime.date) and isinstance(value, datetime.date)):
        return naive(truth) == naive(value)
    if isinstance(truth, str) and isinstance(value, bool):
        return truth.lower() in (("n", "no", "f", "false", "0") if not value else ("y", "yes", "t", "true", "1"))
    if isinstance(truth, str) and isinstance(value, datetime.date):
        # The day that the text's numbers say, whatever their order; a two-digit year, a month's name and zeros apart.
        digits = {int(n) % 100 for n in re.findall(r"\d+", truth)}
        return {value.day, value.year % 100} <= digits
    return False


def naive(value):
    """A day as its midnight, a moment in UTC without its zone."""
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.timezone.utc).replace(tzinfo=None) if value.tzinfo else value
    return datetime.datetime(value.year, value.month, value.day) if isinstance(value, datetime.date) else value


def judge(case, found, strict):  # noqa: PLR0911
    """RIGHT, or what is wrong in one line. Strict (calve): names, types and values; else names and what values say."""
    if found.refused:
        return "refused: " + found.refused
    if len(found.names) != len(case.columns):
        return f"{len(found.names)} columns for {len(case.columns)}: {found.names}"[:300]
    for i, (name, wanted) in enumerate(zip(case.columns, wanted_names(case.columns), strict=True)):
        got = found.names[i]
        if got != wanted if strict else not same_name(wanted, name, got, i):
            return f"names: {got!r} for {wanted!r}: {found.names}"[:300]
    if len(found.rows) != len(case.rows):
        lost = len(case.rows) - len(found.rows) - found.quarantined
        quarantine = f", {found.quarantined} in quarantine ({found.reason.strip()})" if found.quarantined else ""
        if lost > 0:
            return f"lost: {lost} of {len(case.rows)} rows{quarantine}"
        return f"{len(found.rows)} rows for {len(case.rows)}{quarantine}"
    for i, wanted in enumerate(wanted_names(case.columns)):
        kinds = {kind_of(row[i]) for row in case.rows if row[i] is not None}
        if strict and kinds and found.types[i] not in kinds:
            example = next(row[i] for row in found.rows if row[i] is not None) if found.rows else None
            return f"types: {wanted} is {found.types[i]} for {kinds.pop()}, for instance {example!r}"
    same = same_value if strict else mild
    for n, (truth, row) in enumerate(zip(case.rows, found.rows, strict=True)):
        for wanted, a, b in zip(wanted_names(case.columns), truth, row, strict=True):
            if not same(a, b):
                return f"changed: {wanted} in row {n + 1} is {b!r} for {a!r}"
    return RIGHT
