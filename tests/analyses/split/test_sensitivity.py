"""How sure we are about the split: every number here is worked by hand."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from material.three_lines import write

from unitcost.analyses.findings import findings as findings_of
from unitcost.analyses.opening import open_company, report_of
from unitcost.analyses.split import views as sensitivity_views
from unitcost.analyses.split.inputs import sensitivity
from unitcost.analyses.split.sensitivity import CONFIGURED, SAME
from unitcost.display.charts import Caption, Measure, range_bars
from unitcost.display.formats import Formats
from unitcost.month.company import Company
from unitcost.month.result import with_previous
from unitcost.numbers.estimate import Estimate

HEADER = (
    "BilledCost,EffectiveCost,BillingCurrency,BillingPeriodStart,ChargePeriodStart,ChargePeriodEnd,"
    "ChargeCategory,ServiceName,ProviderName,CommitmentDiscountStatus,Tags\n"
)
REPORT = """\
[report]
company = "Split"
min_users = 1
[costs]
paths = ["bill.csv"]
[activity]
path = "activity.csv"
[allocation]
path = "allocation.toml"
"""
SUBSCRIBED = REPORT + '[subscriptions]\npath = "subs.csv"\n'
RULES = '[[rule]]\nwhen = { ServiceName = "Net" }\nshared = "p"\n[[shared]]\npool = "p"\n'
FIXED = RULES + 'method = "fixed"\nshares = { web = 0.2, search = 0.8 }\n'
ACTIVITY = "date,user_id,product_line,requests\n2024-05-02,ann,web,1\n2024-05-02,ben,web,1\n2024-05-02,ann,search,2\n"
SUBS = "user_id,tier,started_on,ended_on,mrr\nben,paid,2024-01-01,,9\n"


def cost(amount: int, line: str = "", service: str = "VM", category: str = "Usage", status: str = "") -> str:
    tags = f'"{{""product"": ""{line}""}}"' if line else ""
    return f"{amount},{amount},USD,2024-05-01,2024-05-03,2024-05-04,{category},{service},AWS,{status},{tags}\n"


# Direct cost of web 30 and of search 10, and a pool of 40.
BILL = HEADER + cost(30, "web") + cost(10, "search") + cost(40, service="Net")


def opened(folder: Path, monkeypatch: pytest.MonkeyPatch, **changes: str) -> Company:
    """Two users on web, one of them (ann, free) on search too; ben pays."""
    texts = {"bill_csv": BILL, "activity_csv": ACTIVITY, "allocation_toml": FIXED, "subs_csv": SUBS,
             "report_toml": SUBSCRIBED} | changes  # fmt: skip
    monkeypatch.setenv("UNITCOST_CACHE", str(folder / "store"))
    return open_company(write(folder / "c", **texts))


def values(company: Company, *names: str) -> list[Decimal | None]:
    found = findings_of(company, "2024-05")
    return [found[f"cost_per_user.{name}"].value for name in names]  # type: ignore[misc]


def test_lines_and_tiers_over_all_methods(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pool of 40 as web and search: fixed 8 and 32, even 20 and 20, proportional 30 and 10, by requests 20 and 20.

    web comes to 38, 50, 60, 50 for two users, search to 42, 30, 20, 30 for one. Requests of web are half ann's, all
    of search are: free pays 19 + 42, 25 + 30, 30 + 20, and paid the other half of web: 19, 25, 30.
    """
    company = opened(tmp_path, monkeypatch)
    assert values(company, "product.web.low_method", "product.web", "product.web.high_method") == [19, 19, 30]
    assert values(company, "product.search.low_method", "product.search", "product.search.high_method") == [20, 42, 42]
    assert values(company, "free.low_method", "free", "free.high_method") == [50, 61, 61]
    assert values(company, "paid.low_method", "paid", "paid.high_method") == [19, 19, 30]
    found = findings_of(company, "2024-05")
    for end in ("low_method", "high_method"):
        assert found[f"cost_per_user.{end}"].value == found["cost_per_user"].value == 40
        assert found[f"cost_per_user.{end}"].method == SAME


def test_a_rank_that_depends_on_the_method_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """search is dearer than web as configured (42 against 19), web is in proportion to cost (30 against 20)."""
    company = opened(tmp_path, monkeypatch)
    ranks = {one.name: (one.configured, one.best, one.worst) for one in sensitivity_views.ranks(company, "2024-05")}
    assert ranks == {"search": (1, 1, 2), "web": (2, 1, 2)}
    assert sensitivity_views.rank_changes(company, "2024-05") == [
        "search is number 1 by cost per user as configured, and between number 1 and number 2 by method.",
        "web is number 2 by cost per user as configured, and between number 1 and number 2 by method.",
    ]


