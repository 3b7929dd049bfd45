"""What databases and their clients write."""

from case import COLUMNS, ROWS, SIZES, Bare, Habit, case, changed, fixed, form, nulls_as, only, table, utc

UPPER = [name.upper() for name in COLUMNS]
# Some programs cannot write their own delimiter, or would have to escape it.
PLAIN = table(names=["Smith", "Sato", "Nguyen", "Zoë", "van den Berg", "O'Brien", "Kim"], notes=["paid", None, "late"])


def flagged(rows):
    """The rows with a column of booleans more."""
    return [(*row, row[0] % 3 == 0) for row in rows], [*COLUMNS, "ok"]


def paths(rows):
    """The rows with texts that a backslash stands in, and tabs."""
    return changed(rows, note=lambda v: v.replace(" ", "\t"), name=lambda v: v.replace(" ", "\\"))


def backslashed(value):
    """A text as PostgreSQL's and MySQL's text formats write it."""
    return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")


def escaped(rows, null="\\N"):
    return [tuple(null if v is None else backslashed(v) if isinstance(v, str) else v for v in row) for row in rows]


def footed(text, *lines, end="\n"):
    return text + "".join(line + end for line in lines)


def postgres():
    zoned = Habit(moment="%Y-%m-%d %H:%M:%S+00", truths=("f", "t"))
    for size, rows in SIZES.items():
        rows, names = flagged(utc(rows))
        yield case("PostgreSQL", "postgres_copy_csv_header" + size, zoned.write(rows, names), rows, names)
        yield case("PostgreSQL", "postgres_copy_csv" + size, zoned.write(rows, None), rows, None)
    rows, names = flagged(utc(paths(ROWS)))
    bare = Habit(moment=zoned.moment, truths=zoned.truths, quotes="none", sep="\t")
    text = bare.write(escaped(rows), None)
    yield case("PostgreSQL", "postgres_copy_text", text, rows, None)
    yield case("PostgreSQL", "postgres_copy_text_header", bare.write(escaped(rows), names), rows, names)
    yield case("PostgreSQL", "postgres_dump_end_mark", text + "\\.\n", rows, None, bad=1)
    unaligned = Habit(sep="|", quotes="none")
    yield case("PostgreSQL", "psql_unaligned", unaligned.write(PLAIN) + f"({len(PLAIN)} rows)\n", PLAIN, bad=1)
    yield case("PostgreSQL", "psql_unaligned_tuples_only", unaligned.write(PLAIN, None), PLAIN, None)
    yield case("PostgreSQL", "psql_aligned", aligned(PLAIN, " | ", "-+-") + f"({len(PLAIN)} rows)\n\n", PLAIN, bad=2)


