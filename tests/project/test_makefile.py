"""The Makefile: what a user passes is data and never code, and how a run ended is said and returned.

Each test has a project of its own with the real Makefile. `recorder` stands at the place of the command and writes
down how it was called; where the real command is wanted, it is linked in.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from material.places import ROOT

VARIABLES = ("MONTH", "CONFIG", "OUT", "ROLE", "SCENARIO", "SCENARIOS", "TO", "RUN")
# make puts into the environment of a test run what would change the make under test.
CLEAN = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES")}

RECORDER = f"""#!{sys.executable}
import json, os, sys
calls = open("calls", "a")
passed = {{key: value for key, value in os.environ.items() if key.startswith("UNITCOST_")}}
print(json.dumps({{"arguments": sys.argv[1:], "passed": passed, "environment": sorted(os.environ)}}), file=calls)
if sys.argv[1:] == ["sample", "sample"]:
    os.makedirs("sample")
    open("sample/report.toml", "w").close()
sys.exit(int(os.environ.get("RECORDER_ENDS_WITH", "0")))
"""

# Each would leave a file CANARY behind if any part of it were run.
PAYLOADS = (
    "$(shell touch CANARY)",
    "${shell touch CANARY}",
    "$(eval $(shell touch CANARY))",
    "$(if 1,$(shell touch CANARY))",
    "$(foreach x,1,$(shell touch CANARY))",
    "$(call shell,touch CANARY)",
    "$(file >CANARY,x)",
    "$(value $(shell touch CANARY))",
    "$$(touch CANARY)",
    "\\$(shell touch CANARY)",
    "$(touch CANARY)",
    "`touch CANARY`",
    "; touch CANARY",
    "& touch CANARY &",
    "| touch CANARY",
    "|| touch CANARY",
    "&& touch CANARY",
    "'; touch CANARY; '",
    '"; touch CANARY; "',
    "\"$(touch CANARY)'`touch CANARY`",
    "2024-05\ntouch CANARY",
    "2024-05\n\ttouch CANARY",
    "2024-05\n$(shell touch CANARY)",
    "x\nreport:\n\t@touch CANARY",
    "x\\\n; touch CANARY",
    "2024-05 #; touch CANARY",
    "2024-05;touch${IFS}CANARY",
    ">CANARY",
    "$(MAKE) --eval='$(shell touch CANARY)'",
    "--eval=$(shell touch CANARY)",
    "-f CANARY; touch CANARY",
    "$(error stop)",
    "$(",
    "$",
    "%",
    "x:=$(shell touch CANARY)",
    "!=touch CANARY",
)


class Project:
    """A folder with the real Makefile and a stand-in for the command."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copy(ROOT / "Makefile", folder)
        (folder / "tools").mkdir()
        (folder / "tools" / "environment.py").write_text("")
        self.command = folder / ".venv" / "bin" / "unitcost"
        self.command.parent.mkdir(parents=True)
        self.command.write_text(RECORDER)
        self.command.chmod(0o755)

    def link_real_command(self) -> None:
        self.command.unlink()
        self.command.symlink_to(Path(sys.executable).parent / "unitcost")

    def make(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["make", *arguments],
            cwd=self.folder,
            env=CLEAN | environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    @property
    def calls(self) -> list[dict[str, object]]:
        record = self.folder / "calls"
        return [json.loads(line) for line in record.read_text().splitlines()] if record.exists() else []


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project whose command writes down how it was called."""
    return Project(tmp_path)


def on_command_line(values: dict[str, str]) -> tuple[list[str], dict[str, str]]:
    return [f"{name}={value}" for name, value in values.items()], {}


def in_environment(values: dict[str, str]) -> tuple[list[str], dict[str, str]]:
    return [], values


def in_overriding_environment(values: dict[str, str]) -> tuple[list[str], dict[str, str]]:
    return ["-e"], values


WAYS = (on_command_line, in_environment, in_overriding_environment)
Way = Callable[[dict[str, str]], tuple[list[str], dict[str, str]]]


def assert_harmless(project: Project, way: Way, target: str, payload: str) -> None:
    canary = project.folder / "canary"
    hostile = payload.replace("CANARY", str(canary))
    arguments, environment = way(dict.fromkeys(VARIABLES, hostile))
    before = sorted(path.name for path in project.folder.iterdir())
    done = project.make(target, *arguments, **environment)
    assert not canary.exists()
    assert done.returncode == 0, done.stderr
    [call] = project.calls
    assert call["arguments"] == [target]
    assert {f"UNITCOST_{name}": hostile for name in VARIABLES}.items() <= call["passed"].items()
    assert sorted(path.name for path in project.folder.iterdir()) == sorted([*before, "calls"])


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_value_reaches_the_command_byte_for_byte_and_no_part_of_it_runs(project: Project, payload: str) -> None:
    """All variables at once, typed on the command line."""
    assert_harmless(project, on_command_line, "report", payload)


@pytest.mark.long
@pytest.mark.parametrize("target", ["report", "compare", "check", "verify", "doctor", "lab"])
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_target_runs_a_value_however_it_came(project: Project, payload: str, way: Way, target: str) -> None:
    """Every payload, through every variable, on every target, from the command line and from the environment."""
    assert_harmless(project, way, target, payload)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_values_of_the_environment_are_data_too(project: Project, way: Way) -> None:
    """MONTH=… make report is the same as make report MONTH=…"""
    assert_harmless(project, way, "report", "$(shell touch CANARY)`touch CANARY`'\"; touch CANARY")


def test_variables_nobody_asked_for_are_not_expanded_and_not_handed_on(project: Project) -> None:
    """make would export any variable of its command line, expanding it first."""
    canary = project.folder / "canary"
    done = project.make("report", "MONTH=2024-05", f"NOTE=$(shell touch {canary})", f"PATH_TO=$(shell touch {canary})")
    assert done.returncode == 0
    assert not canary.exists()
    assert not {"NOTE", "PATH_TO", "MONTH"} & set(project.calls[0]["environment"])


def test_a_name_the_command_reads_cannot_be_smuggled_in(project: Project) -> None:
    """UNITCOST_CONFIG given as a make variable is data like CONFIG."""
    canary = project.folder / "canary"
    hostile = f"$(shell touch {canary})"
    assert project.make("report", f"UNITCOST_CONFIG={hostile}", f"UNITCOST_EXIT_LINE={hostile}").returncode == 0
    assert not canary.exists()
    assert project.calls[0]["passed"]["UNITCOST_CONFIG"] == hostile


def test_unitcost_config_of_the_environment_is_used_and_config_wins(project: Project) -> None:
    """The two ways to name a configuration once for many calls, and for one."""
    project.make("check", UNITCOST_CONFIG="acme/report.toml")
    project.make("check", "CONFIG=other/report.toml", UNITCOST_CONFIG="acme/report.toml")
    assert [call["passed"]["UNITCOST_CONFIG"] for call in project.calls] == ["acme/report.toml", "other/report.toml"]


def test_without_a_configuration_the_sample_company_is_written_once(project: Project) -> None:
    """The first report writes sample/, the second finds it; both are about it."""
    assert project.make("report", "MONTH=2024-05").returncode == 0
    assert project.make("report", "MONTH=2024-04").returncode == 0
    assert [call["arguments"] for call in project.calls] == [["sample", "sample"], ["report"], ["report"]]
    assert {call["passed"]["UNITCOST_CONFIG"] for call in project.calls} == {"sample/report.toml"}


def test_with_a_configuration_no_sample_company_is_written(project: Project) -> None:
    """Nobody finds an invented company beside his own data."""
    project.make("report", "MONTH=2024-05", "CONFIG=acme/report.toml")
    assert [call["arguments"] for call in project.calls] == [["report"]]


@pytest.mark.parametrize("code", [1, 2, 3, 4, 5, 6])
def test_make_returns_2_for_every_failure(project: Project, code: int) -> None:
    """The command's own code is in its last line; make knows only success and failure."""
    assert project.make("report", "MONTH=2024-05", "CONFIG=x", RECORDER_ENDS_WITH=str(code)).returncode == 2


def test_a_command_is_started_without_a_shell(project: Project) -> None:
    """SIGTERM to make reaches the command; a shell in between would die of it and leave the command running."""
    project.command.write_text(
        f"#!{sys.executable}\n"
        "import signal, sys, time, pathlib\n"
        "def end(*_):\n"
        "    pathlib.Path('ended').touch()\n"
        "    sys.exit(143)\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "pathlib.Path('at-work').touch()\n"
        "time.sleep(60)\n"
    )
    running = subprocess.Popen(
        ["make", "report", "MONTH=2024-05", "CONFIG=x"], cwd=project.folder, env=CLEAN, stderr=subprocess.DEVNULL
    )
    wait_for(project.folder / "at-work")
    running.send_signal(signal.SIGTERM)
    running.wait(20)
    wait_for(project.folder / "ended")


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < deadline, f"{path.name} did not appear"
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["report"], "make report MONTH=2024-05"),
        (["report", "MONTH="], "make report MONTH=2024-05"),
        (["report", "MONTH=2024-13"], "'2024-13' is not a month"),
        (["report", "MONTH=2024-05\n"], "is not a month"),
        (["report", "MONTH=$(shell date +%Y-%m)"], "is not a month"),
        (["report", "MONTH=2024-05", "CONFIG=nowhere/report.toml"], "nowhere/report.toml"),
        (["report", "MONTH=2024-05", "ROLE=ceo"], "There is no role 'ceo'"),
        (["check", "CONFIG=nowhere/report.toml"], "nowhere/report.toml"),
        (["verify", "MONTH=2024-05"], "nothing is published for 2024-05"),
        (["verify", "MONTH=../.."], "is not a month"),
    ],
)
def test_the_last_line_says_how_the_real_command_ended(project: Project, arguments: list[str], said: str) -> None:
    """`unitcost: exit 2 (…)` ends standard output; the error is on standard error, in at most 15 lines."""
    (project.folder / "sample").mkdir()
    (project.folder / "sample" / "report.toml").write_text("")
    project.link_real_command()
    done = project.make(*arguments)
    assert done.returncode == 2
    assert done.stdout.splitlines()[-1] == "unitcost: exit 2 (usage or configuration)"
    assert said in done.stderr
    own = [line for line in done.stderr.splitlines() if not line.startswith("make: ***")]
    assert 1 < len(own) <= 15
    assert "Traceback" not in done.stderr


