"""Finding a company's files: globs, Hive folders, deliveries, and what each file holds."""

from __future__ import annotations

import datetime as dt
import glob
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import unquote

from unitcost.errors import DataProblem
from unitcost.storage.whole import whole_file
from unitcost.warehouse.files import content

SUFFIXES = (".csv", ".csv.gz", ".parquet")
DELIVERY = "delivery"
NULL_FOLDER = "__HIVE_DEFAULT_PARTITION__"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One input file. `delivery` is '' outside delivery folders, else its UTC time in a form that sorts."""

    path: Path
    name: str  # relative to the company folder, for people
    sha256: str  # of the bytes
    delivery: str
    hive: tuple[tuple[str, str | None], ...]

    @property
    def is_parquet(self) -> bool:
        """Tell Parquet from CSV."""
        return self.path.name.lower().endswith(".parquet")

    @property
    def is_gzip(self) -> bool:
        """Tell compressed CSV."""
        return self.path.name.lower().endswith(".gz")


@dataclass(frozen=True, slots=True)
class Sources:
    """The files of one section of report.toml; `repeated` were left out because their content is there already."""

    files: tuple[SourceFile, ...]
    repeated: tuple[tuple[str, str], ...]  # (name left out, name kept)


class Hashes:
    """Hashes by file identity, so that an unchanged file is not read again."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._known: dict[str, dict[str, object]] = {}
        self._changed = False
        if path is not None and path.exists():
            try:
                self._known = dict(json.loads(path.read_text("utf-8")))
            except (ValueError, OSError):
                self._known = {}  # a torn cache is only slow, never wrong

    def of(self, path: Path, name: str) -> str:
        """Return the sha256 of a file's bytes. Raises DataProblem if they cannot be what its name says."""
        return self._once(path, "sha256", lambda: content.sha256(path, name))

    def head(self, path: Path, name: str) -> str:
        """Return a digest of how a text file begins, apart from its wrapping."""
        return self._once(path, "head", lambda: content.canonical_head(path, name))

    def canonical(self, path: Path, name: str) -> str:
        """Return the sha256 of a text file's content, apart from its wrapping."""
        return self._once(path, "canonical", lambda: content.canonical_sha256(path, name))

    def _once(self, path: Path, what: str, read: Callable[[], str]) -> str:
        stat = path.stat()
        identity = [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]
        entry = self._known.get(str(path))
        if entry is None or entry.get("identity") != identity:
            entry = self._known[str(path)] = {"identity": identity}
        if what not in entry:
            entry[what] = read()
            self._changed = True
        return str(entry[what])

    def save(self) -> None:
        """Write the hashes back, whole or not at all."""
        if self._changed and self._path is not None:
            whole_file(self._path, json.dumps(self._known))
            self._changed = False


def find(folder: Path, patterns: Sequence[str], section: str, hashes: Hashes) -> Sources:
    """Return the files that `patterns` name, in the order of their names.

    Raises DataProblem where a pattern matches nothing, a file cannot be read or a folder stands for a file.
    """
    paths: dict[Path, None] = {}
    for pattern in patterns:
        matches = sorted(_matches(folder, pattern, section))
        if not matches:
            raise DataProblem(
                f"No file matches '{pattern}'",
                where=f"report.toml, [{section}]",
                why=f"looked in {_shown(folder, folder)} for {', '.join(SUFFIXES)}",
                fix="correct the path; relative paths start at the folder of report.toml",
            )
        paths.update(dict.fromkeys(matches))
    files = [_source(folder, path, hashes) for path in sorted(paths)]
    kept: dict[tuple[str, str], SourceFile] = {}
    repeated = []
    for source, content_name in zip(files, _contents(files, hashes), strict=True):
        first = kept.setdefault((source.delivery, content_name), source)
        if first is not source:
            repeated.append((source.name, first.name))
    return Sources(tuple(kept.values()), tuple(repeated))


def _contents(files: Sequence[SourceFile], hashes: Hashes) -> list[str]:
    """Return a name for the content of each file, equal for files of one delivery that say the same.

    Only text files of one delivery that begin alike are read whole for it.
    """
    heads = [(f.delivery, f.sha256 if f.is_parquet else _reading(f, hashes.head)) for f in files]
    times = Counter(heads)
    return [
        f.sha256 if f.is_parquet or times[head] == 1 else _reading(f, hashes.canonical)
        for f, head in zip(files, heads, strict=True)
    ]


def _reading(source: SourceFile, read: Callable[[Path, str], str]) -> str:
    try:
        return read(source.path, source.name)
    except OSError as error:
        raise DataProblem(
            "The file cannot be read", where=source.name, why=error.strerror, fix="check the disk"
        ) from None


