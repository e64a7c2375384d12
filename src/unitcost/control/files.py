"""Which files the control reader reads: path patterns, Hive folders, deliveries and canonical content.

A file is CSV, CSV.gz or Parquet by its name; every other file, and what a pattern meets whose name begins
with a dot or an underscore, is left alone. This module shares no code with the marts.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import IO, cast
from urllib.parse import unquote

from isal import igzip
from isal.igzip_lib import IsalError

from unitcost.control.values import delivery_stamp
from unitcost.errors import DataProblem

OLDEST = -(10**30)
"""Delivery of the files outside a `delivery=` folder, before every timestamp."""

_BLOCK = 1 << 20
_START = 1 << 16
_UNREADABLE = (OSError, EOFError, IsalError)
_BOM = b"\xef\xbb\xbf"
_HIVE_NULL = "__HIVE_DEFAULT_PARTITION__"

Fingerprint = tuple[int, int, int, int]
"""Size, modification and change time in nanoseconds, inode."""


@dataclass(frozen=True, slots=True)
class RawFile:
    """One raw file: where it is, what it is called in messages, its delivery and its folders' columns."""

    path: Path
    name: str
    kind: str
    delivery: int
    folders: Mapping[str, str]

    @property
    def packed(self) -> bool:
        """Whether the file is compressed."""
        return self.path.name.lower().endswith(".gz")


def raw_files(folder: Path, patterns: tuple[str, ...], what: str) -> list[RawFile]:
    """Return the files of `patterns`, each once, sorted by name relative to `folder`; DataProblem if none.

    `what` says in the message what is missing, such as `cost files`.
    """
    found: dict[str, RawFile] = {}
    for pattern in patterns:
        for path in _matches(folder, pattern):
            name = Path(os.path.relpath(path, folder)).as_posix()
            kind = _kind(path)
            if kind and name not in found:
                found[name] = _described(path, name, kind)
    if not found:
        raise DataProblem(
            f"no {what} were found",
            where=", ".join(patterns) or None,
            why="the paths match no CSV, CSV.gz or Parquet file",
            fix=f"check the paths; they start at the folder {folder.name or folder}",
        )
    return [found[name] for name in sorted(found)]


def _kind(path: Path) -> str:
    name = path.name.lower()
    if name.endswith((".csv", ".csv.gz")):
        return "csv"
    return "parquet" if name.endswith(".parquet") else ""


def _described(path: Path, name: str, kind: str) -> RawFile:
    delivery, folders = OLDEST, {}
    for part in Path(name).parts[:-1]:
        key, equals, value = part.partition("=")
        if not equals:
            continue
        if key.lower() == "delivery":
            try:
                delivery = delivery_stamp(value)
            except ValueError as problem:
                raise DataProblem(
                    f"the folder '{part}' does not name a delivery",
                    where=name,
                    why=str(problem),
                    fix="name it like delivery=2024-06-03T08-00-00Z",
                ) from problem
        else:
            folders[unquote(key).lower()] = "" if value == _HIVE_NULL else unquote(value)
    return RawFile(path, name, kind, delivery, folders)


def _matches(folder: Path, pattern: str) -> Iterator[Path]:
    literal = folder / pattern
    if literal.is_file():
        if not _kind(literal):
            raise DataProblem("the file is neither CSV, CSV.gz nor Parquet", where=pattern, why="its name says so")
        return iter((literal,))
    if literal.is_dir():
        return _expanded(literal, ("**", "*"))
    if not any(map(_has_wildcard, Path(pattern).parts)):
        raise DataProblem("the file does not exist", where=pattern, fix="check the path")
    start = Path(literal.anchor) if Path(pattern).is_absolute() else folder
    parts = Path(pattern).parts[1:] if Path(pattern).is_absolute() else Path(pattern).parts
    return _expanded(start, parts)


def _has_wildcard(part: str) -> bool:
    return any(mark in part for mark in "*?[")


