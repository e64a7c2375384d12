"""Kernels forked from one process: as fresh as started ones, and gone with whatever they were forked from."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from material.run_notebooks import code, kernels, notebook, python_that_fails, run, text_of, wait_for

from unitcost.errors import EnvironmentProblem
from unitcost.kernels.executed import as_bytes
from unitcost.kernels.forking import ForkServer
from unitcost.kernels.session import kernel_environment

PARENT = "import os, psutil\nprint(' '.join(psutil.Process(os.getppid()).cmdline()))"
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every kernel is a new process")


def two(folder: Path, source: str) -> tuple[Path, Path]:
    """Two notebooks of the same cell: kernels are forked from the second on."""
    return notebook(folder / "a.ipynb", code(source)), notebook(folder / "b.ipynb", code(source))


@pytest.mark.usefixtures("temp")
def test_two_notebooks_run_in_forked_kernels(tmp_path: Path) -> None:
    """Both come out of the same process, which loaded the libraries once."""
    results = run(*two(tmp_path, PARENT))
    assert all("unitcost.kernels.fork_server" in text_of(result) for result in results.values())


@pytest.mark.usefixtures("temp")
def test_a_forked_kernel_gives_the_bytes_of_a_started_one(tmp_path: Path) -> None:
    """Output, a chart, an answer of DuckDB with threads and the working folder: alone or beside another."""
    source = (
        "import duckdb, os, sys\nfrom pathlib import Path\nimport matplotlib.pyplot as plt\n"
        "print(sys.argv[0].rpartition('/')[2], Path.cwd().name, list(Path.cwd().iterdir()), sys.stdin.isatty())\n"
        "print(sorted(name for name in os.environ if name != 'JPY_PARENT_PID'))\n"
        "print(duckdb.connect(config={'threads': 4}).sql('SELECT sum(i) FROM range(9000000) t(i)').fetchall())\n"
        "figure = plt.figure()\nfigure.gca().plot([1, 3, 2])\nfigure"
    )
    both = run(*two(tmp_path, source))
    alone = run(notebook(tmp_path / "alone" / "a.ipynb", code(source)))
    assert as_bytes(both["a"]) == as_bytes(alone["a"])
    assert as_bytes(both["b"]) == as_bytes(both["a"])


@pytest.mark.usefixtures("temp")
def test_no_secret_is_in_the_memory_of_a_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither in its environment nor in the one that the system shows of the process."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "sesame-4711")
    source = (
        "import os\nprint(os.environ)\n"
        "for process in ('self', os.getppid()):\n    print(open(f'/proc/{process}/environ').read())"
    )
    for result in run(*two(tmp_path, source)).values():
        assert "PYTHONHASHSEED" in text_of(result)
        assert "sesame" not in text_of(result)


@pytest.mark.usefixtures("temp")
def test_chance_differs_between_kernels(tmp_path: Path) -> None:
    """Two kernels forked from the same state draw different numbers."""
    source = "import random, numpy, uuid\nprint(random.random(), numpy.random.rand(), uuid.uuid4())"
    first, second = (text_of(result).split() for result in run(*two(tmp_path, source)).values())
    assert all(a != b for a, b in zip(first, second, strict=True))


@pytest.mark.usefixtures("temp")
def test_where_there_are_threads_kernels_are_started(tmp_path: Path) -> None:
    """A fork would copy one thread of several and hang: every kernel is a new process then."""
    (tmp_path / "sitecustomize.py").write_text(
        "import sys, threading\n"
        "if 'unitcost.kernels.fork_server' in sys.orig_argv:\n"
        "    threading.Thread(target=threading.Event().wait, daemon=True).start()\n"
    )
    results = run(*two(tmp_path, PARENT), environment={"PYTHONPATH": str(tmp_path)})
    assert not any("unitcost.kernels.fork_server" in text_of(result) for result in results.values())


def test_the_start_of_the_server_is_tried_twice(tmp_path: Path, temp: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One failed start is made good; a server that never starts ends the run with its own last words."""
    monkeypatch.setattr(sys, "executable", str(python_that_fails(tmp_path, 1)))
    assert text_of(run(*two(tmp_path, "print('once')"))["b"]) == "once\n"
    (tmp_path / "starts").unlink()
    monkeypatch.setattr(sys, "executable", str(python_that_fails(tmp_path, 99)))
    with pytest.raises(EnvironmentProblem, match=r"no kernel could be started for [ab]") as raised:
        run(*two(tmp_path, "print('once')"))
    assert raised.value.why == "no room for a kernel"
    assert kernels() == [] and list(temp.iterdir()) == []


def test_a_killed_server_ends_the_run(tmp_path: Path, temp: Path) -> None:
    """With it go its kernels; the run says which notebook was lost, and leaves nothing."""
    mark = tmp_path / "at-work"
    paths = two(tmp_path, f"import os, time\nopen({str(mark)!r}, 'a').write(f'{{os.getppid()}} ')\ntime.sleep(120)")

    def kill() -> None:
        assert wait_for(lambda: mark.exists() and len(mark.read_text().split()) == 2, 60)
        os.kill(int(mark.read_text().split()[0]), signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(EnvironmentProblem, match=r"the kernel of [ab] died") as raised:
        run(*paths)
    killer.join()
    assert "killed from outside" in str(raised.value)
    assert wait_for(lambda: kernels() == [], 5)
    assert list(temp.iterdir()) == []


def test_a_killed_kernel_leaves_the_server_and_says_its_signal(tmp_path: Path, temp: Path) -> None:
    """A kernel that dies of a fault is told apart from one that was killed, as with kernels that were started."""
    calm = notebook(tmp_path / "calm.ipynb", code("import time\ntime.sleep(60)"))
    for number, words in ((signal.SIGKILL, "killed from outside"), (signal.SIGSEGV, "SIGSEGV")):
        dying = notebook(tmp_path / "dying.ipynb", code(f"import os\nos.kill(os.getpid(), {int(number)})"))
        with pytest.raises(EnvironmentProblem, match=r"the kernel of dying died") as raised:
            run(calm, dying)
        assert words in str(raised.value)
        assert kernels() == [] and list(temp.iterdir()) == []


def test_many_threads_may_ask_how_a_kernel_ended(tmp_path: Path) -> None:
    """The server says it once; whoever asks meanwhile hears the same, and the server and its other kernels live on."""
    log = tmp_path / "log"
    log.touch()
    server = ForkServer(kernel_environment({}, tmp_path), tmp_path)
    server.prepare()
    [process] = psutil.Process().children()
    try:
        for _ in range(5):
            kernel = server.launch(["--no-such-option"], {}, tmp_path, log)
            os.kill(kernel.pid, signal.SIGKILL)
            with ThreadPoolExecutor(8) as pool:
                statuses = list(pool.map(lambda _, kernel=kernel: kernel.wait(), range(8)))
            assert statuses == [-signal.SIGKILL] * 8
            assert process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    finally:
        server.close()


def test_no_process_is_left_over(tmp_path: Path, temp: Path) -> None:
    """After a run that went well neither server nor kernel is there, not even as a process that nobody asked about."""
    before = {process.pid for process in psutil.Process().children(recursive=True)}
    source = "import json, os\nprint(json.dumps([os.getpid(), os.getppid()]))"
    results = run(*two(tmp_path, source))
    pids = {pid for result in results.values() for pid in json.loads(text_of(result))}
    assert len(pids) == 3
    assert {process.pid for process in psutil.Process().children(recursive=True)} <= before
    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert list(temp.iterdir()) == []
