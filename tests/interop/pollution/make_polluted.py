#!/usr/bin/env python3
"""Writes a table of our own as CSV in a few thousand polluted ways, and beside each what a person would make of it.

    make_polluted.py OUT_DIR

writes OUT_DIR/<name>.csv and OUT_DIR/manifest.jsonl, one object a file:
  name, kind      the file, and the family of pollution it belongs to
  expect          "load": it must load as described. "either": so, or be refused with one of `flags` in the message.
                  "refuse": it must be refused, with one of `flags` (any text of the message) in it.
  delimiter, quote, escape, encoding   lists of right answers
  header          true or false
  columns         [[name, type], ...]; a name may be a list of right answers
  rows            indices into source_rows() of the rows that load, in order
  bad             how many records go to quarantine (the polluted ones), as [least, most]
Nothing here is random: the same call writes the same bytes.
"""

import datetime
import json
import os
import sys

COLUMNS = [
    ("Sensor ID", "sensor_id", "BIGINT"),
    ("Code", "code", "VARCHAR"),
    ("Installed", "installed", "DATE"),
    ("LastSeen", "lastseen", "TIMESTAMP"),
    ("Reading", "reading", "DOUBLE"),
    ("Active", "active", "BOOLEAN"),
    ("Place", "place", "VARCHAR"),
    ("Note", "note", "VARCHAR"),
    ("Manual", "manual", "VARCHAR"),
    ("Remark", "remark", "VARCHAR"),
]
PLACES = ["Oslo", "Århus", "Köln", "New York", "Łódź", "Paris", "San José", "Bern", "Graz", "Rio de Janeiro"]
NOTES = [
    "Mounted on the north wall, left of the door",
    'The 12" mast was replaced; see the log, page 4',
    "Runs on batteries",
    "Don't touch: calibration pending, again",
    'Marked "spare" in the list, but in use',
    "Humidity drifts; check in spring",
]
N_ROWS = 60


def source_rows():
    """The table as text, row by row, without the header."""
    rows = []
    start = datetime.datetime(2021, 3, 1, 6, 30)
    for i in range(N_ROWS):
        seen = start + datetime.timedelta(hours=37 * i, minutes=11 * i)
        rows.append(
            [
                str(1000 + 7 * i),
                f"TR-{(i * 7919) % 10000:04d}",
                (start + datetime.timedelta(days=3 * i)).strftime("%Y-%m-%d"),
                seen.strftime("%Y-%m-%d %H:%M:%S"),
                f"{(i * 1.37) % 40 - 5.25:.2f}",
                "true" if i % 3 else "false",
                PLACES[i % len(PLACES)],
                NOTES[i % len(NOTES)],
                f"https://www.example.org/manuals/{i:03d}?lang=en",
                "" if i % 4 else "checked",
            ]
        )
    return rows


HEADER = [c[0] for c in COLUMNS]
# Columns that are always quoted where there are quotes, as many writers do with text.
QUOTED_COLUMNS = {7, 8}


class Style:
    """How a file is written."""

    def __init__(self, delimiter=",", quote='"', escape=None, newline="\n"):
        self.delimiter, self.quote, self.newline = delimiter, quote, newline
        self.escape = quote if escape is None else escape

    def cell(self, text, column):
        if not self.quote:
            return text
        needs = any(x in text for x in (self.delimiter, self.quote, "\n", "\r") if x)
        if not needs and column not in QUOTED_COLUMNS:
            return text
        body = text.replace("\\", "\\\\") if self.escape == "\\" else text
        return self.quote + body.replace(self.quote, self.escape + self.quote) + self.quote

    def cells(self, row):
        return [self.cell(text, i) for i, text in enumerate(row)]

    def line(self, row):
        return self.delimiter.join(self.cells(row))


class Writer:
    def __init__(self, out_dir):
        self.out_dir = out_dir
        os.makedirs(out_dir, exist_ok=True)
        self.manifest = open(os.path.join(out_dir, "manifest.jsonl"), "w", encoding="utf-8")  # noqa: SIM115
        self.count = 0

    def put(self, name, kind, data, style=None, **expected):
        if isinstance(data, str):
            data = data.encode("utf-8")
        with open(os.path.join(self.out_dir, name + ".csv"), "wb") as f:
            f.write(data)
        style = style or Style()
        entry = {
            "name": name,
            "kind": kind,
            "expect": "load",
            "delimiter": [style.delimiter],
            "quote": [style.quote or None, '"'] if not style.quote else [style.quote],
            "escape": [style.escape or None, style.quote or None, '"'],
            "encoding": ["utf-8"],
            "header": True,
            "columns": [[c[1], c[2]] for c in COLUMNS],
            "rows": list(range(N_ROWS)),
            "bad": [0, 0],
            "flags": [],
        }
        entry.update(expected)
        self.manifest.write(json.dumps(entry, ensure_ascii=False) + "\n")
        self.count += 1


