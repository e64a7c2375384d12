"""What notebooks and pages show of the bridge: its bars, the cells behind them, and the words for both.

A bar is a part of the change, never its cause: the words say what moved, not why somebody moved it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from unitcost.analyses.bridge.bridge import ALLOCATION, Bridge, Move
from unitcost.analyses.bridge.inputs import bridge_of, bridge_of_line, bridge_of_service
from unitcost.display import charts
from unitcost.display.tables import Column
from unitcost.display.view import View
from unitcost.display.wording import from_to
from unitcost.display.wording import moved as moved_words
from unitcost.month.cells import ZERO, Cell, Sku
from unitcost.month.report import Report
from unitcost.month.users import TIERS
from unitcost.numbers.book import Findings
from unitcost.numbers.estimate import ratio

if TYPE_CHECKING:
    from unitcost.month.company import Company

Amount = Decimal | None
# The reader's order: what was paid, what was used, who used it, what is spread over users, and the rest.
WORDS = {
    "rate": "Prices paid",
    "usage": "Use per user",
    "mix": "Mix of free and paid users",
    "month_length": "Days in the month",
    "fixed": "Fixed cost",
    "dilution": "Fixed cost spread over users",
    ALLOCATION: "Shares of shared cost",
    "new_retired": "New and retired SKUs",
    "negative": "Refunds and other negative cost",
    "unquantified": "Use without quantity",
    "fx": "Exchange rates",
    "restatement": "Restated since published",
}
CHANGED_SKUS = Decimal("0.3")  # above this part of the change, neither prices nor use are claimed
CLAIMS = ("rate", "usage")
Step = tuple[str, Amount, str]


@dataclass(frozen=True, slots=True)
class Reason:
    """One bar worth a word: its name, its amount in money per user, and what moved most in it."""

    bar: str
    amount: Decimal
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Behind:
    """A cell behind a bar: quantity and price of both months (before, now), and its part of the bar.

    Without a SKU there is no unit and no quantity, and its cost stands as price.
    """

    bar: str
    name: str
    owner: str
    unit: str
    quantity: tuple[Amount, Amount]
    price: tuple[Amount, Amount]
    amount: Decimal


def steps(found: Bridge, before: str, now: str) -> list[Step]:
    """Return the rows of a waterfall from one month's name to the other's; bars of 0 are left out."""
    bars = [(WORDS[bar], found.bars[bar], "step") for bar in WORDS if found.bars.get(bar)]
    return [(before, found.before, "total"), *bars, (now, found.now, "total")]


def largest_cells(found: Bridge, material: Decimal, at_most: int = 3) -> list[Behind]:
    """Return the largest cells behind each bar worth a word, the largest bar first."""
    return [_behind(move, bar) for bar in _material(found, material) for move in _largest(found.moves, bar, at_most)]


def reasons(found: Bridge, material: Decimal, at_most: int = 2) -> list[Reason]:
    """Return the largest bars worth a word, at most so many.

    None below `material` of the level; where SKUs changed for more than 30 % of the change, neither rate nor usage.
    """
    bars = _material(found, material)
    if skus_changed(found):
        bars = [bar for bar in bars if bar not in CLAIMS]
    return [
        Reason(bar, found.bars[bar], tuple(title(m) for m in _largest(found.moves, bar, 2, only=found.bars[bar])))
        for bar in bars[:at_most]
    ]


def skus_changed(found: Bridge) -> bool:
    """Tell whether new and retired SKUs make up so much of the change that prices and use are not claimed."""
    share = found.skus_changed
    return share is not None and share > CHANGED_SKUS


def _material(found: Bridge, material: Decimal) -> list[str]:
    """Return the bars that are at least `material` of the earlier value, the largest first."""
    least = abs(found.before or Decimal(0)) * material
    worth = [bar for bar in WORDS if found.bars.get(bar) and abs(found.bars[bar]) >= least]
    return sorted(worth, key=lambda bar: (-abs(found.bars[bar]), bar))


def _largest(moves: Iterable[Move], bar: str, at_most: int, only: Amount = None) -> list[Move]:
    """Return the moves with the largest part in a bar; with `only`, those of that sign."""
    kept = [m for m in moves if m.effects.get(bar) and (only is None or (m.effects[bar] > 0) == (only > 0))]
    return sorted(kept, key=lambda m: (-abs(m.effects[bar]), m.name))[:at_most]


def title(move: Move) -> str:
    """Return what moved, in words: service and the words of its charges, else its SKU, or the service alone."""
    if isinstance(move.name, Sku):
        known = next(cell for cell in (move.now, move.before) if isinstance(cell, Cell))
        where = f" in {move.name.region}" if move.name.region else ""
        return f"{_top(known.services)}, {known.description or f'{move.name.sku}{where}'}"
    return f"{move.name.service} of {move.name.provider}"


def owner(move: Move) -> str:
    """Return who owns most of what moved, by rule or tag; '' where nobody is known."""
    known = next((cell for cell in (move.now, move.before) if isinstance(cell, Cell)), None)
    if known is None:
        return ""
    name = _top(known.owners)
    return "" if name in ("unallocated", "unused_commitment") else name


def _top(amounts: Mapping[str, Decimal]) -> str:
    return max(sorted(amounts), key=lambda name: abs(amounts[name]))


def _behind(move: Move, bar: str) -> Behind:
    cells = (move.before, move.now)
    amount = ratio(round(move.effects[bar], 18), 1)
    if not isinstance(move.name, Sku):
        costs = [ratio(round(lump.cost, 18), 1) if lump is not None else None for lump in cells]
        return Behind(bar, title(move), owner(move), "", (None, None), (costs[0], costs[1]), amount)
    quantities = [ratio(round(cell.quantity, 18), 1) if isinstance(cell, Cell) else None for cell in cells]
    prices = [ratio(round(c.cost / c.quantity, 18), 1) if isinstance(c, Cell) else None for c in cells]
    return Behind(
        bar, title(move), owner(move), move.name.unit, (quantities[0], quantities[1]), (prices[0], prices[1]), amount
    )


def by_line(company: Company, month: str) -> dict[str, Bridge]:
    """Return the bridge of every product line's cost per user of its own, where there is one."""
    earlier = company.before(month)
    lines = company.result(month).slugs["product"]
    found = {line: bridge_of_line(company, month, earlier, line) for line in lines}
    return {line: one for line, one in found.items() if one.reason is None}


