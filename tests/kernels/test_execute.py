"""Notebooks in real kernels: only complete success counts, each failure is named, nothing leaks or stays."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import pytest
from material.run_notebooks import code, kernels, notebook, python_that_fails, run, text_of
from nbformat.v4 import new_code_cell, new_notebook, new_output

from unitcost.errors import (
    DataProblem,
    EnvironmentProblem,
    ReconciliationProblem,
    UnitcostError,
    UsageProblem,
)
from unitcost.kernels.executed import as_bytes, clean
from unitcost.kernels.parameters import declared

LONG = pytest.mark.long


def test_notebooks_run_with_their_parameters(tmp_path: Path, temp: Path) -> None:
    """Results come back by stem in the order given, parameters reach the cells, progress is told by notebook."""
    said: list[str] = []
    paths = [notebook(tmp_path / f"{name}.ipynb", code("print(month, 6 * 7)")) for name in ("b", "a")]
    results = run(*paths, progress=said.append)
    assert list(results) == ["b", "a"]
    assert [text_of(result) for result in results.values()] == ["2024-05 42\n"] * 2
    assert sorted(line.split(":")[0] for line in said) == ["a", "a", "b", "b"]
    assert {p.name for p in (tmp_path / "work").iterdir()} == {"a.ipynb", "b.ipynb"}
    assert (tmp_path / "work" / "a.ipynb").read_bytes() == as_bytes(results["a"])
    assert kernels() == [] and list(temp.iterdir()) == []


def test_two_runs_give_the_same_bytes_and_tell_nothing(
    tmp_path: Path, temp: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Streams, addresses, figures, warnings and paths come out alike in other folders with another home, and
    no secret of the environment, path or time of this machine is in the file."""
    cells = [
        code("import os, sys, tempfile, warnings\nfrom pathlib import Path\nobject()"),
        code("for i in range(300):\n    print(i)\n    print('late', i, file=sys.stderr)"),
        code("warnings.warn('careful')\nprint(Path.home(), os.getcwd(), tempfile.gettempdir(), sys.executable)"),
        code("print(sorted(os.environ)); print(sorted(v for k, v in os.environ.items() if k not in ('PATH', 'LANG')))"),
        code("print(os.environ['UNITCOST_MARTS'])"),
        code("import matplotlib.pyplot as plt\nplt.plot([1, 3, 2]);"),
        code(
            "import time, locale\nprint({'b', 'a', 'c'}, time.tzname)\n"
            "print(locale.getpreferredencoding(), open('x', 'w').encoding)"
        ),
    ]
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "planted-secret")
    monkeypatch.setenv("MY_TOKEN", "planted-secret")
    monkeypatch.setenv("UNITCOST_DATABASE_PASSWORD", "planted-secret")
    files = []
    for number, (home, language) in enumerate([("first home", "de_DE.ISO-8859-1"), ("second", "C")]):
        folder = tmp_path / f"place {number} {{x}}"
        path = notebook(folder / "10_spend.ipynb", *cells)
        monkeypatch.setenv("HOME", str(tmp_path / home))
        monkeypatch.setenv("LANG", language)
        monkeypatch.setenv("TZ", f"Asia/Tokyo-{number}")
        monkeypatch.setenv("SOURCE_DATE_EPOCH", str(number))
        monkeypatch.chdir(folder)
        files.append(as_bytes(run(path, environment={"UNITCOST_MARTS": str(folder / "marts")})["10_spend"]))
    assert files[0] == files[1]
    for leak in (
        tmp_path,
        "planted-secret",
        "AWS_",
        "MY_TOKEN",
        sys.prefix,
        temp,
        "papermill",
        Path.cwd(),
        "/tmp",
    ):
        assert str(leak) not in files[0].decode(), leak
    data = json.loads(files[0])
    assert data["metadata"] == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    figure = next(o for cell in data["cells"] for o in cell.get("outputs", []) if "image/svg+xml" in o.get("data", {}))
    assert 'width="460.8pt"' in "".join(figure["data"]["image/svg+xml"])


