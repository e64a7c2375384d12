"""The control reader stands alone, and gives the figures known of bills that nobody here wrote."""

from __future__ import annotations

import ast
from decimal import Decimal

import pytest
from material.control_bills import settings, total
from material.places import ROOT, SHARED_DATA

from unitcost.control.totals import control_totals

SHARED = SHARED_DATA
with_shared_data = pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is absent")


# independence


def test_the_control_reader_imports_nothing_of_the_project_but_errors() -> None:
    """Two readers that share code would share its mistakes."""
    for path in (ROOT / "src" / "unitcost" / "warehouse").glob("control*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                own = name == "unitcost.errors" or name.startswith("unitcost.control.totals")
                foreign = name.startswith(("unitcost", "duckdb", "pandas"))
                assert own or not foreign, (path.name, name)


# data nobody here wrote


@with_shared_data
def test_the_official_focus_sample() -> None:
    """1,000 real rows of three providers: the sums published with them, all charged in September 2024."""
    found = control_totals(settings(SHARED, "focus-sample/*.csv"))
    assert found == {"2024-09": total("20.52022672899", "14.97651418586", 1000)}


@with_shared_data
def test_generated_focus_months() -> None:
    """Six months of AWS and one of Azure and Google, billed equal to effective."""
    sums = {
        "2026-01": "27337.84081893180875",
        "2026-02": "21249.51042704346125",
        "2026-03": "21799.04961725294",
        "2026-04": "23618.5769887001325",
        "2026-05": "24200.9724650414075",
        "2026-06": "25939.2273777481975",
    }
    found = control_totals(settings(SHARED, "focus-generated/aws-*.csv"), workers=2)
    assert found == {month: total(amount, amount, 1000) for month, amount in sums.items()}
    for name, amount in (("azure", "49321.10820024424"), ("gcp", "31758.2106338807835")):
        alone = control_totals(settings(SHARED, f"focus-generated/{name}*"))
        assert alone == {"2026-05": total(amount, amount, 1000)}


@with_shared_data
@pytest.mark.parametrize(
    ("name", "billed", "effective"),
    [
        ("commitment_discount_purchase_scenario_1", "8760", "0"),
        ("commitment_discount_usage_scenario_4", "0.50", "1.50"),
        ("zero_percent_utilization_without_commitment_discount_flexibility", "3.50", "3.50"),
        ("saas_spend_agreements_a2", "1200", "1200"),
        ("virtual_currency_pricing_model_a1", "200000", "0"),
        ("virtual_currency_pricing_model_a2", "0", "1230"),
    ],
)
def test_worked_examples_of_the_specification(name: str, billed: str, effective: str) -> None:
    """Examples with byte order marks, month/day/year dates and absent columns reach the stated totals."""
    defaults = {"BillingCurrency": "USD", "ProviderName": "Example"}
    found = control_totals(settings(SHARED, f"focus-spec-examples/{name}.csv", defaults=defaults))
    assert sum(month.billed for month in found.values()) == Decimal(billed)
    assert sum(month.effective for month in found.values()) == Decimal(effective)
