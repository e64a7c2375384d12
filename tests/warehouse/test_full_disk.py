"""A disk without room for intermediate tables: the error says how much room there is and how much may be needed."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from material.three_lines import call

from unitcost.analyses.opening import open_company
from unitcost.errors import EnvironmentProblem
from unitcost.warehouse import engine


def test_a_full_cache_is_said_with_the_room_needed(
    small_disk: Path, sample_company: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 6, the folder, the room there is and the room that may be needed; nothing half-made stays under its name."""
    cache = small_disk / "cache"
    monkeypatch.setenv("UNITCOST_CACHE", str(cache))
    code, _, err = call("findings", "2024-05", "--config", sample_company / "report.toml", "--json")
    assert code == 6
    assert str(small_disk) in err
    assert "MiB are free" in err
    assert "UNITCOST_CACHE" in err
    assert all((folder / "facts.json").exists() for folder in cache.glob("costs/[0-9a-f]*"))


def test_a_full_spill_folder_is_said_with_the_room_needed(
    small_disk: Path, tmp_path: Path, sample_company: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What does not fit into memory goes to a folder of our own, which is gone afterwards; no room is exit 6."""
    monkeypatch.setenv("UNITCOST_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(tempfile, "tempdir", str(small_disk))
    monkeypatch.setattr(engine, "MEMORY_MIB", 12)
    with pytest.raises(EnvironmentProblem) as raised:
        open_company(sample_company / "report.toml")
    assert raised.value.code == 6
    assert str(small_disk) in str(raised.value.where)
    assert "MiB may be needed" in str(raised.value.fix)
    assert list(small_disk.iterdir()) == []
