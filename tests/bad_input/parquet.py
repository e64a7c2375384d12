"""Bills and other tables as Parquet: types, damage, and what the format can hold besides."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from .case import GONE, SAME, Accepted, Case, Change, Refused, data
from .changes import also, removed, report, written
from .company import AWS as ROWS
from .company import Figures
from .costs import AWS, NO_TAGS
from .money import NEGATIVE, ROUNDED, TOO_LARGE

BILL = "bills/aws.parquet"
COLUMNS = tuple(ROWS[0])
Column = Sequence[Any] | pa.Array
BILLED, START = "BilledCost", "ChargePeriodStart"


def _table(**columns: Column) -> pa.Table:
    """Return the AWS bill as texts, '' as null, with other columns in place of some."""
    texts = {name: pa.array([row[name] or None for row in ROWS], pa.string()) for name in COLUMNS}
    given = {name: column if isinstance(column, pa.Array) else pa.array(column) for name, column in columns.items()}
    return pa.table({**texts, **given})


def _bytes(table: pa.Table, **options: Any) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out, **options)
    return out.getvalue()


def _bill(make: Callable[[], bytes]) -> Change:
    """Write the AWS bill as Parquet."""
    return also(removed(AWS), written(BILL, make))


def _with(options: dict[str, Any] | None = None, **columns: Column) -> Change:
    return _bill(lambda: _bytes(_table(**columns), **(options or {})))


def at(row: int, column: str) -> str:
    """Return the place of a cell of the bill."""
    return f"{BILL}, row {row}, column {column}"


def _amounts(last: Any, kind: pa.DataType) -> pa.Array:
    """Return the billed amounts, the tax as `last`."""
    whole = [60, 100, 30]
    convert: Callable[[Any], Any] = Decimal if pa.types.is_decimal(kind) else (float if pa.types.is_floating(kind) else int)
    return pa.array([*map(convert, whole), last], kind)


def _billed(name: str, last: Any, kind: pa.DataType, outcome: Accepted | Refused = SAME) -> Case:
    return Case(name, _with(BilledCost=_amounts(last, kind)), outcome)


def _is(billed_cost: str, **figures: int) -> Accepted:
    names = {"rounded": ROUNDED, "negative": next(iter(NEGATIVE))}
    return Accepted(figures={"billed_cost": billed_cost}, counted={names[name]: n for name, n in figures.items()})


def _damaged(function: Callable[[bytes], bytes]) -> Change:
    return _bill(lambda: function(_bytes(_table())))


def _without_footer(content: bytes) -> bytes:
    """Write zeros over the beginning of the footer."""
    start = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    return content[:start] + bytes(100) + content[start + 100 :]


def _encrypted(plaintext_footer: bool) -> bytes:
    import pyarrow.parquet.encryption as pe

    class Keys(pe.KmsClient):
        """Keeps nothing: the key is the text."""

        def __init__(self, _: pe.KmsConnectionConfig) -> None:
            pe.KmsClient.__init__(self)

        def wrap_key(self, key: bytes, _: str) -> bytes:
            return key.hex().encode()

        def unwrap_key(self, wrapped: bytes, _: str) -> bytes:
            return bytes.fromhex(wrapped.decode())

    settings = pe.EncryptionConfiguration(
        footer_key="footer", column_keys={"column": ["BilledCost"]}, plaintext_footer=plaintext_footer
    )
    properties = pe.CryptoFactory(Keys).file_encryption_properties(pe.KmsConnectionConfig(), settings)
    return _bytes(_table(), encryption_properties=properties)


DOUBLE = pa.float64()
MONEY = [
    Case("all columns as text", _with(), SAME),
    *(
        _billed(f"BilledCost as {kind}", 13, kind)
        for kind in (pa.int8(), pa.int32(), pa.int64(), pa.uint64(), pa.float16(), pa.float32(), DOUBLE)
    ),
    *(
        _billed(f"BilledCost as {kind}", Decimal(13), kind)
        for kind in (pa.decimal32(9, 2), pa.decimal64(18, 2), pa.decimal128(38, 18), pa.decimal256(76, 18))
    ),
    _billed("the largest uint64", 2**64 - 1, pa.uint64(), _is("18446744073709551750.5")),
    _billed("decimal256 with 37 digits", Decimal("1234567890123456789.123456789012345678"), pa.decimal256(50, 18), _is("1234567890123456924.623456789012345678")),
    _billed("decimal256 with 20 decimals", Decimal("13.00000000000000000001"), pa.decimal256(50, 20), _is("148.5", rounded=1)),
    _billed("decimal128 with 20 decimals", Decimal("13.00000000000000000001"), pa.decimal128(38, 20), _is("148.5", rounded=1)),
    _billed("decimal128 with 21 digits before the point", Decimal(10**20), pa.decimal128(38, 2), data(at(4, BILLED), TOO_LARGE)),
    _billed("the double 0.1 + 0.2", 0.1 + 0.2, DOUBLE, _is("135.80000000000000004")),
    _billed("the float 0.1", 0.1, pa.float32(), _is("135.6")),
    _billed("the double 1e15", 1e15, DOUBLE, _is("1000000000000135.5")),
    _billed("the double -0.0", -0.0, DOUBLE, _is("135.5")),
    _billed("the double 1e-30", 1e-30, DOUBLE, _is("135.5", rounded=1)),
    _billed("the double 1e25", 1e25, DOUBLE, data(at(4, BILLED), TOO_LARGE)),
    _billed("the double NaN", float("nan"), DOUBLE, data(at(4, BILLED), "finite")),
    _billed("the double infinity", float("inf"), DOUBLE, data(at(4, BILLED), "finite")),
    _billed("a null", None, DOUBLE, data(at(4, BILLED), "empty in 1 of 4 rows")),
    Case("BilledCost as binary", _with(BilledCost=[b"60", b"100", b"30", b"13"]), SAME),
    *(
        Case(f"BilledCost as {name}", _with(BilledCost=column), data(at(1, BILLED), "not a number"))
        for name, column in (
            ("bool", [True] * 4),
            ("date", [dt.date(2024, 5, 1)] * 4),
            ("timestamp", [dt.datetime(2024, 5, 1)] * 4),
            ("time", [dt.time(12)] * 4),
            ("list", [[60]] * 4),
            ("struct", [{"amount": 60}] * 4),
        )
    ),
    Case("BilledCost with no value at all", _with(BilledCost=pa.nulls(4)), data(at(1, BILLED), "empty in 4 of 4 rows")),
]


def _starts(kind: pa.DataType) -> pa.Array:
    return pa.array([dt.datetime(2024, month, 1) for month in (4, 5, 5, 5)]).cast(kind)


TIMES = [
    *(
        Case(f"times as {kind}", _with(ChargePeriodStart=_starts(kind), BillingPeriodStart=_starts(kind)), SAME)
        for kind in (*map(pa.timestamp, ("s", "ms", "us", "ns")), pa.timestamp("us", "UTC"), pa.timestamp("ns", "America/New_York"), pa.date32(), pa.date64())
    ),
    Case("times as INT96", _with({"use_deprecated_int96_timestamps": True}, ChargePeriodStart=_starts(pa.timestamp("ns"))), SAME),
    Case("times as text", _with(ChargePeriodStart=["2024-04-01", "2024-05-01", "2024-05-01", "2024-05-01"]), SAME),
    Case("times a nanosecond after midnight", _with(ChargePeriodStart=pa.array([m * 86_400 * 10**9 + 1 for m in (19_814, 19_844, 19_844, 19_844)]).cast(pa.timestamp("ns"))), SAME),
    *(
        Case(f"ChargePeriodStart as {name}", _with(ChargePeriodStart=column), data(at(1, START), "not a date"))
        for name, column in (
            ("seconds since 1970", [1714521600] * 4),
            ("double", [45413.0] * 4),
            ("bool", [True] * 4),
            ("time", [dt.time(12)] * 4),
            ("list", [[dt.date(2024, 5, 1)]] * 4),
        )
    ),
    Case("a timestamp of the year 9999", _with(ChargePeriodEnd=[dt.datetime(2024, 5, 1), dt.datetime(2024, 6, 1), dt.datetime(2024, 6, 1), dt.datetime(9999, 12, 31)]), data(at(4, "ChargePeriodEnd"), "the year 9999")),
]
WEB, SEARCH = {"product": "web", "env": "prod"}, {"product": "search", "env": "dev"}
LABELS = pa.map_(pa.string(), pa.string())
CAFE: Figures = {"cost_per_user.service.s3": GONE, "cost_per_user.service.caf": "7.5"}


def _names(third: Any, kind: pa.DataType) -> pa.Array:
    names: list[Any] = ["EC2", "EC2", third, "Fees"]
    return pa.array([name.encode() if pa.types.is_binary(kind) and isinstance(name, str) else name for name in names], kind)


TEXTS = [
    Case("texts as dictionaries", _with(ServiceName=_names("S3", pa.string()).dictionary_encode(), BillingCurrency=pa.array(["USD"] * 4).dictionary_encode()), SAME),
    Case("texts as large_string", _with(ServiceName=_names("S3", pa.large_string())), SAME),
    Case("texts as string_view", _with(ServiceName=_names("S3", pa.string_view())), SAME),
    Case("texts as binary", _with(ServiceName=_names("S3", pa.binary())), SAME),
    Case("texts as binary, `Café`", _with(ServiceName=_names("Café", pa.binary())), Accepted("read as UTF-8", CAFE)),
    Case("texts as binary, not UTF-8", _with(ServiceName=_names(b"Caf\xe9", pa.binary())), data(BILL, "UTF-8")),
    Case("ServiceName as list", _with(ServiceName=[["EC2"]] * 4), data(at(1, "ServiceName"), "list")),
    Case("an empty text is a null", _with(BillingCurrency=["USD", "USD", "USD", ""]), data(at(4, "BillingCurrency"), "empty in 1 of 4")),
    Case("a column without type", _with(ServiceCategory=pa.nulls(4)), SAME),
    Case("Tags as map", _with(Tags=pa.array([list(WEB.items()), list(WEB.items()), list(SEARCH.items()), None], LABELS)), SAME),
    Case("Tags as list of key and value", _with(Tags=[[{"key": k, "value": v} for k, v in tags.items()] for tags in (WEB, WEB, SEARCH, {})]), SAME),
    Case("Tags as struct", _with(Tags=[WEB, WEB, SEARCH, None]), SAME),
    Case("Tags without type", _with(Tags=pa.nulls(4)), Accepted("what no rule owns belongs to nobody", NO_TAGS)),
    Case("Tags as map with a key twice", _with(Tags=pa.array([list(WEB.items()), list(WEB.items()), [("product", "web"), ("product", "search")], None], LABELS)), data(at(3, "Tags"), "twice")),
    Case("Tags as list of texts", _with(Tags=[["web"], ["web"], ["web"], ["web"]]), data(at(1, "Tags"), "not a JSON object")),
    Case("Tags as int", _with(Tags=[1, 2, 3, 4]), data(at(1, "Tags"), "not a JSON object")),
]
FORMS = [
    *(Case(f"compressed with {kind}", _with({"compression": kind}), SAME) for kind in ("none", "gzip", "zstd", "brotli", "lz4")),
    Case("one row a group", _with({"row_group_size": 1}), SAME),
    Case("zero rows", _bill(lambda: _bytes(_table().slice(0, 0))), data(BILL, "no rows")),
    Case("zero columns", _bill(lambda: _bytes(pa.table({}))), data(BILL)),
    Case("all columns inside a struct", _bill(lambda: _bytes(pa.table({"bill": _table().to_struct_array().combine_chunks()}))), data(BILL, "missing")),
    Case("a column twice", _bill(lambda: _bytes(_table().append_column("BilledCost", pa.array(["7"] * 4)))), data(BILL, "BilledCost", "twice")),
    Case("a column twice, in two cases", _bill(lambda: _bytes(_table().append_column("billedcost", pa.array(["7"] * 4)))), data(BILL, "billedcost", "twice")),
    Case("no column BilledCost", _bill(lambda: _bytes(_table().drop_columns("BilledCost"))), data(BILL, "BilledCost", "missing")),
    Case("encrypted", _bill(partial(_encrypted, False)), data(BILL, "encrypted")),
    Case("one column encrypted", _bill(partial(_encrypted, True)), data(BILL, "encrypted")),
    Case("cut before its last byte", _damaged(lambda content: content[:-1]), data(BILL, "damaged")),
    Case("cut in its footer", _damaged(lambda content: content[:-200]), data(BILL, "damaged")),
    Case("cut in the middle", _damaged(lambda content: content[: len(content) // 2]), data(BILL, "damaged")),
    Case("cut after four bytes", _damaged(lambda content: content[:4]), data(BILL, "damaged")),
    Case("its middle cut out", _damaged(lambda content: content[:500] + content[-500:]), data(BILL)),
    Case("zeros in its first column", _damaged(lambda content: content[:4] + bytes(60) + content[64:]), data(BILL)),
    Case("zeros in its footer", _damaged(_without_footer), data(BILL)),
    Case("a footer longer than the file", _damaged(lambda content: content[:-8] + b"\xff\xff\xff\x7fPAR1"), data(BILL)),
    Case("bytes behind its end", _damaged(lambda content: content + b"xyz"), data(BILL, "damaged")),
    Case("called .csv", also(_with(), lambda folder: (folder / BILL).replace(folder / AWS)), data(AWS, "Parquet")),
]
ACTIVITY = "activity.parquet"


def _activity(requests: Column, **more: Column) -> Change:
    days = [(4, 10), (4, 11), (5, 2), (5, 3), (5, 4), (5, 5), (5, 6), (5, 7)]
    columns = {
        "date": pa.array([dt.date(2024, month, day) for month, day in days]),
        "user_id": pa.array(["u1", "u2", "u1", "u4", "u2", "u1", "u3", "u5"]),
        "product_line": pa.array(["web"] * 5 + ["search"] * 2 + ["web"]),
        "requests": requests if isinstance(requests, pa.Array) else pa.array(requests),
        "storage_gb": pa.array([1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 9.0]),
        "is_internal": pa.array([False] * 7 + [True]),
    }
    given = {name: column if isinstance(column, pa.Array) else pa.array(column) for name, column in more.items()}
    make = partial(_bytes, pa.table({**columns, **given}))
    return also(removed("activity.csv"), written(ACTIVITY, make), report("activity.csv", ACTIVITY))


REQUESTS = [5, 5, 20, 10, 10, 10, 20, 40]


def _rates(name: str, month: Column, rate: Column, outcome: Accepted | Refused = SAME) -> Case:
    columns = {"month": pa.array(month), "currency": pa.array(["EUR"] * len(month)), "rate": pa.array(rate)}
    make = partial(_bytes, pa.table(columns))
    return Case(name, also(removed("fx.csv"), written("fx.parquet", make), report("fx.csv", "fx.parquet")), outcome)


def _at(row: int, column: str) -> str:
    return f"{ACTIVITY}, row {row}, column {column}"


MAY = dt.date(2024, 5, 1)
OTHERS = [
    Case("activity with numbers and dates", _activity(REQUESTS), SAME),
    Case("activity with times", _activity(REQUESTS, date=pa.array([dt.datetime(2024, m, d, 12) for m, d in ((4, 10), (4, 11), (5, 2), (5, 3), (5, 4), (5, 5), (5, 6), (5, 7))])), SAME),
    Case("requests as double, one NaN", _activity([*map(float, REQUESTS[:3]), float("nan"), *map(float, REQUESTS[4:])]), data(_at(4, "requests"), "finite")),
    Case("requests as int, one negative", _activity([5, 5, 20, -10, 10, 10, 20, 40]), data(_at(4, "requests"), "negative")),
    Case("requests as bool", _activity([True] * 8), data(_at(1, "requests"), "not a number")),
    Case("requests as list", _activity([[5]] * 8), data(_at(1, "requests"), "not a number")),
    Case("date as int", _activity(REQUESTS, date=[20240501] * 8), data(_at(1, "date"), "not a date")),
    Case("user_id null", _activity(REQUESTS, user_id=["u1", "u2", "u1", None, "u2", "u1", "u3", "u5"]), data(_at(4, "user_id"), "missing")),
    Case("is_internal as int", _activity(REQUESTS, is_internal=[0] * 7 + [1]), SAME),
    Case("is_internal as double", _activity(REQUESTS, is_internal=[0.5] * 8), data(_at(1, "is_internal"), "true or false")),
    _rates("rates as double", ["2024-05"], [1.1]),
    _rates("rates as decimal, months as dates", [MAY], [Decimal("1.10")]),
    _rates("months as times", [dt.datetime(2024, 5, 1)], [1.1]),
    _rates("a rate null", ["2024-05"], pa.array([None], DOUBLE), data("fx.parquet, row 1, column rate", "missing")),
    _rates("a rate NaN", ["2024-05", "2024-06"], [1.1, float("nan")], data("fx.parquet, row 2, column rate", "finite")),
    _rates("a rate as bool", ["2024-05"], [True], data("fx.parquet, row 1, column rate", "not a number")),
    _rates("a rate as list", ["2024-05"], [[1.1]], data("fx.parquet, row 1, column rate", "not a number")),
]
CASES = {
    "Parquet: money": MONEY,
    "Parquet: times": TIMES,
    "Parquet: texts and tags": TEXTS,
    "Parquet: files": FORMS,
    "Parquet: other tables": OTHERS,
}
