"""The outlook of whole companies: names that are always there, what is kept, plans, targets, pages and page one."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from material.page_facts import ROLES, facts
from material.three_lines import HEADER, REPORT, call, write

from unitcost.analyses.findings import findings as findings_of
from unitcost.analyses.opening import open_company
from unitcost.analyses.outlook import inputs as outlook
from unitcost.analyses.outlook import sentences as page_outlook
from unitcost.analyses.outlook import views as outlook_views
from unitcost.display.formats import Formats
from unitcost.display.page import Page
from unitcost.display.tables import Unknown
from unitcost.display.text import Names
from unitcost.numbers.estimate import Estimate
from unitcost.numbers.months import month_after
from unitcost.publishing import run_id as identity

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
    it = open_company(company(tmp_path / "c", 14))
    rows = outlook.past_months(it, "2022-12")
    assert [row.month for row in rows][-1] == "2022-12"
    assert {row.fixed for row in rows} == {Decimal(500)}
    assert rows[0].cost == 3500
    parts = outlook.outlook(it, "2023-02").parts
    assert {fixed for _, fixed in parts} == {Decimal(500)}


def test_what_was_forecast_a_month_ago_is_previous(tmp_path: Path) -> None:
    """The same month ahead, seen from the month before; the farthest was not seen then."""
    it = open_company(company(tmp_path / "c", 14))
    now, before = findings_of(it, "2023-02"), findings_of(it, "2023-01")
    assert now["forecast.mau.2023-06"].previous == before["forecast.mau.2023-06"].value
    assert now["forecast.mau.2024-02"].previous is None


def test_an_outlook_is_computed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the store the second time, to the last digit; another target asks anew."""
    report = company(tmp_path / "c", 14)
    first = outlook.outlook(open_company(report), "2023-02")

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("it was computed again")

    monkeypatch.setattr(outlook, "forecast", refuse)
    assert outlook.outlook(open_company(report), "2023-02") == first
    report.write_text(REPORT + '[targets]\ncost_per_user = { "2023-05" = 3.4 }\n')
    with pytest.raises(AssertionError, match="again"):
        outlook.outlook(open_company(report), "2023-02")


# Plan


def test_a_plan_is_drawn_and_part_of_the_run(tmp_path: Path) -> None:
    """It is beside the forecast, among the inputs, and another plan is another run; its order is not."""
    plan = "month,scope_cost,mau\n2023-03,4700,1300\n2023-02,4600,1280\n"
    report = company(tmp_path / "c", 14, REPORT + '[plan]\npath = "plan.csv"\n', plan_csv=plan)

    def run() -> str:
        return identity.run_id(open_company(report), "2023-02", scenario="base", status="final", roles=["cfo"])

    it = open_company(report)
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


# Known events

EVENTS = REPORT + '[outlook]\nevents = "events.csv"\n'


def test_what_a_company_knows_is_counted_from_its_month_on(tmp_path: Path) -> None:
    """A fee of 250 from April, use dearer by a tenth from June: cost as without them, and what they add."""
    told = "month,what,fixed_change,price_change\n2023-04,A contract,250,\n2023-06,List prices,,0.1\n2022-01,Past,9,\n"
    report = company(tmp_path / "with", 14, EVENTS, events_csv=told)
    plain_report = company(tmp_path / "without", 14)
    found, plain = (
        json.loads(call("findings", "2023-02", "--config", each, "--json")[1])["findings"]
        for each in (report, plain_report)
    )

    def cost(findings: dict[str, dict[str, str]], month: str) -> Decimal:
        return Decimal(findings[f"forecast.scope_cost.{month}"]["value"])

    assert cost(found, "2023-03") == cost(plain, "2023-03")
    assert cost(found, "2023-04") == pytest.approx(cost(plain, "2023-04") + 250)
    # The fee of 500 is fixed, so all else is use.
    assert cost(found, "2024-02") == pytest.approx((cost(plain, "2024-02") - 500) * Decimal("1.1") + 750)
    assert found["forecast.mau.2024-02"]["value"] == plain["forecast.mau.2024-02"]["value"]
    it = open_company(report)
    rows, columns = outlook_views.events_table(it, "2023-02")
    assert [len(row) for row in rows] == [len(columns)] * 2
    assert rows[0][:4] == ["April 2023", "A contract", "counted", None]
    assert rows[0][4] == 250
    assert rows[1][1:4] == ["List prices", "counted", Decimal("0.1")]
    assert rows[1][4] == pytest.approx((cost(plain, "2023-06") - 500) * Decimal("0.1"), rel=Decimal("1e-6"))
    assert outlook_views.events_headline(it, "2023-02") == "2 known events lie in the next twelve months"


