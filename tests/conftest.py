"""What every test stands on: an environment that says nothing, a cache of its own, and one sample company a run."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from material.places import SHARED_DATA

from unitcost.sample import generate

# What the caller of the tests has set must not steer the commands they run, nor may his caches be read or written.
for name in [name for name in os.environ if name.startswith("UNITCOST_")]:
    del os.environ[name]


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The temporary folder of the whole test run, the same for all its worker processes."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session", autouse=True)
def cache_of_the_run(run_folder: Path) -> None:
    """Commands and libraries keep their caches in the run's folder."""
    os.environ["XDG_CACHE_HOME"] = str(run_folder / "cache")
    os.environ["UNITCOST_CACHE"] = str(run_folder / "cache" / "unitcost")


@pytest.fixture(scope="session")
def sample_company(run_folder: Path) -> Path:
    """The folder of the sample company, written once a run. Read it; copy it to change anything."""
    folder = run_folder / "northwind"
    with FileLock(run_folder / "northwind.lock"):
        if not folder.exists():
            generate(folder)
    return folder


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of data that nobody here wrote, beside the checkout; tests that need it are skipped without it."""
    if not SHARED_DATA.is_dir():
        pytest.skip("../shared/data is absent: the data of others that this test reads is not part of the project")
    return SHARED_DATA


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with room for some small sets."""
    place = tmp_path / "disk"
    place.mkdir()
    options = ["-t", "tmpfs", "-o", "size=512k", "tmpfs"]
    if subprocess.run(["mount", *options, str(place)], capture_output=True, check=False).returncode:
        pytest.skip("mounting a small file system is not permitted here")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)
