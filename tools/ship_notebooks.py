"""Note what the shipped notebooks say, so that an edited one is recognised: python tools/ship_notebooks.py."""

from __future__ import annotations

import json
from pathlib import Path

from unitcost.kernels.notebooks import SHIPPED, digests

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"


def main() -> None:
    """Write the digests of notebooks/*.ipynb into the package."""
    said = {path.name: digests(path) for path in sorted(NOTEBOOKS.glob("*.ipynb"))}
    SHIPPED.write_text(json.dumps(said, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