@pytest.mark.parametrize(
    ("source", "tag", "kind", "says"),
    [
        ("import sys\nsys.exit(0)", "", UnitcostError, "with status 0"),
        pytest.param("import sys\nsys.exit(3)", "", UnitcostError, "with status 3", marks=LONG),
        ("exit()", "", UnitcostError, "ended before its last cell"),
        ("import os\nos._exit(0)", "", EnvironmentProblem, "ended itself with status 0"),
        ("import os\nos.kill(os.getpid(), 9)", "", EnvironmentProblem, "when memory runs out"),
        pytest.param("import ctypes\nctypes.string_at(0)", "", EnvironmentProblem, "SIGSEGV", marks=LONG),
        ("raise KeyError('cost')", "", UnitcostError, "failed: KeyError"),
        pytest.param("raise KeyError('cost')", "raises-exception", UnitcostError, "failed: KeyError", marks=LONG),
        ("x = 1", "skip-execution", UnitcostError, "was not executed"),
        (
            "assert 1 == 2, 'billed 12.30, marts 12.29'",
            "check",
            ReconciliationProblem,
            "billed 12.30, marts 12.29",
        ),
        pytest.param("input()", "", UnitcostError, "StdinNotImplementedError", marks=LONG),
        ("while True:\n    pass", "", EnvironmentProblem, "did not finish within 3 s"),
        pytest.param("def f(:", "", UnitcostError, "failed: SyntaxError", marks=LONG),
        (
            "import time\nwhile True:\n    print('x' * 10**6)\n    time.sleep(0.01)",
            "",
            UnitcostError,
            "printed too much",
        ),
    ],
)
def test_a_notebook_that_does_not_finish_is_refused(
    tmp_path: Path, temp: Path, source: str, tag: str, kind: type[UnitcostError], says: str
) -> None:
    """Each way to stop early is an error of its class that names notebook, cell and heading in few plain lines,
    and leaves no kernel and no socket."""
    after = tmp_path / "after"
    path = notebook(
        tmp_path / "20_unit.ipynb",
        code("ok = 1"),
        code(source, *([tag] if tag else [])),
        code(f"open({str(after)!r}, 'w').write('x')"),
    )
    began = time.monotonic()
    with pytest.raises(UnitcostError) as raised:
        run(path, timeout=20 if "print(" in source else 3)
    message = str(raised.value)
    assert type(raised.value) is kind
    assert says in message
    assert "20_unit.ipynb, cell 4, under 'Trend'" in message
    assert len(message.splitlines()) <= 8 and "Traceback" not in message and "\x1b" not in message
    assert time.monotonic() - began < 13
    assert tag == "skip-execution" or not after.exists()
    assert kernels() == [] and list(temp.iterdir()) == []


def test_an_own_error_keeps_its_exit_code_and_fields(tmp_path: Path, temp: Path) -> None:
    """A bad row found inside a notebook is still bad data, with file, row and remedy, plus the cell."""
    source = (
        "from unitcost.errors import DataProblem\n"
        "raise DataProblem('cost is not a number', where='bill.csv, row 3', why='it is \"x\"', fix='mend the row')"
    )
    with pytest.raises(DataProblem, match=r"cost is not a number") as raised:
        run(notebook(tmp_path / "a.ipynb", code(source)))
    assert raised.value.where == "bill.csv, row 3 (a.ipynb, cell 3, under 'Trend')"
    assert (raised.value.why, raised.value.fix) == ('it is "x"', "mend the row")
    assert list(temp.iterdir()) == []


def test_the_first_failure_ends_the_other_kernels(tmp_path: Path, temp: Path) -> None:
    """Nobody waits for a slow notebook once another has failed."""
    slow = notebook(tmp_path / "slow.ipynb", code("import time\ntime.sleep(120)"))
    bad = notebook(tmp_path / "bad.ipynb", code("1 / 0"))
    began = time.monotonic()
    with pytest.raises(UnitcostError, match=r"a cell of bad failed: ZeroDivisionError"):
        run(slow, bad)
    assert time.monotonic() - began < 15
    assert kernels() == [] and list(temp.iterdir()) == []


@pytest.mark.parametrize("name", ["mounth", "x = 1\nimport os; os.system('true') #", "print", ""])
@pytest.mark.usefixtures("temp")
def test_an_unknown_parameter_starts_no_kernel(tmp_path: Path, name: str) -> None:
    """A name the notebook does not declare is refused before anything runs; a near miss is suggested."""
    path = notebook(tmp_path / "a.ipynb", code("print(month)"))
    with pytest.raises(UsageProblem, match=r"has no parameter") as raised:
        run(path, parameters={name: "2024-05"})
    assert "month" in (raised.value.fix or "") and list((tmp_path / "work").iterdir()) == []


