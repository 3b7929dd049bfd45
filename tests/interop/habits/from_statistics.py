"""What programs of statistics write."""

from case import COLUMNS, FULL, ROWS, Bare, Habit, case, changed, comma, fixed, form, nulls_as, only, utc, words

NUMBERS = ["id", "amount", "pieces"]


def named_rows(rows):
    """R's row names are texts in quotes, even where they are the rows' numbers: the file's rows and the truth."""
    return [(str(i + 1), *row) for i, row in enumerate(rows)], [(i + 1, *row) for i, row in enumerate(rows)]


def r_base():
    """R quotes texts, but neither days nor its NA."""
    written, rows = named_rows(FULL)
    habit = Habit(quotes="text", null="NA")
    tab = Habit(quotes="text", null="NA", sep="\t")
    space = Habit(quotes="text", null="NA", sep=" ")
    yield case("R", "r_write_csv", habit.write(written, ["", *COLUMNS]), rows, ["", *COLUMNS])
    yield case("R", "r_write_csv_no_row_names", habit.write(FULL), FULL)
    # An NA that is not quoted where all texts are is no text.
    yield case("R", "r_write_csv_na_in_text", habit.write(ROWS), ROWS)
    yield case("R", "r_write_csv_crlf", Habit(quotes="text", null="NA", end="\r\n").write(FULL), FULL)
    yield case("R", "r_write_csv_na_empty", Habit(quotes="text").write(), ROWS)
    yield case("R", "r_write_table_tab", tab.write(written, COLUMNS), rows, ["rowname", *COLUMNS])
    yield case("R", "r_write_table_col_names_na", tab.write(written, ["", *COLUMNS]), rows, ["", *COLUMNS])
    short = ["id", "name", "amount", "note", "pieces"]
    written, rows = named_rows(only(short, FULL))
    yield case("R", "r_write_table", space.write(written, short), rows, ["rowname", *short])
    yield case("R", "r_write_table_no_row_names", space.write(only(short, FULL), short), only(short, FULL), short)
    bare = Habit(quotes="none", null="NA", sep="\t")
    unquoted = changed(FULL, name=lambda v: v.replace('"', ""), note=lambda v: v.replace('"', ""))
    yield case("R", "r_write_table_tab_quote_false", bare.write(unquoted), unquoted)
    german = changed(FULL, amount=comma)
    semicolon = Habit(quotes="text", null="NA", sep=";")
    written, rows = named_rows(german)
    yield case("R", "r_write_csv2", semicolon.write(written, ["", *COLUMNS]), rows, ["", *COLUMNS])
    yield case("R", "r_write_csv2_no_row_names", semicolon.write(german), german)


CARS = words("""
    Falcon GT   | 21   | 6 | 160   | 2.62  | TRUE
    Comet 4     | 22.8 | 4 | 108   | 2.32  | TRUE
    Heron       | 21.4 | 6 | 258   | 3.215 | FALSE
    Heron Wagon | 18.7 | 8 | 360   | 3.44  | FALSE
    Pelican 8   | 14.3 | 8 | 360   | 3.57  | FALSE
    Swift 240   | 24.4 | 4 | 146.7 | 3.19  | FALSE
    Swift 280   | 19.2 | 6 | 167.6 | 3.44  | FALSE
    Condor LX   | 16.4 | 8 | 275.8 | 4.07  | TRUE
""")


