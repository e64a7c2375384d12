"""Marts by Spark: staged tables go there as Parquet, results come back as tables of the connection."""

from __future__ import annotations

import itertools
import os
import shutil
import threading
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from unitcost.errors import EnvironmentProblem
from unitcost.warehouse.engine import Connection, identifier, literal
from unitcost.warehouse.engines.spark_session import Master, check, load, start

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

# Types that DuckDB and Spark read alike from Parquet; a whole number of 128 bits would turn into a float.
PORTABLE = ("VARCHAR", "BOOLEAN", "INTEGER", "BIGINT", "DATE", "TIMESTAMP", "DECIMAL")


class Spark:
    """The engine for data that has outgrown one machine; see Engine."""

    def __init__(self, master: str, store: Path) -> None:
        self._master = Master(master)
        check(self._master)
        self._place = store.resolve() / "spark"
        self._scratch = self._place / f"session.{os.getpid()}"
        self._log = self._place / "spark.log"
        self._numbers = itertools.count()
        self._turn = threading.Lock()
        self._started: SparkSession | None = None
        self._stopped = False

    def make(
        self, con: Connection, marts: Mapping[str, str], *, kept: Collection[str], views: Collection[str] = ()
    ) -> None:
        """See Engine. Inputs are written out with the columns that the marts name, and read once by Spark."""
        from unitcost.warehouse.engines import dialects

        uses = [dialects.inputs(text) for text in marts.values()]
        often = Counter(name for used in uses for name in used)
        cached = [name for name in marts if often[name] > 1 and name not in views]
        folder = self._scratch / f"inputs-{next(self._numbers)}"
        frames: dict[str, DataFrame] = {}
        with self._told(", ".join(marts)):
            session = self._session()
            folder.mkdir(parents=True)
            try:
                for name in sorted(set(often) - set(marts)):
                    frames[name] = self._handed_over(session, con, name, _needed(name, uses), folder)
                for name, text in marts.items():
                    frames[name] = session.sql(dialects.carry(text, "spark"))
                    if name in cached:
                        frames[name] = frames[name].cache()
                    frames[name].createOrReplaceTempView(name)
                    if name in kept:
                        _bring_back(con, name, frames[name])
                # A server looks at a query again before it lets go of its rows, so tables go last.
                for name in cached:
                    frames[name].unpersist()
                for name in frames:
                    session.catalog.dropTempView(name)
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    def stop(self) -> None:
        """See Engine."""
        with self._turn:
            self._stopped = True
            session, self._started = self._started, None
        if session is not None:
            session.stop()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _session(self) -> SparkSession:
        with self._turn:
            if self._stopped:
                raise EnvironmentProblem("The computation was stopped")
            if self._started is None:
                self._scratch.mkdir(parents=True, exist_ok=True)
                self._started = start(self._master, self._scratch, self._log)
            return self._started

    def _handed_over(
        self, session: SparkSession, con: Connection, name: str, needed: Collection[str] | None, folder: Path
    ) -> DataFrame:
        columns = [(str(row[0]), str(row[1])) for row in con.execute(f"describe {name}").fetchall()]
        wanted = [(c, kind) for c, kind in columns if needed is None or c.lower() in needed]
        odd = [f"{name}.{c} is {kind}" for c, kind in wanted if not kind.startswith(PORTABLE)]
        if odd:
            raise TypeError(f"no type that both engines read alike: {', '.join(odd)}")
        path = folder / f"{name}.parquet"
        selected = ", ".join(identifier(c) for c, _ in wanted)
        con.execute(f"copy (select {selected} from {name}) to {literal(path)} (format parquet, compression zstd)")
        # Without a scheme a server would look in its own file system, whatever that is.
        frame = session.read.parquet(f"file://{_plain(path)}")
        frame.createOrReplaceTempView(name)
        return frame

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        """Turn Spark's own errors into ours: the first line is shown, the rest is in the log."""
        with self._turn:  # two threads that import the same large package at once can wait for each other for ever
            failures = load(self._master)
        try:
            yield
        except failures as error:
            text = self._master.hidden_in(str(error))
            self._place.mkdir(parents=True, exist_ok=True)
            with self._log.open("a", encoding="utf-8") as log:
                print(text, file=log)
            lines = [line.strip() for line in text.splitlines() if line.strip()]
            raise EnvironmentProblem(
                f"Spark could not make {what}",
                where=f"[engine] master = {self._master}",
                why=" ".join(lines[:2])[:300],
                fix=f"{self._log} has all that was said; a server must see that folder under the same path",
            ) from None


def _needed(name: str, uses: Collection[Mapping[str, frozenset[str] | None]]) -> Collection[str] | None:
    """Return the columns of a table that any mart may need, None for all."""
    found: set[str] = set()
    for used in uses:
        columns = used.get(name, frozenset())
        if columns is None:
            return None
        found |= {column.lower() for column in columns}
    return found


def _bring_back(con: Connection, name: str, frame: DataFrame) -> None:
    con.register("brought_back", frame.toArrow())
    try:
        con.execute(f"create or replace temp table {name} as select * from brought_back")
    finally:
        con.unregister("brought_back")


def _plain(path: Path) -> str:
    """Return a path that Spark takes literally: its glob characters are escaped."""
    return "".join(f"\\{ch}" if ch in "*?[]{}\\" else ch for ch in str(path))
