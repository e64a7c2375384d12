"""experiments.toml is read strictly: what is wrong is named with its file, its key and a remedy."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from material.three_lines import REPORT, call, write
from material.tried_company import experiment, treated

from unitcost.analyses.experiments.experiment_file import (
    NO_EXPERIMENTS,
    Experiments,
    as_data,
    check_filters,
    check_levers,
    read_experiments,
)
from unitcost.errors import UsageProblem

FILE = "experiments.toml"


def read(folder: Path, text: str | bytes) -> Experiments:
    (folder / FILE).write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_experiments(folder, FILE)


OWN = '[{ "Tags.product" = "search", ServiceName = ["Compute"] }]'
TWICE = '[{ ServiceName = ["A", "B"] }, { ServiceName = ["B", "A"] }]'
BAD: dict[str, tuple[str | bytes, str, str]] = {
    # what the file holds, where the complaint points, what it says
    "unknown key": (experiment(rampdays=3), "experiment[1].rampdays", "ramp_days"),
    "unknown section": ('[[experiments]]\nid = "a"\n', "experiments", "did you mean 'experiment'"),
    "one that is no list": ('[experiment]\nid = "a"\n', "experiment", "tuple"),
    "unknown kind": (experiment(kind='"spots"'), "experiment[1].kind", "spot"),
    "unknown direction": (experiment(expected='"down"'), "experiment[1].expected", "decrease"),
    "id twice": (experiment() + experiment(), "experiment[2].id", "each an id of its own"),
    "id with a blank": (experiment("a b"), "experiment[1].id", "hyphens"),
    "no id": (experiment().replace('id = "try"', ""), "experiment[1].id", "missing"),
    "no treated": (experiment(treated=""), "experiment[1].treated", "missing"),
    "nothing treated": (experiment(treated="{}"), "experiment[1].treated", "at least 1"),
    "treated as text": (experiment(treated='"search"'), "experiment[1].treated", "dictionary"),
    "unknown column": (experiment(treated='{ ServiceNam = "A" }'), "experiment[1].treated", "'ServiceName'"),
    "star in the middle": (experiment(treated='{ ServiceName = "A*B" }'), "experiment[1].treated", "at its end"),
    "no value": (experiment(treated="{ ServiceName = [] }"), "experiment[1].treated", "no value"),
    "no start": (experiment(started_on=""), "experiment[1].started_on", "missing"),
    "start in quotes": (experiment(started_on='"2024-03-11"'), "experiment[1].started_on", "without quotes"),
    "start with a time": (experiment(started_on="2024-03-11T08:00:00"), "experiment[1].started_on", "without a time"),
    "start as a number": (experiment(started_on=20240311), "experiment[1].started_on", "such as 2024-03-11"),
    "negative ramp": (experiment(ramp_days=-1), "experiment[1].ramp_days", "greater than or equal to 0"),
    "half a day of ramp": (experiment(ramp_days=1.5), "experiment[1].ramp_days", "integer"),
    "years of ramp": (experiment(ramp_days=400), "experiment[1].ramp_days", "366"),
    "negative anticipation": (experiment(anticipation_days=-2), "experiment[1].anticipation_days", "greater"),
    "unknown controls": (experiment(controls='"other_product"'), "experiment[1].controls", "other_products"),
    "no control in the list": (experiment(controls="[]"), "experiment[1].controls", 'write "none"'),
    "an empty control": (experiment(controls="[{}]"), "experiment[1].controls", "is a filter"),
    "a control as text": (experiment(controls='["none"]'), "experiment[1].controls", "is a filter"),
    "a control that is no list": (experiment(controls=treated("web")), "experiment[1].controls", "list of filters"),
    "unknown column of a control": (
        experiment(controls='[{ RegionIdd = "A" }]'),
        "experiment[1].controls",
        "'RegionId'",
    ),
    "its own control": (experiment(controls=OWN), "experiment[1]", "is what is treated"),
    "a control twice": (experiment(controls=TWICE), "experiment[1]", "listed twice"),
    "user": (experiment(exposure='"user"'), "experiment[1].exposure", '"users"'),
    "a driver without a name": (experiment(exposure='"driver:"'), "experiment[1].exposure", "driver:"),
    "broken": (b'[[experiment]]\nid = "a\n', FILE, "TOML"),
    "not UTF-8": (b'[[experiment]]\nname = "\xff"\n', f"{FILE}, byte 23", "UTF-8"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_named_with_its_place_and_a_remedy(tmp_path: Path, case: str) -> None:
    text, place, said = BAD[case]
    with pytest.raises(UsageProblem) as caught:
        read(tmp_path, text)
    assert caught.value.where is not None
    assert FILE in caught.value.where
    assert place in caught.value.where, caught.value.where
    assert said in str(caught.value)
    assert caught.value.fix
    assert len(str(caught.value).splitlines()) <= 15


def test_the_file_is_there_and_is_a_file(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="does not exist") as caught:
        read_experiments(tmp_path, "experimets.toml")
    assert "experimets.toml" in str(caught.value.where)
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageProblem, match="this is a folder"):
        read_experiments(tmp_path, "folder")


def test_no_file_and_no_experiment_are_nothing_tried(tmp_path: Path) -> None:
    assert read_experiments(tmp_path, "") == NO_EXPERIMENTS
    assert read(tmp_path, "# later\n").all == ()


def test_what_is_read_is_what_was_written_and_defaults_are_those_of_the_guide(tmp_path: Path) -> None:
    found = read(tmp_path, experiment("b", "2024-03-11", exposure='"driver:CPU_Hours"') + experiment("a", "2024-03-11"))
    assert [one.id for one in found.all] == ["a", "b"]
    one, other = found.all
    assert (one.title, one.kind, one.controls, one.exposure, one.expected) == (
        "a", "other", "other_products", "users", "decrease",
    )  # fmt: skip
    assert (one.ramp_days, one.anticipation_days, one.lever) == (0, 0, None)
    assert other.exposure == "driver:cpu_hours"
    assert found.until(dt.date(2024, 3, 10)) == []
    assert [one.id for one in found.until(dt.date(2024, 3, 11))] == ["a", "b"]


def test_the_order_in_the_file_does_not_count(tmp_path: Path) -> None:
    one, two = experiment("one"), experiment("two", "2024-01-01")
    assert read(tmp_path, one + two) == read(tmp_path, two + one)
    turned = experiment("one", treated='{ "Tags.product" = "search", ServiceName = "Compute" }')
    assert as_data(read(tmp_path, one).all) == as_data(read(tmp_path, turned).all)


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        ({"treated": treated("serch")}, "'try', treated.Tags.product"),
        ({"controls": f"[{treated('web')}, {treated('serch')}]"}, "'try', controls[2].Tags.product"),
    ],
)
def test_a_product_line_that_no_bill_names(tmp_path: Path, keys: dict[str, str], place: str) -> None:
    found = read(tmp_path, experiment(**keys))
    with pytest.raises(UsageProblem, match="unknown product line 'serch'") as caught:
        check_filters(found, "product", ["search", "web"])
    assert place in str(caught.value.where)
    assert "search" in str(caught.value.fix)
    check_filters(found, "product", ["search", "serch", "web"])
    check_filters(found, "team", [])


def test_a_lever_that_the_plan_of_record_has_not(tmp_path: Path) -> None:
    """The nearest one is named; one that is there passes."""
    found = read(tmp_path, experiment(lever='"workers-to-spt"'))
    with pytest.raises(UsageProblem, match="unknown lever 'workers-to-spt'") as caught:
        check_levers(found, ["savings-plan", "workers-to-spot"])
    assert "workers-to-spot" in str(caught.value.fix)
    check_levers(found, ["workers-to-spt"])


def test_the_command_says_it_and_exits_with_2(tmp_path: Path) -> None:
    """Wrong in the file, or wrong only beside the bills; what is right is counted by `check`."""
    report = f'{REPORT}[experiments]\npath = "{FILE}"\n'
    keys = {"report_toml": report, "experiments_toml": experiment(ramp_days=-1)}
    code, _, err = call("check", "--config", write(tmp_path, **keys))
    assert code == 2
    for said in (FILE, "experiment[1].ramp_days", "greater than or equal to 0", "docs/experiments.md"):
        assert said in err
    keys["experiments_toml"] = experiment(treated=treated("serch"))
    code, _, err = call("findings", "2024-05", "--config", write(tmp_path, **keys))
    assert code == 2
    assert "unknown product line 'serch'" in err
    keys["experiments_toml"] = experiment(treated='{ ServiceName = "EC2" }', controls='"none"')
    code, out, _ = call("check", "--config", write(tmp_path, **keys))
    assert code == 0
    assert "experiments: 1, started on 2024-02-05" in out
    keys["experiments_toml"] += experiment("next", "2024-06-03", treated='{ ServiceName = "EC2" }')
    assert "experiments: 2, 2024-02-05 to 2024-06-03" in call("check", "--config", write(tmp_path, **keys))[1]
    (tmp_path / FILE).unlink()
    code, _, err = call("check", "--config", tmp_path / "report.toml")
    assert code == 2
    assert f"{FILE}" in err and "does not exist" in err
