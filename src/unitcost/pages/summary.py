"""Page one: the answer in a sentence made from data, the key figures, what moved, and a short text.

Movement, never cause: no sentence here says why a number is what it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from unitcost.analyses.experiments.sentences import EXPERIMENTS
from unitcost.analyses.freemium.sentences import FREEMIUM
from unitcost.analyses.levers.against import beside_plan
from unitcost.analyses.levers.sentences import LEVER_STATEMENTS
from unitcost.analyses.outlook import sentences as page_outlook
from unitcost.display.formats import Formats, adaptive_digits, change_share, number, rounded, unit_label
from unitcost.display.model import ReportFacts, Role, Summary, Table, Tile
from unitcost.display.page import CHANGED, Page
from unitcost.display.text import Names
from unitcost.display.typed_tables import typed_table

MOVERS = 3
NAMED = 10
RESTATEMENT = "bridge.restatement"
STATUS_WORDS = {"preliminary": "Preliminary", "final": "Final", "restated": "Restated"}
MOVER_WORDS = {"service": "Service", "product_line": "Product line"}
TILE_LABELS = {
    "cost_per_user": "Cost per user",
    "cost_per_user.free": "Cost per free user",
    "cost_per_user.paid": "Cost per paid user",
    "cost_per_user.cogs": "Cost per user, COGS",
    "mau": "Monthly active users",
    "mau.paid": "Paid users",
    "scope_cost": "Cost in scope",
    "billed_cost": "Billed",
    "effective_cost": "Effective",
    "allocation_coverage": "Cost with an owner",
    "tag_coverage": "Cost with a product tag",
    "cost.unallocated": "Cost nobody owns",
    "cost.unused_commitment": "Unused commitments",
}


def page_one(role: Role, facts: ReportFacts, formats: Formats, names: Names) -> Summary:
    """Return page one of a role. Unknown statements and headlines of a role.toml raise KeyError."""
    page = Page(facts, formats, names)
    headline = page.marked(HEADLINES[role.headline]) or ""
    said = [page.marked(STATEMENTS[name]) for name in role.statements]
    return Summary(
        kicker=f"{names.show(facts.company)} · {page.month} · {role.reader}",
        headline=headline,
        status=facts.status,
        status_text=_status(page),
        question=role.question,
        # What is not known yet is left out; the headline says why cost per user is not known.
        tiles=tuple(_tile(page, name) for name in role.tiles if page.value(name) is not None),
        sentences=tuple(sentence for sentence in (*said, _last_month(page)) if sentence),
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
    found = [names.sentence(edit) for edit in facts.analysts_edits]
    if facts.changed:
        changed = sorted(facts.changed)
        more = f" and {len(changed) - NAMED} more" if len(changed) > NAMED else ""
        found.append(f"Findings {CHANGED}: {', '.join(changed[:NAMED])}{more}")
    return found


def _status(page: Page) -> str:
    word, reason = STATUS_WORDS[page.facts.status], page.facts.status_reason
    found = page.facts.restatement
    if page.facts.status == "restated" and found is not None:
        return f"{word}: {_became(page, found)}"
    return page.names.sentence(f"{word}: {reason}") if reason else word


def _became(page: Page, found: Mapping[str, Any]) -> str:
    """Return 'USD 0.541 became 0.522, mostly late or changed rows', with as many digits as tell the two apart."""
    old, new = number(found["old"]), number(found["new"])
    if old is None or new is None:
        known = [page.formats.unit_cost(None) if value is None else page.unit_cost(value) for value in (old, new)]
        return f"{known[0]} became {known[1]}: {found['reason']}"
    if old == new:
        return f"other numbers than cost per user differ from those published as of {found['as_of']}"
    digits = adaptive_digits([old, new])
    while rounded(old, digits) == rounded(new, digits):
        digits += 1
    shown = [page.formats.unit_cost(value, digits) for value in (old, new)]
    text = f"{page.formats.with_currency(shown[0])} became {shown[1]}"
    if not found["causes"]:
        return f"{text}; what changed is unknown: {found['reason']}"
    largest, *others = found["causes"]
    return f"{text}, {'mostly' if others else 'all'} {largest['label']}"


def _last_month(page: Page) -> str | None:
    """Say whether last month's figure is still the one that was last published."""
    finding = page.facts.findings.get(RESTATEMENT)
    change = number(finding["value"]) if finding is not None else None
    now = page.before("cost_per_user")
    if change is None or now is None:
        return None
    if not change:
        return f"The figure of {page.earlier(1)} is as last published."
    digits = adaptive_digits([now, now - change])
    while rounded(now, digits) == rounded(now - change, digits):
        digits += 1
    then, today = (page.formats.unit_cost(value, digits) for value in (now - change, now))
    return f"{page.earlier(1)} was published at {page.formats.with_currency(then)} and has since become {today}."


