"""What is wrong with a CSV file as a whole: cells, quotes, lines, characters, separators."""

from __future__ import annotations

import codecs
import csv
import io

from .audience import ACTIVITY, SUBSCRIPTIONS
from .case import SAME, Case, Change, data
from .changes import Table, also, appended, bent, cell, rows, text, written
from .company import AWS as ROWS
from .company import FILES
from .costs import AWS, at

WIDTH = len(ROWS[0])
HEADER = ",".join(ROWS[0])


def _bytes(old: bytes, new: bytes) -> Change:
    return bent(AWS, lambda content: content.replace(old, new))


def _fees(new: str) -> Change:
    """Write something in place of the service of the tax, raw."""
    return text(AWS, ",Fees,", f",{new},")


def _wider(columns: int) -> Change:
    def function(cells: Table) -> None:
        for number, row in enumerate(cells):
            row += [f"x_{place}" if not number else "" for place in range(columns - WIDTH)]

    return rows(AWS, function)


def _separated(mark: str) -> Change:
    return rows(AWS, lambda cells: cells.__setitem__(slice(None), [[mark.join(row)] for row in cells]))


def _quoted(cells: bytes) -> bytes:
    lines = csv.reader(io.StringIO(cells.decode()))
    out = io.StringIO()
    csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(lines)
    return out.getvalue().encode()


def _latin(name: str) -> Change:
    return bent(name, lambda content: content + "é\n".encode("latin-1"))


def _twice(name: str, column: str) -> Change:
    """Repeat a column with its values."""

    def function(cells: Table) -> None:
        place = cells[0].index(column)
        for row in cells:
            row.append(row[place])

    return rows(name, function)


