"""The outlook of whole companies: names that are always there, what is kept, plans, targets, pages and page one."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from test_summary import ROLES, facts
from three_lines import HEADER, REPORT, call, write

from unitcost import identity, outlook, outlook_views
from unitcost.company import Company
from unitcost.metrics.months import month_after
from unitcost.report import page_outlook
from unitcost.report.formats import Formats
from unitcost.report.page import Page
from unitcost.report.tables import Unknown
from unitcost.report.text import Names

FIRST = "2022-01"


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("UNITCOST_CACHE", str(tmp_path / "store"))
    return tmp_path / "store"


def company(folder: Path, count: int, report: str = REPORT, **files: str) -> Path:
    """So many months, each a row of usage and one of a fee; users and use grow by 2 % and a little unevenly."""
    month, bills, counts = FIRST, [], ["month,mau"]
    for number in range(count):
        later = month_after(month)
        users = 1000 + 20 * number + 7 * (number % 5)
        for category, amount in (("Usage", f"{users * 3 + 11 * (number % 3)}"), ("Purchase", "500")):
            bills.append(f"{amount},{amount},USD,{month}-01,{month}-01,{later}-01,{category},EC2,AWS\n")
        counts.append(f"{month},{users}")
        month = later
    mau = "\n".join(counts) + "\n"
    return write(folder, bill_csv=HEADER + "".join(bills), mau_csv=mau, report_toml=report, **files)


def last_month(count: int) -> str:
    month = FIRST
    for _ in range(count - 1):
        month = month_after(month)
    return month


@pytest.mark.parametrize("count", [1, 8, 14, 26, 40])
def test_twelve_months_ahead_are_always_there(tmp_path: Path, count: int) -> None:
    """Through the command, for histories of every length: an ordered interval or a reason, and the same text again."""
    report, month = company(tmp_path / "c", count), last_month(count)
    code, text, err = call("findings", month, "--config", report, "--json")
    assert (code, err) == (0, "") or code == 0
    found = json.loads(text)["findings"]
    names = [name for name in found if name.startswith("forecast.")]
    assert len(names) == 36
    assert min(name[-7:] for name in names) == month_after(month)
    for name in names:
        one = found[name]
        if one["value"] is None:
            assert one["reason"]
            continue
        assert Decimal(one["low"]) <= Decimal(one["value"]) <= Decimal(one["high"])
        assert one["level"] == "0.8"
    assert call("findings", month, "--config", report, "--json")[1] == text


def test_fixed_cost_is_what_the_bridge_calls_fixed(tmp_path: Path) -> None:
    """The fee of 500 a month, of cost that is use × 3 and the fee."""
    it = Company.open(company(tmp_path / "c", 14))
    rows = outlook.past_months(it, "2022-12")
    assert [row.month for row in rows][-1] == "2022-12"
    assert {row.fixed for row in rows} == {Decimal(500)}
    assert rows[0].cost == 3500
    parts = outlook.outlook(it, "2023-02").parts
    assert {fixed for _, fixed in parts} == {Decimal(500)}


def test_what_was_forecast_a_month_ago_is_previous(tmp_path: Path) -> None:
    """The same month ahead, seen from the month before; the farthest was not seen then."""
    it = Company.open(company(tmp_path / "c", 14))
    now, before = it.findings("2023-02"), it.findings("2023-01")
    assert now["forecast.mau.2023-06"].previous == before["forecast.mau.2023-06"].value
    assert now["forecast.mau.2024-02"].previous is None


def test_an_outlook_is_computed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the store the second time, to the last digit; another target asks anew."""
    report = company(tmp_path / "c", 14)
    first = outlook.outlook(Company.open(report), "2023-02")

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("it was computed again")

    monkeypatch.setattr(outlook, "forecast", refuse)
    assert outlook.outlook(Company.open(report), "2023-02") == first
    report.write_text(REPORT + '[targets]\ncost_per_user = { "2023-05" = 3.4 }\n')
    with pytest.raises(AssertionError, match="again"):
        outlook.outlook(Company.open(report), "2023-02")


# Plan


