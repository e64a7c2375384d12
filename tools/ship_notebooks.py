"""Note what the shipped notebooks say, so that an edited one is recognised: python tools/ship_notebooks.py."""

from __future__ import annotations

from pathlib import Path

from unitcost.kernels.notebooks import NAMES, digest_file, digest_lines

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"


def main() -> None:
    """Write a .sha256 beside each of notebooks/*.ipynb."""
    for path in sorted(NOTEBOOKS.glob(NAMES)):
        digest_file(path.stem).write_text(digest_lines(path), "utf-8")


if __name__ == "__main__":
    main()
