"""Reads panels of units and times from a long CSV or Parquet file, strictly."""

from __future__ import annotations

import csv
import datetime as dt
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from unitcost.analyses.experiments.estimates.panel import Panel
from unitcost.errors import DataProblem, nearest

SEPARATORS = ",;\t|"
WHOLE = re.compile(r"[+-]?\d{1,15}")
DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ]00:00(?::00(?:\.0+)?)?(?:Z|[+-]00:?00)?)?")
Time = int | dt.date


@dataclass(frozen=True, slots=True)
class PanelQuestion:
    """Which columns hold what, who was treated and from when on."""

    unit: str
    time: str
    outcome: str
    treated: tuple[str, ...]
    start: str
    covariates: tuple[str, ...] = ()
    by: str | None = None


@dataclass(frozen=True, slots=True)
class _Row:
    unit: str
    time: Time
    values: tuple[float, ...]
    where: str


def read_panels(path: Path, question: PanelQuestion) -> dict[str, Panel]:
    """Return the panel of each value of the `by` column in the file's order; without it one, named ''."""
    names = [question.unit, question.time, question.outcome, *question.covariates]
    names += [question.by] if question.by is not None else []
    cases: dict[str, list[_Row]] = {}
    for where, cells in _lines(path, names):
        case = _name(cells[question.by], where, question.by) if question.by is not None else ""
        cases.setdefault(case, []).append(_row(cells, where, question))
    if not cases:
        raise DataProblem("The panel has no rows", where=str(path), fix="write one row per unit and time")
    return {
        case: _panel(rows, question, f"{path}{f', {question.by} {case}' if question.by else ''}")
        for case, rows in cases.items()
    }


def time_of(text: str, where: str) -> Time:
    """Return a whole number or an ISO date."""
    word = text.strip()
    if WHOLE.fullmatch(word):
        return int(word)
    found = DAY.fullmatch(word)
    try:
        return dt.date.fromisoformat(found[1] if found else word)
    except ValueError:
        raise DataProblem(
            f"'{text[:40]}' is not a time", where=where, why="times are whole numbers or dates such as 2024-05-31"
        ) from None


def column_of(panel: Panel, text: str, option: str, where: str) -> int:
    """Return the column of the first time at or after `text`, which lies inside the panel."""
    times = [time_of(time, where) for time in panel.times]
    wanted = time_of(text, option)
    if not isinstance(wanted, type(times[0])) and not isinstance(times[0], type(wanted)):
        raise DataProblem(f"{option} {text} is not of the kind of the times", where=where, why=_span(panel))
    column = sum(time < wanted for time in times)  # type: ignore[operator]
    if not 0 < column < len(times):
        raise DataProblem(
            f"{option} {text} leaves no period {'before' if column == 0 else 'after'} it",
            where=where,
            why=_span(panel),
            fix="name a time inside the data, after the first",
        )
    return column


def _span(panel: Panel) -> str:
    return f"the times run from {panel.times[0]} to {panel.times[-1]}"


def _lines(path: Path, names: list[str]) -> Iterator[tuple[str, dict[str, str]]]:
    if not path.is_file():
        raise DataProblem("There is no such file", where=str(path), fix="name a CSV or Parquet file")
    with path.open("rb") as file:
        parquet = file.read(4) == b"PAR1"
    rows = _parquet(path, names) if parquet else _csv(path)
    header = next(rows, None)
    if header is None:
        raise DataProblem("The file is empty", where=str(path))
    for name in names:
        if name not in header[1]:
            raise DataProblem(f"There is no column '{name}'", where=str(path), fix=nearest(name, header[1]))
        if header[1].count(name) > 1:
            raise DataProblem(f"There are two columns '{name}'", where=str(path), fix="rename one of them")
    places = {name: header[1].index(name) for name in names}
    for where, cells in rows:
        if len(cells) != len(header[1]):
            raise DataProblem(
                f"A row has {len(cells)} cells, the header {len(header[1])}", where=where, fix="correct the row"
            )
        yield where, {name: cells[place] for name, place in places.items()}