def test_events_ahead_are_part_of_the_run_and_others_are_not(tmp_path: Path) -> None:
    """Their order, spelling of numbers and file do not count; an event long past or far away neither."""
    report = company(tmp_path / "c", 14, EVENTS, events_csv="")

    def run(events: str) -> str:
        (tmp_path / "c" / "events.csv").write_text("month,what,fixed_change,price_change\n" + events)
        return identity.run_id(open_company(report), "2023-02", scenario="base", status="final", roles=["cfo"])

    first = run("2023-04,A contract,250,\n2023-06,Prices,,0.1\n")
    assert run("2023-06,Prices,,0.10\n2023-04-01,A contract,250.0,\n2024-03,Far,1,\n2022-03,Past,1,\n") == first
    assert run("2023-04,A contract,251,\n2023-06,Prices,,0.1\n") != first
    assert run("2023-02,Counted a month ago,1,\n2023-04,A contract,250,\n2023-06,Prices,,0.1\n") != first


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ("month,what,fixed_change\n2023-03,Fee,1\n", "'price_change' is missing"),
        ("month,what,fixed_change,price_change\n2023-3,Fee,1,\n", "events.csv, line 2, column month"),
        ("month,what,fixed_change,price_change\n2023-03,,1,\n", "events.csv, line 2, column what"),
        ("month,what,fixed_change,price_change\n2023-03,Fee,dear,\n", "events.csv, line 2, column fixed_change"),
        ("month,what,fixed_change,price_change\n2023-03,Fee,,\n", "'Fee' changes nothing"),
        ("month,what,fixed_change,price_change\n2023-03,Fee,0,0\n", "'Fee' changes nothing"),
        ("month,what,fixed_change,price_change\n2023-03,Rise,,5\n", "write 5 % as 0.05"),
        ("month,what,fixed_change,price_change\n2023-03,Fall,,-1\n", "line 2, column price_change"),
        ("month,what,fixed_change,price_change\n2023-03,Fee,1,\n2023-03,Fee,2,\n", "of 2023-03 is there twice"),
    ],
)
def test_an_event_that_is_none_is_refused_with_its_place(tmp_path: Path, events: str, said: str) -> None:
    """Exit 3 with file, line and column, and how to write it."""
    report = company(tmp_path / "c", 2, EVENTS, events_csv=events)
    code, _, err = call("findings", "2022-02", "--config", report)
    assert code == 3
    assert said in err
    assert "events.csv" in err
    assert len(err.splitlines()) <= 15


def test_a_file_of_events_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Exit 3; and an unknown key is exit 2."""
    code, _, err = call("findings", "2022-02", "--config", company(tmp_path / "c", 2, EVENTS))
    assert (code, "No file matches 'events.csv'" in err) == (3, True)
    wrong = company(tmp_path / "d", 2, REPORT + '[outlook]\nevent = "events.csv"\n')
    code, _, err = call("findings", "2022-02", "--config", wrong)
    assert (code, "events" in err) == (2, True)


def test_an_event_before_anything_can_be_expected_is_listed_without_money(tmp_path: Path) -> None:
    """One month of data: no forecast, and the price change has no amount but a reason."""
    told = "month,what,fixed_change,price_change\n2022-04,Prices,,0.1\n"
    it = open_company(company(tmp_path / "c", 1, EVENTS, events_csv=told))
    rows, _ = outlook_views.events_table(it, FIRST)
    assert isinstance(rows[0][4], Unknown)


LEVER = """effort_budget_weeks = 4
[[lever]]
id = "smaller-machines"
kind = "rightsizing"
applies_to = { ServiceName = "EC2" }
coverage = 0.5
saving = 0.2
effort_weeks = 2
ramp_months = 2
source = "a review"
as_of = 2023-01-01
"""


def test_the_plan_of_record_is_drawn_beside_the_forecast_and_not_counted(tmp_path: Path) -> None:
    """A tenth of the month's cost from the second month on, half of it in the first; the findings are as without."""
    folder = tmp_path / "c"
    report = company(folder, 14, REPORT + '[scenarios]\npath = "scenarios"\n')
    (folder / "scenarios").mkdir()
    bare = {
        k: e for k, e in findings_of(open_company(report), "2023-02").items() if k.startswith(("forecast.", "target."))
    }
    (folder / "scenarios" / "base.toml").write_text(LEVER)
    it = open_company(report)
    findings = findings_of(it, "2023-02")
    assert {name: findings[name] for name in bare} == bare
    (action,) = outlook_views.actions(it, "2023-02")
    tenth = Decimal(str(findings["scope_cost"].value)) / 10
    assert action.what == "smaller machines, in full from April 2023"
    assert action.at_stake == pytest.approx(-tenth)
    course = outlook_views.with_actions(it, "2023-02", "scope_cost")
    expected = {m: Decimal(str(findings[f"forecast.scope_cost.{m}"].value)) for m in course}
    assert course["2023-03"] == pytest.approx(expected["2023-03"] - tenth / 2)
    assert course["2024-02"] == pytest.approx(expected["2024-02"] - tenth)
    per_user = outlook_views.with_actions(it, "2023-02", "cost_per_user")["2024-02"]
    assert per_user == pytest.approx(course["2024-02"] / Decimal(str(findings["forecast.mau.2024-02"].value)))
    fans = {series.label: series for series in outlook_views.fans(it, "2023-02")}
    assert fans["Cost in scope"].course == course
    assert fans["Monthly active users"].course is None
    rows, _ = outlook_views.events_table(it, "2023-02")
    assert [row[2] for row in rows] == ["not counted, drawn"]
    assert outlook_views.events_headline(it, "2023-02").endswith("months, and 1 action is chosen")