def test_usage_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Usage of web 30 and search 10: ann makes half of web and all of search, 25, and ben the other 15.

    A purchase, an unused commitment, a pool and what nobody owns are no part of it.
    """
    more = cost(6, "web", category="Purchase") + cost(4, "web", status="Unused") + cost(5)
    company = opened(tmp_path, monkeypatch, bill_csv=BILL + more)
    assert values(company, "free.marginal", "paid.marginal") == [25, 15]


def test_without_pools_every_method_says_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is shared, so the range is a point, and its sentence says so; the only split is not computed again."""
    company = opened(tmp_path, monkeypatch, bill_csv=HEADER + cost(30, "web"), allocation_toml="")
    assert values(company, "product.web.low_method", "product.web.high_method") == [15, 15]
    allocations = sensitivity(company, "2024-05").allocations
    assert all(allocation is allocations[CONFIGURED] for allocation in allocations.values())
    assert "Paid users: USD 15.00 per user, however shared cost is split; usage alone is 15.00." in (
        sensitivity_views.sentences(report_of(company, "2024-05"))
    )


def test_sentences_and_rows_say_what_the_findings_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One row and one sentence for each tier and line; the rows are drawn as they are."""
    company = opened(tmp_path, monkeypatch)
    ranges = sensitivity_views.ranges(report_of(company, "2024-05"))
    assert ranges[0].row() == ("Free users", 50, 61, 61, 25)
    assert [one.name for one in ranges] == ["Free users", "Paid users", "search", "web"]
    assert sensitivity_views.sentences(report_of(company, "2024-05"))[0] == (
        "Free users: USD 61.00 per user as configured, between 50.00 and 61.00 by method; usage alone is 25.00."
    )
    measure = Measure("unit_cost", Formats.of("en_US", "USD"), "USD/user")
    chart = range_bars([one.row() for one in ranges], Caption("Split"), measure, apart="Usage alone")
    assert "search USD 42.00 per user as configured, 20.00 to 42.00" in chart.alt


def test_nobody_on_a_tier_and_too_few_users_are_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without subscriptions all are free; a tier without users has no cost per user, whatever the method."""
    company = opened(tmp_path, monkeypatch, report_toml=REPORT)
    found = findings_of(company, "2024-05")
    for name in ("paid.low_method", "paid.high_method", "paid.marginal"):
        assert found[f"cost_per_user.{name}"].value is None
        assert str(found[f"cost_per_user.{name}"].reason).startswith("only 0 of the 1 users")
    # All 80 are the two free users', however the pool is split.
    assert values(company, "free.low_method", "free.high_method", "free.marginal") == [40, 40, 20]
    assert sensitivity_views.sentences(report_of(company, "2024-05"))[1].startswith("Paid users, not known: only 0 of")


def test_counts_alone_have_ranges_where_they_have_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The counts know all users and those of web: by tier nothing can be said, and why."""
    report = REPORT.replace('path = "activity.csv"', 'aggregate = "mau.csv"')
    counts = "month,tier,product_line,mau\n2024-05,,,10\n2024-05,,web,2\n"
    company = opened(tmp_path, monkeypatch, report_toml=report, mau_csv=counts)
    assert values(company, "low_method", "high_method", "product.web.high_method") == [8, 8, 30]
    found = findings_of(company, "2024-05")
    assert found["cost_per_user.free.marginal"].reason == "the counts have no row for this tier alone"
    assert [one.name for one in sensitivity_views.ranks(company, "2024-05")] == ["web"]


def test_the_month_before_is_found_by_name_and_end() -> None:
    """A slug passes from one line to another; ends of a range are not mixed up with each other or with the value."""

    def findings(slugs: dict[str, str], *three: int) -> dict[str, Estimate]:
        names = ("{}.low_method", "{}", "{}.high_method")
        return {
            f"cost_per_user.product.{name.format(slug)}": Estimate(Decimal(value + number), label=label)
            for number, (label, slug) in enumerate(slugs.items())
            for name, value in zip(names, three, strict=True)
        }

    now = with_previous(findings({"A b": "a-b", "a-b": "a-b-d44362"}, 100, 200, 300), findings({"a-b": "a-b"}, 1, 2, 3))
    assert {name: one.previous for name, one in now.items() if one.label == "A b"} == {
        "cost_per_user.product.a-b.low_method": None,
        "cost_per_user.product.a-b": None,
        "cost_per_user.product.a-b.high_method": None,
    }
    assert {name: one.previous for name, one in now.items() if one.label == "a-b"} == {
        "cost_per_user.product.a-b-d44362.low_method": 1,
        "cost_per_user.product.a-b-d44362": 2,
        "cost_per_user.product.a-b-d44362.high_method": 3,
    }
