"""What levers save, held against cases worked by hand, brute force over all orders and sets, and published values."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unitcost.analyses.levers.estimates import exact
from unitcost.analyses.levers.estimates.analysis import ScenarioQuestion, analyse
from unitcost.analyses.levers.estimates.draws import (
    Setting,
    drawn,
    fair_shares,
    points,
    quantile,
    savings,
    tornado,
    uncertain,
)
from unitcost.analyses.levers.estimates.exact import outcome, parts_of, shapley
from unitcost.analyses.levers.estimates.model import Atom, Case, Hourly, Lever, Triple, split_up
from unitcost.analyses.levers.estimates.portfolio import feasible, portfolio

ONE = 10**18


def triple(low: str, mode: str = "", high: str = "") -> Triple:
    return Triple(Decimal(low), Decimal(mode or low), Decimal(high or low))


def lever(name: str, kind: str, coverage: str = "1", saving: str = "0", **more: object) -> Lever:
    inputs = {"saving": triple(*saving.split())}
    if coverage:
        inputs["coverage"] = triple(*coverage.split())
    others: dict[str, object] = {}
    for key, value in more.items():
        if key.endswith("_share") or key == "commit_per_hour":
            inputs[key] = triple(*str(value).split())
        else:
            others[key] = value
    return Lever(name, kind, inputs, **others)  # type: ignore[arg-type]


def case(levers: Sequence[Lever], *atoms: tuple[tuple[int, ...], str], hourly: Mapping[int, Hourly] = {}) -> Case:
    """A case with atoms by the places of the levers that match them and their money."""
    made = [Atom(places, Fraction(amount), {"all": int(Fraction(amount) * ONE)}) for places, amount in atoms]
    return Case(tuple(levers), tuple(made), {place: (use,) for place, use in hourly.items()})


def shares(one: Case) -> list[Fraction]:
    found, _ = shapley(one)
    return [sum(found[place].values(), Fraction(0)) for place in sorted(found)]


def by_all_orders(one: Case) -> list[Fraction]:
    """Shapley's definition: what a lever adds, averaged over every order of levers."""
    sums = [Fraction(0)] * len(one.levers)
    orders = list(permutations(range(len(one.levers))))
    for order in orders:
        for number, place in enumerate(order):
            sums[place] += outcome(one, order[: number + 1]).total - outcome(one, order[:number]).total
    return [each / len(orders) for each in sums]


SMALLER = lever("smaller", "rightsizing", "1", "0.2")
COMMIT = lever("commit", "commitment", "0.8", "0.3")
SPOT = lever("spot", "spot", "0.5", "0.7")


def test_rightsizing_then_a_commitment() -> None:
    """100 of compute: 20 go, of the 80 left 64 cost 30 % less. 60.8 are left; 17.6 and 21.6 are fair shares of 39.2."""
    one = case([SMALLER, COMMIT], ((0, 1), "100"))
    assert outcome(one, {0, 1}).total == Fraction("39.2")
    assert [outcome(one, {place}).total for place in (0, 1)] == [20, 24]
    assert shares(one) == [Fraction("17.6"), Fraction("21.6")]


def test_spot_then_the_same_commitment() -> None:
    """Half goes to spot at 70 % off, 35; of the other 50 80 % are covered at 30 % off, 12. No core is on both."""
    assert outcome(case([SPOT, COMMIT], ((0, 1), "100")), {0, 1}).total == 47


def test_what_is_idle_is_gone() -> None:
    one = case([lever("idle", "idle", "1", "1"), SMALLER, COMMIT], ((0, 1, 2), "100"))
    assert outcome(one, {0, 1, 2}).total == 100
    assert outcome(one, {1, 2}).total == Fraction("39.2")


@pytest.mark.parametrize(
    ("one", "saved"),
    [
        # 100 × 0.5 × (0.4 × (1 − 0.1) − 0.02 − 0.38): reading costs more than cold storage saves.
        (
            lever(
                "cold", "storage_lifecycle", "0.5", "0.4",
                minimum_duration_share="0.1", transition_share="0.02", retrieval_share="0.38",
            ),
            "-2",
        ),
        (lever("scale", "autoscaling", "1", "0.7", minimum_capacity_share="0.4"), "60"),
        (lever("query", "query_optimization", "0.5", "0.4", capacity_kept_share="0.25"), "15"),
        (lever("share", "tenancy", "0.5", "0.6", overhead_share="0.1"), "25"),
        (lever("cdn", "egress", "0.5", "0.6", replacement_share="0.2"), "20"),
        # 50 × (1 − 0.3 × 1.1)
        (lever("spot", "spot", "0.5", "0.7", rework_share="0.1"), "33.5"),
        # A third of what is committed to lies idle, so 0.7 of the price is paid one and a half times.
        (lever("plan", "commitment", "0.8", "0.3", unused_share="0.4"), str(Fraction(80) * (1 - Fraction(7, 6)))),
    ],
)  # fmt: skip
def test_what_a_lever_costs_to_run_is_taken_off(one: Lever, saved: str) -> None:
    assert outcome(case([one], ((0,), "100")), {0}).total == Fraction(saved)


