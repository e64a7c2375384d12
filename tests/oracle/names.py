"""Slugs of real names, given out in ascending UTF-8 order."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable


def plain_slug(name: str) -> str:
    """NFKC, lower case, runs of anything but a-z 0-9 become a hyphen, ends cut; may be empty."""
    return re.sub("[^a-z0-9]+", "-", unicodedata.normalize("NFKC", name).lower()).strip("-")


def slugs(names: Iterable[str]) -> dict[str, str]:
    """Each real name with its slug; an empty or taken one gets a hyphen and six digits of the name's hash."""
    given: dict[str, str] = {}
    for name in sorted(set(names), key=lambda each: each.encode()):
        slug = plain_slug(name)
        if not slug or slug in given.values():
            slug += "-" + hashlib.sha256(name.encode()).hexdigest()[:6]
        given[name] = slug
    return given
