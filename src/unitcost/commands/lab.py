"""`unitcost lab`: JupyterLab over the notebooks, on this machine only, with a token."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from unitcost.errors import EnvironmentProblem
from unitcost.inputs.places import default_config, project_folder
from unitcost.inputs.toml_file import load_toml


def folder(path: Path, settings: Mapping[str, Any]) -> Path:
    """Return where the notebooks lie that a report would run: the company's own folder if it has one."""
    report = settings.get("report")
    own = report.get("notebooks") if isinstance(report, dict) else None
    if isinstance(own, str) and own and (path.parent / own).is_dir():
        return path.parent / own
    return project_folder("notebooks")


def start(config: Path | None) -> None:
    """Replace this process by JupyterLab. Raises EnvironmentProblem if it is not installed."""
    if importlib.util.find_spec("jupyterlab") is None:
        raise EnvironmentProblem("JupyterLab is not installed", fix="make lab, or: pip install 'unitcost[lab]'")
    path = (config or default_config()).resolve()
    notebooks = folder(path, load_toml(path))
    environment = {**os.environ, "UNITCOST_CONFIG": str(path)}
    arguments = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.allow_remote_access=False",
        f"--ServerApp.root_dir={notebooks}",
        # It would ask the network for news and newer versions.
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
        "--MultiKernelManager.default_kernel_name=python3",
    ]
    if os.geteuid() == 0:
        arguments.append("--allow-root")  # a container's only user, still on loopback and with a token
    sys.stdout.flush()
    os.execve(sys.executable, arguments, environment)
