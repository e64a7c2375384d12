"""A company's levers: what its scenario's filters match in a month, and everything that follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from unitcost.analyses.analysis import Request
from unitcost.analyses.commitments import hourly as commitment
from unitcost.analyses.commitments.inputs import loads
from unitcost.analyses.levers.estimates.analysis import LeverAnalysis, ScenarioQuestion, analyse
from unitcost.analyses.levers.estimates.draws import Setting
from unitcost.analyses.levers.estimates.model import Case, Hourly, Lever, Triple, split_up
from unitcost.analyses.levers.findings import Baseline, commitment_findings, lever_findings, margin_findings
from unitcost.analyses.levers.kinds import AN_HOUR, SAVING, is_commitment, keys_of, kind_of
from unitcost.analyses.levers.scenarios import LeverEntry, as_data, scenario_of
from unitcost.analyses.levers.spend_by_filters import MatchedRow, spend_by_filters
from unitcost.errors import ReconciliationProblem
from unitcost.month.allocation import tier_weights
from unitcost.month.owners import PRODUCTION, OwnerKind, matching_rules, owner_of
from unitcost.numbers.units import to_units
from unitcost.warehouse.bills.bill_rows import Filter

if TYPE_CHECKING:
    from unitcost.month.company import Company
    from unitcost.numbers.book import Findings

Cell = tuple[str, str, str | None, bool]  # kind of owner, owner, service category, cost of goods sold
COGS = "cogs"


def findings(request: Request) -> Findings:
    """Return `lever.*` and `levers.*` of a month under the company's scenario."""
    company, month = request.company, request.month
    return findings_of(company, month, analysis(company, month), request.findings)


def findings_of(company: Company, month: str, computed: LeverAnalysis, others: Findings) -> Findings:
    """Return the findings of an analysis of the company's levers; `others` may tell its revenue."""
    scenario, currency = scenario_of(company), company.config.report.currency
    covered = {lever.id: lever.coverage is not None for lever in scenario.levers if is_commitment(lever.kind)}
    base = baseline(company, month)
    estimates = lever_findings(computed, base) | margin_findings(computed, base, others.get("revenue.mrr"))
    return {**estimates, **commitment_findings(computed, covered, currency)}


def baseline(company: Company, month: str) -> Baseline:
    """Return the month as it is without any lever."""
    report, result = company.config.report, company.result(month)
    return Baseline(
        report.currency,
        report.min_users,
        result.findings,
        result.users.mau,
        result.users.by_tier,
        next_target(company, month),
    )


def next_target(company: Company, month: str) -> Decimal | None:
    """Return the first cost per user aimed at, for the month or later, that is not reached yet; else the last one."""
    now = company.result(month).findings["cost_per_user"].value
    ahead = [amount for m, amount in sorted(company.config.targets.cost_per_user.items()) if m >= month]
    missed = [amount for amount in ahead if isinstance(now, Decimal) and amount < now]
    return next(iter(missed or ahead[-1:]), None)


def analysis(company: Company, month: str) -> LeverAnalysis:
    """Return what the scenario's levers come to in a month; from the store, where it was asked before."""
    scenario = scenario_of(company)
    if not scenario.levers:
        return LeverAnalysis()
    return company.keep("levers", [month], lambda: computed(company, month), LeverAnalysis, as_data(scenario))


def computed(company: Company, month: str) -> LeverAnalysis:
    """Return what the scenario's levers come to in a month, worked out now: for what is asked only once."""
    scenario = scenario_of(company)
    rows = in_scope(company, month)
    levers = tuple(_lever(lever) for lever in scenario.levers)
    spend = [(0, 0)] * len(scenario.levers)
    for row, _, units in rows:
        for place in row.matched:
            whole, covered = spend[place]
            spend[place] = (whole + units, covered + units * row.is_committed)
    hourly = hourly_use(company, month, levers)
    # Providers are told apart only where a commitment is made with several of them.
    apart = {place for place, uses in hourly.items() if len(uses) > 1}
    acting = [(_acting(row, levers), row.provider, cell, units) for row, cell, units in rows if not row.is_committed]
    atoms = split_up(
        (places, provider if apart.intersection(places) else "", cell, units)
        for places, provider, cell, units in acting
    )
    case = Case(levers, atoms, hourly)
    pairs = tuple((*correlation.levers, float(correlation.value)) for correlation in scenario.correlations)
    question = ScenarioQuestion(
        Setting(scenario.distribution, scenario.seed, pairs),
        scenario.effort_budget_weeks,
        scenario.horizon_months,
        _tier_shares(company, month),
        spend,
    )
    return analyse(case, question)


def _acting(row: MatchedRow, levers: Sequence[Lever]) -> tuple[int, ...]:
    """Return the places of the levers that act on a row: what is on spot already moves no further."""
    return tuple(place for place in row.matched if not (row.is_spot and kind_of(levers[place].kind).is_cheaper))


