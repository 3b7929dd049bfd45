"""A file as some program writes it, with its truth; and the one table that most of the writers write.

The truth is what a careful person makes of the file. Forms that a reader may well leave as text (decimal commas,
`31.12.2023`, `12.5%`, yes/no) are a `Bare`: the text, and what it means. A writer that writes such things says so by
`changed()`: the same function makes the file's text and the truth. Nothing here is random.
"""

import dataclasses
import datetime
import zlib


@dataclasses.dataclass(frozen=True)
class Case:
    kind: str  # the program's family: a row of the table of scores
    name: str  # unique over all kinds
    data: bytes
    columns: list  # the names in the file; "" where there is none: calve says column_1, DuckDB column0
    rows: list  # tuples of int, float, str, Bare, bool, date, time, datetime or None
    flags: tuple = ()  # what somebody has to say, for instance ("--encoding", "windows-1250")
    bad: int = 0  # so many records may be in quarantine: footers, rules, broken ones


UTC = datetime.timezone.utc
COLUMNS = ["id", "name", "amount", "day", "seen", "note", "pieces"]
NAMES = [
    "Müller, Jürgen",
    "O'Brien",
    'Anna "Ann" Lee',
    "Zoë",
    "Smith",
    "García López",
    "Nguyen",
    "Åse Øverland",
    "Weiß & Söhne",
    "Li",
    "de la Cruz, María",
    "Kim",
    "Łukasz",
    "van den Berg",
    "Sato",
    "Brown, Jr.",
    "N'Diaye",
    "Petrov",
    "Ivić",
    "Haddad",
    "Cohen",
    "Þórsson",
    "Silva",
    'The "Old" Mill, Ltd.',
]
NOTES = [None, "paid", "to check, see mail", None, "late", 'said "yes"', "ok"]


def table(names=NAMES, notes=NOTES, n=None, start=0):
    """The rows, with other words for programs whose encodings lack some letters; `n` of them from the given one on."""
    rows = []
    for i in range(start, start + (n or len(names))):
        rows.append(
            (
                101 + i,
                names[i % len(names)],
                round((i * 7919 + 1450) % 200000 / 100 - 300, 2),
                datetime.date(2023, 1, 5) + datetime.timedelta(days=17 * i),
                datetime.datetime(2024, 2, 28, 22, 15, 30) + i * datetime.timedelta(hours=31, minutes=7, seconds=13),
                notes[i % len(notes)],
                None if i % 4 == 1 else i * 37 % 50 + 1,
            )
        )
    return rows


ROWS = table()
# Without a null among the texts, for programs that write NA there as well: that is a text until somebody says otherwise.
FULL = table(notes=[note or "none yet" for note in NOTES])


def changed(rows, columns=COLUMNS, **how):
    """The rows with some columns' values replaced: changed(ROWS, day=german_date). Nulls stay."""
    which = {columns.index(name): function for name, function in how.items()}
    return [tuple(which[i](v) if i in which and v is not None else v for i, v in enumerate(row)) for row in rows]


def only(names, rows, columns=COLUMNS):
    """The rows with these columns alone."""
    which = [columns.index(name) for name in names]
    return [tuple(row[i] for i in which) for row in rows]


class Bare(str):
    """A text that its writer takes for a number or a day: not quoted where texts are. `means`: the value it stands for
    (itself, where nobody reads it as anything else)."""

    def __new__(cls, text, means=None):
        self = super().__new__(cls, text)
        self.means = text if means is None else means
        return self


