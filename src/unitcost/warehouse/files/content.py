"""The content of a file, apart from its wrapping: compression, byte order mark and line ends do not count."""

from __future__ import annotations

import codecs
import gzip
import hashlib
from collections.abc import Iterator
from pathlib import Path

from isal import igzip
from isal.igzip_lib import IsalError

from unitcost.errors import DataProblem

CHUNK = 1 << 20
GZIP_MAGIC = b"\x1f\x8b"
PARQUET_MAGIC = b"PAR1"
ENCRYPTED_MAGIC = b"PARE"
ZIP_MAGIC = b"PK\x03\x04"
SMALLEST_PARQUET = 12  # a mark, the length of the footer, and the mark again
# The engine reads no longer lines, and a line without end would fill the memory.
MAX_LINE = 2_000_000
# Bills shrink to a tenth or a fiftieth. What grows without measure is a mistake, or meant to fill the disk.
MAX_GROWTH = 150
FREE_GROWTH = 1 << 27
HEAD = 1 << 16


def sha256(path: Path, name: str) -> str:
    """Return the sha256 of a file's bytes as they are.

    Raises DataProblem for an empty file, a name that does not fit the content, Parquet that is damaged or
    encrypted, and a text whose beginning is none.
    """
    _check_kind(path, name)
    if not path.name.lower().endswith(".parquet"):
        text = _Text(path, name)
        text.add(next(chunks(path, name), b""))
        text.check_filled()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_text(path: Path, name: str) -> None:
    """Look over the whole of a text file. Raises DataProblem as `checked` does."""
    for _ in checked(path, name):
        pass


def checked(path: Path, name: str) -> Iterator[bytes]:
    """Yield a text file's bytes, decompressed, having looked over them.

    Raises DataProblem for a damaged archive or one that never ends, and for text that is not UTF-8 or has NUL
    bytes, a byte order mark in the middle or a line without end, with its line.
    """
    text = _Text(path, name)
    for chunk in chunks(path, name):
        text.add(chunk)
        yield chunk
    text.end()


def _check_kind(path: Path, name: str) -> None:
    with path.open("rb") as file:
        head = file.read(4)
        size = file.seek(0, 2)
        file.seek(-min(4, size), 2)
        tail = file.read()
    if not head:
        raise DataProblem("The file is empty", where=name, fix="export it again; zero bytes arrived")
    if path.name.lower().endswith(".parquet"):
        if head == tail == ENCRYPTED_MAGIC:
            raise DataProblem("The Parquet file is encrypted", where=name, fix="export it without encryption")
        if head != PARQUET_MAGIC or tail != PARQUET_MAGIC or size < SMALLEST_PARQUET:
            why = "it does not begin and end with the mark of the format"
            raise DataProblem("The Parquet file is damaged", where=name, why=why, fix="copy or export it again")
        return
    gzipped = path.name.lower().endswith(".gz")
    if gzipped != head.startswith(GZIP_MAGIC):
        why = "it is compressed but not called .gz" if not gzipped else "it is called .gz but not compressed"
        raise DataProblem("The name does not fit the content", where=name, why=why, fix="rename the file")
    for magic, kind, fix in (
        (PARQUET_MAGIC, "Parquet", "rename the file"),
        (ZIP_MAGIC, "a zip archive or a spreadsheet", "unpack it, or save the spreadsheet as CSV"),
    ):
        if head == magic:
            raise DataProblem("The name does not fit the content", where=name, why=f"this is {kind}", fix=fix)


