"""A scenario is read strictly: what is wrong is named with its file, its key and a remedy."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from unitcost.analyses.levers import scenarios
from unitcost.analyses.levers.scenarios import Scenario, check_lines, known_scenarios, load_scenario
from unitcost.errors import UsageProblem
from unitcost.inputs.config import Config

PLAIN = """
id = "smaller"
kind = "rightsizing"
applies_to = { ServiceCategory = "Compute" }
coverage = { low = 0.3, mode = 0.4, high = 0.5 }
saving = 0.3
source = "utilisation review"
as_of = 2024-05-01
"""
OTHER = PLAIN.replace("smaller", "other")
COMMIT = PLAIN.replace("smaller", "plan").replace("rightsizing", "commitment")


def config(path: str = "scenarios") -> Config:
    return Config.model_validate(
        {
            "report": {"company": "A"},
            "costs": {"paths": ["a.csv"]},
            "activity": {"path": "b.csv"},
            "scenarios": {"path": path},
        }
    )


def read(folder: Path, text: str | bytes, name: str = "base") -> Scenario:
    place = folder / "scenarios"
    place.mkdir(exist_ok=True)
    (place / f"{name}.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_scenario(folder, config(), name)


def lever(text: str = PLAIN, **changed: str) -> str:
    """Return a [[lever]] with some keys written otherwise; '' leaves a key out."""
    lines = [line for line in text.strip().splitlines() if line.split(" =")[0] not in changed]
    return "\n".join(["[[lever]]", *lines, *(f"{key} = {value}" for key, value in changed.items() if value), ""])


BAD: dict[str, tuple[str | bytes, str, str]] = {
    # what the file holds, where the complaint points, what it says
    "unknown key": (lever(effort_week="3"), "lever[1].effort_week", "effort_weeks"),
    "unknown key at the top": ('name = "A"\nhorizon = 3\n', "horizon", "horizon_months"),
    "unknown section": ("[[levers]]\n", "levers", "lever"),
    "unknown kind": (lever(kind='"rightsizin"'), "lever[1].kind", "rightsizing"),
    "unknown column": (lever(applies_to='{ ServiceCategori = "Compute" }'), "applies_to", "ServiceCategory"),
    "star in the middle": (lever(applies_to='{ ServiceName = "A*B" }'), "applies_to", "at its end"),
    "nothing to match": (lever(applies_to="{}"), "applies_to", "at least 1"),
    "an empty list": (lever(applies_to="{ ServiceName = [] }"), "applies_to", "no value"),
    "low above mode": (lever(saving="{ low = 0.4, mode = 0.3, high = 0.5 }"), "saving", "low ≤ mode ≤ high"),
    "mode above high": (lever(saving="{ low = 0.1, mode = 0.6, high = 0.5 }"), "saving", "low ≤ mode ≤ high"),
    "mode missing": (lever(saving="{ low = 0.1, high = 0.5 }"), "saving.mode", "missing"),
    "share above 1": (lever(coverage="1.2"), "coverage", "between 0 and 1"),
    "percent for a share": (lever(saving="30"), "saving", "between 0 and 1"),
    "share below 0": (lever(coverage="-0.1"), "coverage", "greater than or equal to 0"),
    "not a number": (lever(saving="nan"), "saving", "finite"),
    "infinite": (lever(saving="inf"), "saving", "finite"),
    "text for a number": (lever(saving='"0.3"'), "saving", "write a number"),
    "text in a range": (lever(saving='{ low = "0.1", mode = 0.2, high = 0.3 }'), "saving.low", "without quotes"),
    "true for a number": (lever(coverage="true"), "coverage", "write a number"),
    "negative effort": (lever(effort_weeks="-1"), "effort_weeks", "greater than or equal to 0"),
    "negative ramp": (lever(ramp_months="-1"), "ramp_months", "greater than or equal to 0"),
    "half a month of ramp": (lever(ramp_months="1.5"), "ramp_months", "integer"),
    "requires itself": (lever(requires='["smaller"]'), "requires", "requires itself"),
    "a circle": (lever(requires='["other"]') + lever(OTHER, requires='["smaller"]'), "requires", "smaller → other"),
    "excludes itself": (lever(excludes='["smaller"]'), "excludes", "excludes itself"),
    "requires what it excludes": (
        lever(requires='["other"]', excludes='["other"]') + lever(OTHER),
        "requires",
        "never be chosen",
    ),
    "requires what excludes it": (
        lever(requires='["other"]') + lever(OTHER, excludes='["smaller"]'),
        "requires",
        "never be chosen",
    ),
    "unknown id": (lever(requires='["smalle"]'), "requires", "smaller"),
    "id twice": (lever() + lever(), "lever[2].id", "another id"),
    "id with a blank": (lever(id='"two words"'), "lever[1].id", "hyphens"),
    "no id": (lever(id=""), "lever[1].id", "missing"),
    "no kind": (lever(kind=""), "lever[1].kind", "missing"),
    "no filter": (lever(applies_to=""), "lever[1].applies_to", "missing"),
    "no source": (lever(source=""), "lever[1]", "'source' is missing"),
    "blank source": (lever(source='" "'), "source", "empty"),
    "no date": (lever(as_of=""), "lever[1]", "'as_of' is missing"),
    "date as text": (lever(as_of='"May"'), "as_of", "date"),
    "another kind's key": (lever(rework_share="0.1"), "lever[1]", "spot"),
    "both coverage and an amount": (lever(COMMIT, commit_per_hour="3"), "lever[1]", "not both"),
    "horizon of 0": ("horizon_months = 0\n" + lever(), "horizon_months", "greater than or equal to 1"),
    "negative budget": ("effort_budget_weeks = -2\n" + lever(), "effort_budget_weeks", "greater than or equal to 0"),
    "seed with a fraction": ("seed = 1.5\n" + lever(), "seed", "integer"),
    "unknown distribution": ('distribution = "normal"\n' + lever(), "distribution", "pert"),
    "correlation of 1": (
        lever() + lever(OTHER) + '[[correlation]]\nlevers = ["smaller", "other"]\nvalue = 1\n',
        "correlation[1].value",
        "less than 1",
    ),
    "correlation with a stranger": (
        lever() + '[[correlation]]\nlevers = ["smaller", "othr"]\nvalue = 0.5\n',
        "correlation[1].levers",
        "smaller",
    ),
    "correlations that cannot be": (
        lever()
        + lever(OTHER)
        + lever(COMMIT)
        + "".join(
            f'[[correlation]]\nlevers = ["{a}", "{b}"]\nvalue = {value}\n'
            for a, b, value in (("smaller", "other", 0.9), ("other", "plan", 0.9), ("smaller", "plan", -0.9))
        ),
        "correlation",
        "contradict",
    ),
    "empty": (b"", "base.toml", "empty"),
    "only a comment": (b"# later\n", "base.toml", "empty"),
    "broken": (b'name = "A\n', "base.toml", "TOML"),
    "not UTF-8": (b'name = "\xff\xfe"\n', "base.toml, byte 8", "UTF-8"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_scenario_is_named_with_its_place_and_a_remedy(tmp_path: Path, case: str) -> None:
    text, place, said = BAD[case]
    with pytest.raises(UsageProblem) as caught:
        read(tmp_path, text)
    assert caught.value.where is not None
    assert "base.toml" in caught.value.where
    assert place in caught.value.where, caught.value.where
    assert said in str(caught.value)
    assert caught.value.fix
    assert len(str(caught.value).splitlines()) <= 15


@pytest.mark.parametrize("name", ["../base", "scenarios/base", "/etc/passwd", "base.toml", "bse", ".", "*"])
def test_a_scenario_is_a_name_that_is_there(tmp_path: Path, name: str) -> None:
    read(tmp_path, lever())
    with pytest.raises(UsageProblem, match="There is no scenario") as caught:
        load_scenario(tmp_path, config(), name)
    assert "base" in str(caught.value.fix)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="folder of the scenarios"):
        load_scenario(tmp_path, config("senarios"), "base")


def test_no_file_is_a_plan_without_levers(tmp_path: Path) -> None:
    assert load_scenario(tmp_path, config(""), "") == Scenario()
    (tmp_path / "scenarios").mkdir()
    assert load_scenario(tmp_path, config(), "base").levers == ()
    assert known_scenarios(tmp_path, config()) == ("base",)


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    found = read(tmp_path, 'name = "Plan"\nseed = 7\neffort_budget_weeks = 1.5\n' + lever(effort_weeks="0.5"))
    one = found.lever("smaller")
    assert (found.key, found.name, found.seed, found.effort_budget_weeks) == ("base", "Plan", 7, Decimal("1.5"))
    assert one.saving is not None
    assert one.coverage is not None
    assert (one.saving.low, one.saving.mode, one.saving.high) == (Decimal("0.3"),) * 3
    assert (one.coverage.low, one.coverage.high) == (Decimal("0.3"), Decimal("0.5"))
    assert one.as_of == dt.date(2024, 5, 1)


def test_the_order_in_the_file_does_not_count(tmp_path: Path) -> None:
    one, two, three = lever(), lever(OTHER, kind='"idle"'), lever(COMMIT)
    assert read(tmp_path, three + one + two) == read(tmp_path, one + two + three)
    assert [each.id for each in read(tmp_path, three + one + two).levers] == ["other", "smaller", "plan"]


def test_what_a_lever_does_not_say_is_assumed_and_said(tmp_path: Path) -> None:
    found = read(tmp_path, lever(coverage="", saving="", source="", as_of=""))
    one = found.lever("smaller")
    assert one.saving is not None
    assert (one.saving.low, one.saving.high) == (Decimal("0.2"), Decimal("0.4"))
    assert [(a.key, a.shipped, bool(a.source)) for a in found.assumptions] == [
        ("coverage", True, True),
        ("saving", True, True),
    ]


def test_a_commitment_without_coverage_waits_for_its_amount(tmp_path: Path) -> None:
    found = read(tmp_path, lever(COMMIT, coverage=""))
    assert found.levers[0].coverage is None


def test_a_product_line_that_no_bill_names(tmp_path: Path) -> None:
    found = read(tmp_path, lever(applies_to='{ "Tags.product" = ["serch", "web*"] }'))
    with pytest.raises(UsageProblem, match="unknown product line 'serch'") as caught:
        check_lines(found, "product", ["search", "web-app"])
    assert "search" in str(caught.value.fix)
    check_lines(found, "product", ["serch", "web-app"])


@pytest.mark.parametrize("change", ["left out", "twice", "of no kind"])
def test_a_kind_without_its_prior_is_refused(change: str) -> None:
    """What is shipped fits the table of kinds: each kind once for each assumption, unless that is a decision."""
    shipped = [prior.model_dump() for prior in scenarios.priors().values()]
    scenarios._Priors.model_validate({"prior": shipped})
    prior = shipped[0]
    others = {"left out": [], "twice": [prior, prior], "of no kind": [prior | {"kind": "magic"}]}[change]
    with pytest.raises(ValidationError, match=prior["kind"]):
        scenarios._Priors.model_validate({"prior": [*others, *shipped[1:]]})
