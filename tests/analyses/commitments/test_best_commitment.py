"""The best hourly commitment: worked by hand, held against published figures and against trying every amount."""

from __future__ import annotations

from decimal import Decimal
from statistics import NormalDist

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unitcost.analyses.commitments import hourly as commitment
from unitcost.analyses.commitments.hourly import NOTHING, Load, best, curve, together, unusable, utilisation
from unitcost.analyses.commitments.hourly import given as evaluated

D = Decimal
FORTY = D("0.4")
MONTH = 28 * 24


def tiled(*day: str) -> list[Decimal]:
    """28 days, each with these hours."""
    return [D(hour) for _ in range(28) for hour in day]


def test_normal_loads_commit_at_the_published_quantile() -> None:
    """Use of N(100, 20) at 40 % off: 94.933 an hour and 67.727 instead of 100 (newsvendor)."""
    count = 24 * 5_000
    normal = NormalDist(100, 20)
    hours = [D(str(round(normal.inv_cdf((i + 0.5) / count), 9))) for i in range(count)]
    found = best(hours, FORTY)
    assert abs(found.per_hour - D("94.933")) < D("0.0015")
    assert abs(found.bill / count - D("67.727")) < D("0.0005")
    assert abs(found.saving / found.on_demand - D("0.32273")) < D("0.00001")
    at_mean = evaluated(hours, D(100), FORTY)
    assert abs(at_mean.bill / count - D("67.979")) < D("0.0005")


def test_constant_use_saves_the_whole_discount() -> None:
    """10 an hour, always: 10 committed, 672 × 4 saved, fully used, all covered, and no doubt about it."""
    found = best(tiled(*["10"] * 24), FORTY)
    assert (found.per_hour, found.low, found.high) == (10, 10, 10)
    assert (found.on_demand, found.saving, found.bill) == (6720, 2688, 4032)
    assert (utilisation(found, MONTH), found.coverage, found.floor) == (1, 1, 10)


def test_no_use_commits_to_nothing() -> None:
    """Nothing used: nothing committed, no shares of nothing."""
    found = best(tiled(*["0"] * 24), FORTY)
    assert (found.per_hour, found.saving, found.bill) == (0, 0, 0)
    assert (utilisation(found, MONTH), found.coverage) == (None, None)


def test_day_and_night_commit_to_the_night() -> None:
    """12 hours at 100 and 12 at 40: 40, an hour costs 54 instead of 70; at 100 it would cost 60 (published)."""
    hours = tiled(*["100"] * 12, *["40"] * 12)
    found = best(hours, FORTY)
    assert (found.per_hour, found.bill / MONTH, found.on_demand / MONTH) == (40, 54, 70)
    assert (utilisation(found, MONTH), found.coverage) == (1, D("0.571428571429"))
    assert evaluated(hours, D(100), FORTY).bill / MONTH == 60


def test_one_spike_is_left_on_demand() -> None:
    """One hour of 1000 among 671 of 5: 5, and the spike pays 995 on demand."""
    hours = [D(5)] * 671 + [D(1000)]
    found = best(hours, FORTY)
    assert (found.per_hour, found.bill) == (5, 672 * 3 + 995)
    # Even at a discount of 99.8 % (670.7 hours) the spike is not committed; at 99.9 % (671.3 hours) it is.
    assert best(hours, D("0.998")).per_hour == 5
    assert best(hours, D("0.999")).per_hour == 1000


def test_falling_use_commits_to_what_remains_long_enough() -> None:
    """672, 671, …, 1: at 25 % off 168 hours stay within, so 168; half the hours are within 336 at 50 % off."""
    hours = [D(number) for number in range(672, 0, -1)]
    assert best(hours, D("0.25")).per_hour == 168
    found = best(hours, D("0.5"))
    # Σ min(U, 336) = 336·337/2 + 336·336 = 169512; paid 0.5 × 336 × 672 = 112896.
    assert (found.per_hour, found.covered, found.paid, found.saving) == (336, 169512, 112896, 56616)
    assert found.low is not None and found.high is not None and found.low < 336 < found.high


def test_use_at_weekends_alone_is_not_committed() -> None:
    """Two days of seven: 71 % of the hours are without use, so 40 % off commits nothing and 80 % off commits all."""
    hours = [D(7) if day % 7 >= 5 else D(0) for day in range(28) for _ in range(24)]
    assert best(hours, FORTY).per_hour == 0
    found = best(hours, D("0.8"))
    # Paid 0.2 × 7 in 672 hours = 940.8, for 192 hours of 7 = 1344.
    assert (found.per_hour, found.paid, found.covered, found.saving) == (7, D("940.8"), 1344, D("403.2"))


def test_limits_of_the_discount() -> None:
    """Without a discount nothing is committed, for free everything; anything else is no discount."""
    hours = tiled(*map(str, range(24)))
    assert (best(hours, D(0)).per_hour, best(hours, D(0)).saving) == (0, 0)
    assert (best(hours, D(1)).per_hour, best(hours, D(1)).bill) == (23, 0)
    for wrong in ("-0.1", "1.1"):
        with pytest.raises(ValueError, match="from 0 to 1"):
            best(hours, D(wrong))


