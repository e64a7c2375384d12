"""What notebooks show of spend: what moved, who owns it, what nobody owns, and whether it reconciles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from unitcost.analyses.spend import sentences
from unitcost.display import charts
from unitcost.display.tables import Column, known_columns
from unitcost.display.view import View
from unitcost.display.wording import moved as moved_words
from unitcost.month.breakdown import Step, account_of, cost_by, largest_with_rest, movers, scope_bridge, unowned
from unitcost.month.company import Company
from unitcost.month.owners import Kind, OwnedRow, Scope
from unitcost.month.report import Report
from unitcost.numbers.amounts import minus, total
from unitcost.numbers.estimate import ratio
from unitcost.numbers.units import to_money, to_units


def moved(company: Company, month: str) -> list[tuple[str, str, Decimal, Decimal, Decimal]]:
    """Return (product line or owner, service, now, before, change) in money, the largest movement first."""
    earlier = company.before(month)
    if earlier is None:
        return []

    def key(row: OwnedRow) -> str:
        return f"{_owner(row)}\x1f{row.row.service}"

    both = [cost_by(company.result(m).rows, key) for m in (month, earlier)]
    found = movers(both[0], both[1])
    return [(*m.name.split("\x1f", 1), m.now, m.before, m.change) for m in found if m.change]  # type: ignore[misc]


def _owner(row: OwnedRow) -> str:
    names = {
        Kind.UNUSED: "Unused commitments",
        Kind.UNALLOCATED: "Nobody",
    }
    return names.get(row.kind, row.owner)


def moved_by(company: Company, month: str, what: str) -> list[tuple[str, Decimal, Decimal, Decimal]]:
    """Return (name, now, before, change) in money by 'service' or 'environment', the largest movement first."""
    earlier = company.before(month)

    def key(row: OwnedRow) -> str:
        return row.row.service if what == "service" else environment(row)

    before = cost_by(company.result(earlier).rows, key) if earlier else {}
    return [(m.name, m.now, m.before, m.change) for m in movers(cost_by(company.result(month).rows, key), before)]


def environment(row: OwnedRow) -> str:
    """Return the environment a row counts in, in words."""
    if row.kind is Kind.SHARED:
        return "shared pools"
    return row.environment or "no environment"


def environments(company: Company, month: str) -> list[tuple[str, str, Decimal]]:
    """Return (environment, 'COGS' or 'R&D', cost) of a month, the largest first."""

    def key(row: OwnedRow) -> tuple[str, str]:
        return environment(row), "COGS" if row.is_cogs else "R&D"

    found = cost_by(company.result(month).rows, key)
    ordered = sorted(found.items(), key=lambda item: (-to_units(item[1]), item[0][0].encode()))
    return [(name, kind, cost) for (name, kind), cost in ordered]


def scope_steps(company: Company, month: str) -> list[Step]:
    """Return the way from billed to effective to in scope."""
    costs = company.config.costs
    scope = Scope(costs.basis, costs.exclude_categories, company.marts.rule_order)
    return scope_bridge(company.result(month).rows, scope)


def unowned_rows(company: Company, month: str, at_most: int = 10) -> list[tuple[str, str, Decimal, int]]:
    """Return (account, service, cost, rows) of the largest cost nobody owns."""
    return unowned(company.result(month).rows)[:at_most]


def listing(company: Company, month: str, what: str, at_most: int = 120) -> tuple[list[list[object]], int]:
    """Return ([name, cost, share of scope], how many are summed in the last row), the largest first.

    `what` is 'service', 'owner', 'account' or 'provider'.
    """
    of: dict[str, Callable[[OwnedRow], str]] = {
        "service": lambda owned: owned.row.service,
        "owner": _owner,
        "account": lambda owned: account_of(owned.row),
        "provider": lambda owned: owned.row.provider,
    }
    amounts = cost_by(company.result(month).rows, of[what])
    kept = largest_with_rest(amounts, at_most, "Other")
    whole = sum(to_units(amount) for amount in amounts.values())
    rows: list[list[object]] = [
        [name, cost, ratio(to_units(cost), whole) if whole > 0 else None] for name, cost in kept.items()
    ]
    return rows, max(0, len(amounts) - len(kept) + 1) if len(amounts) > at_most else 0


def shared_split(company: Company, month: str) -> list[tuple[str, str, str, Decimal]]:
    """Return (pool, method, product line, amount) over all categories, pools in order."""
    sums: dict[tuple[str, str, str], int] = {}
    for share in company.result(month).allocation.shares:
        key = (share.pool.replace("_", " "), share.method, share.line)
        sums[key] = sums.get(key, 0) + share.amount
    return [(*key, to_money(units)) for key, units in sums.items()]


def negative_weights(company: Company, month: str) -> list[str]:
    """Return sentences about weights below 0, which count as 0 in a split."""
    found = {(s.pool, s.line) for s in company.result(month).allocation.shares if s.weight < 0}
    return [f"{line} has a negative weight in pool {pool}, which counts as 0." for pool, line in sorted(found)]


def reconciliation(company: Company, month: str) -> tuple[list[list[object]], Decimal]:
    """Return ([amount, marts, second reader, difference], rows both have read)."""
    control, own = company.control[month], company.mart_totals[month]
    pairs = {"Billed": (own.billed, control.billed), "Effective": (own.effective, control.effective)}
    return [[name, *pair, minus(*pair)] for name, pair in pairs.items()], Decimal(own.rows)


# What the sections of a report show


def largest_movement(report: Report) -> View:
    """Return the services by cost, under what moved most since the month before."""
    company, month, fmt, unit = report.company, report.month, report.fmt, report.currency
    movements = moved(company, month)
    if movements:
        name, service, _, _, change = movements[0]
        word = "more" if change > 0 else "less"
        sentence = f"{service} of {name} moved most: {unit} {fmt.money(abs(change))} {word} than in {report.last}"
    else:
        sentence = f"{unit} {fmt.money(report.value('scope_cost'))} of cost is in scope"
    against = f" against {report.last}" if report.before else ""
    caption = charts.Caption("Cost in scope by service", f"{unit}, {report.this}{against}", report.source())
    measure = charts.Measure("money", fmt, unit)
    rows = [(name, now, earlier) for name, now, earlier, _ in moved_by(company, month, "service")]

    def draw(rows: Sequence[Any]) -> charts.Chart:
        return charts.ranked_bars(charts.with_rest(rows, 11), caption, measure, now=report.this, before=report.last)

    return View(sentence, rows, [Column("Service"), Column(report.this), Column(report.last)], draw=draw)


def movements(report: Report) -> View:
    """Return the ten largest movements of a product line's or pool's service since the month before."""
    unit = report.currency
    columns = [Column("Owner"), Column("Service"), Column(report.this, "money", unit)]
    columns += [Column(report.last, "money", unit), Column("Change", "delta_money", unit)]
    return View(
        rows=moved(report.company, report.month)[:10],
        columns=columns,
        caption="The largest movements",
        notes=["Movement, not its cause. An owner is a product line, a shared pool, or nobody."],
        source=report.source(),
    )


def use_of_cost(report: Report) -> View:
    """Return cost in scope as production (COGS) and research and development; nothing where there is no R&D."""
    cogs, rnd = report.value("cost.cogs"), report.value("cost.rnd")
    fmt, unit = report.fmt, report.currency
    if not rnd:
        return View()
    caption = charts.Caption("Cost in scope by use", f"{unit}, {report.this}", report.source())
    return View(
        sentences.rnd(report.findings, fmt),
        [("Production (COGS)", cogs), ("Research and development", rnd)],
        [Column("Use"), Column("Cost")],
        draw=lambda rows: charts.stacked_share(rows, caption, charts.Measure("money", fmt, unit)),
    )


def cost_by_environment(report: Report) -> View:
    """Return cost in scope by environment with its change; nothing where there is no R&D."""
    company, month, unit = report.company, report.month, report.currency
    if not report.value("cost.rnd"):
        return View()
    changes = {name: change for name, _, _, change in moved_by(company, month, "environment")}
    known = changes if report.before else {}
    rows: list[list[object]] = [[*row, known.get(row[0])] for row in environments(company, month)]
    rows.append(["Total", "", report.value("scope_cost"), total(changes.values()) if report.before else None])
    columns = [Column("Environment"), Column("Counts as"), Column(report.this, "money", unit)]
    rows, columns = known_columns(rows, [*columns, Column("Change", "delta_money", unit)])
    note = "R&D is cost of environments that serve no user. It is part of cost per user, and shown here apart."
    return View("", rows, columns, "Cost in scope by environment", [note], report.source(), total=True)


def waterfall(report: Report) -> View:
    """Return the way from billed to effective to in scope."""
    unit, fmt = report.currency, report.fmt
    caption = charts.Caption("From billed to effective to in scope", f"{unit}, {report.this}", report.source())
    return View(
        sentences.scope(report.findings, fmt),
        [(step.name, step.amount, step.kind) for step in scope_steps(report.company, report.month)],
        [Column("Step"), Column(report.this), Column("Kind")],
        draw=lambda rows: charts.waterfall(rows, caption, charts.Measure("money", fmt, unit)),
    )


def waterfall_figures(report: Report) -> View:
    """Return the same as figures."""
    return View(
        rows=[(step.name, step.amount) for step in scope_steps(report.company, report.month)],
        columns=[Column("Step"), Column(report.this, "money", report.currency)],
        caption="The same in figures",
        notes=["Every step is the sum of named rows of the bills; the steps add up to the last digit stored."],
        source=report.source(),
        total=True,
    )


def coverage(report: Report) -> View:
    """Return how much of cost has an owner, and the largest cost that nobody owns."""
    fmt, owned = report.fmt, report.findings["allocation_coverage"]
    if not isinstance(owned.value, Decimal):
        return View()
    shares = [fmt.share(report.value(name)) for name in ("tag_coverage", "allocation_coverage")]
    columns = [Column("Account"), Column("Service"), Column("Cost", "money", report.currency), Column("Rows", "count")]
    return View(
        f"The share of cost with an owner {moved_words(fmt.share, owned.value, owned.previous)}",
        unowned_rows(report.company, report.month),
        columns,
        "The largest cost that nobody owns",
        [f"{shares[0]} of cost carries a product tag, {shares[1]} has an owner by rule or tag."],
        report.source(),
    )


def pools(report: Report) -> View:
    """Return how shared cost was split over product lines; nothing where there is none."""
    rows, unit = shared_split(report.company, report.month), report.currency
    if not rows:
        return View()
    amount = report.fmt.money(total(share for _, _, _, share in rows))
    notes = negative_weights(report.company, report.month)
    return View(
        f"{unit} {amount} of shared cost was split over product lines",
        rows,
        [Column("Pool"), Column("By"), Column("Product line"), Column("Amount", "money", unit)],
        f"Shared cost in {report.this}",
        [*notes, "Shares are exact: one largest-remainder step for each pool and category."],
        report.source(),
    )


def two_readers(report: Report) -> View:
    """Return what this report and the second reader found in the same files."""
    amounts, rows_read = reconciliation(report.company, report.month)
    unit, count = report.currency, report.fmt.count(rows_read)
    columns = [Column("Amount"), Column("This report", "money", unit), Column("Second reader", "money", unit)]
    return View(
        sentences.reconciled(report.findings),
        amounts,
        [*columns, Column("Difference", "money", unit)],
        "Two independent readings of the same files",
        [f"Both read {count} rows of the month. The difference is exactly 0, or no report appears."],
    )


def every(report: Report, what: str) -> View:
    """Return the whole cost in scope by `what`: 'service', 'owner', 'account' or 'provider'."""
    rows, rest = listing(report.company, report.month, what)
    columns = [Column(what.capitalize()), Column("Cost", "money", report.currency), Column("Share of scope", "share")]
    notes = [f"{rest} smaller ones are summed in the last row."] if rest else []
    return View("", rows, columns, f"Cost in scope by {what}", notes, report.source())