def _expanded(here: Path, parts: tuple[str, ...]) -> Iterator[Path]:
    """Yield the files below `here` that the pattern `parts` name; a folder is never taken for a file."""
    if not parts:
        if here.is_file():
            yield here
        return
    head, rest = parts[0], parts[1:]
    if head == "**":
        yield from _expanded(here, rest or ("*",))
        for entry in _entries(here):
            if entry.is_dir() and not _leads_back(entry):
                yield from _expanded(here / entry.name, parts)
    elif _has_wildcard(head):
        for entry in _entries(here):
            if fnmatchcase(entry.name, head) and (rest or entry.is_file()):
                yield from _expanded(here / entry.name, rest)
    else:
        yield from _expanded(here / head, rest)


def _entries(here: Path) -> list[os.DirEntry[str]]:
    if not here.is_dir():
        return []
    try:
        with os.scandir(here) as entries:
            return [entry for entry in entries if not entry.name.startswith((".", "_"))]
    except OSError as problem:
        raise DataProblem("the folder cannot be read", where=here.name, why=problem.strerror) from problem


def _leads_back(entry: os.DirEntry[str]) -> bool:
    """Say whether a linked folder holds the folder it lies in, which would never end."""
    home = Path(entry.path).parent.resolve()
    return entry.is_symlink() and Path(entry.path).resolve() in (home, *home.parents)


def fingerprint(path: Path) -> Fingerprint:
    """Return what changes when a file is written to, without reading it."""
    try:
        state = path.stat()
    except OSError as problem:
        raise DataProblem("the file cannot be read", where=path.name, why=problem.strerror) from problem
    return state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino


def opened(path: Path) -> IO[bytes]:
    """Open a raw file for its decompressed bytes."""
    if path.name.lower().endswith(".gz"):
        return cast(IO[bytes], igzip.open(path, "rb"))
    return path.open("rb")


def hashes(file: RawFile) -> tuple[str, str, str]:
    """Return SHA-256 of a file's bytes, of the start of its canonical content and, where that is all, of the whole.

    Canonical is, for CSV: decompressed, without a byte order mark, line ends as LF; for Parquet: the bytes as they
    are. The third is empty where the content is longer than its start. DataProblem when the file cannot be read.
    """
    try:
        with file.path.open("rb") as stream:
            raw = hashlib.file_digest(stream, hashlib.sha256).hexdigest()
        if file.kind == "parquet":
            return raw, raw, raw
        with opened(file.path) as stream:
            start = b""
            for block in _canonical(iter(lambda: stream.read(_START), b"")):
                start += block
                if len(start) > _START:
                    return raw, hashlib.sha256(start[:_START]).hexdigest(), ""
    except _UNREADABLE as problem:
        raise DataProblem("the file cannot be read", where=file.name, why=str(problem)) from problem
    whole = hashlib.sha256(start).hexdigest()
    return raw, whole, whole


def whole_hash(file: RawFile) -> str:
    """Return the SHA-256 of a CSV file's canonical content; DataProblem when it cannot be read."""
    digest = hashlib.sha256()
    try:
        with opened(file.path) as stream:
            for block in _canonical(iter(lambda: stream.read(_BLOCK), b"")):
                digest.update(block)
    except _UNREADABLE as problem:
        raise DataProblem("the file cannot be read", where=file.name, why=str(problem)) from problem
    return digest.hexdigest()


def _canonical(blocks: Iterable[bytes]) -> Iterator[bytes]:
    held, first = b"", True
    for block in blocks:
        text = held + block
        if first:
            if len(text) < len(_BOM):
                held = text
                continue
            text, first = text.removeprefix(_BOM), False
        # A CR at the end may be half of a CRLF, so it waits for the next block.
        held = b"\r" if text.endswith(b"\r") else b""
        text = text[: len(text) - len(held)]
        yield text.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in text else text
    yield held.replace(b"\r", b"\n")
