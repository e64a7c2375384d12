"""Machines too large and idle ones: judged by hand, joined to bills, and nothing claimed that is not measured."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from material.small_bills import PLAIN, Row, company, row
from material.three_lines import call

from unitcost.analyses.candidates import inputs as joined
from unitcost.analyses.candidates import utilisation_file as utilisation
from unitcost.analyses.candidates.candidates import (
    Candidates,
    Cost,
    Idle,
    Left,
    Oversized,
    ResourceDay,
    Size,
    Thresholds,
    candidate_findings,
    candidates,
)
from unitcost.analyses.candidates.utilisation_file import Utilisation
from unitcost.analyses.findings import findings as findings_of
from unitcost.analyses.opening import open_company
from unitcost.month.company import Company
from unitcost.publishing import run_id as identity

D = Decimal
AT = Thresholds(D("0.05"), D("0.8"), 14)
HOURLY = Cost(D(100), D(100), D(0))
NONE = Left(0, D(0))
HEAD = "date,resource_id,cpu_p95,memory_p95,vcpu,memory_gb\n"


@pytest.fixture(autouse=True)
def own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test starts without answers, and with the columns that tell how usage is paid."""
    monkeypatch.setenv("UNITCOST_CACHE", str(tmp_path / "store"))
    for name in ("PricingCategory", "CommitmentDiscountStatus", "PricingUnit"):
        monkeypatch.setitem(PLAIN, name, "")


def measured(
    cpu: Sequence[str] | str, memory: Sequence[str | None] | str | None = "0.3", size: str = "8 32", first: int = 1
) -> list[ResourceDay]:
    """Days of May from `first` on; single values are those of 30 days."""
    cpus = [cpu] * 30 if isinstance(cpu, str) else list(cpu)
    memories = [memory] * len(cpus) if memory is None or isinstance(memory, str) else list(memory)
    vcpu, gb = (None if part == "-" else D(part) for part in size.split())
    days = [dt.date(2024, 5, first + n) for n in range(len(cpus))]
    return [
        ResourceDay(day, D(c), None if m is None else D(m), vcpu, gb)
        for day, c, m in zip(days, cpus, memories, strict=True)
    ]


def judged(days: list[ResourceDay], cost: Cost = HOURLY, at: Thresholds = AT) -> Candidates:
    """What is found of a single resource."""
    return candidates({"vm": days}, {"vm": cost}, D(200), at)


def test_half_the_size_is_enough() -> None:
    """CPU 39 % and memory 30 % become 78 % and 60 % at half the size, which is below 80 %; a quarter is not."""
    found = judged(measured("0.39"))
    expected = Oversized("vm", 30, D("0.39"), D("0.3"), Size(D(8), D(32)), Size(D(4), D(16)), D(100), D(50))
    assert found.oversized == (expected,)
    assert (found.idle, found.short, found.unsized, found.covered) == ((), NONE, NONE, NONE)
    assert found.coverage == D("0.5")


@pytest.mark.parametrize(
    ("cpu", "memory", "size", "smaller", "saving"),
    [
        ("0.40", "0.3", "8 32", None, None),  # 80 % is not below 80 %
        ("0.2", "0.4", "8 32", None, None),  # memory decides
        ("0.19", "0.1", "8 32", Size(D(2), D(8)), D(75)),
        ("0.06", "0.06", "8 32", Size(D(1), D(4)), D("87.5")),  # an eighth at most, and one vCPU stays
        ("0.06", "0.06", "64 32", Size(D(8), D(4)), D("87.5")),
        ("0.06", "0.06", "2 8", Size(D(1), D(4)), D(50)),
        ("0.06", "0.06", "1 4", None, None),
        ("0.06", "0.06", "3 6", Size(D("1.5"), D(3)), D(50)),
    ],
)
def test_sizes_are_halved_while_both_fit(
    cpu: str, memory: str, size: str, smaller: Size | None, saving: Decimal | None
) -> None:
    """The busier of CPU and memory decides how often."""
    found = judged(measured(cpu, memory, size)).oversized
    assert [(one.smaller, one.saving) for one in found] == ([(smaller, saving)] if smaller else [])


def test_one_bad_day_of_a_month_is_not_the_month() -> None:
    """The 95th percentile of 30 days leaves out the busiest one; two such days count."""
    assert len(judged(measured(["0.3"] * 29 + ["0.9"])).oversized) == 1
    assert judged(measured(["0.3"] * 28 + ["0.9"] * 2)).oversized == ()


def test_idle_is_idle_on_every_day() -> None:
    """A single day at the limit is use; an idle machine is not proposed at a smaller size too, whatever its memory."""
    assert judged(measured("0.049", None, "- -")).idle == (Idle("vm", 30, D("0.049"), D(100)),)
    found = judged(measured(["0.01"] * 29 + ["0.05"]))
    assert (found.idle, len(found.oversized)) == ((), 1)
    assert judged(measured("0.01")).oversized == ()


