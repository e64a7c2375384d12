"""Scenarios of one month beside each other: what they come to, lever by lever, and what they assume differently."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from unitcost.analyses.findings import findings
from unitcost.analyses.levers.against import ABSENT
from unitcost.analyses.levers.kinds import KEY_WORDS
from unitcost.analyses.levers.scenarios import BASE, Scenario, as_data, scenario_of, under
from unitcost.analyses.levers.views import words
from unitcost.display.model import Against, ScenarioComparison
from unitcost.month.company import Company
from unitcost.numbers.amounts import amount_of
from unitcost.numbers.estimate import Estimate

Findings = Mapping[str, Estimate]
LABELS = {
    "cost_per_user": "Cost per user as it is",
    "levers.saving": "Saving a month, all levers",
    "levers.cost_per_user_after": "Cost per user after all levers",
    "levers.cost_per_user_after.free": "Cost per free user after them",
    "levers.cost_per_user_after.paid": "Cost per paid user after them",
    "margin.infrastructure": "Margin after infrastructure as it is",
    "levers.margin_after": "Margin after all levers",
    "levers.portfolio_saving": "Saving a month, actions chosen",
    "levers.portfolio_cost_per_user_after": "Cost per user after these",
    "levers.target_gap_closed": "Share of the target gap closed",
    "levers.probability_negative": "Chance that all levers add to cost",
}
SETTINGS = {
    "horizon_months": "months ahead",
    "effort_budget_weeks": "effort budget, weeks",
    "distribution": "shape of ranges",
    "seed": "seed",
}
LEVER_WORDS = KEY_WORDS | {
    "kind": "kind",
    "applies_to": "acts on",
    "effort_weeks": "weeks of work",
    "ramp_months": "months until in full",
    "owner": "owner",
    "requires": "requires",
    "excludes": "excludes",
}


def against_plan(company: Company, month: str) -> Against | None:
    """Return a scenario beside the plan of record; None under the plan of record itself."""
    return None if scenario_of(company).key == BASE else side_by_side([under(company, BASE), company], month)


def side_by_side(companies: Sequence[Company], month: str) -> Against:
    """Return one company under several scenarios beside each other, in their order."""
    results = [findings(company, month) for company in companies]
    scenarios = [scenario_of(company) for company in companies]
    identifiers = dict.fromkeys(lever.id for scenario in scenarios for lever in scenario.levers)
    labels = {name: label for name, label in LABELS.items() if any(_known(result, name) for result in results)}
    return Against(
        names=tuple(scenario.key for scenario in scenarios),
        titles=tuple(scenario.name for scenario in scenarios),
        findings=tuple(_compared(label, name, results) for name, label in labels.items()),
        levers=tuple(_compared(words(lever), f"lever.{lever}.saving", results) for lever in identifiers),
        portfolios=tuple(_portfolio(result) for result in results),
        assumptions=tuple(_differing(scenarios)),
    )


def _known(findings: Findings, name: str) -> bool:
    return name in findings and findings[name].value is not None


def _compared(label: str, name: str, results: Sequence[Findings]) -> ScenarioComparison:
    estimates = [findings.get(name) for findings in results]
    return ScenarioComparison(
        label,
        next(estimate.unit for estimate in estimates if estimate is not None),
        tuple(amount_of(estimate.value) if estimate else None for estimate in estimates),
        tuple(estimate.low if estimate else None for estimate in estimates),
        tuple(estimate.high if estimate else None for estimate in estimates),
        tuple(estimate.reason if estimate else ABSENT for estimate in estimates),
    )


def _portfolio(findings: Findings) -> tuple[str, ...]:
    chosen = findings["levers.portfolio"].value
    return tuple(words(name) for name in chosen) if isinstance(chosen, tuple) else ()


def _differing(scenarios: Sequence[Scenario]) -> list[tuple[str, ...]]:
    """Return (lever, assumption, one text a scenario) where scenarios that have the lever do not say the same."""
    data = [as_data(scenario) for scenario in scenarios]
    rows = [("scenario", word, *(_told(content[key]) for content in data)) for key, word in SETTINGS.items()]
    levers = [{lever["id"]: lever for lever in content["levers"]} for content in data]
    for identifier in dict.fromkeys(name for by_id in levers for name in by_id):
        owners = [by_id.get(identifier) for by_id in levers]
        if sum(owner is not None for owner in owners) > 1:
            rows += [
                (
                    words(identifier),
                    word,
                    *(ABSENT if content is None else _told(content.get(key)) for content in owners),
                )
                for key, word in LEVER_WORDS.items()
            ]
    return [row for row in rows if len({text for text in row[2:] if text != ABSENT}) > 1]


def _told(value: Any) -> str:
    """Return what a scenario's file says, in words: a range as its three numbers, a filter as its conditions."""
    if isinstance(value, dict) and set(value) == {"low", "mode", "high"}:
        numbers = [value[key] for key in ("low", "mode", "high")]
        return numbers[0] if len(set(numbers)) == 1 else " / ".join(numbers)
    if isinstance(value, dict):
        return "; ".join(f"{column} = {_told(patterns)}" for column, patterns in value.items())
    if isinstance(value, list):
        return ", ".join(str(text) for text in value) or "–"
    return "–" if value in (None, "") else str(value)
