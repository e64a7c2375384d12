"""Cost anomalies: hand values, what is planted in noise and in the sample company, and silence where nothing is."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from material.three_lines import HEADER, write

from unitcost.analyses.anomalies import inputs as day_costs
from unitcost.analyses.anomalies.anomalies import Judged, anomalies, anomaly_findings
from unitcost.analyses.anomalies.control_chart import LEAST, _scale, chart, discoveries, p_values, tail
from unitcost.analyses.findings import findings as findings_of
from unitcost.analyses.opening import open_company
from unitcost.numbers.months import by_day
from unitcost.storage.kept import kept

FIRST = dt.date(2024, 1, 1)
DAYS = 152  # to 2024-05-31
DATES = [FIRST + dt.timedelta(day) for day in range(DAYS)]
JUDGED = slice(DATES.index(dt.date(2024, 4, 28)), DATES.index(dt.date(2024, 5, 29)))
SIGMA = 15.0


def week(seed: int = 1, sigma: float = SIGMA) -> np.ndarray:
    """A cost a day with growth, a week's pattern and noise."""
    place = np.arange(DAYS)
    noise = np.random.default_rng(seed).normal(0, sigma, DAYS)
    return np.asarray(500 + 0.3 * place + 40 * np.sin(2 * np.pi * place / 7) + noise)


def found(costs: np.ndarray) -> Judged:
    return anomalies({("EC2", "web"): costs.tolist()}, DATES, [1.0] * DAYS)


def at(day: str) -> int:
    return DATES.index(dt.date.fromisoformat(day))


# By hand


def test_the_scale_is_that_of_the_textbooks_robust_z() -> None:
    """1, 2, 3, 4, 100: median 3, MAD 1, so z is 0.6745 × 97 = 65.43; where the MAD is 0 there is no scale."""
    assert (100 - 3) / _scale(np.array([1.0, 2, 3, 4, 100])) == pytest.approx(65.43, abs=0.005)
    assert _scale(np.array([3.0, 3, 3, 3, 100])) == 0


def test_false_discoveries_are_counted_as_benjamini_and_hochberg_do() -> None:
    """Their example of 1995: of 15 p-values, four at 5 %."""
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528,
         0.7590, 1.0]  # fmt: skip
    assert discoveries(p) == [True] * 4 + [False] * 11
    assert discoveries([]) == []


# Planted in noise


def test_a_spike_of_five_deviations_is_found_on_its_day() -> None:
    """In most of fifty noises, and nothing else with it; its money is what was planted, give or take the noise."""
    hits = 0
    for seed in range(50):
        costs = week(seed)
        costs[at("2024-05-14")] += 5 * SIGMA
        named = found(costs).anomalies
        hits += any(one.first <= dt.date(2024, 5, 14) <= one.last for one in named)
    assert hits >= 42
    costs = week(3)
    costs[at("2024-05-14")] += 20 * SIGMA
    one = found(costs).anomalies[0]
    assert (one.first, one.last, one.days, one.state) == (dt.date(2024, 5, 14),) * 2 + (1, "ended")
    assert float(one.money) == pytest.approx(20 * SIGMA, abs=4 * SIGMA)


def test_a_new_level_of_four_deviations_is_dated_where_it_begins() -> None:
    """Within three days; it stays, or is still on where the month ends with it."""
    near = 0
    for seed in range(50):
        costs = week(seed)
        costs[at("2024-05-10") :] += 4 * SIGMA
        near += any(abs((one.first - dt.date(2024, 5, 10)).days) <= 3 for one in found(costs).anomalies)
    assert near >= 45
    costs = week(4)
    costs[at("2024-05-02") :] += 12 * SIGMA
    one = found(costs).anomalies[0]
    assert (one.first, one.state) == (dt.date(2024, 5, 2), "stayed")
    costs = week(4)
    costs[at("2024-05-20") :] += 12 * SIGMA
    one = found(costs).anomalies[0]
    assert (one.first, one.last, one.state) == (dt.date(2024, 5, 20), dt.date(2024, 5, 28), "still on")


def test_a_day_is_judged_once_three_later_days_are_there() -> None:
    """The last three days of the month wait for the next one, which judges them then."""
    costs = week(5)
    costs[at("2024-05-29")] += 50 * SIGMA
    assert found(costs).anomalies == ()
    costs = week(5)
    costs[at("2024-04-28")] += 50 * SIGMA
    result = found(costs)
    assert [one.first for one in result.anomalies] == [dt.date(2024, 4, 28)]
    assert (result.first, result.last) == (dt.date(2024, 4, 28), dt.date(2024, 5, 28))


