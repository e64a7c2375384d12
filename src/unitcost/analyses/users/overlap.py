"""Users by the exact set of product lines they use, without showing sets so small that they point at persons."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

LAST_PLACE = 61  # lines that are smaller than all others share this bit


class LineSet(NamedTuple):
    """So many users use exactly these product lines, in the order of their bytes.

    `others` counts lines besides, which are too many and too small to be told by name.
    """

    lines: tuple[str, ...]
    others: int
    users: int

    @property
    def size(self) -> int:
        """Return the number of product lines."""
        return len(self.lines) + self.others


class Shown(NamedTuple):
    """The sets that may be shown, largest first; the rest is a number of sets and of their users."""

    sets: tuple[LineSet, ...]
    rest_sets: int
    rest_users: int


def line_sets(counts: Iterable[tuple[int, int, int]], places: Mapping[str, int]) -> list[LineSet]:
    """Return the sets behind (bits, number of lines, users), largest first; `places` gives each line its bit."""
    sharing = [line for line, place in places.items() if place == LAST_PLACE]
    names = {place: line for line, place in places.items() if place < LAST_PLACE or len(sharing) == 1}
    found = []
    for bits, size, users in counts:
        lines = tuple(sorted((names[place] for place in names if bits >> place & 1), key=str.encode))
        found.append(LineSet(lines, size - len(lines), users))
    return sorted(found, key=_largest_first)


def _largest_first(one: LineSet) -> tuple[int, int, list[bytes], int]:
    return -one.users, one.size, [line.encode() for line in one.lines], one.others


def shown(sets: Sequence[LineSet], at_most: int, at_most_lines: int, suppress_below: int) -> Shown:
    """Return the largest sets, at most so many with at most so many lines between them, and the sum of the rest.

    Sets of fewer than `suppress_below` users are never shown. Neither is a set whose size, with what is published
    (all users, users of several lines, users of each line), would tell the size of a hidden one: of what is hidden
    of a published number there are two sets or more, which have `suppress_below` users together.
    """
    kept: list[LineSet] = []
    lines: set[str] = set()
    for one in sorted(sets, key=_largest_first):
        more = lines | set(one.lines)
        if len(kept) < at_most and len(more) <= at_most_lines and one.users >= suppress_below:
            kept.append(one)
            lines = more
    published = _published(sets)
    while (giving := _gives_away(sets, kept, published, suppress_below)) is not None:
        kept.remove(giving)
    hidden = [one for one in sets if one not in kept]
    return Shown(tuple(kept), len(hidden), sum(one.users for one in hidden))


def _published(sets: Sequence[LineSet]) -> list[Callable[[LineSet], bool]]:
    """Return what tells whether a set is part of each published number of users, the narrow ones first."""
    names = sorted({line for one in sets for line in one.lines}, key=str.encode)
    of_line: list[Callable[[LineSet], bool]] = [lambda one, line=line: line in one.lines for line in names]  # type: ignore[misc]
    return [*of_line, lambda one: one.size > 1, lambda one: one.size == 1, lambda _: True]


def _gives_away(
    sets: Sequence[LineSet],
    kept: Sequence[LineSet],
    published: Sequence[Callable[[LineSet], bool]],
    suppress_below: int,
) -> LineSet | None:
    """Return the smallest set that has to be hidden as well, None if nothing hidden can be worked out."""
    unseen = [one for one in sets if one not in kept]
    for belongs in published:
        hidden = [one for one in unseen if belongs(one)]
        small = [one for one in hidden if one.users < suppress_below]
        told = len(hidden) == 1 or sum(one.users for one in hidden) < suppress_below
        left = [one for one in kept if belongs(one)]
        if small and told and left:
            return min(left, key=lambda one: (one.users, one.size, one.lines))
    return None