def test_levers_that_overlap_in_part_meet_only_there() -> None:
    """200 are matched by one, 150 by the other, 50 by both: 40 + 0.5 × (100 + 50 × 0.8)."""
    both = case(
        [lever("a", "idle", "1", "0.2"), lever("b", "rightsizing", "1", "0.5")],
        ((0,), "150"),
        ((0, 1), "50"),
        ((1,), "100"),
    )
    assert outcome(both, {0, 1}).total == 40 + Fraction(1, 2) * 140


def test_spend_that_is_negative_in_sum_is_no_base() -> None:
    rows = [((0,), "web", 5 * ONE), ((0,), "api", -7 * ONE), ((1,), "web", 3 * ONE), ((), "web", 9 * ONE)]
    atoms = split_up((places, "", cell, units) for places, cell, units in rows)
    assert [(atom.levers, atom.amount) for atom in atoms] == [((0,), 0), ((1,), 3)]


MANY = [
    lever("a", "idle", "0.1", "1"),
    lever("b", "schedule", "0.3", "0.64"),
    lever("c", "storage_lifecycle", "0.5", "0.4", retrieval_share="0.3"),
    SMALLER,
    SPOT,
    COMMIT,
]
SPREAD = (((0, 1, 2, 3, 4, 5), "100"), ((1, 3, 5), "41.7"), ((0, 2), "12.3"), ((4, 5), "7"))


def test_shares_are_those_of_all_orders() -> None:
    one = case(MANY, *SPREAD)
    found = shares(one)
    assert found == by_all_orders(one)
    assert sum(found) == outcome(one, range(6)).total


def test_a_lever_that_does_nothing_gets_nothing_and_equals_get_the_same() -> None:
    one = case([lever("a", "idle", "0.5", "0.4"), lever("b", "idle", "0.5", "0.4"), lever("c", "egress")], *SPREAD[:1])
    one = case(one.levers, ((0, 1, 2), "100"))
    first, second, third = shares(one)
    assert first == second
    assert third == 0


def test_published_shares_add_up_to_the_last_digit() -> None:
    amounts = {"a": Fraction(1, 3), "b": Fraction(1, 3), "c": Fraction(1, 3), "d": -Fraction(2, 7)}
    found = parts_of(amounts)
    assert sum(found.values()) == round(sum(amounts.values()) * ONE)
    assert all(abs(Fraction(found[key], ONE) - amounts[key]) < Fraction(1, ONE) for key in amounts)


# Commitments by the hour


def hourly(hours: Sequence[str | int], commit: str | None = None) -> Hourly:
    return Hourly(tuple(Fraction(h) for h in hours), None if commit is None else Fraction(commit))


def test_a_commitment_by_the_hour() -> None:
    """12 hours at 100 and 12 at 40, 40 % off: 40 an hour cost 54 on average instead of 70, 100 an hour cost 60."""
    use = hourly([100] * 12 + [40] * 12)
    total = str(sum(use.hours))
    for amount, cost in (("40", 54), ("100", 60), ("0", 70)):
        plan = lever("plan", "commitment", "", "0.4", commit_per_hour=amount)
        found = outcome(case([plan], ((0,), total), hourly={0: use}), {0})
        assert (found.total, found.per_hour[0]) == (24 * (70 - cost), (Fraction(amount),))


@given(
    hours=st.lists(st.integers(0, 30), min_size=1, max_size=40),
    share=st.fractions(0, 1, max_denominator=7),
    amount=st.fractions(0, 40, max_denominator=5),
)
def test_what_is_covered_is_the_lesser_of_use_and_amount_in_each_hour(
    hours: list[int], share: Fraction, amount: Fraction
) -> None:
    """The formula's own words are the oracle; nothing is rounded."""
    assert hourly(hours).covered(share, amount) == sum(min(share * hour, amount) for hour in hours)