def by_service(company: Company, month: str, at_most: int = 8) -> dict[str, Bridge]:
    """Return the bridges of the services that moved most, in money per user of all users."""
    earlier = company.before(month)
    names = {name for m in (month, earlier) if m for name in company.result(m).slugs["service"]}
    found = {name: bridge_of_service(company, month, earlier, name) for name in sorted(names)}
    kept = [(abs(one.total), name) for name, one in found.items() if one.total]
    return {name: found[name] for _, name in sorted(kept, key=lambda item: (-item[0], item[1]))[:at_most]}


def bars_table(found: Mapping[str, Bridge], at_most: int = 4) -> tuple[list[list[object]], list[str]]:
    """Return ([name, bar, bar, …, the other bars together, total], the bars' words), the largest bars of all."""
    size = {bar: max((abs(one.bars.get(bar, ZERO)) for one in found.values()), default=ZERO) for bar in WORDS}
    there = [bar for bar in WORDS if size[bar]]
    kept = sorted(there, key=lambda bar: -size[bar])[: at_most if len(there) > at_most + 1 else len(there)]
    bars = [bar for bar in WORDS if bar in kept]
    others = [bar for bar in there if bar not in kept]
    rows: list[list[object]] = []
    for name, one in found.items():
        amounts = [one.bars.get(bar, ZERO) for bar in bars]
        rest = [sum((one.bars.get(bar, ZERO) for bar in others), ZERO)] if others else []
        rows.append([name, *amounts, *rest, one.total])
    return rows, [*(WORDS[bar] for bar in bars), *(["Other parts"] if others else [])]


