"""Everything a page needs to know besides its notebooks, taken from a company's numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from unitcost import __version__
from unitcost.analyses.bridge import views as bridge_views
from unitcost.analyses.bridge.inputs import bridge_of
from unitcost.analyses.levers import side_by_side
from unitcost.analyses.levers import views as lever_views
from unitcost.analyses.quality import inputs as quality
from unitcost.analyses.quality.damage import Damage
from unitcost.analyses.quality.tolerances import Accepted
from unitcost.analyses.quality.views import warnings
from unitcost.display.model import ReportFacts
from unitcost.inputs.benchmarks import Benchmark
from unitcost.month.breakdown import cost_by, movers
from unitcost.month.company import Company
from unitcost.month.keys import DEFINITIONS_VERSION, LIBRARIES, code
from unitcost.month.owners import OwnedRow
from unitcost.numbers.estimate import Estimate, plain
from unitcost.numbers.units import to_units
from unitcost.pages.definitions import DEFINITIONS
from unitcost.pages.given_names import given_names
from unitcost.publishing import run_id as identity
from unitcost.publishing.status import Status

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
    changed: Mapping[str, str | None] | None = None,
    restatement: Mapping[str, Any] | None = None,
) -> ReportFacts:
    """Return the facts of a run. Amounts are complete decimal text; rounding is the templates' business."""
    report = company.config.report
    damaged, accepted = quality.damage(company, month), quality.accepted(company, month)
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
        reasons=_reasons(company, month),
        actions=lever_views.next_actions(company, month),
        skus_changed=bridge_views.skus_changed(bridge_of(company, month)),
        sources=[
            {"name": i.name, "kind": i.kind, "rows": i.rows, "sha256": i.sha256}
            for i in identity.inputs(company, month)
        ],
        tolerances=tolerances(accepted),
        damage=damage(damaged),
        checks=checks(company, month),
        definitions=(*DEFINITIONS, ("Version of these definitions", DEFINITIONS_VERSION)),
        versions=versions(),
        benchmarks=[_benchmark(b) for b in benchmarks],
        targets={m: plain(value) for m, value in company.config.targets.cost_per_user.items()},
        analysts_edits=tuple(edits),
        changed=changed or {},
        against=side_by_side.against_plan(company, month),
        restatement=restatement,
        rates=_rates(company, month),
        breaks=company.breaks,
        names=given_names(company, month),
        warnings=warnings(damaged, accepted, report.locale, report.currency),
    )


def history(company: Company, month: str) -> dict[str, list[tuple[str, str | None]]]:
    """Return the headline findings by month, oldest first."""
    found: dict[str, list[tuple[str, str | None]]] = {name: [] for name in HISTORY}
    for earlier in company.until(month, HISTORY_MONTHS):
        values = company.past(earlier).findings
        for name in HISTORY:
            value = values[name].value
            found[name].append((earlier, plain(value) if isinstance(value, Decimal) else None))
    return found


def _rates(company: Company, month: str) -> list[tuple[str, str, str | None]]:
    rates = {(c, m): plain(rate) for c, m, rate in company.marts.fx}
    used = sorted({owned.row.currency for owned in company.result(month).rows})
    before = company.before(month) or ""
    return [(c, rates[c, month], rates.get((c, before))) for c in used if (c, month) in rates]


def _reasons(company: Company, month: str) -> list[tuple[str, str, str]]:
    found = bridge_views.reasons(bridge_of(company, month), company.config.report.material_share)
    return [
        (bridge_views.lower(bridge_views.WORDS[r.bar]), plain(r.amount), r.names[0] if r.names else "") for r in found
    ]


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


def tolerances(found: Sequence[Accepted]) -> list[dict[str, Any]]:
    """Return what was accepted although it is not quite as the contract has it, as the manifest has it."""
    return [{"what": a.what, "count": a.count, "sum": _text(a.sum), "example": a.example} for a in found]


def damage(found: Sequence[Damage]) -> list[dict[str, str]]:
    """Return what is damaged in the bills, as the manifest has it."""
    return [
        {
            "kind": d.kind.value,
            "provider": d.provider,
            "where": d.where,
            "seen": d.seen,
            "amount": plain(d.money),
            "currency": d.currency,
            "measure": d.measure,
        }
        for d in found
    ]


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else plain(amount)


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


def versions() -> list[tuple[str, str]]:
    """Return the program's version, its code's digest and the libraries that shape a page."""
    from importlib.metadata import version

    own = [("unitcost", __version__), ("code", code()[:16])]
    return own + [(name, version(name)) for name in LIBRARIES]


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