def r_more():
    """Row names of text, logicals, numbers in R's own notation."""
    cars = [(c[0], float(c[1]), int(c[2]), float(c[3]), float(c[4]), c[5] == "TRUE") for c in CARS]
    names = ["mpg", "cyl", "disp", "wt", "manual"]
    exact = Habit(quotes="text", real=lambda v: f"{v:g}", truths=("FALSE", "TRUE"))
    yield case("R", "r_row_names_of_text", exact.write(cars, ["", *names]), cars, ["", *names])
    tab = Habit(quotes="text", sep=" ", real=lambda v: f"{v:g}", truths=("FALSE", "TRUE"))
    yield case("R", "r_row_names_short_header", tab.write(cars, names), cars, ["rowname", *names])
    logical = [(i, None if i % 5 == 3 else i % 3 == 0, name) for i, name, *_ in ROWS]
    habit = Habit(quotes="text", null="NA", truths=("FALSE", "TRUE"))
    yield case("R", "r_logicals_with_na", habit.write(logical, ["id", "ok", "name"]), logical, ["id", "ok", "name"])
    # R writes 100000 as 1e+05, and numbers with infinities as Inf.
    counts = [(f"place {i}", float(n)) for i, n in enumerate([99999, 100000, 100001, 200000, 345678, 3000000, 12])]
    text = '"place","people"\n' + "".join(
        f'"{place}",{n:.0e}\n' if n in (1e5, 2e5, 3e6) else f'"{place}",{n:.0f}\n' for place, n in counts
    )
    yield case("R", "r_1e_05", text, counts, ["place", "people"])
    odd = [(1, 0.5), (2, float("inf")), (3, float("nan")), (4, float("-inf")), (5, 3.25), (6, None), (7, -2.0)]
    text = '"i","ratio"\n1,0.5\n2,Inf\n3,NaN\n4,-Inf\n5,3.25\n6,NA\n7,-2\n'
    yield case("R", "r_infinities", text, odd, ["i", "ratio"])


def r_packages():
    """fwrite and readr write moments in UTC; readr writes NA unless told otherwise."""
    moments = {"moment": "%Y-%m-%dT%H:%M:%SZ"}
    yield case("R", "fwrite", Habit(**moments).write(), utc(ROWS))
    yield case(
        "R",
        "fwrite_semicolon_decimal_comma",
        Habit(sep=";").write(changed(ROWS, amount=comma)),
        changed(ROWS, amount=comma),
    )
    yield case("R", "readr_write_csv", Habit(null="NA", **moments).write(FULL), utc(FULL))
    yield case("R", "readr_write_tsv", Habit(null="NA", sep="\t", **moments).write(FULL), utc(FULL))
    yield case("R", "readr_write_excel_csv", "\ufeff" + Habit(null="NA", **moments).write(FULL), utc(FULL))
    yield case("R", "readr_write_csv_na_empty", Habit(**moments).write(), utc(ROWS))
    # Unquoted among unquoted texts, NA may be Namibia: it stays text in columns of text.
    yield case("R", "readr_na_in_text", Habit(null="NA", **moments).write(ROWS), utc(nulls_as("NA", ROWS)))


def stata_sas_spss():
    stata = changed(ROWS, day=form("%d%b%Y", str.lower), seen=form("%d%b%Y %H:%M:%S", str.lower))
    yield case("Stata", "stata_export_delimited", Habit().write(stata), stata)
    yield case("Stata", "stata_export_delimited_quote", Habit(quotes="text").write(stata), stata)
    out = [tuple("" if v is None and i == 5 else v for i, v in enumerate(row)) for row in stata]
    yield case("Stata", "stata_outsheet", header_bare(Habit(quotes="text", sep="\t", null=".", end="\r\n"), out), out)
    yield case("Stata", "stata_export_delimited_nolabel_semicolon", Habit(sep=";").write(stata), stata)

    sas = changed(ROWS, day=form("%d%b%Y", str.upper), seen=form("%d%b%Y:%H:%M:%S", str.upper))
    dots = Habit(null=".", end="\r\n")
    blank = [tuple(" " if v is None and i == 5 else v for i, v in enumerate(row)) for row in sas]
    yield case("SAS", "sas_proc_export", dots.write(blank), blank)
    american = changed(ROWS, day=form("%m/%d/%Y"), seen=form("%d%b%y:%H:%M:%S"))
    yield case("SAS", "sas_proc_export_missing_blank", Habit(end="\r\n").write(american), american)
    numbers = only(NUMBERS, ROWS)
    yield case("SAS", "sas_put_dlm_tab", Habit(null=".", sep="\t").write(numbers, NUMBERS), numbers, NUMBERS)
    yield case("SAS", "sas_put_no_header", Habit(null=".").write(numbers, None), numbers, None)
    # SAS's special missing values .A to .Z are nulls of their own kind.
    special = Habit(null=".A", end="\r\n").write(numbers, NUMBERS)
    yield case("SAS", "sas_special_missing", special, numbers, NUMBERS)

    spss = changed(ROWS, day=form("%m/%d/%Y"), seen=form("%d-%b-%Y %H:%M:%S"))
    texts = [tuple("" if v is None and i == 5 else v for i, v in enumerate(row)) for row in spss]
    blanks = Habit(null=" ", end="\r\n")
    unnamed = "\ufeff" + blanks.write(texts)
    yield case("SPSS", "spss_save_translate_csv", unnamed, spss)
    yield case("SPSS", "spss_csv_sysmis", "\ufeff" + Habit(null="#NULL!", end="\r\n").write(texts), spss)
    tab = Habit(sep="\t", end="\r\n", null=" ", real=fixed)
    yield case("SPSS", "spss_tab", "\ufeff" + tab.write(texts), spss)
    numeric = Habit(null="-99", sep=";", end="\r\n")
    coded = [tuple(-99 if v is None else v for v in row) for row in numbers]
    yield case("SPSS", "spss_missing_is_a_number", numeric.write(numbers, NUMBERS), coded, NUMBERS)


