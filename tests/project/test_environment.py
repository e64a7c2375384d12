"""tools/environment.py: one environment, made from the locks, whoever calls first and however often."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from material.places import ROOT

LOCKS = ("requirements.lock", "requirements-test.lock", "requirements-lab.lock", "requirements-spark.lock")
INPUTS = ("pyproject.toml", "README.md", "requirements-uv.lock", *LOCKS)
# The caches of packages are the machine's, not the run's.
OWN = {k: v for k, v in os.environ.items() if k not in ("XDG_CACHE_HOME", "VIRTUAL_ENV", "PYTHONPATH")}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What the tool needs of a checkout, without an environment."""
    for name in INPUTS:
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "tools", tmp_path / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "src" / "unitcost").mkdir(parents=True)
    (tmp_path / "src" / "unitcost" / "__init__.py").write_text("")
    for folder in ("notebooks", "templates"):
        (tmp_path / folder).mkdir()
    return tmp_path


def start(checkout: Path, wanted: str, before: str = "", **environment: str) -> subprocess.Popen[str]:
    code = (
        f"import sys; sys.path.insert(0, 'tools'); import environment\n{before}\nsys.exit(environment.main({wanted!r}))"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=checkout,
        env=OWN | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def pins(name: str) -> set[str]:
    return set(re.findall(r"^([a-z0-9._-]+==[^ ;\\]+)", (ROOT / name).read_text(), re.M))


def test_the_locks_fit_together_and_every_package_has_hashes() -> None:
    """One environment serves reports, tests and JupyterLab; nothing is installed that was not looked at."""
    assert pins(LOCKS[0]) <= pins(LOCKS[1])
    assert pins(LOCKS[0]) <= pins(LOCKS[2])
    assert pins(LOCKS[0]) <= pins(LOCKS[3]) <= pins(LOCKS[1])
    for name in (*LOCKS, "requirements-uv.lock"):
        entries = re.split(r"\n(?=[a-z])", (ROOT / name).read_text())
        assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_locks_hold_everything_that_pyproject_asks_for() -> None:
    """A dependency that was added without `make lock` is found here, not on the next machine."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = {
        LOCKS[0]: [*project["project"]["dependencies"], *project["dependency-groups"]["build"]],
        LOCKS[1]: project["project"]["optional-dependencies"]["test"],
        LOCKS[2]: project["project"]["optional-dependencies"]["lab"],
        LOCKS[3]: project["project"]["optional-dependencies"]["spark"],
        "requirements-uv.lock": project["dependency-groups"]["installer"],
    }
    for lock, requirements in wanted.items():
        locked = {pin.split("==")[0] for pin in pins(lock)}
        assert {re.split(r"[^A-Za-z0-9._-]", one)[0].lower() for one in requirements} <= locked, lock


def test_an_old_python_is_told_what_to_do(checkout: Path) -> None:
    """No traceback, and the line that make ends with."""
    tool = start(checkout, "report", "environment.OLDEST = (9, 0)", UNITCOST_EXIT_LINE="always")
    out, err = tool.communicate(timeout=60)
    assert tool.returncode == 6
    assert out == "unitcost: exit 6 (environment)\n"
    assert "Python 9.0 or later is needed" in err
    assert "fix:" in err
    assert not (checkout / ".venv").exists()


def test_the_tool_can_be_read_by_an_old_python() -> None:
    """It has to start there in order to say so: no syntax and no annotation of later versions is evaluated."""
    source = (ROOT / "tools" / "environment.py").read_text()
    compile(source, "environment.py", "exec", dont_inherit=True)
    assert "from __future__" not in source
    assert not re.search(r"^\s*(match|case) .*:$|:=", source, re.M)
    unquoted = re.findall(r"(?:->|\w:) (?:list|dict|tuple|str \|)[\[ ]", source)
    assert unquoted == []


def test_without_a_package_index_it_says_so_in_few_lines(checkout: Path) -> None:
    """The failure names the command, the reason and the remedy, and leaves nothing that looks ready."""
    nowhere = {
        "PIP_INDEX_URL": "http://127.0.0.1:9/",
        "PIP_RETRIES": "0",
        "UV_HTTP_TIMEOUT": "1",
        "PIP_NO_CACHE_DIR": "1",
    }
    without = {"PIP_EXTRA_INDEX_URL": "", "PIP_FIND_LINKS": "", "PIP_CONFIG_FILE": os.devnull}
    tool = start(checkout, "report", UNITCOST_EXIT_LINE="failure", **nowhere, **without)
    out, err = tool.communicate(timeout=200)
    assert tool.returncode == 6
    assert out.splitlines()[-1] == "unitcost: exit 6 (environment)"
    assert "setting up .venv failed" in err
    assert "check the network" in err
    assert "Traceback" not in err
    assert len(err.splitlines()) <= 15
    assert not (checkout / ".venv" / ".ready").exists()


@pytest.mark.long
def test_three_calls_at_once_make_one_whole_environment(checkout: Path) -> None:
    """From nothing: one call builds, the others wait; then only a changed lock or another set makes work."""
    tools = [start(checkout, wanted) for wanted in ("report", "report", "test")]
    said = [tool.communicate(timeout=550)[1] for tool in tools]
    assert [tool.returncode for tool in tools] == [0, 0, 0], said
    assert sum("setting up .venv" in text and "waiting" not in text for text in said) == 1
    stamp = json.loads((checkout / ".venv" / ".ready").read_text())
    assert stamp["sets"] == ["report", "test"]
    assert has(checkout, "import unitcost, typst, pytest")
    assert work_of(checkout, "report") == work_of(checkout, "test") == ""

    (checkout / "requirements.lock").write_text((checkout / "requirements.lock").read_text() + "\n")
    assert "setting up .venv for report, test" in work_of(checkout, "report")
    assert has(checkout, "import unitcost, typst, pytest")


def work_of(checkout: Path, wanted: str) -> str:
    tool = start(checkout, wanted)
    said = tool.communicate(timeout=550)[1]
    assert tool.returncode == 0, said
    return said


def has(checkout: Path, imports: str) -> bool:
    command = [str(checkout / ".venv" / "bin" / "python"), "-c", imports]
    return subprocess.run(command, env=OWN, check=False).returncode == 0