def without(i):
    """All rows but the one of record i (0 is the header)."""
    return [k for k in range(N_ROWS) if k != i - 1]


def by_row_and_column(w):
    style = Style(newline="\r\n")
    table = [HEADER] + source_rows()

    def put(kind, i, j, line, **expected):
        lines = [style.line(row) for row in table]
        lines[i] = line
        text = "".join(x + style.newline for x in lines)
        flags = ["--header", "--skip"]
        if i == 0:
            expected = {"expect": "either", "flags": flags, **expected}
        else:
            expected = {"rows": without(i), "bad": [1, 1], **expected}
        w.put(f"{kind}_row{i}_col{j}", kind, text, style, **expected)

    for i, row in enumerate(table):
        cells = style.cells(row)
        for j in range(len(cells)):
            put("extra_delimiter", i, j, ",".join(cells[:j] + [""] + cells[j:]))
            if j > 0:
                put("missing_delimiter", i, j, ",".join(cells[: j - 1] + [cells[j - 1] + cells[j]] + cells[j + 1 :]))
            opened = cells[:j] + ['"' + cells[j]] + cells[j + 1 :]
            # An opening quote before an empty or last cell may close by chance: then the record loads.
            put("extra_quote", i, j, ",".join(opened), **({} if i == 0 else {"bad": [0, 1]}))
            half = len(cells[j]) // 2
            if half:
                stray = cells[:j] + [cells[j][:half] + '"' + cells[j][half:]] + cells[j + 1 :]
                names = [
                    [[c[1], c[1][:half] + "_" + c[1][half:]] if k == j else c[1], c[2]] for k, c in enumerate(COLUMNS)
                ]
                # A quote inside an unquoted cell is a character like others to lenient readers, and an error to strict ones.
                more = {"columns": names} if i == 0 else {"bad": [0, 1]}
                put("stray_quote", i, j, ",".join(stray), **more)
        for name, other in (("semicolon", ";"), ("tab", "\t"), ("pipe", "|"), ("space", " ")):
            put(f"other_delimiter_{name}", i, 0, other.join(cells))
        put("other_quote", i, 0, style.line(row).replace('"', "'"), **({} if i == 0 else {"bad": [0, 1]}))


def by_record_delimiter(w):
    table = [HEADER] + source_rows()
    names = {"\n": "lf", "\r\n": "crlf", "\r": "cr"}
    for newline in names:
        style = Style(newline=newline)
        for other in names:
            if other == newline:
                continue
            for i in range(len(table)):
                text = "".join(style.line(row) + (other if k == i else newline) for k, row in enumerate(table))
                w.put(f"record_delimiter_{names[newline]}_row{i}_{names[other]}", "other_record_delimiter", text, style)


def by_dialect(w):
    rows = source_rows()
    delimiters = {
        "comma": ",",
        "semicolon": ";",
        "tab": "\t",
        "pipe": "|",
        "caret": "^",
        "tilde": "~",
        "unit": "\x1f",
        "soh": "\x01",
        "comma_space": ", ",
        "pipes": "||",
        "colons": "::",
        "semicolons": ";;",
        "tilde_pipe": "|~|",
    }
    for dname, delimiter in delimiters.items():
        for qname, quote in (("double", '"'), ("single", "'"), ("none", "")):
            for ename, escape in (("doubled", None), ("backslash", "\\")):
                if not quote and escape:
                    continue
                for nname, newline in (("lf", "\n"), ("crlf", "\r\n"), ("cr", "\r")):
                    for last in (True, False):
                        style = Style(delimiter, quote, escape, newline)
                        table = [HEADER] + rows
                        if not quote:
                            # Without quotes no cell may hold the delimiter.
                            table = [
                                [c.replace(delimiter, "/").replace('"', "in").replace(",", "") for c in r]
                                for r in table
                            ]
                        text = newline.join(style.line(r) for r in table) + (newline if last else "")
                        w.put(
                            f"dialect_{dname}_{qname}_{ename}_{nname}_{'end' if last else 'noend'}",
                            "dialect",
                            text,
                            style,
                        )
    # Space as the delimiter, every text quoted.
    for newline in ("\n", "\r\n"):
        style = Style(" ", '"', None, newline)
        text = "".join(style.line(r) + newline for r in [HEADER] + rows)
        w.put(f"dialect_space_{len(newline)}", "dialect", text, style)
    # Everything quoted.
    for delimiter in (",", ";", "\t", "|"):
        for quote in ('"', "'"):
            text = "".join(
                delimiter.join(quote + c.replace(quote, quote * 2) + quote for c in r) + "\n" for r in [HEADER] + rows
            )
            w.put(
                f"all_quoted_{ord(delimiter)}_{ord(quote)}",
                "dialect",
                text,
                Style(delimiter, quote),
                columns=[[c[1], c[2]] for c in COLUMNS],
            )
    # Odd record delimiters.
    for name, newline in (("rs", "\x1e"), ("pipe_lf", "|\n"), ("tilde_crlf", "~\r\n"), ("rs_lf", "\x1e\n")):
        style = Style(newline=newline)
        text = "".join(style.line(r) + newline for r in [HEADER] + rows)
        w.put(
            f"odd_record_delimiter_{name}",
            "odd_record_delimiter",
            text,
            style,
            expect="either",
            flags=["--newline", "--delimiter"],
        )