def test_few_days_tell_nothing() -> None:
    """13 days of 14 are too few, of a new size too; their number and money are said."""
    found = judged(measured(["0.01"] * 13))
    assert (found.idle, found.short) == ((), Left(1, D(100)))
    resized = [*measured(["0.1"] * 20, size="16 64"), *measured(["0.2"] * 10, size="8 32", first=21)]
    assert judged(resized).short == Left(1, D(100))
    later = [*measured(["0.01"] * 10, size="16 64"), *measured(["0.2"] * 20, size="8 32", first=11)]
    # Judged by the twenty days of its latest size alone: 20 % and 30 % at 8 vCPU.
    assert [one.size for one in judged(later).oversized] == [Size(D(8), D(32))]


@pytest.mark.parametrize(
    "days",
    [measured("0.2", None), measured("0.2", "0.2", "- 32"), measured("0.2", "0.2", "8 -"),
     measured(["0.2"] * 30, ["0.2"] * 13 + [None] * 17)],
)  # fmt: skip
def test_without_memory_or_size_no_smaller_size_is_proposed(days: list[ResourceDay]) -> None:
    """Halving memory blindly is no proposal."""
    found = judged(days)
    assert (found.oversized, found.unsized) == ((), Left(1, D(100)))


def test_what_a_commitment_covers_saves_nothing() -> None:
    """Only the open part counts; a machine that is covered whole is counted apart."""
    part = judged(measured("0.39"), Cost(D(70), D(60), D(40)))
    assert (part.oversized[0].cost, part.oversized[0].saving) == (60, 30)
    for days in (measured("0.39"), measured("0.01")):
        found = judged(days, Cost(D(0), D(0), D(40)))
        assert (found.oversized, found.idle, found.covered) == ((), (), Left(1, D(0)))
    assert judged(measured("0.01"), Cost(D(70), D(0), D(0))).idle[0].cost == 70
    assert judged(measured("0.39"), Cost(D(70), D(0), D(0))).oversized == ()


def test_the_most_money_comes_first() -> None:
    """Then the name; what is on no bill gives nothing, and is not covered either."""
    days = {name: measured("0.01") for name in ("b", "a", "c", "gone")}
    costs = {"a": Cost(D(1), D(1), D(0)), "b": Cost(D(1), D(1), D(0)), "c": Cost(D(2), D(2), D(0))}
    found = candidates(days, costs, D(4), AT)
    assert [one.resource for one in found.idle] == ["c", "a", "b"]
    assert (found.coverage, candidates({}, {}, D(0), AT).coverage) == (1, None)


def test_findings_say_what_is_unknown() -> None:
    """Every name is there; without utilisation all are null with the reason."""
    found = candidate_findings(judged(measured("0.39")), "USD")
    values = {name.removeprefix("candidates."): one.value for name, one in found.items()}
    assert values == {
        "rightsizing.resources": 1, "rightsizing.saving": 50, "idle.resources": 0, "idle.cost": 0,
        "not_judged.resources": 0, "not_judged.cost": 0, "coverage": D("0.5"),
    }  # fmt: skip
    assert found["candidates.idle.cost"].unit == "USD"
    assert found["candidates.idle.resources"].unit == "resources"
    without = candidate_findings(None, "USD", "why")
    assert without.keys() == found.keys()
    assert {one.reason for one in without.values()} == {"why"}
    assert candidate_findings(candidates({}, {}, D(0), AT), "USD")["candidates.coverage"].value is None


# From files


def machine(name: str, **changes: str) -> list[Row]:
    """A machine's 31 days of 2 USD, by the hour on demand."""
    own = {"ResourceId": name, "EffectiveCost": "2", "BilledCost": "2", "PricingUnit": "Hours", **changes}
    return [row(f"2024-05-{day:02d}", **own) for day in range(1, 32)]


def days_of(name: str, cells: str, days: int = 31, month: str = "2024-05") -> str:
    """Rows of the utilisation of a resource."""
    return "".join(f"{month}-{day:02d},{name},{cells}\n" for day in range(1, days + 1))


def opened(folder: Path, rows: list[Row], table: str, more: str = "") -> Company:
    """A company with bills and a utilisation."""
    section = f'[utilisation]\npath = "utilisation.csv"\n{more}'
    return company(folder, rows, more=section, utilisation_csv=HEAD + table)


