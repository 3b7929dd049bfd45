"""What programs' libraries, sensors, loggers and measuring devices write."""

import datetime

from case import COLUMNS, ROWS, SIZES, Bare, Habit, case, changed, form, only, typed, utc

HOUR = datetime.timedelta(hours=1)
START = datetime.datetime(2024, 3, 1, 6, 0, 0)
NAMES = ["time", "temp", "hum"]


def readings(n=60, missing=0):
    """A sensor's rows: a moment, a temperature, a humidity; each `missing`-th reading is null."""
    return [
        (START + i * HOUR, None if missing and i % missing == 3 else round(12 + i * 7 % 90 / 10, 1), 40 + i * 3 % 55)
        for i in range(n)
    ]


def python():
    for size, rows in SIZES.items():
        numbered = [(i, *row) for i, row in enumerate(rows)]
        flags = [(*row, row[0] % 2 == 0) for row in rows]
        floats = changed(rows, pieces=float)
        pandas = Habit(real=repr)
        yield case("pandas", "pandas_index" + size, pandas.write(numbered, ["", *COLUMNS]), numbered, ["", *COLUMNS])
        yield case("pandas", "pandas" + size, pandas.write(floats), floats)
        text = Habit(truths=("False", "True")).write(flags, [*COLUMNS, "ok"])
        yield case("pandas", "pandas_truths" + size, text, flags, [*COLUMNS, "ok"])
        yield case("pandas", "pandas_quote_all" + size, Habit(quotes="all").write(rows), rows)
        yield case(
            "pandas",
            "pandas_tab_index" + size,
            Habit(sep="\t").write(numbered, ["", *COLUMNS]),
            numbered,
            ["", *COLUMNS],
        )
        twice = [(i, *row) for i, row in enumerate(numbered)]
        names = ["", "Unnamed: 0", *COLUMNS]
        yield case("pandas", "pandas_index_twice" + size, Habit().write(twice, names), twice, names)
        zoned = Habit(moment="%Y-%m-%d %H:%M:%S+00:00")
        yield case("pandas", "pandas_zoned" + size, zoned.write(utc(rows)), utc(rows))
        polars = Habit(moment="%Y-%m-%dT%H:%M:%S.000000")
        yield case("pandas", "polars" + size, polars.write(rows), rows)
    rows = changed(ROWS, seen=lambda v: v.replace(microsecond=123456))
    yield case("pandas", "pandas_micros", Habit(moment="%Y-%m-%d %H:%M:%S.%f").write(rows), rows)
    nan = Habit(null="nan")
    numbers = only(["id", "amount", "pieces"], ROWS)
    yield case(
        "pandas", "numpy_nan", nan.write(numbers, ["id", "amount", "pieces"]), numbers, ["id", "amount", "pieces"]
    )
    exact = Habit(sep=" ", real=lambda v: f"{v:.18e}")
    floats = [(row[0] * 1.0, row[1]) for row in numbers]
    yield case("pandas", "numpy_savetxt", exact.write(floats, None), floats, None)
    head = "# id amount\n" + exact.write(floats, None)
    yield case("pandas", "numpy_savetxt_header", head, floats, ["id", "amount"])
    lists = [(i, f"['a{i}', 'b']", f"{{'k': {i}}}") for i in range(1, 40)]
    yield case("pandas", "pandas_lists", Habit().write(lists, ["id", "tags", "more"]), lists, ["id", "tags", "more"])
    few = typed("iss", "1 | Y | x \n 2 | N | z \n 3 | Y | x")
    few = [(a, Bare(b, b == "Y"), c) for a, b, c in few]
    yield case("pandas", "yes_no", Habit().write(few * 9, ["id", "vote", "party"]), few * 9, ["id", "vote", "party"])