def _csv(path: Path) -> Iterator[tuple[str, list[str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            file.seek(0)
            if first.startswith("\ufeff"):
                file.read(1)
            separator = max(SEPARATORS, key=first.count)
            reader = csv.reader(file, delimiter=separator, strict=True)
            for cells in reader:
                if cells:
                    yield f"{path}, line {reader.line_num}", cells
    except UnicodeDecodeError:
        raise DataProblem("The file is not UTF-8 text", where=str(path), fix="save it as UTF-8") from None
    except csv.Error as error:
        raise DataProblem("The file is not a readable CSV", where=str(path), why=str(error)) from None


def _parquet(path: Path, names: list[str]) -> Iterator[tuple[str, list[str]]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(path).names
        known = [name for name in dict.fromkeys(names) if name in schema]
        yield str(path), known if len(known) == len(set(names)) else schema
        columns = [pq.read_table(path, columns=known).column(name).to_pylist() for name in known]
    except pa.ArrowException as error:
        raise DataProblem("The file is not a readable Parquet", where=str(path), why=str(error)[:200]) from None
    for number, cells in enumerate(zip(*columns, strict=True), 1):
        yield f"{path}, row {number}", ["" if cell is None else str(cell) for cell in cells]


def _name(text: str, where: str, column: str) -> str:
    if not text.strip():
        raise DataProblem("A name is missing", where=f"{where}, column {column}", fix="fill it in")
    return text.strip()


def _row(cells: dict[str, str], where: str, question: PanelQuestion) -> _Row:
    return _Row(
        _name(cells[question.unit], where, question.unit),
        time_of(cells[question.time], f"{where}, column {question.time}"),
        tuple(_number(cells[name], f"{where}, column {name}") for name in (question.outcome, *question.covariates)),
        where,
    )


def _number(text: str, where: str) -> float:
    try:
        value = float(text.replace("_", "x"))
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or abs(value) > 1e100:
        raise DataProblem(f"'{text[:40]}' is not a number that can be used", where=where, fix="write a finite number")
    return value


def _panel(rows: list[_Row], question: PanelQuestion, where: str) -> Panel:
    units = sorted({row.unit for row in rows})
    kinds = {type(row.time) for row in rows}
    if len(kinds) > 1:
        raise DataProblem("Times are partly numbers and partly dates", where=where, fix="write all in one way")
    times = sorted({row.time for row in rows})
    for name in question.treated:
        if name not in units:
            raise DataProblem(f"There is no unit '{name}'", where=where, fix=nearest(name, units))
    cells = _filled(rows, units, times, where)
    data = np.array([[cells[unit, time].values for time in times] for unit in units]).transpose(2, 0, 1)
    treated = tuple(units.index(name) for name in dict.fromkeys(question.treated))
    panel = Panel(
        tuple(units), tuple(map(str, times)), data[0], treated, 1, data[1:], question.covariates, _weekdays(times)
    )
    return replace(panel, start=column_of(panel, question.start, "--start", where))


def _filled(rows: list[_Row], units: list[str], times: list[Time], where: str) -> dict[tuple[str, Time], _Row]:
    cells: dict[tuple[str, Time], _Row] = {}
    for row in rows:
        if (row.unit, row.time) in cells:
            raise DataProblem(
                f"{row.unit} at {row.time} is there twice",
                where=row.where,
                why=f"first in {cells[row.unit, row.time].where}",
                fix="leave one row per unit and time",
            )
        cells[row.unit, row.time] = row
    if len(cells) < len(units) * len(times):
        unit, time = next((u, t) for u in units for t in times if (u, t) not in cells)
        raise DataProblem(
            f"{unit} has no row at {time}",
            where=where,
            why=f"{len(units) * len(times) - len(cells)} of {len(units) * len(times)} rows are missing",
            fix="give every unit a row at every time, or leave the unit out",
        )
    return cells


def _weekdays(times: Iterable[Time]) -> tuple[int, ...] | None:
    days = [time for time in times if isinstance(time, dt.date)]
    if len(days) < 2 or any((b - a).days != 1 for a, b in pairwise(days)):
        return None
    return tuple(day.weekday() for day in days)