def by_file(w):
    rows = source_rows()
    for delimiter in (",", ";", "\t", "|"):
        for newline in ("\n", "\r\n"):
            style = Style(delimiter, newline=newline)
            tag = f"{ord(delimiter)}_{len(newline)}"
            header = style.line(HEADER) + newline
            body = "".join(style.line(r) + newline for r in rows)
            unnamed = [[f"column_{i + 1}", c[2]] for i, c in enumerate(COLUMNS)]
            w.put(f"plain_{tag}", "file", header + body, style)
            w.put(f"no_trailing_newline_{tag}", "file", (header + body)[: -len(newline)], style)
            w.put(f"double_trailing_newline_{tag}", "file", header + body + newline, style)
            w.put(f"bom_{tag}", "file", b"\xef\xbb\xbf" + (header + body).encode(), style)
            w.put(f"blank_lines_{tag}", "file", newline + header + newline + body.replace(newline, newline * 2), style)
            w.put(f"no_header_{tag}", "header", body, style, header=False, columns=unnamed)
            for i in (1, 5, 30):
                lines = [style.line(r) for r in rows]
                lines[i] = lines[i] + delimiter + "x"
                w.put(
                    f"no_header_bad{i}_{tag}",
                    "header",
                    "".join(x + newline for x in lines),
                    style,
                    header=False,
                    columns=unnamed,
                    rows=[k for k in range(N_ROWS) if k != i],
                    bad=[1, 1],
                )
            text_only = [[c[1], "VARCHAR"] for c in COLUMNS]
            w.put(f"header_only_{tag}", "header", header, style, columns=text_only, rows=[])
            w.put(f"header_only_noend_{tag}", "header", style.line(HEADER), style, columns=text_only, rows=[])
            w.put(f"one_row_{tag}", "header", header + style.line(rows[0]) + newline, style, rows=[0])
            w.put(
                f"two_rows_{tag}",
                "header",
                header + "".join(style.line(r) + newline for r in rows[:2]),
                style,
                rows=[0, 1],
            )
            for n in (2, 3):
                names = [["_".join([c[1]] * n), c[2]] for c in COLUMNS]
                w.put(f"header_rows_{n}_{tag}", "header", header * n + body, style, columns=names)
            units = ["(no)", "(abc)", "[day]", "(UTC)", "[degC]", "(yes or no)", "(town)", "(free text)", "", ""]
            w.put(
                f"header_units_{tag}",
                "header",
                header + style.line(units) + newline + body,
                style,
                columns=[
                    [(c[1] + "_" + u.lower().strip("()[]").replace(" ", "_")).strip("_"), c[2]]
                    for c, u in zip(COLUMNS, units, strict=False)
                ],
            )
            pad = delimiter * (len(COLUMNS) - 1)
            preambles = {
                "title": "Sensors of the northern district" + newline,
                "title_blank": "Sensors of the northern district" + newline + newline,
                "five": "".join(f"Line {i} of the report" + newline for i in range(5)),
                "padded": "Sensors" + pad + newline + pad + newline,
                "hash": "# exported by the station" + newline + "# on the first of May" + newline,
                "pairs": f"Station{delimiter}North" + newline + f"Exported{delimiter}2021-05-01" + newline + newline,
            }
            for name, preamble in preambles.items():
                w.put(f"preamble_{name}_{tag}", "preamble", preamble + header + body, style)
                if name in ("title", "five", "title_blank"):
                    w.put(
                        f"preamble_{name}_no_header_{tag}",
                        "preamble",
                        preamble + body,
                        style,
                        header=False,
                        columns=unnamed,
                    )
            footers = {
                "total": "Total: 60 sensors" + newline,
                "blank_total": newline + "Total: 60 sensors" + newline,
                "pair": f"Sum{delimiter}60" + newline,
            }
            for name, footer in footers.items():
                w.put(f"footer_{name}_{tag}", "footer", header + body + footer, style, bad=[1, 1])
            comments = body.split(newline)
            comments.insert(7, "# the station was moved")
            comments.insert(31, "# new batteries")
            w.put(f"comments_{tag}", "comments", header + newline.join(comments), style, bad=[0, 2])
            for width, name in ((8, "less"), (12, "more")):
                second = [[f"X{j}" for j in range(width)]] + [[str(i * j) for j in range(width)] for i in range(40)]
                tail = "".join(delimiter.join(r) + newline for r in second)
                w.put(f"second_table_{name}_{tag}", "second_table", header + body + tail, style, bad=[41, 41])
            small = "".join(
                delimiter.join(r) + newline for r in [["Key", "Value"], ["station", "north"], ["floor", "2"]]
            )
            w.put(f"first_table_small_{tag}", "second_table", small + newline + header + body, style)
            aligned = "".join(delimiter.join(r[:6]) + newline for r in rows)
            w.put(
                f"narrow_{tag}",
                "file",
                delimiter.join(HEADER[:6]) + newline + aligned,
                style,
                columns=[[c[1], c[2]] for c in COLUMNS[:6]],
            )
    w.put("no_payload_0", "empty", b"", expect="refuse", flags=["empty"])
    w.put("no_payload_1", "empty", b"\n", expect="refuse", flags=["empty"])
    w.put("no_payload_2", "empty", b"\r\n\r\n", expect="refuse", flags=["empty"])
    w.put("no_payload_bom", "empty", b"\xef\xbb\xbf", expect="refuse", flags=["empty"])


