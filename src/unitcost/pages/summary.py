"""Page one: the answer in a sentence made from data, the key figures, what moved, and a short text.

Movement, never cause: no sentence here says why a number is what it is.
"""

from __future__ import annotations

from decimal import Decimal

from unitcost.analyses import ANALYSES
from unitcost.analyses.bridge import sentences as bridge
from unitcost.analyses.levers.against import beside_plan
from unitcost.display.facts import ReportFacts
from unitcost.display.formats import Formats, change_share, unit_label
from unitcost.display.model import Role, Summary, Table, Tile
from unitcost.display.page import CHANGED, Page
from unitcost.display.text import Names
from unitcost.display.typed_tables import typed_table
from unitcost.numbers.amounts import minus
from unitcost.pages.restated import became

MOVERS = 3
NAMED = 10
STATUS_WORDS = {"preliminary": "Preliminary", "final": "Final", "restated": "Restated"}
MOVER_WORDS = {"service": "Service", "product_line": "Product line"}
# Each question says its own sentences; here they are only put together.
HEADLINES = {name: text for analysis in ANALYSES for name, text in analysis.headlines.items()}
STATEMENTS = {name: text for analysis in ANALYSES for name, text in analysis.statements.items()}
# A tile of another finding is labelled with the finding's name.
TILE_LABELS = {name: label for analysis in ANALYSES for name, label in analysis.labels.items()}


def page_one(role: Role, facts: ReportFacts, formats: Formats, names: Names) -> Summary:
    """Return page one of a role. Unknown statements and headlines of a role.toml raise KeyError."""
    page = Page(facts, formats, names)
    headline = page.marked(HEADLINES[role.headline]) or ""
    statements = [page.marked(STATEMENTS[name]) for name in role.statements]
    return Summary(
        kicker=f"{names.show(facts.company)} · {page.month} · {role.reader}",
        headline=headline,
        status=facts.status,
        status_text=_status(page),
        question=role.question,
        # What is not known yet is left out; the headline says why cost per user is not known.
        tiles=tuple(_tile(page, name) for name in role.tiles if page.value(name) is not None),
        sentences=tuple(sentence for sentence in (*statements, bridge.last_month(page)) if sentence),
        warnings=(
            *beside_plan(facts.against, formats, names),
            *(names.sentence(text) for text in facts.warnings),
            *_edits(facts, names),
        ),
        movers=tuple(table for kind in role.movers if (table := _movers(page, kind)) is not None),
        about=tuple(page.about.items()),
    )


def _edits(facts: ReportFacts, names: Names) -> list[str]:
    """Say what analysts edited and which findings they changed."""
    notes = [names.sentence(edit) for edit in facts.analysts_edits]
    if facts.changed:
        changed = sorted(facts.changed)
        more = f" and {len(changed) - NAMED} more" if len(changed) > NAMED else ""
        notes.append(f"Findings {CHANGED}: {', '.join(changed[:NAMED])}{more}")
    return notes


def _status(page: Page) -> str:
    word, reason = STATUS_WORDS[page.facts.status], page.facts.status_reason
    replaced = page.facts.restatement
    if page.facts.status == "restated" and replaced is not None:
        return f"{word}: {became(replaced, page.formats)}"
    return page.names.sentence(f"{word}: {reason}") if reason else word


# Tiles and movers


def _tile(page: Page, name: str) -> Tile:
    finding = page.facts.findings[name]
    value = page.value(name)
    unit = unit_label(finding.unit)
    lines = [
        line
        for line in (
            _against(page, name, page.before(name), page.earlier(1)),
            _against(page, name, page.year_ago(name), page.earlier(12)),
        )
        if line
    ]
    target = page.facts.targets.get(page.facts.month) if name == "cost_per_user" else None
    if target is not None:
        lines.append(f"target {page.formats.unit_cost(target)}")
    if name in page.facts.changed:
        lines.insert(0, CHANGED)
    return Tile(TILE_LABELS.get(name, name), page.shown(name, value), unit, tuple(lines))


def _against(page: Page, name: str, then: Decimal | None, when: str) -> str | None:
    now = page.value(name)
    if now is None or then is None:
        return None
    if page.facts.findings[name].unit == "share":
        return f"{page.formats.delta_points(now - then)} points on {when}"
    if page.shown(name, now) == page.shown(name, then):
        return f"unchanged on {when}"
    share = change_share(now, then)
    return f"{page.formats.delta_share(share)} on {when}" if share is not None else None


def _movers(page: Page, kind: str) -> Table | None:
    rows = page.facts.movers.get(kind, ())[:MOVERS]
    if not rows:
        return None
    currency = page.facts.currency
    data = {
        "caption": f"Largest movements by {MOVER_WORDS[kind].lower()}",
        "columns": [
            {"label": MOVER_WORDS[kind], "kind": "text"},
            {"label": page.month, "kind": "money", "unit": currency},
            {"label": "Change", "kind": "delta_money", "unit": currency},
        ],
        "rows": [[mover.name, mover.now, minus(mover.now, mover.before)] for mover in rows],
    }
    return typed_table(data, page.formats, page.names)
