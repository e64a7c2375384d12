"""The control total: what the raw cost files add up to, by a second reader.

It reads raw text with csv, integers and decimals and shares no code, SQL or engine with the marts, so that a
mistake there cannot repeat itself here. The marts must agree with it to the last digit.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

from unitcost.errors import DataProblem
from unitcost.warehouse.control_cache import ControlCache
from unitcost.warehouse.control_files import Fingerprint, RawFile, fingerprint, raw_files
from unitcost.warehouse.control_rates import read_rates
from unitcost.warehouse.control_rows import FileSums, Group, Treatment
from unitcost.warehouse.control_values import as_decimal
from unitcost.warehouse.control_workers import read_all


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


def control_totals(settings: ControlSettings, cache: Path | None = None, workers: int = 1) -> dict[str, ControlTotal]:
    """Return the control total of every month `YYYY-MM` that has cost rows or a share of a spread row.

    With a `cache` folder, files seen before with the same settings are not read again. `workers` is the
    number of processes. DataProblem names file and row of what cannot be read; EnvironmentProblem means that
    the cache cannot be written or that a process was killed.
    """
    memory = ControlCache(cache)
    files = raw_files(settings.folder, settings.paths, "cost files")
    rate_files = _rate_files(settings)
    with ThreadPoolExecutor(workers) as threads:
        every = [*files, *rate_files]
        contents = dict(zip((file.name for file in every), threads.map(memory.content, every), strict=True))
    files = _distinct(files, {name: content for name, (_, content) in contents.items()})
    rate_contents = [contents[file.name][1] for file in rate_files]
    keys = [_key(memory.version, settings, file, contents[file.name][1], rate_contents) for file in files]
    sums = [memory.sums(key) for key in keys]
    missing = [place for place, found in enumerate(sums) if found is None]
    if missing:
        treatment = _treatment(settings, rate_files)
        read = read_all([files[place] for place in missing], treatment, workers)
        _check_unchanged((*rate_files, *(files[place] for place in missing)), contents)
        for place, found in zip(missing, read, strict=True):
            sums[place] = found
            memory.remember(keys[place], found)
    memory.close()
    return _totals([(file, found) for file, found in zip(files, sums, strict=True) if found is not None])


def _rate_files(settings: ControlSettings) -> list[RawFile]:
    if settings.fx is None:
        return []
    return raw_files(settings.folder, (str(settings.fx),), "conversion rates")


def _distinct(files: Iterable[RawFile], contents: Mapping[str, str]) -> list[RawFile]:
    """Return the files without those whose content their delivery already holds under an earlier name."""
    first: dict[tuple[int, str], RawFile] = {}
    for file in files:
        first.setdefault((file.delivery, contents[file.name]), file)
    return list(first.values())


def _key(version: str, settings: ControlSettings, file: RawFile, content: str, rate_contents: Sequence[str]) -> str:
    """Return the name of a file's sums: a hash of everything they depend on."""
    defaults = {name.lower(): value for name, value in settings.defaults.items()}
    constants = sorted({**defaults, **file.folders}.items())
    treatment = (settings.currency, settings.corrections, settings.spread)
    parts = (version, file.kind, content, constants, treatment, list(rate_contents))
    return sha256(json.dumps(parts).encode()).hexdigest()


def _treatment(settings: ControlSettings, rate_files: Sequence[RawFile]) -> Treatment:
    return Treatment(
        defaults={name.lower(): value for name, value in settings.defaults.items()},
        currency=settings.currency,
        as_booked=settings.corrections == "as_booked",
        spread=settings.spread == "days",
        rates=read_rates(rate_files),
    )


def _check_unchanged(files: Iterable[RawFile], contents: Mapping[str, tuple[Fingerprint, str]]) -> None:
    for file in files:
        if fingerprint(file.path) != contents[file.name][0]:
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