def by_encoding(w):
    rows = source_rows()
    style = Style()
    text = "".join(style.line(r) + "\n" for r in [HEADER] + rows)
    w.put("utf16le_bom", "encoding", b"\xff\xfe" + text.encode("utf-16-le"), encoding=["utf-16le"])
    w.put("utf16be_bom", "encoding", b"\xfe\xff" + text.encode("utf-16-be"), encoding=["utf-16be"])
    w.put("utf16le", "encoding", text.encode("utf-16-le"), encoding=["utf-16le"])
    w.put("utf16be", "encoding", text.encode("utf-16-be"), encoding=["utf-16be"])
    latin = text.replace("Ł", "L").replace("ź", "z").encode("latin-1", "replace")
    w.put("latin1", "encoding", latin, expect="refuse", flags=["--encoding"])
    lines = text.encode().split(b"\n")
    for i in (3, 17, 60):
        broken = list(lines)
        broken[i] = broken[i].replace(b"TR-", b"T\xff-")
        w.put(f"invalid_utf8_row{i}", "encoding", b"\n".join(broken), bad=[0, 1], rows=without(i))
    for name, data in {
        "gzip": b"\x1f\x8b\x08\x00" + bytes(range(256)),
        "zip": b"PK\x03\x04\x14\x00" + bytes(64),
        "parquet": b"PAR1\x15\x04\x15" + bytes(range(200)),
        "png": b"\x89PNG\r\n\x1a\n" + bytes(60),
        "nuls": bytes(4096),
        "noise": bytes((i * 167 + 13) % 256 for i in range(8192)),
    }.items():
        w.put(f"binary_{name}", "binary", data, expect="refuse", flags=["not a CSV"])
    w.put("json_lines", "binary", b'{"a": 1, "b": "x"}\n{"a": 2, "b": "y"}\n', expect="refuse", flags=["JSON"])


def by_width(w):
    """Files of one and of two columns, where there is the least to go by."""
    rows = source_rows()
    for j, (name, normal, kind) in enumerate(COLUMNS):
        cells = [r[j] for r in rows]
        if "" in cells or (kind == "VARCHAR" and j not in (1, 6, 8)):
            continue
        text = "".join(c + "\n" for c in [name] + cells)
        w.put(f"one_column_{normal}", "one_column", text, delimiter=[",", "\t", ";"], columns=[[normal, kind]])
        for k, (name2, normal2, kind2) in enumerate(COLUMNS[:9]):
            if k == j:
                continue
            for delimiter in (",", ";", "\t", "|"):
                style = Style(delimiter)
                lines = [
                    delimiter.join([style.cell(a, j), style.cell(b, k)])
                    for a, b in zip([name] + cells, [name2] + [r[k] for r in rows], strict=False)
                ]
                w.put(
                    f"two_columns_{normal}_{normal2}_{ord(delimiter)}",
                    "two_columns",
                    "\n".join(lines) + "\n",
                    style,
                    columns=[[normal, kind], [normal2, kind2]],
                )


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: make_polluted.py OUT_DIR")
    w = Writer(sys.argv[1])
    for family in (by_row_and_column, by_record_delimiter, by_dialect, by_file, by_encoding, by_width):
        family(w)
    w.manifest.close()
    print(f"{w.count} files in {sys.argv[1]}")


if __name__ == "__main__":
    main()