def _matches(folder: Path, pattern: str, section: str) -> Iterator[Path]:
    path = Path(os.path.normpath(folder / pattern))
    try:
        is_folder, is_there = path.is_dir(), path.exists()
    except PermissionError:
        _refuse_locked(folder / _fixed_part(pattern), folder, section)
        raise
    if is_folder:
        yield from _inside(path, folder, section)
    elif is_there:
        if not _is_data(path):
            raise DataProblem(
                "The kind of file is not known",
                where=f"report.toml, [{section}]: {pattern}",
                why="files are CSV, CSV.gz or Parquet, told by their names",
                fix=f"give it a name that ends in {', '.join(SUFFIXES)}",
            )
        yield path
    elif glob.has_magic(pattern):
        _refuse_locked(folder / _fixed_part(pattern), folder, section)
        # Path.glob refuses absolute patterns, which a report.toml may well have; the folder itself is no pattern.
        for match in glob.iglob(pattern, root_dir=folder, recursive=True):  # noqa: PTH207
            path = Path(os.path.normpath(folder / match))
            if path.is_dir():
                if _is_data(path):
                    _refuse_folder(path, folder, section, pattern)
            elif _is_data(path) and not _leads_back(path.parent):
                yield path


@cache
def _leads_back(folder: Path) -> bool:
    """Tell whether a linked folder, or one above it, holds the folder it lies in: what is below is there already."""
    home = folder.parent
    if home == folder:
        return False
    return (folder.is_symlink() and folder.resolve() in (home.resolve(), *home.resolve().parents)) or _leads_back(home)


def _fixed_part(pattern: str) -> Path:
    """Return the part of a pattern before its first wildcard."""
    parts = Path(pattern).parts
    fixed = [part for number, part in enumerate(parts) if not any(glob.has_magic(p) for p in parts[: number + 1])]
    return Path(*fixed)


def _refuse_locked(root: Path, folder: Path, section: str) -> None:
    """Raise for a folder that may not be read: a search would pass it by in silence, with all its bills."""

    def refuse(error: OSError) -> None:
        raise DataProblem(
            "A folder cannot be read",
            where=f"report.toml, [{section}]: {_shown(Path(str(error.filename)), folder)}",
            why=error.strerror,
            fix="grant read permission, or move the folder out of the pattern",
        )

    if root.is_dir():
        for _ in os.walk(root, onerror=refuse):
            pass


def _inside(path: Path, folder: Path, section: str) -> list[Path]:
    _refuse_locked(path, folder, section)
    paths = [item for item in path.rglob("*") if item.is_file() and _is_data(item) and not _leads_back(item.parent)]
    if not paths:
        raise DataProblem(
            "A folder stands where data should be, and no data file is in it",
            where=f"report.toml, [{section}]: {_shown(path, folder)}",
            fix=f"put {', '.join(SUFFIXES)} files into it, or name the file",
        )
    return paths


def _refuse_folder(path: Path, folder: Path, section: str, pattern: str) -> None:
    """Raise for a folder called like a file, unless the pattern reaches the files in it by itself."""
    _inside(path, folder, section)
    if "**" not in pattern:
        raise DataProblem(
            "A folder is called like a file",
            where=f"report.toml, [{section}]: {_shown(path, folder)}",
            fix=f"end the pattern with /**/* to read what is in it: {pattern}/**/*",
        )


def _is_data(path: Path) -> bool:
    return path.name.lower().endswith(SUFFIXES) and not path.name.startswith((".", "_"))


def _source(folder: Path, path: Path, hashes: Hashes) -> SourceFile:
    name = _shown(path, folder)
    try:
        sha = hashes.of(path, name)
    except PermissionError:
        raise DataProblem("The file may not be read", where=name, fix="grant read permission") from None
    except OSError as error:
        raise DataProblem("The file cannot be read", where=name, why=error.strerror, fix="check the disk") from None
    parts = Path(name).parts[:-1]
    keys = [part.split("=", 1) for part in parts if re.fullmatch(r"[^=]+=.*", part)]
    hive = {key: _hive_value(value) for key, value in keys if key.lower() != DELIVERY}
    stamps = [value for key, value in keys if key.lower() == DELIVERY]
    delivery = _stamp(unquote(stamps[-1]), name) if stamps else ""
    return SourceFile(path, name, sha, delivery, tuple(sorted(hive.items())))


def _shown(path: Path, folder: Path) -> str:
    if path == folder:
        return "the folder of report.toml"
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name


def _hive_value(text: str) -> str | None:
    return None if text == NULL_FOLDER else unquote(text)


def _stamp(text: str, name: str) -> str:
    """Return a delivery's UTC time in one sortable form. Raises DataProblem if it is not a time."""
    tidy = re.sub(r"^(\d{4})(\d{2})(\d{2})(?=T|$)", r"\1-\2-\3", text.strip())
    tidy = re.sub(r"T(\d{2})-?(\d{2})-?(\d{2})", r"T\1:\2:\3", tidy).replace("_", ":")
    try:
        moment = dt.datetime.fromisoformat(tidy)
    except ValueError:
        raise DataProblem(
            f"The delivery folder '{text}' does not carry a time",
            where=name,
            fix="name it like delivery=2024-06-05T08:00:00Z",
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