def test_too_large_a_commitment_loses_money() -> None:
    plan = lever("plan", "commitment", "", "0.1", commit_per_hour="50")
    one = case([lever("idle", "idle", "1", "1"), plan], ((0, 1), "240"), hourly={1: hourly([10] * 24)})
    assert outcome(one, {1}).total == 240 - Fraction("0.9") * 50 * 24
    # Nothing is left to cover: all that is committed to is lost, on top of what idle saves.
    assert outcome(one, {0, 1}).total == 240 - Fraction("0.9") * 50 * 24


def test_the_best_amount_shrinks_with_the_use_that_is_left() -> None:
    """Rightsizing leaves 80 % of every hour, so the best commitment is 80 % of 40."""
    plan = lever("plan", "commitment", "", "0.4")
    one = case([SMALLER, plan], ((0, 1), "1680"), hourly={1: hourly([100] * 12 + [40] * 12, "40")})
    found = outcome(one, {0, 1})
    assert found.per_hour[1] == (32,)
    assert found.total == 336 + Fraction("0.8") * 24 * 16
    assert shares(one) == by_all_orders(one)


DAY_AND_NIGHT = replace(hourly([100] * 12 + [40] * 12, "40"), provider="A")
ALWAYS = replace(hourly([10] * 24, "10"), provider="B")


def with_providers(levers: Sequence[Lever], *atoms: tuple[tuple[int, ...], str, str], uses: Sequence[Hourly]) -> Case:
    """A case in which the last lever is a commitment by the hour; atoms name their provider."""
    made = [Atom(places, Fraction(money), {"all": int(money) * ONE}, provider) for places, provider, money in atoms]
    return Case(tuple(levers), tuple(made), {len(levers) - 1: tuple(uses)})


def test_each_provider_has_a_commitment_of_its_own() -> None:
    """40 % off. A: 40 an hour, 54 instead of 70; B: 10 an hour, 6 instead of 10. Savings add up: 24 × (16 + 4)."""
    plan = lever("plan", "commitment", "", "0.4")
    both = with_providers([plan], ((0,), "A", "1680"), ((0,), "B", "240"), uses=[DAY_AND_NIGHT, ALWAYS])
    found = outcome(both, {0})
    assert found.per_hour[0] == (40, 10)
    assert found.by_atom == {(0, 0): 24 * 16, (0, 1): 24 * 4}
    for atom, use, saving in ((("A", "1680"), DAY_AND_NIGHT, 384), (("B", "240"), ALWAYS, 96)):
        alone = outcome(with_providers([plan], ((0,), *atom), uses=[use]), {0})
        assert (alone.per_hour[0], alone.total) == ((use.commit_per_hour,), saving)


def test_other_levers_shrink_the_amount_of_their_provider_alone() -> None:
    """Rightsizing takes 20 % of A's use: A commits to 32 and saves 80 % of 384, B stays as it is."""
    levers = [SMALLER, lever("plan", "commitment", "", "0.4")]
    one = with_providers(levers, ((0, 1), "A", "1680"), ((1,), "B", "240"), uses=[DAY_AND_NIGHT, ALWAYS])
    found = outcome(one, {0, 1})
    assert found.per_hour[1] == (32, 10)
    assert found.total == 336 + Fraction("0.8") * 384 + 96
    assert shares(one) == by_all_orders(one)
    assert savings(one, {}, {0, 1}, 1).total[0] == pytest.approx(float(found.total), rel=1e-12)


def test_a_provider_without_hours_is_left_as_it_is() -> None:
    """Nothing is taken of C and nothing is saved there; it is named as one of which nothing is known."""
    plan = lever("plan", "commitment", "", "0.4")
    daily = Hourly((), reason="by the day", provider="C")
    one = with_providers([plan], ((0,), "A", "1680"), ((0,), "C", "500"), uses=[DAY_AND_NIGHT, daily])
    found = outcome(one, {0})
    assert (found.per_hour[0], found.by_atom) == ((40,), {(0, 0): 384})
    assert savings(one, {}, {0}, 1).by_lever[0][0] == pytest.approx(384, rel=1e-12)
    question = ScenarioQuestion(Setting(), None, 1, lambda _: {}, [(2180 * ONE, 0)])
    told = analyse(one, question).lever("plan")
    assert [(p.provider, p.amount, p.reason) for p in told.per_hour] == [("A", 40, None), ("C", None, "by the day")]
    assert (told.saving, told.reason, [p.provider for p in told.untold]) == (384 * ONE, None, ["C"])
    none = with_providers([plan], ((0,), "C", "500"), ((0,), "D", "1"), uses=[daily, replace(daily, provider="D")])
    assert analyse(none, question).lever("plan").reason == "by the day"
    other = replace(daily, provider="D", reason="by the month")
    none = with_providers([plan], ((0,), "C", "500"), ((0,), "D", "1"), uses=[daily, other])
    assert analyse(none, question).lever("plan").reason == "C: by the day; D: by the month"


