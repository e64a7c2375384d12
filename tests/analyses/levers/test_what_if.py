"""What if: assumptions changed in a notebook, saved as a scenario, and scenarios set beside each other."""

from __future__ import annotations

import json
import time
from decimal import Decimal
from pathlib import Path

import pytest
from material.lever_company import MONTH, PLAN, SMALLER, write
from material.three_lines import call

from unitcost.analyses.findings import findings as findings_of
from unitcost.analyses.levers import what_if
from unitcost.analyses.levers.scenarios import as_data, scenario_of, under
from unitcost.analyses.opening import open_company, report_of
from unitcost.errors import UsageProblem
from unitcost.month.company import Company

BASE = 'name = "Plan"\neffort_budget_weeks = 2.5\n' + SMALLER + PLAN


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A company with 137.00 in scope, 100 of it compute: rightsizing by 20 %, then 30 % off on 80 % of what is left."""
    write(tmp_path / "company", BASE)
    return tmp_path / "company"


def opened(folder: Path) -> Company:
    return open_company(folder / "report.toml")


def saving(asked: what_if.WhatIf) -> object:
    return asked.after["levers.saving"].value


def test_a_changed_assumption_is_answered_by_hand(folder: Path) -> None:
    """Half of 100 gone: 50 + 50 × 0.8 × 0.3 = 62; without a change 20 + 80 × 0.8 × 0.3 = 39.2."""
    company = opened(folder)
    assert saving(what_if.what_if(report_of(company, MONTH), {})) == Decimal("39.2")
    asked = what_if.what_if(report_of(company, MONTH), {"smaller": {"saving": 0.5}})
    assert saving(asked) == 62
    assert asked.before["levers.saving"].value == Decimal("39.2")
    assert asked.table().loc["Saving a month, all levers, USD"].tolist() == ["39.20", "62.00", "22.80"]
    assert findings_of(company, MONTH)["levers.saving"].value == Decimal("39.2")


def test_a_second_answer_does_not_read_the_bills_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What filters match is read once; an answer takes a moment."""
    company = opened(folder)
    what_if.what_if(report_of(company, MONTH), {"smaller": {"saving": 0.4}})
    monkeypatch.setattr(
        "unitcost.analyses.levers.inputs.spend_by_filters", lambda *_: pytest.fail("the bills were read again")
    )
    start = time.process_time()
    assert saving(what_if.what_if(report_of(company, MONTH), {"smaller": {"saving": 0.5}})) == 62
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"smalle": {"saving": 0.5}}, "did you mean 'smaller'"),
        ({"smaller": {"savin": 0.5}}, "did you mean 'saving'"),
        ({"smaller": {"saving": 1.5}}, "between 0 and 1"),
        ({"smaller": {"saving": (0.5, 0.4, 0.6)}}, "low ≤ mode ≤ high"),
        ({"smaller": {"saving": "much"}}, "write a number"),
        ({"smaller": {"effort_weeks": -1}}, "smaller.effort_weeks"),
    ],
)
def test_what_no_scenario_could_hold_is_refused(folder: Path, changes: what_if.Changes, told: str) -> None:
    with pytest.raises(UsageProblem, match=told):
        what_if.what_if(report_of(opened(folder), MONTH), changes)


def test_what_was_asked_is_saved_as_a_scenario(folder: Path) -> None:
    """Its file says the same as the notebook did, and is not written over."""
    company = opened(folder)
    asked = what_if.what_if(report_of(company, MONTH), {"smaller": {"saving": (0.4, 0.5, 0.6), "effort_weeks": 1}})
    path = what_if.save_as(asked, "bolder", title="Bolder", source="review of machines")
    again = as_data(scenario_of(under(company, "bolder")))
    assert again["levers"][0] == {
        **as_data(asked.scenario)["levers"][0],
        "source": "review of machines",
        "as_of": "2024-05-31",
    }
    assert again["levers"][1:] == as_data(scenario_of(company))["levers"][1:]
    assert (again["name"], again["effort_budget_weeks"]) == ("Bolder", "2.5")
    for name in ("bolder", "../bolder", "", "a b"):
        with pytest.raises(UsageProblem):
            what_if.save_as(asked, name)
    assert sorted(p.name for p in path.parent.iterdir()) == ["base.toml", "bolder.toml"]


def test_what_the_program_assumed_is_not_saved_as_the_scenarios_own(folder: Path) -> None:
    """A lever that leaves its saving to what is shipped leaves it in the copy as well."""
    text = '[[lever]]\nid = "smaller"\nkind = "rightsizing"\napplies_to = { ServiceName = "EC2" }\ncoverage = 1\n'
    (folder / "scenarios" / "base.toml").write_text(f'{text}source = "x"\nas_of = 2024-05-01\n')
    company = opened(folder)
    path = what_if.save_as(what_if.what_if(report_of(company, MONTH), {"smaller": {"coverage": 0.5}}), "half")
    assert "saving" not in path.read_text()
    assert [a.shipped for a in scenario_of(under(company, "half")).assumptions] == [False, True]


def test_scenarios_stand_beside_each_other(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """39.2 against 24 for the commitment alone; as a table, as JSON and as pages."""
    (folder / "scenarios" / "commit.toml").write_text('name = "Commit"\n' + PLAN)
    given = (MONTH, "base", "commit", "--config", folder / "report.toml")
    code, said, err = call("compare", *given)
    assert code == 0, err
    assert "39.20" in said and "24.00" in said and "−15.20" in said
    told = json.loads(call("compare", *given, "--json")[1])
    saved = next(one for one in told["findings"] if one["label"] == "Saving a month, all levers")
    assert (told["names"], saved["values"]) == (["base", "commit"], ["39.2", "24"])
    monkeypatch.setenv("UNITCOST_MONTH", MONTH)
    monkeypatch.setenv("UNITCOST_SCENARIOS", "base commit")
    monkeypatch.setenv("UNITCOST_TO", "")
    assert call("compare", *given[3:]) == (0, said, "")
    pages = [tmp_path / "one", tmp_path / "two"]
    for to in pages:
        assert call("compare", *given, "--to", to)[0] == 0
    assert sorted(path.name for path in pages[0].iterdir()) == ["compare.html", "compare.pdf"]
    assert "Commit" in (pages[0] / "compare.html").read_text()
    for name in ("compare.html", "compare.pdf"):
        assert (pages[0] / name).read_bytes() == (pages[1] / name).read_bytes()


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (("base",), "two to 5 different scenarios"),
        (("base", "base"), "two to 5 different scenarios"),
        (("base", "bse"), "There is no scenario 'bse'"),
        (("base", "../base"), "There is no scenario '../base'"),
    ],
)
def test_a_comparison_that_cannot_be_made_writes_nothing(
    folder: Path, tmp_path: Path, names: tuple[str, ...], told: str
) -> None:
    to = tmp_path / "pages"
    code, said, err = call("compare", MONTH, *names, "--config", folder / "report.toml", "--to", to)
    assert (code, said) == (2, "")
    assert told in err
    assert not to.exists()


def test_a_comparison_is_not_written_over_anything(folder: Path, tmp_path: Path) -> None:
    (folder / "scenarios" / "commit.toml").write_text('name = "Commit"\n' + PLAN)
    code, _, err = call("compare", MONTH, "base", "commit", "--config", folder / "report.toml", "--to", tmp_path)
    assert code == 2
    assert "is there already" in err
