"""Where the project's own files and the data beside it are."""

from __future__ import annotations

from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
ROOT = TESTS.parent
#: Data that nobody here wrote; not part of the project.
SHARED_DATA = ROOT.parent / "shared" / "data"
