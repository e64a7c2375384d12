"""The lexicon of causal words as a test reads it."""

from __future__ import annotations

import tomllib

from material.places import ROOT
from unitcost.display.formats import Formats
from unitcost.pages.causal_words import GivenNames, load_lexicon

FILE = ROOT / "templates" / "report" / "causal-words.toml"
LEXICON = load_lexicon()
ENTRIES = tomllib.loads(FILE.read_text("utf-8"))
FMT = Formats.of("en_US", "USD")


def phrases(kind: str) -> list[str]:
    return [word for entry in ENTRIES[kind] for word in entry["words"]]


def said(text: str, *names: str) -> list[str]:
    """The causal phrases of a text, with names given or without."""
    return [claim.words for claim in LEXICON.claims(text, GivenNames(names, LEXICON) if names else None)]
