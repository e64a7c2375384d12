"""Names of services and product lines as they appear in the names of findings."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable


def slugs(names: Iterable[str]) -> dict[str, str]:
    """Return a slug for every name: NFKC, lower case, anything but a–z 0–9 as one hyphen, ends cut.

    Names are served in the order of their UTF-8 bytes; an empty or taken slug gets a hyphen and the first six
    hex digits of the name's sha256.
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in sorted(set(names), key=str.encode):
        slug = re.sub(r"[^a-z0-9]+", "-", unicodedata.normalize("NFKC", name).lower()).strip("-")
        if not slug or slug in taken:
            slug = f"{slug}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"
        taken.add(slug)
        found[name] = slug
    return found
