"""The system's Chromium where playwright looks for a browser it has downloaded itself."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

CHROMIUM = Path("/usr/bin/chromium")
SETTING = "PLAYWRIGHT_BROWSERS_PATH"
# Starting a browser that is not there names the file that playwright wants to start.
_ASK = """
from playwright.sync_api import Error, sync_playwright
with sync_playwright() as play:
    try:
        play.chromium.launch()
    except Error as error:
        print(error.message)
"""


def browsers_folder(folder: Path) -> str | None:
    """Fill a new folder for PLAYWRIGHT_BROWSERS_PATH; return why there cannot be one, or None."""
    chromium = CHROMIUM if CHROMIUM.exists() else shutil.which("chromium")
    if chromium is None:
        return f"{CHROMIUM} is not installed"
    asked = subprocess.run(
        [sys.executable, "-c", _ASK],
        env={**os.environ, SETTING: str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    wanted = re.search(r"Executable doesn't exist at (\S+)", asked.stdout)
    if wanted is None:
        return f"playwright does not say which browser it wants: {(asked.stdout + asked.stderr).strip()[-200:]}"
    place = Path(wanted[1])
    place.parent.mkdir(parents=True)
    place.symlink_to(chromium)
    return None
