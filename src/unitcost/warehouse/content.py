"""The content of a file, apart from its wrapping: compression, byte order mark and line ends do not count."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import zlib
from collections.abc import Iterator
from pathlib import Path

from unitcost.errors import DataProblem

CHUNK = 1 << 20
GZIP_MAGIC = b"\x1f\x8b"
PARQUET_MAGIC = b"PAR1"
ENCRYPTED_MAGIC = b"PARE"
SMALLEST_PARQUET = 12  # a mark, the length of the footer, and the mark again
ZIP_MAGIC = b"PK\x03\x04"
# The engine reads no longer lines, and a line without end would fill the memory.
MAX_LINE = 2_000_000
# Bills shrink to a tenth or a fiftieth. What grows without measure is a mistake, or meant to fill the disk.
MAX_GROWTH = 150
FREE_GROWTH = 1 << 27


def canonical_sha256(path: Path, name: str) -> str:
    """Return the sha256 of a file's content: Parquet as it is, text decompressed and with plain line ends.

    Raises DataProblem for an empty file, a damaged archive, a name that does not fit the content, or text
    that is not UTF-8 (with its line).
    """
    with path.open("rb") as file:
        head = file.read(4)
    if not head:
        raise DataProblem("The file is empty", where=name, fix="export it again; zero bytes arrived")
    if path.name.lower().endswith(".parquet"):
        return _parquet_sha256(path, name, head)
    gzipped = path.name.lower().endswith(".gz")
    if gzipped != head.startswith(GZIP_MAGIC):
        raise DataProblem(
            "The name does not fit the content",
            where=name,
            why="it is compressed but not called .gz" if not gzipped else "it is called .gz but not compressed",
            fix="rename the file",
        )
    for magic, kind in ((PARQUET_MAGIC, "Parquet"), (ZIP_MAGIC, "a zip archive")):
        if head == magic:
            raise DataProblem(
                "The name does not fit the content",
                where=name,
                why=f"this is {kind}",
                fix="rename the file" if kind == "Parquet" else "unpack it",
            )
    return _text_sha256(path, name)


def _parquet_sha256(path: Path, name: str, head: bytes) -> str:
    with path.open("rb") as file:
        state = hashlib.sha256()
        tail = b""
        while chunk := file.read(CHUNK):
            state.update(chunk)
            tail = (tail + chunk)[-4:]
    if head == tail == ENCRYPTED_MAGIC:
        raise DataProblem("The Parquet file is encrypted", where=name, fix="export it without encryption")
    if head != PARQUET_MAGIC or tail != PARQUET_MAGIC or path.stat().st_size < SMALLEST_PARQUET:
        raise DataProblem(
            "The Parquet file is damaged",
            where=name,
            why="it does not begin and end with the mark of the format",
            fix="copy or export it again",
        )
    return state.hexdigest()


def _text_sha256(path: Path, name: str) -> str:
    text = _Text(name)
    first, pending = True, b""
    for chunk in chunks(path, name):
        block = pending + (chunk.removeprefix(codecs.BOM_UTF8) if first else chunk)
        first = False
        # A carriage return at the end of a block may belong to a line feed in the next one.
        pending = b"\r" if block.endswith(b"\r") else b""
        text.add(block.removesuffix(b"\r").replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
    text.add(pending.replace(b"\r", b"\n"), final=True)
    if not text.size:
        raise DataProblem("The file is empty", where=name, fix="export it again; it holds no text")
    return text.state.hexdigest()


class _Text:
    """Text with plain line ends as it comes in, hashed and looked over: UTF-8, no stray bytes, no endless line."""

    def __init__(self, name: str) -> None:
        self.state = hashlib.sha256()
        self.size = 0
        self._name = name
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._lines = 0  # ended so far
        self._line = 0  # bytes of the line that has not ended

    def add(self, block: bytes, final: bool = False) -> None:
        """Take the next bytes. Raises DataProblem naming the line of what does not belong there."""
        self._decode(block, final)
        self._refuse(block, b"\0", 0, "A NUL byte is in the text; UTF-16, perhaps")
        start = b"\n" if not self._line else b""
        self._refuse(start + block, b"\n" + codecs.BOM_UTF8, 1 - len(start), "A byte order mark is in the middle")
        end = block.find(b"\n")
        if self._line + (len(block) if end < 0 else end) > MAX_LINE:
            raise self._problem("The line is too long", 0, f"it has more than {MAX_LINE} bytes")
        self._line = self._line + len(block) if end < 0 else len(block) - block.rindex(b"\n") - 1
        self._lines += block.count(b"\n")
        self.size += len(block)
        self.state.update(block)

    def _decode(self, block: bytes, final: bool) -> None:
        try:
            self._decoder.decode(block, final)
        except UnicodeDecodeError as error:
            lines = bytes(error.object[: error.start]).count(b"\n")
            why = f"byte 0x{error.object[error.start]:02x} does not belong there; Latin-1 or UTF-16, perhaps"
            fix = "export it as UTF-8, or convert it: iconv -f LATIN1 -t UTF-8"
            raise self._problem("The file is not UTF-8", lines, why, fix) from None

    def _refuse(self, block: bytes, stray: bytes, lines: int, what: str) -> None:
        place = block.find(stray)
        if place >= 0:
            why = "pieces of files seem to be joined" if codecs.BOM_UTF8 in stray else None
            raise self._problem(what, lines + block[:place].count(b"\n"), why)

    def _problem(self, what: str, lines: int, why: str | None, fix: str = "export it again") -> DataProblem:
        return DataProblem(what, where=f"{self._name}, line {self._lines + lines + 1}", why=why, fix=fix)


def chunks(path: Path, name: str) -> Iterator[bytes]:
    """Yield a text file's bytes, decompressed. Raises DataProblem where the archive breaks off, or never ends."""
    gzipped = path.name.lower().endswith(".gz")
    try:
        with path.open("rb") as raw:
            file = gzip.GzipFile(fileobj=raw) if gzipped else raw
            size = 0
            while chunk := file.read(CHUNK):
                size += len(chunk)
                if gzipped and size > max(FREE_GROWTH, MAX_GROWTH * raw.tell()):
                    raise DataProblem(
                        "The compressed file unpacks to far more than a bill would",
                        where=name,
                        why=f"its first {raw.tell()} bytes hold {size >> 20} MiB",
                        fix="export it again; if it is right, give it uncompressed",
                    )
                yield chunk
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataProblem(
            "The compressed file is damaged or breaks off",
            where=name,
            why=str(error) or type(error).__name__,
            fix="copy or export it again",
        ) from None
