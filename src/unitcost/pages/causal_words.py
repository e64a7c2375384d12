"""Words that claim a cause, found in texts by a lexicon that a company can edit: templates/report/causal-words.toml.

Names that come from data may hold any word. They are taken out of a text before it is judged.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from unitcost.display.text import has_hidden, is_hidden, spelled
from unitcost.inputs.places import project_folder
from unitcost.inputs.toml_file import Strict, check, load_toml

FILE = "causal-words.toml"
GUIDE = "the notes at its top"
CUT = "..."  # the sign of what was cut short, as `plain` spells it
TAKEN_OUT = "\ufffc"  # stands for each letter of a name; it is none itself, so no word and no phrase goes through it
AROUND = 60
_WORD = re.compile(r"\w+")
_BETWEEN = r"[\s\-]+"
# One to four words, none of which ends a sentence.
_ANY_WORDS = r"(?:[\s\-]+(?:[^\s\-.;:!?]|\.(?=\d))+){1,4}"
_PHRASE = re.compile(r"[a-z']+(?: (?:… )?[a-z']+)*")
_DASH = re.compile("[\u2010-\u2015]")
_AT_LINE_END = re.compile(r"(?<=\w)[-\u2010\u2011\xad][ \t]*\r?\n\s*(?=\w)")


def _phrase(value: object) -> str:
    if not isinstance(value, str) or not _PHRASE.fullmatch(value):
        raise ValueError("a phrase is words in small letters, one blank between them; … stands for words between two")
    return value


Phrase = Annotated[str, BeforeValidator(_phrase)]


class _Entry(Strict):
    why: Annotated[str, Field(min_length=1)]
    words: Annotated[tuple[Phrase, ...], Field(min_length=1)]


class _WordsFile(Strict):
    conditional: tuple[Phrase, ...] = ()
    claim: Annotated[tuple[_Entry, ...], Field(min_length=1)]
    allowed: tuple[_Entry, ...] = ()
    left_out: tuple[_Entry, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> _WordsFile:
        """Refuse a phrase that is there twice, and a claim that stops what is said to pass."""
        passing = _words(self.allowed) + _words(self.left_out)
        said = _words(self.claim) + passing
        for place, phrase in enumerate(said):
            if phrase in said[:place]:
                raise ValueError(f"'{phrase}' is there twice")
        for phrase in passing:
            if found := self.lexicon().claims(phrase):
                raise ValueError(f"'{phrase}' is to pass, but '{found[0].words}' is a claim")
        return self

    def lexicon(self) -> Lexicon:
        return Lexicon(_words(self.claim), _words(self.allowed), self.conditional)


def _words(entries: Iterable[_Entry]) -> tuple[str, ...]:
    return tuple(word for entry in entries for word in entry.words)


@cache
def load_lexicon(path: Path | None = None) -> Lexicon:
    """Return the lexicon of a file, by default that beside the page templates. Raises UsageProblem for a flawed one."""
    where = path or project_folder("templates") / "report" / FILE
    return check(_WordsFile, load_toml(where), where, GUIDE).lexicon()


@dataclass(frozen=True, slots=True)
class Claim:
    """A causal phrase and where it begins and ends in `text`, which is the text it was found in, made plain."""

    text: str
    start: int
    end: int

    @property
    def words(self) -> str:
        """Return the phrase as it stands there."""
        return self.text[self.start : self.end]

    @property
    def around(self) -> str:
        """Return the phrase with what stands around it."""
        first, last = max(0, self.start - AROUND), min(len(self.text), self.end + AROUND)
        return f"{'…' if first else ''}{self.text[first:last].strip()}{'…' if last < len(self.text) else ''}"


@dataclass(frozen=True)
class Lexicon:
    """What claims a cause, what looks so and does not, and after which words nothing is claimed."""

    claim: tuple[str, ...]
    allowed: tuple[str, ...] = ()
    conditional: tuple[str, ...] = ()

    def claims(self, text: str, names: GivenNames | None = None) -> list[Claim]:
        """Return the causal phrases of a text in their order, but for those that are part of one of `names`."""
        forms = [text, joined] if (joined := _AT_LINE_END.sub("", text)) != text else [text]
        for form in map(plain, forms):
            found = self._judged(form)
            if found and names is not None:
                found = self._judged(names.taken_out(form))
            if found:
                return [Claim(form, start, end) for start, end in found]
        return []

    def _judged(self, text: str) -> list[tuple[int, int]]:
        """Return where claims begin and end, but for those after a condition and within an allowed phrase."""
        spans = [match.span(1) for match in self._claim.finditer(text)]
        if not spans:
            return []
        allowed = [match.span(1) for match in self._allowed.finditer(text)]
        conditioned = {match.end(1) for match in self._conditioned.finditer(text)}
        return [
            (start, end)
            for start, end in spans
            if start not in conditioned and not any(a <= start and end <= b for a, b in allowed)
        ]

    @cached_property
    def first_words(self) -> frozenset[str]:
        """Return the words with which claims begin."""
        return frozenset(phrase.split()[0] for phrase in self.claim)

    @cached_property
    def _claim(self) -> re.Pattern[str]:
        return _found_anywhere(f"({_any_of(self.claim)})")

    @cached_property
    def _allowed(self) -> re.Pattern[str]:
        return _found_anywhere(f"({_any_of(self.allowed)})")

    @cached_property
    def _conditioned(self) -> re.Pattern[str]:
        return _found_anywhere(f"({_any_of(self.conditional)}{_BETWEEN}){_any_of(self.claim)}")


def _any_of(phrases: Sequence[str]) -> str:
    # The longest first: a phrase is found whole, not by its beginning.
    ordered = sorted(phrases, key=lambda phrase: (-len(phrase), phrase))
    return f"(?:{'|'.join(_spelled_out(phrase) for phrase in ordered)})" if phrases else r"(?!)"


def _spelled_out(phrase: str) -> str:
    parts = [_BETWEEN.join(re.escape(word) for word in part.split()) for part in phrase.split("…")]
    return f"{_ANY_WORDS}{_BETWEEN}".join(parts)


def _found_anywhere(body: str) -> re.Pattern[str]:
    # Looked ahead at from every word, so that a phrase within another one is found too.
    return re.compile(rf"(?<!\w)(?={body}(?!\w))", re.IGNORECASE)


def plain(text: str) -> str:
    """Return a text with one kind of blank, hyphen and apostrophe, and without what does not show."""
    if not text.isascii():
        text = text.translate({ord(ch): None for ch in set(text) if is_hidden(ch)})
        text = _DASH.sub("-", unicodedata.normalize("NFKC", text)).replace("’", "'")
    return " ".join(text.split())


class GivenNames:
    """Names that a company gave: services, product lines, levers. Only those with a word of the lexicon count."""

    def __init__(self, names: Iterable[str], lexicon: Lexicon) -> None:
        self._names = frozenset(names)
        self._lexicon = lexicon

    def taken_out(self, text: str) -> str:
        """Return a plain text with every name in it blanked out, the longest first, whole or cut short.

        Letter for letter, so that places in it stay what they are.
        """
        held = {word for word in _WORD.findall(text.lower()) if word in self._lexicon.first_words}
        found = {name for word in held for name in self._by_word.get(word, ())}
        for name in sorted(found, key=lambda name: (-len(name), name)):
            text = _blanked(text, name)
        if CUT in text:
            for name in sorted(found, key=lambda name: (-len(name), name)):
                text = _cut_blanked(text, name, self._lexicon.first_words)
        return text

    @cached_property
    def _by_word(self) -> dict[str, list[str]]:
        """Return the names by the words in them with which a claim may begin."""
        found: dict[str, list[str]] = {}
        for given in self._names:
            # The last page spells out what does not show in a name.
            for name in {plain(given), plain(spelled(given)) if has_hidden(given) else ""}:
                for word in set(_WORD.findall(name.lower())) & self._lexicon.first_words:
                    found.setdefault(word, []).append(name)
        return found


def _blanked(text: str, name: str) -> str:
    at = text.find(name)
    while at >= 0:
        end = at + len(name)
        if _is_whole(text, at, end):
            text = text[:at] + TAKEN_OUT * len(name) + text[end:]
        at = text.find(name, end)
    return text


def _cut_blanked(text: str, name: str, first_words: frozenset[str]) -> str:
    """Blank out a name that was cut at its end, or in its middle at the end of the text."""
    match = next(match for match in _WORD.finditer(name) if match.group().lower() in first_words)
    head = name[: match.end()]
    sign = text.find(CUT)
    while sign >= 0:
        start = text.rfind(head, 0, sign)
        if start >= 0 and name.startswith(text[start:sign]) and _is_whole(text, start, sign):
            rest = text[sign + len(CUT) :]
            end = len(text) if rest and name.endswith(rest) else sign
            text = text[:start] + TAKEN_OUT * (end - start) + text[end:]
        sign = text.find(CUT, sign + len(CUT))
    return text


def _is_whole(text: str, start: int, end: int) -> bool:
    """Tell whether no word goes on over the ends of a name."""
    before = start > 0 and _is_word(text[start - 1]) and _is_word(text[start])
    after = end < len(text) and _is_word(text[end]) and _is_word(text[end - 1])
    return not before and not after


def _is_word(ch: str) -> bool:
    return ch == "_" or ch.isalnum()