def hourly_use(company: Company, month: str, levers: Sequence[Lever]) -> dict[int, tuple[Hourly, ...]]:
    """Return the hours behind commitments without a covered share, with the best amount an hour.

    By place of lever, one each for the providers whose use on demand it matches.
    """
    return {
        place: _hourly(company, month, given.applies_to, lever)
        for place, (given, lever) in enumerate(zip(scenario_of(company).levers, levers, strict=True))
        if lever.by_the_hour
    }


def _hourly(company: Company, month: str, applies_to: Filter, lever: Lever) -> tuple[Hourly, ...]:
    by_provider = loads(company, month, applies_to).by_provider
    if not by_provider:
        return (Hourly((), reason=commitment.NOTHING),)
    if len(by_provider) > 1 and AN_HOUR in lever.inputs:
        return (Hourly((), reason=commitment.several(list(by_provider))),)
    return tuple(_of_provider(name, load, lever.inputs[SAVING].mode) for name, load in by_provider.items())


def _of_provider(provider: str, load: commitment.Load, discount: Decimal) -> Hourly:
    why = commitment.unusable(load)
    if why:
        return Hourly((), reason=why, provider=provider)
    best = commitment.best(load.hours, discount)
    hours = tuple(Fraction(max(hour, Decimal(0))) for hour in load.hours)
    return Hourly(hours, Fraction(best.per_hour), best.low, best.high, provider=provider)


def in_scope(company: Company, month: str) -> list[tuple[MatchedRow, Cell, int]]:
    """Return what counts in a month with the levers that match it, its cell and its cost in units of 1e-18.

    Raises ReconciliationProblem unless it adds up to scope_cost.
    """
    scope = company.scope
    filters = [_patterns(lever) for lever in scenario_of(company).levers]
    rows = _matched(company, month, tuple(tuple(sorted(patterns.items())) for patterns in filters))
    matching = matching_rules(company.rules, scope)
    counted: list[tuple[MatchedRow, Cell, int]] = []
    for row in rows:
        rules = matching(row.rule_values)
        kind, owner, _ = owner_of(row, rules, scope)
        if kind not in (OwnerKind.EXCLUDED, OwnerKind.OUT_OF_SCOPE):
            environment = next((r.environment for r in rules if r.environment is not None), row.environment_tag)
            is_cogs = kind is OwnerKind.SHARED or environment in PRODUCTION
            counted.append((row, (kind.value, owner, row.service_category, is_cogs), to_units(row.amount)))
    _check(company, month, sum(units for _, _, units in counted))
    return counted


def _matched(
    company: Company, month: str, filters: tuple[tuple[tuple[str, tuple[str, ...]], ...], ...]
) -> list[MatchedRow]:
    """Return everything charged in a month by which of the filters match it, and what decides its owner."""
    scope, marts = company.scope, company.marts
    return company.once(
        ("spend_by_filters", month, filters),
        lambda: spend_by_filters(
            marts.repeats, month, [dict(patterns) for patterns in filters], scope.basis, scope.rule_order
        ),
    )


def _check(company: Company, month: str, units: int) -> None:
    scope_units = sum(row.cost for row in company.result(month).rows if row.in_scope)
    if units != scope_units:
        raise ReconciliationProblem(
            f"What the levers look at in {month} does not add up to the cost in scope",
            where=", ".join(company.config.costs.paths),
            why=f"rows: {units}e-18, cost in scope: {scope_units}e-18",
            fix="please report this with the files; nothing was published",
        )


def _patterns(lever: LeverEntry) -> dict[str, tuple[str, ...]]:
    return {key: (p,) if isinstance(p, str) else p for key, p in lever.applies_to.items()}


def _lever(given: LeverEntry) -> Lever:
    values = {key: given.assumed(key) for key in keys_of(given.kind)}
    return Lever(
        given.id,
        given.kind,
        {
            key: Triple(assumed.low, assumed.mode, assumed.high)
            for key, assumed in values.items()
            if assumed is not None
        },
        given.effort_weeks,
        given.owner,
        given.ramp_months,
        given.requires,
        given.excludes,
    )


def _tier_shares(company: Company, month: str) -> Any:
    """Return a function from a cell to the share of its cost in each tier, as the month allocates it, and in COGS."""
    result, rules = company.result(month), company.rules
    kept: dict[Cell, dict[str, Fraction]] = {}

    def shares(cell: Cell) -> dict[str, Fraction]:
        if cell in kept:
            return kept[cell]
        kind, owner, category, is_cogs = cell
        by_tier: dict[str, Fraction] = {COGS: Fraction(1)} if is_cogs else {}
        lines = {} if kind == OwnerKind.UNALLOCATED else result.allocation.line_shares(OwnerKind(kind), owner, category)
        for line, share in lines.items():
            _, weights = tier_weights(line, category, result.users, rules)
            whole = sum(weights.values())
            for tier, weight in weights.items() if whole else ():
                by_tier[tier] = by_tier.get(tier, Fraction(0)) + share * Fraction(weight, whole)
        kept[cell] = by_tier
        return by_tier

    return shares
