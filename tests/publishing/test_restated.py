"""A month against what was published of it: final, preliminary, restated, and unchanged since."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from material import small_bills
from material.published_company import CLOSED, EARLY, MONTH, asked, informed, publish
from material.publishing import publish_small, snapshot
from material.small_bills import Row, daily, row
from material.three_lines import call

from unitcost.analyses.findings import findings as findings_of
from unitcost.commands import report as pipeline
from unitcost.display.facts import Replaced, RestatedPart
from unitcost.errors import Locked
from unitcost.month.company import Company
from unitcost.publishing import ledger, publication
from unitcost.publishing.standing import as_facts, last_published

BILL = [*daily("2024-04", range(1, 31)), *daily(MONTH, range(1, 32))]
LATE = row("2024-05-20", BilledCost="10", EffectiveCost="10")
Make = Callable[..., Company]


@pytest.fixture
def small(tmp_path: Path) -> Make:
    """Make, or change, the company of these tests: 93.00 in May for 100 users."""

    def make(bill: list[Row] = BILL, costs: str = "", **files: str) -> Company:
        return small_bills.company(tmp_path / "company", bill, costs, **files)

    return make


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Where it is published."""
    return tmp_path / "reports"


def statuses(out: Path) -> list[str]:
    return [entry.status for entry in ledger.read(out)]


def test_a_final_month_that_changes_is_restated(small: Make, out: Path) -> None:
    """Two lines, two whole sets, and the new one says what it replaces and why it differs."""
    _, first = publish(small(), out)
    company = small([*BILL, LATE])
    stands, second = publish(company, out)
    assert statuses(out) == ["final", "restated"]
    assert stands.status.name == "restated" and stands.replaces == first.run_id != second.run_id
    assert stands.status.reason == f"replaces run {first.run_id}, published as of 2024-06-15"
    assert ledger.read(out)[-1].replaces == first.run_id
    assert publication.verify(out, MONTH) == publication.verify_all(out) == []
    assert publication.verify(out, MONTH, first.run_id) == []
    assert as_facts(company, MONTH, out=out, replaces=stands.replaces) == Replaced(
        run_id=first.run_id,
        as_of=dt.date(2024, 6, 15),
        old=Decimal("0.93"),
        new=Decimal("1.03"),
        unit="USD/user",
        reason=None,
        causes=(RestatedPart("late_rows", "late or changed rows", Decimal("0.1"), Decimal(10)),),
    )


def test_a_restated_month_stays_what_it_is(small: Make, out: Path) -> None:
    """Asked again, on another day and even without its own set, it is the same run; nothing is written."""
    publish(small(), out)
    _, second = publish(small([*BILL, LATE]), out)
    before = snapshot(out)
    for day in (CLOSED, dt.date(2024, 9, 1)):
        stands, again = publish(small([*BILL, LATE]), out, as_of=day)
        assert (stands.status.name, again.run_id, again.reused) == ("restated", second.run_id, True)
    assert {k: v for k, v in snapshot(out).items() if ".lock" not in k} == {
        k: v for k, v in before.items() if ".lock" not in k
    }
    kept = {p.name: p.read_bytes() for p in second.folder.iterdir() if p.is_file()}
    shutil.rmtree(second.folder)
    _, rebuilt = publish(small([*BILL, LATE]), out)
    assert rebuilt.run_id == second.run_id
    assert {p.name: p.read_bytes() for p in second.folder.iterdir() if p.is_file()} == kept


def test_each_further_change_restates_again(small: Make, out: Path) -> None:
    """Back to what it was is a change as well, and so is forth again: a run of its own that replaces the last."""
    bills = [BILL, [*BILL, LATE], BILL, [*BILL, LATE], [*BILL, LATE, LATE | {"ResourceId": "vm-7"}]]
    runs = []
    for bill in bills:
        stands, done = publish(small(bill), out)
        assert stands.replaces == (runs[-1] if runs else None)
        runs.append(done.run_id)
    assert statuses(out) == ["final", "restated", "restated", "restated", "restated"]
    assert len(set(runs)) == 5
    assert publication.verify_all(out) == []


def test_preliminary_to_final_is_no_restatement(small: Make, out: Path) -> None:
    """While a month waits for its bills it may change as it likes."""
    stands, _ = publish(small(), out, as_of=EARLY)
    assert "waits for AWS" in stands.status.reason
    publish(small([*BILL, LATE]), out, as_of=EARLY)
    publish(small(), out)
    assert statuses(out) == ["preliminary", "preliminary", "final"]
    assert [entry.replaces for entry in ledger.read(out)] == [None, None, None]


def test_a_final_month_seen_from_an_earlier_day(small: Make, out: Path) -> None:
    """Unchanged it is preliminary again, as its bills were then; changed it is restated and still waits."""
    _, first = publish(small(), out)
    assert publish(small(), out, as_of=EARLY)[0].status.name == "preliminary"
    stands, _ = asked(small([*BILL, LATE]), out, as_of=EARLY)
    assert (stands.status.name, stands.replaces) == ("restated", first.run_id)
    assert "waits for AWS" in stands.status.reason


def test_late_rows_in_a_new_delivery(tmp_path: Path, out: Path) -> None:
    """The provider sends the month again, into a folder of its own."""
    folder = tmp_path / "company"
    bills = {"delivery=2024-06-03T00:00:00Z/bill.csv": BILL}
    publish(small_bills.company(folder, bills), out)
    bills["delivery=2024-06-20T00:00:00Z/bill.csv"] = [*BILL, LATE]
    company = small_bills.company(folder, bills)
    stands, _ = publish(company, out)
    assert statuses(out) == ["final", "restated"]
    told = as_facts(company, MONTH, out=out, replaces=stands.replaces)
    assert told is not None and [part.cause for part in told.causes] == ["late_rows"]