SHAPE = [
    Case("a short line", appended(AWS, "1,2\n"), data(f"{AWS}, line 6", "2 cells", f"the header {WIDTH}")),
    Case(
        "a line that lacks its last cell",
        appended(AWS, "," * (WIDTH - 2) + "\n"),
        data(f"{AWS}, line 6", f"{WIDTH - 1} cells"),
    ),
    Case("a long line", text(AWS, "\n13,", "\n13,13,"), data(f"{AWS}, line 5", f"{WIDTH + 1} cells")),
    Case(
        "a comma too many at the end of a line",
        bent(AWS, lambda content: content[:-1] + b",\n"),
        data(f"{AWS}, line 5", f"{WIDTH + 1} cells"),
    ),
    Case(
        "a line of commas", appended(AWS, "," * (WIDTH - 1) + "\n"), data(at(6, "BilledCost"), "empty in 1 of 5 rows")
    ),
    Case("a line of blanks", appended(AWS, "   \n"), data(f"{AWS}, line 6", "1 cell")),
    Case("a short line at the end, without line end", appended(AWS, "1,2"), data(f"{AWS}, line 6", "2 cells")),
    Case("blank lines in the middle", _bytes(b"\n13,", b"\n\n\n13,"), SAME),
    Case("blank lines at the beginning", bent(AWS, lambda content: b"\n\n" + content), SAME),
    Case("blank lines at the end", appended(AWS, "\n\n\n"), SAME),
    Case("no line end at the end", bent(AWS, bytes.rstrip), SAME),
    Case("a cell of 100,000 characters", _fees("x" * 100_000), SAME),
    Case("a cell of 3,000,000 characters", _fees("x" * 3_000_000), data(f"{AWS}, line 5", "long")),
    Case("2,000 columns", _wider(2_000), SAME),
    Case("6,000 columns", _wider(6_000), data(f"{AWS}, line 1", "6000 columns")),
    Case("an empty file", written(AWS, ""), data(AWS, "empty")),
    Case("a byte order mark and nothing else", written(AWS, codecs.BOM_UTF8), data(AWS, "empty")),
    Case("a line end and nothing else", written(AWS, "\n"), data(AWS, "no header")),
    Case("a header and no rows", written(AWS, HEADER + "\n"), data(AWS, "no rows")),
    Case(
        "rows without header", bent(AWS, lambda content: content.split(b"\n", 1)[1]), data(f"{AWS}, line 1", "header")
    ),
    Case("a line `sep=,` before the header", bent(AWS, lambda content: b"sep=,\n" + content), data(AWS, "missing")),
    Case(
        "a comment before the header", bent(AWS, lambda content: b"# exported today\n" + content), data(AWS, "missing")
    ),
    *(
        Case(f"separated by {name}", _separated(mark), data(AWS, "not separated by commas"))
        for mark, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars"))
    ),
    Case("two exports in one file", bent(AWS, lambda content: content * 2), data(f"{AWS}, line 6")),
]
QUOTES = [
    Case("a quote that is never closed", appended(AWS, '1,"2\n'), data(f"{AWS}, line 6", "quote")),
    Case("a quote in the middle of a cell", _fees('Fe"es'), SAME),
    Case("text behind a quoted cell", _fees('"Fe"es'), data(f"{AWS}, line 5", "quote")),
    Case("a quote behind a backslash", _fees('"Fe\\"es"'), data(f"{AWS}, line 5", "quote")),
    Case("a doubled quote", _fees('"Fe""es"'), SAME),
    Case("every cell in quotes", bent(AWS, _quoted), SAME),
    Case("a blank before a quote", _fees(' "Fees"'), SAME),
    Case("a line end inside quotes", _fees('"Fe\nes"'), SAME),
    Case(
        "a bad amount behind a line end inside quotes",
        also(text(AWS, ",S3,", ',"S\n3",'), text(AWS, "\n13,13", "\nabc,13")),
        data(at(6, "BilledCost"), "not a number"),
    ),
    Case(
        "a bad amount behind blank lines",
        text(AWS, "\n13,13", "\n\n\nabc,13"),
        data(at(7, "BilledCost"), "not a number"),
    ),
    Case(
        "a short line behind a line end inside quotes",
        also(text(AWS, ",S3,", ',"S\n3",'), appended(AWS, "1,2\n")),
        data(f"{AWS}, line 7", "2 cells"),
    ),
    Case(
        "a short line behind blank lines",
        also(text(AWS, "\n13,13", "\n\n\n13,13"), appended(AWS, "1,2\n")),
        data(f"{AWS}, line 8", "2 cells"),
    ),
    Case(
        "a bad amount in the second of two files",
        cell("bills/azure.csv", 3, "BilledCost", "abc"),
        data("bills/azure.csv, line 3, column BilledCost", "not a number"),
    ),
]
LINE_ENDS = [
    Case("lines that end in CRLF", _bytes(b"\n", b"\r\n"), SAME),
    Case("lines that end in CRLF and LF", _bytes(b"\n13,", b"\r\n13,"), SAME),
    Case("CRLF in the header alone", bent(AWS, lambda content: content.replace(b"\n", b"\r\n", 1)), SAME),
    Case("lines that end in CR", _bytes(b"\n", b"\r"), SAME),
    Case("a CR inside a cell", _fees("Fe\res"), data(f"{AWS}, line 5", "12 cells")),
    Case("a CR inside quotes", _fees('"Fe\res"'), SAME),
    Case(
        "a bad amount in a file with CRLF",
        also(_bytes(b"\n", b"\r\n"), text(AWS, "\n13,13", "\nabc,13")),
        data(at(5, "BilledCost"), "not a number"),
    ),
]
CHARACTERS = [
    Case("a byte order mark", bent(AWS, lambda content: codecs.BOM_UTF8 + content), SAME),
    Case(
        "a byte order mark twice",
        bent(AWS, lambda content: codecs.BOM_UTF8 * 2 + content),
        data(f"{AWS}, line 1", "byte order mark"),
    ),
    Case(
        "a byte order mark in the middle",
        _bytes(b"\n30,", b"\n\xef\xbb\xbf30,"),
        data(f"{AWS}, line 4", "byte order mark"),
    ),
    Case("a NUL byte", _fees("Fe\0es"), data(f"{AWS}, line 5", "NUL")),
    Case("NUL bytes at the end", appended(AWS, "\0" * 512), data(f"{AWS}, line 6", "NUL")),
    Case("UTF-16", bent(AWS, lambda content: content.decode().encode("utf-16")), data(f"{AWS}, line 1", "UTF-16")),
    Case(
        "UTF-16 without mark",
        bent(AWS, lambda content: content.decode().encode("utf-16-le")),
        data(f"{AWS}, line 1", "UTF-16"),
    ),
    Case("Latin-1", _bytes(b",Fees,", "Fées".join(",,").encode("latin-1")), data(f"{AWS}, line 5", "UTF-8")),
    Case("half a character, encoded", _bytes(b",Fees,", b",Fe\xed\xa0\x80es,"), data(f"{AWS}, line 5", "UTF-8")),
    Case(
        "a file that breaks off inside a character",
        bent(AWS, lambda content: content + b"\xc3"),
        data(f"{AWS}, line 6", "UTF-8"),
    ),
    Case("an emoji and an escape sequence", _fees("\U0001f4b8 \x1b[31m"), SAME),
]
OTHERS = [
    *(Case(f"{file}: an empty file", written(file, ""), data(file, "empty")) for file in (ACTIVITY, SUBSCRIPTIONS)),
    *(
        Case(f"{file}: a short line", appended(file, "u1,2\n"), data(f"{file}, line {line}", "2 cells"))
        for file, line in ((ACTIVITY, 11), (SUBSCRIPTIONS, 6))
    ),
    *(
        Case(f"{file}: a quote that is never closed", appended(file, '"u1\n'), data(f"{file}, line {line}", "quote"))
        for file, line in ((ACTIVITY, 11), (SUBSCRIPTIONS, 6))
    ),
    *(
        Case(f"{file}: a byte order mark", bent(file, lambda content: codecs.BOM_UTF8 + content), SAME)
        for file in (ACTIVITY, SUBSCRIPTIONS, "fx.csv", "invoices.csv")
    ),
    *(
        Case(f"{file}: CRLF", bent(file, lambda content: content.replace(b"\n", b"\r\n")), SAME)
        for file in (ACTIVITY, SUBSCRIPTIONS, "fx.csv", "invoices.csv")
    ),
    *(
        Case(f"{file}: Latin-1", _latin(file), data(f"{file}, line {line}", "UTF-8"))
        for file, line in ((ACTIVITY, 11), (SUBSCRIPTIONS, 6), ("fx.csv", 4))
    ),
    *(
        Case(f"{file}: a column twice", _twice(file, column), data(f"{file}, line 1", column, "twice"))
        for file, column in (("fx.csv", "rate"), ("invoices.csv", "amount"), (SUBSCRIPTIONS, "tier"))
    ),
    Case(
        f"{ACTIVITY}: separated by semicolons",
        bent(ACTIVITY, lambda content: content.replace(b",", b";")),
        data(ACTIVITY, "'date' is missing"),
    ),
    Case(
        f"{ACTIVITY}: a header and no rows",
        written(ACTIVITY, FILES[ACTIVITY].split("\n")[0] + "\n"),
        data("report.toml", "2024-05 has no activity"),
    ),
    Case(
        f"{ACTIVITY}: a header again in the middle",
        appended(ACTIVITY, FILES[ACTIVITY].split("\n")[0] + "\n"),
        data(f"{ACTIVITY}, line 11"),
    ),
]
CASES = {
    "CSV: shape": SHAPE,
    "CSV: quotes": QUOTES,
    "CSV: line ends": LINE_ENDS,
    "CSV: characters": CHARACTERS,
    "CSV: other files": OTHERS,
}
