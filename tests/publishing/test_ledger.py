"""The ledger: append-only, chained, and whole again after a crash."""

from __future__ import annotations

import hashlib
import json
import threading
from pathlib import Path

import pytest
from material.publishing import AS_OF, MONTH, publish_small, run_id_of

from unitcost.errors import EnvironmentProblem, Locked
from unitcost.publishing import ledger
from unitcost.publishing.ledger import Entry
from unitcost.storage.locks import ledger_lock


def entry(number: int, month: str = MONTH) -> Entry:
    """A line about run `number`."""
    return Entry(
        run_id=run_id_of(number),
        month=month,
        scenario=None,
        status="final",
        roles=("cto", "cfo"),
        as_of=AS_OF,
        manifest_sha256="0" * 64,
        headline={"cost_per_user": "0.522", "mau": None},
    )


def test_a_line_holds_what_the_contract_says(tmp_path: Path) -> None:
    """One canonical JSON line a publication with the documented fields."""
    publish_small(tmp_path, 1)
    (line,) = (tmp_path / "ledger.jsonl").read_text().splitlines()
    data = json.loads(line)
    digest = hashlib.sha256((tmp_path / MONTH / "manifest.json").read_bytes()).hexdigest()
    own = data.pop("sha256")
    assert own == hashlib.sha256(json.dumps(data, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    assert data == {
        "schema": 1,
        "run_id": run_id_of(1),
        "month": MONTH,
        "scenario": None,
        "status": "final",
        "roles": ["cto"],
        "as_of": "2024-06-03",
        "manifest_sha256": digest,
        "headline": {"cost_per_user": "0.1"},
        "previous": None,
        "definition": None,
        "replaces": None,
        "company": None,
    }
    assert line == json.dumps({**data, "sha256": own}, sort_keys=True, separators=(",", ":"))


def test_each_line_carries_the_hash_of_the_line_before(tmp_path: Path) -> None:
    """The chain is the sha256 of the line before, without its line end."""
    for number in range(3):
        assert ledger.append(tmp_path, entry(number)) is None
    lines = (tmp_path / "ledger.jsonl").read_bytes().splitlines()
    expected = [None, *(hashlib.sha256(line).hexdigest() for line in lines[:-1])]
    assert [json.loads(line)["previous"] for line in lines] == expected
    assert ledger.verify_chain(tmp_path) == []


@pytest.mark.parametrize("change", ["edit", "drop", "swap", "garble"])
def test_a_changed_past_is_found(tmp_path: Path, change: str) -> None:
    """Editing, dropping, swapping or garbling a line breaks the chain at a named line."""
    for number in range(4):
        ledger.append(tmp_path, entry(number))
    path = tmp_path / "ledger.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    if change == "edit":
        lines[1] = lines[1].replace(b"0.522", b"0.422")
    elif change == "drop":
        del lines[1]
    elif change == "swap":
        lines[1], lines[2] = lines[2], lines[1]
    else:
        lines[1] = b"?\n"
    path.write_bytes(b"".join(lines))
    where = [problem.where for problem in ledger.verify_chain(tmp_path)]
    assert where[0] == "ledger.jsonl, line 2"


def test_a_flipped_bit_is_found_wherever_it_is(tmp_path: Path) -> None:
    """Every byte of every line, the last one and its line end among them, and the line that changed is named."""
    for number in range(3):
        ledger.append(tmp_path, entry(number))
    path = tmp_path / "ledger.jsonl"
    whole = path.read_bytes()
    for position in range(len(whole)):
        for bit in (1, 32):
            changed = bytes([whole[position] ^ bit])
            path.write_bytes(whole[:position] + changed + whole[position + 1 :])
            found = [problem.where for problem in ledger.verify_chain(tmp_path)]
            line = whole[:position].count(b"\n") + 1
            assert found and (found[0] == f"ledger.jsonl, line {line}" or position == len(whole) - 1)
    path.write_bytes(whole)
    assert ledger.verify_chain(tmp_path) == []


def test_lines_of_an_earlier_version_are_read(tmp_path: Path) -> None:
    """Without definition, replaced run and own hash; new lines are chained to them, and they are not rewritten."""
    old = entry(1).model_dump(mode="json", exclude={"definition", "replaces", "sha256"})
    line = json.dumps(old, sort_keys=True, separators=(",", ":")).encode() + b"\n"
    (tmp_path / "ledger.jsonl").write_bytes(line)
    assert ledger.verify_chain(tmp_path) == []
    ledger.append(tmp_path, entry(2))
    assert [e.run_id for e in ledger.read(tmp_path)] == [run_id_of(1), run_id_of(2)]
    assert ledger.verify_chain(tmp_path) == []
    assert (tmp_path / "ledger.jsonl").read_bytes().startswith(line)


def test_a_torn_last_line_is_cut_at_every_length(tmp_path: Path) -> None:
    """Wherever a killed run stopped writing, the next append repairs the file, says so, and the chain holds."""
    ledger.append(tmp_path, entry(1))
    path = tmp_path / "ledger.jsonl"
    first = path.read_bytes()
    ledger.append(tmp_path, entry(2))
    whole = path.read_bytes()
    for length in range(len(first) + 1, len(whole) - 1, 7):
        path.write_bytes(whole[:length])
        assert "ends in the middle" in str(ledger.verify_chain(tmp_path)[0])
        repair = ledger.append(tmp_path, entry(3))
        assert repair is not None and f"({length - len(first)} bytes)" in repair
        assert [e.run_id for e in ledger.read(tmp_path)] == [run_id_of(1), run_id_of(3)]
        assert ledger.verify_chain(tmp_path) == []


def test_a_whole_last_line_without_its_end_is_kept(tmp_path: Path) -> None:
    """Only the line end is missing: the publication happened, so its line stays."""
    for number in (1, 2):
        ledger.append(tmp_path, entry(number))
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(path.read_bytes()[:-1])
    assert "had no line end" in (ledger.append(tmp_path, entry(3)) or "")
    assert [e.run_id for e in ledger.read(tmp_path)] == [run_id_of(n) for n in (1, 2, 3)]
    assert ledger.verify_chain(tmp_path) == []


def test_a_garbled_line_does_not_stop_publishing(tmp_path: Path) -> None:
    """A damaged past is reported by the check, with its line, and new lines can still be added."""
    ledger.append(tmp_path, entry(1))
    with (tmp_path / "ledger.jsonl").open("ab") as file:
        file.write(b"not json\n")
    ledger.append(tmp_path, entry(2))
    assert [p.where for p in ledger.verify_chain(tmp_path)] == ["ledger.jsonl, line 2"]
    assert ledger.latest(tmp_path, MONTH) is not None
    with pytest.raises(EnvironmentProblem) as raised:
        ledger.read(tmp_path)
    assert "line 2" in (raised.value.where or "")


def test_the_latest_line_of_a_month_is_found(tmp_path: Path) -> None:
    """Other months and scenarios do not count."""
    for number, month in enumerate(("2024-04", "2024-05", "2024-04", "2024-06")):
        ledger.append(tmp_path, entry(number, month))
    found = ledger.latest(tmp_path, "2024-04")
    assert found is not None and found.run_id == run_id_of(2)
    assert ledger.latest(tmp_path, "2024-07") is None
    assert ledger.latest(tmp_path, "2024-04", "growth") is None


def test_an_absent_ledger_is_an_empty_one(tmp_path: Path) -> None:
    """Before the first publication there is nothing to read and nothing wrong."""
    assert ledger.read(tmp_path) == []
    assert ledger.verify_chain(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_lines_from_many_threads_all_arrive(tmp_path: Path) -> None:
    """Runs of different months append at once: every line is there, the chain holds."""
    threads = [threading.Thread(target=ledger.append, args=(tmp_path, entry(n))) for n in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {e.run_id for e in ledger.read(tmp_path)} == {run_id_of(n) for n in range(24)}
    assert ledger.verify_chain(tmp_path) == []


def test_a_busy_ledger_is_given_up_after_the_deadline(tmp_path: Path) -> None:
    """Waiting for the ledger ends, with exit code 5."""
    locked = pytest.raises(Locked, match=r"ledger is being written")
    with ledger_lock(tmp_path), locked as raised, ledger_lock(tmp_path, wait=0.2):
        raise AssertionError("two runs hold the ledger")
    assert raised.value.code == 5
