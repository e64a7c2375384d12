"""What the cost of an experiment is divided by: drivers, counts by month, users by day."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from material.trials import LESS, answer, ask, holds, page, since, three, told, verdict
from material.tried_company import DAY, Row, counts, experiment, row, write

from unitcost.analyses.experiments import views as experiment_views
from unitcost.analyses.opening import open_company
from unitcost.warehouse.usage.active_days import active_users, used

# --------------------------------------------------------------------------- exposure


def test_cost_can_be_divided_by_a_driver_or_by_nothing(tmp_path: Path, planted: list[Row]) -> None:
    """The planted fall is found either way; a driver that nobody has is named."""
    asked = {"requests": '"driver:Requests"', "nothing": '"none"', "unknown": '"driver:clicks"'}
    text = "".join(experiment(id, exposure=e, controls='"other_services"') for id, e in asked.items())
    found = ask(tmp_path, planted, text)
    assert holds(found, "experiment.requests.effect", LESS)
    assert "cost ÷ requests of the day" in str(found["experiment.requests.effect"].method)
    assert experiment_views.outcome(page(tmp_path, "requests")[1]) == "cost per requests in its scope"
    assert holds(found, "experiment.nothing.effect", LESS)
    assert found["experiment.nothing.effect.exposure"].value is None
    assert found["experiment.nothing.effect.exposure"].reason == "cost is not divided by anything"
    assert experiment_views.outcome(page(tmp_path, "nothing")[1]) == "cost in its scope"
    for name in ("effect", "p_value", "saving_per_month"):
        assert found[f"experiment.unknown.{name}"].value is None
        assert "clicks" in str(found[f"experiment.unknown.{name}"].reason)
    assert verdict(found, "unknown")[0] == "cannot_tell"


@pytest.mark.parametrize("by", ["", "product_line"])
def test_counts_by_month_will_do(tmp_path: Path, planted: list[Row], by: str) -> None:
    """On a straight line from month to month; with counts of lines each has its own."""
    found = ask(tmp_path, planted, experiment(controls='"other_products"'), mau=counts(by))
    assert holds(found, "experiment.try.effect", LESS)
    assert verdict(found)[0] == "effect"
    assert "straight line" in str(found["experiment.try.effect"].method)
    # All lines are divided by the same count, which then makes no difference between them.
    assert (three(found, "experiment.try.effect.exposure")[2] == 0) == (by == "")


def test_a_months_answer_does_not_rest_on_later_months(
    tmp_path: Path, planted: list[Row], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer of April is the same whether May is known or not, also with counts on a line to the next month."""
    rows = [one for one in since("2023-12", planted) if one["ServiceName"] == "Compute" and "search" in one["Tags"]]
    then = [one for one in rows if one["BillingPeriodStart"] < "2024-05"]
    mau = "".join(line for line in counts().splitlines(True) if not line.startswith("2024-05"))
    text = experiment(controls='"none"')  # controls would be divided by the same users
    monkeypatch.setenv("UNITCOST_CACHE", str(tmp_path / "store"))
    known = answer(tmp_path / "later", rows, text, month="2024-04", mau=counts())
    monkeypatch.setenv("UNITCOST_CACHE", str(tmp_path / "other store"))  # or the one would be told what the other was
    assert known == answer(tmp_path / "then", then, text, month="2024-04", mau=mau)
    assert known["experiment.try.effect"].value is not None


def test_counts_by_tier_or_without_days_are_not_enough(tmp_path: Path, planted: list[Row]) -> None:
    """Tiers are not added up, and counts of a month have no driver by day."""
    tiers = answer(tmp_path / "tiers", planted, experiment(), mau=counts("tier"))
    assert tiers["experiment.try.effect"].value is None
    assert "tiers" in str(tiers["experiment.try.effect"].reason)
    days = answer(tmp_path / "days", planted, experiment(exposure='"driver:requests"'), mau=counts())
    assert "counts by month" in str(days["experiment.try.effect"].reason)


# --------------------------------------------------------------------------- users by day


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_users_of_28_days_are_counted_as_sets(tmp_path: Path, seed: int) -> None:
    """Against sets in plain Python: rare and frequent users, lines that overlap, days without anybody, doubled rows
    and users who are never counted."""
    chance = random.Random(seed)
    days = [dt.date(2024, 1, 1) + number * DAY for number in range(91)]
    seen: dict[tuple[str, dt.date], set[str]] = {}
    amounts: dict[tuple[str, dt.date], int] = {}
    lines = []
    for user in range(12):
        for day in days:
            if chance.random() < 0.02 * (1 + user % 3) and day.day not in (7, 8):
                line, times = chance.choice(["web", "search"]), chance.choice([1, 1, 2])
                lines += [f"{day},u{user},{line},{user + 1},false"] * times
                seen.setdefault((line, day), set()).add(f"u{user}")
                amounts[line, day] = amounts.get((line, day), 0) + times * (user + 1)
    lines += [f"{day},tester,web,1000,true" for day in days]
    chance.shuffle(lines)
    head = "date,user_id,product_line,clicks,is_internal\n"
    path = write(tmp_path, [row(days[0], "1", ServiceName="A")], "")
    (tmp_path / "activity.csv").unlink()
    (tmp_path / "activity").mkdir()
    for number in range(3):
        (tmp_path / "activity" / f"{number}.csv").write_text(head + "\n".join(lines[number::3]) + "\n")
    path.write_text(path.read_text().replace("activity.csv", "activity/*.csv"))
    sets = open_company(path).marts.user_sets
    months = ["2024-01", "2024-02", "2024-03"]
    found, sums = active_users(sets, months), used(sets, months, "clicks")
    assert sums is not None
    assert set(found) == {None, "search", "web"}
    for line, by_day in found.items():
        for day, number in by_day.items():
            within = (users for (own, at), users in seen.items() if line in (None, own) and 0 <= (day - at).days < 28)
            assert number == len(set().union(*within)), (line, day)
    assert min(found[None]) == min(day for _, day in seen)
    assert max(found[None]) == max(day for _, day in seen)
    assert {day: int(n) for day, n in sums["web"].items()} == {d: n for (own, d), n in amounts.items() if own == "web"}
    # What January was is not known to February alone.
    first = min(day for _, day in seen if day.month == 2)
    alone = set().union(*(users for (_, at), users in seen.items() if at == first))
    assert active_users(sets, ["2024-02"])[None][first] == len(alone)


def test_days_after_a_month_without_activity_are_not_compared(tmp_path: Path, planted: list[Row]) -> None:
    """Users of 28 days are not known again before 28 days have gone by; a count too low would look like a rise."""
    path = write(tmp_path, planted, experiment())
    text = (tmp_path / "activity.csv").read_text().splitlines(keepends=True)
    (tmp_path / "activity.csv").write_text("".join(line for line in text if not line.startswith("2023-11")))
    found = told(open_company(path))
    assert holds(found, "experiment.try.effect", LESS)
    # November has 30 days, and the first 27 of December are too early.
    assert page(tmp_path)[1].result.left_out == page_left_out(tmp_path / "whole", planted) + 30 + 27


def page_left_out(folder: Path, rows: Sequence[Row]) -> int:
    write(folder, rows, experiment())
    return page(folder)[1].result.left_out