def test_a_plan_is_drawn_and_part_of_the_run(tmp_path: Path) -> None:
    """It is beside the forecast, among the inputs, and another plan is another run; its order is not."""
    plan = "month,scope_cost,mau\n2023-03,4700,1300\n2023-02,4600,1280\n"
    report = company(tmp_path / "c", 14, REPORT + '[plan]\npath = "plan.csv"\n', plan_csv=plan)

    def run() -> str:
        return identity.run_id(Company.open(report), "2023-02", scenario="base", status="final", roles=["cfo"])

    it = Company.open(report)
    assert outlook.planned(it, "mau") == {"2023-02": 1280, "2023-03": 1300}
    by_label = {series.label: series for series in outlook_views.fans(it, "2023-02")}
    assert by_label["Cost in scope"].target == {"2023-02": Decimal(4600), "2023-03": Decimal(4700)}
    assert by_label["Cost in scope"].aim == "Plan"
    assert ("plan", 2) in [(one.kind, one.rows) for one in identity.inputs(it, "2023-02")]
    first = run()
    (tmp_path / "c" / "plan.csv").write_text("month,scope_cost,mau\n2023-02,4600.0,1280\n2023-03,4700,1300\n")
    assert run() == first
    (tmp_path / "c" / "plan.csv").write_text("month,scope_cost,mau\n2023-02,4601,1280\n2023-03,4700,1300\n")
    assert run() != first


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        ("month,scope_cost\n2023-03,1\n", "'mau' is missing"),
        ("month,scope_cost,mau\n2023-3,1,1\n", "plan.csv, line 2, column month"),
        ("month,scope_cost,mau\n2023-03,dear,1\n", "plan.csv, line 2, column scope_cost"),
        ("month,scope_cost,mau\n2023-03,1,0\n", "plan.csv, line 2, column mau"),
        ("month,scope_cost,mau\n2023-03,1,\n", "plan.csv, line 2, column mau"),
        ("month,scope_cost,mau\n2023-03,1,1\n2023-03,2,1\n", "Two plans for 2023-03"),
    ],
)
def test_a_plan_that_is_none_is_refused_with_its_place(tmp_path: Path, plan: str, said: str) -> None:
    """Exit 3 with file, line and column."""
    report = company(tmp_path / "c", 2, REPORT + '[plan]\npath = "plan.csv"\n', plan_csv=plan)
    code, _, err = call("findings", "2022-02", "--config", report)
    assert code == 3
    assert said in err
    assert len(err.splitlines()) <= 15


# Pages


def test_views_say_what_the_findings_say(tmp_path: Path) -> None:
    """Table, headline, backtest and targets of a company with 26 months."""
    report = REPORT + '[targets]\ncost_per_user = { "2024-06" = 99, "2024-07" = 0.01 }\n'
    it = Company.open(company(tmp_path / "c", 26, report))
    month = "2024-02"
    findings = it.findings(month)
    assert findings["target.gap"].method.endswith("2024-06, 99")
    rows, columns = outlook_views.expected_table(it, month)
    assert [len(row) for row in rows] == [len(columns)] * 6
    assert rows[0][1] == round(Decimal(str(findings["forecast.cost_per_user.2024-03"].value)), 6)
    assert outlook_views.headline(it, month).startswith("Cost per user is expected")
    assert "seasonal ETS" in outlook_views.notes(it, month)[0]
    aims, _ = outlook_views.aims_table(it, month)
    assert [row[3] for row in aims] == [1, 0]
    scores, _ = outlook_views.backtest_table(it, month)
    assert [row[0] for row in scores] == ["Cost per user", "Cost in scope", "Monthly active users"]
    assert outlook_views.events_table(it, month)[0] == []


def test_with_one_month_pages_show_nothing_ahead(tmp_path: Path) -> None:
    """No headline, no fan, and every cell of the table with its reason."""
    it = Company.open(company(tmp_path / "c", 1))
    assert outlook_views.headline(it, FIRST) == ""
    assert outlook_views.fans(it, FIRST) == []
    assert outlook_views.backtest_headline(it, FIRST) == ""
    assert outlook_views.notes(it, FIRST) == []
    rows, _ = outlook_views.expected_table(it, FIRST)
    assert all(isinstance(row[place], Unknown) for row in rows for place in (1, 4, 7))


def test_known_commitments_of_the_sample_company_are_listed_and_not_counted(sample_company: Path) -> None:
    """In May 2024: the savings plan until 1 February 2025 and the reservations until 1 April, with what they save."""
    it = Company.open(sample_company / "report.toml")
    events = outlook.known_events(it, "2024-05")
    assert [event.month for event in events] == ["2025-02", "2025-04"]
    assert all(event.at_stake and event.at_stake > 0 and not event.is_counted for event in events)
    rows, _ = outlook_views.events_table(it, "2024-05")
    assert {row[2] for row in rows} == {"counted as renewed"}


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        ("3.414", "4.126", "By May 2025 cost per user is expected between USD 3.41 and 4.13."),
        ("3.414", "3.4141", "By May 2025 cost per user is expected to be USD 3.41."),
        ("0.0042", "0.0061", "By May 2025 cost per user is expected between USD 0.00420 and 0.00610."),
        (None, None, None),
    ],
)
def test_page_one_looks_a_year_ahead(low: str | None, high: str | None, said: str | None) -> None:
    """A short sentence with the range, from the digits that tell its ends apart; nothing where it is unknown."""
    about = facts("3.9")
    finding = {"value": low, "low": low, "high": high, "unit": "USD/user", "previous": None, "reason": None}
    about.findings["forecast.cost_per_user.2025-05"] = finding  # type: ignore[index]
    page = Page(about, Formats.of("en_US", "USD"), Names())
    assert (page_outlook.expected(page) or "").replace("\xa0", " ") == (said or "")


def test_without_a_forecast_page_one_says_nothing_of_the_future() -> None:
    """An older set has no such finding."""
    assert page_outlook.expected(Page(facts("3.9"), Formats.of("en_US", "USD"), Names())) is None


def test_readers_get_their_sections() -> None:
    """CFO: outlook, events and backtest; CTO: outlook and anomalies; VP Engineering: anomalies."""
    wanted = {
        "cfo": {"outlook", "known-events", "backtest"},
        "cto": {"outlook", "anomalies"},
        "vp-engineering": {"anomalies"},
    }
    for role, sections in wanted.items():
        assert sections <= set(ROLES[role].sections)
    assert "outlook" in ROLES["cfo"].statements
