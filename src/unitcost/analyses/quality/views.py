"""What notebooks and page one show about the state of the bills: sentences and rows, shaped from `quality`."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from unitcost.analyses.quality import inputs as quality
from unitcost.analyses.quality.damage import EFFECTIVE, Damage, DamageKind
from unitcost.analyses.quality.invoices import NO_BILL, NO_INVOICE, InvoiceComparison
from unitcost.analyses.quality.tolerances import ROWS_WITHOUT_EFFECTIVE, Accepted
from unitcost.display.formats import Formats
from unitcost.display.tables import Column, Unknown
from unitcost.display.view import View
from unitcost.month.company import Company
from unitcost.month.report import Report
from unitcost.numbers.units import to_money, to_units

Table = tuple[list[list[object]], list[Column]]
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
NAMED = 2  # providers with a damaged EffectiveCost that page one names
NO_MONEY = Unknown("it is not about money")


def headline(company: Company, month: str) -> str:
    """Return the finding of the section: how many flaws and the largest, or that none shows; '' for nothing at all."""
    damaged, accepted = quality.damage(company, month), quality.accepted(company, month)
    locale = company.config.report.locale
    if damaged:
        flaws = "one flaw," if len(damaged) == 1 else f"{_count(len(damaged))} flaws, the largest"
        return f"The bills have {flaws} {_about(damaged[0])}{amount(damaged[0], locale)}"
    if accepted:
        kinds = "one oddity was" if len(accepted) == 1 else f"{_count(len(accepted))} oddities were"
        return f"No flaw shows in the bills; {kinds} accepted"
    return ""


def damage_table(company: Company, month: str) -> Table:
    """Return what is damaged, the most money first; a column of currencies where there are several."""
    damaged = quality.damage(company, month)
    currencies = {found.currency for found in damaged}
    columns = [Column("Where"), Column("What is seen")]
    if len(currencies) == 1:
        columns += [Column("Amount", "money", currencies.pop()), Column("The amount is")]
        return [[d.where, d.seen, d.money, d.measure] for d in damaged], columns
    columns += [Column("Currency"), Column("Amount", "decimal"), Column("The amount is")]
    return [[d.where, d.seen, d.currency, d.money, d.measure] for d in damaged], columns


def accepted_table(company: Company, month: str) -> Table:
    """Return what was accepted: what, how often, sum of money, one example."""
    unit = company.config.report.currency
    columns = [
        Column("What"),
        Column("How often", "count"),
        Column("Sum of BilledCost", "money", unit),
        Column("Example"),
    ]
    rows: list[list[object]] = [
        [a.what, a.count, NO_MONEY if a.sum is None else a.sum, a.example or ""]
        for a in quality.accepted(company, month)
    ]
    return rows, columns


def invoice_table(company: Company, month: str) -> Table:
    """Return bills against invoices, in the currency of the bill; nothing where no invoices are given."""
    columns = [Column("Billing month"), Column("Provider"), Column("Currency"), Column("Billed", "decimal")]
    columns += [Column("Invoice", "decimal"), Column("Billed − invoice", "decimal"), Column("of the invoice", "share")]
    if not company.marts.invoices:
        return [], columns
    return [[c.billing_month, c.provider, c.currency, *_compared(c)] for c in quality.invoices(company, month)], columns


def _compared(c: InvoiceComparison) -> list[object]:
    known = ((c.billed, NO_BILL), (c.invoice, NO_INVOICE), (c.difference, c.reason), (c.share, c.reason))
    return [Unknown(reason) if value is None else value for value, reason in known]


def warnings(damaged: Sequence[Damage], accepted: Sequence[Accepted], locale: str, currency: str) -> list[str]:
    """Return what page one says, in at most three short notes.

    Whose EffectiveCost is damaged, how many rows lack one, and how many other flaws there are with the largest.
    """
    found = _damaged_effective(damaged, locale)
    for entry in accepted:
        if entry.what == ROWS_WITHOUT_EFFECTIVE and entry.sum is not None:
            one = entry.count == 1
            lack = (
                f"{entry.count} {'row lacks' if one else 'rows lack'} EffectiveCost and {'counts' if one else 'count'}"
            )
            found.append(f"{lack} 0 ({_money(entry.sum, currency, locale)} billed).")
    others = [d for d in damaged if d.kind not in EFFECTIVE]
    if others:
        first = others[0]
        what = f"{first.brief} ({_about(first)}{amount(first, locale)})."
        number = _count(len(others)).capitalize() + (" more" if found else "")
        alone = len(others) == 1
        found.append(f"{first.where}: {what}" if alone else f"{number} flaws, the largest: {first.where}, {what}")
    return found


_HOW = {DamageKind.EFFECTIVE_WHOLE: " (whole numbers only)", DamageKind.EFFECTIVE_ZERO: " (always 0)"}


def _damaged_effective(damaged: Sequence[Damage], locale: str) -> list[str]:
    own = [d for d in damaged if d.kind in _HOW]
    if not own:
        return []
    providers, kinds = list(dict.fromkeys(d.provider for d in own)), {d.kind for d in own}
    more = len(providers) - NAMED
    names = [*providers[:NAMED], *([f"{_count(more)} more"] if more > 0 else [])]
    sums: dict[str, int] = {}
    for d in own:
        sums[d.currency] = sums.get(d.currency, 0) + to_units(d.money)
    amounts = [_money(to_money(units), unit, locale) for unit, units in sums.items()]
    how = _HOW[own[0].kind] if len(kinds) == 1 else ""
    return [f"EffectiveCost of {_listed(names)} is damaged{how}: billed − effective is {_listed(amounts)}."]


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def amount(damage: Damage, locale: str) -> str:
    """Return the amount of a finding with its currency."""
    return _money(damage.money, damage.currency, locale)


def _money(value: Decimal, currency: str, locale: str) -> str:
    formats = Formats.of(locale, currency)
    small = value != 0 and abs(value) < 1
    return formats.with_currency(
        formats.unit_cost(value) if small else formats.money(value, formats.money_digits([value], whole=True))
    )


def _about(damage: Damage) -> str:
    return "about " if damage.measure.startswith("about") else ""


def _count(number: int) -> str:
    return NUMBERS[number] if number < len(NUMBERS) else str(number)


# What the sections of a report show


def damage(report: Report) -> View:
    """Return what is damaged in the bills, under what was found in all; nothing where nothing is to be said."""
    rows, columns = damage_table(report.company, report.month)
    sentence = headline(report.company, report.month)
    note = "Nothing of this was mended or left out: the report counts what the bills say."
    caption = f"What is damaged in the bills of {report.this}"
    return View(sentence, rows, columns, caption, [note], report.source())


def accepted(report: Report) -> View:
    """Return what was accepted although it is not quite as the contract has it."""
    rows, columns = accepted_table(report.company, report.month)
    note = (
        "Times without a zone are UTC, and tags may come as text or as a map: the same content in another form gives "
        "the same numbers. A row may be counted in several lines."
    )
    return View("", rows, columns, "What was accepted as it is", [note], report.source())


def invoices(report: Report) -> View:
    """Return bills against invoices; nothing where no invoices are given."""
    rows, columns = invoice_table(report.company, report.month)
    note = "By billing month, in the currency of the bill, with every charge until the end of the month."
    return View("", rows, columns, "Bills against invoices", [note])
