"""Which files there are: the same twice, deliveries, links, folders, patterns."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

from .case import SAME, Accepted, Case, Change, data
from .changes import also, bent, cell, moved, removed, report, written
from .costs import AWS

AZURE = "bills/azure.csv"
COPY = "bills/copy.csv"
FIRST, LATER = "delivery=2024-06-05T08:00:00Z", "delivery=2024-06-07T08:00:00Z"


def _copy(function: Callable[[bytes], bytes] = bytes, name: str = COPY) -> Change:
    return bent(AWS, function, name)


def _link(name: str, target: str) -> Change:
    return lambda folder: (folder / name).symlink_to(target)


def _folder(name: str) -> Change:
    return lambda folder: (folder / name).mkdir(parents=True)


def _paths(*paths: str) -> Change:
    return report('"bills/**/*"', ", ".join(f'"{path}"' for path in paths))


def _dearer(name: str) -> Change:
    """Make EC2 of May ten times as dear."""
    return also(cell(name, 3, "BilledCost", "1000"), cell(name, 3, "EffectiveCost", "800"))


def _delivered(*changes: Change) -> Change:
    """Put all bills into a delivery, and go on."""
    return also(moved(AWS, f"bills/{FIRST}/aws.csv"), moved(AZURE, f"bills/{FIRST}/azure.csv"), *changes)


def _outside(name: str) -> Change:
    """Move the AWS bill out of the company's folder."""
    return lambda folder: (folder / AWS).rename(folder.parent / f"{folder.name}-{name}")  # type: ignore[func-returns-value]


def _absolute(folder: Path) -> None:
    """Name the bills by absolute paths."""
    config = folder / "report.toml"
    config.write_text(config.read_text("utf-8").replace("bills/**/*", (folder / "bills/**/*").as_posix()), "utf-8")