def test_what_comes_on_the_same_day_of_every_month_is_usual() -> None:
    """A batch on the first of each month is none; the same amount on the ninth of one month is."""
    costs = week(6)
    for month in range(1, 6):
        costs[at(f"2024-{month:02d}-01")] += 20 * SIGMA
    assert found(costs).anomalies == ()
    costs[at("2024-05-09")] += 20 * SIGMA
    assert [one.first for one in found(costs).anomalies] == [dt.date(2024, 5, 9)]


def test_days_in_a_row_are_one_anomaly_and_opposite_ones_are_two() -> None:
    """Ranked by money, whatever its sign."""
    costs = week(7)
    costs[at("2024-05-06") : at("2024-05-10")] += 15 * SIGMA
    costs[at("2024-05-20")] -= 30 * SIGMA
    two = found(costs).anomalies
    assert [(one.first.day, one.last.day, one.money > 0) for one in two] == [(6, 9, True), (20, 20, False)]
    assert abs(two[0].money) > abs(two[1].money)


def test_users_who_come_and_go_are_no_anomaly() -> None:
    """Twice the users at twice the cost."""
    costs, users = week(8), np.ones(DAYS)
    costs[at("2024-05-05") :] *= 2
    users[at("2024-05-05") :] = 2
    assert anomalies({("EC2", "web"): costs.tolist()}, DATES, users.tolist()).anomalies == ()


# Silence


def test_noise_of_a_thousand_days_is_hardly_ever_flagged() -> None:
    """At most five days in the mean of ten noises."""
    flags = []
    for seed in range(10):
        made = chart(100 + 15 * np.random.default_rng(seed).normal(size=1000))
        assert made is not None
        flags.append(sum(discoveries(p_values(made.z[LEAST:], made.errors).tolist())))
    assert np.mean(flags) <= 5


def test_a_calm_company_is_left_in_peace() -> None:
    """At most one anomaly a quarter per thousand days and series of noise."""
    count = days = 0
    for seed in range(8):
        costs = {(f"service {number}", "web"): week(100 * seed + number).tolist() for number in range(33)}
        judged = anomalies(costs, DATES, [1.0] * DAYS)
        count += len(judged.anomalies)
        days += 31 * judged.series
    assert count <= days / 1000


@pytest.mark.parametrize("kind", ["skewed", "heavy", "counts"])
def test_wild_noise_is_no_anomaly_and_an_accident_in_it_is(kind: str) -> None:
    """Lognormal with 10 %, Student's t with 5 degrees, counts: as calm as normal noise; four dear days are first."""
    count = days = 0
    for seed in range(4):
        chance = np.random.default_rng(1_000 + seed)
        costs = {(f"service {number}", "web"): wild(kind, chance).tolist() for number in range(20)}
        judged = anomalies(costs, DATES, [1.0] * DAYS)
        count += len(judged.anomalies)
        days += 31 * judged.series
        begins = at("2024-05-14")
        for day in range(begins, begins + 4):
            costs["service 4", "web"][day] *= 4
        first = anomalies(costs, DATES, [1.0] * DAYS).anomalies[0]
        assert (first.service, first.first) == ("service 4", dt.date(2024, 5, 14))
        assert first.days in (3, 4)
    assert count <= days / 1000


def wild(kind: str, chance: np.random.Generator) -> np.ndarray:
    """A cost a day around 500 whose noise is not normal."""
    calm = week(sigma=0)
    if kind == "counts":
        return np.asarray(chance.poisson(calm / 20) * 20.0)
    noise = chance.normal(0, 0.1, DAYS) if kind == "skewed" else 0.05 * chance.standard_t(5, DAYS)
    return np.asarray(calm * np.exp(noise))


def test_tails_are_only_as_heavy_as_they_surely_are() -> None:
    """Student's t with 4 degrees is taken for one of 4 or 5, normal noise for itself, and few days for hardly more."""
    chance = np.random.default_rng(5)
    assert tail(np.abs(chance.standard_t(4, 20_000))).freedom in (4.0, 5.0)
    assert tail(np.abs(chance.normal(size=20_000))).freedom >= 30
    assert tail(np.abs(chance.normal(size=20_000))).stretch == pytest.approx(1, abs=0.02)
    assert tail(2 * np.abs(chance.normal(size=20_000))).stretch == pytest.approx(2, rel=0.05)
    assert tail([0.5, 0.6, 0.7, 9.0]).freedom >= 15
    assert tail([]) == tail([0.0] * 40) == (1.0, math.inf)


