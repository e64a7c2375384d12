"""What an experiment cannot tell: too few days, no controls, rows that say nothing about days."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from material.trials import LESS, PLANTED, answer, ask, holds, notes, page, three, told, verdict
from material.tried_company import (
    DAY,
    FIRST,
    LAST,
    REGION,
    START,
    Bills,
    Change,
    Row,
    experiment,
    row,
    tags,
    treated,
    write,
)

from unitcost.analyses.experiments import views as experiment_views
from unitcost.analyses.experiments.estimates.daily import Window, window
from unitcost.analyses.opening import open_company

# --------------------------------------------------------------------------- what cannot be told


def test_three_days_after_the_start_nobody_can_tell(tmp_path: Path, planted: list[Row]) -> None:
    """Every number is null and says how many days there are."""
    found = ask(tmp_path, planted, experiment(started_on="2024-05-29"))
    assert verdict(found)[0] == "cannot_tell"
    for name in ("effect", "effect.use", "p_value", "p_adjusted", "saving_per_month"):
        one = found[f"experiment.try.{name}"]
        assert one.value is None
        assert one.reason == "3 days after the start can be compared, and it takes 14"
    assert "3 days" in verdict(found)[1]
    company, one = page(tmp_path)
    assert experiment_views.headline(company, one) == "try: cannot tell"
    assert experiment_views.weeks(one) == []


def test_too_few_days_before_and_rows_that_are_not_there(tmp_path: Path, planted: list[Row]) -> None:
    """Starts too early for the data, long before it, and a service that no bill has: each says why."""
    text = experiment("early", FIRST + 40 * DAY) + experiment("ancient", "2019-01-07", ramp_days=3)
    text += experiment("nothing", treated=treated("search", "Quantum"))
    found = ask(tmp_path, planted, text)
    # The first 27 days have no count of users over 28 days yet.
    assert verdict(found, "early") == (
        "cannot_tell",
        "Thin data: 13 days before the start can be compared, and it takes 28.",
    )
    assert verdict(found, "ancient") == (
        "cannot_tell",
        "Thin data: 0 days before the start can be compared, and it takes 28.",
    )
    assert "no row" in verdict(found, "nothing")[1]


def test_experiments_on_the_same_rows_name_each_other(tmp_path: Path, planted: list[Row]) -> None:
    """Two on the same rows within the window: neither can tell. A third that has one of them as control drops it."""
    text = experiment("one", name='"Fewer copies"', controls='"other_services"')
    text += experiment("two", "2024-03-11", name='"Smaller nodes"', controls='"other_services"')
    text += experiment("third", treated=treated("web"), controls='"other_products"')
    found = ask(tmp_path, planted, text)
    for own, other in (("one", "Smaller nodes"), ("two", "Fewer copies")):
        word, reason = verdict(found, own)
        assert word == "cannot_tell"
        assert other in reason
        assert found[f"experiment.{own}.saving_per_month"].value is None
    assert "search (another experiment treats it in these weeks: Fewer copies, Smaller nodes)" in notes(
        tmp_path, "third"
    )
    rows, _ = experiment_views.weights(page(tmp_path, "third")[1])
    assert {line[0] for line in rows} == {"mail", "mobile"}
    assert verdict(found, "third")[0] == "no_effect"


def test_experiments_far_apart_do_not_disturb_each_other(tmp_path: Path, planted: list[Row]) -> None:
    """One that ended its ramp before the window began is part of what was there before."""
    lone = answer(tmp_path / "lone", planted, experiment())
    found = answer(tmp_path / "both", planted, experiment() + experiment("old", "2022-08-01", treated=treated()))
    assert verdict(found) == verdict(lone)
    assert found["experiment.try.effect"] == lone["experiment.try.effect"]


def test_controls_that_are_not_there_are_no_controls(tmp_path: Path, planted: list[Row]) -> None:
    """Controls were asked for; what the series does by itself does not stand in for them in silence."""
    asked = {
        "a": (("", "Compute", ""), '"other_products"', "no other product lines to compare with: treated names none"),
        "b": (("search", "", ""), '"other_services"', "no other services to compare with: treated names none"),
        "c": (("search", "Compute", REGION), '"other_regions"', "there are no other regions to compare with"),
        "d": (
            ("web", "", ""),
            '[{ ServiceName = "Quantum" }]',
            "no control is left (Quantum: cost and exposure on 0 of",
        ),
    }
    text = "".join(experiment(id, treated=treated(*cell), controls=given) for id, (cell, given, _) in asked.items())
    found = answer(tmp_path, planted, text)
    for id, (_, _, said) in asked.items():
        word, reason = verdict(found, id)
        assert word == "cannot_tell"
        assert said in reason
        assert "without controls" in str(found[f"experiment.{id}.effect"].method)


def test_an_experiment_to_come_is_null(tmp_path: Path, planted: list[Row]) -> None:
    """In January nobody knows of 5 February; in May it is known."""
    company = open_company(write(tmp_path, planted, experiment()))
    for name, one in told(company, "2024-01").items():
        assert one.value is None, name
        assert one.reason == "it starts on 2024-02-05, after the end of the month"
    names = {f"experiment.try.{name}" for name in ("effect", "p_value", "saving_per_month", "verdict")}
    assert names <= set(told(company, "2024-01"))
    assert experiment_views.all_of(company, "2024-01") == []
    april, may = told(company, "2024-04"), told(company, "2024-05")
    assert may["experiment.try.effect"].previous == april["experiment.try.effect"].value


# --------------------------------------------------------------------------- rows that tell nothing about days


def test_what_tells_nothing_about_days_moves_nothing(tmp_path: Path, planted: list[Row]) -> None:
    """Credits, taxes, purchases, one-offs, refunds, corrections, unused commitments and monthly charges on treated
    rows: the answer is the same to the last digit, and the page lists each with its sum."""
    own = {"ServiceName": "Compute", "RegionId": REGION, "Tags": tags("search")}
    after = dt.date(2024, 3, 1)
    extra = [
        row(after, "-500", ChargeCategory="Credit", **own),
        row(after, "81.5", ChargeCategory="Tax", **own),
        row(after, "9000", ChargeCategory="Purchase", ChargeFrequency="One-Time", **own),
        row(after, "30", ChargeCategory="Adjustment", **own),
        row(after, "700", ChargeFrequency="One-Time", **own),
        row(after, "-65.25", **own),
        row(after + 2 * DAY, "-4.75", **own),
        row(after, "44", ChargeClass="Correction", **own),
        row(after, "12", CommitmentDiscountStatus="Unused", CommitmentDiscountId="p", **own),
        row(after, "310", until=dt.date(2024, 4, 1), ChargeFrequency="Recurring", **own),
    ]
    plain = ask(tmp_path / "plain", planted, experiment())
    found = ask(tmp_path / "more", [*planted, *extra], experiment())
    assert found == plain
    said = notes(tmp_path / "more").replace("\xa0", " ")
    for text in (
        "credit USD −500.00",
        "tax USD 81.50",
        "purchase USD 9,000.00",
        "adjustment USD 30.00",
        "one-off USD 700.00",
        "refund USD −70.00",
        "correction USD 44.00",
        "unused commitment USD 12.00",
        "charged by longer periods USD 310.00",
    ):
        assert text in said
    assert "not part of any day" not in notes(tmp_path / "plain")


def test_days_left_out_say_nothing(tmp_path: Path, planted: list[Row]) -> None:
    """Five times the cost while it was prepared for and while it came in: as if it had not been."""
    prepared, coming = START - 6 * DAY, START + 6 * DAY
    loud = Bills((*PLANTED.changes, Change(prepared, "search", "Compute", use=5, until=coming))).rows()
    text = experiment(anticipation_days=6, ramp_days=7)
    found = ask(tmp_path / "loud", loud, text)
    assert found == ask(tmp_path / "calm", planted, text)
    assert holds(found, "experiment.try.effect", LESS)
    assert page(tmp_path / "loud")[1].result.window == Window(
        prepared - 182 * DAY if prepared - 182 * DAY > FIRST else FIRST, prepared - DAY, coming + DAY, LAST
    )
    heard = three(answer(tmp_path / "loud", loud, experiment()), "experiment.try.effect")[1]
    assert heard > three(found, "experiment.try.effect")[1] + 0.03


def test_the_window_is_26_weeks_on_both_sides() -> None:
    """182 days each, within what is known."""
    known = (dt.date(2023, 1, 1), dt.date(2024, 12, 31))
    assert window(dt.date(2024, 3, 11), 2, 7, known) == Window(
        dt.date(2023, 9, 9), dt.date(2024, 3, 8), dt.date(2024, 3, 18), dt.date(2024, 9, 15)
    )
    short = window(dt.date(2024, 3, 11), 0, 0, (dt.date(2024, 1, 1), dt.date(2024, 3, 31)))
    assert short == Window(dt.date(2024, 1, 1), dt.date(2024, 3, 10), dt.date(2024, 3, 11), dt.date(2024, 3, 31))
    assert len(short.days) == 91
