"""basis.json: what a month's cost per user rests on, compact enough to stay beside every published set."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from importlib.metadata import version
from typing import Any

from unitcost.month.company import Company
from unitcost.month.keys import DEFINITIONS_VERSION as VERSION
from unitcost.numbers.estimate import plain
from unitcost.numbers.units import to_money, to_units
from unitcost.publishing.restatement import Basis, Group, GroupKey
from unitcost.storage.digest import digest
from unitcost.warehouse.marks import Mark

COLUMNS = ("provider", "billing_account", "billing_period", "charge_category", "service", "currency", "correction")
SCHEMA = 1
TEXTS = ("month", "definitions", "currency", "basis", "fingerprint", "rules", "corrections", "defaults")


def definition_of(company: Company) -> str:
    """Return what makes a series comparable: the version of the definitions, and a digest of what decides scope
    and owners. Two months with different ones are no continuous series.
    """
    costs = company.config.costs
    settings = costs.model_dump(mode="json", exclude={"paths", "defaults"})
    rules = [rule.model_dump(mode="json") for rule in company.rules.rules]
    pools = [pool.model_dump(mode="json") for pool in company.rules.pools]
    parts = [
        settings,
        company.config.report.currency,
        company.config.allocation.unused_commitment,
        company.config.subscriptions.default_tier,
        rules,
        pools,
        dict(company.rules.drivers or {}),
    ]
    return f"{VERSION}:{digest([json.dumps(part, sort_keys=True) for part in parts])[:16]}"


def basis_of(company: Company, month: str) -> Basis:
    """Return what the cost per user of a month rests on."""
    result = company.result(month)
    costs = company.config.costs
    sums: dict[GroupKey, list[int]] = {}
    for owned in result.rows:
        row = owned.row
        first = f"{row.billing_start:%Y-%m-%d}"
        correction = row.has(Mark.CORRECTION)
        key = GroupKey(
            row.provider, row.billing_account, first, row.charge_category, row.service, row.currency, correction
        )
        entry = sums.setdefault(key, [0, 0])
        entry[0] += owned.cost
        entry[1] += owned.cost if owned.in_scope else 0
    contents = _contents(company, month)
    groups = {key: Group(*contents[key], cost, scope) for key, (cost, scope) in sums.items()}
    per_user = result.findings["cost_per_user"].value
    return Basis(
        month=month,
        definitions=VERSION,
        currency=company.config.report.currency,
        basis=costs.basis,
        mau=result.users.mau,
        cost_per_user=per_user if isinstance(per_user, Decimal) else None,
        fingerprint=f"duckdb {version('duckdb')}",
        rates=_rates(company, month, groups),
        rules=_scope_rules(company),
        corrections=costs.corrections,
        defaults=digest(sorted(costs.defaults.items())),
        groups=groups,
    )


def _contents(company: Company, month: str) -> dict[GroupKey, tuple[str, int]]:
    query = (
        "select provider, billing_account, strftime(billing_start, '%Y-%m-%d'), charge_category, service, currency,"
        " marks & $2 <> 0 as correction, sum(content), sum(rows) from {spend} where month = $1 group by all"
    )
    found = company.marts.rows(query, [month, int(Mark.CORRECTION)])
    return {GroupKey(*key): (str(int(content)), int(rows)) for *key, content, rows in found}


def _rates(company: Company, month: str, groups: Mapping[GroupKey, Group]) -> dict[str, dict[str, Decimal]]:
    """Return the rates of the currencies in the bills, as far as a row of the month can be converted at them."""
    last = max([month, *(key.period[:7] for key in groups)])
    used = {key.currency for key in groups}
    found: dict[str, dict[str, Decimal]] = {}
    for currency, of_month, rate in sorted(company.marts.fx):
        if currency in used and of_month <= last:
            found.setdefault(currency, {})[of_month] = rate
    return found


def _scope_rules(company: Company) -> str:
    """Return a digest of what decides whether and where a row counts, its content and its rate apart."""
    costs = company.config.costs
    left_out = [rule.model_dump(mode="json")["when"] for rule in company.rules.rules if rule.out_of_scope is not None]
    parts = [costs.basis, costs.spread, sorted(costs.exclude_categories), left_out]
    return digest([json.dumps(part, sort_keys=True) for part in parts])


def as_json(basis: Basis, computed: Mapping[str, object]) -> str:
    """Return the file. `computed` holds the values of findings that analysts have changed, as they were computed."""
    head: dict[str, Any] = {
        "schema": SCHEMA,
        **{name: getattr(basis, name) for name in TEXTS},
        "mau": basis.mau,
        "cost_per_user": None if basis.cost_per_user is None else plain(basis.cost_per_user),
        "rates": {c: {m: plain(r) for m, r in rates.items()} for c, rates in basis.rates.items()},
        "computed": dict(computed),
        "columns": [*COLUMNS, "content", "rows", "cost", "in_scope"],
    }
    rows = [
        json.dumps(
            [*key, group.content, group.rows, plain(to_money(group.cost)), plain(to_money(group.scope))],
            ensure_ascii=False,
        )
        for key, group in sorted(basis.groups.items())
    ]
    text = json.dumps(head, ensure_ascii=False, sort_keys=True, indent=1).removesuffix("\n}")
    return text + ',\n "groups": [\n' + ",\n".join(rows) + "\n]}\n"


def from_json(text: bytes) -> tuple[Basis, dict[str, object]]:
    """Read the file back: the basis, and the computed values of changed findings.

    Raises ValueError, KeyError or TypeError for what is no such file.
    """
    data = json.loads(text)
    if data["schema"] != SCHEMA:
        raise ValueError(f"schema {data['schema']}")
    groups = {
        GroupKey(*row[:7]): Group(row[7], row[8], to_units(Decimal(row[9])), to_units(Decimal(row[10])))
        for row in data["groups"]
    }
    rates = {c: {m: Decimal(r) for m, r in by_month.items()} for c, by_month in data["rates"].items()}
    per_user = None if data["cost_per_user"] is None else Decimal(data["cost_per_user"])
    texts = {name: str(data[name]) for name in TEXTS}
    return Basis(mau=data["mau"], cost_per_user=per_user, rates=rates, groups=groups, **texts), data["computed"]
