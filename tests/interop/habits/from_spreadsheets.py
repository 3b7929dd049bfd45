"""What spreadsheets write, in the languages of the people who use them."""

from case import COLUMNS, ROWS, SIZES, Bare, Habit, case, changed, fixed, form, only, table, typed

# Language, encoding of its Windows, day, words for true and false, a header, and names that the encoding has.
LANGUAGES = {
    "german": ("windows-1252", "%d.%m.%Y", ("FALSCH", "WAHR"), "Nummer|Käufer|Betrag|Tag|Gesehen|Vermerk|Stück|Gültig"),
    "french": ("windows-1252", "%d/%m/%Y", ("FAUX", "VRAI"), "numéro|acheteur|montant|jour|vu|note|pièces|validé"),
    "spanish": (
        "windows-1252",
        "%d/%m/%Y",
        ("FALSO", "VERDADERO"),
        "número|señor|importe|día|visto|nota|piezas|válido",
    ),
    "dutch": ("windows-1252", "%d-%m-%Y", ("ONWAAR", "WAAR"), "nummer|koper|bedrag|dag|gezien|notitie|stuks|geldig"),
    "polish": (
        "windows-1250",
        "%d.%m.%Y",
        ("FAŁSZ", "PRAWDA"),
        "numer|kupujący|kwota|dzień|widziane|uwaga|sztuk|ważne",
    ),
    "russian": ("windows-1251", "%d.%m.%Y", ("ЛОЖЬ", "ИСТИНА"), "номер|имя|сумма|день|время|заметка|штук|верно"),
}
WORDS = {
    "windows-1252": ["Müller, Jürgen", "Zoë", "García", "Øverland", 'Café "Étoile"', "Señor Muñoz", "Weiß & Söhne"],
    "windows-1250": ["Łukasz Wąs", "Nowak, Żaneta", "Šimek", 'Kino "Śląsk"', "Dvořák", "Kovács", "Wójcik"],
    "windows-1251": ["Иван Петров", "Сидорова, Анна", 'ООО "Луч"', "Козлов", "Лев", "Юлия Белова", "Павлов"],  # noqa: RUF001
}


def local(names, day, truths, decimal=",", n=None):
    """The rows as Excel shows them in some country, with a column of truths more."""
    rows = changed(
        table(names, n=n),
        amount=lambda v: Bare(f"{v:.2f}".replace(".", decimal), v),
        day=form(day),
        seen=form(day + " %H:%M"),
        note=str,
    )
    seen = COLUMNS.index("seen")
    # The seconds are not shown.
    rows = [(*r[:seen], Bare(r[seen], r[seen].means.replace(second=0)), *r[seen + 1 :]) for r in rows]
    return [(*row, Bare(truths[row[0] % 2], bool(row[0] % 2))) for row in rows]


