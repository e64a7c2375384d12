"""The free tier's ledger, worked by hand from outside: a folder of files in, published findings out."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from material.three_lines import HEADER, call, write

Findings = dict[str, dict[str, Any]]
REPORT = """\
[report]
company = "Free"
min_users = 1
[costs]
paths = ["bill.csv"]
[activity]
path = "activity.csv"
[subscriptions]
path = "subscriptions.csv"
[allocation]
path = "allocation.toml"
[finance]
ltv_horizon_months = 12
"""
RULES = """\
[[rule]]
when = { ProviderName = "AWS" }
product_line = "web"
[drivers]
default = "requests"
"""
SUBSCRIBED = "user_id,tier,started_on,ended_on,mrr,currency\n"


def activity(rows: list[tuple[str, str, int]]) -> str:
    """Rows of user, day and requests."""
    return "date,user_id,product_line,requests\n" + "".join(f"{d},{u},web,{n}\n" for u, d, n in rows)


def published(folder: Path, month: str = "2024-05", **files: str) -> Findings:
    """The findings of a company whose bill of the month is 2,850 unless another one is given."""
    bill = HEADER + "2850,2850,USD,2024-05-01,2024-05-01,2024-05-02,Usage,EC2,AWS\n"
    texts = {"bill_csv": bill, "report_toml": REPORT, "allocation_toml": RULES, **files}
    code, out, err = call("findings", month, "--json", "--config", write(folder, **texts))
    assert code == 0, err
    found: Findings = json.loads(out)["findings"]
    return found


def values(found: Findings, *names: str) -> list[str | None]:
    return [found[name]["value"] for name in names]


def unknown(found: Findings, *names: str) -> list[str]:
    """The reasons of findings that must be null."""
    assert values(found, *names) == [None] * len(names)
    return [found[name]["reason"] for name in names]


def seed(free: int, paid: int, converted: int = 0, used_by_payers: int = 0, price: str = "50") -> dict[str, str]:
    """Active users for the whole month; the first `converted` payers were free until 30 April."""
    people = [(f"f{n}", "2024-05-15", 1) for n in range(free)]
    people += [(f"p{n}", "2024-05-15", used_by_payers) for n in range(paid)]
    rows = [f"f{n},free,2024-01-01,,0,\n" for n in range(free)]
    for n in range(paid):
        began = "2024-05-01" if n < converted else "2024-01-01"
        rows += [f"p{n},free,2024-01-01,2024-05-01,0,\n"] * (n < converted)
        rows += [f"p{n},paid,{began},,{price},\n"]
    return {"activity_csv": activity(people), "subscriptions_csv": SUBSCRIBED + "".join(rows)}


def test_fifty_of_a_thousand_pay(tmp_path: Path) -> None:
    """950 free users at 3.00, 50 payers of 50.00 who cost nothing: 3 ÷ 53 must pay, or a free user cost 2.63."""
    found = published(tmp_path, **seed(950, 50))
    assert values(found, "freemium.subsidy", "freemium.paid_share", "freemium.arpu") == ["2850", "0.05", "50"]
    assert values(found, "freemium.break_even_paid_share", "freemium.break_even_paid_share.same_cost") == [
        "0.056603773585",
        "0.06",
    ]
    assert values(found, "freemium.break_even_serving_cost") == ["2.631578947368"]
    assert values(found, "freemium.margin_per_user") == ["-0.35"]
    # 50 payers × 50 = 2,500 of revenue, 2,850 of cost, all of it for free users.
    assert values(found, "revenue.mrr", "margin.infrastructure", "margin.infrastructure.paid") == ["2500", "-0.14", "1"]
    assert values(found, "margin.infrastructure.free_in_marketing", "freemium.mrr_per_paid_user") == ["1", "50"]
    assert unknown(found, "margin.infrastructure.free", "freemium.cost_per_conversion", "freemium.payback_months")


def test_forty_five_of_nine_hundred_convert(tmp_path: Path) -> None:
    """2,700 for 900 free users and 45 conversions: 60.00 each, back in 1.2 months of 50.00."""
    bill = HEADER + "2700,2700,USD,2024-05-01,2024-05-01,2024-05-02,Usage,EC2,AWS\n"
    found = published(tmp_path, bill_csv=bill, **seed(900, 45, converted=45))
    assert values(found, "freemium.conversions", "freemium.monthly_flow") == ["45", "0.05"]
    assert values(found, "freemium.cost_per_conversion", "freemium.payback_months") == ["60", "1.2"]


def test_payers_cost_too(tmp_path: Path) -> None:
    """1,000 users who use alike, 3.00 each: 3 ÷ (50 − 3 + 3) must pay, free users may cost 0.05 × 47 ÷ 0.95."""
    bill = HEADER + "3000,3000,USD,2024-05-01,2024-05-01,2024-05-02,Usage,EC2,AWS\n"
    found = published(tmp_path, bill_csv=bill, **seed(950, 50, used_by_payers=1))
    assert values(found, "freemium.serving_cost.paid", "freemium.break_even_paid_share") == ["3", "0.06"]
    assert values(found, "freemium.break_even_serving_cost") == ["2.473684210526"]


def test_payers_who_bring_less_than_they_cost_pay_nothing_back(tmp_path: Path) -> None:
    """Break-evens and payback are unknown then, what a user leaves is not."""
    bill = HEADER + "3000,3000,USD,2024-05-01,2024-05-01,2024-05-02,Usage,EC2,AWS\n"
    found = published(tmp_path, bill_csv=bill, **seed(950, 50, converted=50, used_by_payers=1, price="3"))
    names = ("break_even_paid_share", "break_even_serving_cost", "payback_months", "ltv", "roi")
    unknown(found, *(f"freemium.{name}" for name in names))
    assert values(found, "freemium.cost_per_conversion", "freemium.margin_per_user") == ["57", "-2.85"]


def test_price_goes_by_days(tmp_path: Path) -> None:
    """Ten days at 31 and a whole month at 62: (31 × 10 + 62 × 31) ÷ 41 paid, ÷ 31 of revenue."""
    rows = "a,free,2024-05-01,2024-05-22,0,\na,paid,2024-05-22,,31,\nb,paid,2024-04-01,,62,\n"
    people = activity([("a", "2024-05-01", 1), ("a", "2024-05-31", 1), ("b", "2024-05-03", 1), ("c", "2024-05-04", 2)])
    found = published(tmp_path, activity_csv=people, subscriptions_csv=SUBSCRIBED + rows)
    # 2232 ÷ 41 = 54.439024390243902…; a is half free, c without a row is free: 1.5 of 3 user-months are paid.
    assert values(found, "freemium.arpu", "revenue.mrr") == ["54.439024390244", "72"]
    assert values(found, "freemium.paid_share", "freemium.conversions") == ["0.5", "1"]
    # Free: 3 of 5 requests = 1,710 over 1.5 user-months; one conversion.
    assert values(found, "freemium.serving_cost.free", "freemium.cost_per_conversion") == ["1140", "1710"]
    assert values(found, "freemium.monthly_flow") == ["0.666666666667"]
    # The user of both tiers counts as paid by head: 72 ÷ 2.
    assert values(found, "freemium.mrr_per_paid_user") == ["36"]


def test_who_began_on_paid_never_converted_and_the_future_is_not_known(tmp_path: Path) -> None:
    """Only d converts in May; e does in June, f began on paid, g converted in April for the first time."""
    rows = [
        "d,free,2024-04-01,2024-05-31,0,", "d,paid,2024-05-31,2024-06-20,10,", "e,free,2024-05-01,2024-06-01,0,",
        "e,paid,2024-06-01,,10,", "f,paid,2024-03-01,2024-04-01,10,", "f,free,2024-04-01,2024-05-10,0,",
        "f,paid,2024-05-10,,10,", "g,free,2024-03-01,2024-04-10,0,", "g,paid,2024-04-10,2024-04-20,10,",
        "g,paid,2024-05-10,,10,", "h,free,2024-05-02,2024-05-02,0,", "h,paid,2024-05-02,,10,",
    ]  # fmt: skip
    people = activity([(user, "2024-05-31", 1) for user in "defgh"])
    found = published(tmp_path, activity_csv=people, subscriptions_csv=SUBSCRIBED + "\n".join(rows) + "\n")
    assert values(found, "freemium.conversions") == ["1"]
    known = [row for row in rows if ",2024-06-01,,10," not in row]
    same = published(tmp_path / "may", activity_csv=people, subscriptions_csv=SUBSCRIBED + "\n".join(known) + "\n")
    for name, one in found.items():
        if name.startswith(("freemium", "margin", "revenue")):
            assert one == same[name], name


def test_nobody_pays(tmp_path: Path) -> None:
    """Cost is known, and everything that needs a payer says that there is none."""
    found = published(tmp_path, **seed(20, 0))
    assert values(found, "freemium.subsidy", "freemium.paid_share", "revenue.mrr") == ["2850", "0", "0"]
    assert values(found, "freemium.conversions", "freemium.margin_per_user") == ["0", "-142.5"]
    names = (
        "arpu", "break_even_paid_share", "break_even_serving_cost", "payback_months", "cost_per_conversion", "ltv",
        "roi", "break_even_conversion", "conversion", "mrr_per_paid_user",
    )  # fmt: skip
    assert all("nobody" in reason for reason in unknown(found, *(f"freemium.{name}" for name in names)))
    assert unknown(found, "margin.infrastructure", "margin.infrastructure.paid", "margin.infrastructure.free")


def test_everybody_pays(tmp_path: Path) -> None:
    """Nobody is free, so nothing is spent on free users and nothing can break even."""
    found = published(tmp_path, **seed(0, 20, used_by_payers=1))
    assert values(found, "freemium.subsidy", "freemium.paid_share") == ["0", "1"]
    reasons = unknown(found, "freemium.break_even_serving_cost", "freemium.monthly_flow", "freemium.serving_cost.free")
    assert all(reasons)


@pytest.mark.parametrize("given", ["counts", "no subscriptions"])
def test_without_single_users_or_payers_everything_is_null_with_a_reason(tmp_path: Path, given: str) -> None:
    """Names are all there; only what the costs alone tell has a value."""
    report, files = REPORT, seed(30, 0)
    if given == "counts":
        report = report.replace('path = "activity.csv"', 'aggregate = "mau.csv"')
    else:
        report = report.replace('[subscriptions]\npath = "subscriptions.csv"\n', "")
    found = published(tmp_path, report_toml=report, **files)
    names = (
        "paid_share", "monthly_flow", "conversion", "conversion.30d", "conversion.90d", "conversion.180d", "roi",
        "cost_per_conversion", "break_even_paid_share", "break_even_conversion", "break_even_serving_cost", "ltv",
        "payback_months", "arpu",
    )  # fmt: skip
    reasons = unknown(found, *(f"freemium.{name}" for name in names))
    word = "counts" if given == "counts" else "[subscriptions]"
    assert all(word in reason for reason in reasons[:6])
    assert unknown(found, "margin.infrastructure", "margin.infrastructure.paid")


def test_prices_in_another_currency_are_converted_at_the_months_rate(tmp_path: Path) -> None:
    """20 payers of 40 euros at 1.25 pay 50 each; a month without rate stops with its name."""
    rows = "".join(f"p{n},paid,2024-01-01,,40,EUR\n" for n in range(20))
    people = activity([(f"p{n}", "2024-05-02", 1) for n in range(20)])
    report = REPORT + '[fx]\npath = "fx.csv"\n'
    files = {"activity_csv": people, "subscriptions_csv": SUBSCRIBED + rows, "report_toml": report}
    found = published(tmp_path, fx_csv="month,currency,rate\n2024-05,EUR,1.25\n", **files)
    assert values(found, "freemium.arpu", "revenue.mrr") == ["50", "1000"]
    bill = HEADER + "1,1,USD,2024-05-01,2024-05-01,2024-05-02,Usage,EC2,AWS\n"
    texts = {"bill_csv": bill, "allocation_toml": RULES, "fx_csv": "month,currency,rate\n2024-04,EUR,1.2\n"}
    code, _, err = call("findings", "2024-05", "--config", write(tmp_path / "without", **texts, **files))
    assert code == 3
    assert "EUR" in err and "2024-05" in err


def test_lifetime_value_follows_payers_and_no_further(tmp_path: Path) -> None:
    """Of 20 payers from 1 April half leave after 30 days: 50 now, half a month later; horizon and discount printed."""
    report = REPORT.replace("ltv_horizon_months = 12", "discount_rate_annual = 0\nltv_horizon_months = 12")
    gone = [f"p{n},paid,2024-04-01,{'2024-05-01' if n < 10 else ''},50,\n" for n in range(20)]
    people = activity([(f"p{n}", "2024-05-01", 0) for n in range(10, 20)] + [("f", "2024-05-01", 1)])
    found = published(tmp_path, activity_csv=people, subscriptions_csv=SUBSCRIBED + "".join(gone), report_toml=report)
    # Followed for 61 days: months 0, 1 and 2 (30.4 and 60.9 days) are seen, with 1, 0.5 and 0.5 still paying.
    assert values(found, "freemium.ltv", "freemium.ltv_horizon_months") == ["100", "3"]
    assert "3 months" in found["freemium.ltv"]["method"]
    assert Decimal(found["freemium.arpu"]["value"]) == 50
