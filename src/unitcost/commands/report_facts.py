"""Everything a page needs to know besides its notebooks, taken from a company's numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from unitcost import __version__
from unitcost.analyses.bridge import views as bridge_views
from unitcost.analyses.bridge.inputs import bridge_of
from unitcost.analyses.bridge.sentences import change_parts
from unitcost.analyses.experiments.findings import tried_changes
from unitcost.analyses.levers import side_by_side
from unitcost.analyses.levers import views as lever_views
from unitcost.analyses.quality import inputs as quality
from unitcost.analyses.quality.damage import Damage
from unitcost.analyses.quality.sentences import warnings
from unitcost.analyses.quality.tolerances import Accepted
from unitcost.display.facts import (
    Benchmarked,
    BillFlaw,
    CheckMade,
    Movement,
    RateUsed,
    Replaced,
    ReportFacts,
    SourceRead,
    Toleration,
)
from unitcost.inputs.benchmarks import Benchmark
from unitcost.month.breakdown import cost_by, movers
from unitcost.month.company import Company
from unitcost.month.keys import DEFINITIONS_VERSION, LIBRARIES, code
from unitcost.month.owners import OwnedRow
from unitcost.numbers.amounts import amount_of
from unitcost.numbers.estimate import Estimate, plain
from unitcost.numbers.units import to_units
from unitcost.pages.definitions import definitions
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
    restatement: Replaced | None = None,
) -> ReportFacts:
    """Return the facts of a run: `findings` as published, `changed` those that are computed as something else."""
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
        findings=findings,
        scenario="" if scenario == "base" else scenario,
        history=history(company, month),
        movers=_movers(company, month),
        reasons=change_parts(bridge_of(company, month), report.material_share),
        actions=lever_views.next_actions(company, month),
        experiments=tried_changes(company),
        skus_changed=bridge_views.skus_changed(bridge_of(company, month)),
        sources=[
            SourceRead(source.name, source.kind, source.rows, source.sha256)
            for source in identity.inputs(company, month)
        ],
        tolerances=tolerances(accepted),
        damage=damage(damaged),
        checks=checks(company, month),
        definitions=(*definitions(), ("Version of these definitions", DEFINITIONS_VERSION)),
        versions=versions(),
        benchmarks=[Benchmarked(**benchmark.model_dump()) for benchmark in benchmarks],
        targets=company.config.targets.cost_per_user,
        analysts_edits=tuple(edits),
        changed=changed or {},
        against=side_by_side.against_plan(company, month),
        restatement=restatement,
        rates=_rates(company, month),
        breaks=company.breaks,
        names=given_names(company, month),
        warnings=warnings(damaged, accepted, report.locale, report.currency),
    )


def history(company: Company, month: str) -> dict[str, list[tuple[str, Decimal | None]]]:
    """Return the headline findings by month, oldest first."""
    values: dict[str, list[tuple[str, Decimal | None]]] = {name: [] for name in HISTORY}
    for earlier in company.until(month, HISTORY_MONTHS):
        findings = company.past(earlier).findings
        for name in HISTORY:
            values[name].append((earlier, amount_of(findings[name].value)))
    return values


def _rates(company: Company, month: str) -> list[RateUsed]:
    rates = {(currency, of_month): rate for currency, of_month, rate in company.marts.fx}
    currencies = sorted({owned.row.currency for owned in company.result(month).rows})
    before = company.before(month) or ""
    return [
        RateUsed(currency, rates[currency, month], rates.get((currency, before)))
        for currency in currencies
        if (currency, month) in rates
    ]


def _movers(company: Company, month: str) -> dict[str, list[Movement]]:
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
    return {
        kind: [Movement(mover.name, mover.now, mover.before) for mover in of_kind if mover.change]
        for kind, of_kind in by.items()
    }


def line_cost(company: Company, month: str) -> dict[str, Decimal]:
    """Return the allocated cost of each product line in a month."""
    result = company.result(month)
    lines = result.slugs["product"].items()
    return {line: _money(result.findings[f"cost.product.{slug}"]) for line, slug in lines}


def tolerances(accepted: Sequence[Accepted]) -> list[Toleration]:
    """Return what was accepted although it is not quite as the contract has it."""
    return [Toleration(entry.what, entry.count, entry.sum, entry.example) for entry in accepted]


def damage(damaged: Sequence[Damage]) -> list[BillFlaw]:
    """Return what is damaged in the bills."""
    return [
        BillFlaw(flaw.kind.value, flaw.provider, flaw.where, flaw.seen, flaw.money, flaw.currency, flaw.measure)
        for flaw in damaged
    ]


def checks(company: Company, month: str) -> list[CheckMade]:
    """Return the checks that were made; a failed one stops the report, so all of them passed."""
    result = company.result(month)
    marts = company.mart_totals[month]
    total = to_units(_money(result.findings["scope_cost"]))
    outside = ("cost.no_tier", "cost.unused_commitment", "cost.unallocated")
    tiers = sum(to_units(_money(result.findings[name])) for name in ("cost.free", "cost.paid", *outside))
    lines = sum(to_units(value) for value in line_cost(company, month).values())
    lines += sum(to_units(_money(result.findings[name])) for name in outside[1:])
    rows = "1 row" if marts.rows == 1 else f"{marts.rows} rows"
    return [
        CheckMade("Files and marts agree: billed", "passed", f"difference 0 of {plain(marts.billed)}"),
        CheckMade("Files and marts agree: effective", "passed", f"difference 0 of {plain(marts.effective)}"),
        CheckMade("Files and marts agree: rows", "passed", rows),
        CheckMade("Tiers and what has none add up to cost in scope", _verdict(tiers == total), "exact"),
        CheckMade("Product lines and the rest add up to cost in scope", _verdict(lines == total), "exact"),
    ]


def _verdict(holds: bool) -> str:
    return "passed" if holds else "failed"


def _money(estimate: Estimate) -> Decimal:
    return estimate.value if isinstance(estimate.value, Decimal) else Decimal(0)


def versions() -> list[tuple[str, str]]:
    """Return the program's version, its code's digest and the libraries that shape a page."""
    from importlib.metadata import version

    program = [("unitcost", __version__), ("code", code()[:16])]
    return program + [(name, version(name)) for name in LIBRARIES]
