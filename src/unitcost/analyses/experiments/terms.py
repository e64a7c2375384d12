"""What its words mean, for the last page."""

from __future__ import annotations

TERMS: tuple[tuple[str, str], ...] = (
    (
        "Experiments",
        "Daily cost of what was treated ÷ users active in the 28 days until the day (or a driver), in logarithms, "
        "against weighted controls, at most 26 weeks before and after. Change: the step at the start beside a trend, "
        "with its 95 % range. Effect: the range leaves out 0, and no placebo, commitment or other experiment stands "
        "against it. No effect: it holds 0 and lies within material_effect. Money a month: (e^−change − 1) × cost "
        "since then, for 30.4 days.",
    ),
)
