"""The control total: what the raw cost files add up to, by a second reader.

It reads with Arrow, adds up whole numbers and shares no code, SQL or engine with the marts, so that a mistake
there cannot repeat itself here. The marts must agree with it to the last digit.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from threading import Event
from typing import TypeVar

from unitcost.control.cache import ControlCache, FileSums, Group
from unitcost.control.files import RawFile, fingerprint, raw_files
from unitcost.control.values import as_decimal
from unitcost.errors import DataProblem

_Given = TypeVar("_Given")
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class ControlSettings:
    """What the control total depends on.

    `paths` start at `folder`; `defaults` are values of columns absent from a file; `currency` is the
    reporting currency; `corrections` is `restated` or `as_booked`; `spread` is `days` or `start`; `fx` is a
    table (or a pattern of tables) with the columns month, currency and rate.
    """

    folder: Path
    paths: tuple[str, ...]
    defaults: Mapping[str, str]
    currency: str
    corrections: str
    spread: str
    fx: Path | None


@dataclass(frozen=True, slots=True)
class ControlTotal:
    """Billed and effective cost of a month in the reporting currency, with 18 decimals, and its rows.

    Adding such amounts up needs a decimal context of more than the usual 28 digits.
    """

    billed: Decimal
    effective: Decimal
    rows: int


def control_totals(
    settings: ControlSettings, cache: Path | None = None, workers: int = 1, stop: Event | None = None
) -> dict[str, ControlTotal]:
    """Return the control total of every month `YYYY-MM` that has cost rows or a share of a spread row.

    With a `cache` folder, files seen before with the same settings are not read again. `workers` is the
    number of files read at a time; once `stop` is set, reading ends with an exception. DataProblem names file
    and row of what cannot be read; EnvironmentProblem means that the cache cannot be written.
    """
    memory = ControlCache(cache)
    files = raw_files(settings.folder, settings.paths, "cost files")
    rate_files = _rate_files(settings)
    every = [*files, *rate_files]
    try:
        _each(memory.content, every, workers)
        files = memory.distinct(files)
        keys = [_key(memory, settings, file, rate_files) for file in files]
        sums = dict(zip(keys, map(memory.sums, keys), strict=True))
        missing = {key: file for key, file in zip(keys, files, strict=True) if sums[key] is None}
        read = _read(list(missing.values()), settings, rate_files, workers, stop or Event())
    except DataProblem:
        _check_unchanged(every, memory)
        raise
    _check_unchanged(every, memory)
    for key, found in zip(missing, read, strict=True):
        sums[key] = found
        memory.remember(key, found)
    memory.close()
    return _totals([(file, sums[key] or {}) for key, file in zip(keys, files, strict=True)])


def _each(function: Callable[[_Given], _Result], given: Sequence[_Given], workers: int) -> list[_Result]:
    """Return what a function returns for everything given, by so many threads: most of the work is done in C."""
    if min(workers, len(given)) < 2:
        return [function(one) for one in given]
    with ThreadPoolExecutor(workers) as threads:
        return list(threads.map(function, given))


def _read(
    files: Sequence[RawFile], settings: ControlSettings, rate_files: Sequence[RawFile], workers: int, stop: Event
) -> list[FileSums]:
    if not files:
        return []
    # Where nothing is to be read, nothing waits for the packages that read.
    from unitcost.control.rows import Treatment, read_rates, read_sums

    treatment = Treatment(
        defaults={name.lower(): value for name, value in settings.defaults.items()},
        currency=settings.currency,
        as_booked=settings.corrections == "as_booked",
        spread=settings.spread == "days",
        rates=read_rates(rate_files),
    )
    return _each(lambda file: read_sums(file, treatment, stop), files, workers)


def _rate_files(settings: ControlSettings) -> list[RawFile]:
    if settings.fx is None:
        return []
    return raw_files(settings.folder, (str(settings.fx),), "conversion rates")


def _key(memory: ControlCache, settings: ControlSettings, file: RawFile, rate_files: Sequence[RawFile]) -> str:
    """Return the name of a file's sums: a hash of everything they depend on."""
    defaults = {name.lower(): value for name, value in settings.defaults.items()}
    constants = sorted({**defaults, **file.folders}.items())
    treatment = (settings.currency, settings.corrections, settings.spread)
    contents = [(used.kind, used.packed, memory.content(used).raw) for used in (file, *rate_files)]
    return sha256(json.dumps((memory.version, contents, constants, treatment)).encode()).hexdigest()


def _check_unchanged(files: Iterable[RawFile], memory: ControlCache) -> None:
    for file in files:
        if fingerprint(file.path) != memory.content(file).seen:
            raise DataProblem(
                "the file changed while it was read",
                where=file.name,
                fix="run again when the delivery is complete",
            )


def _totals(read: Sequence[tuple[RawFile, FileSums]]) -> dict[str, ControlTotal]:
    """Add up the files; of every bill only the rows of the latest delivery that holds it."""
    latest: dict[Group, int] = {}
    for file, sums in read:
        for group in sums:
            latest[group] = max(file.delivery, latest.get(group, file.delivery))
    totals: dict[str, list[int]] = {}
    for file, sums in read:
        for group, found in sums.items():
            if latest[group] != file.delivery:
                continue
            if found.problem:
                what, where, why = found.problem
                raise DataProblem(what, where=f"{file.name}, {where}", why=why)
            for month, amounts in found.months.items():
                total = totals.setdefault(month, [0, 0, 0])
                total[:] = [had + more for had, more in zip(total, amounts, strict=True)]
    return {
        month: ControlTotal(as_decimal(billed), as_decimal(effective), rows)
        for month, (billed, effective, rows) in sorted(totals.items())
    }
