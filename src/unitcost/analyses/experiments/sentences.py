"""What page one says of experiments: what each did, or that it cannot be told. Only an effect is told as one."""

from __future__ import annotations

from decimal import Decimal
from math import exp
from typing import TYPE_CHECKING

from unitcost.display.formats import number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from unitcost.display.page import Page

PREFIX, VERDICT = "experiment.", ".verdict"
MOST = 3


def experiments(page: Page) -> str | None:
    """Say the largest effects with their money, and how many have no answer; None where none has started."""
    told = {
        name.removeprefix(PREFIX).removesuffix(VERDICT): str(entry["value"])
        for name, entry in page.facts.findings.items()
        if name.startswith(PREFIX) and name.endswith(VERDICT) and entry["value"] is not None
    }
    if not told:
        return None
    page.asked.update(f"{PREFIX}{key}{VERDICT}" for key in told)
    effects = sorted((key for key, word in told.items() if word == "effect"), key=lambda key: -_size(page, key))
    for key in effects[:MOST]:
        page.speaks_about(key)
    parts = [_effect(page, key) for key in effects[:MOST]]
    if len(effects) > MOST:
        parts.append(f"{len(effects) - MOST} more had an effect")
    for word, text in (("no_effect", "made no difference that matters"), ("cannot_tell", "cannot be told yet")):
        count = sum(each == word for each in told.values())
        if count:
            parts.append(f"{'one' if count == 1 else count} {text}")
    return f"Experiments: {'; '.join(parts)}."


def _size(page: Page, key: str) -> Decimal:
    return abs(page.value(f"{PREFIX}{key}.saving_per_month") or Decimal(0))


def _effect(page: Page, key: str) -> str:
    effect, money = page.value(f"{PREFIX}{key}.effect"), page.value(f"{PREFIX}{key}.saving_per_month")
    name = page.names.show(str(page.facts.findings[f"{PREFIX}{key}.effect"]["label"]), 40)
    share = Decimal(repr(abs(exp(float(effect or 0)) - 1)))
    how = "lowered" if (effect or 0) < 0 else "raised"
    said = f"{name} {how} the cost of what it touched by {page.formats.share(share)}{_through(page, key)}"
    if money is None:
        return said
    amount = page.formats.money(abs(money), page.formats.estimate_digits([money]))
    return f"{said} ({page.formats.with_currency(amount)} a month)"


def _through(page: Page, key: str) -> str:
    """Say that only the price moved, where the parts of the effect tell."""
    moved = [_excludes_zero(page.facts.findings[f"{PREFIX}{key}.effect.{part}"]) for part in ("rate", "use")]
    return " through the price paid" if moved == [True, False] else ""


def _excludes_zero(finding: Mapping[str, object]) -> bool:
    low, high = number(finding["low"]), number(finding["high"])
    return low is not None and high is not None and (low > 0 or high < 0)


EXPERIMENTS: dict[str, Callable[[Page], str | None]] = {"experiments": experiments}