def test_without_hours_a_commitment_by_the_hour_is_not_known() -> None:
    one = case([SMALLER, lever("plan", "commitment", "", "0.4", commit_per_hour="3")], ((0, 1), "100"))
    assert one.places == (0,)
    assert outcome(one, {0, 1}).total == 20


def test_beyond_twelve_levers_random_orders_come_close_and_add_up() -> None:
    levers = [lever(f"l{n:02d}", "rightsizing", "0.5", f"0.{n + 1}") for n in range(6)]
    plan = lever("z", "commitment", "", "0.4")
    one = case([*levers, plan], (tuple(range(7)), "2400"), hourly={6: hourly([60] * 20 + [300] * 4, "60")})
    real, near = exact._over_sets(one), exact._over_orders(one)
    assert sum(near.values()) == sum(real.values()) == outcome(one, range(7)).total
    assert all(abs(near[key] - real[key]) < Fraction(3, 100) * outcome(one, range(7)).total for key in real)


# Draws


def test_pert_and_triangular_have_their_moments() -> None:
    """PERT: mean (low + 4 mode + high) ÷ 6. Triangular: mean (low + mode + high) ÷ 3, known variance."""
    where = points(1, 7, 1 << 14)[:, 0]
    given = triple("0.2", "0.3", "0.6")
    pert, triangular = quantile(given, where, Setting()), quantile(given, where, Setting("triangular"))
    assert float(np.mean(pert)) == pytest.approx((0.2 + 1.2 + 0.6) / 6, abs=1e-4)
    assert float(np.mean(triangular)) == pytest.approx(1.1 / 3, abs=1e-4)
    variance = (0.04 + 0.09 + 0.36 - 0.06 - 0.12 - 0.18) / 18
    assert float(np.var(triangular)) == pytest.approx(variance, rel=1e-3)
    assert 0.2 <= float(np.min(pert)) <= float(np.max(pert)) <= 0.6


def test_draws_without_ranges_are_the_exact_model() -> None:
    one = case(MANY, *SPREAD)
    found = savings(one, {}, range(6), 4)
    assert found.total == pytest.approx([float(outcome(one, range(6)).total)] * 4, rel=1e-13)
    fair = fair_shares(one, found)
    assert [float(fair[place][0]) for place in range(6)] == pytest.approx([float(s) for s in shares(one)], rel=1e-12)


def test_shares_add_up_on_every_draw() -> None:
    wide = [lever("a", "idle", "0.1 0.2 0.4", "0.5 0.8 1"), lever("b", "rightsizing", "0.3 0.4 0.9", "0.2")]
    one = case([*wide, COMMIT], ((0, 1, 2), "100"), ((1, 2), "30"))
    inputs = uncertain(one)
    values = drawn(one, inputs, points(len(inputs), 1), Setting())
    found = savings(one, values, range(3), len(next(iter(values.values()))))
    assert sum(fair_shares(one, found).values()) == pytest.approx(found.total, rel=1e-12)


def test_correlated_savings_move_together() -> None:
    wide = [lever("a", "idle", "1", "0.1 0.2 0.4"), lever("b", "egress", "1", "0.1 0.3 0.4")]
    one = case(wide, ((0,), "100"), ((1,), "100"))
    inputs = uncertain(one)
    setting = Setting(correlations=(("a", "b", 0.8),))
    values = drawn(one, inputs, points(2, 3, 1 << 13), setting)
    a, b = values[0, "saving"], values[1, "saving"]
    ranks = np.corrcoef(np.argsort(np.argsort(a)), np.argsort(np.argsort(b)))[0, 1]
    # Spearman's coefficient of a Gaussian copula.
    assert float(ranks) == pytest.approx(6 / math.pi * math.asin(0.4), abs=0.01)


def test_indices_of_a_product_are_those_worked_by_hand() -> None:
    """Independent factors with relative variances v and w: the product's total orders are v(1 + w) ÷ (v + w + v·w)."""
    one = case([lever("a", "idle", "0.2 0.5 0.8", "0.2 0.3 0.4")], ((0,), "100"))
    bars = tornado(one, Setting("triangular"))
    relative = {"coverage": 0.015 / 0.25, "saving": (0.1**2 / 6) / 0.09}
    whole = relative["coverage"] + relative["saving"] + relative["coverage"] * relative["saving"]
    assert [bar.key for bar in bars] == ["coverage", "saving"]
    for bar in bars:
        other = next(value for key, value in relative.items() if key != bar.key)
        assert bar.total_order == pytest.approx(relative[bar.key] * (1 + other) / whole, abs=0.03)
    # A triangle of half-width w around m has its P10 at m − w(1 − √0.2).
    assert (bars[0].low, bars[0].high) == pytest.approx(
        tuple(30 * (0.5 + sign * 0.3 * (1 - math.sqrt(0.2))) / 0.5 / 2 for sign in (-1, 1))
    )