def movers_of_lines(found: Mapping[str, Bridge], at_most: int = 3) -> list[list[object]]:
    """Return [line, what, owner, change per user of the line] of the cells that moved most in each line."""
    rows: list[list[object]] = []
    for line, one in found.items():
        moved = sorted(one.moves, key=lambda m: (-abs(m.total), m.name))
        rows += [[line, title(m), owner(m), ratio(round(m.total, 18), 1)] for m in moved[:at_most] if m.total]
    return rows


def tier_mix(company: Company, month: str) -> list[list[object]]:
    """Return [tier, share of users before, now, centred mix in money per user].

    (s₁ − s₀) × (the tier's mean cost per user − the mean of all): a growing share of a cheap tier shows as a saving.
    """
    earlier = company.before(month)
    if earlier is None or bridge_of(company, month).reason is not None:
        return []
    now, before = (company.result(m).findings for m in (month, earlier))
    shares = [_shares(found) for found in (now, before)]
    if None in shares:
        return []
    rates = {tier: _mean(now[f"cost_per_user.{tier}"].value, before[f"cost_per_user.{tier}"].value) for tier in TIERS}
    if any(rate is None for rate in rates.values()):
        return []
    this, that = (share or {} for share in shares)
    centre = sum(((this[t] + that[t]) / 2 * (rates[t] or 0) for t in TIERS), Decimal(0))
    return [[t, that[t], this[t], ratio((this[t] - that[t]) * ((rates[t] or Decimal(0)) - centre), 1)] for t in TIERS]


def _shares(findings: Findings) -> dict[str, Decimal] | None:
    whole, *tiers = (findings[name].value for name in ("mau", *(f"mau.{tier}" for tier in TIERS)))
    heads = [value for value in tiers if isinstance(value, Decimal)]
    if not isinstance(whole, Decimal) or not whole or len(heads) < len(TIERS):
        return None
    return {tier: ratio(value, whole) for tier, value in zip(TIERS, heads, strict=True)}


def _mean(now: object, before: object) -> Amount:
    return (now + before) / 2 if isinstance(now, Decimal) and isinstance(before, Decimal) else None


def mostly(found: Bridge, material: Decimal) -> str:
    """Return ', mostly prices paid and use per user', the largest parts in the direction of the change, or ''."""
    if not found.total:
        return ""
    along = [r.bar for r in reasons(found, material) if (r.amount > 0) == (found.total > 0)]
    return f", mostly {' and '.join(lower(WORDS[bar]) for bar in along)}" if along else ""


def notes(found: Bridge, show: Callable[[Decimal], str]) -> list[str]:
    """Return what a reader of the cells has to know: how to read them, and whether too many SKUs changed."""
    said = ["Parts of the change, not its cause. A price is effective cost per unit, so it falls as more is covered."]
    share = found.skus_changed
    if share is not None and skus_changed(found):
        said.append(f"SKUs changed: new and retired ones make {show(share)} of the change; prices and use say little.")
    return said


def line_headline(found: Mapping[str, Bridge], show: Callable[[Decimal], str], unit: str) -> str:
    """Return which product line moved most, by its own users."""
    line, one = max(found.items(), key=lambda item: (abs(item[1].total or 0), item[0]))
    change = one.total or Decimal(0)
    if not change:
        return "No product line moved"
    return f"{line} moved most: {unit} {show(abs(change))} per user {'more' if change > 0 else 'less'}"


def lower(words: str) -> str:
    return words if words.startswith("SKU") else f"{words[0].lower()}{words[1:]}"


# What the sections of a report show


def _bridge(report: Report) -> tuple[Bridge, Decimal, str]:
    """Return the bridge of a report, from which share of the level a bar is worth a word, and the earlier month."""
    found = bridge_of(report.company, report.month, report.against or None)
    return found, report.company.config.report.material_share, report.earlier