def test_a_flat_bottom_is_committed_at_its_lower_end() -> None:
    """10, 20, 30, 40, 50 in equal parts at 40 % off: anything from 20 to 30 costs 24 instead of 30 (published)."""
    hours = [D(10 * (1 + number % 5)) for number in range(24 * 5)]
    assert best(hours, FORTY).per_hour == 20
    assert {evaluated(hours, D(k), FORTY).bill / 120 for k in (20, 25, 30)} == {24}


def test_a_commitment_too_large_loses_money() -> None:
    """30 an hour for use of 10: 18 paid for 10, so 8 lost in each of 672 hours."""
    found = evaluated(tiled(*["10"] * 24), D(30), FORTY)
    assert (found.saving, utilisation(found, MONTH), found.low) == (-5376, D("0.333333333333"), None)
    with pytest.raises(ValueError, match="not below 0"):
        evaluated(tiled(*["1"] * 24), D(-1), FORTY)


def test_what_was_given_back_is_no_use() -> None:
    """A refund in an hour is no load, and does not make the month's use smaller."""
    hours = tiled(*["10"] * 23, "-500")
    found = best(hours, FORTY)
    assert (found.per_hour, found.on_demand, found.floor) == (10, 6440, 0)


def test_days_without_hours_tell_no_commitment() -> None:
    """Up to one hundredth may be billed for longer times; beyond that, and without use, the reason is said."""
    hours = tuple(tiled(*["10"] * 24))
    assert unusable(Load(hours)) == ""
    assert unusable(Load(hours, D(67))) == ""
    assert unusable(Load(hours, D(6720))).startswith("only 50 % of the matched on-demand cost is billed by the hour")
    assert unusable(Load(tuple(tiled(*["0"] * 24)), D(5))).startswith("nothing of the matched")
    assert unusable(Load(tuple(tiled(*["0"] * 24)))) == NOTHING
    with pytest.raises(ValueError, match="whole days"):
        Load(hours[:-1])


def test_providers_commit_apart_and_add_up() -> None:
    """40 and 10 an hour are 50 together; a whole without intervals has none."""
    two = {"a": best(tiled(*["100"] * 12, *["40"] * 12), FORTY), "b": best(tiled(*["10"] * 24), FORTY)}
    found = together(two)
    assert found is not None
    assert (found.per_hour, found.saving) == (50, two["a"].saving + two["b"].saving)
    assert found.low == (two["a"].low or 0) + 10
    assert together({}) is None
    some = together({**two, "c": evaluated(tiled(*["1"] * 24), D(1), FORTY)})
    assert some is not None and (some.low, some.high) == (None, None)


loads = st.lists(st.decimals(0, 50, places=2), min_size=24 * 2, max_size=24 * 2)
discounts = st.decimals(0, 1, places=3)


@given(hours=loads, discount=discounts)
@settings(deadline=None, max_examples=150)
def test_no_other_commitment_is_cheaper(hours: list[Decimal], discount: Decimal) -> None:
    """The bill is piecewise linear, so trying 0 and every hour tries all; the formula's own words are the oracle."""
    found = best(hours, discount)

    def bill(per_hour: Decimal) -> Decimal:
        return sum(((1 - discount) * per_hour + max(u - per_hour, D(0)) for u in hours), D(0))

    bills = {k: bill(k) for k in {D(0), *hours}}
    assert found.bill == bill(found.per_hour) == min(bills.values())
    assert found.per_hour == min(k for k, cost in bills.items() if cost == found.bill)
    assert found.saving == sum(hours, D(0)) - found.bill >= 0
    assert found.low is not None and found.high is not None and found.low <= found.high


@given(hours=loads, discount=discounts)
@settings(deadline=None, max_examples=25)
def test_the_interval_is_the_same_each_time_and_scales(hours: list[Decimal], discount: Decimal) -> None:
    """No clock and no chance from outside; what remains of all hours alike remains of the commitment."""
    found, again = best(hours, discount), best(hours, discount)
    assert found == again
    half = best([hour / 2 for hour in hours], discount)
    assert found.low is not None and found.high is not None
    assert (half.per_hour * 2, half.low, half.high) == (found.per_hour, found.low / 2, found.high / 2)


def test_the_curve_starts_on_demand_and_touches_the_minimum() -> None:
    """0 costs the mean use; the cheapest point is the best commitment; the end is the largest hour, committed."""
    hours = tiled(*["100"] * 12, *["40"] * 12)
    points = curve(hours, FORTY, points=10)
    assert points[0] == (0, 70) and points[-1] == (100, 60) and len(points) == 11
    assert min(points, key=lambda point: point[1]) == (40, 54)


def test_the_interval_knows_only_whole_weeks() -> None:
    """A month whose weeks are alike leaves no doubt, whatever day a week starts on."""
    hours = [D(day % 7 * 10 + hour) for day in range(28) for hour in range(24)]
    found = best(hours, FORTY)
    assert found.low == found.high == found.per_hour
    assert commitment.BLOCK_DAYS == 7
