"""Who computes the marts: DuckDB in this process, or Spark. Both run the same texts and leave the same tables."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from unitcost.errors import EnvironmentProblem
from unitcost.inputs import config
from unitcost.warehouse.engine import Connection


class Engine(Protocol):
    """What runs marts over what was staged."""

    def make(
        self, con: Connection, marts: Mapping[str, str], *, kept: Collection[str], views: Collection[str] = ()
    ) -> None:
        """Run SELECT statements in their order and leave the results named in `kept` as temporary tables of `con`.

        A statement reads tables and views of `con` and results of those before it, by name. What is named in `views`
        is cheaper to work out again than to keep in between. Threads may call this side by side, each with a cursor
        and with names of its own.
        """

    def stop(self) -> None:
        """End what is running, now; nothing is made afterwards."""


class DuckDB:
    """The engine that is always there: each result is a table beside the inputs, and nothing is copied."""

    def __init__(self) -> None:
        self._served: list[Connection] = []
        self._stopped = False

    def make(
        self, con: Connection, marts: Mapping[str, str], *, kept: Collection[str], views: Collection[str] = ()
    ) -> None:
        """See Engine."""
        if self._stopped:
            raise EnvironmentProblem("The computation was stopped")
        if con not in self._served:
            self._served.append(con)
        kinds = {name: "view" if name in views else "table" for name in marts}
        for name, text in marts.items():
            con.execute(f"create or replace temp {kinds[name]} {name} as {text}")
        for name, kind in kinds.items():
            if name not in kept:
                con.execute(f"drop {kind} {name}")

    def stop(self) -> None:
        """See Engine."""
        self._stopped = True
        for con in self._served:
            con.interrupt()


@contextmanager
def opened(settings: config.EngineSection, store: Path) -> Iterator[Engine]:
    """Give the engine that is asked for; `store` is where it may put what lies between.

    Raises EnvironmentProblem where what it needs is not there. A Spark session starts when the first mart is made.
    """
    if settings.name == "duckdb":
        yield DuckDB()
        return
    from unitcost.warehouse.engines.spark import Spark  # needs packages that are not installed by default

    engine = Spark(settings.master, store)
    try:
        yield engine
    finally:
        engine.stop()
