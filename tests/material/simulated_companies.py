"""Companies of many kinds, drawn by chance, and how often the ranges of their forecasts hold what comes after.

`.venv/bin/python tests/material/simulated_companies.py 14 26 --companies 200` prints a table: share of months inside
the 80 % range over cost per user, cost and users, by kind and months ahead. Every company of a kind has a seed of its
own.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Sequence
from decimal import Decimal

import numpy as np

from unitcost.analyses.outlook.estimates.forecast import MEASURES, forecast
from unitcost.analyses.outlook.estimates.history import PastMonth
from unitcost.numbers.months import month_after

Made = Callable[[int], tuple[int | None, float, float]]
Logs = tuple[np.ndarray, np.ndarray]  # users and variable cost per user
AHEAD = 12


def months(count: int, made: Made) -> list[PastMonth]:
    """So many months from 2021-01 on; `made` gives users, cost and fixed cost."""
    found, month = [], "2021-01"
    for number in range(count):
        users, cost, fixed = made(number)
        found.append(PastMonth(month, users, Decimal(repr(round(cost, 6))), Decimal(repr(round(fixed, 6)))))
        month = month_after(month)
    return found


def _walk(chance: np.random.Generator, place: np.ndarray) -> Logs:
    """Both wander, with a drift."""
    return chance.normal(0.01, 0.03, len(place)).cumsum(), chance.normal(-0.003, 0.02, len(place)).cumsum()


def _seasonal(chance: np.random.Generator, place: np.ndarray) -> Logs:
    """A line, a wave over the year, and noise."""
    users = 0.01 * place + 0.1 * np.sin(2 * np.pi * place / 12) + chance.normal(0, 0.03, len(place))
    return users, -0.005 * place + 0.05 * np.cos(2 * np.pi * place / 12) + chance.normal(0, 0.03, len(place))


def _calendar(chance: np.random.Generator, place: np.ndarray) -> Logs:
    """A line, months of the year that differ without order, and noise."""
    year = chance.normal(0, 0.06, 12)
    users = chance.normal(0.012, 0.006) * place + year[place % 12] + chance.normal(0, 0.02, len(place))
    return users, chance.normal(-0.004, 0.004) * place + chance.normal(0, 0.02, len(place))


def _noisy(chance: np.random.Generator, place: np.ndarray) -> Logs:
    """A line and noise."""
    return 0.02 * place + chance.normal(0, 0.04, len(place)), -0.01 * place + chance.normal(0, 0.04, len(place))


def _fading(chance: np.random.Generator, place: np.ndarray) -> Logs:
    """A line and noise that fades: AR(1) of 0.6."""
    return 0.012 * place + _ar(chance, len(place)), -0.004 * place + _ar(chance, len(place))


def _seasonal_walk(chance: np.random.Generator, place: np.ndarray) -> Logs:
    """A walk, a wave over the year from a month by chance, and noise."""
    users, price = _walk(chance, place)
    wave = 0.1 * np.sin(2 * np.pi * (place + chance.uniform(0, 12)) / 12)
    return users + wave + chance.normal(0, 0.01, len(place)), price + chance.normal(0, 0.02, len(place))


def _turning(chance: np.random.Generator, place: np.ndarray) -> Logs:
    """Users' growth itself wanders."""
    growth = 0.015 + chance.normal(0, 0.003, len(place)).cumsum()
    price = chance.normal(0, 0.01, len(place)).cumsum() + chance.normal(0, 0.02, len(place))
    return growth.cumsum() + chance.normal(0, 0.02, len(place)), price


def _full(chance: np.random.Generator, place: np.ndarray) -> Logs:
    """Users fill a market: growth that ends."""
    users = 2 / (1 + np.exp(-(place - chance.uniform(0, 30)) / 10)) + chance.normal(0, 0.02, len(place))
    return users, -0.004 * place + _ar(chance, len(place))


def _linear(chance: np.random.Generator, place: np.ndarray) -> Logs:
    """So many users more a month, with a wave over the year."""
    users = (1 + 0.02 * place) * (1 + 0.08 * np.sin(2 * np.pi * (place + chance.uniform(0, 12)) / 12))
    noise = chance.normal(0, 0.02, len(place))
    return np.log(users * (1 + noise)), -0.003 * place + chance.normal(0, 0.03, len(place))


def _ar(chance: np.random.Generator, count: int) -> np.ndarray:
    noise, found = chance.normal(0, 0.04, count), np.zeros(count)
    for place in range(1, count):
        found[place] = 0.6 * found[place - 1] + noise[place]
    return found


KINDS: dict[str, tuple[Callable[[np.random.Generator, np.ndarray], Logs], float]] = {
    "walk": (_walk, 0.0),  # and the fixed cost, as a share of the first month's variable cost
    "seasonal": (_seasonal, 0.0),
    "calendar": (_calendar, 0.2),
    "noisy": (_noisy, 0.0),
    "fading": (_fading, 0.0),
    "seasonal walk": (_seasonal_walk, 0.1),
    "turning": (_turning, 0.0),
    "full": (_full, 0.0),
    "linear": (_linear, 0.3),
}
USUAL = ("walk", "seasonal", "fading")


def simulated(kind: str, seed: int, length: int) -> list[PastMonth]:
    """A company of a kind: `length` months, and the twelve after them."""
    count = length + AHEAD
    made, share = KINDS[kind]
    users, price = made(np.random.default_rng(seed), np.arange(count))
    heads = np.exp(9 + users)
    variable = heads * np.exp(1 + price)
    fixed = share * float(variable[0])
    return months(count, lambda i: (int(heads[i]), float(variable[i]) + fixed, fixed))


def inside(kind: str, seed: int, length: int) -> np.ndarray:
    """Of one company, whether each month ahead lay inside its range: measures × horizons."""
    rows = simulated(kind, seed, length)
    later = rows[length:]
    found = forecast(rows[:length], month=rows[length - 1].month, min_users=1, targets={})
    truth = {
        "cost_per_user": [row.cost / (row.users or 1) for row in later],
        "scope_cost": [row.cost for row in later],
        "mau": [Decimal(row.users or 0) for row in later],
    }
    pairs = [list(zip(found.values[name], truth[name], strict=True)) for name in MEASURES]
    return np.array([[cell is not None and cell.low <= true <= cell.high for cell, true in one] for one in pairs])


def covered(kinds: Sequence[str], companies: int, length: int, first: int = 4_000) -> np.ndarray:
    """The share of months inside the 80 % range by horizon, over so many companies of these kinds in turn."""
    rows = [inside(kinds[number % len(kinds)], first + number, length) for number in range(companies)]
    return np.concatenate(rows).mean(axis=0)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lengths", type=int, nargs="+", help="months of history")
    parser.add_argument("--companies", type=int, default=200, help="of each kind")
    parser.add_argument("--kind", action="append", choices=list(KINDS), help="only these kinds")
    chosen = parser.parse_args()
    for length in chosen.lengths:
        shares = []
        for kind in chosen.kind or KINDS:
            shares.append(covered([kind], chosen.companies, length))
            print(_line(length, kind, shares[-1]), flush=True)
        print(_line(length, "all", np.mean(shares, axis=0)), flush=True)


def _line(length: int, kind: str, shares: np.ndarray) -> str:
    by_horizon = " ".join(f"{math.floor(share * 100 + 0.5):3d}" for share in shares)
    return f"{length:3d} months  {kind:14s} {shares.mean() * 100:5.1f} %  | {by_horizon}"


if __name__ == "__main__":
    main()