def excel_abroad():
    for language, (encoding, day, truths, header) in LANGUAGES.items():
        columns = header.split("|")
        semicolon = Habit(sep=";", end="\r\n")
        for size, n in (("", 21), ("_few", 5), ("_many", 400)):
            rows = local(WORDS[encoding], day, truths, n=n)
            text = semicolon.write(rows, columns)
            name = f"excel_{language}{size}"
            yield case("Excel abroad", name, text, rows, columns, encoding, ("--encoding", encoding))
            yield case("Excel abroad", name + "_utf8", "\ufeff" + text, rows, columns)
        yield case("Excel abroad", f"excel_{language}_unsaid", text, rows, columns, encoding)
        yield case("Excel abroad", f"excel_{language}_sep", "sep=;\r\n" + text, rows, columns)
        tabs = Habit(sep="\t", end="\r\n").write(rows, columns)
        yield case("Excel abroad", f"excel_{language}_unicode_text", tabs.encode("utf-16"), rows, columns)
    rows = typed("ss", "Jürgen | 12 € \n Zoë “Z” | 7 €")
    text = "Name;Betrag\r\nJürgen;12 €\r\nZoë “Z”;7 €\r\n"
    said = ("--encoding", "windows-1252")
    yield case("Excel abroad", "excel_euro_signs", text, rows, ["Name", "Betrag"], "windows-1252", said)
    euros = [
        (f"Posten {i}", Bare(f"{1000 * i + 234},50 €".replace("000", "000"), 1000.0 * i + 234.5)) for i in range(1, 30)
    ]
    yield case(
        "Excel abroad", "excel_currency", Habit(sep=";").write(euros, ["Posten", "Betrag"]), euros, ["Posten", "Betrag"]
    )
    dots = [(f"Posten {i}", Bare(f"{i}.234,50", 1000.0 * i + 234.5)) for i in range(1, 30)]
    yield case(
        "Excel abroad",
        "excel_thousands_dots",
        Habit(sep=";").write(dots, ["Posten", "Betrag"]),
        dots,
        ["Posten", "Betrag"],
    )
    for name, first in (("", "sep=;"), ("_quoted", '"sep=;"'), ("_bom", "\ufeffsep=;")):
        rows = [("A", Bare("1,5", 1.5)), ("B", Bare("2,5", 2.5))]
        text = f"{first}\r\nName;Betrag\r\nA;1,5\r\nB;2,5\r\n"
        yield case("Excel abroad", "excel_sep_two_columns" + name, text, rows, ["Name", "Betrag"])
    text = "sep=|\r\nName|Amount\r\nA|1.5\r\nB|2.5\r\n"
    yield case("Excel abroad", "excel_sep_bar", text, typed("sf", "A | 1.5 \n B | 2.5"), ["Name", "Amount"])


def excel_us():
    us = Habit(end="\r\n")
    for size, n in (("", 21), ("_few", 5), ("_many", 400)):
        rows = local(WORDS["windows-1252"], "%m/%d/%Y", ("FALSE", "TRUE"), ".", n)
        # A point is no form that anybody leaves as text, and neither is TRUE.
        rows = [(*r[:2], r[2].means, *r[3:7], r[7].means) for r in rows]
        us = Habit(end="\r\n", real=fixed, truths=("FALSE", "TRUE"))
        columns = [*COLUMNS, "ok"]
        text = us.write(rows, columns)
        said = ("--encoding", "windows-1252")
        yield case("Excel", "excel_us" + size, text, rows, columns, "windows-1252", said)
        yield case("Excel", "excel_us_utf8" + size, "\ufeff" + text, rows, columns)
        yield case("Excel", "excel_us_mac" + size, text.replace("\r\n", "\r"), rows, columns)
        yield case("Excel", "excel_us_empty_rows" + size, text + (",," * 4)[:7] + "\r\n" + ",,,,,,,\r\n", rows, columns)
        wide = text.replace("\r\n", ",,,\r\n")
        yield case("Excel", "excel_us_empty_columns" + size, wide, rows, columns)
        title = "Orders of our shop,,,,,,,\r\n,,,,,,,\r\n" + text
        yield case("Excel", "excel_us_title" + size, title, rows, columns)
    iso = Habit(end="\r\n", real=fixed)
    money = [(i, Bare(f"${i * 1234:,.2f}", i * 1234.0), Bare(f"{i * 1.5:.1f}%", i * 1.5)) for i in range(1, 40)]
    yield case(
        "Excel", "excel_money_percent", iso.write(money, ["id", "price", "share"]), money, ["id", "price", "share"]
    )
    brackets = [
        (i, Bare(f"({i}.50)" if i % 3 else f"{i}.50", i + 0.5 if i % 3 == 0 else -i - 0.5)) for i in range(1, 40)
    ]
    yield case("Excel", "excel_accounting", iso.write(brackets, ["id", "balance"]), brackets, ["id", "balance"])
    thousands = [(i, Bare(f"{i * 1234:,}", i * 1234)) for i in range(1, 40)]
    yield case("Excel", "excel_thousands", iso.write(thousands, ["id", "people"]), thousands, ["id", "people"])
    errors = [(i, None if i % 7 == 0 else i / 4, None if i % 9 == 4 else i) for i in range(1, 60)]
    for mark in ("#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?"):
        text = Habit(end="\r\n", null=mark).write(errors, ["id", "ratio", "rank"])
        yield case(
            "Excel", "excel_errors_" + "".join(filter(str.isalpha, mark)).lower(), text, errors, ["id", "ratio", "rank"]
        )
    lines = [(i, f"street {i}\nfloor {i % 5}", i * 2) for i in range(1, 50)]
    yield case("Excel", "excel_lines_in_cells", iso.write(lines, ["id", "address", "n"]), lines, ["id", "address", "n"])
    head = [(i, f"name {i}", i * 2) for i in range(1, 50)]
    text = iso.write(head, ["id", "first\nname", "n"])
    yield case("Excel", "excel_lines_in_header", text, head, ["id", "first\nname", "n"])
    zips = [(f"{i * 37 % 100000:05d}", f"+49170{i:07d}", i) for i in range(1, 60)]
    yield case("Excel", "excel_zip_and_phone", iso.write(zips, ["zip", "phone", "n"]), zips, ["zip", "phone", "n"])
    ids = [(f"A{i}", 7.02608e17 + i * 1e14 if i % 9 == 0 else float(i)) for i in range(1, 60)]
    text = "code,number\r\n" + "".join(f"{a},{b:.5E}\r\n" if b > 1e6 else f"{a},{b:.0f}\r\n" for a, b in ids)
    ids = [(a, float(f"{b:.5E}")) for a, b in ids]
    yield case("Excel", "excel_scientific_ids", text, ids, ["code", "number"])
    total = only(["name", "amount"], ROWS)
    text = iso.write(total, ["name", "amount"]) + f"Total,{sum(r[1] for r in total):.2f}\r\n"
    total = [*total, ("Total", round(sum(r[1] for r in total), 2))]
    yield case("Excel", "excel_total", text, total, ["name", "amount"])


