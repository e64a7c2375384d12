"""The fork server as the report sees it: it starts kernels and says how they ended."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from io import BufferedRWPair
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

# Linux ends a kernel with the process it was forked from; elsewhere nothing would.
CAN_FORK = sys.platform == "linux"
ANSWER_SECONDS = 60
POLL_SECONDS = 0.02


class CannotFork(RuntimeError):
    """The server has more than one thread: kernels must be started one by one."""


class ForkServer:
    """One fork server, started with the first kernel; the next kernel starts another if it has ended.

    `environment` is what the server and its kernels see of the environment, `folder` holds its log.
    """

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        self._environment = dict(environment)
        self._log = folder / "fork_server.log"
        self._asking = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: socket.socket | None = None
        self._stream: BufferedRWPair | None = None

    def prepare(self) -> None:
        """Start the server without waiting for it: it loads its libraries meanwhile."""
        with self._asking:
            self._start()

    def launch(self, arguments: list[str], environment: Mapping[str, str], folder: Path, log: Path) -> ForkedKernel:
        """Start a kernel in `folder`; what it prints itself is added to `log`.

        Raises CannotFork where there are threads, and RuntimeError with the server's last words if it has ended.
        """
        request = {
            "ask": "launch",
            "arguments": arguments,
            "environment": dict(environment),
            "folder": str(folder),
            "log": str(log),
        }
        with self._asking:
            if self._process is None or self._process.poll() is not None:
                self._start()
            try:
                answer = self._ask(request)
            except OSError as problem:
                log.write_bytes(self._log.read_bytes())
                self._stop()
                raise RuntimeError(f"the process that starts kernels has ended: {problem}") from None
            stream = self._stream
        if answer["pid"] is None:
            raise CannotFork(f"{answer['threads']} threads")
        assert stream is not None
        return ForkedKernel(self, stream, answer["pid"])

    def status(self, kernel: ForkedKernel) -> int | None:
        """Return how a kernel ended, None while it runs. With the server its kernels are gone too.

        The server forgets a kernel once it has said how it ended, so of several threads that ask only one asks it.
        """
        with self._asking:
            if kernel.returncode is None:
                kernel.returncode = self._status(kernel)
            return kernel.returncode

    def close(self) -> None:
        """End the server and every kernel that still runs."""
        with self._asking:
            self._stop()

    def _status(self, kernel: ForkedKernel) -> int | None:
        if kernel.stream is not self._stream:
            return -signal.SIGKILL
        try:
            status: int | None = self._ask({"ask": "poll", "pid": kernel.pid})["status"]
        except OSError:
            self._stop()
            return -signal.SIGKILL
        return status

    def _start(self) -> None:
        self._stop()
        ours, theirs = socket.socketpair()
        ours.settimeout(ANSWER_SECONDS)
        with theirs, self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "unitcost.kernels.fork_server", str(theirs.fileno())],
                env=self._environment | {"JPY_PARENT_PID": str(os.getpid())},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        self._connection, self._stream = ours, ours.makefile("rwb")

    def _ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return the server's answer. Raises OSError if there is none."""
        assert self._stream is not None
        self._stream.write(json.dumps(request).encode() + b"\n")
        self._stream.flush()
        line = self._stream.readline()
        if not line:
            raise ConnectionResetError("no answer")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _stop(self) -> None:
        if self._process is None:
            return
        assert self._connection is not None and self._stream is not None
        with contextlib.suppress(OSError):
            self._stream.close()
        self._connection.close()
        # It ends its kernels first; one that does not is ended, and Linux ends the kernels.
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = self._connection = self._stream = None


class ForkedKernel:
    """A forked kernel, with what is used of `subprocess.Popen`."""

    stdin = stdout = stderr = None

    def __init__(self, server: ForkServer, stream: BufferedRWPair, pid: int) -> None:
        self._server = server
        self.stream = stream
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return how it ended, None while it runs."""
        return self._server.status(self)

    def wait(self) -> int:
        """Return how it ended, once it has."""
        while (status := self.poll()) is None:
            time.sleep(POLL_SECONDS)
        return status

    def send_signal(self, number: int) -> None:
        """Signal the process if it still runs."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


class ForkingProvisioner(LocalProvisioner):
    """Starts a kernel from the fork server where Jupyter would start a new process."""

    server: ForkServer
    log_file: Path

    async def launch_kernel(self, cmd: list[str], **options: Any) -> KernelConnectionInfo:
        """Start the kernel; its process group is its process."""
        folder = Path(options["cwd"])
        try:
            kernel = self.server.launch(cmd[3:], options["env"], folder, self.log_file)
        except CannotFork:
            return await super().launch_kernel(cmd, **options)
        self.process = kernel  # type: ignore[assignment]  # has what is used of Popen
        self.pid = self.pgid = kernel.pid
        self.cwd = folder
        return self.connection_info
