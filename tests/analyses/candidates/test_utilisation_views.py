"""What pages say about machines and commitments: true sentences, short lists, and a curve with its lowest point."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from unitcost.analyses.candidates import views
from unitcost.analyses.candidates.candidates import Candidates, Idle, Left, Oversized, Size
from unitcost.analyses.commitments import charts as commitment_charts
from unitcost.analyses.commitments import hourly as commitment
from unitcost.analyses.commitments import views as commitment_views
from unitcost.analyses.commitments.charts import Chosen, cost_curve
from unitcost.analyses.commitments.hourly import per_hour_cost
from unitcost.analyses.opening import open_company
from unitcost.display.charts import Caption, Measure
from unitcost.display.formats import Formats
from unitcost.month.company import Company

D = Decimal
NONE = Left(0, D(0))
MONTH = "2024-05"
WORKERS = {"Tags.product": "search", "SkuMeter": "Instance", "RegionId": "us-east-1", "ChargeDescription": "c5.2*"}
MEASURE = Measure("money", Formats.of("en_US", "USD"), "USD")


@pytest.fixture(scope="module")
def company(sample_company: Path) -> Company:
    return open_company(sample_company / "report.toml")


def many(idle: int = 0, oversized: int = 0, **more: Left) -> Candidates:
    """Candidates with 10, 11, … a month."""
    size, smaller = Size(D(4), D(16)), Size(D(2), D(8))
    return Candidates(
        tuple(Idle(f"aws/i-{n}", 31, D("0.01"), D(10 + n)) for n in range(idle)),
        tuple(
            Oversized(f"aws/b-{n}", 31, D("0.2"), D("0.3"), size, smaller, D(20 + n), D(10 + n))
            for n in range(oversized)
        ),
        **{"short": NONE, "unsized": NONE, "covered": NONE, **more},
        hourly=D(400),
        measured=D(100),
    )


def test_the_sample_company_s_machines_are_found(company: Company) -> None:
    """Exactly the planted ones, and the nodes measured for twelve days are not judged."""
    found = views.found(company, MONTH)
    rows, columns = views.oversized_table(company, found)
    assert [row[0] for row in rows] == ["nn-web-db", "nn-search-workers-eu", "nn-aurora-web"]
    assert [row[3] for row in rows] == ["8 → 4", "8 → 2", "4 → 2"]
    assert [row[0] for row in views.idle_table(company, found)[0]] == [
        "nn-search-staging-virtual-machine",
        "nn-bastion",
    ]
    assert len(columns) == len(rows[0])
    # db.r5.2xlarge: three of them at 1.00 less 4 % in 744 hours.
    assert rows[0][5:] == [D("2142.72"), D("1071.36")]
    said = views.limits(company, found)
    assert said[1] == "Not judged: 1 machine (USD 477.11) measured on fewer than 14 days at the latest size."
    assert views.found(company, "2023-05") is None


def test_sentences_fit_the_number(company: Company) -> None:
    """One machine is, several are; without any there is nothing to say."""
    assert views.oversized_headline(company, many(oversized=1)) == "1 machine is too large by USD 10.00 a month"
    assert views.oversized_headline(company, many(oversized=2)) == "2 machines are too large by USD 21.00 a month"
    assert views.idle_headline(company, many(idle=1)) == "1 machine looks idle, at USD 10.00 a month"
    assert views.idle_headline(company, many(idle=2)) == "2 machines look idle, at USD 21.00 a month"
    assert views.oversized_headline(company, many(short=Left(2, D(9)))) == "2 machines cannot be judged by size"
    assert views.oversized_headline(company, many()) == views.idle_headline(company, many()) == ""
    assert views.oversized_headline(company, None) == views.idle_headline(company, None) == ""
    assert views.limits(company, None) == []
    assert "below 80%" in views.rules(company)[0]
    assert "below 5%" in views.rules(company)[1]


def test_long_lists_end_in_a_sum(company: Company) -> None:
    """Twelve rows, and one for all others."""
    rows, _ = views.idle_table(company, many(idle=15))
    assert (len(rows), rows[-1]) == (13, ["3 more", None, None, D(22 + 23 + 24)])
    rows, _ = views.oversized_table(company, many(oversized=14))
    assert (len(rows), rows[-1][0], rows[-1][5:]) == (13, "2 more", [D(32 + 33), D(22 + 23)])


def test_what_is_not_judged_is_said_with_its_money(company: Company) -> None:
    """By reason; nothing is said of what there is none of."""
    said = views.limits(company, many(unsized=Left(2, D(5)), covered=Left(1, D(0))))
    assert said == [
        "Measured: 25.0% of what is priced by the hour, on demand or on spot.",
        "Not judged: 2 machines (USD 5.00) without memory or size.",
        "Not judged: 1 machine paid by commitments as a whole, so that nothing would be saved.",
    ]


def test_names_are_short_where_they_stay_apart() -> None:
    """The last part of an id, or the whole id for two that would read the same."""
    assert views.short_names(["a:1/vm", "a:1/db"]) == {"a:1/vm": "vm", "a:1/db": "db"}
    assert views.short_names(["a/vm", "b/vm", "plain"]) == {"a/vm": "a/vm", "b/vm": "b/vm", "plain": "plain"}


def test_the_workers_of_the_sample_company_are_committed_by_the_hour(company: Company) -> None:
    """The best amount lies inside its interval; half of the load is half of it; daily rows tell none, and say so."""
    thirty = D("0.3")
    known = commitment_views.committed(company, MONTH, WORKERS, thirty)
    assert (list(known.by_provider), known.reason) == (["AWS"], "")
    best, load = known.by_provider["AWS"], known.hours["AWS"]
    within = sum(hour <= best.per_hour for hour in load)
    assert D(within) / len(load) >= thirty > D(within - 1) / len(load)
    assert best.low is not None and best.high is not None and best.low <= best.per_hour <= best.high
    half = commitment_views.committed(company, MONTH, WORKERS, thirty, share=D("0.5")).by_provider["AWS"]
    assert half.per_hour * 2 == best.per_hour
    too_much = commitment_views.committed(company, MONTH, WORKERS, thirty, per_hour=D(10)).by_provider["AWS"]
    assert too_much.saving < 0
    compute = commitment_views.committed(company, MONTH, {"ServiceCategory": "Compute"}, thirty)
    assert compute.by_provider == {} and "billed by the hour" in compute.reason
    several = commitment_views.committed(company, MONTH, {"ServiceCategory": "Compute"}, thirty, per_hour=D(1))
    assert several.reason == commitment.several(["AWS", "Microsoft"])
    assert 'such as ProviderName = "AWS"' in several.reason
    nobody = commitment_views.committed(company, MONTH, {"ServiceName": "Nothing"}, thirty)
    assert nobody.reason == "no on-demand use matches in the month"
    rows, columns = commitment_views.commitment_table(company, known)
    assert len(rows[0]) == len(columns)
    assert rows[0][2] == best.per_hour
    chart = commitment_views.commitment_curve(company, known, "AWS", thirty)
    said = re.search(r"lowest USD ([0-9.]+) per hour at ([0-9.]+)", chart.alt)
    assert said, chart.alt
    cost = per_hour_cost(best, len(load))
    assert [D(text) for text in said.groups()] == [n.quantize(D("0.001")) for n in (cost, best.per_hour)]


def test_a_curve_shows_its_lowest_point() -> None:
    """The numbers of both ends, of the point and of its range are said and drawn."""
    points = [(D(0), D(70)), (D(40), D(54)), (D(100), D(60))]
    chart = cost_curve(
        points, Chosen(D(40), D(54), D(38), D(44)), Caption("Cost"), MEASURE, amount="Committed", nothing="On demand"
    )
    assert chart.alt == (
        "A curve of cost: On demand USD 70.00; lowest USD 54.00 at 40.00, likely between 38.00 and 44.00; "
        "USD 60.00 at 100.00."
    )
    words = re.findall(r">([^<>]+)</text>", chart.svg_text)
    assert {"54.00 at 40.00", "likely 38.00 to 44.00", "On demand: 70.00", "Committed"} <= {
        word.strip() for word in words
    }


def test_a_curve_without_a_range_or_with_a_flat_one_is_drawn() -> None:
    """A range of one point is a thin line; no range is none."""
    points = [(D(0), D(0)), (D(0), D(0))]
    assert cost_curve(points, Chosen(D(0), D(0)), Caption("Cost"), MEASURE, amount="x").svg
    flat = cost_curve([(D(0), D(7)), (D(9), D(3))], Chosen(D(9), D(3), D(9), D(9)), Caption("C"), MEASURE, amount="x")
    assert "likely between 9.00 and 9.00" in flat.alt


def test_curves_that_are_none_are_refused() -> None:
    """One point, a range that runs downwards, floats."""
    two = [(D(0), D(7)), (D(9), D(3))]
    with pytest.raises(ValueError, match="two points"):
        cost_curve(two[:1], Chosen(D(0), D(7)), Caption("C"), MEASURE, amount="x")
    with pytest.raises(ValueError, match="runs from 5 down to 4"):
        cost_curve(two, Chosen(D(9), D(3), D(5), D(4)), Caption("C"), MEASURE, amount="x")
    with pytest.raises(TypeError):
        cost_curve([(0.5, D(1)), two[1]], Chosen(D(9), D(3)), Caption("C"), MEASURE, amount="x")  # type: ignore[list-item]
    assert "cost_curve" in commitment_charts.__all__
