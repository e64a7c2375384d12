"""Publishing: whole sets only, nothing left over, and a clear word when the disk is in the way."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import traceback
from pathlib import Path

import pytest
from material.publishing import AS_OF, FILES, MONTH, describe, fill, publish_small, run_id_of, snapshot

from unitcost.errors import EnvironmentProblem, UnitcostError, UsageProblem
from unitcost.publishing import ledger, manifest, publication
from unitcost.publishing.manifest import Manifest


def test_a_published_set_is_whole_and_shown(tmp_path: Path) -> None:
    """The month shows exactly the set's files and its manifest, each with the hash that the manifest gives."""
    out = tmp_path / "reports"
    published = publish_small(out, 1)
    assert {str(p.relative_to(out / MONTH)) for p in (out / MONTH).rglob("*") if p.is_file()} == {
        *FILES,
        "manifest.json",
    }
    assert publication.current(out, MONTH) == run_id_of(1) == published.run_id
    assert publication.is_complete(out, MONTH, run_id_of(1))
    assert publication.verify(out, MONTH) == []
    assert not published.reused and published.repair is None
    assert str((out / MONTH).readlink()) == f".runs/{run_id_of(1)}"


def test_published_files_cannot_be_written_by_accident(tmp_path: Path) -> None:
    """Every file of a set is read-only."""
    publish_small(tmp_path, 1)
    modes = {p: p.stat().st_mode for p in (tmp_path / ".runs").rglob("*") if p.is_file()}
    assert len(modes) == len(FILES) + 1
    assert [p for p, mode in modes.items() if mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH)] == []


def test_the_newest_set_is_shown_and_the_older_one_kept(tmp_path: Path) -> None:
    """A second publication replaces the link only; the first set stays as it was."""
    publish_small(tmp_path, 1)
    before = snapshot(tmp_path / ".runs" / run_id_of(1))
    publish_small(tmp_path, 2)
    assert publication.current(tmp_path, MONTH) == run_id_of(2)
    assert snapshot(tmp_path / ".runs" / run_id_of(1)) == before
    assert publication.verify(tmp_path, MONTH, run_id_of(1)) == []


def test_months_do_not_touch_each_other(tmp_path: Path) -> None:
    """Two months have their own links and share the ledger."""
    publish_small(tmp_path, 1, month="2024-04")
    publish_small(tmp_path, 2, month="2024-05")
    assert publication.current(tmp_path, "2024-04") == run_id_of(1)
    assert publication.current(tmp_path, "2024-05") == run_id_of(2)
    assert [entry.month for entry in ledger.read(tmp_path)] == ["2024-04", "2024-05"]


def test_nothing_is_left_over(tmp_path: Path) -> None:
    """After publishing there is no staging folder and no name of an owner."""
    publish_small(tmp_path, 1)
    assert {p.name for p in tmp_path.iterdir()} == {".locks", ".runs", MONTH, "ledger.jsonl"}
    assert sorted(p.name for p in (tmp_path / ".locks").iterdir()) == ["2024-05.lock", "ledger.lock"]


def test_a_failure_while_staging_leaves_the_old_set(tmp_path: Path) -> None:
    """An error in the middle removes the staging folder and changes nothing that is shown."""
    publish_small(tmp_path, 1)
    before = {name: value for name, value in snapshot(tmp_path).items() if name != "."}
    with pytest.raises(ZeroDivisionError), publication.stage(tmp_path) as staged:
        fill(staged, 2)
        raise ZeroDivisionError
    assert {name: value for name, value in snapshot(tmp_path).items() if name != "."} == before


def test_a_set_that_is_not_what_its_manifest_says_is_refused(tmp_path: Path) -> None:
    """A file that changed after it was hashed never gets published."""
    with publication.stage(tmp_path) as staged:
        fill(staged, 1)
        described = describe(staged, 1)
        (staged / "cto.html").write_text("other")
        with pytest.raises(UnitcostError, match=r"not what its manifest says"):
            publication.publish(staged, tmp_path, described, as_of=AS_OF, headline={})
    assert publication.current(tmp_path, MONTH) is None
    assert not (tmp_path / ".runs").exists()


