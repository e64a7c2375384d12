"""Everything a page needs to know besides its notebooks, taken from a company's numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from unitcost import __version__, identity
from unitcost.benchmarks import Benchmark
from unitcost.company import Company
from unitcost.definitions import DEFINITIONS, VERSION
from unitcost.marks import Mark
from unitcost.metrics.breakdown import cost_by, movers
from unitcost.metrics.estimate import Estimate, plain
from unitcost.metrics.owners import OwnedRow
from unitcost.metrics.status import Status
from unitcost.metrics.units import to_units
from unitcost.report.model import ReportFacts

HISTORY_MONTHS = 25
HISTORY = (
    "cost_per_user",
    "cost_per_user.free",
    "cost_per_user.paid",
    "cost_per_user.cogs",
    "cost_per_user.net_of_credits",
    "scope_cost",
    "billed_cost",
    "effective_cost",
    "cost.cogs",
    "cost.rnd",
    "cost.unallocated",
    "cost.unused_commitment",
    "mau",
    "mau.paid",
    "mau.free",
    "tag_coverage",
    "allocation_coverage",
)


def report_facts(
    company: Company,
    month: str,
    *,
    findings: Mapping[str, Estimate],
    status: Status,
    run_id: str,
    scenario: str,
    benchmarks: Sequence[Benchmark],
    edits: Sequence[str],
) -> ReportFacts:
    """Return the facts of a run. Amounts are complete decimal text; rounding is the templates' business."""
    report = company.config.report
    return ReportFacts(
        company=report.company,
        month=month,
        currency=report.currency,
        locale=report.locale,
        status=status.name,  # type: ignore[arg-type]
        status_reason=status.reason,
        run_id=run_id,
        findings={name: e.as_json() for name, e in findings.items()},
        scenario="" if scenario == "base" else scenario,
        history=history(company, month),
        movers=_movers(company, month),
        sources=[
            {"name": i.name, "kind": i.kind, "rows": i.rows, "sha256": i.sha256}
            for i in identity.inputs(company, month)
        ],
        tolerances=tolerances(company, month),
        checks=checks(company, month),
        definitions=(*DEFINITIONS, ("Version of these definitions", VERSION)),
        versions=versions(),
        benchmarks=[_benchmark(b) for b in benchmarks],
        targets={m: plain(value) for m, value in company.config.targets.cost_per_user.items()},
        analysts_edits=tuple(edits),
        warnings=warnings(company, month),
    )


def history(company: Company, month: str) -> dict[str, list[tuple[str, str | None]]]:
    """Return the headline findings by month, oldest first."""
    found: dict[str, list[tuple[str, str | None]]] = {name: [] for name in HISTORY}
    for earlier in company.until(month, HISTORY_MONTHS):
        values = company.result(earlier).findings
        for name in HISTORY:
            value = values[name].value
            found[name].append((earlier, plain(value) if isinstance(value, Decimal) else None))
    return found


def _movers(company: Company, month: str) -> dict[str, list[tuple[str, str | None, str | None]]]:
    earlier = company.before(month)
    if earlier is None:
        return {}
    now, before = company.result(month), company.result(earlier)

    def service(row: OwnedRow) -> str:
        return row.row.service

    by = {
        "service": movers(cost_by(now.rows, service), cost_by(before.rows, service)),
        "product_line": movers(line_cost(company, month), line_cost(company, earlier)),
    }
    return {kind: [(m.name, plain(m.now), plain(m.before)) for m in found if m.change] for kind, found in by.items()}


def line_cost(company: Company, month: str) -> dict[str, Decimal]:
    """Return the allocated cost of each product line in a month."""
    result = company.result(month)
    found = {}
    for line, slug in result.slugs["product"].items():
        value = result.findings[f"cost.product.{slug}"].value
        found[line] = value if isinstance(value, Decimal) else Decimal(0)
    return found


