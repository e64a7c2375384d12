"""What a page is made of: plain frozen values, ready to print, the same for HTML and PDF.

Numbers are already text here (formats.py made them), so the two media cannot disagree. All text is raw: a
template filter (text.py) makes it safe for its medium. Every block names its `kind`, by which the templates
choose how to draw it.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Literal

Status = Literal["preliminary", "final", "restated"]
Negatives = Literal["minus", "parentheses"]


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of text in one style; `href` is http(s) or mailto, `note` the number of a footnote."""

    text: str
    strong: bool = False
    emphasis: bool = False
    code: bool = False
    strike: bool = False
    href: str | None = None
    note: int | None = None


Runs = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Text; `tone` is "" for body text, "small" for notes under something, "warning" for what needs care.

    `about`, here and below, are the ids of the experiments on which a causal word in it rests.
    """

    kind: ClassVar[str] = "paragraph"
    runs: Runs
    tone: Literal["", "small", "warning"] = ""
    about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading inside a section; level 3 or 4 (1 is the report's, 2 the section's)."""

    kind: ClassVar[str] = "heading"
    level: int
    runs: Runs
    about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """A list; each item is a sequence of blocks."""

    kind: ClassVar[str] = "listing"
    ordered: bool
    items: tuple[tuple[Block, ...], ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """A quotation or callout."""

    kind: ClassVar[str] = "quote"
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """Preformatted text an author wrote in markdown; never a notebook's source."""

    kind: ClassVar[str] = "code"
    text: str


@dataclass(frozen=True, slots=True)
class Footnotes:
    """The notes a text refers to by number."""

    kind: ClassVar[str] = "footnotes"
    items: tuple[tuple[int, Runs], ...]


@dataclass(frozen=True, slots=True)
class Column:
    """How a column is set: numbers stand right, text left; `unit` is printed once, under the label."""

    number: bool = False
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell as printed. `note` numbers the reason behind an "n/a"; `header` marks a row's name."""

    text: str
    header: bool = False
    strong: bool = False
    colspan: int = 1
    rowspan: int = 1
    unit: str = ""
    note: int | None = None
    number: bool = False


Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A rectangular table: header rows, body rows, and what stands above and under it.

    `total` says that the last body row is a total; `wide` that it needs a page turned on its side.
    """

    kind: ClassVar[str] = "table"
    caption: str
    columns: tuple[Column, ...]
    head: tuple[Row, ...]
    rows: tuple[Row, ...]
    total: bool = False
    notes: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    source: str = ""
    wide: bool = False
    about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture with the text that stands for it.

    `web` and `paper` are (media type, bytes): SVG with outlined glyphs for browsers, SVG with text for PDF.
    """

    kind: ClassVar[str] = "figure"
    alt: str
    web: tuple[str, bytes]
    paper: tuple[str, bytes]
    title: str = ""
    subtitle: str = ""
    source: str = ""
    about: tuple[str, ...] = ()

    @property
    def paper_name(self) -> str:
        """The file name of the PDF's picture: by content, so that equal pictures are stored once."""
        media, data = self.paper
        return f"{hashlib.sha256(data).hexdigest()[:16]}.{'png' if media == 'image/png' else 'svg'}"

    @property
    def web_uri(self) -> str:
        """The picture as a data URI, the only kind of address a page may load."""
        media, data = self.web
        return f"data:{media};base64,{base64.b64encode(data).decode('ascii')}"


Block = Paragraph | Heading | Listing | Quote | Code | Footnotes | Table | Figure


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a report: the topic as kicker, the finding as heading, then blocks.

    `about` belongs to the heading; with `page` it begins a page of its own in print.
    """

    slug: str
    kicker: str
    heading: str
    blocks: tuple[Block, ...]
    about: tuple[str, ...] = ()
    page: bool = False


@dataclass(frozen=True, slots=True)
class Tile:
    """One key figure: `value` in `unit`, and one line for each comparison that is known."""

    label: str
    value: str
    unit: str
    lines: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """Page one: the answer, its status, the key figures, what moved, and a short text.

    `about` has the sentences that speak about experiments, each with the ids of these.
    """

    kicker: str
    headline: str
    status: Status
    status_text: str
    question: str
    tiles: tuple[Tile, ...]
    sentences: tuple[str, ...]
    warnings: tuple[str, ...]
    movers: tuple[Table, ...]
    about: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Role:
    """A reader: which findings and sections they get, in their order. Read from a role.toml."""

    name: str
    title: str
    reader: str
    question: str
    headline: str
    tiles: tuple[str, ...]
    statements: tuple[str, ...]
    sections: tuple[str, ...]
    movers: tuple[str, ...] = ("service", "product_line")
    negatives: Negatives = "minus"


@dataclass(frozen=True, slots=True)
class Compared:
    """One finding in each of several scenarios, in their order: its value, None with a reason.

    `low` and `high` are the ends of its range where there is one.
    """

    label: str
    unit: str
    values: tuple[Decimal | None, ...]
    low: tuple[Decimal | None, ...]
    high: tuple[Decimal | None, ...]
    reasons: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Against:
    """Scenarios side by side, the plan of record first where it is among them: `names` are keys, `titles` for people.

    `findings` are what they come to, `levers` the saving of each, `portfolios` the actions in their order, and
    `assumptions` what the scenarios assume differently: lever, assumption, then one text a scenario.
    """

    names: tuple[str, ...]
    titles: tuple[str, ...]
    findings: tuple[Compared, ...]
    levers: tuple[Compared, ...] = ()
    portfolios: tuple[tuple[str, ...], ...] = ()
    assumptions: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """One reader's report, complete: both media print exactly this.

    `language` is a BCP 47 tag; `date` the month's last day (ISO); `warnings` is for the person who runs the
    report, not for its reader; `banner` stands on every page, if there is something to say on every page.
    """

    role: Role
    title: str
    document_title: str
    company: str
    month: str
    language: str
    date: str
    run_id: str
    classification: str
    summary: Summary
    sections: tuple[Section, ...]
    warnings: tuple[str, ...] = ()
    banner: str = ""
