"""What was odd, or decisive, about a row of a bill: one whole number a row, so that sums by mark cost nothing extra."""

from __future__ import annotations

from enum import IntFlag


class Mark(IntFlag):
    """The marks of a cost row. Staging sets them, the marts group by them, metrics read them."""

    NO_EFFECTIVE = 1  # EffectiveCost is null and counts 0
    NO_INVOICE = 2
    NEGATIVE_BILLED = 4
    NEGATIVE_EFFECTIVE = 8
    CLEANED = 16  # an amount was written with a currency sign, commas or blanks
    ROUNDED = 32  # an amount had more than 18 decimals
    SLASHED = 64  # a time was written month/day/year
    VALUELESS = 128  # a tag has no value
    BARE_NULL = 256  # a cell says NULL or null
    SPREAD = 512  # the charge period spans months; the effective cost is in pieces of other rows
    USAGE_BASED = 1024  # Usage-based for Usage-Based
    LATER_USE = 2048  # a purchase that covers later charges
    CORRECTION = 4096
    UNPLACEABLE = 8192  # a correction whose charge period is its billing period
    DEFAULTED = 16384  # the file lacks a column, and its value is the company's default


# Marks worth an example row: something was accepted that is not quite as the contract has it.
TOLERANCES = (
    Mark.NO_EFFECTIVE
    | Mark.NEGATIVE_BILLED
    | Mark.NEGATIVE_EFFECTIVE
    | Mark.CLEANED
    | Mark.ROUNDED
    | Mark.SLASHED
    | Mark.VALUELESS
    | Mark.BARE_NULL
    | Mark.SPREAD
    | Mark.USAGE_BASED
    | Mark.UNPLACEABLE
)
