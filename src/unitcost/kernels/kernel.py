"""The process a notebook runs in: an ipykernel that cannot outlive the run that started it.

Started as `python -m unitcost.kernels.kernel -f CONNECTION_FILE`, so no installed kernelspec is needed.
"""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import sys
from typing import Any

PR_SET_PDEATHSIG = 1
ORPHANED = 3
RARELY = 100_000


def die_with_parent() -> None:
    """Ask Linux to kill this process when the thread that started it ends; leave at once if it already has.

    Elsewhere ipykernel's own watch over its parent does the same within a second or two.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    # The parent may have gone before the request above; then no signal will ever come.
    parent = os.environ.get("JPY_PARENT_PID")
    if parent is not None and os.getppid() != int(parent):
        os._exit(ORPHANED)


def main() -> None:
    """Run the kernel of a process of its own until it is told to stop."""
    die_with_parent()
    start(parent=os.getppid())


def start(parent: int) -> None:
    """Run the kernel in this process until it is told to stop; it ends when it is no longer a child of `parent`."""
    # As in the command that started it: most objects of a kernel are those of its libraries, and stay.
    gc.set_threshold(RARELY)
    # Imported only now: these imports take most of a second, in which the parent may be killed.
    from ipykernel.kernelapp import IPKernelApp
    from traitlets.config import Config

    settings = Config(
        {
            "IPKernelApp": {"parent_handle": parent},
            "HistoryManager": {"enabled": False},
            "InteractiveShell": {"colors": "nocolor"},
            # bbox_inches "tight" would crop each figure to its ink and give every one another size.
            "InlineBackend": {"figure_formats": {"svg"}, "print_figure_kwargs": {"bbox_inches": None}},
        }
    )
    app: Any = IPKernelApp.instance(config=settings)
    app.initialize()
    app.start()


if __name__ == "__main__":
    main()
