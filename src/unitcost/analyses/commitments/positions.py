"""Commitments: how much of the use that they could cover they cover, how much of them is used, what they save."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from unitcost.numbers.estimate import Estimate, ratio
from unitcost.numbers.units import to_money, to_units
from unitcost.warehouse.rows import CommitmentRow

NOTEBOOK = "10_spend"
# FOCUS 1.0-preview called on-demand use so; later versions say Standard.
ON_DEMAND = ("Standard", "On-Demand")
EXPIRES_WITHIN = dt.timedelta(days=90)
NOTHING_COMMITTED = "no commitment was used or paid for in this month"


@dataclass(frozen=True, slots=True)
class Value:
    """An amount, or None with the reason why there is none."""

    amount: Decimal | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Position:
    """What a set of rows says about commitments; ratios are shares, amounts money of the month.

    `negotiated` is list − contracted cost, `committed` is contracted − effective cost with what was not used: savings.
    """

    coverage: Value
    utilisation: Value
    effective_savings_rate: Value
    used: Decimal
    unused: Decimal
    negotiated: Value
    committed: Value

    @property
    def paid(self) -> Decimal:
        """Return what the commitments cost, used or not."""
        return to_money(to_units(self.used) + to_units(self.unused))


@dataclass(frozen=True, slots=True)
class CommitmentUse:
    """The rows that count: covered use, use that could have been covered, what was paid for and not used."""

    covered: tuple[CommitmentRow, ...]
    coverable: tuple[CommitmentRow, ...]
    unused: tuple[CommitmentRow, ...]


def use_of(rows: Iterable[CommitmentRow]) -> CommitmentUse:
    """Return the usage rows that commitments have to do with; corrections and purchases are not among them.

    Use could have been covered if it was priced on demand and belongs to a service of a provider of which something
    was covered in the month.
    """
    usage = [row for row in rows if row.charge_category == "Usage" and not row.correction]
    covered = tuple(row for row in usage if row.commitment_status == "Used")
    services = {(row.provider, row.service) for row in covered}
    open_ = tuple(
        row
        for row in usage
        if row.commitment_status is None
        and row.pricing_category in ON_DEMAND
        and (row.provider, row.service) in services
    )
    return CommitmentUse(covered, open_, tuple(row for row in usage if row.commitment_status == "Unused"))


def position(use: CommitmentUse) -> Position:
    """Return the position of some rows."""
    used, unused = _effective(use.covered), _effective(use.unused)
    eligible = (*use.covered, *use.coverable)
    effective = _effective(eligible) + unused
    listed, contracted = _known(eligible, "list"), _known(eligible, "contracted")
    if not use.covered and not use.unused:
        nothing = Value(None, NOTHING_COMMITTED)
        return Position(nothing, nothing, nothing, to_money(0), to_money(0), nothing, nothing)
    return Position(
        coverage=_ratio(_known(use.covered, "list"), listed),
        utilisation=_ratio(used, used + unused, "what was paid for commitments does not add up to more than 0"),
        effective_savings_rate=_savings_rate(effective, listed),
        used=to_money(used),
        unused=to_money(unused),
        negotiated=_difference(listed, contracted),
        committed=_difference(contracted, effective),
    )


def by_provider(rows: Iterable[CommitmentRow]) -> dict[str, Position]:
    """Return the position of every provider with commitments."""
    use = use_of(rows)
    names = {row.provider for row in (*use.covered, *use.unused)}
    return {name: position(_part(use, lambda row, name=name: row.provider == name)) for name in sorted(names)}


def by_commitment(rows: Iterable[CommitmentRow]) -> dict[tuple[str, str], Position]:
    """Return the position of every (provider, commitment) that has an id.

    Coverage is what the commitment covers of its provider's eligible use; savings are those on what it covers.
    """
    use = use_of(rows)
    found = {}
    for name in sorted({(r.provider, r.commitment_id) for r in (*use.covered, *use.unused) if r.commitment_id}):
        own = _part(use, lambda row, name=name: (row.provider, row.commitment_id) == name)
        whole = _part(use, lambda row, provider=name[0]: row.provider == provider)
        coverage = _ratio(_known(own.covered, "list"), _known((*whole.covered, *whole.coverable), "list"))
        found[name] = replace(position(own), coverage=coverage)
    return {(provider, str(commitment)): held for (provider, commitment), held in found.items()}


def _part(use: CommitmentUse, wanted: Callable[..., bool]) -> CommitmentUse:
    return CommitmentUse(
        *(tuple(row for row in rows if wanted(row)) for rows in (use.covered, use.coverable, use.unused))
    )


def terms(rows: Iterable[CommitmentRow]) -> dict[tuple[str, str], dt.datetime]:
    """Return when each (provider, commitment) ends (UTC, exclusive), where a purchase of more than a month says so."""
    ends: dict[tuple[str, str], dt.datetime] = {}
    for row in rows:
        if row.commitment_id is not None and row.term_end is not None:
            name = (row.provider, row.commitment_id)
            ends[name] = max(row.term_end, ends.get(name, row.term_end))
    return ends


def expires_soon(ends_on: dt.datetime, first_day: dt.datetime, next_month: dt.datetime) -> bool:
    """Tell whether a commitment ends in a month or within 90 days of the month's end."""
    return first_day < ends_on <= next_month + EXPIRES_WITHIN


def commitment_findings(rows: Iterable[CommitmentRow]) -> dict[str, Estimate]:
    """Return coverage, utilisation and effective savings rate of all commitments of a month."""
    found = position(use_of(rows))
    eligible = "covered use and on-demand use of services of which something was covered"
    methods: Mapping[str, tuple[Value, str]] = {
        "commitment.coverage": (
            found.coverage,
            f"list cost of use covered by commitments ÷ list cost of eligible use ({eligible}); without corrections",
        ),
        "commitment.utilisation": (
            found.utilisation,
            "effective cost of use covered by commitments ÷ (the same + unused commitments); without corrections",
        ),
        "commitment.effective_savings_rate": (
            found.effective_savings_rate,
            f"1 − effective cost of eligible use ({eligible}) and of unused commitments ÷ list cost of eligible use; "
            "purchases are in neither, corrections are left out",
        ),
    }
    return {
        name: Estimate(value.amount, "share", method=method, notebook=NOTEBOOK, reason=value.reason or None)
        for name, (value, method) in methods.items()
    }


def _effective(rows: Iterable[CommitmentRow]) -> int:
    return sum(to_units(row.effective) for row in rows)


def _known(rows: Sequence[CommitmentRow], what: str) -> int | str:
    """Return the sum of list or contracted cost, or the reason why there is none: one price missing is enough."""
    lacking = [row.rows for row in rows if not getattr(row, f"{what}_known")]
    if lacking:
        return f"{what} cost is missing on {sum(lacking):,} of {sum(row.rows for row in rows):,} rows of eligible use"
    return sum(to_units(amount) for row in rows if (amount := getattr(row, what)) is not None)


def _ratio(part: int | str, whole: int | str, otherwise: str = "eligible use has no list cost above 0") -> Value:
    for side in (whole, part):
        if isinstance(side, str):
            return Value(None, side)
    return Value(ratio(int(part), int(whole))) if int(whole) > 0 else Value(None, otherwise)


def _savings_rate(effective: int, listed: int | str) -> Value:
    return _ratio(listed - effective if isinstance(listed, int) else listed, listed)


def _difference(more: int | str, less: int | str) -> Value:
    for side in (more, less):
        if isinstance(side, str):
            return Value(None, side)
    return Value(to_money(int(more) - int(less)))
