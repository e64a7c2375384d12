"""One kernel as its parent sees it: where its sockets lie, what it may know of the environment, how it ends.

Kernels talk over unix sockets in a private folder: no port to race for with another run, nothing another
user of the machine can reach.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any, ClassVar

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager

from unitcost.display.fonts import FONT_LIST
from unitcost.errors import EnvironmentProblem
from unitcost.kernels.forking import ForkedKernel, ForkingProvisioner, ForkServer
from unitcost.storage.locks import scratch, sweep

# The address of a unix socket holds 104 bytes on the BSDs and 108 on Linux; ours end in "/k12-2/s-5".
SOCKET_FOLDER_BYTES = 80
INHERITED = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH")
OWN_PREFIX = "UNITCOST_"
# Ours or not, what is named like a secret is none of a notebook's business.
SECRET = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL", re.IGNORECASE)
# 1980-01-01, the earliest date every archive format can hold: a figure never carries the day it was drawn.
FIXED_DATE = "315532800"
MATPLOTLIB_SETTINGS = "svg.hashsalt: unitcost\n"


@contextlib.contextmanager
def private_folder() -> Iterator[Path]:
    """Yield a private folder for the sockets and settings of one run, and clear what killed runs left."""
    parent = _socket_parent()
    prefix = f"unitcost-{os.geteuid()}-"
    sweep(parent, prefix)
    with contextlib.ExitStack() as stack:
        try:
            folder = stack.enter_context(scratch(parent, prefix))
            for name in ("matplotlib", "ipython", "temporary"):
                (folder / name).mkdir()
            (folder / "matplotlib" / "matplotlibrc").write_text(MATPLOTLIB_SETTINGS, encoding="utf-8")
            # Without it every kernel would look through all fonts of the machine, of which no chart may depend.
            shutil.copy(FONT_LIST, folder / "matplotlib")
        except OSError as error:
            raise EnvironmentProblem(
                "the kernels' private folder cannot be made",
                where=str(parent),
                why=error.strerror,
                fix="make room there, or set TMPDIR to a short path that you may write to",
            ) from error
        yield folder


def kernel_environment(given: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Return all that a kernel sees of the environment: a short allow-list, so no secret reaches a notebook.

    `given` is added last and wins; `folder` is the run's private folder.
    """
    chosen = {name: os.environ[name] for name in INHERITED if name in os.environ}
    own = {name: value for name, value in os.environ.items() if name.startswith(OWN_PREFIX)}
    chosen |= {name: value for name, value in own.items() if not SECRET.search(name)}
    fixed = {
        "TZ": "UTC",
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "SOURCE_DATE_EPOCH": FIXED_DATE,
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "TMPDIR": str(folder / "temporary"),
        "MPLCONFIGDIR": str(folder / "matplotlib"),
        # Keeps a person's own start-up files and history out of a published run.
        "IPYTHONDIR": str(folder / "ipython"),
    }
    return {"LANG": "C.UTF-8"} | chosen | fixed | dict(given)


@dataclass
class Session:
    """The place of one kernel: its folder, environment and process; `server` forks it, or it is a new process."""

    folder: Path
    environment: Mapping[str, str]
    stopping: Event
    server: ForkServer | None = field(default=None)
    process: subprocess.Popen[bytes] | ForkedKernel | None = field(default=None)

    @property
    def working_folder(self) -> Path:
        """Where the kernel starts: empty, private and gone with the run."""
        return self.folder / "cwd"

    def manager_class(self) -> type[ReportKernel]:
        """Return the class that starts a kernel here; papermill makes the instance itself."""
        self.working_folder.mkdir(parents=True, exist_ok=True)
        return type("SessionKernel", (ReportKernel,), {"session_place": self})

    @property
    def roots(self) -> tuple[Path, ...]:
        """The folders of this one kernel whose paths may show in outputs."""
        return (self.working_folder, self.folder)

    def kill(self) -> None:
        """End the kernel and what it started, at once; harmless if it has ended."""
        if self.process is not None and self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def last_words(self) -> str:
        """Return the last line the kernel process itself printed, or an empty text."""
        with contextlib.suppress(OSError):
            lines = (self.folder / "log").read_text(encoding="utf-8", errors="replace").split("\n")
            return next((line.strip() for line in reversed(lines) if line.strip()), "")
        return ""


class ReportKernel(AsyncKernelManager):
    """Starts `unitcost.kernels.kernel` with this Python, whatever kernelspecs are installed."""

    session_place: ClassVar[Session]

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.transport = "ipc"
        self.ip = str(self.session_place.folder / "s")
        self.connection_file = str(self.session_place.folder / "connection.json")

    @property
    def kernel_spec(self) -> KernelSpec:
        """The one kernelspec there is."""
        argv = [sys.executable, "-m", "unitcost.kernels.kernel", "-f", "{connection_file}"]
        return KernelSpec(argv=argv, language="python", display_name="Python 3")

    # The parent class is typed as its blocking sibling; at run time both are coroutines.
    async def start_kernel(self, **options: Any) -> None:  # type: ignore[override]
        """Start the process with the session's environment; what it prints itself goes to a file."""
        place = self.session_place
        with (place.folder / "log").open("wb") as log:
            options |= {"env": dict(place.environment), "cwd": str(place.working_folder)}
            if place.server is not None:
                self.provisioner = ForkingProvisioner(
                    parent=self, kernel_spec=self.kernel_spec, kernel_id=self.kernel_id
                )
                self.provisioner.server, self.provisioner.log_file = place.server, place.folder / "log"
            await super().start_kernel(stdout=log, stderr=subprocess.STDOUT, **options)
        place.process = getattr(self.provisioner, "process", None)
        # A stop that came while the process was being made did not see it.
        if place.stopping.is_set():
            place.kill()


def _socket_parent() -> Path:
    for parent in (Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")):
        if len(os.fsencode(parent)) + 40 <= SOCKET_FOLDER_BYTES and os.access(parent, os.W_OK | os.X_OK):
            return parent
    raise EnvironmentProblem(
        "there is no folder for the kernels' sockets",
        where=tempfile.gettempdir(),
        why="the path of a unix socket must be short, and neither this folder nor /tmp is short and writable",
        fix="set TMPDIR to a short path that you may write to",
    )
