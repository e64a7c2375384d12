"""The allocation carried down to single rows of a bill: which part of each row went where, exact in both directions.

A row is cut at shares that tile it from 0 to 1, so its pieces add up to it whatever is rounded. Added up over the
rows of a group such pieces miss the allocation by some units of 1e-18; the group's largest row takes the difference.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from unitcost.month.allocation import Allocation, Share, TierShare
from unitcost.month.owners import OwnedRow, OwnerKind
from unitcost.numbers.split import split

WHOLE = 10**18
COVERED_USE = "covered use"
Group = tuple[OwnerKind, str, str | None]  # kind of owner, its name, service category
Cell = tuple[int, str | None, str | None]  # number of a group, product line, tier


class Piece(NamedTuple):
    """A part of every row of a group: what lies between the shares `low` and `high`, both in units of 1e-18.

    `method` says how the product line and the tier were found; without a product line nothing was allocated.
    """

    group: int
    line: str | None
    tier: str | None
    method: str | None
    low: int
    high: int


class PieceKey(NamedTuple):
    """What a row of a bill must say to belong to a group."""

    charge_category: str
    commitment_status: str | None
    product_tag: str | None
    service_category: str | None
    rule_values: tuple[str | None, ...]


class Largest(NamedTuple):
    """The row of a group with the largest cost: its size in units of 1e-18 and where it is."""

    size: int
    file: int
    row: int


class Correction(NamedTuple):
    """Units of 1e-18 that a piece of one row gets on top."""

    file: int
    row: int
    line: str | None
    tier: str | None
    units: int


@dataclass(frozen=True, slots=True)
class Cut:
    """A month's groups (their numbers are their places), the keys of their rows, and the pieces of each row."""

    groups: tuple[Group, ...]
    keys: Mapping[PieceKey, int]
    pieces: tuple[Piece, ...]


def cut(rows: Iterable[OwnedRow], allocation: Allocation) -> Cut:
    """Return how each row of a month is cut."""
    keys = {_key(row): _group(row) for row in rows}
    groups = tuple(sorted(set(keys.values()), key=_order))
    numbers = {group: number for number, group in enumerate(groups)}
    shares = _by_group(allocation)
    tiers: dict[tuple[str, str | None], list[TierShare]] = {}
    for share in allocation.tier_shares:
        tiers.setdefault((share.line, share.category), []).append(share)
    pieces: list[Piece] = []
    for group, number in numbers.items():
        for line, method, low, high in _lines(group, shares.get(group, [])):
            pieces += _pieces(Piece(number, line, None, method, low, high), tiers.get((line or "", group[2]), []))
    return Cut(groups, {key: numbers[group] for key, group in keys.items()}, tuple(pieces))


def _key(owned: OwnedRow) -> PieceKey:
    row = owned.row
    return PieceKey(row.charge_category, row.commitment_status, row.product_tag, row.service_category, row.rule_values)


def _group(owned: OwnedRow) -> Group:
    return owned.kind, owned.owner, owned.row.service_category


def _order(group: Group) -> tuple[str, bytes, bytes]:
    return group[0].value, group[1].encode(), (group[2] or "").encode()


def _by_group(allocation: Allocation) -> dict[Group, list[Share]]:
    found: dict[Group, list[Share]] = {}
    for share in allocation.shares:
        # A pool may have the name under which unused commitments are split.
        kind = OwnerKind.UNUSED if share.method == COVERED_USE else OwnerKind.SHARED
        found.setdefault((kind, share.pool, share.category), []).append(share)
    return found


def _lines(group: Group, shares: Sequence[Share]) -> list[tuple[str | None, str | None, int, int]]:
    """Return (product line, method, from, to) that tile a row of the group; no line where it is not allocated."""
    if group[0] is OwnerKind.PRODUCT_LINE:
        return [(group[1], "direct", 0, WHOLE)]
    tiles = _tiles({s.line: s.weight for s in shares}, {s.line for s in shares if s.amount})
    return [(line, shares[0].method, low, high) for line, low, high in tiles] or [(None, None, 0, WHOLE)]


def _pieces(whole: Piece, tiers: Sequence[TierShare]) -> list[Piece]:
    tiles = _tiles({s.tier: s.weight for s in tiers}, {s.tier for s in tiers if s.amount})
    if whole.line is None or not tiles:
        return [whole]
    method, width = f"{whole.method}/{tiers[0].driver}", whole.high - whole.low
    return [
        whole._replace(tier=t, method=method, low=whole.low + upto(width, start), high=whole.low + upto(width, end))
        for t, start, end in tiles
    ]


def _tiles(weights: Mapping[str, int], kept: Collection[str]) -> list[tuple[str, int, int]]:
    """Return (name, from, to) that tile 0 to 1 in proportion to weights; empty ones only if they are to be `kept`."""
    found, low = [], 0
    for name, width in (split(WHOLE, weights) or {}).items():
        if width or name in kept:
            found.append((name, low, low + width))
        low += width
    return found


def upto(units: int, share: int) -> int:
    """Return what lies below a share (in units of 1e-18) of an amount, cut off towards 0."""
    below = abs(units) * share // WHOLE
    return -below if units < 0 else below


def corrections(
    rows: Cut, sums: Mapping[Cell, int], largest: Mapping[int, Largest], allocation: Allocation
) -> list[Correction]:
    """Return what single rows get on top, so that `sums` of all pieces become the amounts of the allocation.

    The corrections of each row add up to 0: first those of a group among its product lines, then those of a product
    line and category among its tiers.
    """
    cells = [piece for piece in rows.pieces if piece.group in largest]
    amounts = {(p.group, p.line, p.tier): sums.get((p.group, p.line, p.tier), 0) for p in cells}
    by_line: dict[tuple[int, str | None], list[Piece]] = {}
    by_tier: dict[tuple[str | None, str | None, str | None], list[Piece]] = {}
    for piece in cells:
        by_line.setdefault((piece.group, piece.line), []).append(piece)
        by_tier.setdefault((piece.line, rows.groups[piece.group][2], piece.tier), []).append(piece)
    changes: dict[Cell, int] = {}

    def level(pieces: Sequence[Piece], takes: Piece, amount: int) -> None:
        cell = (takes.group, takes.line, takes.tier)
        units = amount - sum(amounts[p.group, p.line, p.tier] for p in pieces)
        amounts[cell] += units
        changes[cell] = changes.get(cell, 0) + units

    shares = _by_group(allocation)
    for number in sorted(largest):
        for share in shares.get(rows.groups[number], []):
            pieces = by_line.get((number, share.line), [])
            if pieces:
                level(pieces, max(pieces, key=lambda p: p.high - p.low), share.amount)
    for tier_share in allocation.tier_shares:
        pieces = by_tier.get((tier_share.line, tier_share.category, tier_share.tier), [])
        if pieces:
            level(pieces, max(pieces, key=lambda p: (largest[p.group].size, -p.group)), tier_share.amount)
    return [
        Correction(largest[group].file, largest[group].row, line, tier, units)
        for (group, line, tier), units in changes.items()
        if units
    ]