def units():
    rows = readings()
    body = Habit().write(rows, None)
    for name, head, columns in (
        ("brackets", "time,temp,hum\n(UTC),(C),(%)\n", ["time (UTC)", "temp (C)", "hum (%)"]),
        ("square", "time,temp,hum\n[s],[C],[%]\n", ["time [s]", "temp [C]", "hum [%]"]),
        ("in_header", "time (UTC),temp (C),hum (%)\n", ["time (UTC)", "temp (C)", "hum (%)"]),
        ("first_empty", "time,temp,hum\n,(C),(%)\n", ["time", "temp (C)", "hum (%)"]),
    ):
        yield case("units rows", "units_" + name, head + body, rows, columns)
    # No brackets: a person sees it; the row of units may be in quarantine, or a part of the names.
    yield case("units rows", "units_bare", "time,temp,hum\nUTC,C,%\n" + body, rows, NAMES, bad=1)
    rules = "time,temp,hum\n----,----,---\n" + body
    yield case("units rows", "units_rules", rules, rows, NAMES, bad=1)
    toa5 = (
        '"TOA5","station 7","CR1000","12345","CR1000.Std.32","CPU:met.CR1","4711","hourly"\n'
        '"TIMESTAMP","temp","hum"\n"TS","Deg C","%"\n"","Avg","Smp"\n'
    )
    text = toa5 + Habit(quotes="text").write(changed(rows, NAMES, time=form('"%Y-%m-%d %H:%M:%S"')), None).replace(
        '"""', '"'
    )
    yield case("units rows", "campbell_toa5", text, rows, ["TIMESTAMP", "temp", "hum"], bad=3)


