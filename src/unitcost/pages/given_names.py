"""What a company calls its things: services, product lines, SKUs, levers. Such a name may stand in any sentence."""

from __future__ import annotations

from collections.abc import Iterator

from unitcost.analyses.levers.scenarios import BASE, scenario_of, under
from unitcost.analyses.levers.views import words
from unitcost.month.company import Company

COLUMNS = (
    *("provider", "seller", "publisher", "issuer", "billing_account", "sub_account", "sub_account_name"),
    *("service", "service_category", "product_tag", "environment_tag", "account_tag"),
)
OF_CELLS = ("sku", "pricing_unit", "region", "description")
OF_COMMITMENTS = ("commitment_id",)
OF_USE = ("product_line",)


def given_names(company: Company, month: str) -> tuple[str, ...]:
    """Return every name that the inputs of a month hold, but for those of single users and machines, sorted.

    Services, accounts and tags are of all months; SKUs and commitments of the month and the one before, of which
    alone pages speak.
    """
    found = {company.config.report.company, *_of_bills(company), *_of_rules(company), *_of_scenarios(company)}
    for one in filter(None, (month, company.before(month))):
        for table, columns in (("cells", OF_CELLS), ("commitments", OF_COMMITMENTS), ("usage", OF_USE)):
            found.update(_of_mart(company, table, one, columns))
        found.update(company.marts.table("usage", one)[0])  # drivers are named by their columns
    for row in (*company.marts.invoices, *company.marts.aggregate.get(month, ())):
        found.update(text for item in row.cells.items() for text in item if text)
    return tuple(sorted(name for name in found if name))


def _of_bills(company: Company) -> set[str]:
    columns = [*COLUMNS, *(f"rule_{number}" for number in range(len(company.marts.rule_order)))]
    listed = ", ".join(f"list(distinct {column})" for column in columns)
    row = company.marts.rows(f"select {listed} from {{spend}}")[0]
    return {str(name) for names in row for name in names or ()}


def _of_mart(company: Company, table: str, month: str, columns: tuple[str, ...]) -> Iterator[str]:
    names, rows = company.marts.table(table, month)
    places = [names.index(column) for column in columns] if rows else []
    yield from {str(row[place]) for row in rows for place in places if row[place] is not None}


def _of_rules(company: Company) -> Iterator[str]:
    for rule in company.rules.rules:
        yield from filter(None, (rule.product_line, rule.shared, rule.out_of_scope, rule.environment))
    for pool in company.rules.pools:
        yield pool.pool


def _of_scenarios(company: Company) -> Iterator[str]:
    for scenario in (scenario_of(company), scenario_of(under(company, BASE))):
        yield from (scenario.key, scenario.name)
        for lever in scenario.levers:
            yield from (lever.id, words(lever.id), lever.owner, lever.source)