class _Text:
    """Text as it comes in, looked over: UTF-8, no stray bytes, no endless line."""

    def __init__(self, path: Path, name: str) -> None:
        self._path = path
        self._name = name
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._seen = 0
        self._line = 0  # bytes of the line that has not ended
        self._carried = b""

    def add(self, block: bytes) -> None:
        """Take the next bytes. Raises DataProblem naming the line of what does not belong there."""
        if not self._seen and block.startswith(codecs.BOM_UTF8 * 2):
            raise self._problem("A byte order mark is there twice", 0, "pieces of files seem to be joined")
        if not block.isascii() or self._decoder.getstate()[0]:
            self._decode(block)
            # A mark is no ASCII, and may be cut in two by the end of a block.
            text = self._carried + block
            place = text.find(b"\n" + codecs.BOM_UTF8)
            if place >= 0:
                why = "pieces of files seem to be joined"
                raise self._problem("A byte order mark is in the middle", place + 1 - len(self._carried), why)
        if b"\0" in block:
            raise self._problem("A NUL byte is in the text; UTF-16, perhaps", block.index(b"\0"))
        ends = block.find(b"\n"), block.rfind(b"\n")
        if ends[0] < 0 and b"\r" in block:
            ends = block.find(b"\r"), block.rfind(b"\r")
        if self._line + (len(block) if ends[0] < 0 else ends[0]) > MAX_LINE:
            raise self._problem("The line is too long", 0, f"it has more than {MAX_LINE} bytes")
        self._line = self._line + len(block) if ends[0] < 0 else len(block) - ends[1] - 1
        self._carried = (self._carried + block[-3:])[-3:]
        self._seen += len(block)

    def end(self) -> None:
        """Say that no more bytes come."""
        self._decode(b"", final=True)
        self.check_filled()

    def check_filled(self) -> None:
        """Raise DataProblem where nothing has come but a byte order mark."""
        if self._seen <= len(codecs.BOM_UTF8) and self._carried in (b"", codecs.BOM_UTF8):
            raise DataProblem("The file is empty", where=self._name, fix="export it again; it holds no text")

    def _decode(self, block: bytes, final: bool = False) -> None:
        try:
            self._decoder.decode(block, final)
        except UnicodeDecodeError as error:
            why = f"byte 0x{error.object[error.start]:02x} does not belong there; Latin-1 or UTF-16, perhaps"
            fix = "export it as UTF-8, or convert it: iconv -f LATIN1 -t UTF-8"
            place = error.start - (len(error.object) - len(block))
            raise self._problem("The file is not UTF-8", place, why, fix) from None

    def _problem(self, what: str, place: int, why: str | None = None, fix: str = "export it again") -> DataProblem:
        line = _line_at(self._path, self._name, self._seen + place)
        return DataProblem(what, where=f"{self._name}, line {line}", why=why, fix=fix)


def _line_at(path: Path, name: str, offset: int) -> int:
    """Return the number of the line that holds a byte of a text; any of LF, CRLF and CR ends a line."""
    text = b""
    for chunk in chunks(path, name):
        text += chunk
        if len(text) > offset:
            break
    before = text[:offset].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return before.count(b"\n") + 1


def packing(path: Path, name: str) -> list[str]:
    """Return how a text file is wrapped, from its first block: gzipped, a byte order mark, Windows line ends."""
    if path.name.lower().endswith(".parquet"):
        return []
    block = next(chunks(path, name), b"")
    signs = {
        "are gzipped": path.name.lower().endswith(".gz"),
        "begin with a byte order mark": block.startswith(codecs.BOM_UTF8),
        "have Windows line ends": b"\r\n" in block,
    }
    return [sign for sign, there in signs.items() if there]


def canonical_head(path: Path, name: str) -> str:
    """Return a digest of how a text file begins, apart from its wrapping: equal files have equal heads."""
    head = b""
    for block in canonical(path, name):
        head += block
        if len(head) >= HEAD:
            break
    return hashlib.sha256(head[:HEAD]).hexdigest()


def canonical_sha256(path: Path, name: str) -> str:
    """Return the sha256 of a text file's content: decompressed, without byte order mark, with plain line ends."""
    state = hashlib.sha256()
    for block in canonical(path, name):
        state.update(block)
    return state.hexdigest()


def canonical(path: Path, name: str) -> Iterator[bytes]:
    """Yield a text file's content: decompressed, without byte order mark, every line end a line feed."""
    first, pending = True, b""
    for chunk in chunks(path, name):
        block = pending + (chunk.removeprefix(codecs.BOM_UTF8) if first else chunk)
        first = False
        # A carriage return at the end of a block may belong to a line feed in the next one.
        pending = b"\r" if block.endswith(b"\r") else b""
        block = block.removesuffix(b"\r")
        yield block.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in block else block
    yield pending.replace(b"\r", b"\n")


def chunks(path: Path, name: str) -> Iterator[bytes]:
    """Yield a text file's bytes, decompressed. Raises DataProblem where the archive breaks off, or never ends."""
    gzipped = path.name.lower().endswith(".gz")
    try:
        with path.open("rb") as raw:
            file = igzip.GzipFile(fileobj=raw) if gzipped else raw
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
    except (EOFError, gzip.BadGzipFile, IsalError) as error:
        raise DataProblem(
            "The compressed file is damaged or breaks off",
            where=name,
            why=str(error) or type(error).__name__,
            fix="copy or export it again",
        ) from None
