"""Runs with the Python of a checkout: calls its command line again and again in one process, and keeps what it says.

It is given by its path, to any version of `unitcost`, so it knows nothing but `unitcost.cli.main` and imports nothing
of this project. `many_calls.py ORDERS RESULTS`: ORDERS is JSON, a list of lists of arguments; of call 7, RESULTS has
`7.out`, `7.err` and at last `7.code` with the exit code. The first line printed is where `unitcost` lies.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path


def main(orders: Path, results: Path) -> None:
    """Run all calls, one after the other."""
    import unitcost
    from unitcost.cli import main as command_line

    print(unitcost.__file__, flush=True)
    for number, arguments in enumerate(json.loads(orders.read_text("utf-8"))):
        with _streams_into(results / f"{number}.out", results / f"{number}.err"):
            code = _exit_code(command_line, arguments)
        (results / f"{number}.code").write_text(str(code), "utf-8")
        # The command line puts this off because its process ends soon. This one goes on.
        gc.collect()


def _exit_code(command: Callable[[], None], arguments: Sequence[str]) -> int:
    sys.argv = ["unitcost", *arguments]
    try:
        command()
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    return 0


@contextlib.contextmanager
def _streams_into(out: Path, err: Path) -> Iterator[None]:
    """Send both streams into files, those of libraries and of child processes too."""
    kept = os.dup(1), os.dup(2)
    with out.open("wb") as out_file, err.open("wb") as err_file:
        os.dup2(out_file.fileno(), 1)
        os.dup2(err_file.fileno(), 2)
        try:
            yield
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for stream, descriptor in enumerate(kept, start=1):
                os.dup2(descriptor, stream)
                os.close(descriptor)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
