"""One report as a notebook sees it: a company, a month, its findings, and the words around them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from unitcost.display.formats import Formats, month_name
from unitcost.month.company import Company
from unitcost.numbers.book import Findings


@dataclass(frozen=True)
class Report:
    """What a notebook opens with.

    `company` holds marts and configuration, `month` is such as "2024-05", and `findings` are all findings of the
    month by name, as they are published. `against` is the earlier month that the bridge leads from, '' for the one
    before.
    """

    company: Company
    month: str
    findings: Findings
    against: str = ""

    @property
    def before(self) -> str | None:
        """Return the month before, such as "2024-04"; None where it has no data."""
        return self.company.before(self.month)

    @property
    def currency(self) -> str:
        """Return the reporting currency, such as "USD"."""
        return self.company.config.report.currency

    @property
    def unit(self) -> str:
        """Return the unit of a unit cost, such as "USD/user"."""
        return f"{self.currency}/user"

    @cached_property
    def fmt(self) -> Formats:
        """Return how numbers are written in the report's locale and currency."""
        return Formats.of(self.company.config.report.locale, self.currency)

    @property
    def this(self) -> str:
        """Return the month in words, such as "May 2024"."""
        return month_name(self.month, self.company.config.report.locale)

    @property
    def last(self) -> str:
        """Return the month before in words, '' where it has no data."""
        return month_name(self.before, self.company.config.report.locale) if self.before else ""

    @property
    def earlier(self) -> str:
        """Return in words the month that the bridge leads from, '' where there is none."""
        month = self.against or self.before
        return month_name(month, self.company.config.report.locale) if month else ""

    def value(self, name: str) -> Decimal | None:
        """Return the value of a finding of the month as a number; None where it is unknown or no number."""
        value = self.findings[name].value
        return value if isinstance(value, Decimal) else None

    def source(self, what: str = "bills and activity", *, until: bool = False) -> str:
        """Return from which data of the company a section is made; `until` the end of the month, or of it alone."""
        when = f" until {self.this}" if until else f", {self.this}"
        return f"Source: {what} of {self.company.config.report.company}{when}"
