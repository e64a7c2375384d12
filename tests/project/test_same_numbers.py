"""Two checkouts are compared: what is the same is counted, what is not is named, and noise is no difference."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from material import many_companies

from benchmarks.same_numbers import checkouts, command, differences, published
from benchmarks.same_numbers.checkouts import Answer

FAKE = """
import sys
def main():
    print('{\\n "run_id": "%s", ' % RUN)
    print('"findings": {"mau": {"value": "%s"}}}' % (MAU if "2024-05" in sys.argv else 7))
    print("   0.1 s  reading", RUN, file=sys.stderr)
    sys.exit(0)
"""


def checkout(folder: Path, run: str, mau: int) -> Path:
    """A checkout whose `unitcost` says one number, with this Python in its `.venv`."""
    package = folder / "src" / "unitcost"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "cli.py").write_text(f"RUN, MAU = {run!r}, {mau}{FAKE}")
    python = folder / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    # The interpreter of an environment in which the checkout is installed finds its package first.
    start = f"import runpy, sys; sys.path.insert(0, {str(package.parent)!r}); sys.argv = sys.argv[1:]"
    run_script = "runpy.run_path(sys.argv[0], run_name='__main__')"
    python.write_text(f'#!/bin/sh\nshift\nexec "{command.sys.executable}" -c "{start}; {run_script}" "$@"\n')
    python.chmod(0o755)
    return folder


@pytest.mark.parametrize(("mau", "different"), [(5, 0), (6, 1)])
def test_a_number_that_differs_is_named_with_its_month(tmp_path: Path, mau: int, different: int) -> None:
    """Run ids and progress differ in both cases; the number differs in one, in one of two months."""
    roots = checkout(tmp_path / "old", "a", 5), checkout(tmp_path / "new", "b", mau)
    pair = tuple(
        checkouts.Checkout(name, root, tmp_path / name) for name, root in zip(("before", "after"), roots, strict=True)
    )
    for each in pair:
        each.prepare()
    part = differences.Part("fake")
    calls = [("findings", month) for month in ("2024-04", "2024-05")]
    for call, before, after in checkouts.ask_both(pair, calls, "fake"):
        part.add(call[1], differences.between(before, after))
    assert (part.compared, part.different) == (2, different)
    told = "\n".join(part.lines())
    assert ('2024-05:\n    findings › mau › value: "5" before, "6" after' in told) == bool(different)


def test_exit_code_and_standard_error_count() -> None:
    """Each is a difference of its own, and the same answers have none."""
    one = Answer(0, "{}", "")
    assert differences.between(one, one) == {}
    assert set(differences.between(one, Answer(3, "{}", "unitcost: no\n"))) == {"exit code", "standard error"}
    assert set(differences.between(one, Answer(0, "{ }", ""))) == {"standard output"}


def test_progress_and_places_of_warnings_are_noise() -> None:
    """What the warning says stays, and every other line."""
    text = "   1.2 s  reading\n/a/b.py:3: RuntimeWarning: overflow\n  x = 1\nunitcost: no\n  fix:   do\n"
    assert checkouts.without_noise(text) == "RuntimeWarning: overflow\nunitcost: no\n  fix:   do\n"


def page(folder: Path, body: str, run: str) -> Path:
    folder.mkdir()
    manifest = {"run_id": run, "code": {"sha256": run * 4}, "versions": {"unitcost": run[:3]}, "notebooks": []}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "cfo.html").write_text(f"<style>p {{}}</style><p>Run {run}.</p>{body}<p>unitcost {run[:3]}</p>")
    return folder


@pytest.mark.parametrize(
    ("body", "numbers", "words"),
    [
        ("<td>Users</td> <td>12</td>", "", ""),
        ("<td>Active users</td> <td>12</td>", "", "-Users | 12"),
        ("<td>Users</td> <td>13</td>", "+Users | 13", ""),
        ("<td class='n'>Users</td> <td>12</td>", "", "markup"),
    ],
)
def test_words_and_numbers_of_pages_are_told_apart(tmp_path: Path, body: str, numbers: str, words: str) -> None:
    """The run and the version differ always and count never."""
    before = page(tmp_path / "a", "<td>Users</td> <td>12</td>", "1234567890abcdef")
    found = published.pages_between(before, page(tmp_path / "b", body, "fedcba0987654321"))["cfo.html"]
    for text, expected in zip(found, (numbers, words), strict=True):
        assert expected in text
        assert bool(text) == bool(expected)


def test_months_are_spread_from_the_first_to_the_last() -> None:
    """All, some, one, none."""
    months = [f"2024-{number:02d}" for number in range(1, 10)]
    assert command._spread(months, None) == months
    assert command._spread(months, 3) == ["2024-01", "2024-05", "2024-09"]
    assert command._spread(months, 1) == ["2024-09"]
    assert command._spread(months, 0) == []


def test_a_company_is_the_same_whenever_it_is_written(tmp_path: Path) -> None:
    """A round of all kinds, twice."""
    for number in range(len(many_companies.ROUND)):
        pair = [tmp_path / side / str(number) for side in "ab"]
        first, second = (many_companies.write(folder, number) for folder in pair)
        assert first == second
        trees = [{p.relative_to(f): p.read_bytes() for p in f.rglob("*") if p.is_file()} for f in pair]
        assert trees[0] == trees[1] != {}