def test_the_same_run_again_is_reused(tmp_path: Path) -> None:
    """A run that is in place and whole is not written again."""
    publish_small(tmp_path, 1)
    before = snapshot(tmp_path / ".runs")
    assert publish_small(tmp_path, 1).reused
    assert snapshot(tmp_path / ".runs") == before


@pytest.mark.parametrize("damage", ["changed", "missing", "extra", "manifest", "link"])
def test_damage_is_named_and_replaced_whole(tmp_path: Path, damage: str) -> None:
    """Each kind of damage is found by hash, and publishing the same run again puts the whole set back."""
    publish_small(tmp_path, 1)
    folder = tmp_path / ".runs" / run_id_of(1)
    victim = folder / "notebooks" / "10_spend.ipynb"
    if damage == "extra":
        (folder / "more.txt").write_text("x")
    elif damage == "manifest":
        (folder / "manifest.json").chmod(0o644)
        (folder / "manifest.json").write_text('{"schema": 1}')
    else:
        content = victim.read_bytes()
        victim.unlink()
        if damage == "changed":
            victim.write_bytes(content[:-2] + b"!\n")
        if damage == "link":
            (tmp_path / "copy").write_bytes(content)
            victim.symlink_to(tmp_path / "copy")
    expected = {
        "changed": ("notebooks/10_spend.ipynb", "changed"),
        "missing": ("notebooks/10_spend.ipynb", "missing"),
        "link": ("notebooks/10_spend.ipynb", "not a plain file"),
        "extra": ("more.txt", "not in the manifest"),
        "manifest": ("manifest.json", "cannot be read"),
    }[damage]
    problem = publication.verify(tmp_path, MONTH)[0]
    assert problem.where == expected[0] and expected[1] in problem.what
    assert not publication.is_complete(tmp_path, MONTH, run_id_of(1))
    assert publication.reinstate(tmp_path, MONTH, run_id_of(1), as_of=AS_OF, headline={}) is None
    assert not publish_small(tmp_path, 1).reused
    assert publication.verify(tmp_path, MONTH) == []
    assert [p.name for p in (tmp_path / ".runs").iterdir()] == [run_id_of(1)]


def test_every_flipped_byte_is_found(tmp_path: Path) -> None:
    """One changed bit in any file of a set, at its start, middle or end, is named by file."""
    publish_small(tmp_path, 1)
    folder = tmp_path / ".runs" / run_id_of(1)
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        path.chmod(0o644)
        content = path.read_bytes()
        for position in (0, len(content) // 2, len(content) - 1):
            path.write_bytes(content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :])
            assert str(path.relative_to(folder)) in {p.where for p in publication.verify(tmp_path, MONTH)}
        path.write_bytes(content)
    assert publication.verify(tmp_path, MONTH) == []


def test_an_unchanged_run_writes_nothing(tmp_path: Path) -> None:
    """Reinstating the run that is shown and noted leaves every time stamp alone."""
    publish_small(tmp_path, 1)
    before = snapshot(tmp_path)
    found = publication.reinstate(tmp_path, MONTH, run_id_of(1), as_of=AS_OF, headline={})
    assert found is not None and found.reused and found.run_id == run_id_of(1)
    assert snapshot(tmp_path) == before


def test_a_missing_ledger_line_is_added_once(tmp_path: Path) -> None:
    """A run killed between the link and the ledger is noted by the next run, and only once."""
    publish_small(tmp_path, 1)
    (tmp_path / "ledger.jsonl").unlink()
    assert [p.where for p in publication.verify(tmp_path, MONTH)] == ["ledger.jsonl"]
    for _ in range(2):
        publication.reinstate(tmp_path, MONTH, run_id_of(1), as_of=AS_OF, headline={"cost_per_user": "0.1"})
    assert [entry.run_id for entry in ledger.read(tmp_path)] == [run_id_of(1)]
    assert publication.verify(tmp_path, MONTH) == []