# Pages


def test_views_say_what_the_findings_say(tmp_path: Path) -> None:
    """Table, headline, backtest and targets of a company with 26 months."""
    report = REPORT + '[targets]\ncost_per_user = { "2024-06" = 99, "2024-07" = 0.01 }\n'
    it = open_company(company(tmp_path / "c", 26, report))
    month = "2024-02"
    findings = findings_of(it, month)
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
    it = open_company(company(tmp_path / "c", 1))
    assert outlook_views.headline(it, FIRST) == ""
    assert outlook_views.fans(it, FIRST) == []
    assert outlook_views.backtest_headline(it, FIRST) == ""
    assert outlook_views.notes(it, FIRST) == []
    rows, _ = outlook_views.expected_table(it, FIRST)
    assert all(isinstance(row[place], Unknown) for row in rows for place in (1, 4, 7))


def test_known_commitments_of_the_sample_company_are_listed_and_not_counted(sample_company: Path) -> None:
    """In May 2024: the savings plan until 1 February 2025 and the reservations until 1 April, with what they save."""
    it = open_company(sample_company / "report.toml")
    events = outlook.known_events(it, "2024-05")
    assert [event.month for event in events] == ["2025-02", "2025-04"]
    assert all(event.at_stake and event.at_stake > 0 and not event.is_counted for event in events)
    rows, _ = outlook_views.events_table(it, "2024-05")
    assert {row[2] for row in rows} == {"counted as renewed", "not counted, drawn"}
    chosen = findings_of(it, "2024-05")["levers.portfolio"].value
    assert len(rows) == 2 + len(chosen or ())
    assert {row[0] for row in rows if row[2] == "not counted, drawn"} == {"June 2024"}


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        ("3.414", "4.126", "Cost per user is expected between USD 3.41 and 4.13 in May 2025."),
        ("3.414", "3.4141", "Cost per user is expected to be USD 3.41 in May 2025."),
        ("0.0042", "0.0061", "Cost per user is expected between USD 0.00420 and 0.00610 in May 2025."),
        (None, None, None),
    ],
)
def test_page_one_looks_a_year_ahead(low: str | None, high: str | None, said: str | None) -> None:
    """A short sentence with the range, from the digits that tell its ends apart; nothing where it is unknown."""
    about = facts("3.9")
    ends = [None if end is None else Decimal(end) for end in (low, high)]
    finding = Estimate(ends[0], "USD/user", low=ends[0], high=ends[1], reason="no users" if low is None else None)
    findings = {**about.findings, "forecast.cost_per_user.2025-05": finding}
    page = Page(replace(about, findings=findings), Formats.of("en_US", "USD"), Names())
    assert (page_outlook.outlook(page) or "").replace("\xa0", " ") == (said or "")


def test_without_a_forecast_page_one_says_nothing_of_the_future() -> None:
    """An older set has no such finding."""
    assert page_outlook.outlook(Page(facts("3.9"), Formats.of("en_US", "USD"), Names())) is None


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
