"""A vendor whose own bill and whose marketplace charges are both there would be counted twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from unitcost.errors import DataProblem
from unitcost.month.owners import OwnedRow
from unitcost.warehouse.rows import SpendRow


def check_counted_once(rows: Iterable[OwnedRow], paths: Sequence[str]) -> None:
    """Raise DataProblem for the first vendor that is counted twice; `paths` say where the bills are."""
    for vendor, period, seller in counted_twice(rows):
        raise DataProblem(
            f"{vendor} is counted twice in billing period {period}",
            where=", ".join(paths),
            why=f"its own bill and its charges through {seller} are both in scope",
            fix=f'send one out of scope in allocation.toml: when = {{ ProviderName = "{seller}", '
            f'PublisherName = "{vendor}" }}, out_of_scope = "marketplace"',
        )


def counted_twice(rows: Iterable[OwnedRow]) -> list[tuple[str, str, str]]:
    """Return (vendor, billing month, seller) where in-scope cost of a vendor comes from two sources.

    One source is the vendor's own bill. The other is a marketplace: another provider sells the row (ProviderName
    or InvoiceIssuerName names it) and the vendor is its publisher or its service provider.
    """
    scope = [owned.row for owned in rows if owned.in_scope]
    providers = {row.provider for row in scope}
    own = {(row.provider, row.billing_month) for row in scope if _seller(row, providers) is None}
    found = set()
    for row in scope:
        seller = _seller(row, providers)
        vendor = row.publisher if seller == row.provider else row.provider
        if seller is not None and vendor is not None and (vendor, row.billing_month) in own:
            found.add((vendor, row.billing_month, seller))
    return sorted(found)


def _seller(row: SpendRow, providers: set[str]) -> str | None:
    """Return who sells a row of another vendor, None for a vendor's own row."""
    if row.seller is not None and row.seller != row.provider and row.seller in providers:
        return row.seller
    if row.publisher is not None and row.publisher != row.provider and row.publisher in providers:
        return row.provider
    if row.issuer is not None and row.issuer != row.provider and row.issuer in providers:
        return row.issuer
    return None