@pytest.mark.usefixtures("temp")
def test_parameters_of_other_types_and_notebooks_without_any_are_refused(tmp_path: Path) -> None:
    """Values are text or whole numbers; a notebook must declare what it is given."""
    path = notebook(tmp_path / "a.ipynb")
    with pytest.raises(UsageProblem, match=r"'month' is a list"):
        run(path, parameters={"month": ["2024-05"]})
    nbformat.write(new_notebook(cells=[code("print(1)")]), path)
    with pytest.raises(UsageProblem, match=r"has no parameter 'month'") as raised:
        run(path)
    assert "add a cell tagged 'parameters'" in (raised.value.fix or "")


@pytest.mark.parametrize("value", ['"', "'; import os #", "\\", "a\nb", "\x00", "\u2028", "{x}", "%s", "é" * 500])
@pytest.mark.long
@pytest.mark.usefixtures("temp")
def test_hostile_values_arrive_unchanged(tmp_path: Path, value: str) -> None:
    """A parameter's value is data, whatever is in it."""
    path = notebook(tmp_path / "a.ipynb", code("print(ascii(month))"))
    assert text_of(run(path, parameters={"month": value})["a"]) == ascii(value) + "\n"


def test_declared_names_are_the_plain_assignments() -> None:
    """Only names assigned one by one in the tagged cell count, not what other cells or expressions bind."""
    cells = [
        code("other = 1"),
        code(
            "month = 'x'  # text\nlimit: int = 3\nunset: int\na, b = 1, 2\nimport os\nif True:\n    deep = 1",
            "parameters",
        ),
    ]
    assert declared(new_notebook(cells=cells)) == ["month", "limit"]
    assert declared(new_notebook(cells=cells[:1])) == []


@pytest.mark.usefixtures("temp")
def test_parameters_saved_in_the_file_do_not_win(tmp_path: Path) -> None:
    """A cell injected by an earlier run and saved by hand, above the defaults, is dropped."""
    saved = code("month = '1999-01'", "injected-parameters")
    path = tmp_path / "a.ipynb"
    nbformat.write(new_notebook(cells=[saved, code("month = '2020-01'", "parameters"), code("print(month)")]), path)
    assert text_of(run(path)["a"]) == "2024-05\n"


def test_files_that_are_no_notebooks_are_named(tmp_path: Path) -> None:
    """Missing, garbled and doubled notebooks are told apart before anything runs."""
    (tmp_path / "bad.ipynb").write_text("{not json")
    with pytest.raises(UsageProblem, match=r"not a notebook"):
        run(tmp_path / "bad.ipynb")
    with pytest.raises(UsageProblem, match=r"cannot be read"):
        run(tmp_path / "missing.ipynb")
    good = notebook(tmp_path / "a.ipynb")
    with pytest.raises(UsageProblem, match=r"two notebooks are named 'a'"):
        run(good, notebook(tmp_path / "sub" / "a.ipynb"))


