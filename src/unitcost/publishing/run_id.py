"""What makes a run the run it is: the content of its inputs, its configuration, its code, its status.

File names, order, splitting, format and folders do not count: the same question has the same identity.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import unitcost
from unitcost.analyses.experiments.experiment_file import as_data as experiment_data
from unitcost.analyses.levers.scenarios import BASE, as_data
from unitcost.analyses.quality.inputs import days_twice
from unitcost.month.company import Company
from unitcost.numbers.estimate import plain
from unitcost.numbers.months import year_after
from unitcost.storage.digest import digest
from unitcost.warehouse.marts import Input

LIBRARIES = ("duckdb", "papermill", "nbconvert", "matplotlib", "typst", "jinja2", "babel")


def project_folder(name: str) -> Path:
    """Return the folder 'notebooks' or 'templates': that of the checkout, else the one in the package."""
    checkout = Path(unitcost.__file__).parents[2] / name
    return checkout if checkout.is_dir() else Path(unitcost.__file__).parent / "_project" / name


@cache
def roles() -> tuple[str, ...]:
    """Return the readers there are: every folder of templates/ with a role.toml."""
    return tuple(sorted(path.parent.name for path in project_folder("templates").glob("*/role.toml")))


def inputs(company: Company, month: str) -> list[Input]:
    """Return what the pages of a month rest on: all content until then, by source."""
    marts = company.marts
    found = [*_cost_inputs(company, month)]
    active = sorted((m, facts) for m, facts in marts.activity_content.items() if m <= month)
    if active:
        found.append(Input("activity", "activity", sum(f[0] for _, f in active), digest(active)))
    months = [m for m in sorted(marts.aggregate) if m <= month]
    counts = [sorted((k, v) for k, v in row.cells.items() if v) for m in months for row in marts.aggregate[m]]
    if counts:
        found.append(Input("counts of users", "activity", len(counts), digest(sorted(counts))))
    if marts.subscriptions is not None:
        found.append(marts.subscriptions)
    rates = [(c, m, r.normalize()) for c, m, r in marts.fx if m <= month]
    if rates:
        found.append(Input("exchange rates", "fx", len(rates), digest(rates)))
    invoices = sorted(sorted((k, v) for k, v in row.cells.items() if v) for row in marts.invoices)
    if invoices:
        found.append(Input("invoices", "invoices", len(invoices), digest(invoices)))
    for name, kind, table in (
        ("utilisation", "utilisation", marts.utilisation),
        ("usage metrics", "usage_metrics", marts.usage_metrics),
    ):
        measured = table.until(month)
        if measured:
            found.append(Input(name, kind, sum(rows for _, rows, _ in measured), digest(measured)))
    plan = [(p.month, p.scope_cost.normalize(), p.mau.normalize()) for p in marts.plan]
    if plan:
        found.append(Input("plan", "plan", len(plan), digest(plan)))
    # Those that the forecast of this month or of the one before, its previous value, may count.
    ahead = [
        (event.month, event.what, event.fixed_change.normalize(), event.price_change.normalize())
        for event in marts.events
        if month <= event.month <= year_after(month)
    ]
    if ahead:
        found.append(Input("known events", "outlook", len(ahead), digest(ahead)))
    return found


def _cost_inputs(company: Company, month: str) -> Iterable[Input]:
    rules = "".join(f", rule_{number}" for number in range(len(company.marts.rule_order)))
    columns = (
        "seller, publisher, issuer, billing_account, sub_account, sub_account_name, currency, charge_category,"
        " service, service_category, commitment_status, product_tag, environment_tag, account_tag"
        f"{rules}, marks, billing_start, rows, content"
    )
    query = (
        f"select provider, month, sum(rows), sum(hash({columns})) from {{spend}}"
        " where month <= $1 and rows > 0 group by provider, month order by provider, month"
    )
    by_provider: dict[str, list[tuple[str, int, int]]] = {}
    for provider, of_month, count, content in company.marts.rows(query, [month]):
        by_provider.setdefault(provider, []).append((of_month, int(count), int(content)))
    for provider in sorted(by_provider, key=str.encode):
        months = by_provider[provider]
        yield Input(provider, "costs", sum(count for _, count, _ in months), digest(months))


def configuration(company: Company) -> dict[str, Any]:
    """Return the settings that decide what is said: everything but paths and the clock."""
    data = company.config.model_dump(mode="json")
    for section in data.values():
        for key in [key for key in section if key in ("path", "paths", "aggregate", "events")]:
            section[key] = bool(section[key])
    del data["report"]["as_of"]
    # How long sets are kept says nothing about what is in them.
    del data["report"]["keep_runs"]
    # Their content counts, wherever they lie: `run_id` asks for it.
    del data["report"]["notebooks"]
    # Engines agree to the last digit, and an address may hold a token.
    del data["engine"]
    data["allocation"]["rules"] = [rule.model_dump(mode="json") for rule in company.rules.rules]
    data["allocation"]["pools"] = [pool.model_dump(mode="json") for pool in company.rules.pools]
    data["allocation"]["drivers"] = dict(company.rules.drivers or {})
    return data


@cache
def code() -> str:
    """Return a digest of the package, the notebooks, the templates and the libraries that shape a page."""
    package = Path(unitcost.__file__).parent
    folders = [package, project_folder("notebooks"), project_folder("templates")]
    parts: list[object] = [(name, version(name)) for name in LIBRARIES]
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            relative = path.relative_to(folder)
            hidden = any(part.startswith((".", "__pycache__")) for part in relative.parts)
            if path.is_file() and not hidden and (folder is not package or "_project" not in relative.parts):
                parts.append((relative.as_posix(), hashlib.sha256(path.read_bytes()).hexdigest()))
    return digest(parts)


def run_id(
    company: Company, month: str, *, scenario: str, status: str, roles: Sequence[str], replaces: str | None = None
) -> str:
    """Return 16 hex digits that name this question: inputs, configuration, scenario, roles, code and status.

    What was published before counts as far as the pages tell of it: the run that a restated one replaces, and
    months whose published number is not that of now, and where the published numbers stop being comparable.
    """
    from unitcost.kernels.notebooks import own_digests  # it knows this module

    return digest(
        [
            month,
            [(i.kind, i.name, i.rows, i.sha256) for i in inputs(company, month)],
            # Judged by columns that no input's digest covers, and said on the pages.
            [(d.where, d.seen) for d in days_twice(company, month)],
            json.dumps(configuration(company), sort_keys=True),
            scenario,
            # A plan without levers is the plan of before there were any.
            as_data(company.scenario) if company.scenario.levers else "",
            experiment_data(company.experiments.all),
            # A scenario's pages set it beside the plan of record.
            [] if scenario == BASE else as_data(company.under(BASE).scenario),
            sorted(roles),
            code(),
            own_digests(company),
            status,
            replaces,
            changed_since_published(company),
            company.breaks,
        ]
    )[:16]


def changed_since_published(company: Company) -> list[tuple[str, str]]:
    """Return (month, published cost per user) where the month as now computed has another one."""
    found = []
    for month, published in sorted(company.published.items()):
        now = company.result(month).findings["cost_per_user"].value if month in company.months else None
        if now != published:
            found.append((month, plain(published)))
    return found