def test_an_earlier_run_can_be_shown_again_without_running(tmp_path: Path) -> None:
    """Going back to an earlier question shows its kept set and notes that as a publication."""
    for number in (1, 2):
        publish_small(tmp_path, number)
    found = publication.reinstate(tmp_path, MONTH, run_id_of(1), as_of=AS_OF, headline={})
    assert found is not None
    assert publication.current(tmp_path, MONTH) == run_id_of(1)
    assert [entry.run_id for entry in ledger.read(tmp_path)] == [run_id_of(1), run_id_of(2), run_id_of(1)]


def test_a_run_of_another_month_is_not_reinstated(tmp_path: Path) -> None:
    """A set is only ever shown for the month it is of."""
    publish_small(tmp_path, 1, month="2024-04")
    assert publication.reinstate(tmp_path, MONTH, run_id_of(1), as_of=AS_OF, headline={}) is None
    assert publication.current(tmp_path, MONTH) is None


def test_a_scenario_is_shown_beside_the_reported_set(tmp_path: Path) -> None:
    """A scenario appears under the month, survives new reported sets and spoils no hash."""
    publish_small(tmp_path, 1)
    publish_small(tmp_path, 7, scenario="growth")
    shown = tmp_path / MONTH / "scenarios" / "growth" / "cto.html"
    assert "set 7" in shown.read_text()
    assert publication.current(tmp_path, MONTH) == run_id_of(1)
    assert publication.current(tmp_path, MONTH, "growth") == run_id_of(7, "growth")
    publish_small(tmp_path, 2)
    assert "set 7" in shown.read_text()
    publish_small(tmp_path, 8, scenario="growth")
    assert "set 8" in shown.read_text()
    assert publication.verify(tmp_path, MONTH) == []
    assert publication.verify(tmp_path, MONTH, run_id_of(1)) == []
    assert publication.verify(tmp_path, MONTH, scenario="growth") == []


def test_a_scenario_without_a_reported_set(tmp_path: Path) -> None:
    """A scenario can be first; the reported set then takes the month over and keeps the scenario in view."""
    publish_small(tmp_path, 7, scenario="growth")
    assert publication.current(tmp_path, MONTH) is None
    assert [p.name for p in (tmp_path / MONTH).iterdir()] == ["scenarios"]
    publish_small(tmp_path, 1)
    assert "set 7" in (tmp_path / MONTH / "scenarios" / "growth" / "cto.html").read_text()
    assert publication.verify(tmp_path, MONTH) == []


@pytest.mark.parametrize("kind", ["folder", "file", "link"])
def test_something_in_the_way_is_never_overwritten(tmp_path: Path, kind: str) -> None:
    """A folder, file or link of somebody else at OUT/<month> stops the run, before and at publishing."""
    place = tmp_path / MONTH
    if kind == "folder":
        place.mkdir()
    elif kind == "file":
        place.write_text("mine")
    else:
        place.symlink_to("elsewhere")
    before = place.lstat()
    with pytest.raises(EnvironmentProblem, match=r"in its place") as raised:
        publication.preflight(tmp_path, MONTH)
    assert kind in (raised.value.why or "") and "mv" in (raised.value.fix or "")
    with pytest.raises(EnvironmentProblem, match=r"in its place"):
        publish_small(tmp_path, 1)
    assert place.lstat() == before
    assert not (tmp_path / "ledger.jsonl").exists()


@pytest.mark.parametrize("month", ["2024-13", "2024-05\n", "../x", "", "２０２４-05", "2024-5"])
def test_only_months_are_taken_as_months(tmp_path: Path, month: str) -> None:
    """A month never leads out of OUT."""
    with pytest.raises(UsageProblem):
        publication.preflight(tmp_path, month)


