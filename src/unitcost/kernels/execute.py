"""Run notebooks through papermill, side by side, and accept nothing but complete success.

papermill returns as if all were well when a cell calls `sys.exit(0)`, and takes parameters that no notebook
knows; what counts as success is decided here.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import nbformat
import papermill
from jupyter_core.utils import ensure_event_loop
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError

from unitcost.errors import UsageProblem
from unitcost.kernels import failures
from unitcost.kernels.executed import INJECTED, as_bytes, clean
from unitcost.kernels.forking import CAN_FORK, ForkServer
from unitcost.kernels.parameters import check_parameters
from unitcost.kernels.session import Session, kernel_environment, private_folder
from unitcost.kernels.watch import LeftEarly, Watch

__all__ = ["as_bytes", "clean", "execute"]

START_SECONDS = 60
START_ATTEMPTS = 2
# papermill gives up on a cell whose last output is this late; on a busy machine its 4 s are too few.
OUTPUT_SECONDS = 60
NOISY_LOGGERS = ("papermill", "traitlets", "asyncio")


def execute(
    notebooks: Sequence[Path],
    *,
    parameters: Mapping[str, str | int],
    environment: Mapping[str, str],
    workdir: Path,
    workers: int = 2,
    timeout: int = 600,
    progress: Callable[[str], None],
) -> dict[str, NotebookNode]:
    """Run each notebook in a kernel of its own and return the cleaned results by file stem, in order.

    `environment` is what kernels see besides a short allow-list; `timeout` is in seconds and bounds a whole
    notebook; `workdir/<stem>.ipynb` holds each result. `progress` gets one line as a notebook starts and one
    as it ends.

    Raises UsageProblem (not a notebook, unknown parameter), ReconciliationProblem (a `check` cell failed),
    UnitcostError (another cell failed) and EnvironmentProblem (dead or hanging kernel). The first failure
    ends the other kernels.
    """
    loaded = _load(notebooks)
    for path, notebook in loaded.items():
        check_parameters(notebook, path, parameters)
    with _quiet(), _terminable(), private_folder() as folder:
        seen = kernel_environment(environment, folder)
        folders = [Path(value) for name, value in seen.items() if name != "PATH" and value.startswith("/")]
        run = SharedRun(
            parameters=dict(parameters),
            environment=seen,
            folder=folder,
            workdir=workdir,
            timeout=timeout,
            roots=(workdir, folder, *folders),
            progress=progress,
            # A server pays from the second kernel on.
            server=ForkServer(seen, folder) if CAN_FORK and len(loaded) > 1 else None,
        )
        with contextlib.closing(run):
            return _side_by_side(run, loaded, workers)


@dataclass
class SharedRun:
    """What the notebooks of one call share."""

    parameters: dict[str, str | int]
    environment: dict[str, str]
    folder: Path
    workdir: Path
    timeout: int
    roots: tuple[Path, ...]
    progress: Callable[[str], None]
    server: ForkServer | None
    sessions: list[Session] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)
    speaking: threading.Lock = field(default_factory=threading.Lock)

    def say(self, line: str) -> None:
        """Pass one line of progress on, from whichever thread."""
        with self.speaking:
            self.progress(line)

    def session(self) -> Session:
        """Return a new place for a kernel."""
        with self.speaking:
            session = Session(self.folder / f"k{len(self.sessions)}", self.environment, self.stopping, self.server)
            self.sessions.append(session)
        return session

    def stop(self) -> None:
        """End all kernels, now and to come."""
        self.stopping.set()
        for session in list(self.sessions):
            session.kill()

    def close(self) -> None:
        """End what kernels are started from."""
        if self.server is not None:
            self.server.close()


def _load(notebooks: Sequence[Path]) -> dict[Path, NotebookNode]:
    loaded: dict[Path, NotebookNode] = {}
    for path in notebooks:
        if path.stem in {other.stem for other in loaded}:
            raise UsageProblem(
                f"two notebooks are named '{path.stem}'", where=str(path), fix="give each its own file name"
            )
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
        except OSError as error:
            raise UsageProblem("the notebook cannot be read", where=str(path), why=error.strerror) from error
        except Exception as error:
            # nbformat has no common root for its errors: JSON, schema and version each bring their own.
            why = str(error).split("\n", 1)[0][:200]
            raise UsageProblem(
                "the file is not a notebook",
                where=str(path),
                why=why,
                fix="open it in JupyterLab and save it again",
            ) from error
        # An injected cell saved by hand would stand where it was and win over the values of this run.
        notebook.cells = [c for c in notebook.cells if INJECTED not in c.metadata.get("tags", [])]
        loaded[path] = clean(notebook)
    return loaded


def _side_by_side(run: SharedRun, loaded: Mapping[Path, NotebookNode], workers: int) -> dict[str, NotebookNode]:
    if run.server is not None:
        run.server.prepare()
    # Linux ends a kernel with the thread that started it, so a thread stays with its notebook to the end.
    with ThreadPoolExecutor(max(1, min(workers, len(loaded) or 1)), thread_name_prefix="notebook") as pool:
        futures = {pool.submit(_one, run, path, notebook): path for path, notebook in loaded.items()}
        try:
            done = {futures[future]: future.result() for future in as_completed(futures)}
        except BaseException:
            run.stop()
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return {path.stem: done[path] for path in loaded}


def _one(run: SharedRun, path: Path, notebook: NotebookNode) -> NotebookNode:
    began = time.monotonic()
    run.say(f"{path.stem}: started")
    source = run.folder / path.name
    source.write_bytes(as_bytes(notebook))
    result = run.workdir / f"{path.stem}.ipynb"
    cleaned = _executed(run, path, source, result)
    result.write_bytes(as_bytes(cleaned))
    cells = sum(cell.cell_type == "code" for cell in notebook.cells)
    run.say(f"{path.stem}: {cells} cells in {time.monotonic() - began:.1f} s")
    return cleaned


def _executed(run: SharedRun, path: Path, source: Path, result: Path) -> NotebookNode:
    """Run one notebook; only the start of its kernel is tried again."""
    for attempt in range(1, START_ATTEMPTS + 1):
        session = run.session()
        watch = Watch(path, session, time.monotonic() + run.timeout)
        try:
            executed = _papermill(run, watch, source, result)
        except PapermillExecutionError as error:
            raise failures.cell_failed(watch, error, run.roots) from None
        except CellTimeoutError:
            raise failures.too_slow(watch, run.timeout) from None
        except LeftEarly:
            raise failures.left_early(watch, "0") from None
        except (DeadKernelError, RuntimeError) as error:
            if watch.cells:
                raise failures.kernel_died(watch, error, run.roots) from None
            if attempt == START_ATTEMPTS or run.stopping.is_set():
                raise failures.no_kernel(watch, error, run.roots) from None
        except OSError as error:
            raise failures.disk(watch, error) from error
        else:
            failures.check_complete(watch, executed)
            return clean(executed, (*run.roots, *session.roots))
        finally:
            session.kill()
            _end_event_loop()
    raise AssertionError("the last attempt returns or raises")


def _papermill(run: SharedRun, watch: Watch, source: Path, result: Path) -> NotebookNode:
    # papermill fills in braces in paths as in a format string.
    input_path, output_path = (str(path).replace("{", "{{").replace("}", "}}") for path in (source, result))
    executed: NotebookNode = papermill.execute_notebook(
        input_path,
        output_path,
        parameters=run.parameters,
        kernel_name="python3",
        language="python",
        progress_bar=False,
        request_save_on_cell_execute=False,
        start_timeout=START_SECONDS,
        kernel_manager_class=watch.session.manager_class(),
        iopub_timeout=OUTPUT_SECONDS,
        force_raise_errors=True,
        record_timing=False,
        store_widget_state=False,
        **watch.hooks(),
        # The kernel's own files lie in the session's folder: nothing is lost by not waiting for its goodbye.
        shutdown_kernel="immediate",
    )
    return executed


def _end_event_loop() -> None:
    """End what a broken-off execution left waiting in this thread, which Python would else complain about."""
    loop = ensure_event_loop()
    waiting = asyncio.all_tasks(loop)
    for task in waiting:
        task.cancel()
    if waiting:
        loop.run_until_complete(asyncio.gather(*waiting, return_exceptions=True))
    loop.close()


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Silence what the libraries log while notebooks run: each failure is told once, by our own error."""
    loggers = [logging.getLogger(name) for name in NOISY_LOGGERS]
    before = [logger.disabled for logger in loggers]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for logger in loggers:
            logger.disabled = True
        try:
            yield
        finally:
            for logger, state in zip(loggers, before, strict=True):
                logger.disabled = state


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """Turn SIGTERM and SIGHUP into an orderly exit with status 128 + signal, if nobody else handles them."""

    def leave(number: int, frame: FrameType | None) -> None:
        del frame
        raise SystemExit(128 + number)

    changed: dict[signal.Signals, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is signal.SIG_DFL:
                changed[number] = signal.signal(number, leave)
    try:
        yield
    finally:
        for changed_number, handler in changed.items():
            signal.signal(changed_number, handler)