def test_the_start_of_a_kernel_is_tried_twice(tmp_path: Path, temp: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One failed start is made good; two end with the kernel's own last words. Cells are never run twice."""
    path = notebook(tmp_path / "a.ipynb", code("print('once')"))
    monkeypatch.setattr(sys, "executable", str(python_that_fails(tmp_path, 1)))
    assert text_of(run(path)["a"]) == "once\n"
    (tmp_path / "starts").unlink()
    monkeypatch.undo()
    monkeypatch.setattr(tempfile, "tempdir", str(temp))
    monkeypatch.setattr(sys, "executable", str(python_that_fails(tmp_path, 9)))
    with pytest.raises(EnvironmentProblem, match=r"no kernel could be started for a") as raised:
        run(path)
    assert raised.value.why == "no room for a kernel"
    assert len((tmp_path / "starts").read_text().splitlines()) == 2
    assert list(temp.iterdir()) == []


def test_a_long_temporary_folder_is_not_used_for_sockets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where TMPDIR is too deep for the address of a socket, kernels still start."""
    deep = tmp_path / ("d" * 120)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    assert text_of(run(notebook(tmp_path / "a.ipynb", code("print(1)")))["a"]) == "1\n"
    assert list(deep.iterdir()) == []


@pytest.mark.usefixtures("temp")
def test_nothing_of_the_libraries_reaches_the_terminal(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Success and failure print nothing of their own: what there is to say is in progress and errors."""
    run(notebook(tmp_path / "a.ipynb", code("import sys\nprint('noise', file=sys.stderr)")))
    with pytest.raises(EnvironmentProblem):
        run(notebook(tmp_path / "b.ipynb", code("import os\nos.kill(os.getpid(), 9)")))
    assert capfd.readouterr() == ("", "")


@pytest.mark.usefixtures("temp")
def test_a_large_output_arrives_whole(tmp_path: Path) -> None:
    """Five megabytes printed by one cell are all there."""
    path = notebook(tmp_path / "a.ipynb", code("for i in range(5000):\n    print('x' * 999)"))
    assert len(text_of(run(path)["a"])) == 5_000_000


def test_cleaning_cuts_paths_and_nothing_else(tmp_path: Path) -> None:
    """Folders of this machine go; look-alikes, numbers and text stay; cleaning twice changes nothing more."""
    home = str(Path.home())
    kept = ["1234.50", "/usr/share/x", f"https://host{home}/x", f"a{home}", "at 0x12", "5 % of /", "C:\\x"]
    cut = {
        f"{home}/data/bill.csv": "data/bill.csv",
        f"read '{tmp_path}/a.csv'": "read 'a.csv'",
        f"in {tmp_path}": "in ",
        "<object object at 0x7f12ab34cd56>": "<object object at 0x0>",
        f"{tempfile.gettempdir()}/ipykernel_12/345.py:3: W": "cell:3: W",
        "\x1b[31mred\x1b[0m": "red",
    }
    values = [*kept, *cut]
    data = {"text/plain": "x", "application/json": {"list": values}}
    cell = new_code_cell("x", outputs=[new_output("display_data", data=data)])
    once = clean(new_notebook(cells=[cell]), [tmp_path])
    assert once.cells[0].outputs[0].data["application/json"]["list"] == [*kept, *cut.values()]
    assert as_bytes(clean(once, [tmp_path])) == as_bytes(once)
    assert cell.outputs[0].data["application/json"]["list"] == values


def test_cleaning_joins_streams_by_name() -> None:
    """How a stream was cut into messages does not show; output between two pieces keeps its place."""
    pieces = [("stdout", "a"), ("stderr", "x"), ("stdout", "b"), None, ("stdout", "c"), ("stdout", "d")]
    outputs = [
        new_output("stream", name=piece[0], text=piece[1]) if piece else new_output("display_data", data={"k": "v"})
        for piece in pieces
    ]
    result = clean(new_notebook(cells=[new_code_cell("x", outputs=outputs)])).cells[0].outputs
    assert [(o.get("name"), o.get("text")) for o in result] == [
        ("stdout", "ab"),
        ("stderr", "x"),
        (None, None),
        ("stdout", "cd"),
    ]


def test_cleaning_takes_no_longer_for_one_long_word() -> None:
    """A picture is one word of megabytes; cleaning it is a matter of a moment."""
    data = {"image/png": "iVBOR/w0+" * 250_000, "text/plain": "x" * 2_000_000}
    began = time.monotonic()
    clean(new_notebook(cells=[new_code_cell("x", outputs=[new_output("display_data", data=data)])]))
    assert time.monotonic() - began < 5


@pytest.mark.long
def test_many_notebooks_many_times(tmp_path: Path, temp: Path) -> None:
    """Six notebooks side by side, five times: no start is lost, every file is the same, no handle stays open."""
    paths = [notebook(tmp_path / f"n{i}.ipynb", code(f"print({i}, month)")) for i in range(6)]
    seen = set()
    handles = []
    open_files = Path("/proc/self/fd")
    for _ in range(5):
        results = run(*paths, workers=4)
        seen.add(b"".join(as_bytes(result) for result in results.values()))
        handles.append(len(list(open_files.iterdir())) if open_files.is_dir() else 0)
    assert len(seen) == 1
    assert handles[-1] <= handles[1] + 2
    assert kernels() == [] and list(temp.iterdir()) == []
