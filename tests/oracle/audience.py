"""Random activity, counts and subscriptions."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

from .landing import Cells, Table, land
from .shapes import Shape

USER_NAMES = ["7", "007", "ü", "a,b", "NA", "1e3"]
ACCOUNTS = ["acc1", "acc2", "acc3"]


def user_ids(shape: Shape) -> list[str]:
    """Identifiers of a company's users; some look like numbers or like nothing."""
    return [USER_NAMES[i] if i < len(USER_NAMES) else f"u{i}" for i in range(shape.users)]


def land_people(shape: Shape, folder: Path, rng: random.Random) -> None:
    """Write activity or counts, and subscriptions where the company has them."""
    if shape.people == "aggregate":
        _land_counts(shape, folder, rng)
    else:
        for month in shape.months:
            for part in range(rng.choice([1, 1, 2])):
                _land_activity(shape, folder, (month, part), rng)
    if shape.subscriptions:
        _land_subscriptions(shape, folder, rng)


def driver_text(rng: random.Random, kind: str) -> str | None:
    """A non-negative driver amount, or nothing."""
    if rng.random() < 0.15:
        return rng.choice([None, "0"])
    if kind == "int":
        return str(rng.randrange(10**6))
    if kind == "double":
        return repr(rng.choice([0.1 + 0.2, rng.random() * 1e-7, rng.random() * 1e4]))
    return rng.choice([str(rng.randrange(100)), f"{rng.randrange(10**4)}.{rng.randrange(10**20):020d}", "1.5e3"])


def _land_activity(shape: Shape, folder: Path, what: tuple[str, int], rng: random.Random) -> None:
    month, part = what
    form = rng.choice(shape.formats)
    kind = rng.choice(["int", "double", "text"])
    drivers = [driver for driver in shape.drivers if rng.random() < 0.9]
    rows = [
        _activity(user, when, line, drivers, kind, rng)
        for user in user_ids(shape)
        if rng.random() < 0.8
        for when in _days(month, rng)
        for line in rng.sample(shape.active_lines, rng.randrange(1, len(shape.active_lines) + 1))
    ]
    rows = [row for row in rows for _ in range(2 if rng.random() < 0.05 else 1)]
    if part == 0:
        first = _activity(
            user_ids(shape)[0], date.fromisoformat(f"{month}-15"), shape.active_lines[0], drivers, kind, rng
        )
        rows.append({**first, "is_internal": "false"})
    rng.shuffle(rows)
    columns = ["date", "user_id", "product_line", *drivers]
    if rng.random() < 0.5:
        columns.append("is_internal")
    kinds = dict.fromkeys(drivers, kind) | {"date": rng.choice(["date", "text"]), "is_internal": "bool"}
    land(Table(columns, rows, kinds), folder, f"raw/activity/{month}/part-{part}", form, rng)


def _activity(user: str, when: date, line: str, drivers: list[str], kind: str, rng: random.Random) -> Cells:
    internal = rng.choice(["true", "false", "false", "false", None])
    cells: Cells = {"date": when.isoformat(), "user_id": user, "product_line": line, "is_internal": internal}
    return cells | {driver: driver_text(rng, kind) for driver in drivers}


def _days(month: str, rng: random.Random) -> list[date]:
    first = date.fromisoformat(f"{month}-01")
    last = ((first + timedelta(days=32)).replace(day=1) - timedelta(days=1)).day
    return [first.replace(day=each) for each in rng.sample(range(1, last + 1), rng.choice([1, 2, 5]))]


def _land_counts(shape: Shape, folder: Path, rng: random.Random) -> None:
    """Counts at some grains; the smallest form is a month and a number."""
    grains = [("", "")] if rng.random() < 0.9 else []
    if rng.random() < 0.6:
        grains += [("free", ""), ("paid", "")][: rng.choice([1, 2, 2])]
    if rng.random() < 0.6:
        grains += [("", line) for line in shape.active_lines if rng.random() < 0.9]
    if rng.random() < 0.6:
        grains += [(tier, line) for line in shape.active_lines for tier in ("free", "paid") if rng.random() < 0.9]
    grains = grains or [("", "")]
    rows = []
    for month in shape.months:
        for tier, line in grains:
            heads = str(rng.choice([0, 1, 4, 19, 20, 10**6]) if (tier, line) != ("", "") else rng.randrange(1, 50))
            row: Cells = {"month": month, "tier": tier or None, "product_line": line or None, "mau": heads}
            rows.append(row | {driver: driver_text(rng, "text") or "3" for driver in shape.drivers})
    smallest = grains == [("", "")] and rng.random() < 0.5
    columns = ["month", "mau"] if smallest else ["month", "tier", "product_line", "mau", *shape.drivers]
    land(Table(columns, rows), folder, "raw/people/counts", rng.choice(["csv", "csv.gz"]), rng)


def _land_subscriptions(shape: Shape, folder: Path, rng: random.Random) -> None:
    users = [user for user in user_ids(shape) if rng.random() < 0.85]
    users += [f"dormant{i}" for i in range(rng.randrange(4))]
    rows = [row for user in users for row in _subscriptions(user, date.fromisoformat(f"{shape.months[0]}-01"), rng)]
    optional = [each for each in ("plan", "account_id", "signed_up_on", "tenancy") if rng.random() < 0.9]
    columns = ["user_id", "tier", "started_on", "ended_on", "mrr", *optional]
    kinds = {"started_on": "date", "ended_on": "date", "mrr": rng.choice(["text", "decimal", "double"])}
    form = rng.choice(shape.formats)
    land(Table(columns, rows, kinds), folder, "raw/subscriptions/all", form, rng)


def _subscriptions(user: str, first: date, rng: random.Random) -> list[Cells]:
    """Periods of one user one after the other, with gaps, and now and then one of zero length."""
    rows: list[Cells] = []
    start = first + timedelta(days=rng.randrange(-60, 50))
    account = rng.choice([*ACCOUNTS, None])
    for _ in range(rng.randrange(1, 5)):
        end = start + timedelta(days=rng.choice([0, 9, 17, 31, 90]))
        is_running = rng.random() < 0.3
        tier = rng.choice(["free", "paid"])
        rows.append(
            {
                "user_id": user,
                "tier": tier,
                "started_on": start.isoformat(),
                "ended_on": None if is_running else end.isoformat(),
                "mrr": "0" if tier == "free" else rng.choice(["9.5", "20", "49.99"]),
                "plan": rng.choice(["solo", "team", None]),
                "account_id": account,
                "signed_up_on": start.isoformat() if rng.random() < 0.5 else None,
                "tenancy": "dedicated"
                if account in ("acc1", "acc2") and rng.random() < 0.6
                else rng.choice(["shared", None]),
            }
        )
        if is_running:
            break
        start = end + timedelta(days=rng.choice([0, 0, 1, 12]))
    return rows