def test_another_scenario_or_month_restates_nothing(small: Make, out: Path) -> None:
    """Only a set of the same month and scenario can be replaced."""
    publish(small(), out, "2024-04")
    publish_small(out, 7, scenario="growth")
    assert publish(small(), out)[0].status.name == "final"


@pytest.mark.parametrize("damage", ["removed", "changed"])
def test_without_its_set_the_ledger_is_asked(small: Make, out: Path, damage: str) -> None:
    """The headline of the line decides, and the causes cannot be told."""
    _, first = publish(small(), out)
    if damage == "removed":
        shutil.rmtree(first.folder)
    else:
        for name in ("findings.json", "basis.json"):
            (first.folder / name).chmod(0o644)
            (first.folder / name).write_bytes((first.folder / name).read_bytes().replace(b"93", b"94"))
    assert asked(small(), out)[0].status.name == "final"
    company = small([*BILL, LATE])
    stands, _ = asked(company, out)
    assert (stands.status.name, stands.replaces) == ("restated", first.run_id)
    told = as_facts(company, MONTH, out=out, replaces=first.run_id)
    assert told is not None and (told.old, told.new, told.causes) == (Decimal("0.93"), Decimal("1.03"), ())
    assert "not there any more" in (told.reason or "")


def test_what_analysts_say_otherwise_is_no_change(small: Make, out: Path) -> None:
    """A finding edited in a notebook differs from the computed one in every run, not since the last."""
    publish(small(), out, edits={"mau": "200"})
    assert json.loads((out / MONTH / "findings.json").read_text())["findings"]["mau"]["value"] == "200"
    assert asked(small(), out)[0].status.name == "final"


def test_what_was_published_for_the_month_before(small: Make, out: Path) -> None:
    """Its cost per user, as the ledger has it; it is part of the run only where it is not that of now."""
    plain = asked(small(), out)[1]
    publish(small(), out, "2024-04")  # 90 ÷ 100
    company = small()
    assert asked(company, out)[1] == plain
    assert informed(company, out).published == {"2024-04": Decimal("0.9")}
    changed = [*BILL, row("2024-04-20", BilledCost="10", EffectiveCost="10")]
    company = small(changed)
    run = asked(company, out)[1]
    stands, unpublished = asked(company, out.with_name("elsewhere"))
    assert (stands.status.name, run != unpublished) == ("final", True)
    publish(small(changed), out, "2024-04")
    assert asked(small(changed), out)[1] == unpublished


def test_a_month_published_under_other_rules_is_no_measure(small: Make, out: Path) -> None:
    """A changed definition is a break in the series."""
    publish(small(), out, "2024-04")
    company = small(costs='exclude_categories = ["Credit"]')
    assert last_published(company, MONTH, out=out, scenario="base") == {}
    assert last_published(small(), "2024-04", out=out, scenario="base") == {}


def test_a_bridge_from_any_month_starts_from_what_was_published(small: Make, out: Path) -> None:
    """90 for 100 users were published in March and in April; from March on means from the 0.90 of March."""
    bill = [*daily("2024-03", range(1, 31)), *BILL]
    for month in ("2024-03", "2024-04"):
        publish(small(bill), out, month)
    company = small([*bill, row("2024-03-20", BilledCost="10", EffectiveCost="10")])
    found = last_published(company, MONTH, out=out, scenario="base", against="2024-03")
    assert found == {"2024-03": Decimal("0.9"), "2024-04": Decimal("0.9")}
    bars = findings_of(company.saying(found, ()), MONTH, "2024-03")
    assert bars["bridge.restatement"].value == Decimal("0.1")


def test_a_publication_in_between_is_noticed(small: Make, out: Path) -> None:
    """A run that began before another one published must not say final where it would now be restated."""
    company = small([*BILL, LATE])
    stands, run = asked(company, out)
    question = pipeline.Question(company, MONTH, "base", ("cto",), stands, CLOSED, run)
    assert stands.status.name == "final"
    publish(small(), out)
    with pytest.raises(Locked, match="published by another run"):
        pipeline._publish(question, findings_of(company, MONTH), out, {}, lambda _: None)
    assert statuses(out) == ["final"]


def test_a_report_says_what_became_of_its_number(small: Make, tmp_path: Path, out: Path) -> None:
    """The whole way: pages, findings.json, ledger, `findings` and the second run that changes nothing."""
    small()
    given = ("--config", tmp_path / "company" / "report.toml", "--out", out, "--as-of", "2024-06-15")
    assert call("report", MONTH, *given, "--role", "cfo")[0] == 0
    small([*BILL, LATE])
    code, said, err = call("report", MONTH, *given, "--role", "cfo")
    assert code == 0, err
    assert "restated (replaces run " in said
    assert statuses(out) == ["final", "restated"]
    assert "Restated: USD 0.93 became 1.03, all late or changed rows" in (
        (out / MONTH / "cfo.html").read_text().replace("\u00a0", " ")
    )
    assert json.loads((out / MONTH / "findings.json").read_text())["status"] == "restated"
    assert '"basis.json"' in (out / MONTH / "manifest.json").read_text()
    before = snapshot(out)
    code, said, _ = call("report", MONTH, *given, "--role", "cfo")
    assert code == 0 and said.startswith("unchanged since ")
    assert snapshot(out) == before
    assert call("verify", MONTH, "--out", out)[0] == call("verify", "--out", out)[0] == 0
    listed = json.loads(call("findings", MONTH, *given, "--json")[1])
    published = json.loads((out / MONTH / "findings.json").read_text())
    assert listed["status"] == "restated" and listed["findings"] == published["findings"]
