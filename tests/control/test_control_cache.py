"""What the control reader remembers: totals follow content, settings and rates, whatever becomes of the cache."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
from material.control_bills import YEAR, no_reading, put, rates, settings, total

from unitcost.control import cache as control_cache
from unitcost.control import rows as control_rows
from unitcost.control.totals import control_totals
from unitcost.errors import DataProblem, EnvironmentProblem


def test_several_threads_give_the_same_totals(tmp_path: Path) -> None:
    """Files read side by side add up as one after the other, and a complaint reaches the caller."""
    for place in range(5):
        put(tmp_path / "raw" / f"{place}.csv", {"BilledCost": f"1{place}"}, {"BillingCurrency": "EUR"})
    chosen = settings(tmp_path, fx=rates(tmp_path / "fx.csv", "2024-05,EUR,3"))
    assert control_totals(chosen) == {"2024-05": total("75", "20", 10)}
    assert control_totals(chosen, workers=3) == {"2024-05": total("75", "20", 10)}
    for place in range(5):
        put(tmp_path / "raw" / f"{place}.csv", *[{}] * (9 - place), {"ChargePeriodStart": f"bad {place}"})
    with pytest.raises(DataProblem, match=r"raw/0\.csv, row 10, column ChargePeriodStart"):
        control_totals(chosen, workers=3)


def test_a_warm_call_reads_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files with the size, times and inode of the last call are not opened, nor those that repeat another."""
    long = [{"Tags": "x" * 500}] * 300
    for place in range(20):
        put(tmp_path / "raw" / f"{place}.csv", {"BilledCost": f"0.{place:03}"})
    put(tmp_path / "raw" / "long.csv", *long)
    put(tmp_path / "raw" / "long.csv.gz", *long)
    time.sleep(0.2)
    cold = control_totals(settings(tmp_path), tmp_path / "cache")
    assert cold["2024-05"].rows == 320
    for module, name in ((control_cache, "hashes"), (control_cache, "whole_hash"), (control_rows, "read_sums")):
        monkeypatch.setattr(module, name, no_reading)
    assert control_totals(settings(tmp_path), tmp_path / "cache") == cold


def test_a_file_that_changes_while_it_is_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A delivery that is still being written has no total, and whatever was read of it is not remembered."""
    path = put(tmp_path / "raw" / "bill.csv", {})
    whole = path.read_bytes()
    read_sums = control_rows.read_sums

    more = iter((whole.splitlines(keepends=True)[1], b"half a r"))

    def read_while_written(*given: Any) -> Any:
        path.write_bytes(whole + next(more))
        return read_sums(*given)

    monkeypatch.setattr(control_rows, "read_sums", read_while_written)
    for _ in range(2):
        with pytest.raises(DataProblem, match="changed while it was read") as caught:
            control_totals(settings(tmp_path), tmp_path / "cache")
        assert caught.value.where == "raw/bill.csv"
    monkeypatch.undo()
    path.write_bytes(whole)
    assert control_totals(settings(tmp_path), tmp_path / "cache") == {"2024-05": total("1", "1", 1)}


def test_a_cache_that_cannot_be_written_is_no_fault_of_the_data(tmp_path: Path) -> None:
    """A file where the folder should be: the machine is in the way."""
    put(tmp_path / "raw" / "bill.csv", {})
    (tmp_path / "cache").write_text("")
    with pytest.raises(EnvironmentProblem, match="cache cannot be written"):
        control_totals(settings(tmp_path), tmp_path / "cache")


def test_remembered_sums_follow_content_settings_and_rates(tmp_path: Path) -> None:
    """Whatever the total depends on is noticed, even an edit that keeps size and modification time."""
    cache = tmp_path / "cache"
    path = put(tmp_path / "raw" / "bill.csv", {"BillingCurrency": "EUR", "BilledCost": "2"}, YEAR)
    fx = rates(tmp_path / "fx.csv", "2024-05,EUR,3")
    chosen = settings(tmp_path, fx=fx)
    time.sleep(0.2)
    for _ in range(2):
        assert control_totals(chosen, cache)["2024-05"] == total("6", "3", 1)
    state = path.stat()
    path.write_text(path.read_text().replace(",2,", ",4,"))
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert path.stat().st_size == state.st_size
    assert control_totals(chosen, cache)["2024-05"] == total("12", "3", 1)
    rates(fx, "2024-05,EUR,5")
    assert control_totals(chosen, cache)["2024-05"] == total("20", "5", 1)
    assert len(control_totals(settings(tmp_path, fx=fx, spread="start"), cache)) == 2
    rates(fx, "2025-01,USD,1", "2024-05,USD,1")
    in_euro = control_totals(settings(tmp_path, fx=fx, currency="EUR"), cache)
    assert in_euro["2024-05"] == total("4", "1", 1)
    assert not list(cache.glob(".tmp*"))


def test_a_damaged_cache_is_not_there(tmp_path: Path) -> None:
    """Cut-off or foreign files in the cache folder are read past, and replaced."""
    cache = tmp_path / "cache"
    put(tmp_path / "raw" / "bill.csv", {"BilledCost": "2"})
    expected = control_totals(settings(tmp_path), cache)
    for damage in ("", "{", "[]", "{}", "null", "[[1, 2]]", '{"version": 1}', "\x00"):
        for path in cache.iterdir():
            path.write_text(damage)
        found = control_totals(settings(tmp_path), cache)
        assert found == expected
