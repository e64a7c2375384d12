"""What notebooks show about the state of the bills: rows, shaped from `quality`."""

from __future__ import annotations

from unitcost.analyses.quality import inputs as quality
from unitcost.analyses.quality import sentences
from unitcost.analyses.quality.invoices import NO_BILL, NO_INVOICE, Compared
from unitcost.display.tables import Column, Unknown
from unitcost.display.view import View
from unitcost.month.company import Company
from unitcost.month.report import Report

Table = tuple[list[list[object]], list[Column]]
NO_MONEY = Unknown("it is not about money")


def headline(company: Company, month: str) -> str:
    """Return the finding of the section: how many flaws and the largest, or that none shows; '' for nothing at all."""
    damaged, accepted = quality.damage(company, month), quality.accepted(company, month)
    return sentences.headline(damaged, accepted, company.config.report.locale)


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


def _compared(c: Compared) -> list[object]:
    known = ((c.billed, NO_BILL), (c.invoice, NO_INVOICE), (c.difference, c.reason), (c.share, c.reason))
    return [Unknown(reason) if value is None else value for value, reason in known]


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
