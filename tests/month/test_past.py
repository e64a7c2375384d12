"""What the store keeps of a month is what computing it says, and nothing it keeps is believed when it should not be."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from pathlib import Path

import pytest
from material import forms
from material.three_lines import HEADER, ROW, write

from unitcost.analyses.opening import open_company
from unitcost.analyses.unit_cost import views
from unitcost.control.totals import ControlTotal
from unitcost.errors import ReconciliationProblem
from unitcost.month import past
from unitcost.month.breakdown import cost_by
from unitcost.month.company import Company
from unitcost.numbers.estimate import Estimate
from unitcost.storage.kept import kept as kept_answers


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("UNITCOST_CACHE", str(tmp_path / "store"))
    return tmp_path / "store"


def refuse(month: str) -> None:
    raise AssertionError(f"{month} was computed")


def reading(config: Path) -> Company:
    """A company that cannot compute a month."""
    company = open_company(config)
    company.result = refuse  # type: ignore[assignment]
    return company


def kept(store: Path) -> list[Path]:
    return sorted((store / "months").glob("*.json"))


def test_a_kept_month_is_the_computed_one_in_every_part(tmp_path: Path, sample_company: Path) -> None:
    """Values with all their digits, units, methods, reasons and labels; and its cost by service."""
    for config in (sample_company / "report.toml", forms.write(tmp_path / "forms")):
        company = open_company(config)
        months = company.months[-3:]
        for month in months:
            company.past(month)
        reader = reading(config)
        for month in months:
            result, found = company.result(month), reader.past(month)
            assert [(n, dataclasses.astuple(e)) for n, e in found.findings.items()] == [
                (n, dataclasses.astuple(e)) for n, e in result.findings.items()
            ]
            assert {n: str(e.value) for n, e in found.findings.items()} == {
                n: str(e.value) for n, e in result.findings.items()
            }
            assert found.services == cost_by(result.rows, lambda row: row.row.service)
            for what in ("service", "product"):
                assert found.labelled(f"cost_per_user.{what}").keys() == result.slugs[what].keys()


def test_every_kind_of_estimate_survives(tmp_path: Path) -> None:
    """Texts, lists, unknowns, bounds, and decimals that end in zeros or have an exponent."""
    findings = {
        "a": Estimate(Decimal("1.500000000000000000"), "USD", label='NULL "ü"', method="m", notebook="n"),
        "b": Estimate(None, "USD/user", reason="only 3 of 5"),
        "c": Estimate(("x", ""), type="list"),
        "d": Estimate("1.50", type="text"),
        "e": Estimate(
            Decimal("1E+3"), low=Decimal("-0"), high=Decimal("12345678901234567890.123"), level=Decimal("0.90")
        ),
    }
    month = past.Past(findings, {"EC2": Decimal("0E-18")}, Decimal("1.50"))
    read = [kept_answers(tmp_path, ["question"], lambda: month, past.Past) for _ in range(2)][1]
    assert repr(read) == repr(past.Past(findings, {"EC2": Decimal("0E-18")}, Decimal("1.50")))


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"findings": {"mau": [1]}, "services": {}}', "\ud800"])
def test_a_torn_file_is_computed_anew(text: str, tmp_path: Path, store: Path) -> None:
    config = write(tmp_path / "company")
    whole = open_company(config).past("2024-05")
    [path] = kept(store)
    path.write_text(text, "utf-8", errors="surrogatepass")
    assert open_company(config).past("2024-05") == whole
    assert reading(config).past("2024-05") == whole


def test_other_bills_users_and_settings_are_another_month(tmp_path: Path, store: Path) -> None:
    """52200 for 10000 users are 5.22 each; whatever changes is computed with its change."""
    folder = tmp_path / "company"

    def per_user() -> Decimal | None:
        return views.value(open_company(folder / "report.toml"), "2024-05", "cost_per_user")

    write(folder)
    assert per_user() == Decimal("5.22")
    write(folder, bill_csv=HEADER + ROW + ROW.replace("52200", "100").replace("EC2", "S3"))
    assert per_user() == Decimal("5.23")
    write(folder, mau_csv="month,mau\n2024-05,20000\n")
    assert per_user() == Decimal("2.61")
    toml = (folder / "report.toml").read_text("utf-8")
    write(folder, report_toml=toml.replace("[costs]", "min_users = 20000\n[costs]"))
    assert per_user() is None
    rule = '[[rule]]\nwhen = { ServiceName = "EC2" }\nout_of_scope = "test"\n'
    write(folder, report_toml=toml + '[allocation]\npath = "rules.toml"\n', rules_toml=rule)
    assert per_user() == Decimal(0)
    assert len(kept(store)) == 5


def test_a_kept_month_must_still_reconcile(tmp_path: Path) -> None:
    config = write(tmp_path / "company")
    open_company(config).past("2024-05")
    company = reading(config)
    company.control = {"2024-05": ControlTotal(Decimal(52200), Decimal(52199), 1)}
    with pytest.raises(ReconciliationProblem):
        company.past("2024-05")


def test_a_store_that_takes_nothing_more_stops_nobody(tmp_path: Path, store: Path) -> None:
    config = write(tmp_path / "company")
    company = open_company(config)
    (store / "months").write_text("a file where the folder should be", "utf-8")
    assert company.past("2024-05").findings == company.result("2024-05").findings