# Headlines


def comparison(page: Page, name: str, show: Callable[[Decimal | None], str]) -> str:
    """Return ', 3.1% less than in April 2024', or '' without a month before.

    The direction is that of the digits shown: where both months read the same, nothing rose or fell.
    """
    now, before = page.value(name), page.before(name)
    if now is None or before is None:
        return ""
    if show(now) == show(before):
        return f", the same as in {page.earlier(1)}"
    share = change_share(now, before)
    size = page.formats.share(abs(share)) if share is not None else show(abs(now - before))
    return f", {size} {'more' if now > before else 'less'} than in {page.earlier(1)}"


def _unknown(page: Page) -> str:
    return f"Cost per user in {page.month} is not known: {page.facts.findings['cost_per_user']['reason']}"


def _headline_cost(page: Page) -> str:
    now = page.value("cost_per_user")
    if now is None:
        return _unknown(page)
    rest = comparison(page, "cost_per_user", page.unit_cost)
    return f"Serving one user cost {page.unit_cost(now)} in {page.month}{rest}"


def _headline_movement(page: Page) -> str:
    now, before = page.value("cost_per_user"), page.before("cost_per_user")
    if now is None:
        return _unknown(page)
    shown = page.unit_cost(now)
    if before is None:
        return f"One user cost {shown} to serve in {page.month}"
    if page.unit_cost(before) == shown:
        return f"Cost per user stayed at {shown} in {page.month}, as in {page.earlier(1)}"
    share = change_share(now, before)
    by = f" by {page.formats.share(abs(share))}" if share is not None else ""
    word = "rose" if now > before else "fell"
    return f"Cost per user {word}{by} to {shown} in {page.month}, from {page.unit_cost(before)}"


def _headline_total(page: Page) -> str:
    now, users = page.value("cost_per_user"), page.value("mau")
    if now is None:
        return _unknown(page)
    each = f"{page.unit_cost(now)} each{comparison(page, 'cost_per_user', page.unit_cost)}"
    return f"{page.formats.count(users)} users cost {page.money(page.value('scope_cost'))} in {page.month}: {each}"


HEADLINES: dict[str, Callable[[Page], str]] = {
    "cost": _headline_cost,
    "movement": _headline_movement,
    "total": _headline_total,
}


# Statements


def _why(page: Page) -> str | None:
    """Name the two largest parts of the change. They are parts, so the sentence says what moved and not why."""
    now, before = page.value("cost_per_user"), page.before("cost_per_user")
    if now is None or before is None:
        return None
    parts = []
    for words, amount, name in page.facts.reasons:
        change = number(amount)
        of = f", most in {page.names.show(name, 60)}" if name else ""
        parts.append(f"{words} {page.formats.delta_unit_cost(change, adaptive_digits([now]))}{of}")
    changed = "Many SKUs are new or retired. " if page.facts.skus_changed else ""
    if not parts:
        return f"{changed}No single part of the change since {page.earlier(1)} stands out."
    what = "The largest part" if len(parts) == 1 else "The two largest parts"
    return f"{changed}{what} of the change, in {page.facts.currency} per user: {'; '.join(parts)}."


def _year(page: Page) -> str | None:
    now, then = page.value("cost_per_user"), page.year_ago("cost_per_user")
    if now is None or then is None:
        return None
    if page.unit_cost(now) == page.unit_cost(then):
        return f"It is the same as in {page.earlier(12)}."
    share = change_share(now, then)
    size = page.formats.share(abs(share)) if share is not None else page.unit_cost(abs(now - then))
    return f"It is {size} {'higher' if now > then else 'lower'} than in {page.earlier(12)} ({page.unit_cost(then)})."


def _target(page: Page) -> str | None:
    now, target = page.value("cost_per_user"), number(page.facts.targets.get(page.facts.month))
    if now is None or target is None:
        return None
    if page.unit_cost(now) == page.unit_cost(target):
        return f"That is the target of {page.unit_cost(target)}."
    side = "above" if now > target else "below"
    gap = page.formats.unit_cost(abs(now - target), adaptive_digits([now]))
    return f"That is {page.formats.with_currency(gap)} {side} the target of {page.unit_cost(target)}."


def _services(page: Page) -> str | None:
    return _largest(page, "Largest services", _by_label(page, "cost_per_user.service."), page.value("cost_per_user"))