def test_success_is_said_and_returns_0(project: Project) -> None:
    """Scripts can look for one line in every case."""
    project.link_real_command()
    done = project.make("doctor")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "unitcost: exit 0 (done)"


def test_make_alone_lists_every_target_in_25_lines_without_setting_anything_up(tmp_path: Path) -> None:
    """`make` is the help, and works before there is an environment."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    done = subprocess.run(["make"], cwd=tmp_path, env=CLEAN, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    named = {word for line in lines if line.startswith("  make ") for word in line.split()[1:2]}
    reports = {"report", "compare", "check", "verify", "history", "lab", "doctor", "sample"}
    assert named == reports | {"test", "test-full", "lock", "clean"}
    assert 5 < len(lines) <= 25
    assert max(map(len, lines)) <= 110
    assert sorted(path.name for path in tmp_path.iterdir()) == ["Makefile"]


def test_clean_never_touches_reports_or_a_company(project: Project) -> None:
    """What was published stays; so does everything that is not made anew by a command."""
    kept = ["reports/2024-05/cto.pdf", "reports/ledger.jsonl", "acme/report.toml", "requirements.lock", "src/a.py"]
    gone = ["sample/report.toml", ".mypy_cache/x", "src/__pycache__/a.pyc"]
    for name in [*kept, *gone]:
        (project.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (project.folder / name).write_text("x")
    (project.folder / "tests").mkdir()
    assert project.make("clean").returncode == 0
    assert [name for name in [*kept, *gone] if (project.folder / name).exists()] == kept
    assert not (project.folder / ".venv").exists()


def test_make_runs_the_long_grids_only_when_asked(project: Project) -> None:
    """`make test` is the short suite, `make test-full` everything."""
    short, full = project.make("-n", "test").stdout, project.make("-n", "test-full").stdout
    assert "pytest -n auto" in short
    assert '-m "not long"' in short
    assert "not long" not in full
