"""What page one and the section say of experiments: what each did, or that it cannot be told.

Only an effect is told as one. Both take the same words from here, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from unitcost.analyses.experiments.findings import share
from unitcost.display.facts import TriedChange
from unitcost.display.formats import Formats
from unitcost.display.page import Page
from unitcost.numbers.amounts import amount_of, ends_of
from unitcost.numbers.estimate import Estimate

PREFIX, VERDICT = "experiment.", ".verdict"
MOST = 3  # effects that page one tells one by one
PART = Decimal("0.1")  # of an effect, from which on a part of it is a way that it came
TITLE_LIMIT = 40
Findings = Mapping[str, Estimate]


def outcome(change: TriedChange) -> str:
    """Return what is explained: cost per user in its scope, or cost."""
    return f"cost per {change.per} in its scope" if change.per else "cost in its scope"


def verdict(title: str, change: TriedChange, findings: Findings, formats: Formats) -> str:
    """Return the verdict on an experiment in a sentence; only an effect is told as one."""
    word, estimate = findings[f"{PREFIX}{change.id}{VERDICT}"].value, findings[f"{PREFIX}{change.id}.effect"]
    if word == "effect":
        return effect(title, change, findings, formats)
    low, high = ends_of(estimate)
    if word == "no_effect" and low is not None and high is not None:
        span = " to ".join(formats.delta_share(share(float(end))) for end in (low, high))
        return f"{title} made no difference that matters: {span}"
    return f"{title}: cannot tell"


def effect(title: str, change: TriedChange, findings: Findings, formats: Formats) -> str:
    """Return by how much an experiment with an effect lowered or raised cost, and what that came through."""
    value = amount_of(findings[f"{PREFIX}{change.id}.effect"].value) or Decimal(0)
    how = "lowered" if value < 0 else "raised"
    size = formats.share(abs(share(float(value))))
    return f"{title} {how} the {outcome(change)} by {size}{_through(change, findings)}"


def _through(change: TriedChange, findings: Findings) -> str:
    """Return what an effect came through, where the parts tell; a commitment is a price and nothing else."""
    if change.is_price:
        return ", through the price paid and not through engineering"
    name = f"{PREFIX}{change.id}.effect"
    whole = abs(amount_of(findings[name].value) or Decimal(0))
    moved = {part: _is_a_way(findings[f"{name}.{part}"], whole) for part in ("rate", "use")}
    if moved["rate"] and not moved["use"]:
        return ", through the price paid"
    return ", through what is used" if moved["use"] and not moved["rate"] else ""


def _is_a_way(part: Estimate, whole: Decimal) -> bool:
    """Tell whether a part of an effect is surely not 0, and more than a tenth of the whole.

    Prices that moved in the eighth digit, by rounding, are sure to have moved and no way for anything.
    """
    value, (low, high) = amount_of(part.value), ends_of(part)
    if value is None or low is None or high is None:
        return False
    return (low > 0 or high < 0) and abs(value) > PART * whole


def experiments(page: Page) -> str | None:
    """Say the largest effects with their money, and how many have no answer; None where none has started."""
    verdicts = {
        name.removeprefix(PREFIX).removesuffix(VERDICT): str(page.finding(name).value)
        for name, estimate in page.facts.findings.items()
        if name.startswith(PREFIX) and name.endswith(VERDICT) and estimate.value is not None
    }
    if not verdicts:
        return None
    effects = sorted((key for key, word in verdicts.items() if word == "effect"), key=lambda key: -_size(page, key))
    for key in effects[:MOST]:
        page.speaks_about(key)
    parts = [_effect_with_money(page, key) for key in effects[:MOST]]
    if len(effects) > MOST:
        parts.append(f"{len(effects) - MOST} more had an effect")
    for word, text in (("no_effect", "made no difference that matters"), ("cannot_tell", "cannot be told yet")):
        count = sum(each == word for each in verdicts.values())
        if count:
            parts.append(f"{'one' if count == 1 else count} {text}")
    return f"Experiments: {'; '.join(parts)}."


def _size(page: Page, key: str) -> Decimal:
    return abs(page.value(f"{PREFIX}{key}.saving_per_month") or Decimal(0))


def _effect_with_money(page: Page, key: str) -> str:
    change = next((change for change in page.facts.experiments if change.id == key), TriedChange(key))
    title = page.names.show(str(page.finding(f"{PREFIX}{key}.effect").label), TITLE_LIMIT)
    sentence = effect(title, change, page.findings, page.formats)
    money = page.value(f"{PREFIX}{key}.saving_per_month")
    if money is None:
        return sentence
    amount = page.formats.money(abs(money), page.formats.estimate_digits([money]))
    return f"{sentence} ({page.formats.with_currency(amount)} a month)"


STATEMENTS: dict[str, Callable[[Page], str | None]] = {"experiments": experiments}