REPEATED = [
    Case("the same file under another name", _copy(), Accepted("no figure changes", repeated=(COPY,))),
    Case(
        "the same file, compressed",
        _copy(gzip.compress, f"{COPY}.gz"),
        Accepted("no figure changes", repeated=(f"{COPY}.gz",)),
    ),
    Case(
        "the same file with CRLF",
        _copy(lambda content: content.replace(b"\n", b"\r\n")),
        Accepted("no figure changes", repeated=(COPY,)),
    ),
    Case(
        "the same file with CR",
        _copy(lambda content: content.replace(b"\n", b"\r")),
        Accepted("no figure changes", repeated=(COPY,)),
    ),
    Case(
        "the same file with a byte order mark",
        _copy(lambda content: b"\xef\xbb\xbf" + content),
        Accepted("no figure changes", repeated=(COPY,)),
    ),
    Case(
        "the same file in a folder below",
        _copy(name="bills/old/aws.csv"),
        Accepted("no figure changes", repeated=("bills/old/aws.csv",)),
    ),
    Case("the same file by a link", _link(COPY, "aws.csv"), Accepted("no figure changes", repeated=(COPY,))),
    Case(
        "the same activity twice",
        also(
            bent("activity.csv", bytes, "use/a.csv"),
            bent("activity.csv", bytes, "use/b.csv"),
            report('"activity.csv"', '"use/*"'),
        ),
        Accepted("no figure changes", repeated=("use/b.csv",)),
    ),
    Case(
        "the same subscriptions twice",
        also(
            bent("subscriptions.csv", bytes, "subs/a.csv"),
            bent("subscriptions.csv", bytes, "subs/b.csv"),
            report('"subscriptions.csv"', '"subs/*"'),
        ),
        Accepted("no figure changes", repeated=("subs/b.csv",)),
    ),
    Case("a file that two patterns match", _paths("bills/*", "bills/aws*"), SAME),
    Case("a file named twice", _paths(AWS, AWS, AZURE), SAME),
    Case("a folder and a file in it", _paths("bills", AWS), SAME),
    Case("a file named by way of another folder", _paths("bills/../bills/aws.csv", "bills/*"), SAME),
]
DELIVERIES = [
    Case("one delivery", _delivered(), SAME),
    Case("a bill outside deliveries and in one", also(bent(AWS, bytes, f"bills/{FIRST}/aws.csv"), _dearer(AWS)), SAME),
    Case(
        "a later delivery of one provider",
        _delivered(bent(f"bills/{FIRST}/aws.csv", bytes, f"bills/{LATER}/aws.csv"), _dearer(f"bills/{FIRST}/aws.csv")),
        SAME,
    ),
    Case(
        "a delivery without one of the providers",
        _delivered(moved(f"bills/{FIRST}/aws.csv", f"bills/{LATER}/aws.csv")),
        SAME,
    ),
    Case(
        "a later delivery with a bad amount in the older one",
        _delivered(
            bent(f"bills/{FIRST}/aws.csv", bytes, f"bills/{LATER}/aws.csv"),
            cell(f"bills/{FIRST}/aws.csv", 5, "BilledCost", "abc"),
        ),
        data(f"bills/{FIRST}/aws.csv, line 5, column BilledCost", "not a number"),
    ),
    Case(
        "two deliveries of one moment, written in two ways",
        _delivered(bent(f"bills/{FIRST}/aws.csv", bytes, "bills/delivery=20240605T080000Z/aws.csv")),
        Accepted("one delivery", repeated=("bills/delivery=20240605T080000Z/aws.csv",)),
    ),
    Case(
        "a delivery whose time is not in UTC",
        moved(AWS, "bills/delivery=2024-06-05T10:00:00+02:00/aws.csv"),
        data("bills/delivery=2024-06-05T10:00:00+02:00/aws.csv", "UTC"),
    ),
    Case(
        "the same content in two deliveries",
        _delivered(bent(f"bills/{FIRST}/aws.csv", bytes, f"bills/{LATER}/aws.csv")),
        SAME,
    ),
    Case(
        "a delivery without a time",
        also(moved(AWS, "bills/delivery=latest/aws.csv")),
        data("bills/delivery=latest/aws.csv", "does not carry a time"),
    ),
    Case(
        "a delivery of 30 February",
        also(moved(AWS, "bills/delivery=2024-02-30T00:00:00Z/aws.csv")),
        data("bills/delivery=2024-02-30T00:00:00Z/aws.csv", "does not carry a time"),
    ),
    Case(
        "a delivery whose time is written in one piece",
        also(moved(AWS, "bills/delivery=20240605T080000Z/aws.csv")),
        SAME,
    ),
]
FILES = [
    Case(
        "no file that matches",
        _paths("bills/*.parquet"),
        data("report.toml, [costs]", "No file matches 'bills/*.parquet'"),
    ),
    Case(
        "a second pattern that matches nothing",
        _paths("bills/**/*", "more/**/*"),
        data("report.toml, [costs]", "No file matches 'more/**/*'"),
    ),
    Case(
        "a file that is not there",
        _paths("bills/gcp.csv"),
        data("report.toml, [costs]", "No file matches 'bills/gcp.csv'"),
    ),
    Case(
        "a folder that is not there", _paths("invoices/"), data("report.toml, [costs]", "No file matches 'invoices/'")
    ),
    Case("an empty folder", also(_folder("more"), _paths("more")), data("report.toml, [costs]: more", "no data file")),
    Case(
        "a file of another kind",
        also(written("bills/aws.xlsx", "x"), _paths("bills/aws.xlsx")),
        data("report.toml, [costs]", "kind of file"),
    ),
    Case(
        "files of other kinds beside the bills",
        also(written("bills/manifest.json", "{}"), written("bills/readme.md", "x")),
        SAME,
    ),
    Case(
        "hidden files beside the bills",
        also(_copy(lambda _: b"x", "bills/.aws.csv"), _copy(lambda _: b"x", "bills/_aws.csv")),
        SAME,
    ),
    Case("files in a hidden folder", _copy(lambda _: b"x", "bills/.old/aws.csv"), SAME),
    Case("capitals in the name's end", moved(AWS, "bills/AWS.CSV"), SAME),
    Case("a name with the marks of patterns", moved(AWS, "bills/aws[1]*?.csv"), SAME),
    Case("a name with a quote and blanks", moved(AWS, 'bills/it\'s "a" bill.csv'), SAME),
    Case("a name that is not UTF-8", lambda folder: (folder / AWS).rename(folder / "bills/caf\udce9.csv"), SAME),  # type: ignore[func-returns-value]
    Case(
        "a folder called like a file",
        also(moved(AWS, "bills/aws.csv.tmp/aws.csv"), moved("bills/aws.csv.tmp", "bills/aws.csv")),
        SAME,
    ),
    Case(
        "a folder called like a file, where the pattern does not go into folders",
        also(moved(AWS, "bills/x/aws.csv"), moved("bills/x", "bills/aws.csv"), _paths("bills/*")),
        data("report.toml, [costs]: bills/aws.csv", "folder is called like a file"),
    ),
    Case(
        "an empty folder called like a file",
        also(removed(AWS), _folder(AWS)),
        data("report.toml, [costs]: bills/aws.csv", "no data file"),
    ),
    Case("a link to nowhere", _link(COPY, "gone.csv"), data(COPY, "cannot be read")),
    Case("a link to itself", _link(COPY, "copy.csv"), data(COPY, "cannot be read")),
    Case("a linked folder that leads back", _link("bills/all", "."), SAME),
    Case("a link to a file that cannot be read", _link(COPY, "/proc/self/mem"), data(COPY, "cannot be read")),
    Case(
        "a file that may not be read", lambda folder: (folder / AWS).chmod(0), data(AWS, "may not be read"), apart=True
    ),
    Case(
        "a folder that may not be read",
        lambda folder: (folder / "bills").chmod(0),
        data("report.toml, [costs]: bills", "cannot be read"),
        apart=True,
    ),
    Case(
        "a bill outside the company's folder, by ..",
        also(_outside("aws.csv"), lambda folder: _paths(f"../{folder.name}-aws.csv", "bills/*")(folder)),
        SAME,
    ),
    Case(
        "a bad bill outside the company's folder",
        also(
            cell(AWS, 5, "BilledCost", "abc"),
            _outside("aws.csv"),
            lambda folder: _paths(f"../{folder.name}-aws.csv", "bills/*")(folder),
        ),
        data("{folder}-aws.csv, line 5, column BilledCost", "not a number"),
    ),
    Case("absolute paths", _absolute, SAME),
    Case(
        "a bad bill by an absolute path",
        also(_absolute, cell(AWS, 5, "BilledCost", "abc")),
        data(f"{AWS}, line 5, column BilledCost", "not a number"),
    ),
    Case("a bad file that no pattern names", also(written("old/aws.csv", "x"), _paths("bills/*")), SAME),
]
CASES = {"Files: twice": REPEATED, "Files: deliveries": DELIVERIES, "Files: patterns, links, folders": FILES}
