"""What a sign-up comes to: lifetime value of a payer, break-even conversion, and the return on the free tier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from unitcost.analyses.freemium.estimates.bootstrap import Draw, interval
from unitcost.analyses.freemium.estimates.conversion import Cure, Curve
from unitcost.analyses.freemium.estimates.ledger import FREE_COSTS_NOTHING, PAYER_LOSES, Known, Ledger
from unitcost.analyses.freemium.estimates.lifetime import FreeTime, Lifetime


@dataclass(frozen=True)
class Estimates:
    """What users' lives tell at the end of a month; a text says why something cannot be known.

    `horizons` has 1 − Kaplan–Meier with its interval by days, None where nobody was followed so long.
    `curves` are the same from day 0 on by months since sign-up (first, last; None is open), for pictures; `draws`
    are empty where nobody asked for them.
    """

    conversion: Cure | str
    horizons: Mapping[int, tuple[float, float, float] | None]
    life: Lifetime | str
    free: FreeTime | str
    curves: Sequence[tuple[int, int | None, Curve]] = ()
    draws: Sequence[Draw] = ()


@dataclass(frozen=True, slots=True)
class Worth:
    """A value with its 95 % interval, or why it is unknown."""

    value: float | str
    low: float | None = None
    high: float | None = None


def value_of_payer(gain: float, factor: float) -> float:
    """Return the lifetime value: a month's margin × the discounted months it is had."""
    return gain * factor


def break_even_conversion(serving: float, free_months: float, value: float) -> float:
    """Return the lifetime conversion at which a cohort pays for its free months."""
    return serving * free_months / value


def return_on_free(conversion: float, value: float, serving: float, free_months: float) -> float:
    """Return (conversion × LTV − cost of the free months) ÷ cost of the free months."""
    spent = serving * free_months
    return (conversion * value - spent) / spent


@dataclass(frozen=True)
class Cohort:
    """A month's ledger joined with what lives tell; `usage` takes the cost of usage alone (the marginal view)."""

    ledger: Ledger
    lives: Estimates
    usage: bool = False

    @property
    def serving(self) -> Known:
        """Return the cost of a free user-month, if it is positive."""
        found = self.ledger.serving("free", self._costs)
        return found if isinstance(found, str) or found > 0 else FREE_COSTS_NOTHING

    @property
    def gain(self) -> Known:
        """Return what a payer leaves in a month after serving cost and other COGS."""
        found = self.ledger.gain(self._costs)
        if isinstance(found, str):
            return found
        left = found - Fraction(self.ledger.other_cogs)
        return left if left > 0 else PAYER_LOSES

    @property
    def _costs(self) -> Mapping[str, int] | None:
        return self.ledger.costs.usage if self.usage else None

    def ltv(self) -> Worth:
        """Return the lifetime value of a payer."""
        gain, life = self.gain, self.lives.life
        if isinstance(gain, str):
            return Worth(gain)
        if isinstance(life, str):
            return Worth(life)
        return self._with_ends(value_of_payer(float(gain), life.factor), self._values())

    def ltv_at_most(self) -> Worth:
        """Return the lifetime value if those who still pay stayed until the horizon that was asked for."""
        gain, life = self.gain, self.lives.life
        if isinstance(gain, str) or isinstance(life, str):
            return Worth(self.ltv().value)
        return Worth(value_of_payer(float(gain), life.ceiling))

    def break_even(self) -> Worth:
        """Return the break-even conversion."""
        value, serving, free = self.ltv().value, self.serving, self.lives.free
        for one in (value, serving, free):
            if isinstance(one, str):
                return Worth(one)
        assert isinstance(serving, Fraction) and isinstance(free, FreeTime) and isinstance(value, float)
        cost = float(serving)
        drawn = [
            break_even_conversion(cost, draw.free_months, worth)
            for draw, worth in zip(self.lives.draws, self._values(), strict=False)
            if worth > 0
        ]
        return self._with_ends(break_even_conversion(cost, free.total, value), drawn)

    def roi(self) -> Worth:
        """Return the return on the free tier."""
        rate = self.lives.conversion
        if isinstance(rate, str):
            return Worth(rate)
        broken = self.break_even()
        if isinstance(broken.value, str):
            return Worth(broken.value)
        return self._with_ends(rate.share / broken.value - 1, self.drawn_returns())

    def drawn_returns(self) -> list[float]:
        """Return the ROI of every draw."""
        serving = self.serving
        if isinstance(serving, str):
            return []
        return [
            return_on_free(draw.conversion, worth, float(serving), draw.free_months)
            for draw, worth in zip(self.lives.draws, self._values(), strict=False)
        ]

    def _values(self) -> list[float]:
        """Return the lifetime value of every draw."""
        arpu, gain = self.ledger.arpu, self.gain
        if isinstance(arpu, str) or isinstance(gain, str):
            return []
        price, left = float(arpu), float(gain)
        return [value_of_payer(left + price * (draw.price - 1), draw.factor) for draw in self.lives.draws]

    @staticmethod
    def _with_ends(value: float, drawn: Sequence[float]) -> Worth:
        return Worth(value, *interval(drawn)) if drawn else Worth(value)
