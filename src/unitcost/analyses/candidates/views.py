"""What pages show of utilisation and loads: machines too large, idle ones, and what an hourly commitment costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce

from unitcost.analyses.candidates import inputs as candidates
from unitcost.analyses.candidates.candidates import Candidates, Left
from unitcost.analyses.commitments import hourly as commitment
from unitcost.analyses.commitments.charts import Chosen, cost_curve
from unitcost.analyses.commitments.hourly import Commitment
from unitcost.analyses.commitments.inputs import loads
from unitcost.display import charts as figures
from unitcost.display.formats import Formats
from unitcost.display.tables import Column, Unknown
from unitcost.month.company import Company
from unitcost.numbers.estimate import EXACT, plain
from unitcost.warehouse.bills.bill_rows import Filter

Table = tuple[list[list[object]], list[Column]]
ROWS = 12
ALL = "Together"


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
    return rows, [*columns, Column("Costs", "money", money), Column("Would go", "money", money)]


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
        (known.covered, "paid by commitments as a whole, so that nothing would go"),
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
        figures.Measure("unit_cost", _formats(company), f"{money}/hour"),
        amount=f"Committed, {money} an hour at on-demand prices",
        nothing="All on demand",
    )


def commitment_notes(known: Committed) -> list[str]:
    """Return what the table of commitments does not tell by itself."""
    said = ["Before any other lever. Low and high: 90 % of months put together from weeks of this one."]
    if len(known.by_provider) > 1:
        said.append(f"{ALL}: the sum, of low and high as well, as if all were low or high at once.")
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
        every[ALL] = whole
    hours = max(map(len, known.hours.values()), default=0)
    for name, one in every.items():
        used = commitment.utilisation(one, hours)
        rows.append([name, one.on_demand, one.per_hour, one.low, one.high, used, one.coverage, one.saving])
    rows += [[name, None, Unknown(why), *[None] * 5] for name, why in known.reasons.items()]
    columns = [Column("Provider"), Column("On demand", "money", money), Column("Commit", "unit_cost", f"{money}/hour")]
    columns += [Column("Low", "unit_cost", f"{money}/hour"), Column("High", "unit_cost", f"{money}/hour")]
    columns += [Column("Used", "share"), Column("Covers", "share")]
    return rows, [*columns, Column("Costs less by", "money", money)]
