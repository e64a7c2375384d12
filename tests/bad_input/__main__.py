"""Write tests/bad_input/expected.md."""

import sys
from pathlib import Path


def main() -> None:
    """Write the list anew, with what tests share found as pytest finds it."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from .document import DOCUMENT, document

    DOCUMENT.write_text(document(), "utf-8")


if __name__ == "__main__":
    main()
