"""Compressed files that are damaged, endless, or not what their name says."""

from __future__ import annotations

import codecs
import gzip
import io
import zipfile
from collections.abc import Callable

from .case import SAME, Case, Change, data
from .changes import also, bent, moved, removed, written
from .company import AWS as ROWS
from .company import table
from .costs import AWS

GZ = f"{AWS}.gz"
MEBIBYTE = 1 << 20
GIBIBYTES = 4


def _gz(function: Callable[[bytes], bytes]) -> Change:
    """Compress the AWS bill and spoil the archive."""
    return also(bent(AWS, lambda content: function(gzip.compress(content, mtime=0)), GZ), removed(AWS))


def _bomb(name: str, head: Callable[[bytes], bytes], filling: bytes) -> Change:
    """Write an archive of a few megabytes that unpacks to gigabytes of `filling`; a gzip file may have many members."""

    def function(content: bytes) -> bytes:
        times = MEBIBYTE // len(filling)
        member = gzip.compress(filling * times, mtime=0)
        return gzip.compress(head(content), mtime=0) + member * (GIBIBYTES << 10)

    return also(bent(name, function, f"{name}.gz"), removed(name))


def _zip(content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("aws.csv", content)
    return out.getvalue()


def _bombs() -> list[Case]:
    endless = data(f"{GZ}, line 6", "too long")
    rows = data(GZ, "unpacks to far more")
    row = table(ROWS[1:2]).encode().split(b"\n", 1)[1]
    return [
        Case("gigabytes of blanks in one line", _bomb(AWS, lambda content: content, b" "), endless, apart=True),
        Case("gigabytes of digits in one line", _bomb(AWS, lambda content: content, b"1"), endless, apart=True),
        Case(
            "a header without end",
            _bomb(AWS, lambda _: b"BilledCost,", b"x"),
            data(f"{GZ}, line 1", "too long"),
            apart=True,
        ),
        Case("a quoted cell without end", _bomb(AWS, lambda content: content + b'"', b"x\n"), rows, apart=True),
        Case("gigabytes of line ends", _bomb(AWS, lambda content: content, b"\n"), rows, apart=True),
        Case("gigabytes of one row", _bomb(AWS, lambda content: content, row), rows, apart=True),
    ]


BROKEN = "breaks off"
ARCHIVES = [
    Case("compressed, called .csv.gz", _gz(lambda archive: archive), SAME),
    Case(
        "compressed in two pieces, joined",
        also(bent(AWS, lambda content: gzip.compress(content[:300]) + gzip.compress(content[300:]), GZ), removed(AWS)),
        SAME,
    ),
    Case(
        "compressed, with a byte order mark inside",
        also(bent(AWS, lambda content: gzip.compress(codecs.BOM_UTF8 + content), GZ), removed(AWS)),
        SAME,
    ),
    *(
        Case(f"cut {where}", _gz(lambda archive, at=at: archive[:at]), data(GZ, said))  # type: ignore[misc]
        for where, at, said in (
            ("after its first byte", 1, "not compressed"),
            ("in its header", 5, BROKEN),
            ("behind its header", 10, BROKEN),
            ("after 60 bytes", 60, BROKEN),
            ("before its checksum", -8, BROKEN),
            ("in its checksum", -5, BROKEN),
            ("before its last byte", -1, BROKEN),
        )
    ),
    Case("a wrong checksum", _gz(lambda archive: archive[:-8] + b"\0\0\0\0" + archive[-4:]), data(GZ, "damaged")),
    Case(
        "bytes overwritten in the middle",
        _gz(lambda archive: archive[:80] + b"\xff" * 20 + archive[100:]),
        data(GZ, "damaged"),
    ),
    Case("text behind the archive", _gz(lambda archive: archive + b"trailing garbage"), data(GZ, "damaged")),
    Case("zeros behind the archive", _gz(lambda archive: archive + bytes(512)), SAME),
    Case("an archive of nothing", also(written(GZ, lambda: gzip.compress(b"")), removed(AWS)), data(GZ, "empty")),
    Case("compressed twice", _gz(gzip.compress), data(f"{GZ}, line 1", "UTF-8")),
    Case("called .csv.gz, not compressed", moved(AWS, GZ), data(GZ, "not compressed")),
    Case("compressed, called .csv", bent(AWS, gzip.compress), data(AWS, "compressed", "not called .gz")),
    Case("a zip archive, called .csv", bent(AWS, _zip), data(AWS, "zip archive", "unpack")),
    Case("a zip archive, called .csv.gz", also(bent(AWS, _zip, GZ), removed(AWS)), data(GZ, "not compressed")),
    Case("CSV, called .parquet", moved(AWS, "bills/aws.parquet"), data("bills/aws.parquet", "damaged")),
    Case(
        "activity cut in the middle",
        also(
            bent("activity.csv", lambda content: gzip.compress(content)[:60], "activity.csv.gz"),
            removed("activity.csv"),
            bent("report.toml", lambda content: content.replace(b"activity.csv", b"activity.csv.gz")),
        ),
        data("activity.csv.gz", BROKEN),
    ),
    Case(
        "rates cut in the middle",
        also(
            bent("fx.csv", lambda content: gzip.compress(content)[:30], "fx.csv.gz"),
            removed("fx.csv"),
            bent("report.toml", lambda content: content.replace(b"fx.csv", b"fx.csv.gz")),
        ),
        data("fx.csv.gz", BROKEN),
    ),
]
CASES = {"Archives": ARCHIVES, "Archives that never end": _bombs()}
