"""What stands in the store is whole: made beside its place, named by content and code, swept after a killed run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from unitcost.errors import EnvironmentProblem
from unitcost.storage.digest import code_of, digest
from unitcost.storage.whole import new_folder, passing_folder, sweep, whole_file, whole_folder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_folder_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    """While it is made nothing has its name, and a block that fails leaves nothing at all."""
    target = tmp_path / "costs" / "abc"
    with whole_folder(target) as folder:
        (folder / "data").write_text("1")
        assert not target.exists()
    assert (target / "data").read_text() == "1"
    with pytest.raises(ZeroDivisionError), whole_folder(tmp_path / "costs" / "def") as folder:
        (folder / "data").write_text(str(1 // 0))
    assert names(tmp_path / "costs") == ["abc"]


def test_the_folder_of_a_faster_run_stays(tmp_path: Path) -> None:
    """In the store it holds the same; a person who asked for a folder is told that something is there."""
    target = tmp_path / "abc"
    with whole_folder(target) as folder:
        (folder / "data").write_text("slower")
        target.mkdir()
        (target / "data").write_text("faster")
    assert (target / "data").read_text() == "faster"
    with pytest.raises(EnvironmentProblem, match="The export could not be written"), new_folder(target, "export"):
        pass
    assert (target / "data").read_text() == "faster"
    assert names(tmp_path) == ["abc"]


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    """A text that cannot be written leaves the one that was there, and nothing beside it."""
    target = tmp_path / "answers" / "a.json"
    whole_file(target, "[1]")
    whole_file(target, "[2]")
    with pytest.raises(UnicodeEncodeError):
        whole_file(target, "\ud800")
    assert target.read_text() == "[2]"
    assert names(target.parent) == ["a.json"]


def test_passing_folders_are_apart_and_go(tmp_path: Path) -> None:
    """Two that are open at once do not share a folder: the end of one is not the end of the other."""
    with passing_folder(tmp_path, "rows") as outer:
        with passing_folder(tmp_path, "rows") as inner:
            assert inner != outer
        assert names(tmp_path) == [outer.name]
    assert names(tmp_path) == []


def test_what_killed_runs_left_is_swept(tmp_path: Path) -> None:
    """Folders and files of processes that are gone; never what a living one makes, nor what is whole."""
    killed = (
        "import os, signal, sys; from pathlib import Path; from unitcost.storage.whole import whole_folder\n"
        "with whole_folder(Path(sys.argv[1], 'abc')): os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    process = subprocess.run([sys.executable, "-c", killed, str(tmp_path)], check=False)
    assert process.returncode == -9
    [left] = names(tmp_path)
    number = left.rpartition(".")[2]
    (tmp_path / f".answer.json.{number}").touch()
    (tmp_path / "abc.json").touch()
    (tmp_path / f".mine.{os.getpid()}").mkdir()
    sweep(tmp_path)
    assert names(tmp_path) == [f".mine.{os.getpid()}", "abc.json"]
    sweep(tmp_path / "missing")


def test_a_digest_keeps_its_parts_apart() -> None:
    """Where one part ends and the next begins counts."""
    assert len({digest(parts) for parts in (["ab", "c"], ["a", "bc"], ["abc"], ["abc", ""])}) == 4


def test_code_counts_modules_and_queries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A changed module or query of a package changes its digest, in whatever folder; other files do not."""
    package = tmp_path / "asked"
    (package / "sql").mkdir(parents=True)
    for name in ("__init__.py", "rows.py", "sql/rows.sql", "notes.txt"):
        (package / name).write_text("# 1")
    monkeypatch.syspath_prepend(str(tmp_path))
    seen = [code_of("asked")]
    for name in ("notes.txt", "rows.py", "sql/rows.sql"):
        (package / name).write_text("# 2")
        code_of.cache_clear()
        seen.append(code_of("asked"))
    assert seen[0] == seen[1]
    assert len(set(seen)) == 3
