"""Two published folders beside each other: numbers to the last byte, pages as a reader sees them."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

from benchmarks.same_numbers.differences import lines, values, without_run_id

NUMBERS = ("findings.json", "basis.json")
INVISIBLE = re.compile(r"<(script|style)\b.*?</\1>|<!--.*?-->", re.DOTALL | re.IGNORECASE)
# What is read aloud in place of a picture is read, too.
SPOKEN = re.compile(r'<[^>]*?\b(?:alt|aria-label)="([^"]*)"[^>]*>')
CELL_END = re.compile(r"</t[dh]>\s*(?=<t[dh])", re.IGNORECASE)
INLINE = re.compile(r"</?(?:a|abbr|b|code|em|i|small|span|strong|sub|sup)\b[^>]*>", re.IGNORECASE)
TAG = re.compile(r"<[^>]+>")
DIGEST = re.compile(r"\b[0-9a-f]{8,64}\b")
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
DIFF_LINES = 60


def numbers_between(before: Path, after: Path) -> dict[str, str]:
    """Return by file what differs in the numbers of two published folders, but for the run id."""
    differences = {}
    for name in NUMBERS:
        first, second = (without_run_id(_read(folder / name)) for folder in (before, after))
        if first != second:
            differences[name] = values(first, second) or lines(first, second)
    return differences


def pages_between(before: Path, after: Path) -> dict[str, tuple[str, str]]:
    """Return for every page what differs: first if its numbers do, second if only its words or markup do; else ''.

    Run ids, digests of the program and its notebooks, and versions do not count; they are in the folder's manifest.
    """
    names = sorted({page.name for folder in (before, after) for page in folder.glob("*.html")})
    return {name: _page_between(name, before, after) for name in names}


def _page_between(name: str, before: Path, after: Path) -> tuple[str, str]:
    first, second = (_without_identity(_read(folder / name), folder) for folder in (before, after))
    if first == second:
        return "", ""
    seen = visible_text(first), visible_text(second)
    if seen[0] == seen[1]:
        return "", "the same text; markup or charts differ"
    text = lines(*seen, shown=DIFF_LINES)
    return ("", text) if NUMBER.findall(seen[0]) == NUMBER.findall(seen[1]) else (text, "")


def visible_text(page: str) -> str:
    """Return what a page says, a line a paragraph or row of a table, cells apart by bars."""
    page = SPOKEN.sub(r"\n[\1]\n", INVISIBLE.sub("", page))
    page = CELL_END.sub(" | ", re.sub(r"\s+", " ", page.replace("\n[", "<p>[").replace("]\n", "]</p>")))
    text = html.unescape(TAG.sub("\n", INLINE.sub("", page)))
    rows = (" ".join(line.split()) for line in re.sub(r"\n*( \| )\n*", r"\1", text).splitlines())
    return "\n".join(row for row in rows if row) + "\n"


def _without_identity(page: str, folder: Path) -> str:
    """Replace what names the run, the program and its versions by words."""
    manifest: dict[str, Any] = json.loads(_read(folder / "manifest.json") or "{}")
    versions: dict[str, str] = manifest.get("versions", {})
    digests = [manifest.get("run_id"), manifest.get("replaces"), manifest.get("code", {}).get("sha256")]
    digests += [versions.get("code"), *(notebook["sha256"] for notebook in manifest.get("notebooks", ()))]
    known = [digest for digest in digests if digest]

    def word(match: re.Match[str]) -> str:
        return "<digest>" if any(digest.startswith(match[0]) for digest in known) else match[0]

    page = DIGEST.sub(word, page)
    for name, version in versions.items():
        page = re.sub(rf"(\b{re.escape(name)}(?:<[^>]*>|\s)+){re.escape(version)}", r"\1(version)", page)
    return page


def _read(path: Path) -> str:
    return path.read_text("utf-8") if path.exists() else ""