def sensors():
    for n in (8, 60, 900):
        rows = readings(n)
        text = Habit().write(rows, NAMES)
        head, body = text.split("\n", 1)
        lines = body.splitlines(keepends=True)
        part = max(3, n // 4)
        parts = [lines[i : i + part] for i in range(0, n, part)]
        again = "".join(head + "\n" + "".join(p) for p in parts)
        yield case("appended files", f"headers_again_{n}", again, rows, NAMES)
        marks = "".join("\ufeff" + head + "\n" + "".join(p) for p in parts)
        yield case("appended files", f"headers_again_marks_{n}", marks, rows, NAMES)
        once = "\ufeff" + head + "\n" + "\ufeff".join("".join(p) for p in parts)
        yield case("appended files", f"marks_without_headers_{n}", once, rows, NAMES)
        words = [(f"w{i}", f"x{i * 7 % n}", f"y{i * 3 % n}") for i in range(n)]
        text = Habit().write(words, ["one", "two", "three"])
        cut = text.index("\n", len(text) // 2) + 1
        yield case(
            "appended files",
            f"headers_again_words_{n}",
            text[:cut] + "one,two,three\n" + text[cut:],
            words,
            ["one", "two", "three"],
        )
        yield case("appended files", f"ctrl_z_{n}", Habit(end="\r\n").write(rows, NAMES) + "\x1a", rows, NAMES)
        top = f"# station 7\n# lat 47.4, lon 8.5\n# {n} readings\n"
        yield case("comments", f"comments_top_{n}", top + head + "\n" + body, rows, NAMES)
        yield case("comments", f"comments_header_{n}", top + "# " + head + "\n" + body, rows, NAMES)
        for every in (2, 10):
            through = head + "\n" + "".join("# skip me\n" * (i % every == 1) + line for i, line in enumerate(lines))
            yield case("comments", f"comments_through_{every}_{n}", through, rows, NAMES)
            yield case(
                "comments",
                f"comments_all_over_{every}_{n}",
                "# a few comments\n# I'm a csv file\n" + through,
                rows,
                NAMES,
            )
        end = head + "\n" + body + "# end of file\n"
        yield case("comments", f"comments_end_{n}", end, rows, NAMES)
        for mark in ("n/a", "-", "?", "M", "NA", "nan", "none", "unknown", "err", "-999", "---", "***", "N/A", "NULL"):
            gaps = readings(n, missing=9)
            if mark == "-999":
                gaps = [(a, -999.0 if b is None else b, c) for a, b, c in gaps]
            if n != 900:
                name = f"mark_{n}_" + ("".join(c if c.isalnum() else f"{ord(c):x}" for c in mark))
                yield case("sensors", name, Habit(null=mark).write(gaps, NAMES), gaps, NAMES)
    yield from logs()


def logs():
    rows = readings()
    semicolon = Habit(sep=";", moment="%d.%m.%Y %H:%M:%S", real=lambda v: f"{v:.1f}".replace(".", ","))
    german = [(Bare(f"{t:%d.%m.%Y %H:%M:%S}", t), Bare(f"{v:.1f}".replace(".", ","), v), h) for t, v, h in rows]
    yield case("sensors", "logger_german", semicolon.write(rows, NAMES), german, NAMES)
    split = [(Bare(f"{t:%Y/%m/%d}", t.date()), t.time(), v, h) for t, v, h in rows]
    yield case(
        "sensors",
        "logger_date_time",
        Habit().write(split, ["Date", "Time", "T", "H"]),
        split,
        ["Date", "Time", "T", "H"],
    )
    blanks = [(i, f"town{i}", i * 10) for i in range(120)]
    text = "id, city, pop\n" + "".join(f"{a}, {b}, {c}\n" for a, b, c in blanks)
    yield case("sensors", "blanks_behind_commas", text, blanks, ["id", "city", "pop"])
    text = "id, city, pop\n0,town0,0\n" + text.split("\n", 2)[2]
    yield case("sensors", "blanks_behind_most_commas", text, blanks, ["id", "city", "pop"])
    wide = [(i, f"node{i}", round(i * 1.25, 2)) for i in range(40)]
    text = "".join(f"{a:>6}{b:>12}{c:>10}\n" for a, b, c in [("id", "name", "load"), *wide])
    yield case("sensors", "columns_of_blanks", text, wide, ["id", "name", "load"])
    scope = "Model,TBS1052B\nFirmware,v4.06\n\nSample Interval,1e-6\nRecord Length,60\n\nTIME,CH1,CH2\n"
    volts = [(i * 1e-06, round(i * 0.02, 2), round(i * -0.5, 1)) for i in range(60)]
    text = scope + "".join(f"{a:e},{b},{c}\n" for a, b, c in volts)
    volts = [(float(f"{a:e}"), b, c) for a, b, c in volts]
    yield case("sensors", "oscilloscope", text, volts, ["TIME", "CH1", "CH2"])
    perf = [(Bare(f"{t:%m/%d/%Y %H:%M:%S.000}", t), v, h) for t, v, h in rows]
    names = [
        "(PDH-CSV 4.0) (W. Europe Standard Time)(-60)",
        "\\\\PC7\\Processor(_Total)\\% Processor Time",
        "\\\\PC7\\Memory\\Available MBytes",
    ]
    text = Habit(quotes="all", end="\r\n").write(perf, names)
    yield case("sensors", "perfmon", text, perf, names)
    iis = [(t.date(), t.time(), "GET", f"/page{h}", 200, h * 7) for t, _, h in rows]
    head = "#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n#Date: 2024-03-01 06:00:00\n"
    fields = ["date", "time", "cs-method", "cs-uri-stem", "sc-status", "time-taken"]
    text = head + "#Fields: " + " ".join(fields) + "\n" + Habit(sep=" ").write(iis, None)
    yield case("sensors", "iis_log", text, iis, fields)
    jmeter = [
        (1709272800000 + i * 977, i * 13 % 800, f"GET /item/{i % 7}", 200 if i % 9 else 500, i % 9 != 0)
        for i in range(200)
    ]
    names = ["timeStamp", "elapsed", "label", "responseCode", "success"]
    yield case("sensors", "jmeter", Habit().write(jmeter, names), jmeter, names)
    gps = [(START + i * HOUR, 47.3 + i / 1000, 8.5 - i / 700, "" if i % 5 else "fix lost") for i in range(80)]
    gps = [(t, round(a, 5), round(b, 5), note or None) for t, a, b, note in gps]
    iso = Habit(moment="%Y-%m-%dT%H:%M:%SZ", real=repr)
    names = ["time", "lat", "lon", "note"]
    yield case("sensors", "gps", iso.write(utc(gps, "time", names), names), utc(gps, "time", names), names)
    broken = readings(200)
    text = Habit().write(broken, NAMES).replace("\n2024-03-05", "\n2024-03-05 06:0", 1)
    good = [row for row in broken if row[0] != datetime.datetime(2024, 3, 5)]
    yield case("sensors", "power_cut", text, good, NAMES, bad=1)
    text = Habit().write(broken, NAMES)[:-6]
    yield case("sensors", "cut_off", text, broken[:-1], NAMES, bad=1)


def cases():
    return [*python(), *units(), *sensors()]
