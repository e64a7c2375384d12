"""How the levers of a scenario hang together: ids, what requires or excludes what, what moves together."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Protocol

from unitcost.errors import UsageProblem, nearest


class Linked(Protocol):
    """What links between levers need to know of one."""

    @property
    def id(self) -> str: ...
    @property
    def requires(self) -> tuple[str, ...]: ...
    @property
    def excludes(self) -> tuple[str, ...]: ...


class Correlated(Protocol):
    """Two levers and how strongly they move together."""

    @property
    def levers(self) -> tuple[str, str]: ...
    @property
    def value(self) -> object: ...


def check_links(levers: Sequence[Linked], correlations: Sequence[Correlated], where: str) -> None:
    """Raise UsageProblem for an id twice or unknown, a cycle, a contradiction, impossible correlations."""
    by_id: dict[str, Linked] = {}
    for number, lever in enumerate(levers, start=1):
        if lever.id in by_id:
            raise UsageProblem(
                f"Two levers have the id '{lever.id}'",
                where=f"{where}, lever[{number}].id",
                fix="give one of them another id",
            )
        by_id[lever.id] = lever
    for lever in levers:
        for key, named in (("requires", lever.requires), ("excludes", lever.excludes)):
            _check_known(named, by_id, f"{where}, lever '{lever.id}', {key}")
    for lever in levers:
        _check_one(lever, by_id, where)
    _check_correlations(correlations, by_id, where)


def _check_known(named: Sequence[str], by_id: Mapping[str, Linked], where: str) -> None:
    for name in named:
        if name not in by_id:
            raise UsageProblem(f"There is no lever '{name}'", where=where, fix=nearest(name, by_id))


def _check_one(lever: Linked, by_id: Mapping[str, Linked], where: str) -> None:
    if lever.id in lever.excludes:
        raise UsageProblem(
            f"Lever '{lever.id}' excludes itself",
            where=f"{where}, lever '{lever.id}', excludes",
            fix="take its own id out of 'excludes'",
        )
    ways = needed_by(lever, by_id)
    if lever.id in ways:
        raise UsageProblem(
            f"Lever '{lever.id}' requires itself",
            where=f"{where}, lever '{lever.id}', requires",
            why=" → ".join((lever.id, *ways[lever.id])),
            fix="take one of these out of 'requires'",
        )
    together = [lever.id, *ways]
    for first in together:
        for second in together:
            if second in by_id[first].excludes:
                why = f"it requires {', '.join(f'{name!r}' for name in ways)}, and '{first}' excludes '{second}'"
                raise UsageProblem(
                    f"Lever '{lever.id}' can never be chosen",
                    where=f"{where}, lever '{lever.id}', requires",
                    why=why,
                    fix="take one of the two out of 'requires' or 'excludes'",
                )


def needed_by(lever: Linked, by_id: Mapping[str, Linked]) -> dict[str, tuple[str, ...]]:
    """Return every id a lever requires, directly or not, each with the way to it."""
    ways: dict[str, tuple[str, ...]] = {}
    open_ends: list[tuple[str, tuple[str, ...]]] = [(lever.id, ())]
    while open_ends:
        current, way = open_ends.pop()
        for name in by_id[current].requires:
            if name not in ways:
                ways[name] = (*way, name)
                open_ends.append((name, ways[name]))
    return ways


def _check_correlations(correlations: Sequence[Correlated], by_id: Mapping[str, Linked], where: str) -> None:
    seen: set[frozenset[str]] = set()
    for number, correlation in enumerate(correlations, start=1):
        place = f"{where}, correlation[{number}].levers"
        _check_known(correlation.levers, by_id, place)
        pair = frozenset(correlation.levers)
        if len(pair) == 1 or pair in seen:
            what = "correlated with itself" if len(pair) == 1 else "correlated twice with another"
            raise UsageProblem(f"Lever '{correlation.levers[0]}' is {what}", where=place, fix="name each pair once")
        seen.add(pair)
    if not _is_possible(correlations, sorted({name for pair in seen for name in pair})):
        raise UsageProblem(
            "The correlations contradict each other",
            where=f"{where}, correlation",
            why="no three quantities can move together in this way: the matrix is not positive definite",
            fix="bring the values nearer to 0",
        )


def _is_possible(correlations: Sequence[Correlated], names: Sequence[str]) -> bool:
    """Tell whether the matrix of correlations has a Cholesky factor."""
    size = len(names)
    matrix = [[float(i == j) for j in range(size)] for i in range(size)]
    for correlation in correlations:
        i, j = (names.index(name) for name in correlation.levers)
        matrix[i][j] = matrix[j][i] = float(str(correlation.value))
    factor = [[0.0] * size for _ in range(size)]
    for i in range(size):
        for j in range(i + 1):
            rest = matrix[i][j] - math.fsum(factor[i][k] * factor[j][k] for k in range(j))
            if i == j:
                if rest <= 1e-12:
                    return False
                factor[i][i] = math.sqrt(rest)
            else:
                factor[i][j] = rest / factor[j][j]
    return True
