"""Write docs/bad-input.md."""

from .document import DOCUMENT, document

DOCUMENT.write_text(document(), "utf-8")
