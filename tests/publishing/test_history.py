"""The ledger read back: what was published when, how two runs differ, which sets stay, and whether all is whole."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from material import small_bills
from material.published_company import EARLY, MONTH, publish
from material.publishing import fill, publish_small, run_id_of
from material.small_bills import Row, daily, row
from material.three_lines import call

from unitcost.analyses.opening import open_company
from unitcost.errors import Locked, ReconciliationProblem
from unitcost.month.company import Company
from unitcost.publishing import ledger, manifest, pruning, publication
from unitcost.publishing.history import history
from unitcost.storage.locks import month_lock

BILL = [*daily("2024-04", range(1, 31)), *daily(MONTH, range(1, 32))]
LATE = row("2024-05-20", BilledCost="10", EffectiveCost="10")
ALL_COUNT = 'exclude_categories = ["Credit"]'
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


# History


def test_history_lists_every_publication(small: Make, out: Path) -> None:
    """When, which month, status, run, value, what had changed since the line before, and breaks."""
    runs = [
        publish(small(), out, as_of=EARLY)[1].run_id,
        publish(small([*BILL, LATE], mau_csv="month,mau\n2024-04,100\n2024-05,50\n"), out)[1].run_id,
        publish(small(costs=ALL_COUNT), out, "2024-04")[1].run_id,
    ]
    listed = json.loads(call("history", "--out", out, "--json")[1])
    told = [(e["as_of"], e["month"], e["status"], e["run_id"], e["value"], e["changed"], e["break"]) for e in listed]
    assert told == [
        ("2024-06-03", "2024-05", "preliminary", runs[0], "0.93", None, False),
        # Twelve counts of months became two; until May those are five and two.
        (
            "2024-06-15",
            "2024-05",
            "final",
            runs[1],
            "2.06",
            ["activity counts of users (-3 rows)", "costs AWS (+1 row)"],
            False,
        ),
        ("2024-06-15", "2024-04", "final", runs[2], "0.9", None, True),
    ]
    code, text, _ = call("history", "--out", out, "--finding", "mau")
    lines = text.splitlines()
    assert code == 0 and lines[0].split() == ["as", "of", "month", "status", "run", "mau", "changed"]
    assert lines[2].split() == ["2024-06-15", "2024-05", "final", runs[1], "50", *lines[2].split()[5:]]
    assert lines[3].endswith("break")


def test_an_unknown_finding_names_the_nearest(small: Make, out: Path) -> None:
    """And nothing published is no error."""
    assert call("history", "--out", out) == (0, f"nothing is published in {out}\n", "")
    publish(small(), out)
    code, _, err = call("history", "--out", out, "--finding", "cost_per_usr")
    assert code == 2 and "cost_per_user" in err


def test_a_pruned_set_leaves_its_headline(small: Make, out: Path) -> None:
    """What the line holds is still told, what only the set knew is not."""
    publish(small(), out)
    publish(small([*BILL, LATE]), out)
    publish(small(), out)
    assert pruning.prune(out, 1) == [ledger.read(out)[0].run_id]
    assert [e["value"] for e in json.loads(call("history", "--out", out, "--json")[1])] == ["0.93", "1.03", "0.93"]
    values = json.loads(call("history", "--out", out, "--json", "--finding", "cost.tax")[1])
    assert [e["value"] for e in values] == [None, "0", "0"]
    assert [e["changed"] for e in values] == [None, None, ["costs AWS (-1 row)"]]


def test_a_series_shows_its_breaks(small: Make, out: Path) -> None:
    """The value published for each month, and where the definition is not that of the publication before."""

    def published() -> list[tuple[str, str | None, bool]]:
        return [(line.entry.month, line.value, line.is_break) for line in history(out)]

    publish(small(), out, "2024-04")
    publish(small(), out)
    assert published() == [("2024-04", "0.9", False), (MONTH, "0.93", False)]
    publish(small([*BILL, LATE], ALL_COUNT), out)
    assert published()[-1] == (MONTH, "1.03", True)


# Two runs


def test_diff_shows_what_differs_and_what_lies_behind_it(small: Make, out: Path) -> None:
    """The largest change first, relative to what was; then inputs, settings and the status."""
    tax = row("2024-05-31", ChargeCategory="Tax", BilledCost="7", EffectiveCost="7")
    first = publish(small([*BILL, tax]), out)[1].run_id
    second = publish(small([*BILL, tax, LATE], ALL_COUNT), out)[1].run_id
    found = json.loads(call("diff", first, second, "--out", out, "--json")[1])
    values = {f["name"]: (f["old"], f["new"], f["share"]) for f in found["findings"]}
    assert values["scope_cost"] == ("93", "110", "0.182795698925")  # 17 ÷ 93
    assert values["billed_cost"] == ("100", "110", "0.1")
    assert values["cost_per_user"] == ("0.93", "1.1", "0.182795698925")
    shares = [abs(Decimal(f["share"])) for f in found["findings"] if f["share"] is not None]
    assert shares == sorted(shares, reverse=True) and "mau" not in values
    assert [(c["kind"], c["name"], c["how"].split(", ")[0]) for c in found["changed"]][0:2] == [
        ("set", "status", "final → restated"),
        ("set", "definition", found["changed"][1]["how"]),
    ]
    assert {"input", "setting"} <= {c["kind"] for c in found["changed"]}
    [setting] = [c for c in found["changed"] if c["kind"] == "setting"]
    assert (setting["name"], setting["how"]) == ("costs.exclude_categories", "['Tax', 'Credit'] → ['Credit']")
    code, text, _ = call("diff", first[:6], second[:6], "--out", out)
    assert code == 0 and re.search(r"^scope_cost +93 +110 +USD +\+18\.28%$", text, re.M) and "costs AWS" in text


def test_diff_names_changed_rules(tmp_path: Path, out: Path) -> None:
    """A rule is named by its place in the file, counted from 1."""
    more = '[allocation]\npath = "allocation.toml"'
    rules = [f'[[rule]]\nwhen = {{ ServiceName = "Compute" }}\nproduct_line = "{line}"\n' for line in ("web", "app")]
    runs = []
    for text in (rules[0], rules[1], rules[1] + rules[0].replace("Compute", "Storage")):
        company = small_bills.company(tmp_path / "company", BILL, "", more, allocation_toml=text)
        runs.append(publish(company, out)[1].run_id)
    told = [
        {(c["kind"], c["name"], c["how"]) for c in json.loads(call("diff", *two, "--out", out, "--json")[1])["changed"]}
        for two in (runs[:2], runs[1:])
    ]
    assert ("rule", "allocation.rules[1].product_line", "web → app") in told[0]
    assert ("rule", "allocation.rules[2].when.ServiceName", "not set → Storage") in told[1]


def test_a_run_and_itself(small: Make, out: Path) -> None:
    """Nothing differs."""
    run = publish(small(), out)[1].run_id
    code, text, _ = call("diff", run, run, "--out", out)
    assert code == 0 and "no finding differs" in text and "are the same" in text


def test_an_unknown_run_names_the_nearest(small: Make, out: Path) -> None:
    """Exit 2; a set that is gone is exit 3."""
    run = publish(small(), out)[1].run_id
    wrong = ("0" if run[0] != "0" else "1") + run[1:]
    for given in (wrong, run[:3], "", "../x"):
        code, _, err = call("diff", given, run, "--out", out)
        assert code == 2 and run in err
    (out / ".runs" / run / "findings.json").unlink()
    code, _, err = call("diff", run, run, "--out", out)
    assert code == 3 and "cannot be compared" in err


# Which sets stay


def test_all_that_the_ledger_names_is_kept_without_a_wish(out: Path) -> None:
    """Only what no line names goes: a set that was moved in by a run killed before it could note it."""
    for number in (1, 2, 3):
        publish_small(out, number)
    stray = out / ".runs" / run_id_of(9)
    stray.mkdir()
    fill(stray, 9)
    assert pruning.needless(out, 0) == [run_id_of(9)]
    assert pruning.prune(out, 0) == [run_id_of(9)]
    assert not stray.exists() and publication.verify_all(out) == []
    assert {p.name for p in (out / ".runs").iterdir()} == {run_id_of(n) for n in (1, 2, 3)}
    assert [p for p in out.iterdir() if p.name.startswith(".staging")] == []


def test_only_the_newest_of_each_month_and_scenario_stay(out: Path) -> None:
    """`keep_runs` counts for each by itself, and what is shown stays whatever its age."""
    for number in range(1, 5):
        publish_small(out, number)
    publish_small(out, 5, month="2024-04")
    publish_small(out, 6, scenario="growth")
    assert set(pruning.needless(out, 2)) == {run_id_of(1), run_id_of(2)}
    publication.reinstate(out, MONTH, run_id_of(1), as_of=EARLY, headline={})
    assert set(pruning.needless(out, 2)) == {run_id_of(2), run_id_of(3)}
    assert set(pruning.prune(out, 1)) == {run_id_of(2), run_id_of(3), run_id_of(4)}
    assert publication.current(out, MONTH) == run_id_of(1)


def test_what_a_restated_set_replaces_stays_with_it(small: Make, out: Path) -> None:
    """Its pages say old → new, so they can be made again as they were."""
    runs = [publish(small(bill), out)[1].run_id for bill in (BILL, [*BILL, LATE], BILL)]
    assert pruning.needless(out, 1) == [runs[0]]
    publish(small(), out, as_of=EARLY)
    assert set(pruning.needless(out, 1)) == {runs[0]}


def test_pruned_is_not_damaged(out: Path) -> None:
    """Verifying says what was let go, by its own id too; the newest of a month that is missing is an error."""
    for number in (1, 2):
        publish_small(out, number)
    pruning.prune(out, 1)
    assert publication.pruned(out, MONTH) == [run_id_of(1)]
    for given in ((MONTH,), ()):
        code, said, _ = call("verify", *given, "--out", out)
        assert code == 0 and "not kept any more: 1 earlier set, pruned" in said
    code, said, _ = call("verify", MONTH, "--run", run_id_of(1), "--out", out)
    assert code == 0 and "was pruned" in said
    (out / ".runs" / run_id_of(2)).rename(out / "gone")
    for given in ((MONTH,), ()):
        code, _, err = call("verify", *given, "--out", out)
        assert code == 4 and run_id_of(2) in err


def test_nothing_is_removed_while_the_ledger_is_damaged(out: Path) -> None:
    """A line that cannot be read may name a set."""
    for number in (1, 2):
        publish_small(out, number)
    path = out / "ledger.jsonl"
    whole = path.read_bytes()
    for content in (whole.replace(b"0.1", b"0.7"), whole[:-1], b""):
        path.write_bytes(content)
        with pytest.raises(ReconciliationProblem, match="ledger is not whole"):
            pruning.prune(out, 1)
    path.unlink()
    with pytest.raises(ReconciliationProblem, match="ledger is not whole"):
        pruning.prune(out, 0)
    assert len(list((out / ".runs").iterdir())) == 2


def test_a_month_that_is_being_published_is_left_alone(out: Path) -> None:
    """Its new set is not noted yet."""
    for number in (1, 2):
        publish_small(out, number)
    with month_lock(out, MONTH), pytest.raises(Locked):
        pruning.prune(out, 1)
    assert len(list((out / ".runs").iterdir())) == 2


def test_a_full_disk_can_be_emptied(small_disk: Path) -> None:
    """Removing needs no room, and what a killed prune left goes with the next one."""
    out = small_disk / "reports"
    for number in (1, 2, 3):
        publish_small(out, number)
    (out / ".runs" / run_id_of(1)).rename(out / ".runs" / f".pruned-{run_id_of(1)}")
    with pytest.raises(OSError, match=r"No space"), (small_disk / "filler").open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)
    assert pruning.prune(out, 1) == [run_id_of(2)]
    assert [p.name for p in (out / ".runs").iterdir()] == [run_id_of(3)]
    assert publication.verify_all(out) == []


def test_prune_goes_by_the_configuration(small: Make, tmp_path: Path, out: Path) -> None:
    """`keep_runs`, first only said, then done; without a configuration everything named stays."""
    small()
    for number in (1, 2, 3):
        publish_small(out, number)
    config = tmp_path / "company" / "report.toml"
    assert call("prune", "--out", out, "--config", config) == (0, f"nothing to remove in {out}\n", "")
    config.write_text(config.read_text().replace("[costs]", "keep_runs = 1\n[costs]"))
    code, said, _ = call("prune", "--out", out, "--config", config, "--dry-run")
    assert code == 0 and sorted(said.split()[3::4]) == sorted([run_id_of(1), run_id_of(2)])
    assert len(list((out / ".runs").iterdir())) == 3
    assert call("prune", "--out", out, "--config", config)[0] == 0
    assert [p.name for p in (out / ".runs").iterdir()] == [run_id_of(3)]


def test_how_long_sets_are_kept_is_no_part_of_a_run(small: Make, tmp_path: Path, out: Path) -> None:
    """Changing `keep_runs` changes no run id."""
    first = publish(small(), out)[1]
    config = tmp_path / "company" / "report.toml"
    config.write_text(config.read_text().replace("[costs]", "keep_runs = 3\n[costs]"))
    again = publish(open_company(config), out)[1]
    assert (again.run_id, again.reused) == (first.run_id, True)


# Verifying


def test_a_flipped_byte_in_any_published_file_is_named(small: Make, out: Path) -> None:
    """Of the set that is shown and of earlier ones, by month, by run and for all months."""
    first = publish(small(), out)[1].run_id
    second = publish(small([*BILL, LATE]), out)[1].run_id
    files = [path for run in (first, second) for path in (out / ".runs" / run).rglob("*") if path.is_file()]
    assert {path.name for path in files} == {"cto.html", "findings.json", "basis.json", "manifest.json"}
    for path in files:
        content = path.read_bytes()
        path.chmod(0o644)
        for position in {0, len(content) // 2, len(content) - 1}:
            path.write_bytes(content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :])
            run = path.parent.name
            assert any(path.name in p.where for p in publication.verify(out, MONTH))
            assert any(f"{run}/{path.name}" in p.where for p in publication.verify_all(out))
            assert any(path.name in p.where for p in publication.verify(out, MONTH, run))
        path.write_bytes(content)
    assert publication.verify(out, MONTH) == publication.verify_all(out) == []


def test_verify_without_a_month_looks_at_all_of_them(out: Path) -> None:
    """The month that is damaged is named by its run; nothing published is exit 2, as for a month."""
    assert call("verify", "--out", out)[0] == 2
    publish_small(out, 1, month="2024-04")
    publish_small(out, 2)
    assert call("verify", "--out", out)[0] == 0
    damaged = out / ".runs" / run_id_of(1) / "cto.html"
    damaged.chmod(0o644)
    damaged.write_text("cheaper")
    assert call("verify", MONTH, "--out", out)[0] == call("verify", "--run", run_id_of(2), "--out", out)[0] == 0
    assert call("verify", "--run", run_id_of(1), "--out", out)[0] == 4
    assert call("verify", "--run", run_id_of(8), "--out", out)[0] == 2
    code, _, err = call("verify", "--out", out)
    assert code == 4 and f".runs/{run_id_of(1)}/cto.html: has been changed" in err


def test_a_set_exchanged_with_its_manifest_is_found_later_too(out: Path) -> None:
    """An earlier set that agrees with itself still disagrees with the ledger."""
    publish_small(out, 1)
    publish_small(out, 2)
    folder = out / ".runs" / run_id_of(1)
    described = manifest.read(folder)
    (folder / "manifest.json").unlink()
    manifest.write(folder, described.model_copy(update={"currency": "EUR"}))
    assert [str(p) for p in publication.verify(out, MONTH)] == [
        f".runs/{run_id_of(1)}/manifest.json: is not the one that the ledger knows"
    ]


def test_a_month_that_shows_another_set_than_the_newest_is_found(out: Path) -> None:
    """Somebody turned the link back by hand."""
    publish_small(out, 1)
    publish_small(out, 2)
    (out / MONTH).unlink()
    (out / MONTH).symlink_to(f".runs/{run_id_of(1)}")
    said = f"{MONTH}: shows run {run_id_of(1)}, and the newest in the ledger is {run_id_of(2)}"
    assert [str(p) for p in publication.verify(out, MONTH)] == [said]
    assert [str(p) for p in publication.verify_all(out)] == [said]
