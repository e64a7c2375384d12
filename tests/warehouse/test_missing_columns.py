"""A bill without a column that every bill needs: what the error tells its reader to do."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from material.three_lines import HEADER, ROW, call, write

COLUMNS = HEADER.strip().split(",")
ONE_VALUE = {"BillingCurrency", "ServiceName", "ProviderName"}


def error_without(folder: Path, *columns: str) -> str:
    """What `unitcost check` says of the smallest company without these columns in its bill."""
    [row] = csv.DictReader([HEADER, ROW])
    left = {name: value for name, value in row.items() if name not in columns}
    config = write(folder, bill_csv=f"{','.join(left)}\n{','.join(left.values())}\n")
    code, _, err = call("findings", "2024-05", "--config", config)
    assert code == 3, err
    return err


@pytest.mark.parametrize("column", COLUMNS)
def test_a_default_is_offered_only_where_it_makes_no_number_wrong(tmp_path: Path, column: str) -> None:
    """One value for every row may be right for a currency or a name, never for money, a period or a category."""
    err = error_without(tmp_path, column)
    assert f"Required column {column} is missing" in err
    assert ("defaults" in err) == (column in ONE_VALUE)
    assert "export" in err


def test_several_columns_are_offered_together_or_not_at_all(tmp_path: Path) -> None:
    """With money among them the bill must be exported; without, one line of the configuration names them all."""
    err = error_without(tmp_path / "names", "BillingCurrency", "ProviderName")
    assert 'defaults = { BillingCurrency = "…", ProviderName = "…" }' in err
    assert "defaults" not in error_without(tmp_path / "money", "BilledCost", "ProviderName")
