"""The process that kernels are forked from: it imports what every notebook uses, once for all of them.

Started as `python -m unitcost.kernels.fork_server SOCKET` with exactly the environment of a kernel, so that a kernel
holds nothing that a fresh one would not. It answers one line of JSON with one: `launch` with the process id of a new
kernel, `poll` with the exit status of one, which is null while it runs. It ends, and every kernel with it, when the
socket does or when the thread that started it ends.

A fork copies one thread only. So nothing is imported here that starts threads, DuckDB is never connected, and where
there is more than one thread all the same, the answer is that no kernel can be forked here.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import json
import os
import signal
import socket
import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

import unitcost
from unitcost.kernels import kernel

# What a kernel loads before its first cell.
OF_A_KERNEL = ("ipykernel.kernelapp", "ipykernel.ipkernel", "IPython.core.completer")


def main() -> None:
    """Answer requests until the socket ends, then end every kernel."""
    kernel.die_with_parent()
    # Matplotlib reads it as it is loaded, and a kernel sets it before that. The backend itself is left to the kernel:
    # it looks for the notebook's shell as it is loaded.
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    for name in OF_A_KERNEL:
        import_module(name)
    # What the cells of notebooks load.
    for name in unitcost.__all__:
        getattr(unitcost, name)
    # What is loaded now stays: no kernel need look through it, and none copies its pages by counting them.
    gc.collect()
    gc.freeze()
    kernels: set[int] = set()
    with socket.socket(fileno=int(sys.argv[1])) as connection, connection.makefile("rwb") as stream:
        try:
            for line in stream:
                answer = _answer(json.loads(line), connection, kernels)
                stream.write(json.dumps(answer).encode() + b"\n")
                stream.flush()
        except (BrokenPipeError, ConnectionResetError):
            pass
        finally:
            _end(kernels)


def _answer(request: dict[str, Any], connection: socket.socket, kernels: set[int]) -> dict[str, Any]:
    if request["ask"] == "poll":
        return {"status": _status(request["pid"], kernels)}
    threads = sum(1 for _ in Path("/proc/self/task").iterdir())
    if threads > 1:
        return {"pid": None, "threads": threads}
    server = os.getpid()
    pid = os.fork()
    if pid == 0:
        # The report must see the end of the socket when the server ends, whoever was forked from it.
        os.close(connection.fileno())
        _kernel(server, request)
    # Here too: the report may want to end the kernel's group before the kernel has come to make it.
    with contextlib.suppress(OSError):
        os.setpgid(pid, pid)
    kernels.add(pid)
    return {"pid": pid}


def _status(pid: int, kernels: set[int]) -> int | None:
    """Return how a kernel ended, as `Popen.returncode` says it."""
    ended, status = os.waitpid(pid, os.WNOHANG)
    if not ended:
        return None
    kernels.discard(pid)
    return os.waitstatus_to_exitcode(status)


def _end(kernels: set[int]) -> None:
    for pid in kernels:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
    for pid in kernels:
        os.waitpid(pid, 0)


def _kernel(server: int, request: dict[str, Any]) -> NoReturn:
    """Become a kernel: what a new process has of its own is made anew, then it runs to its end."""
    status = 1
    try:
        os.setpgid(0, 0)
        log = os.open(Path(request["log"]), os.O_WRONLY | os.O_APPEND)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((nothing, 0), (log, 1), (log, 2)):
            os.dup2(source, target)
        os.close(log)
        os.close(nothing)
        os.environ.update(request["environment"], JPY_PARENT_PID=str(server))
        os.chdir(request["folder"])
        kernel.die_with_parent()
        sys.argv = [kernel.__file__, *request["arguments"]]
        # Python's own generator is seeded anew after a fork, NumPy's is not.
        np.random.seed()
        kernel.start(parent=server)
        status = 0
    except SystemExit as leaving:
        status = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):
                stream.flush()
        os._exit(status)


if __name__ == "__main__":
    main()