def header_bare(habit, rows, columns=COLUMNS):
    """A header without quotes over texts in quotes."""
    return habit.sep.join(columns) + habit.end + habit.write(rows, None)


def others():
    """gretl, EViews, JMP and Minitab, Weka."""
    quarters = [(Bare(f"{1990 + i // 4}:{i % 4 + 1}"), *row) for i, row in enumerate(only(NUMBERS, ROWS))]
    names = ["obs", *NUMBERS]
    yield case("other statistics", "gretl_csv", Habit(null="NA").write(quarters, names), quarters, names)
    semicolon = changed(quarters, columns=names, amount=comma)
    yield case(
        "other statistics", "gretl_csv_semicolon", Habit(null="NA", sep=";").write(semicolon, names), semicolon, names
    )
    months = [(Bare(f"{1990 + i // 12}M{i % 12 + 1:02d}"), *row[1:]) for i, row in enumerate(quarters)]
    yield case("other statistics", "eviews_csv", Habit(null="NA").write(months, names), months, names)
    minitab = changed(ROWS, day=form("%m/%d/%Y"), seen=form("%m/%d/%Y %H:%M:%S"))
    stars = [tuple("" if v is None and i == 5 else v for i, v in enumerate(row)) for row in minitab]
    yield case("other statistics", "minitab_csv", Habit(null="*", end="\r\n").write(stars), minitab)
    jmp = Habit(quotes="needed", end="\r\n")
    yield case("other statistics", "jmp_csv", jmp.write(minitab), minitab)
    kinds = [(*row, ("low", "middle", "high")[i % 3]) for i, row in enumerate(only(NUMBERS, ROWS))]
    arff = "@relation orders\n\n@attribute id numeric\n@attribute amount numeric\n@attribute pieces numeric\n"
    arff += "@attribute class {low,middle,high}\n\n@data\n" + Habit(null="?").write(kinds, None)
    yield case("other statistics", "weka_arff", arff, kinds, None)
    remarks = "% 1. Title: orders of our own\n%\n% 2. Sources: none\n%    (a) nobody\n%\n"
    yield case("other statistics", "weka_arff_remarks", remarks + arff, kinds, None)
    named = Habit(null="?").write(kinds, [*NUMBERS, "class"])
    yield case("other statistics", "weka_csv", named, kinds, [*NUMBERS, "class"])
    c45 = "".join(line + ".\n" for line in Habit(sep=", ", null="?").write(kinds, None).splitlines())
    dotted = [(*row[:3], row[3] + ".") for row in kinds]
    yield case("other statistics", "c45_data", c45, dotted, None)


def cases():
    return [*r_base(), *r_more(), *r_packages(), *stata_sas_spss(), *others()]