def other_sheets():
    for size, rows in SIZES.items():
        yield case("Google Sheets", "google_sheets" + size, Habit(end="\r\n").write(rows).removesuffix("\r\n"), rows)
        us = changed(rows, day=form("%-m/%-d/%Y"), seen=form("%-m/%-d/%Y %-H:%M:%S"))
        yield case("Google Sheets", "google_sheets_us" + size, Habit(end="\r\n").write(us).removesuffix("\r\n"), us)
        flags = [(*row, row[0] % 2 == 0) for row in rows]
        text = Habit(end="\r\n", truths=("FALSE", "TRUE")).write(flags, [*COLUMNS, "done"])
        yield case("Google Sheets", "google_sheets_boxes" + size, text + ",,,,,,,\r\n" * 3, flags, [*COLUMNS, "done"])
        yield case("LibreOffice", "libreoffice" + size, Habit().write(rows), rows)
        yield case("LibreOffice", "libreoffice_quoted" + size, Habit(quotes="text").write(rows), rows)
        german = changed(rows, amount=lambda v: Bare(fixed(v).replace(".", ","), v), day=form("%d.%m.%Y"))
        yield case("LibreOffice", "libreoffice_german" + size, Habit(sep=";").write(german), german)
        yield case("LibreOffice", "libreoffice_tab" + size, Habit(sep="\t", quotes="text").write(rows), rows)
        single = Habit(sep=",").write(changed(rows, name=lambda v: v.replace("'", "")), COLUMNS)
        single = single.replace('""', "\0").replace('"', "'").replace("\0", '"')
        truth = changed(rows, name=lambda v: v.replace("'", ""))
        yield case("LibreOffice", "libreoffice_single_quotes" + size, single, truth)


def cases():
    return [*excel_abroad(), *excel_us(), *other_sheets()]
