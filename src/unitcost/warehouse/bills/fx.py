"""Exchange rates: reporting currency per unit of another one, by month."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from unitcost.errors import DataProblem
from unitcost.storage.digest import digest
from unitcost.warehouse.bills.vocabulary import put_table
from unitcost.warehouse.engine import Connection
from unitcost.warehouse.files.small_table import read
from unitcost.warehouse.files.sources import Hashes

MAX_DIGITS = 20


@dataclass(frozen=True, slots=True)
class Rates:
    """Exact rates by (currency, month)."""

    by_month: Mapping[tuple[str, str], Decimal]

    def upto(self, month: str) -> list[tuple[str, str, Decimal]]:
        """Return (currency, month, rate) of all months until `month`, sorted."""
        return sorted((c, m, r) for (c, m), r in self.by_month.items() if m <= month)

    @property
    def sha256(self) -> str:
        """Return a digest of all rates."""
        return digest(f"{c}|{m}|{r.normalize():f}" for c, m, r in self.upto("9999-12"))

    def install(self, con: Connection) -> None:
        """Make `rates` (currency, first day of the month, digits, power): a rate is digits ÷ power, both whole."""
        rows = [(c, m, *_digits(r)) for c, m, r in self.upto("9999-12")]
        put_table(
            con,
            "rates_text",
            {
                name: ("string", [str(row[number]) for row in rows])
                for number, name in enumerate(("currency", "month", "digits", "power"))
            },
        )
        con.execute(
            "create or replace temp table rates as select currency, cast(month || '-01' as date) as month,"
            " cast(digits as hugeint) as digits, cast(power as hugeint) as power from rates_text"
        )


def _digits(rate: Decimal) -> tuple[int, int]:
    tidy = rate.normalize()
    places = max(0, -int(tidy.as_tuple().exponent))
    return int(tidy.scaleb(places)), 10**places


def load_rates(folder: Path, path: str, hashes: Hashes) -> Rates:
    """Return the rates of [fx]; an empty path gives none. Raises DataProblem for a rate that is no rate."""
    found: dict[tuple[str, str], Decimal] = {}
    if not path:
        return Rates(found)
    for row in read(folder, path, "fx", ("month", "currency", "rate"), hashes):
        key = (row.text("currency"), row.month("month"))
        rate = row.amount("rate")
        if rate <= 0 or len(rate.normalize().as_tuple().digits) > MAX_DIGITS:
            raise DataProblem(
                f"The rate '{row.text('rate')[:40]}' cannot be used",
                where=f"{row.where}, column rate",
                why=f"a rate is above 0 and has at most {MAX_DIGITS} digits",
                fix="write the reporting currency per unit, such as 1.0823",
            )
        if found.setdefault(key, rate) != rate:
            raise DataProblem(
                f"Two rates for {key[0]} in {key[1]}",
                where=row.where,
                why=f"{found[key]} and {rate}",
                fix="keep one",
            )
    return Rates(found)
