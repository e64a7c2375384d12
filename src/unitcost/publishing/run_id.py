"""What makes a run the run it is: the content of its inputs, its configuration, its code, its status.

File names, order, splitting, format and folders do not count: the same question has the same identity.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import cache

from unitcost.analyses import ANALYSES
from unitcost.inputs.places import project_folder
from unitcost.kernels.notebooks import own_digests
from unitcost.month.company import Company
from unitcost.month.keys import code, configuration
from unitcost.numbers.estimate import plain
from unitcost.storage.digest import digest
from unitcost.warehouse.marts import InputContent

# The order in which sources are listed, whichever analysis they belong to.
KINDS = ("costs", "activity", "subscriptions", "fx", "invoices", "utilisation", "usage_metrics", "plan", "outlook")


@cache
def roles() -> tuple[str, ...]:
    """Return the readers there are: every folder of templates/ with a role.toml."""
    return tuple(sorted(path.parent.name for path in project_folder("templates").glob("*/role.toml")))


def inputs(company: Company, month: str) -> list[InputContent]:
    """Return what the pages of a month rest on: all content until then, by source."""
    marts = company.marts
    found = [*_cost_inputs(company, month)]
    active = sorted((m, facts) for m, facts in marts.activity_content.items() if m <= month)
    if active:
        found.append(InputContent("activity", "activity", sum(f[0] for _, f in active), digest(active)))
    months = [m for m in sorted(marts.aggregate) if m <= month]
    counts = [sorted((k, v) for k, v in row.cells.items() if v) for m in months for row in marts.aggregate[m]]
    if counts:
        found.append(InputContent("counts of users", "activity", len(counts), digest(sorted(counts))))
    if marts.subscriptions is not None:
        found.append(marts.subscriptions)
    rates = [(c, m, r.normalize()) for c, m, r in marts.fx if m <= month]
    if rates:
        found.append(InputContent("exchange rates", "fx", len(rates), digest(rates)))
    invoices = sorted(sorted((k, v) for k, v in row.cells.items() if v) for row in marts.invoices)
    if invoices:
        found.append(InputContent("invoices", "invoices", len(invoices), digest(invoices)))
    measured = marts.usage_metrics.until(month)
    if measured:
        found.append(
            InputContent("usage metrics", "usage_metrics", sum(rows for _, rows, _ in measured), digest(measured))
        )
    for analysis in ANALYSES:
        found += analysis.inputs(company, month)
    return sorted(found, key=lambda source: KINDS.index(source.kind))


def _cost_inputs(company: Company, month: str) -> Iterable[InputContent]:
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
        yield InputContent(provider, "costs", sum(count for _, count, _ in months), digest(months))


def run_id(
    company: Company, month: str, *, scenario: str, status: str, roles: Sequence[str], replaces: str | None = None
) -> str:
    """Return 16 hex digits that name this question: inputs, configuration, scenario, roles, code and status.

    What was published before counts as far as the pages tell of it: the run that a restated one replaces, and
    months whose published number is not that of now, and where the published numbers stop being comparable.
    """
    return digest(
        [
            month,
            [(i.kind, i.name, i.rows, i.sha256) for i in inputs(company, month)],
            [(analysis.name, analysis.rests_on(company, month)) for analysis in ANALYSES],
            json.dumps(configuration(company.config, company.rules), sort_keys=True),
            scenario,
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