def test_the_same_seed_draws_the_same() -> None:
    assert points(5, 20240501).tobytes() == points(5, 20240501).tobytes()
    assert points(5, 1).tobytes() != points(5, 2).tobytes()


# Portfolios


def brute(one: Case, budget: Decimal | None) -> Fraction:
    sets = (frozenset(c) for n in range(len(one.levers) + 1) for c in combinations(range(len(one.levers)), n))
    return max(outcome(one, c).total for c in sets if feasible(one, c, budget))


def knapsack(values: Sequence[int], weeks: Sequence[str], **links: dict[int, tuple[str, ...]]) -> Case:
    levers = [
        lever(
            f"l{n:02d}", "idle", "1", "1", effort_weeks=Decimal(w),
            **{key: named.get(n, ()) for key, named in links.items()},
        )
        for n, w in enumerate(weeks)
    ]  # fmt: skip
    return case(levers, *(((n,), str(value)) for n, value in enumerate(values)))


PORTFOLIOS = {
    # Textbook: 60, 100 and 120 for 10, 20 and 30 weeks with 50 to spend come to 220; greedy by rate to 160.
    "textbook": (knapsack([60, 100, 120], ["10", "20", "30"]), "50", 220),
    "half weeks": (knapsack([10, 11, 20], ["0.5", "1", "1.5"]), "1.5", 21),
    "requires": (knapsack([100, 1, 60], ["1", "2", "2"], requires={0: ("l01",)}), "2", 60),
    "excludes": (knapsack([50, 40, 30], ["1", "1", "1"], excludes={0: ("l01", "l02")}), "3", 70),
    "overlap": (
        case(
            [
                lever("a", "idle", "1", "0.9", effort_weeks=Decimal(1)),
                lever("b", "rightsizing", "1", "0.9", effort_weeks=Decimal(1)),
                lever("c", "egress", "1", "0.5", effort_weeks=Decimal(1)),
            ],
            ((0, 1), "100"),
            ((2,), "60"),
        ),
        "2",
        120,
    ),
}


@pytest.mark.parametrize("name", PORTFOLIOS)
@pytest.mark.parametrize("every_set", [10, 0])
def test_portfolios_are_those_of_brute_force(name: str, every_set: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With every set looked at, and by the programme with its neighbours alone."""
    one, weeks, value = PORTFOLIOS[name]
    monkeypatch.setattr("unitcost.analyses.levers.estimates.portfolio.EVERY_SET", every_set)
    found = portfolio(one, Decimal(weeks))
    assert outcome(one, found.places).total == brute(one, Decimal(weeks)) == value
    assert feasible(one, found.places, Decimal(weeks))


@pytest.mark.parametrize("seed", range(6))
def test_larger_portfolios_are_those_of_brute_force(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = np.random.default_rng(seed)
    levers = [
        lever(f"l{n}", "rightsizing", f"0.{chance.integers(1, 9)}", f"0.{chance.integers(1, 9)}",
              effort_weeks=Decimal(int(chance.integers(1, 9))) / 2)
        for n in range(9)
    ]  # fmt: skip
    atoms = [(tuple(n for n in range(9) if chance.random() < 0.5), str(chance.integers(10, 200))) for _ in range(6)]
    one = case(levers, *atoms)
    monkeypatch.setattr("unitcost.analyses.levers.estimates.portfolio.EVERY_SET", 0)
    assert outcome(one, portfolio(one, Decimal(8)).places).total == brute(one, Decimal(8))


def test_actions_come_in_the_order_of_their_worth_after_what_they_need() -> None:
    one = knapsack([100, 1, 60], ["1", "2", "2"], requires={0: ("l01",)})
    found = portfolio(one, None)
    assert [action.place for action in found.chosen] == [2, 1, 0]
    assert [action.weeks for action in found.chosen] == [2, 4, 5]
    assert statistics.fmean(float(a.added) for a in found.chosen) == pytest.approx(161 / 3)


def test_what_loses_money_is_not_chosen() -> None:
    loss = lever("cold", "storage_lifecycle", "0.5", "0.1", retrieval_share="0.4")
    assert portfolio(case([loss], ((0,), "100")), Decimal(10)).places == frozenset()
