"""A company's outlook: what the next twelve months are likely to bring, from what was known at the end of a month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from unitcost.analyses.commitments.positions import terms
from unitcost.analyses.outlook.estimates.backtest import Score
from unitcost.analyses.outlook.estimates.events import Event
from unitcost.analyses.outlook.estimates.forecast import Ahead, Aim, Forecast, forecast, forecast_findings, target_gap
from unitcost.analyses.outlook.estimates.history import PastMonth
from unitcost.numbers.book import Findings
from unitcost.numbers.months import year_after
from unitcost.numbers.units import to_money, to_units
from unitcost.storage.kept import kept

if TYPE_CHECKING:
    from unitcost.month.company import Company

FOLDER = "outlook"


def findings(company: Company, month: str) -> Findings:
    """Return `forecast.*` and `target.gap` of a month."""
    currency, targets = company.config.report.currency, company.config.targets.cost_per_user
    per_user = company.past(month).findings["cost_per_user"]
    return {
        **forecast_findings(outlook(company, month), currency),
        "target.gap": target_gap(per_user, month, targets, currency),
    }


def outlook(company: Company, month: str) -> Forecast:
    """Return the forecast of the twelve months after `month`; from the store, if it has it."""
    from unitcost.publishing import run_id as identity  # it knows the company, as whose part this is imported

    rows, events = past_months(company, month), known_events(company, month)
    report, targets = company.config.report, company.config.targets.cost_per_user
    question = [
        identity.code(),
        month,
        [(row.month, row.users, str(row.cost), str(row.fixed)) for row in rows],
        report.min_users,
        sorted((m, str(value)) for m, value in targets.items()),
        [repr(event) for event in events],
    ]

    def asked() -> Any:
        return as_data(forecast(rows, month=month, min_users=report.min_users, targets=targets, events=events))

    return from_data(kept(company.marts.repeats.store / FOLDER, question, asked))


def past_months(company: Company, month: str) -> list[PastMonth]:
    """Return users, cost in scope and its fixed part of every month with data until `month`, oldest first."""
    found = []
    for each in company.months:
        if each <= month:
            one = company.past(each)
            users, cost = one.findings["mau"].value, one.findings["scope_cost"].value
            found.append(
                PastMonth(
                    each,
                    int(users) if isinstance(users, Decimal) else None,
                    cost if isinstance(cost, Decimal) else Decimal(0),
                    one.fixed,
                )
            )
    return found


def known_events(company: Company, month: str) -> list[Event]:
    """Return what is known to happen in the twelve months after `month`, by date.

    What the company says in [outlook] events is counted. A commitment may be renewed, so the forecast does not count
    its end; what it saves in `month` is at stake.
    """
    given = [
        Event(one.month, one.what, price=1 + one.price_change, fixed=one.fixed_change)
        for one in company.marts.events
        if month < one.month <= year_after(month)
    ]
    return sorted([*given, *_ending(company, month)], key=lambda event: event.month)


def _ending(company: Company, month: str) -> list[Event]:
    """Return the commitments used in `month` that end in the twelve months after it."""
    until = [each for each in company.marts.cost_months() if each <= month]
    ends = terms(row for each in until for row in company.commitments(each))
    held = _held(company, month)
    return [
        Event(f"{end:%Y-%m}", f"{held[name][0]}: a commitment ends", at_stake=held[name][1])
        for name, end in sorted(ends.items(), key=lambda item: (item[1], item[0]))
        if name in held and month < f"{end:%Y-%m}" <= year_after(month)
    ]


def _held(company: Company, month: str) -> dict[tuple[str, str], tuple[str, Decimal | None]]:
    """Return the service and saving of each (provider, commitment) used in a month.

    What it saves is contracted − effective cost of the use it covers; None where a contracted cost is missing.
    """
    services: dict[tuple[str, str], str] = {}
    sums: dict[tuple[str, str], int | None] = {}
    for row in company.commitments(month):
        if row.commitment_status == "Used" and row.commitment_id:
            key = (row.provider, row.commitment_id)
            services[key] = max(row.service, services.get(key, ""))
            so_far = sums.get(key, 0)
            if so_far is None or row.contracted is None or not row.contracted_known:
                sums[key] = None
            else:
                sums[key] = so_far + to_units(row.contracted) - to_units(row.effective)
    return {key: (services[key], None if units is None else to_money(units)) for key, units in sums.items()}


def planned(company: Company, name: str) -> dict[str, Decimal]:
    """Return what was planned of 'scope_cost' or 'mau' by month; of 'cost_per_user' it is the targets."""
    if name == "cost_per_user":
        return dict(company.config.targets.cost_per_user)
    return {row.month: getattr(row, name) for row in company.marts.plan}


# As JSON


def as_data(found: Forecast) -> dict[str, Any]:
    """Return a forecast as JSON has it; decimals are text."""
    return {
        "months": found.months,
        "values": {name: [_texts(cell) for cell in cells] for name, cells in found.values.items()},
        "reasons": found.reasons,
        "models": found.models,
        "counts": [found.length, found.holes, found.origins],
        "parts": [[str(amount) for amount in pair] for pair in found.parts],
        "scores": found.scores,
        "aims": [[aim.month, str(aim.target), None if aim.probability is None else str(aim.probability)]
                 for aim in found.aims],
    }  # fmt: skip


def _texts(cell: Ahead | None) -> list[Any] | None:
    return None if cell is None else [str(cell.value), str(cell.low), str(cell.high), cell.errors]


def from_data(data: Mapping[str, Any]) -> Forecast:
    """Read `as_data` back."""
    return Forecast(
        months=tuple(data["months"]),
        values={name: tuple(_ahead(cell) for cell in cells) for name, cells in data["values"].items()},
        reasons={name: tuple(texts) for name, texts in data["reasons"].items()},
        models=tuple(data["models"]),
        length=data["counts"][0],
        holes=data["counts"][1],
        origins=data["counts"][2],
        parts=tuple((Decimal(v), Decimal(f)) for v, f in data["parts"]),
        scores={name: (Score(*own), Score(*naive)) for name, (own, naive) in data["scores"].items()},
        aims=tuple(Aim(m, Decimal(t), None if p is None else Decimal(p)) for m, t, p in data["aims"]),
    )


def _ahead(cell: Sequence[Any] | None) -> Ahead | None:
    return None if cell is None else Ahead(Decimal(cell[0]), Decimal(cell[1]), Decimal(cell[2]), int(cell[3]))
