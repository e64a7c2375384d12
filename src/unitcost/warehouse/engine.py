"""DuckDB in memory, under one session contract, running SQL from files."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import duckdb

from unitcost.errors import EnvironmentProblem

Connection = duckdb.DuckDBPyConnection
SPILL = "unitcost-spill-"
MEMORY_MIB = 2_500
_NUMBERS = itertools.count()


@contextmanager
def connection(needs_mib: int = 0, *, one_core: bool = False) -> Iterator[Connection]:
    """Open an in-memory database: UTC, no network, no extensions fetched, spill in a folder that goes away.

    `needs_mib` is what the work may come to on disk, for the error when there is too little room. With `one_core`
    each thread that asks answers its own queries, and none waits for others to help.

    Threads that work side by side each take a cursor of it: they share its memory and its cores, not its
    temporary tables.
    """
    # The number in the folder's name tells whose it was, should its owner be killed.
    spill = Path(tempfile.gettempdir()) / f"{SPILL}{os.getpid()}-{next(_NUMBERS)}"
    con = duckdb.connect()
    try:
        con.execute("set TimeZone = 'UTC'")
        con.execute("set preserve_insertion_order = false")
        con.execute("set autoinstall_known_extensions = false")
        con.execute("set autoload_known_extensions = false")
        # Each file is read once or twice; keeping its pages would only make the process larger.
        con.execute("set enable_external_file_cache = false")
        con.execute(f"set memory_limit = '{_memory_mib()}MiB'")
        con.execute(f"set temp_directory = {literal(spill)}")
        con.execute(f"set threads = {1 if one_core else _cores()}")
        yield con
    except duckdb.OutOfMemoryException as error:
        raise EnvironmentProblem(
            "The computation does not fit into memory and the spill folder",
            where=str(spill),
            why=_first_line(error),
            fix=f"point TMPDIR at a larger disk: {_room(spill, needs_mib)}",
        ) from None
    except duckdb.IOException as error:
        if "space left" not in str(error) and "quota" not in str(error):
            raise
        path = re.search(r'file \\?"([^"\\]+)', str(error))
        where = Path(path[1]) if path else spill
        raise EnvironmentProblem(
            "The disk is full",
            where=str(where),
            why="No space left on device",
            fix=f"free disk space, or set UNITCOST_CACHE and TMPDIR to a larger disk: {_room(where, needs_mib)}",
        ) from None
    finally:
        con.close()
        shutil.rmtree(spill, ignore_errors=True)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]


def _room(path: Path, needs_mib: int) -> str:
    """Say how much room may be needed where `path` is to be, and how much there is."""
    there = next(folder for folder in (path, *path.parents) if folder.exists())
    free = shutil.disk_usage(there).free >> 20
    return f"up to about {needs_mib} MiB may be needed, {free} MiB are free" if needs_mib else f"{free} MiB are free"


def _memory_mib() -> int:
    """Return what the engine may take: enough for a hundred million rows, and never most of a small machine."""
    if not hasattr(os, "sysconf"):
        return MEMORY_MIB
    return min(MEMORY_MIB, (os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20) * 6 // 10)


def _cores() -> int:
    """Return the number of cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def sql(name: str, package: str = "unitcost.warehouse", /, **expressions: str | int) -> str:
    """Return the text of a query, such as 'staging/costs', without its comments and with its {placeholders} filled.

    It is the file of that name in the folder sql of `package`.
    """
    text = files(package).joinpath("sql", f"{name}.sql").read_text("utf-8")
    # Comments explain placeholders; what fills those may have lines of its own.
    text = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("--"))
    return text.format(**expressions) if expressions else text


def run(con: Connection, name: str) -> None:
    """Execute the statements of a query file."""
    con.execute(sql(name))


def literal(text: object) -> str:
    """Return `text` as a SQL string literal. The only way data enters SQL text."""
    return "'" + str(text).replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Return `name` as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def file_list(paths: Sequence[Path]) -> str:
    """Return paths as a SQL list of literals. Glob characters in real names are escaped."""
    return "[" + ", ".join(literal(plain_path(path)) for path in paths) + "]"


def plain_path(path: Path) -> str:
    """Return a path that DuckDB takes literally: its glob characters are put in brackets."""
    return "".join(f"[{ch}]" if ch in "*?[" else ch for ch in str(path))
