"""`unitcost experiment` from the command line: shapes, errors with rows and names, many panels at once."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow.csv
import pyarrow.parquet
import pytest
from material.three_lines import call

from unitcost.commands.terminal.repeated_options import repeated

ESTIMATE = {
    "estimate", "lift", "incremental", "se_placebo", "p_placebo", "p_smallest", "rmspe_ratio", "rmspe_rank",
    "unit_weights", "time_weights", "warnings", "reason",
}  # fmt: skip
OPTIONS = ("--unit", "who", "--time", "day", "--outcome", "cost", "--treated", "a", "--start", "2024-02-01")


def lines(separator: str = ",") -> list[str]:
    """Six services over sixty days; `a` falls by 5 from February on."""
    chance = np.random.default_rng(1)
    days = np.arange("2024-01-01", "2024-03-01", dtype="datetime64[D]")
    rows = [separator.join(("who", "day", "cost", "users"))]
    for unit in "abcdef":
        for number, day in enumerate(days):
            cost = 50 + chance.normal() - (5 if unit == "a" and number >= 31 else 0)
            rows.append(separator.join((unit, str(day), f"{cost:.4f}", f"{chance.normal(9, 1):.3f}")))
    return rows


def written(folder: Path, rows: list[str]) -> Path:
    path = folder / "panel.csv"
    path.write_text("\n".join(rows) + "\n")
    return path


def test_the_object_has_the_promised_shape(tmp_path: Path) -> None:
    """Every key is there, numbers are numbers, and the effect is found."""
    code, said, err = call("experiment", written(tmp_path, lines()), *OPTIONS, "--expected", "decrease", "--json")
    assert code == 0, err
    found = json.loads(said)
    for name in ("did", "sc", "sc_demeaned", "sdid"):
        assert set(found[name]) == ESTIMATE
        assert found[name]["estimate"] == pytest.approx(-5, abs=1)
        assert found[name]["incremental"] == pytest.approx(found[name]["estimate"] * 29)
    assert {"estimate", "low", "high", "level", "p", "mde", "phi", "method"} <= set(found["series"])
    assert set(found["leave_one_out"]) == set("bcdef")
    assert set(found["placebo_in_time"][0]) == {"start", "did", "sc", "sdid"}
    assert found["verdict"] == "effect"


def test_order_separator_and_format_change_nothing(tmp_path: Path) -> None:
    """Rows upside down, semicolons and Parquet give the same bytes."""
    plain = written(tmp_path, lines())
    expected = call("experiment", plain, *OPTIONS, "--json")[1]
    pyarrow.parquet.write_table(pyarrow.csv.read_csv(plain), tmp_path / "panel.parquet")
    assert call("experiment", tmp_path / "panel.parquet", *OPTIONS, "--json")[1] == expected
    head, *rest = lines(";")
    assert call("experiment", written(tmp_path, [head, *reversed(rest)]), *OPTIONS, "--json")[1] == expected


def test_many_panels_in_one_file(tmp_path: Path) -> None:
    """Each value of the column is a case, equal to the panel alone."""
    head, *rest = lines()
    alone = json.loads(call("experiment", written(tmp_path, lines()), *OPTIONS, "--json")[1])
    both = [f"{head},case", *(f"{row},{case}" for case in ("x", "y") for row in rest)]
    found = json.loads(call("experiment", written(tmp_path, both), *OPTIONS, "--by", "case", "--json")[1])
    assert found == {"cases": {"x": alone, "y": alone}}


def test_without_controls_the_series_speaks_alone(tmp_path: Path) -> None:
    """Estimators are null with a reason; covariates may follow one option."""
    rows = [row for row in lines() if row.startswith(("who", "a"))]
    code, said, err = call("experiment", "--covariates", "users", written(tmp_path, rows), *OPTIONS, "--json")
    assert code == 0, err
    found = json.loads(said)
    assert found["sdid"]["estimate"] is None
    assert "no controls" in found["sdid"]["reason"]
    assert found["series"]["low"] < -5 < found["series"]["high"]
    assert "covariates" in found["series"]["method"]


def test_people_get_a_short_text(tmp_path: Path) -> None:
    """What could have been found stands before what was found; the verdict is last."""
    code, said, _ = call("experiment", written(tmp_path, lines()), *OPTIONS)
    assert code == 0
    assert said.index("Minimum detectable effect") < said.index("Step in time") < said.index("Verdict: effect")
    assert "weight of" in said


WRONG = {
    "hole": (lambda rows: rows[:-1], (), 3, "f has no row at 2024-02-29"),
    "doubled": (lambda rows: [*rows, rows[1]], (), 3, "line 362"),
    "text": (lambda rows: [*rows[:5], rows[5].replace(",", ",x", 2), *rows[6:]], (), 3, "line 6"),
    "not a number": (lambda rows: [*rows[:5], "a,2024-01-05,nan,1", *rows[6:]], (), 3, "line 6, column cost"),
    "unknown unit": (lambda rows: rows, ("--treated", "zz"), 3, "known: a, b, c"),
    "unknown column": (lambda rows: rows, ("--outcome", "costs"), 3, "did you mean 'cost'?"),
    "start outside": (lambda rows: rows, ("--start", "2025-01-01"), 3, "2024-01-01 to 2024-02-29"),
    "placebo after": (lambda rows: rows, ("--placebo-start", "2024-02-10"), 3, "not before the start"),
    "direction": (lambda rows: rows, ("--expected", "up"), 2, "increase or decrease"),
    "material": (lambda rows: rows, ("--material", "-1"), 2, "positive number"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_input_is_named(tmp_path: Path, name: str) -> None:
    """Exit 3 for data and 2 for options, with the row or the known names."""
    change, options, expected, text = WRONG[name]
    code, said, err = call("experiment", written(tmp_path, change(lines())), *OPTIONS, *options, "--json")
    assert code == expected
    assert said == ""
    assert text in err


def test_an_option_goes_on_until_the_next() -> None:
    """Several words after one option; a file at the end is not one of them."""
    words = ["--covariates", "x", "y", "--json", "--treated", "a", "b", "panel.csv"]
    assert repeated(words) == [
        "--covariates", "x", "--covariates", "y", "--json", "--treated", "a", "--treated", "b", "panel.csv",
    ]  # fmt: skip