def test_machines_meet_their_bills(tmp_path: Path) -> None:
    """Storage of the same resource is not halved, but goes with an idle one; unmeasured machines are not covered."""
    rows = [
        *machine("big"), *machine("big", PricingUnit="GB-Mo"), *machine("idle"), *machine("idle", PricingUnit="GB-Mo"),
        *machine("spot", PricingCategory="Dynamic", PricingUnit="1 Hour"),
        *machine("held", CommitmentDiscountStatus="Used"),
        *machine("unseen", PricingUnit="vCPU-Hrs"), *machine("store", PricingUnit="Requests", EffectiveCost="9"),
        *machine("no unit", PricingUnit=""),
    ]  # fmt: skip
    table = "".join(days_of(name, "0.3,0.3,4,16") for name in ("big", "spot", "held", "no unit"))
    it = opened(tmp_path, rows, table + days_of("idle", "0.01,0.9,4,16"))
    found = joined.found_in(it, "2024-05")
    assert isinstance(found, Candidates)
    assert [(o.resource, o.cost, o.saving) for o in found.oversized] == [("big", 62, 31), ("spot", 62, 31)]
    assert [(o.resource, o.cost) for o in found.idle] == [("idle", 124)]
    assert found.covered == Left(1, D(0))
    # big, idle and spot of big, idle, spot and unseen.
    assert (found.measured, found.hourly, found.coverage) == (186, 248, D("0.75"))
    assert findings_of(it, "2024-05")["candidates.rightsizing.saving"].value == 62


def test_thresholds_are_the_company_s(tmp_path: Path) -> None:
    """What is idle, busy and enough is set in one place, and is part of what makes a run the run it is."""
    table = days_of("big", "0.3,0.3,4,16", days=5)
    few = opened(tmp_path / "a", machine("big"), table)
    assert findings_of(few, "2024-05")["candidates.not_judged.resources"].value == 1
    enough = opened(tmp_path / "b", machine("big"), table, "min_days = 5\n")
    assert findings_of(enough, "2024-05")["candidates.rightsizing.resources"].value == 1
    busy = opened(tmp_path / "c", machine("big"), table, "min_days = 5\nbusy_below = 0.5\n")
    assert findings_of(busy, "2024-05")["candidates.rightsizing.resources"].value == 0
    idle = opened(tmp_path / "d", machine("big"), table, "min_days = 5\nidle_below = 0.31\n")
    assert findings_of(idle, "2024-05")["candidates.idle.resources"].value == 1
    ids = {
        identity.run_id(it, "2024-05", scenario="base", status="final", roles=()) for it in (few, enough, busy, idle)
    }
    assert len(ids) == 4


def test_utilisation_is_an_input_of_its_months(tmp_path: Path) -> None:
    """Order and files do not matter, later months neither; another share does."""

    def named(folder: str, table: str) -> tuple[int, str]:
        it = opened(tmp_path / folder, machine("big"), table)
        own = [one for one in identity.inputs(it, "2024-05") if one.kind == "utilisation"]
        assert len(own) == 1
        return own[0].rows, own[0].sha256

    table = days_of("big", "0.3,0.3,4,16")
    backwards = "".join(reversed(table.splitlines(keepends=True)))
    first = named("a", table)
    assert first[0] == 31
    assert (
        first == named("b", backwards) == named("c", table + days_of("big", "0.9,0.3,4,16", month="2024-06", days=30))
    )
    assert first != named("d", table.replace("05-07,big,0.3", "05-07,big,0.31"))
    assert first == named("e", table.replace(",0.3,0.3,4,16", ",0.30,.3,4.0,16"))


def test_without_rows_of_the_month_the_reason_is_said(tmp_path: Path) -> None:
    """No utilisation at all, and none of this month, are two things."""
    none = company(tmp_path / "a", machine("big"))
    assert {f.reason for n, f in findings_of(none, "2024-05").items() if n.startswith("candidates.")} == {
        joined.NOT_GIVEN
    }
    it = opened(tmp_path / "b", machine("big"), days_of("big", "0.3,0.3,4,16", month="2024-06", days=30))
    assert joined.found_in(it, "2024-05") == joined.NO_ROWS
    assert [one.kind for one in identity.inputs(it, "2024-05") if one.kind == "utilisation"] == []


def test_the_table_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read is kept by month; `check` tells which months there are."""
    opened(tmp_path, machine("big"), days_of("big", "0.3,0.3,4,16") + days_of("big", "0.3,,,", month="2024-07"))
    monkeypatch.setattr(utilisation, "parsed", lambda *_: pytest.fail("read again"))
    it = open_company(tmp_path / "report.toml")
    assert len(it.given(Utilisation).of("2024-05")) == 31
    assert it.given(Utilisation).of("2024-07")[0] == ("2024-07-01", "big", D("0.3"), None, None, None)
    assert it.given(Utilisation).of("2024-06") == []
    code, out, _ = call("check", "--config", tmp_path / "report.toml")
    assert code == 0
    assert "utilisation: 2024-05 to 2024-07, 2 months" in out