_TOLERANCES = {
    Mark.NO_EFFECTIVE: "Rows without EffectiveCost count 0",
    Mark.CLEANED: "Amounts written with a currency sign, commas or blanks",
    Mark.ROUNDED: "Amounts with more than 18 decimals, rounded half-even",
    Mark.SLASHED: "Dates written month/day/year",
    Mark.VALUELESS: "Rows with tags that have no value",
    Mark.NEGATIVE_BILLED | Mark.NEGATIVE_EFFECTIVE: "Rows with a negative amount",
    Mark.SPREAD: "Rows whose charge period spans months, spread over its days",
    Mark.USAGE_BASED: "Rows that spell Usage-Based as Usage-based",
    Mark.UNPLACEABLE: "Corrections whose charge period is their billing period, so that the month corrected is unknown",
}


def tolerances(company: Company, month: str) -> list[dict[str, Any]]:
    """Return what was accepted although it is not quite as the contract has it, with how often."""
    rows = company.spend(month)
    found: list[dict[str, Any]] = []
    for mark, what in _TOLERANCES.items():
        count = sum(row.rows for row in rows if row.has(mark))
        if count:
            found.append({"what": what, "count": count, "sum": None, "example": None})
    users = company.result(month).users
    if users.no_subscription:
        tier = company.config.subscriptions.default_tier
        found.append(
            {
                "what": f"Active users without a subscription, counted as {tier}",
                "count": users.no_subscription,
                "sum": None,
                "example": None,
            }
        )
    if company.marts.zero_length:
        what = "Subscriptions that end on the day they start, ignored"
        found.append({"what": what, "count": company.marts.zero_length, "sum": None, "example": None})
    defaults = company.config.costs.defaults
    if defaults:
        listed = ", ".join(f"{name} = {value}" for name, value in sorted(defaults.items()))
        found.append(
            {
                "what": f"Columns that files lack, filled from [costs] defaults: {listed}",
                "count": len(defaults),
                "sum": None,
                "example": None,
            }
        )
    return found


def checks(company: Company, month: str) -> list[dict[str, str]]:
    """Return the checks that were made; a failed one stops the report, so all of them passed."""
    result = company.result(month)
    own = company.mart_totals[month]
    total = to_units(_money(result.findings["scope_cost"]))
    outside = ("cost.no_tier", "cost.unused_commitment", "cost.unallocated")
    tiers = sum(to_units(_money(result.findings[name])) for name in ("cost.free", "cost.paid", *outside))
    lines = sum(to_units(value) for value in line_cost(company, month).values())
    lines += sum(to_units(_money(result.findings[name])) for name in outside[1:])
    return [
        {
            "name": "Files and marts agree: billed",
            "result": "passed",
            "detail": f"difference 0 of {plain(own.billed)}",
        },
        {
            "name": "Files and marts agree: effective",
            "result": "passed",
            "detail": f"difference 0 of {plain(own.effective)}",
        },
        {
            "name": "Files and marts agree: rows",
            "result": "passed",
            "detail": "1 row" if own.rows == 1 else f"{own.rows} rows",
        },
        {
            "name": "Tiers and what has none add up to cost in scope",
            "result": _verdict(tiers == total),
            "detail": "exact",
        },
        {
            "name": "Product lines and the rest add up to cost in scope",
            "result": _verdict(lines == total),
            "detail": "exact",
        },
    ]


def _verdict(holds: bool) -> str:
    return "passed" if holds else "failed"


def _money(estimate: Estimate) -> Decimal:
    return estimate.value if isinstance(estimate.value, Decimal) else Decimal(0)


def warnings(company: Company, month: str) -> list[str]:
    """Return what must be said on page one."""
    missing = sum(row.rows for row in company.spend(month) if row.has(Mark.NO_EFFECTIVE))
    rows = "1 row has" if missing == 1 else f"{missing} rows have"
    return [f"{rows} no EffectiveCost and count 0."] if missing else []


def versions() -> list[tuple[str, str]]:
    """Return the program's version, its code's digest and the libraries that shape a page."""
    from importlib.metadata import version

    own = [("unitcost", __version__), ("code", identity.code()[:16])]
    return own + [(name, version(name)) for name in identity.LIBRARIES]


def _benchmark(benchmark: Benchmark) -> dict[str, Any]:
    return {
        "metric": benchmark.metric,
        "low": None if benchmark.low is None else plain(benchmark.low),
        "high": None if benchmark.high is None else plain(benchmark.high),
        "unit": benchmark.unit,
        "text": benchmark.text,
        "source": benchmark.source,
        "date": benchmark.date.isoformat(),
    }