def waterfall(report: Report) -> View:
    """Return the bridge from the earlier month's cost per user to this one's; nothing where there is none."""
    found, material, last = _bridge(report)
    if found.total is None:
        return View()
    caption = charts.Caption(f"Cost per user, {last} to {report.this}", f"{report.currency} per user", report.source())
    measure = charts.Measure("unit_cost", report.fmt, report.unit)
    moves = moved_words(report.fmt.unit_cost, found.now, found.before, report.currency)
    return View(
        f"Cost per user {moves}{mostly(found, material)}",
        steps(found, last, report.this),
        [Column("Part"), Column("Amount"), Column("Kind")],
        draw=lambda rows: charts.waterfall(rows, caption, measure),
    )


def cells(report: Report) -> View:
    """Return the largest cells behind each part of the change: SKU, owner, quantity and price of both months."""
    found, material, last = _bridge(report)
    fmt = report.fmt
    rows = [
        [
            WORDS[behind.bar],
            behind.name,
            behind.owner,
            from_to(fmt.quantity, *behind.quantity, behind.unit),
            from_to(fmt.unit_cost, *behind.price),
            behind.amount,
        ]
        for behind in largest_cells(found, material)
    ]
    labels = ("Part of the change", "What", "Owner", "Quantity", "Price or amount")
    columns = [*(Column(label) for label in labels), Column("Its part", "delta_unit_cost", report.unit)]
    caption = f"The largest cells behind each part, {last} → {report.this}"
    return View("", rows, columns, caption, notes(found, fmt.share), report.source())


def lines(report: Report) -> View:
    """Return the parts of the change of each product line's own cost per user; nothing without product lines."""
    found = by_line(report.company, report.month)
    rows, labels = bars_table(found)
    if not rows:
        return View()
    return View(
        line_headline(found, report.fmt.unit_cost, report.currency),
        rows,
        _bars(report, "Product line", labels),
        f"Parts of the change by product line, {report.earlier} to {report.this}",
        ["Per user of the line. Shares of shared cost: what changes only with the way a pool is split."],
        report.source(),
    )


def line_movers(report: Report) -> View:
    """Return what moved most in each product line."""
    columns = [Column("Product line"), Column("What"), Column("Owner")]
    columns.append(Column("Change", "delta_unit_cost", report.unit))
    rows = movers_of_lines(by_line(report.company, report.month))
    note = "An owner is named by a rule or a tag."
    return View("", rows, columns, "What moved most in each product line", [note], report.source())


def services(report: Report) -> View:
    """Return the parts of the change by service, those that moved most."""
    rows, labels = bars_table(by_service(report.company, report.month))
    if not rows:
        return View()
    change = rows[0][-1]
    assert isinstance(change, Decimal)
    return View(
        f"{rows[0][0]} moved most: {report.currency} {report.fmt.delta_unit_cost(change)} per user",
        rows,
        _bars(report, "Service", labels),
        f"Parts of the change by service, {report.earlier} to {report.this}",
        source=report.source(),
    )


def mix(report: Report) -> View:
    """Return the shares of free and paid users and what their change does; nothing where a share is unknown."""
    rows = tier_mix(report.company, report.month)
    if not rows:
        return View()
    shares = {row[0]: row[1:3] for row in rows}["paid"]
    before, now = (share if isinstance(share, Decimal) else None for share in shares)
    columns = [Column("Tier"), Column(f"Share of users, {report.earlier}", "share"), Column(report.this, "share")]
    return View(
        f"The share of paid users {moved_words(report.fmt.share, now, before)}",
        rows,
        [*columns, Column("Mix, centred", "delta_unit_cost", report.unit)],
        "Mix of free and paid users",
        ["A tier that costs less than the mean shows below zero where its share grows."],
        report.source(),
    )


def _bars(report: Report, what: str, labels: Sequence[str]) -> list[Column]:
    return [Column(what), *(Column(label, "delta_unit_cost", report.unit) for label in (*labels, "Change"))]
