"""What past months came to: kept in the store under a name made of all they rest on, so that history is only read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import astuple, dataclass, fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from unitcost.month.breakdown import cost_by
from unitcost.month.cells import is_fixed
from unitcost.numbers.book import Findings
from unitcost.numbers.estimate import Estimate
from unitcost.numbers.units import to_money
from unitcost.storage.digest import digest
from unitcost.storage.kept import keep

if TYPE_CHECKING:
    from unitcost.month.company import Company

FIELDS = tuple(field.name for field in fields(Estimate))


@dataclass(frozen=True, slots=True)
class Past:
    """A month's own findings, without values of the month before, and its in-scope cost by service, in money.

    `fixed` is the part of the cost in scope that no use explains: purchases, fees, what was committed and not used.
    """

    findings: Findings
    services: Mapping[str, Decimal]
    fixed: Decimal

    def labelled(self, prefix: str) -> dict[str, Decimal | None]:
        """Return the findings below a prefix by their real name; None is unknown."""
        return {
            estimate.label: estimate.value if isinstance(estimate.value, Decimal) else None
            for name, estimate in self.findings.items()
            if estimate.label is not None and name.startswith(f"{prefix}.")
        }


def past(company: Company, month: str) -> Past:
    """Return what a month came to, computing it where the store does not hold it.

    Raises what Company.result raises; whether a month reconciles is asked every time.
    """
    company.gap(month)
    path = company.marts.repeats.store / "months" / f"{_name(company, month)}.json"
    try:
        return from_text(path.read_text("utf-8"))
    except (OSError, ValueError, TypeError, LookupError, ArithmeticError):
        # Not there or torn: slower, never wrong.
        result = company.result(month)
    found = Past(
        result.findings,
        cost_by(result.rows, lambda row: row.row.service),
        to_money(sum(row.cost for row in result.rows if row.in_scope and is_fixed(row.row))),
    )
    keep(path, as_text(found))
    return found


def _name(company: Company, month: str) -> str:
    from unitcost.publishing import run_id as identity  # it knows the company, as whose part this is imported

    marts = company.marts
    periods = marts.subscriptions_path
    folders = (marts.spend_folders.get(month), marts.user_folders.get(month), periods.parent if periods else None)
    counts = sorted(sorted((k, str(v)) for k, v in row.cells.items()) for row in marts.aggregate.get(month, ()))
    metered = marts.usage_metrics.months.get(month)
    settings = json.dumps(identity.configuration(company), sort_keys=True)
    return digest([identity.code(), month, *(f.name if f else "" for f in folders), counts, metered, settings])


def as_text(found: Past) -> str:
    """Return JSON text in which every decimal is text with a mark, so that not even a trailing zero is lost."""
    findings = {name: [_marked(part) for part in astuple(estimate)] for name, estimate in found.findings.items()}
    services = {name: str(amount) for name, amount in found.services.items()}
    return json.dumps({"findings": findings, "services": services, "fixed": str(found.fixed)})


def from_text(text: str) -> Past:
    """Read `as_text` back. Raises ValueError, TypeError, LookupError or ArithmeticError for anything else."""
    data = json.loads(text)
    findings = {
        name: Estimate(**{field: _unmarked(part) for field, part in zip(FIELDS, parts, strict=True)})
        for name, parts in data["findings"].items()
    }
    services = {name: Decimal(amount) for name, amount in data["services"].items()}
    return Past(findings, services, Decimal(data["fixed"]))


def _marked(part: object) -> object:
    if isinstance(part, Decimal):
        return {"decimal": str(part)}
    return {"list": list(part)} if isinstance(part, tuple) else part


def _unmarked(part: Any) -> Any:
    if not isinstance(part, dict):
        return part
    return Decimal(part["decimal"]) if "decimal" in part else tuple(part["list"])