def test_a_series_that_stands_still_has_no_scale_and_no_anomaly() -> None:
    """Constant, constant but for a day, mostly nothing: none, and no division by a MAD of 0."""
    for costs in (np.full(DAYS, 7.0), np.zeros(DAYS), np.where(np.arange(DAYS) == at("2024-05-14"), 900.0, 7.0)):
        assert found(costs) == Judged((), dt.date(2024, 4, 28), dt.date(2024, 5, 28), 0)


def test_too_short_a_history_is_said() -> None:
    """55 days of the 56 that are needed."""
    short = anomalies({("EC2", "web"): week()[:55].tolist()}, DATES[:55], [1.0] * 55)
    finding = anomaly_findings(short, "USD")["anomalies.count"]
    assert (finding.value, finding.reason) == (None, "there are 55 days of usage by day, and 56 are needed")


# Whole companies


def test_the_log_accident_of_the_sample_company_is_the_first_anomaly(sample_company: Path) -> None:
    """Harborlight Logs, 9 to 17 April 2024, six times as much: five times the usual too much, by quantity, and over."""
    company = open_company(sample_company / "report.toml")
    first, *_ = day_costs.judged(company, "2024-04").anomalies
    assert (first.service, first.owner) == ("Harborlight Logs", "observability")
    assert (first.first, first.last, first.days) == (dt.date(2024, 4, 9), dt.date(2024, 4, 17), 9)
    assert float(first.share or 0) == pytest.approx(5, rel=0.1)  # staging is in the series and not in the accident
    assert first.state == "ended"
    moved = day_costs.driver(company, "2024-04", first)
    assert moved is not None
    assert (moved.what, moved.name) == ("quantity", "Log ingestion in all regions")
    findings = findings_of(company, "2024-04")
    assert findings["anomalies.count"].value == 1
    assert findings["anomalies.money"].value == first.money
    assert findings_of(company, "2024-05")["anomalies.count"].previous == 1


def test_the_spot_move_of_the_sample_company_is_a_new_level_by_price(sample_company: Path) -> None:
    """Search workers from 11 March 2024 on: cheaper, and stayed so."""
    company = open_company(sample_company / "report.toml")
    first = day_costs.judged(company, "2024-03").anomalies[0]
    assert (first.service, first.owner, first.state) == ("Amazon EC2", "search", "stayed")
    assert dt.date(2024, 3, 11) <= first.first <= dt.date(2024, 3, 14)
    assert first.money < 0
    moved = day_costs.driver(company, "2024-03", first)
    assert moved is not None
    assert moved.what == "price"


def test_bills_by_the_month_have_no_days(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A charge for a month says nothing about a day."""
    monkeypatch.setenv("UNITCOST_CACHE", str(tmp_path / "store"))
    report = '[report]\ncompany = "C"\n[costs]\npaths = ["bill.csv"]\n[activity]\naggregate = "mau.csv"\n'
    rows = [f"12,12,USD,2024-0{m}-01,2024-0{m}-01,2024-0{m + 1}-01,Usage,EC2,AWS\n" for m in (1, 2, 3)]
    counts = "month,mau\n2024-01,50\n2024-02,50\n2024-03,50\n"
    folder = write(tmp_path, bill_csv=HEADER + "".join(rows), mau_csv=counts, report_toml=report)
    finding = findings_of(open_company(folder), "2024-03")["anomalies.count"]
    assert (finding.value, finding.reason) == (None, day_costs.NO_USAGE)


def test_users_of_a_day_lie_on_a_line_between_the_middles_of_months() -> None:
    """100 in January, 130 in February: on 30 January, fifteen of thirty-one days on, 100 + 30 × 15 ÷ 31."""
    days = [dt.date(2024, 1, 3), dt.date(2024, 1, 15), dt.date(2024, 1, 30), dt.date(2024, 2, 15), dt.date(2024, 2, 29)]
    users = by_day({"2024-01": 100.0, "2024-02": 130.0}, days)
    assert users == pytest.approx([100, 100, 100 + 30 * 15 / 31, 130, 130])
    assert math.isclose(by_day({"2024-01": 7.0}, days[:1])[0], 7)


def test_what_is_kept_is_what_was_found(sample_company: Path, tmp_path: Path) -> None:
    """Through JSON and back, every decimal and date."""
    judged = day_costs.judged(open_company(sample_company / "report.toml"), "2024-04")
    assert [kept(tmp_path, ["question"], lambda: judged, Judged) for _ in range(2)] == [judged, judged]
    assert isinstance(judged.anomalies[0].money, Decimal)
