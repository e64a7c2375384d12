"""What counts as an exact number, in tables and charts alike."""

from __future__ import annotations

from decimal import Decimal
from numbers import Integral


def checked(value: object, what: str) -> Decimal | None:
    """Return a number as Decimal, None for unknown.

    Raises TypeError for floats and other types, ValueError for NaN and infinity; `what` names the place.
    """
    if value is None:
        return None
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError(f"{what}: {value} is no number; use None for an unknown value")
        return value
    if not isinstance(value, bool) and isinstance(value, Integral):
        return Decimal(int(value))
    raise TypeError(
        f"{what}: {type(value).__name__} is not accepted, because it may already be rounded; "
        "use Decimal or int (Decimal(str(x)) if a float is all there is), or None for unknown"
    )
