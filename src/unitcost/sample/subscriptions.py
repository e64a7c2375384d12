"""The subscription table: one row per user, plan and period, `ended_on` exclusive."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from unitcost.sample.chance import happens, stream
from unitcost.sample.members import LAST_DAY, NEVER, TENANT, TENANT_SEAT, Members, add_months
from unitcost.sample.months import EPOCH, day_number

if TYPE_CHECKING:
    from unitcost.sample.chance import Flags, Ints

HEADER = (
    "user_id", "tier", "started_on", "ended_on", "mrr", "plan", "account_id", "tenancy", "signed_up_on",
    "currency",
)  # fmt: skip

PRICE_CHANGE = day_number(dt.date(2023, 1, 1))
PRO_BEFORE, PRO, TEAM, ENTERPRISE = "45.00", "52.00", "79.00", "140.00"
TEAM_PERMILLE = 220
UPGRADE_PERMILLE = 120
UPGRADE_AFTER_MONTHS = 7
ACCOUNT_CLOSED_PERMILLE = 250

Period = tuple[str, int, int, str, str]


def subscription_csv(members: Members, seed: int) -> bytes:
    """Return the whole table as CSV, by user and start; periods that begin after the data are left out."""
    rng = stream(seed, "subscriptions")
    teams = happens(rng, TEAM_PERMILLE, members.count)
    upgrades = happens(rng, UPGRADE_PERMILLE, members.count)
    closes = happens(rng, ACCOUNT_CLOSED_PERMILLE, members.count)
    accounts = rng.integers(1, 60, members.count)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    for user in range(members.count):
        if members.listed[user]:
            writer.writerows(_rows(members, user, teams, upgrades, closes=closes, accounts=accounts))
    return out.getvalue().encode()


def _rows(
    members: Members, user: int, teams: Flags, upgrades: Flags, *, closes: Flags, accounts: Ints
) -> Iterator[list[str]]:
    seat = members.kind[user] == TENANT_SEAT
    if seat:
        account, tenancy = TENANT, "dedicated"
    else:
        account, tenancy = (f"acct-{accounts[user]:04d}" if teams[user] else ""), "shared"
    signup = int(members.signup[user])
    for tier, start, end, plan, mrr in _periods(members, user, bool(teams[user]), bool(upgrades[user])):
        stop = end
        if end == NEVER and tier == "free" and members.left[user] < NEVER and closes[user]:
            stop = max(int(members.left[user]), start + 1)
        if start > LAST_DAY:
            return
        ended = _text(stop) if stop <= LAST_DAY else ""
        who, since = members.name(user), _text(signup)
        yield [who, tier, _text(start), ended, mrr, plan, account, tenancy, since, "USD"]


def _periods(members: Members, user: int, team: bool, upgrade: bool) -> Iterator[Period]:
    """Yield (tier, first day, day after the last or NEVER, plan, mrr) in order, without gaps."""
    cursor = int(members.signup[user])
    if members.kind[user] == TENANT_SEAT:
        yield "paid", cursor, NEVER, "enterprise", ENTERPRISE
        return
    for start, end in zip(members.paid_from[user].tolist(), members.paid_until[user].tolist(), strict=True):
        if start == NEVER:
            break
        if start > cursor:
            yield "free", cursor, start, "free", "0"
        yield from _paid(start, end, team, upgrade)
        cursor = end
        if not members.back_to_free[user]:
            return
    yield "free", cursor, NEVER, "free", "0"


def _paid(start: int, end: int, team: bool, upgrade: bool) -> Iterator[Period]:
    """One paid span; who upgrades has two paid periods back to back."""
    pro = PRO if start >= PRICE_CHANGE else PRO_BEFORE
    change = add_months(start, UPGRADE_AFTER_MONTHS)
    if team:
        yield "paid", start, end, "team", TEAM
    elif upgrade and change < end:
        yield "paid", start, change, "pro", pro
        yield "paid", change, end, "team", TEAM
    else:
        yield "paid", start, end, "pro", pro


def _text(day: int) -> str:
    return (EPOCH + dt.timedelta(days=day)).isoformat()
