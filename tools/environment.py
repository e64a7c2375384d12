"""Makes `.venv` hold exactly what the lock files say: `python3 tools/environment.py report|test|lab|spark`.

Runs before anything is installed, so it uses the standard library only, and no syntax that Python 3.6 could
not read: an old one must get as far as saying that it is too old. A call that finds everything in place costs
a few hashes; calls at the same time wait for each other.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
READY = VENV / ".ready"
# Not ".lock": uv waits five minutes for a lock of that name in the environment it installs into.
TURN = VENV / ".turn"
LOCKS = {
    "report": "requirements.lock",
    "test": "requirements-test.lock",
    "lab": "requirements-lab.lock",
    "spark": "requirements-spark.lock",
}
INSTALLER_LOCK = "requirements-uv.lock"
ONLINE = "check the network, or name a package index that can be reached: pip config set global.index-url …"


class SetupError(Exception):
    """The environment cannot be made: which command failed, what it said, and what to do about it."""

    def __init__(self, command: "list[str]", said: "list[str]", fix: str) -> None:
        why = "\n         ".join(line[:300] for line in said)
        super().__init__(f"setting up .venv failed\n  where: {' '.join(command)[:200]}\n  why:   {why}\n  fix:   {fix}")
        self.said = said


def main(wanted: str) -> int:
    """Make .venv fit `wanted` (a key of LOCKS) and what earlier calls wanted; return the exit code."""
    signal.signal(signal.SIGTERM, terminated)
    if sys.version_info < OLDEST:
        return run_newer(wanted)
    if is_ready(wanted):
        return 0
    try:
        VENV.mkdir(exist_ok=True)
        with alone():
            if not is_ready(wanted):
                build(wanted)
    except (SetupError, OSError) as problem:
        return failed(6, "environment", str(problem))
    except KeyboardInterrupt:
        return failed(130, "interrupted", "setting up .venv was interrupted; the next call carries on")
    return 0


def terminated(number: int, _frame: object) -> None:
    # An exception, so that the installer that is running is ended too.
    sys.exit(failed(128 + number, "terminated", "setting up .venv was ended; the next call carries on"))


def run_newer(wanted: str) -> int:
    for minor in range(OLDEST[1] + 5, OLDEST[1] - 1, -1):
        newer = shutil.which(f"python3.{minor}")
        # A version manager has commands for versions that are not switched on, so it is tried first.
        if newer and subprocess.call([newer, "-c", ""], stderr=subprocess.DEVNULL) == 0:
            return subprocess.call([newer, __file__, wanted])
    needed, found = ".".join(map(str, OLDEST)), sys.version.split()[0]
    return failed(
        6,
        "environment",
        f"Python {needed} or later is needed; this is {found}\n"
        f"  where: {sys.executable}\n"
        "  fix:   install a newer Python and put it first on PATH",
    )


def is_ready(wanted: str) -> bool:
    made_from, sets = read_stamp()
    return wanted in sets and made_from == fingerprint() and PYTHON.exists()


def read_stamp() -> "tuple[str, list[str]]":
    try:
        stamp = json.loads(READY.read_text())
        return str(stamp["fingerprint"]), [name for name in LOCKS if name in stamp["sets"]]
    except (OSError, ValueError, KeyError, TypeError):
        return "", []


def fingerprint() -> str:
    """Hash what the environment depends on; its place too, because the scripts in `.venv/bin` name it."""
    digest = hashlib.sha256(str(ROOT).encode())
    for name in ("pyproject.toml", *LOCKS.values()):
        digest.update(name.encode() + b"\0" + (ROOT / name).read_bytes())
    return digest.hexdigest()


@contextlib.contextmanager
def alone() -> "Iterator[None]":
    with TURN.open("w") as turn:
        try:
            fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another call that is setting up .venv …")
            fcntl.flock(turn, fcntl.LOCK_EX)
        yield


def build(wanted: str) -> None:
    made_from, sets = read_stamp()
    # Packages that are only added can be added beside a running report; changed locks mean an exact new set.
    exact = made_from != fingerprint()
    # The other locks contain that of the reports.
    sets = sorted({"report", *sets, wanted})
    say(f"setting up .venv for {', '.join(sets)} …")
    READY.unlink(missing_ok=True)
    if not is_usable():
        make_venv()
    install([LOCKS[name] for name in sets], exact=exact)
    staged = READY.with_suffix(".new")
    staged.write_text(json.dumps({"fingerprint": fingerprint(), "sets": sets}))
    staged.replace(READY)


def is_usable() -> bool:
    """Is there an interpreter that starts, is new enough and was made for this folder?"""
    question = f"import sys, pip; print(sys.prefix); sys.exit(sys.version_info < {OLDEST})"
    with contextlib.suppress(OSError):
        answer = subprocess.run([str(PYTHON), "-c", question], capture_output=True, text=True, check=False)
        return answer.returncode == 0 and answer.stdout.strip() == str(VENV)
    return False


def make_venv() -> None:
    for old in VENV.iterdir():
        if old == TURN:
            continue
        if old.is_dir() and not old.is_symlink():
            shutil.rmtree(old)
        else:
            old.unlink()
    run([sys.executable, "-m", "venv", str(VENV)], "on Debian and Ubuntu: apt-get install python3-venv")


def install(locks: "list[str]", *, exact: bool) -> None:
    files = [part for lock in locks for part in ("-r", lock)]
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    uv = [str(VENV / "bin" / "uv"), "pip"]
    # The certificates a machine trusts, like pip: companies add their own to them.
    into = ["--quiet", "--system-certs", "--python", str(PYTHON), "--require-hashes"]
    try:
        run([*pip, "--require-hashes", "-r", INSTALLER_LOCK], ONLINE)
        run([*uv, "sync", *into, *locks] if exact else [*uv, "install", *into, *files], ONLINE)
    except SetupError as problem:
        say(f"  uv cannot be used: {problem.said[-1][:100]}")
        say("  installing with pip, which takes a minute or two …")
        run([*pip, "--require-hashes", *files], ONLINE)
    run([*pip, "--no-deps", "--no-build-isolation", "--editable", "."], ONLINE)


def run(command: "list[str]", fix: str) -> None:
    result = subprocess.run(
        command, cwd=str(ROOT), env=installer_environment(), capture_output=True, text=True, check=False
    )
    if result.returncode:
        lines = [line for line in (result.stdout + result.stderr).splitlines() if line.strip()]
        wrong = [line for line in lines if not line.startswith("WARNING")]
        raise SetupError(command, (wrong or lines or ["it said nothing"])[-4:], fix)


def installer_environment() -> "dict[str, str]":
    environment = dict(os.environ, PYTHONNOUSERSITE="1")
    for stray in ("PYTHONPATH", "PYTHONHOME", "PIP_USER", "PIP_TARGET", "PIP_PREFIX"):
        environment.pop(stray, None)
    # Behind a company mirror pip is told where to look and uv is not; it must not go round the mirror.
    index = pip_index()
    if index:
        environment.setdefault("UV_DEFAULT_INDEX", index)
    return environment


def pip_index() -> "str | None":
    if os.environ.get("PIP_INDEX_URL"):
        return os.environ["PIP_INDEX_URL"]
    if not PYTHON.exists():
        return None
    asked = [str(PYTHON), "-m", "pip", "config", "get", "global.index-url"]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False)
    return answer.stdout.strip() if answer.returncode == 0 else None


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def failed(code: int, reason: str, text: str) -> int:
    say(text)
    if os.environ.get("UNITCOST_EXIT_LINE"):
        print(f"unitcost: exit {code} ({reason})", flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
