"""One report as a notebook sees it: a company, a month, its findings, and the words around them."""

from __future__ import annotations

from dataclasses import dataclass
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