@pytest.mark.parametrize("run", ["../../etc", "0123456789ABCDEF", "0" * 15, "0" * 16 + "\n"])
def test_only_run_ids_are_taken_as_runs(tmp_path: Path, run: str) -> None:
    """A run id never leads out of OUT/.runs."""
    publish_small(tmp_path, 1)
    with pytest.raises(UsageProblem):
        publication.verify(tmp_path, MONTH, run)


@pytest.mark.parametrize("name", ["..", "a/b", ".hidden", "", "x" * 65, "a\nb"])
def test_only_plain_names_are_taken_as_scenarios(tmp_path: Path, name: str) -> None:
    """A scenario's name never leads out of its folder."""
    with pytest.raises(UsageProblem):
        publication.preflight(tmp_path, MONTH, name)


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a/../../b", "a//b", "", "./a", "."])
def test_a_manifest_names_only_files_inside_its_set(tmp_path: Path, path: str) -> None:
    """A manifest that was tampered with cannot make the check read somewhere else."""
    fill(tmp_path, 1)
    data = json.loads(manifest.as_bytes(describe(tmp_path, 1)))
    data["outputs"][path] = "0" * 64
    with pytest.raises(ValueError, match=r"inside the set"):
        Manifest.model_validate(data)


def test_the_manifest_is_canonical(tmp_path: Path) -> None:
    """Written and read back it is the same; keys are in order and the file ends in a line end."""
    fill(tmp_path, 1)
    described = describe(tmp_path, 1)
    manifest.write(tmp_path, described)
    text = (tmp_path / "manifest.json").read_text(encoding="utf-8")
    assert manifest.read(tmp_path) == described
    assert text == json.dumps(json.loads(text), sort_keys=True, indent=1, ensure_ascii=False) + "\n"
    assert str(tmp_path) not in text and json.loads(text)["schema"] == 1


def test_nothing_published_names_the_months_there_are(tmp_path: Path) -> None:
    """Asking for a month that was not published says which were."""
    publish_small(tmp_path, 1)
    with pytest.raises(UsageProblem, match=r"nothing is published for 2024-06") as raised:
        publication.verify(tmp_path, "2024-06")
    assert "2024-05" in (raised.value.fix or "")


def test_a_manifest_exchanged_together_with_its_files_is_found(tmp_path: Path) -> None:
    """Files and manifest changed to agree with each other still disagree with the ledger."""
    publish_small(tmp_path, 1)
    folder = tmp_path / ".runs" / run_id_of(1)
    (folder / "cto.html").chmod(0o644)
    (folder / "cto.html").write_text("cheaper")
    (folder / "manifest.json").unlink()
    manifest.write(folder, describe(folder, 1))
    assert [str(p) for p in publication.verify(tmp_path, MONTH)] == [
        "manifest.json: is not the one that the ledger knows"
    ]


def test_preflight_leaves_no_trace(tmp_path: Path) -> None:
    """Looking whether OUT can be used changes neither its time stamp nor its listing, nor makes it."""
    publish_small(tmp_path / "there", 1)
    before = snapshot(tmp_path)
    publication.preflight(tmp_path / "there", MONTH)
    publication.preflight(tmp_path / "new" / "deeper", MONTH)
    assert snapshot(tmp_path) == before


def test_an_output_folder_below_a_file_is_refused(tmp_path: Path) -> None:
    """OUT that is a file, or lies below one, is said before any work."""
    (tmp_path / "file").write_text("x")
    for out in (tmp_path / "file", tmp_path / "file" / "reports"):
        with pytest.raises(EnvironmentProblem, match=r"cannot be written") as raised:
            publication.preflight(out, MONTH)
        assert "OUT=" in (raised.value.fix or "")


def test_too_little_room_is_said_with_numbers(tmp_path: Path) -> None:
    """The room needed and the room there is are both named."""
    with pytest.raises(EnvironmentProblem, match=r"too little room") as raised:
        publication.preflight(tmp_path, MONTH, need_bytes=1 << 60)
    assert "1099511627776 MiB are needed" in (raised.value.why or "")