def plain(value):
    """12.5, and 12 for 12.0, as most programs print a double."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def fixed(value):
    return f"{value:.2f}"


def comma(value):
    return Bare(plain(value).replace(".", ","), value)


def form(text, how=str):
    """A function that writes days or moments so: form("%d.%m.%Y"); `how` may be str.upper."""
    return lambda value: Bare(how(value.strftime(text)), value)


def utc(rows, column="seen", columns=COLUMNS):
    """The rows with moments in UTC."""
    return changed(rows, columns, **{column: lambda v: v.replace(tzinfo=UTC)})


@dataclasses.dataclass(frozen=True)
class Habit:
    """How a program writes: `quotes` is needed, text (all texts), all (nulls too), or none."""

    sep: str = ","
    end: str = "\n"
    null: str = ""
    quotes: str = "needed"
    real: object = plain
    day: str = "%Y-%m-%d"
    moment: str = "%Y-%m-%d %H:%M:%S"
    truths: tuple = ("false", "true")
    escape: str = '"'  # before a quote inside quotes

    def text(self, value):
        if value is None:
            return self.null
        if isinstance(value, bool):
            return self.truths[value]
        if isinstance(value, float):
            return self.real(value)
        if isinstance(value, datetime.datetime):
            return value.strftime(self.moment)
        if isinstance(value, datetime.date):
            return value.strftime(self.day)
        return str(value)

    def cell(self, value):
        text = self.text(value)
        wants = self.quotes == "all" or (
            self.quotes == "text" and isinstance(value, str) and not isinstance(value, Bare)
        )
        needs = value is not None and any(x in text for x in (self.sep, '"', "\n", "\r"))
        if self.quotes == "none" or not (wants or needs):
            return text
        if self.escape == "\\":
            text = text.replace("\\", "\\\\")
        return '"' + text.replace('"', self.escape + '"') + '"'

    def line(self, row):
        return self.sep.join(self.cell(value) for value in row) + self.end

    def write(self, rows=ROWS, columns=COLUMNS):
        """The file's text; without a header for columns=None."""
        return "".join(self.line(row) for row in ([columns] if columns else []) + rows)


def case(kind, name, text, rows=ROWS, columns=COLUMNS, encoding="utf-8", flags=(), bad=0):
    """A case of a text; columns=None for a file that names none."""
    data = text.encode(encoding) if isinstance(text, str) else text
    return Case(kind, name, data, columns or [""] * len(rows[0]), rows, tuple(flags), bad)


READ = {
    "s": lambda cell: cell or None,
    "i": lambda cell: int(cell) if cell else None,
    "f": lambda cell: float(cell) if cell else None,
    "d": lambda cell: datetime.date.fromisoformat(cell) if cell else None,
    "t": lambda cell: datetime.datetime.fromisoformat(cell) if cell else None,
    "b": lambda cell: cell == "true" if cell else None,
}


def typed(kinds, text):
    """Rows written by hand as in words(), each column of the type that its letter says."""
    return [tuple(READ[k](cell) for k, cell in zip(kinds, row, strict=True)) for row in words(text)]


def words(text):
    """Rows of text from a table written by hand: one a line, cells between bars."""
    return [tuple(cell.strip() for cell in line.split("|")) for line in text.strip().splitlines()]


SIZES = {"": ROWS, "_few": table(n=6), "_many": table(n=500)}


def nulls_as(text, rows, column="note", columns=COLUMNS):
    """The rows with what a writer puts for a null in this column of text."""
    i = columns.index(column)
    return [(*row[:i], text if row[i] is None else row[i], *row[i + 1 :]) for row in rows]


def variants(case):
    """The case, and the same file with what other systems do to it: line ends, a byte order mark, no last line end."""
    yield case
    text_holds_lines = any(isinstance(v, str) and ("\n" in v or "\r" in v) for row in case.rows for v in row)
    utf8 = "--encoding" not in case.flags and not case.data.startswith((b"\xef\xbb\xbf", b"\xff\xfe"))
    turn = zlib.crc32(case.name.encode()) % 6  # half of the cases have one
    if turn == 0 and b"\r" not in case.data and not text_holds_lines:
        yield dataclasses.replace(case, name=case.name + "_crlf", data=case.data.replace(b"\n", b"\r\n"))
    elif turn == 1 and utf8:
        yield dataclasses.replace(case, name=case.name + "_bom", data=b"\xef\xbb\xbf" + case.data)
    elif turn == 2 and case.data.endswith(b"\n"):
        yield dataclasses.replace(
            case, name=case.name + "_no_end", data=case.data.removesuffix(b"\n").removesuffix(b"\r")
        )
