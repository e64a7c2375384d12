"""Many small companies of every kind, written into a folder from a fixed seed, and which months to ask of each.

In `tests`, `../.venv/bin/python -m material.many_companies FOLDER --companies 200` prints them as JSON. The same number
is the same company, byte for byte, however many are written. Nothing of `unitcost` is used, so any version of it can
read them.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import io
import json
import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bad_input import company as tiny
from bad_input.grid import GRID
from oracle import companies as drawn
from oracle.shapes import draw

from material import tried_company as tried

SEED = 20240501
LINES = ("web", "search", "mail")
SERVICES = (("Amazon EC2", "Compute"), ("Amazon S3", "Storage"), ("Amazon RDS", "Databases"), ("Monitor", ""))
PROVIDERS = ("AWS", "Microsoft", "Harborlight")
Months = list[str]


def write(folder: Path, number: int) -> tuple[str, Months]:
    """Write company `number` into `folder`, which must not exist, and return its kind and the months to ask for."""
    kind = ROUND[number % len(ROUND)]
    return kind, KINDS[kind](folder, number)


# Kinds


def _drawn(folder: Path, number: int) -> Months:
    """Bills, people and rules by chance, as the oracle draws them; two of three with files that it does not know."""
    seed = SEED + number
    drawn.build(folder, seed)
    months = draw(random.Random(seed), {}).months
    chance = random.Random(-seed)
    if number % 3:
        _add(folder, "invoices", "csv", _invoices(months, chance))
        _add(folder, "plan", "csv", _plan(months, chance))
        _scenarios(folder, chance)
        _more(folder, _targets(months, chance) + _finance(chance))
    return [months[-2], months[-1]]


def _damaged(folder: Path, number: int) -> Months:
    """The tiny company, spoiled by a case of the grid of bad input."""
    cases = [case for group in GRID.values() for case in group if case.verb == "findings" and not case.apart]
    case = random.Random(SEED).sample(cases, len(cases))[number % len(cases)]
    tiny.write(folder)
    case.change(folder)
    return ["2024-04", tiny.MONTH]


def _tried(folder: Path, number: int) -> Months:
    """Ten months of daily bills on which something was tried, and a commitment bought."""
    chance = random.Random(SEED + number)
    changes = [tried.Change(tried.START, "search", "Compute", use=chance.choice([1.0, 0.8, 0.6]))]
    if chance.random() < 0.7:
        bought = dt.date(2024, chance.choice([1, 3]), 1)
        changes.append(tried.Change(bought, "web", "Database", price=0.7, commitment="plan-1"))
    bills = tried.Bills(tuple(changes), seed=number, noise=chance.choice([0.01, 0.03, 0.08]), phi=0.5)
    experiments = tried.experiment(kind=chance.choice(['"spot"', '"rightsizing"']))
    if chance.random() < 0.6:
        experiments += tried.experiment(
            "second", "2024-04-08", treated=tried.treated("web", "Storage"), controls='"other_services"'
        )
    counted = chance.choice(["", "", tried.counts(), tried.counts("tier"), tried.counts("product_line")])
    tried.write(folder, bills.rows(), experiments, mau=counted)
    return ["2024-03", tried.MONTH]


def _steady(folder: Path, number: int) -> Months:
    """Up to forty months that go on: an outlook, plan, targets, levers, commitments, machines and usage metrics."""
    chance = random.Random(SEED + number)
    months = _months("2021-01", chance.choice([2, 8, 14, 26, 40]))
    (folder / "bills").mkdir(parents=True)
    for provider in PROVIDERS[: chance.randrange(1, 4)]:
        rows = [row for place, month in enumerate(months) for row in _bill(provider, month, place, chance)]
        (folder / "bills" / f"{provider}.csv").write_text(_table(rows), "utf-8")
    by_tier = chance.random() < 0.6
    (folder / "mau.csv").write_text(_heads(months, by_tier, chance), "utf-8")
    (folder / "report.toml").write_text(STEADY.format(currency=chance.choice(["USD", "EUR"])), "utf-8")
    (folder / "fx.csv").write_text(_rates(months, chance), "utf-8")
    (folder / "allocation.toml").write_text(_rules(by_tier, chance), "utf-8")
    if chance.random() < 0.5:
        _add(folder, "invoices", "csv", _invoices(months, chance))
    _add(folder, "plan", "csv", _plan(months, chance))
    _add(folder, "utilisation", "csv", _machines(months[-2:], chance))
    _add(folder, "usage_metrics", "csv", _metered(months[-3:], by_tier, chance))
    _scenarios(folder, chance)
    _more(folder, _targets(months, chance) + _finance(chance))
    if chance.random() < 0.6:
        (folder / "events.csv").write_text(_events(months, chance), "utf-8")
        _more(folder, '[outlook]\nevents = "events.csv"\n')
    return [months[-2], months[-1]]


KINDS: dict[str, Callable[[Path, int], Months]] = {
    "drawn by chance": _drawn,
    "damaged": _damaged,
    "tried": _tried,
    "steady": _steady,
}
# Of ten: four drawn, four damaged, one steady, one tried; the last two take longest.
ROUND = (
    *("drawn by chance", "damaged", "steady", "drawn by chance", "damaged"),
    *("tried", "drawn by chance", "damaged", "drawn by chance", "damaged"),
)
STEADY = """\
[report]
company = "Steady"
currency = "{currency}"
min_users = 5
[costs]
paths = ["bills/*"]
[fx]
path = "fx.csv"
[activity]
aggregate = "mau.csv"
[allocation]
path = "allocation.toml"
"""


# Bills


def _bill(provider: str, month: str, place: int, chance: random.Random) -> list[dict[str, str]]:
    """A month of a provider: use by line and service, a commitment used and not, tax, credit and a late correction."""
    currency = "EUR" if provider == "Microsoft" else "USD"
    rows = []
    for line in LINES:
        for service, category in SERVICES:
            cost = (40 + 3 * place + len(line) * len(service)) * chance.uniform(0.8, 1.2)
            tags = json.dumps({"product": line, "env": chance.choice(["prod", "prod", "dev"])})
            what = {"ServiceName": service, "ServiceCategory": category, "Tags": tags if service != "Monitor" else ""}
            rows.append(_charge(provider, month, currency, cost, ResourceId=f"vm-{line}", **what))
    fixed = {"ServiceName": "Amazon EC2", "ServiceCategory": "Compute", "PricingCategory": "Committed"}
    for status, cost in (("Used", 60 * chance.uniform(0.8, 1)), ("Unused", 60 * chance.uniform(0, 0.2))):
        named = {"CommitmentDiscountId": f"plan-{provider}", "CommitmentDiscountStatus": status}
        rows.append(_charge(provider, month, currency, cost, **fixed, **named))
    rows.append(_charge(provider, month, currency, 500.0, ChargeCategory="Purchase", ServiceName="Support"))
    rows.append(_charge(provider, month, currency, 19 + place / 7, ChargeCategory="Tax", ServiceName="Fees"))
    if chance.random() < 0.4:
        rows.append(_charge(provider, month, currency, -7.35, ChargeCategory="Credit", ServiceName="Fees"))
    if chance.random() < 0.2 and place:
        late = {"BillingPeriodStart": f"{_next(month)}-01", "BillingPeriodEnd": f"{_next(_next(month))}-01"}
        rows.append(_charge(provider, month, currency, -2.5, ChargeClass="Correction", ServiceName="Amazon S3", **late))
    return rows


def _charge(provider: str, month: str, currency: str, cost: float, **cells: str) -> dict[str, str]:
    first, last = f"{month}-01", f"{_next(month)}-01"
    return {
        "BilledCost": f"{cost:.6f}",
        "EffectiveCost": f"{cost * 0.95:.8f}",
        "ListCost": f"{cost * 1.2:.4f}",
        "BillingCurrency": currency,
        "BillingPeriodStart": first,
        "BillingPeriodEnd": last,
        "ChargePeriodStart": first,
        "ChargePeriodEnd": last,
        "ChargeCategory": "Usage",
        "ChargeClass": "",
        "ServiceName": "",
        "ServiceCategory": "",
        "ProviderName": provider,
        "ResourceId": "",
        "PricingCategory": "Standard",
        "CommitmentDiscountId": "",
        "CommitmentDiscountStatus": "",
        "Tags": "",
        **cells,
    }


def _table(rows: Sequence[Mapping[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


# Everything else


def _add(folder: Path, section: str, form: str, text: str) -> None:
    """Write a file and name it in a section of report.toml."""
    (folder / f"{section}.{form}").write_text(text, "utf-8")
    _more(folder, f'[{section}]\npath = "{section}.{form}"\n')


def _more(folder: Path, text: str) -> None:
    with (folder / "report.toml").open("a", encoding="utf-8") as report:
        report.write(text)


def _heads(months: Sequence[str], by_tier: bool, chance: random.Random) -> str:
    lines = ["month,tier,product_line,mau,requests"]
    for place, month in enumerate(months):
        users = 1000 + 20 * place + chance.randrange(40)
        tiers = {"": users, "free": users - 200, "paid": 200} if by_tier else {"": users}
        lines += [f"{month},{tier},,{heads}," for tier, heads in tiers.items()]
        for line in LINES:
            each = {"free": users // 2, "paid": 90} if by_tier else {"": users // 2}
            lines += [f"{month},{tier},{line},{heads},{heads * len(line)}" for tier, heads in each.items()]
    return "\n".join(lines) + "\n"


def _rules(by_tier: bool, chance: random.Random) -> str:
    # Use that is not known by tier cannot split the cost of a line between tiers: one in ten is refused for it.
    storage = "gb_hours" if chance.random() < (0.7 if by_tier else 0.1) else "requests"
    text = '[[rule]]\nwhen = { ServiceName = "Monitor" }\nshared = "platform"\n'
    text += '[[rule]]\nwhen = { ServiceName = "Support" }\nshared = "platform"\n'
    if chance.random() < 0.5:
        text += '[[rule]]\nwhen = { ServiceName = "Amazon R*" }\nproduct_line = "search"\nenvironment = "prod"\n'
    methods = (
        'method = "proportional"',
        'method = "even"',
        'method = "driver"\ndriver = "requests"',
        'method = "driver"\ndriver = "gb_hours"',
        'method = "fixed"\nshares = { web = 0.5, search = 0.3, mail = 0.2 }',
    )
    text += f'[[shared]]\npool = "platform"\n{chance.choice(methods)}\n'
    return text + f'[drivers]\ndefault = "requests"\nStorage = "{storage}"\n'


def _metered(months: Sequence[str], by_tier: bool, chance: random.Random) -> str:
    lines = ["date,metric,unit,value,tier,product_line,service,coverage"]
    for month in months:
        for line in LINES:
            for tier in ("free", "paid") if by_tier else ("",):
                amount, share = chance.uniform(1, 90), chance.choice(["", "1", "0.95", "0.91"])
                lines.append(f"{month}-05,gb_hours,h,{amount:.3f},{tier},{line},Amazon S3,{share}")
    return "\n".join(lines) + "\n"


def _machines(months: Sequence[str], chance: random.Random) -> str:
    lines = ["date,resource_id,cpu_p95,memory_p95,vcpu,memory_gb"]
    for line in LINES:
        busy = chance.choice([0.02, 0.3, 0.9])
        for month in months:
            for day in range(1, 29):
                lines.append(f"{month}-{day:02d},vm-{line},{busy * chance.uniform(0.8, 1.1):.3f},{busy:.3f},8,32")
    return "\n".join(lines) + "\n"


def _rates(months: Sequence[str], chance: random.Random) -> str:
    known = [*months, _next(months[-1]), _next(_next(months[-1]))]
    lines = [f"{month},{currency},{chance.uniform(0.8, 1.25):.4f}" for month in known for currency in ("USD", "EUR")]
    return "\n".join(["month,currency,rate", *lines]) + "\n"


def _invoices(months: Sequence[str], chance: random.Random) -> str:
    lines = ["provider,billing_month,currency,amount"]
    for provider in (*PROVIDERS, "Alpha"):
        lines += [f"{provider},{month},USD,{chance.uniform(100, 4000):.2f}" for month in months]
    return "\n".join(lines) + "\n"


def _plan(months: Sequence[str], chance: random.Random) -> str:
    lines = [f"{month},{chance.randrange(500, 5000)},{chance.randrange(5, 1500)}" for month in months]
    return "\n".join(["month,scope_cost,mau", *lines, f"{_next(months[-1])},4000,1500"]) + "\n"


def _events(months: Sequence[str], chance: random.Random) -> str:
    first, second = _next(months[-1]), _next(_next(months[-1]))
    return (
        "month,what,fixed_change,price_change\n"
        f"{first},A contract,{chance.randrange(50, 900)},\n{second},List prices,,{chance.uniform(-0.1, 0.2):.3f}\n"
    )


def _targets(months: Sequence[str], chance: random.Random) -> str:
    ahead = _next(_next(months[-1]))
    now, then = chance.uniform(1, 6), chance.uniform(0.5, 4)
    return f'[targets]\ncost_per_user = {{ "{months[-1]}" = {now:.2f}, "{ahead}" = {then:.2f} }}\n'


def _finance(chance: random.Random) -> str:
    rate, horizon = chance.choice(["0.08", "0.10", "0"]), chance.choice([12, 36, 60])
    return f"[finance]\ndiscount_rate_annual = {rate}\nltv_horizon_months = {horizon}\n"


def _scenarios(folder: Path, chance: random.Random) -> None:
    """A plan of record of up to four levers."""
    kinds = ("rightsizing", "commitment", "spot", "storage_lifecycle", "idle", "schedule")
    text = f'name = "Plan"\nhorizon_months = {chance.choice([6, 12])}\neffort_budget_weeks = {chance.randrange(1, 9)}\n'
    for place, kind in enumerate(chance.sample(kinds, chance.randrange(1, 5))):
        category = "Storage" if kind == "storage_lifecycle" else "Compute"
        low = chance.uniform(0.05, 0.3)
        saving = f"{{ low = {low:.2f}, mode = {low + 0.1:.2f}, high = {low + 0.3:.2f} }}"
        text += (
            f'[[lever]]\nid = "{kind}-{place}"\nkind = "{kind}"\napplies_to = {{ ServiceCategory = "{category}" }}\n'
        )
        text += f"coverage = {chance.uniform(0.2, 0.9):.2f}\nsaving = {saving}\neffort_weeks = {place + 1}\n"
        text += f'source = "by chance"\nas_of = 2024-05-01\nramp_months = {chance.randrange(0, 4)}\n'
    (folder / "scenarios").mkdir()
    (folder / "scenarios" / "base.toml").write_text(text, "utf-8")
    _more(folder, '[scenarios]\npath = "scenarios"\n')


def _next(month: str) -> str:
    year, number = int(month[:4]), int(month[5:])
    return f"{year + number // 12}-{number % 12 + 1:02d}"


def _months(first: str, count: int) -> Months:
    months = [first]
    while len(months) < count:
        months.append(_next(months[-1]))
    return months


def main() -> None:
    """Write the companies and print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--companies", type=int, default=200)
    chosen = parser.parse_args()
    companies = []
    for number in range(chosen.companies):
        folder = chosen.folder / f"{number:03d}"
        kind, months = write(folder, number)
        companies.append({"folder": str(folder), "kind": kind, "months": months})
    print(json.dumps(companies))


if __name__ == "__main__":
    main()