def _lines(page: Page) -> str | None:
    return _largest(page, "By product line", _by_label(page, "cost.product."), page.value("scope_cost"))


def _by_label(page: Page, prefix: str) -> list[tuple[Decimal, str]]:
    names = [name for name in page.facts.findings if name.startswith(prefix)]
    values = [(page.value(name), str(page.facts.findings[name]["label"])) for name in names]
    return [(value, label) for value, label in values if value is not None]


def _largest(page: Page, what: str, found: list[tuple[Decimal, str]], whole: Decimal | None) -> str | None:
    kept = [item for item in sorted(found, key=lambda i: (-i[0], i[1])) if item[0] > 0][:MOVERS]
    if not kept or not whole or whole <= 0:
        return None
    parts = [f"{page.names.show(label, 40)} {page.formats.share(value / whole)}" for value, label in kept]
    return f"{what}: {', '.join(parts)} of cost in scope."


def _tiers(page: Page) -> str | None:
    free, paid = page.value("cost_per_user.free"), page.value("cost_per_user.paid")
    if free is None or paid is None:
        return None
    return f"A free user cost {page.unit_cost(free)}, a paid one {page.unit_cost(paid)}."


def _coverage(page: Page) -> str | None:
    owned = page.value("allocation_coverage")
    if owned is None:
        return None
    return f"{page.formats.share(owned)} of cost has an owner; {page.money(page.value('cost.unallocated'))} has none."


def _rnd(page: Page) -> str | None:
    rnd, scope = page.value("cost.rnd"), page.value("scope_cost")
    if not rnd or not scope or scope <= 0:
        return None
    return f"Research and development took {page.money(rnd)}, {page.formats.share(rnd / scope)} of cost in scope."


def _scope(page: Page) -> str | None:
    amounts = [page.money(page.value(name)) for name in ("billed_cost", "effective_cost", "scope_cost")]
    return f"{amounts[0]} was billed, {amounts[1]} is the effective cost, {amounts[2]} is in scope."


def _reconciled(page: Page) -> str | None:
    return "The figures agree with the bills to the last digit." if page.value("reconciliation_gap") == 0 else None


STATEMENTS: dict[str, Callable[[Page], str | None]] = {
    "why": _why,
    "year": _year,
    "target": _target,
    "services": _services,
    "lines": _lines,
    "tiers": _tiers,
    "coverage": _coverage,
    "rnd": _rnd,
    "scope": _scope,
    "reconciled": _reconciled,
    "outlook": page_outlook.expected,
    **LEVER_STATEMENTS,
    **FREEMIUM,
    **EXPERIMENTS,
}


# Tiles and movers


def _tile(page: Page, name: str) -> Tile:
    finding = page.facts.findings[name]
    value = page.value(name)
    unit = unit_label(str(finding["unit"]))
    lines = [
        line
        for line in (
            _against(page, name, page.before(name), page.earlier(1)),
            _against(page, name, page.year_ago(name), page.earlier(12)),
        )
        if line
    ]
    target = number(page.facts.targets.get(page.facts.month)) if name == "cost_per_user" else None
    if target is not None:
        lines.append(f"target {page.formats.unit_cost(target)}")
    if name in page.facts.changed:
        lines.insert(0, CHANGED)
    return Tile(TILE_LABELS.get(name, name), page.shown(name, value), unit, tuple(lines))


def _against(page: Page, name: str, then: Decimal | None, when: str) -> str | None:
    now = page.value(name)
    if now is None or then is None:
        return None
    if page.facts.findings[name]["unit"] == "share":
        return f"{page.formats.delta_points(now - then)} points on {when}"
    if page.shown(name, now) == page.shown(name, then):
        return f"unchanged on {when}"
    share = change_share(now, then)
    return f"{page.formats.delta_share(share)} on {when}" if share is not None else None


def _movers(page: Page, kind: str) -> Table | None:
    rows = page.facts.movers.get(kind, ())[:MOVERS]
    if not rows:
        return None
    changes = []
    for _, now, before in rows:
        this, that = number(now), number(before)
        changes.append(str(this - that) if this is not None and that is not None else None)
    currency = page.facts.currency
    data = {
        "caption": f"Largest movements by {MOVER_WORDS[kind].lower()}",
        "columns": [
            {"label": MOVER_WORDS[kind], "kind": "text"},
            {"label": page.month, "kind": "money", "unit": currency},
            {"label": "Change", "kind": "delta_money", "unit": currency},
        ],
        "rows": [[name, now, change] for (name, now, _), change in zip(rows, changes, strict=True)],
    }
    return typed_table(data, page.formats, page.names)