def fill_up_to(place: Path, pages: int) -> None:
    """Leave exactly so many pages of room on the disk."""
    filler = place / "filler"
    with pytest.raises(OSError, match=r"No space"), filler.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)
    os.truncate(filler, filler.stat().st_size - pages * 4096)


def publish_until_the_ledger_needs_room(out: Path) -> int:
    """Publish until the next line of the ledger begins a new page of the disk; return how many times."""
    number = 1
    publish_small(out, number)
    line = (out / "ledger.jsonl").stat().st_size
    while (out / "ledger.jsonl").stat().st_size % 4096 + line < 4096:
        number += 1
        publish_small(out, number)
    return number


def test_a_full_disk_leaves_the_old_set(small_disk: Path) -> None:
    """With no page of room, one, two, … a publication fails with exit 6 and the old set intact until there is room
    for all of it; with room for the set but not for its line in the ledger it is taken back."""
    outcomes = []
    for pages in range(12):
        out = small_disk / f"reports-{pages}"
        number = publish_until_the_ledger_needs_room(out)
        fill_up_to(small_disk, pages)
        try:
            publish_small(out, number + 1)
            outcomes.append("published")
        except EnvironmentProblem as problem:
            assert problem.code == 6 and "No space" in (problem.why or "") and "make room" in (problem.fix or "")
            assert problem.__cause__ is not None
            steps = [frame.name for frame in traceback.extract_tb(problem.__cause__.__traceback__)]
            outcomes.append("not noted" if "append" in steps else "not made")
        assert publication.current(out, MONTH) == run_id_of(number + (outcomes[-1] == "published"))
        assert publication.verify(out, MONTH) == []
        assert [p for p in out.iterdir() if p.name.startswith(".staging")] == []
        (small_disk / "filler").unlink()
        publish_small(out, number + 2)
        assert publication.verify(out, MONTH) == []
        shutil.rmtree(out)
    assert sorted(outcomes, key=["not made", "not noted", "published"].index) == outcomes
    assert set(outcomes) == {"not made", "not noted", "published"}


def test_a_full_disk_is_said_before_any_work(small_disk: Path) -> None:
    """With no room at all the preflight already refuses."""
    out = small_disk / "reports"
    publish_small(out, 1)
    fill_up_to(small_disk, 0)
    with pytest.raises(EnvironmentProblem, match=r"too little room|cannot be written"):
        publication.preflight(out, MONTH)
    assert publication.verify(out, MONTH) == []


def test_a_read_only_disk_is_said_before_any_work(small_disk: Path) -> None:
    """A read-only OUT is refused by the preflight, with the way out."""
    out = small_disk / "reports"
    publish_small(out, 1)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(EnvironmentProblem, match=r"cannot be written") as raised:
        publication.preflight(out, MONTH, need_bytes=0)
    assert "OUT=" in (raised.value.fix or "")
    with pytest.raises(EnvironmentProblem):
        publish_small(out, 2)
    assert publication.verify(out, MONTH) == []


def test_a_ledger_that_cannot_be_written_takes_the_publication_back(tmp_path: Path) -> None:
    """If a publication cannot be noted, the month shows what it did before."""
    publish_small(tmp_path, 1)
    kept = (tmp_path / "ledger.jsonl").read_bytes()
    (tmp_path / "ledger.jsonl").unlink()
    (tmp_path / "ledger.jsonl").mkdir()
    with pytest.raises(EnvironmentProblem, match=r"cannot be written"):
        publish_small(tmp_path, 2)
    assert publication.current(tmp_path, MONTH) == run_id_of(1)
    (tmp_path / "ledger.jsonl").rmdir()
    (tmp_path / "ledger.jsonl").write_bytes(kept)
    publish_small(tmp_path, 2)
    assert publication.verify(tmp_path, MONTH) == []
