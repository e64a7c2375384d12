"""Write tests/bad_input/expected.md."""

from .document import DOCUMENT, document

DOCUMENT.write_text(document(), "utf-8")