def aligned(rows, sep, cross, edge=("", ""), rule=True):
    """A table as terminals show it."""
    cells = [COLUMNS, *([Habit().text(v) for v in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [edge[0] + sep.join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + edge[1] for row in cells]
    if rule:
        lines.insert(1, (edge[0] + cross.join("-" * w for w in widths) + edge[1]).replace(" ", "-"))
    return "\n".join(lines) + "\n"


def mysql():
    for size, rows in SIZES.items():
        rows = paths(rows)
        batch = Habit(sep="\t", quotes="none")
        yield case("MySQL", "mysql_batch" + size, batch.write(escaped(rows, "NULL")), rows)
        yield case("MySQL", "mysql_outfile" + size, batch.write(escaped(rows), None), rows, None)
        enclosed = Habit(quotes="text", escape="\\")
        text = [tuple(Bare("\\N") if v is None else v for v in row) for row in rows]
        yield case("MySQL", "mysql_outfile_enclosed" + size, enclosed.write(text, None), rows, None)
        yield case("MySQL", "mysql_outfile_enclosed_header" + size, enclosed.write(text), rows)
    few = [(1, 'a"b', None, 2.5), (2, None, "x", None), (3, "c\\d", "y", 3.5)]
    yield case("MySQL", "mysql_null_and_escapes", '1,"a\\"b",\\N,2.5\n2,\\N,"x",\\N\n3,"c\\\\d","y",3.5\n', few, None)
    yield case("MySQL", "mysql_workbench", Habit(null="NULL").write(nulls_as(None, ROWS)), ROWS)
    yield case("MySQL", "mysql_workbench_semicolon", Habit(null="NULL", sep=";").write(), ROWS)
    yield case("MySQL", "mysql_phpmyadmin", Habit(null="NULL", quotes="all").write(escaped(PLAIN, Bare("NULL"))), PLAIN)
    box = aligned(PLAIN, " | ", "-+-", ("| ", " |"), rule=False)
    rule = "+" + "+".join("-" * len(cell) for cell in box.splitlines()[0].split("|")[1:-1]) + "+\n"
    head, *rest = box.splitlines(keepends=True)
    yield case("MySQL", "mysql_box", rule + head + rule + "".join(rest) + rule, PLAIN, bad=3)


def sql_server():
    milli = "%Y-%m-%d %H:%M:%S.000"
    for size, rows in SIZES.items():
        count = f"({len(rows)} rows affected)"
        whole = Habit(end="\r\n", moment=milli, null="NULL", real=fixed)
        yield case("SQL Server", "ssms_grid_with_headers" + size, "\ufeff" + whole.write(rows), rows)
        yield case("SQL Server", "ssms_grid" + size, "\ufeff" + whole.write(rows, None), rows, None)
        plain = changed(rows, name=lambda v: v.replace(",", "").replace('"', ""), note=lambda v: v[:4])
        rule = ",".join("-" * len(name) for name in COLUMNS) + "\r\n"
        head, body = whole.write([]), whole.write(plain, None)
        name = "sqlcmd_w" + size
        yield case("SQL Server", name, footed(head + rule + body, "", count, end="\r\n"), plain, bad=2)
        done = "Completion time: 2024-02-28T22:15:30.1234567+01:00"
        text = footed("\ufeff" + head + body, "", count, "", done, end="\r\n")
        yield case("SQL Server", "ssms_results_to_file" + size, text, plain, bad=2)
    pipes = Habit(sep="|", end="\r\n", moment=milli, quotes="none")
    yield case("SQL Server", "bcp_pipe", pipes.write(ROWS, None), ROWS, None)
    tabs = Habit(sep="\t", end="\r\n", moment=milli, quotes="none")
    plain = changed(ROWS, name=lambda v: v.replace('"', ""), note=lambda v: v.replace('"', ""))
    yield case("SQL Server", "bcp_c", tabs.write(plain, None), plain, None)
    wide = tabs.write(plain).encode("utf-16")
    yield case("SQL Server", "ssms_unicode_text", wide, plain)
    two = Habit(sep="|~|", end="\r\n", moment=milli, quotes="none")
    yield case("SQL Server", "bcp_two_characters", two.write(plain, None), plain, None)


def oracle():
    for size, rows in SIZES.items():
        rows = changed(rows, day=form("%d-%b-%y", str.upper), seen=form("%d-%b-%y %I.%M.%S.000000000 %p", str.upper))
        quoted = Habit(quotes="text").write(rows, [Bare(n) for n in UPPER])
        yield case("Oracle", "oracle_sql_developer" + size, header_quoted(rows), rows, UPPER)
        markup = f"\n{header_quoted(rows)}\n{len(rows)} rows selected.\n\n"
        yield case("Oracle", "oracle_markup_csv" + size, markup, rows, UPPER, bad=1)
        yield case("Oracle", "oracle_spool_set_head_off" + size, quoted.split("\n", 1)[1], rows, None)
    padded = aligned(PLAIN, "|", "|")
    yield case("Oracle", "oracle_colsep", padded, PLAIN, bad=1)
    yield case("Oracle", "oracle_colsep_selected", f"\n{padded}\n{len(PLAIN)} rows selected.\n", PLAIN, bad=2)


def header_quoted(rows):
    return Habit(quotes="text").write(rows, UPPER)


def warehouses():
    for size, rows in SIZES.items():
        flags, names = flagged(rows)
        google = Habit(moment="%Y-%m-%d %H:%M:%S UTC")
        yield case("cloud warehouse", "bigquery" + size, google.write(utc(flags), names), utc(flags), names)
        flake = Habit(moment="%Y-%m-%d %H:%M:%S.000", quotes="text")
        upper = [name.upper() for name in names]
        yield case("cloud warehouse", "snowflake_unload" + size, nulled(flake, flags), flags, None)
        yield case("cloud warehouse", "snowflake_download" + size, flake.write(flags, upper), flags, upper)
        shift = Habit(sep="|", truths=("f", "t"))
        yield case("cloud warehouse", "redshift_unload" + size, shift.write(flags, names), flags, names)
        athena = Habit(quotes="all", moment="%Y-%m-%d %H:%M:%S.000")
        text = "".join(",".join("" if v is None else athena.cell(v) for v in row) + "\n" for row in [names, *flags])
        yield case("cloud warehouse", "athena_result" + size, text, flags, names)
        lake = Habit(moment="%Y-%m-%dT%H:%M:%S.000Z", escape="\\")
        yield case("cloud warehouse", "spark_csv" + size, lake.write(utc(flags), names), utc(flags), names)
        force = Habit(quotes="all", moment="%Y-%m-%dT%H:%M:%S.000Z")
        yield case("cloud warehouse", "salesforce" + size, force.write(utc(rows), UPPER), utc(rows), UPPER)


def nulled(habit, rows):
    return habit.write([tuple(Bare("\\N") if v is None else v for v in row) for row in rows], None)


def hive_and_others():
    plain, names = flagged(PLAIN)
    for name, sep in (("a", "\x01"), ("b", "\x1f"), ("tab", "\t"), ("pipe", "|")):
        text = Habit(sep=sep, null="\\N", quotes="none").write(plain, None)
        yield case("Hive", "hive_folder_" + name, text, plain, None)
    dotted = [f"orders.{name}" for name in names]
    yield case("Hive", "hive_e", Habit(sep="\t", null="NULL").write(plain, dotted), plain, dotted)
    yield case("Hive", "beeline_csv2", Habit(null="NULL").write(plain, names), plain, names)
    yield case("Hive", "beeline_csv2_dotted", Habit().write(plain, dotted), plain, dotted)
    beeline = aligned(PLAIN, " | ", "-+-", ("| ", " |"), rule=False)
    yield case("Hive", "markdown", markdown(beeline), PLAIN, bad=1)
    three = [(1, "nn", None, "t"), (2, None, 2.5, "f"), (3, "Bob", 3.5, None)]
    yield case("Hive", "hive_small", "1\x01nn\x01\\N\x01t\n2\x01\\N\x012.5\x01f\n3\x01Bob\x013.5\x01\\N\n", three, None)
    yield case("SQLite", "sqlite_csv", Habit(end="\r\n").write(), ROWS)
    yield case("SQLite", "sqlite_list", Habit(sep="|", quotes="none").write(), ROWS)
    yield case("SQLite", "sqlite_tabs", Habit(sep="\t").write(), ROWS)
    yield case("SQLite", "sqlite_no_header", Habit().write(ROWS, None), ROWS, None)
    quote = Habit(null="NULL").write([tuple(sql(v) for v in row) for row in PLAIN], [sql(n) for n in COLUMNS])
    yield case("SQLite", "sqlite_quote", quote, PLAIN)
    click = Habit(quotes="text", truths=("false", "true"))
    body = nulled(click, plain)
    yield case("ClickHouse", "clickhouse_csv", body, plain, None)
    yield case("ClickHouse", "clickhouse_csv_names", click.write([], names) + body, plain, names)
    tabs = Habit(sep="\t", quotes="none", null="\\N")
    yield case("ClickHouse", "clickhouse_tsv_names", tabs.write(plain, names), plain, names)
    types = "\t".join(
        ["UInt32", "String", "Float64", "Date", "DateTime", "Nullable(String)", "Nullable(UInt8)", "Bool"]
    )
    head, rest = tabs.write(plain, names).split("\n", 1)
    yield case("ClickHouse", "clickhouse_tsv_names_types", f"{head}\n{types}\n{rest}", plain, names, bad=1)


def sql(value):
    """A value as an SQL literal."""
    if isinstance(value, (int, float)) or value is None:
        return value
    return Bare("'" + Habit().text(value).replace("'", "''") + "'")


def markdown(box):
    head, *rest = box.splitlines(keepends=True)
    rule = "|" + "|".join("-" * len(cell) for cell in head.split("|")[1:-1]) + "|\n"
    return head + rule + "".join(rest)


def more():
    mongo = ["_id", "name.full", *COLUMNS[2:]]
    yield case(
        "other database",
        "mongoexport",
        Habit(moment="%Y-%m-%dT%H:%M:%S.000Z").write(utc(ROWS), mongo),
        utc(ROWS),
        mongo,
    )
    cassandra = Habit(moment="%Y-%m-%d %H:%M:%S.000000+0000", end="\r\n")
    yield case("other database", "cqlsh_copy", cassandra.write(utc(ROWS)), utc(ROWS))
    access = changed(ROWS, day=form("%-m/%-d/%Y 0:00:00"), seen=form("%-m/%-d/%Y %-H:%M:%S"))
    yield case("other database", "access_export", Habit(quotes="text", end="\r\n").write(access), access)
    db2 = changed(ROWS, day=form("%Y%m%d"), seen=form("%Y-%m-%d-%H.%M.%S.000000"))
    yield case("other database", "db2_export_del", Habit(quotes="text").write(db2, None), db2, None)
    for name, sep, columns in (("informix_unload", "|", None), ("trailing_semicolon", ";", COLUMNS)):
        text = Habit(sep=sep, end=sep + "\n", quotes="none").write(PLAIN, columns)
        yield case("other database", name, text, PLAIN, columns)
    influx = only(["id", "seen", "amount"], ROWS)
    points = [("orders", round(seen.timestamp()) * 10**9, amount) for _, seen, amount in influx]
    yield case(
        "other database",
        "influx_csv",
        Habit().write(points, ["name", "time", "mean"]),
        points,
        ["name", "time", "mean"],
    )


def tpch():
    """dbgen's files: no header, a bar behind each field."""
    day = ROWS[0][3]
    orders = [
        (
            i,
            37 * i % 900,
            "OFP"[i % 3],
            1000.5 * i % 90000,
            day.replace(day=i % 28 + 1),
            f"{i % 5 + 1}-URGENT",
            0,
            f"note {i} sleeps|"[:-1],
        )
        for i in range(1, 400)
    ]
    tbl = Habit(sep="|", end="|\n", quotes="none", real=fixed)
    yield case("TPC-H", "tpch_orders", tbl.write(orders, None), orders, None)
    nations = [
        (i, name, i % 5, f"of {name.lower()} the final deposits")
        for i, name in enumerate(["ALGERIA", "BRAZIL", "CHINA", "EGYPT", "PERU"])
    ]
    yield case("TPC-H", "tpch_nation", tbl.write(nations, None), nations, None)
    lines = [(i, i % 7 + 1, float(i % 50), round(i * 1.37, 2), 0.04, "N", day) for i in range(1, 60)]
    yield case("TPC-H", "tpch_lineitem", tbl.write(lines, None), lines, None)
    yield case("TPC-H", "tpcds_store", Habit(sep="|", end="|\n", quotes="none").write(PLAIN, None), PLAIN, None)


def cases():
    for family in (postgres, mysql, sql_server, oracle, warehouses, hive_and_others, more, tpch):
        yield from family()
