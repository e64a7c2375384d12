"""One number and what is known about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

Value = Decimal | str | tuple[str, ...] | None

# Money has up to 20 digits before the point and 18 behind it; sums of many rows stay far below 60 digits.
EXACT = Context(prec=80, rounding=ROUND_HALF_EVEN)
RATIO_PLACES = Decimal(1).scaleb(-12)
MONEY_PLACES = 18


@dataclass(frozen=True, slots=True)
class Estimate:
    """A published number: its value in `unit`, or null with a `reason` a person understands.

    `value` is exact (money at 18 places, ratios quantised once to 12); `previous` is the same finding one
    month earlier; `label` is the real name behind a slug; `method` says how the number came about.
    """

    value: Value
    unit: str = ""
    type: str = "decimal"
    low: Decimal | None = None
    high: Decimal | None = None
    level: Decimal | None = None
    previous: Decimal | None = None
    label: str | None = None
    reason: str | None = None
    method: str = ""
    notebook: str = ""

    def __post_init__(self) -> None:
        if self.value is None and not self.reason:
            raise ValueError("an unknown value needs a reason")

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> object:
        """Let pydantic keep an estimate in the form of findings.json, where `type` tells text from decimals."""
        del source, handler
        from pydantic_core import core_schema

        return core_schema.no_info_plain_validator_function(
            lambda data: data if isinstance(data, cls) else from_json(data),
            serialization=core_schema.plain_serializer_function_ser_schema(cls.as_json),
        )

    def as_json(self) -> dict[str, object]:
        """Return the form of findings.json: complete decimals as text, trailing zeros cut."""
        value: object = self.value
        if isinstance(value, Decimal):
            value = plain(value)
        elif isinstance(value, tuple):
            value = list(value)
        return {
            "value": value,
            "type": self.type,
            "unit": self.unit,
            "low": _plain(self.low),
            "high": _plain(self.high),
            "level": _plain(self.level),
            "previous": _plain(self.previous),
            "label": self.label,
            "reason": self.reason,
            "method": self.method,
            "notebook": self.notebook,
        }


def from_json(data: Mapping[str, object]) -> Estimate:
    """Read the form of findings.json back. Raises ValueError on an unknown key or a float."""
    fields = dict(data)
    value = fields.pop("value")
    if fields.get("type") == "list" and isinstance(value, list):
        value = tuple(str(item) for item in value)
    elif fields.get("type") == "decimal" and value is not None:
        value = _decimal(value)
    for key in ("low", "high", "level", "previous"):
        if fields.get(key) is not None:
            fields[key] = _decimal(fields[key])
    return Estimate(value, **fields)  # type: ignore[arg-type]


def ratio(numerator: Decimal | Fraction | int, denominator: Decimal | Fraction | int) -> Decimal:
    """Return numerator ÷ denominator, quantised once to 12 places, half-even. Raises ZeroDivisionError."""
    exact = Fraction(numerator) / Fraction(denominator)
    scaled = exact * 10**12
    whole, rest = divmod(scaled.numerator, scaled.denominator)
    twice = 2 * rest
    if twice > scaled.denominator or (twice == scaled.denominator and whole % 2):
        whole += 1
    return Decimal(whole).scaleb(-12, context=EXACT)


def plain(value: Decimal) -> str:
    """Return a complete decimal without exponent and without trailing zeros; zero is "0"."""
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)


def _decimal(value: object) -> Decimal:
    if not isinstance(value, str):
        raise ValueError(f"a decimal travels as text, not as {type(value).__name__}")
    return Decimal(value)
