"""Users of a month out of the marts: single users, or the counts that are given instead."""

from __future__ import annotations

from unitcost.month.users import Count, Profile, TierUse, Users, from_counts, from_profiles
from unitcost.numbers.units import to_units
from unitcost.warehouse.files.texts import parse_money
from unitcost.warehouse.marts import Marts
from unitcost.warehouse.usage.users import COUNT_KEYS

USE_KEYS = ("product_line", "tier", "rows")


def users_of(marts: Marts, month: str, default_tier: str) -> Users:
    """Return what activity tells of a month; `default_tier` is the tier of users without a subscription."""
    if month in marts.aggregate:
        return from_counts([_count(row.cells) for row in marts.aggregate[month]], marts.registered_users(month))
    names, rows_of_use = marts.table("usage", month)
    lines = {str(line): counts for line, *counts in marts.table("line_users", month)[1]}
    use = {}
    for row in rows_of_use:
        cells = dict(zip(names, row, strict=True))
        drivers = {name: to_units(value) for name, value in cells.items() if name not in USE_KEYS and value is not None}
        line, tier = cells["product_line"], cells["tier"]
        _, user_days, other_days = lines[line]
        days = user_days - (other_days or 0) if tier == default_tier else other_days
        use[line, tier] = TierUse(days, drivers)
    profiles = [Profile(*row) for row in marts.table("profiles", month)[1]]
    return from_profiles(
        profiles,
        {line: counts[0] for line, counts in lines.items()},
        use,
        registered=marts.registered_users(month),
        dedicated_accounts=frozenset(str(row[0]) for row in marts.table("dedicated_accounts", month)[1]),
        no_subscription=sum(profile.users for profile in profiles if profile.no_subscription),
    )


def _count(cells: dict[str, str | None]) -> Count:
    drivers = {}
    for name, text in cells.items():
        if name in COUNT_KEYS or text is None:
            continue
        try:
            drivers[name] = to_units(parse_money(text).value)
        except ValueError:
            continue  # a column of words is no driver
    return Count(cells.get("tier"), cells.get("product_line"), int(parse_money(str(cells["mau"])).value), drivers)
