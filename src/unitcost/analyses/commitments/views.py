"""What pages show about commitments: one row a provider and one a commitment, what they save, which end soon."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from unitcost.analyses.commitments import hourly as commitment
from unitcost.analyses.commitments.charts import Chosen, cost_curve
from unitcost.analyses.commitments.hourly import Commitment
from unitcost.analyses.commitments.inputs import loads
from unitcost.analyses.commitments.positions import (
    Position,
    Value,
    by_commitment,
    by_provider,
    expires_soon,
    position,
    terms,
    use_of,
)
from unitcost.display import charts as figures
from unitcost.display.formats import Formats
from unitcost.display.tables import Column, Unknown
from unitcost.display.view import View
from unitcost.month.company import Company
from unitcost.month.report import Report
from unitcost.numbers.amounts import part
from unitcost.numbers.estimate import EXACT
from unitcost.numbers.months import first_day, month_after
from unitcost.numbers.units import to_units
from unitcost.warehouse.bills.bill_rows import Filter
from unitcost.warehouse.rows import commitment_rows

ALL = "all commitments"
TOGETHER = "Together"  # all providers of a commitment by the hour
Table = tuple[list[list[object]], list[Column]]
TOTAL = "All providers"
ZERO = Decimal(0)


def positions(company: Company, month: str) -> list[list[object]]:
    """Return [provider, commitment, coverage, utilisation, effective savings rate, used, unused, last covered day].

    Each provider's whole stands before its commitments, all of them together stand last; shares are 0 to 1, amounts
    effective cost of the month, unknowns carry their reason, a day is None where no bill says it. Without commitments
    there is no row.
    """
    rows = commitment_rows(company.marts, month)
    providers, single, ends = by_provider(rows), by_commitment(rows), _ends(company, month)
    found: list[list[object]] = []
    for provider, whole in providers.items():
        found.append([provider, ALL, *_cells(whole), None])
        own = [(name, held) for (of, name), held in single.items() if of == provider]
        for name, held in sorted(own, key=lambda item: (-to_units(item[1].paid), item[0].encode())):
            found.append([provider, name, *_cells(held), _last_day(ends.get((provider, name)))])
    if len(providers) > 1:
        found.append([TOTAL, ALL, *_cells(position(use_of(rows))), None])
    return found


def savings(company: Company, month: str) -> list[list[object]]:
    """Return [provider, negotiated saving, commitment saving] of eligible use in money; unknowns carry their reason."""
    providers = by_provider(commitment_rows(company.marts, month))
    return [[name, _cell(held.negotiated), _cell(held.committed)] for name, held in providers.items()]


def expiring(company: Company, month: str) -> list[tuple[str, str, dt.date, Decimal]]:
    """Return (provider, commitment, last covered day, cost of the month) of what ends in it or within 90 days of it."""
    held, first, following = (
        by_commitment(commitment_rows(company.marts, month)),
        _start(month),
        _start(month_after(month)),
    )
    soon = {name: end for name, end in _ends(company, month).items() if expires_soon(end, first, following)}
    return [
        (*name, day, held[name].paid)
        for name, end in sorted(soon.items(), key=lambda item: (item[1], item[0]))
        if name in held and (day := _last_day(end)) is not None
    ]


def _ends(company: Company, month: str) -> Mapping[tuple[str, str], dt.datetime]:
    # A commitment that was paid for at once is bought in one month and used in many.
    until = [m for m in company.marts.cost_months() if m <= month]
    return terms(row for m in until for row in commitment_rows(company.marts, m))


def _start(month: str) -> dt.datetime:
    return dt.datetime.combine(first_day(month), dt.time())


def _last_day(end: dt.datetime | None) -> dt.date | None:
    return None if end is None else (end - dt.timedelta(microseconds=1)).date()


def _cells(held: Position) -> list[object]:
    ratios = (held.coverage, held.utilisation, held.effective_savings_rate)
    return [*(_cell(value) for value in ratios), held.used, held.unused]


def _cell(value: Value) -> object:
    return Unknown(value.reason) if value.amount is None else value.amount


@dataclass(frozen=True, slots=True)
class Committed:
    """Commitments by provider, with the reason for each provider where there is none."""

    by_provider: Mapping[str, Commitment]
    hours: Mapping[str, tuple[Decimal, ...]]
    reasons: Mapping[str, str]

    @property
    def reason(self) -> str:
        """Return why there is no commitment at all; '' if there is one."""
        return "" if self.by_provider else next(iter(self.reasons.values()), commitment.NOTHING)


def committed(
    company: Company,
    month: str,
    applies_to: Filter,
    discount: Decimal,
    *,
    per_hour: Decimal | None = None,
    share: Decimal = Decimal(1),
) -> Committed:
    """Return the best commitment with each provider, or what `per_hour` with the only one comes to.

    `share` is the part of the matched load that other levers leave to commit, alike in every hour.
    """
    matched = loads(company, month, applies_to).by_provider
    reasons = {name: why for name, load in matched.items() if (why := commitment.unusable(load))}
    hours = {
        name: tuple(EXACT.multiply(hour, share) for hour in load.hours)
        for name, load in matched.items()
        if name not in reasons
    }
    if per_hour is not None and len(matched) > 1:
        return Committed({}, {}, dict.fromkeys(matched, commitment.several(list(matched))))
    one: Callable[[Sequence[Decimal]], Commitment] = (
        (lambda load: commitment.best(load, discount))
        if per_hour is None
        else (lambda load: commitment.given(load, per_hour, discount))
    )
    return Committed({name: one(load) for name, load in hours.items()}, hours, reasons)


def commitment_curve(
    company: Company, known: Committed, provider: str, discount: Decimal, source: str = ""
) -> figures.Chart:
    """Return what an hour costs with a provider against what is committed, with the best amount and its interval."""
    money, best, load = company.config.report.currency, known.by_provider[provider], known.hours[provider]
    points = commitment.curve(load, discount)
    caption = figures.Caption(
        f"What an hour costs with {provider}, by commitment", f"{money} an hour, mean of the month", source
    )
    chosen = Chosen(best.per_hour, commitment.per_hour_cost(best, len(load)), best.low, best.high)
    return cost_curve(
        points,
        chosen,
        caption,
        figures.Measure("unit_cost", Formats.of(company.config.report.locale, money), f"{money}/hour"),
        amount=f"Committed, {money} an hour at on-demand prices",
        nothing="All on demand",
    )


def commitment_notes(known: Committed) -> list[str]:
    """Return what the table of commitments does not tell by itself."""
    said = ["Before any other lever. Low and high: 90 % of months put together from weeks of this one."]
    if len(known.by_provider) > 1:
        said.append(f"{TOGETHER}: the sum, of low and high as well, as if all were low or high at once.")
    return said


def commitment_table(company: Company, known: Committed) -> Table:
    """Return a row a provider: on demand, commitment with its interval, use, coverage and what the month costs less.

    Several are followed by all together; a provider whose hours tell no commitment has the reason.
    """
    money = company.config.report.currency
    rows: list[list[object]] = []
    every = dict(known.by_provider)
    whole = commitment.together(every)
    if whole is not None and len(every) > 1:
        every[TOGETHER] = whole
    hours = max(map(len, known.hours.values()), default=0)
    for name, one in every.items():
        used = commitment.utilisation(one, hours)
        rows.append([name, one.on_demand, one.per_hour, one.low, one.high, used, one.coverage, one.saving])
    rows += [[name, None, Unknown(why), *[None] * 5] for name, why in known.reasons.items()]
    columns = [Column("Provider"), Column("On demand", "money", money), Column("Commit", "unit_cost", f"{money}/hour")]
    columns += [Column("Low", "unit_cost", f"{money}/hour"), Column("High", "unit_cost", f"{money}/hour")]
    columns += [Column("Used", "share"), Column("Covers", "share")]
    return rows, [*columns, Column("Estimated saving", "money", money)]


# What the sections of a report show


def used(report: Report) -> View:
    """Return coverage, utilisation and savings of commitments; nothing where none was used or paid for."""
    rows, fmt, unit = positions(report.company, report.month), report.fmt, report.currency
    paid, unused = _paid(rows)
    if not paid:
        return View()
    columns = [Column("Provider"), Column("Commitment"), Column("Coverage", "share"), Column("Utilisation", "share")]
    columns += [Column("Savings rate", "share"), Column("Used", "money", unit), Column("Unused", "money", unit)]
    ending = expiring(report.company, report.month)
    notes = [f"{name} of {of} ends on {day.isoformat()}." for of, name, day, _ in ending]
    notes.append("Coverage: list cost covered ÷ coverable. Utilisation: used ÷ (used + unused).")
    idle = fmt.share(part(unused, paid))
    return View(
        f"Commitments worth {unit} {fmt.money(unused)} went unused, {idle} of them",
        [row[:7] for row in rows],
        columns,
        f"Commitments in {report.this}",
        notes,
        report.source(),
    )


def saved(report: Report) -> View:
    """Return what eligible use costs less than list, by negotiation and by commitments."""
    unit = report.currency
    if not _paid(positions(report.company, report.month))[0]:
        return View()
    columns = [Column("Provider"), Column("Negotiated", "money", unit), Column("By commitments", "money", unit)]
    rows = savings(report.company, report.month)
    return View("", rows, columns, "What eligible use costs less than list", source=report.source())


def _paid(rows: Sequence[Sequence[object]]) -> tuple[Decimal, Decimal]:
    """Return what was paid for all commitments together, and what of it went unused."""
    if not rows:
        return ZERO, ZERO
    used_amount, unused = (amount if isinstance(amount, Decimal) else ZERO for amount in rows[-1][5:7])
    return EXACT.add(used_amount, unused), unused
