"""What page one and the section say about the state of the bills."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from unitcost.analyses.quality.damage import EFFECTIVE, Damage, Kind
from unitcost.analyses.quality.tolerances import ROWS_WITHOUT_EFFECTIVE, Accepted
from unitcost.display.formats import Formats
from unitcost.numbers.units import to_money, to_units

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
NAMED = 2  # providers with a damaged EffectiveCost that page one names
HOW = {Kind.EFFECTIVE_WHOLE: " (whole numbers only)", Kind.EFFECTIVE_ZERO: " (always 0)"}


def headline(damaged: Sequence[Damage], accepted: Sequence[Accepted], locale: str) -> str:
    """Return the finding of the section: how many flaws and the largest, or that none shows; '' for nothing at all."""
    if damaged:
        flaws = "one flaw," if len(damaged) == 1 else f"{_count(len(damaged))} flaws, the largest"
        return f"The bills have {flaws} {_amount(damaged[0], locale)}"
    if accepted:
        kinds = "one oddity was" if len(accepted) == 1 else f"{_count(len(accepted))} oddities were"
        return f"No flaw shows in the bills; {kinds} accepted"
    return ""


def warnings(damaged: Sequence[Damage], accepted: Sequence[Accepted], locale: str, currency: str) -> list[str]:
    """Return what page one says, in at most three short notes.

    Whose EffectiveCost is damaged, how many rows lack one, and how many other flaws there are with the largest.
    """
    notes = _damaged_effective(damaged, locale)
    for entry in accepted:
        if entry.what == ROWS_WITHOUT_EFFECTIVE and entry.sum is not None:
            rows = "row lacks EffectiveCost and counts" if entry.count == 1 else "rows lack EffectiveCost and count"
            notes.append(f"{entry.count} {rows} 0 ({_money(entry.sum, currency, locale)} billed).")
    others = [flaw for flaw in damaged if flaw.kind not in EFFECTIVE]
    if others:
        first = others[0]
        what = f"{first.brief} ({_amount(first, locale)})."
        number = _count(len(others)).capitalize() + (" more" if notes else "")
        alone = len(others) == 1
        notes.append(f"{first.where}: {what}" if alone else f"{number} flaws, the largest: {first.where}, {what}")
    return notes


def _damaged_effective(damaged: Sequence[Damage], locale: str) -> list[str]:
    flaws = [flaw for flaw in damaged if flaw.kind in HOW]
    if not flaws:
        return []
    providers, kinds = list(dict.fromkeys(flaw.provider for flaw in flaws)), {flaw.kind for flaw in flaws}
    more = len(providers) - NAMED
    names = [*providers[:NAMED], *([f"{_count(more)} more"] if more > 0 else [])]
    sums: dict[str, int] = {}
    for flaw in flaws:
        sums[flaw.currency] = sums.get(flaw.currency, 0) + to_units(flaw.money)
    amounts = [_money(to_money(units), unit, locale) for unit, units in sums.items()]
    how = HOW[flaws[0].kind] if len(kinds) == 1 else ""
    return [f"EffectiveCost of {_listed(names)} is damaged{how}: billed − effective is {_listed(amounts)}."]


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _amount(flaw: Damage, locale: str) -> str:
    """Return the amount of a flaw with its currency: 'about USD 12.00' where it is not exact."""
    about = "about " if flaw.measure.startswith("about") else ""
    return f"{about}{_money(flaw.money, flaw.currency, locale)}"


def _money(value: Decimal, currency: str, locale: str) -> str:
    formats = Formats.of(locale, currency)
    small = value != 0 and abs(value) < 1
    return formats.with_currency(
        formats.unit_cost(value) if small else formats.money(value, formats.money_digits([value], whole=True))
    )


def _count(number: int) -> str:
    return NUMBERS[number] if number < len(NUMBERS) else str(number)
