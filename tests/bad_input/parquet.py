"""Bills and other tables as Parquet: types, damage, and what the format can hold besides."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from .case import SAME, Accepted, Case, Change, Outcome, data
from .changes import also, removed, written
from .company import AWS as ROWS
from .costs import AWS, NO_TAGS, listed
from .money import NEGATIVE, ROUNDED, TOO_LARGE

OPTIONAL_NUMBERS = ("PricingQuantity", "ListCost", "ContractedCost")
BILL = "bills/aws.parquet"
COLUMNS = tuple(ROWS[0])
Column = Sequence[Any] | pa.Array
BILLED, START = "BilledCost", "ChargePeriodStart"


def bill_table(**columns: Column) -> pa.Table:
    """Return the AWS bill as texts, '' as null, with other columns in place of some."""
    texts = {name: pa.array([row[name] or None for row in ROWS], pa.string()) for name in COLUMNS}
    given = {name: column if isinstance(column, pa.Array) else pa.array(column) for name, column in columns.items()}
    return pa.table({**texts, **given})


def parquet_bytes(table: pa.Table, **options: Any) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out, **options)
    return out.getvalue()


def as_bill(make: Callable[[], bytes]) -> Change:
    """Write the AWS bill as Parquet."""
    return also(removed(AWS), written(BILL, make))


def with_columns(options: dict[str, Any] | None = None, **columns: Column) -> Change:
    return as_bill(lambda: parquet_bytes(bill_table(**columns), **(options or {})))


def at(row: int, column: str) -> str:
    """Return the place of a cell of the bill."""
    return f"{BILL}, row {row}, column {column}"


def _amounts(last: Any, kind: pa.DataType) -> pa.Array:
    """Return the billed amounts, the tax as `last`."""
    whole = [60, 100, 30]
    convert: Callable[[Any], Any] = (
        Decimal if pa.types.is_decimal(kind) else (float if pa.types.is_floating(kind) else int)
    )
    return pa.array([*map(convert, whole), last], kind)


def _billed(name: str, last: Any, kind: pa.DataType, outcome: Outcome = SAME) -> Case:
    return Case(name, with_columns(BilledCost=_amounts(last, kind)), outcome)


def _is(billed_cost: str, **figures: int) -> Accepted:
    names = {"rounded": ROUNDED, "negative": next(iter(NEGATIVE))}
    return Accepted(figures={"billed_cost": billed_cost}, counted={names[name]: n for name, n in figures.items()})


DOUBLE = pa.float64()
MONEY = [
    Case("all columns as text", with_columns(), SAME),
    *(
        _billed(f"BilledCost as {kind}", 13, kind)
        for kind in (pa.int8(), pa.int32(), pa.int64(), pa.uint64(), pa.float16(), pa.float32(), DOUBLE)
    ),
    *(
        _billed(f"BilledCost as {kind}", Decimal(13), kind)
        for kind in (pa.decimal32(9, 2), pa.decimal64(18, 2), pa.decimal128(38, 18), pa.decimal256(76, 18))
    ),
    _billed("the largest uint64", 2**64 - 1, pa.uint64(), _is("18446744073709551750.5")),
    _billed(
        "decimal256 with 37 digits",
        Decimal("1234567890123456789.123456789012345678"),
        pa.decimal256(50, 18),
        _is("1234567890123456924.623456789012345678"),
    ),
    _billed(
        "decimal256 with 20 decimals",
        Decimal("13.00000000000000000001"),
        pa.decimal256(50, 20),
        _is("148.5", rounded=1),
    ),
    _billed(
        "decimal128 with 20 decimals",
        Decimal("13.00000000000000000001"),
        pa.decimal128(38, 20),
        _is("148.5", rounded=1),
    ),
    _billed(
        "decimal128 with 21 digits before the point",
        Decimal(10**20),
        pa.decimal128(38, 2),
        data(at(4, BILLED), TOO_LARGE),
    ),
    _billed("the double 0.1 + 0.2", 0.1 + 0.2, DOUBLE, _is("135.80000000000000004")),
    _billed("the float 0.1", 0.1, pa.float32(), _is("135.6")),
    _billed("the double 1e15", 1e15, DOUBLE, _is("1000000000000135.5")),
    _billed("the double -0.0", -0.0, DOUBLE, _is("135.5")),
    _billed("the double 1e-30", 1e-30, DOUBLE, _is("135.5", rounded=1)),
    _billed("the double 1e25", 1e25, DOUBLE, data(at(4, BILLED), TOO_LARGE)),
    _billed("the double NaN", float("nan"), DOUBLE, data(at(4, BILLED), "finite")),
    _billed("the double infinity", float("inf"), DOUBLE, data(at(4, BILLED), "finite")),
    _billed("a null", None, DOUBLE, data(at(4, BILLED), "empty in 1 of 4 rows")),
    Case("BilledCost as binary", with_columns(BilledCost=[b"60", b"100", b"30", b"13"]), data(BILL, BILLED)),
    *(
        Case(f"BilledCost as {name}", with_columns(BilledCost=column), data(BILL, BILLED))
        for name, column in (
            ("bool", [True] * 4),
            ("date", [dt.date(2024, 5, 1)] * 4),
            ("timestamp", [dt.datetime(2024, 5, 1)] * 4),
            ("time", [dt.time(12)] * 4),
            ("list", [[60]] * 4),
            ("struct", [{"amount": 60}] * 4),
        )
    ),
    Case(
        "BilledCost with no value at all",
        with_columns(BilledCost=pa.nulls(4)),
        data(BILL, BILLED),
    ),
    *(Case(f"{name} with no value at all", with_columns(**{name: pa.nulls(4)}), SAME) for name in OPTIONAL_NUMBERS),
    *(
        Case(f"{name} as double", with_columns(**{name: pa.array([0.1, 1e-7, None, 1e9])}), outcome)
        for name, outcome in zip(OPTIONAL_NUMBERS, (SAME, listed("-799999999"), SAME), strict=True)  # 1 − 80 ÷ 1e-7
    ),
    Case(
        "PricingQuantity as date",
        with_columns(PricingQuantity=pa.array([dt.date(2024, 5, 1)] * 4)),
        data(BILL, "PricingQuantity is of type DATE", "no amounts"),
    ),
]


def _starts(kind: pa.DataType) -> pa.Array:
    return pa.array([dt.datetime(2024, month, 1) for month in (4, 5, 5, 5)]).cast(kind)


TIMES = [
    *(
        Case(f"times as {kind}", with_columns(ChargePeriodStart=_starts(kind), BillingPeriodStart=_starts(kind)), SAME)
        for kind in (
            *map(pa.timestamp, ("s", "ms", "us", "ns")),
            pa.timestamp("us", "UTC"),
            pa.timestamp("ns", "America/New_York"),
            pa.date32(),
            pa.date64(),
        )
    ),
    Case(
        "times as INT96",
        with_columns({"use_deprecated_int96_timestamps": True}, ChargePeriodStart=_starts(pa.timestamp("ns"))),
        SAME,
    ),
    Case(
        "times as text", with_columns(ChargePeriodStart=["2024-04-01", "2024-05-01", "2024-05-01", "2024-05-01"]), SAME
    ),
    Case(
        "times a nanosecond after midnight",
        with_columns(
            ChargePeriodStart=pa.array([m * 86_400 * 10**9 + 1 for m in (19_814, 19_844, 19_844, 19_844)]).cast(
                pa.timestamp("ns")
            )
        ),
        SAME,
    ),
    *(
        Case(f"ChargePeriodStart as {name}", with_columns(ChargePeriodStart=column), data(BILL, START))
        for name, column in (
            ("seconds since 1970", [1714521600] * 4),
            ("double", [45413.0] * 4),
            ("bool", [True] * 4),
            ("time", [dt.time(12)] * 4),
            ("list", [[dt.date(2024, 5, 1)]] * 4),
        )
    ),
    Case(
        "a timestamp of the year 9999",
        with_columns(
            ChargePeriodEnd=[
                dt.datetime(2024, 5, 1),
                dt.datetime(2024, 6, 1),
                dt.datetime(2024, 6, 1),
                dt.datetime(9999, 12, 31),
            ]
        ),
        data(at(4, "ChargePeriodEnd"), "the year 9999"),
    ),
]
WEB, SEARCH = {"product": "web", "env": "prod"}, {"product": "search", "env": "dev"}
LABELS = pa.map_(pa.string(), pa.string())


def _names(third: Any, kind: pa.DataType) -> pa.Array:
    names: list[Any] = ["EC2", "EC2", third, "Fees"]
    return pa.array(
        [name.encode() if pa.types.is_binary(kind) and isinstance(name, str) else name for name in names], kind
    )


TEXTS = [
    Case(
        "texts as dictionaries",
        with_columns(
            ServiceName=_names("S3", pa.string()).dictionary_encode(),
            BillingCurrency=pa.array(["USD"] * 4).dictionary_encode(),
        ),
        SAME,
    ),
    Case("texts as large_string", with_columns(ServiceName=_names("S3", pa.large_string())), SAME),
    Case("texts as string_view", with_columns(ServiceName=_names("S3", pa.string_view())), SAME),
    Case("texts as binary", with_columns(ServiceName=_names("S3", pa.binary())), data(BILL, "ServiceName")),
    Case(
        "texts as binary, not UTF-8",
        with_columns(ServiceName=_names(b"Caf\xe9", pa.binary())),
        data(BILL, "ServiceName"),
    ),
    Case("ServiceName as list", with_columns(ServiceName=[["EC2"]] * 4), data(BILL, "ServiceName")),
    Case(
        "an empty text is a null",
        with_columns(BillingCurrency=["USD", "USD", "USD", ""]),
        data(at(4, "BillingCurrency"), "empty in 1 of 4"),
    ),
    Case("a column without type", with_columns(ServiceCategory=pa.nulls(4)), SAME),
    Case(
        "Tags as map",
        with_columns(Tags=pa.array([list(WEB.items()), list(WEB.items()), list(SEARCH.items()), None], LABELS)),
        SAME,
    ),
    Case(
        "Tags as list of key and value",
        with_columns(Tags=[[{"key": k, "value": v} for k, v in tags.items()] for tags in (WEB, WEB, SEARCH, {})]),
        SAME,
    ),
    Case("Tags as struct", with_columns(Tags=[WEB, WEB, SEARCH, None]), SAME),
    Case("Tags without type", with_columns(Tags=pa.nulls(4)), Accepted("what no rule owns belongs to nobody", NO_TAGS)),
    Case(
        "Tags as map with a key twice",
        with_columns(
            Tags=pa.array(
                [list(WEB.items()), list(WEB.items()), [("product", "web"), ("product", "search")], None], LABELS
            )
        ),
        data(at(3, "Tags"), "twice"),
    ),
    Case(
        "Tags as list of texts",
        with_columns(Tags=[["web"], ["web"], ["web"], ["web"]]),
        data(BILL, "Tags"),
    ),
    Case("Tags as int", with_columns(Tags=[1, 2, 3, 4]), data(BILL, "Tags")),
]
CASES = {"Parquet: money": MONEY, "Parquet: times": TIMES, "Parquet: texts and tags": TEXTS}
