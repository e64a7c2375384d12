"""What pages show of utilisation and loads: machines too large, idle ones, and what an hourly commitment costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import reduce

from unitcost.analyses.candidates import inputs as candidates
from unitcost.analyses.candidates.candidates import Candidates, Left
from unitcost.display.formats import Formats
from unitcost.display.tables import Column
from unitcost.display.view import View
from unitcost.month.company import Company
from unitcost.month.report import Report
from unitcost.numbers.estimate import EXACT, plain

Table = tuple[list[list[object]], list[Column]]
ROWS = 12


def found(company: Company, month: str) -> Candidates | None:
    """Return the candidates of a month, None where nothing is measured."""
    known = candidates.found_in(company, month)
    return None if isinstance(known, str) else known


def oversized_table(company: Company, known: Candidates | None) -> Table:
    """Return the machines that could be smaller, the most money first; the last row sums those that do not fit."""
    every = known.oversized if known else ()
    names = short_names([one.resource for one in every])
    rows: list[list[object]] = [
        [
            names[one.resource],
            one.cpu,
            one.memory,
            f"{_size(one.size.vcpu)} → {_size(one.smaller.vcpu)}",
            f"{_size(one.size.memory_gb)} → {_size(one.smaller.memory_gb)}",
            one.cost,
            one.saving,
        ]
        for one in every[:ROWS]
    ]
    rest = every[ROWS:]
    if rest:
        sums = [_sum(one.cost for one in rest), _sum(one.saving for one in rest)]
        rows.append([f"{len(rest)} more", None, None, "", "", *sums])
    money = company.config.report.currency
    columns = [Column("Machine"), Column("CPU", "share"), Column("Memory", "share"), Column("vCPU"), Column("GB")]
    return rows, [*columns, Column("Costs", "money", money), Column("Estimated saving", "money", money)]


def idle_table(company: Company, known: Candidates | None) -> Table:
    """Return the idle machines, the most money first; the last row sums those that do not fit."""
    every = known.idle if known else ()
    names = short_names([one.resource for one in every])
    rows: list[list[object]] = [[names[o.resource], Decimal(o.days), o.cpu, o.cost] for o in every[:ROWS]]
    rest = every[ROWS:]
    if rest:
        rows.append([f"{len(rest)} more", None, None, _sum(one.cost for one in rest)])
    columns = [Column("Machine"), Column("Days measured", "count"), Column("Highest CPU", "share")]
    return rows, [*columns, Column("Costs", "money", company.config.report.currency)]


def limits(company: Company, known: Candidates | None) -> list[str]:
    """Return what the lists do not tell: how much is measured, and what is not judged, in sentences."""
    if known is None:
        return []
    at, fmt = candidates.thresholds(company), _formats(company)
    said = []
    if known.coverage is not None:
        said.append(f"Measured: {fmt.share(known.coverage)} of what is priced by the hour, on demand or on spot.")
    judged = (
        (known.short, f"measured on fewer than {at.min_days} days at the latest size"),
        (known.unsized, "without memory or size"),
        (known.covered, "paid by commitments as a whole, so that nothing would be saved"),
    )
    said += [_left(left, why, fmt) for left, why in judged if left.resources]
    return said


def _left(left: Left, why: str, fmt: Formats) -> str:
    money = f" ({fmt.currency} {fmt.money(left.cost)})" if left.cost else ""
    return f"Not judged: {_machines(left.resources)}{money} {why}."


def rules(company: Company) -> tuple[str, str]:
    """Return in a sentence each what counts as too large and what as idle."""
    at, fmt = candidates.thresholds(company), _formats(company)
    return (
        "95th percentiles of the month's days. At the smaller size CPU and memory stay below "
        f"{fmt.share(at.busy_below, 0)}; half of a size is taken to cost half.",
        f"Idle: the CPU stays below {fmt.share(at.idle_below, 0)} on each of at least {at.min_days} days.",
    )


def oversized_headline(company: Company, known: Candidates | None) -> str:
    """Return what the machines that are too large come to, else how many cannot be judged; '' without either."""
    if known is None:
        return ""
    if known.oversized:
        saving, fmt = _sum(one.saving for one in known.oversized), _formats(company)
        verb = "are" if len(known.oversized) > 1 else "is"
        return f"{_machines(len(known.oversized))} {verb} too large by {fmt.currency} {fmt.money(saving)} a month"
    unknown = known.short.resources + known.unsized.resources
    return f"{_machines(unknown)} cannot be judged by size" if unknown else ""


def idle_headline(company: Company, known: Candidates | None) -> str:
    """Return what idle machines come to; '' without any."""
    if known is None or not known.idle:
        return ""
    cost, fmt = _sum(one.cost for one in known.idle), _formats(company)
    verb = "look" if len(known.idle) > 1 else "looks"
    return f"{_machines(len(known.idle))} {verb} idle, at {fmt.currency} {fmt.money(cost)} a month"


def short_names(resources: Sequence[str]) -> dict[str, str]:
    """Return the last part of each ResourceId, or all of it where two would read the same."""
    last = {name: name.rstrip("/").rpartition("/")[2] or name for name in resources}
    often = Counter(last.values())
    return {name: short if often[short] == 1 else name for name, short in last.items()}


def _machines(number: int) -> str:
    return "1 machine" if number == 1 else f"{number} machines"


def _size(value: Decimal) -> str:
    return plain(value)


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return reduce(EXACT.add, amounts, Decimal(0))


def _formats(company: Company) -> Formats:
    return Formats.of(company.config.report.locale, company.config.report.currency)


# Commitments


# What the sections of a report show


def oversized(report: Report) -> View:
    """Return the machines that could be smaller, else what could not be judged; nothing without utilisation."""
    known = found(report.company, report.month)
    sentence = oversized_headline(report.company, known)
    if not sentence:
        return View()
    rows, columns = oversized_table(report.company, known)
    unjudged, source = limits(report.company, known), report.source("utilisation and bills")
    if not rows:
        return View(sentence, prose=[" ".join(unjudged)])
    too_large, _ = rules(report.company)
    caption = f"Candidates for a smaller size, {report.this}"
    return View(sentence, rows, columns, caption, [too_large, *unjudged], source)


def idle(report: Report) -> View:
    """Return the machines that look idle; nothing where none does."""
    known = found(report.company, report.month)
    sentence = idle_headline(report.company, known)
    if not sentence:
        return View()
    rows, columns = idle_table(report.company, known)
    _, rule = rules(report.company)
    source = report.source("utilisation and bills")
    return View(sentence, rows, columns, f"Idle machines, {report.this}", [rule], source)
