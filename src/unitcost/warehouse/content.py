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
ZIP_MAGIC = b"PK\x03\x04"
HEAD = 1 << 16


def check_kind(path: Path, name: str) -> None:
    """Raise DataProblem for an empty file and for a name that does not fit the content."""
    with path.open("rb") as file:
        head = file.read(4)
        file.seek(-min(4, file.seek(0, 2)), 2)
        tail = file.read()
    if not head:
        raise DataProblem("The file is empty", where=name, fix="export it again; zero bytes arrived")
    if is_parquet(path):
        if head != PARQUET_MAGIC or tail != PARQUET_MAGIC:
            raise DataProblem(
                "The Parquet file is damaged",
                where=name,
                why="its first or last four bytes are not the mark of the format",
                fix="copy or export it again",
            )
        return
    gzipped = path.name.lower().endswith(".gz")
    if gzipped != head.startswith(GZIP_MAGIC):
        raise DataProblem(
            "The name does not fit the content",
            where=name,
            why="it is compressed but not called .gz" if not gzipped else "it is called .gz but not compressed",
            fix="rename the file",
        )
    for magic, what in ((PARQUET_MAGIC, "Parquet"), (ZIP_MAGIC, "a ZIP archive")):
        if head == magic:
            fix = "rename the file" if magic == PARQUET_MAGIC else "unpack it"
            raise DataProblem("The name does not fit the content", where=name, why=f"this is {what}", fix=fix)


def is_parquet(path: Path) -> bool:
    """Tell Parquet by its name."""
    return path.name.lower().endswith(".parquet")


def sha256(path: Path) -> str:
    """Return the sha256 of a file's bytes as they are."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def packing(path: Path, name: str) -> list[str]:
    """Return how a text file is wrapped, from its first block: gzipped, a byte order mark, Windows line ends."""
    if is_parquet(path):
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
    block = b""
    for chunk in chunks(path, name):
        block += chunk
        if len(block) >= 2 * HEAD:
            break
    block = block.removeprefix(codecs.BOM_UTF8).replace(b"\r\n", b"\n")
    return hashlib.sha256(block[:HEAD]).hexdigest()


def canonical_sha256(path: Path, name: str) -> str:
    """Return the sha256 of a text file's content: decompressed, without byte order mark, with plain line ends.

    Raises DataProblem for a damaged archive and for text that is not UTF-8 (with its line).
    """
    state = hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8")()
    lines = 0
    first, pending = True, b""
    for chunk in chunks(path, name):
        block = pending + (chunk.removeprefix(codecs.BOM_UTF8) if first else chunk)
        first = False
        # A carriage return at the end of a block may belong to a line feed in the next one.
        pending = b"\r" if block.endswith(b"\r") else b""
        block = block.removesuffix(b"\r").replace(b"\r\n", b"\n")
        _decode(decoder, block, name, lines)
        lines += block.count(b"\n")
        state.update(block)
    _decode(decoder, b"", name, lines, final=True)
    return state.hexdigest()


def _decode(decoder: codecs.IncrementalDecoder, block: bytes, name: str, lines: int, final: bool = False) -> None:
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError as error:
        line = lines + bytes(error.object[: error.start]).count(b"\n") + 1
        raise DataProblem(
            "The file is not UTF-8",
            where=f"{name}, line {line}",
            why=f"byte 0x{error.object[error.start]:02x} does not belong there; Latin-1 or UTF-16, perhaps",
            fix="export it as UTF-8, or convert it: iconv -f LATIN1 -t UTF-8",
        ) from None


def chunks(path: Path, name: str) -> Iterator[bytes]:
    """Yield a text file's bytes, decompressed. Raises DataProblem where the archive breaks off."""
    opener = gzip.open if path.name.lower().endswith(".gz") else open
    try:
        with opener(path, "rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataProblem(
            "The compressed file is damaged or breaks off",
            where=name,
            why=str(error) or type(error).__name__,
            fix="copy or export it again",
        ) from None
