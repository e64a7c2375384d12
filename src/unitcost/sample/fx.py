"""Exchange rates of the sample company: US dollars for one euro, one rounded average a month."""

from __future__ import annotations

from unitcost.sample.months import PUBLISHED

EUR = (
    "1.2171", "1.2098", "1.1899", "1.1979", "1.2146", "1.2047",
    "1.1822", "1.1772", "1.1770", "1.1601", "1.1414", "1.1304",
    "1.1314", "1.1342", "1.1019", "1.0819", "1.0579", "1.0566",
    "1.0179", "1.0128", "0.9904", "0.9826", "1.0201", "1.0589",
    "1.0769", "1.0715", "1.0706", "1.0968", "1.0868", "1.0840",
    "1.1058", "1.0909", "1.0684", "1.0563", "1.0808", "1.0903",
    "1.0905", "1.0795", "1.0872", "1.0728", "1.0812", "1.0759",
)  # fmt: skip


def fx_csv() -> bytes:
    """Return the table month, currency, rate for the published months."""
    lines = ["month,currency,rate"]
    lines += [f"{month.text},EUR,{rate}" for month, rate in zip(PUBLISHED, EUR, strict=True)]
    return "".join(f"{line}\n" for line in lines).encode()
