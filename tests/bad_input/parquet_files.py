"""Parquet files as wholes: forms, damage, and tables other than bills."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from functools import partial

import pyarrow as pa

from .case import SAME, Case, Change, Outcome, data
from .changes import also, removed, report, written
from .costs import AWS
from .parquet import BILL, DOUBLE, Column, as_bill, bill_table, parquet_bytes, with_columns


def _damaged(function: Callable[[bytes], bytes]) -> Change:
    return as_bill(lambda: function(parquet_bytes(bill_table())))


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
    return parquet_bytes(bill_table(), encryption_properties=properties)


FORMS = [
    *(
        Case(f"compressed with {kind}", with_columns({"compression": kind}), SAME)
        for kind in ("none", "gzip", "zstd", "brotli", "lz4")
    ),
    Case("one row a group", with_columns({"row_group_size": 1}), SAME),
    Case("zero rows", as_bill(lambda: parquet_bytes(bill_table().slice(0, 0))), data(BILL, "no rows")),
    Case("zero columns", as_bill(lambda: parquet_bytes(pa.table({}))), data(BILL)),
    Case(
        "all columns inside a struct",
        as_bill(lambda: parquet_bytes(pa.table({"bill": bill_table().to_struct_array().combine_chunks()}))),
        data(BILL, "missing"),
    ),
    Case(
        "a column twice",
        as_bill(lambda: parquet_bytes(bill_table().append_column("BilledCost", pa.array(["7"] * 4)))),
        data(BILL, "BilledCost", "twice"),
    ),
    Case(
        "a column twice, in two cases",
        as_bill(lambda: parquet_bytes(bill_table().append_column("billedcost", pa.array(["7"] * 4)))),
        data(BILL, "billedcost", "twice"),
    ),
    Case(
        "no column BilledCost",
        as_bill(lambda: parquet_bytes(bill_table().drop_columns("BilledCost"))),
        data(BILL, "BilledCost", "missing"),
    ),
    Case("encrypted", as_bill(partial(_encrypted, False)), data(BILL, "encrypted")),
    Case("one column encrypted", as_bill(partial(_encrypted, True)), data(BILL, "encrypted")),
    Case("cut before its last byte", _damaged(lambda content: content[:-1]), data(BILL, "damaged")),
    Case("cut in its footer", _damaged(lambda content: content[:-200]), data(BILL, "damaged")),
    Case("cut in the middle", _damaged(lambda content: content[: len(content) // 2]), data(BILL, "damaged")),
    Case("cut after four bytes", _damaged(lambda content: content[:4]), data(BILL, "damaged")),
    Case("its middle cut out", _damaged(lambda content: content[:500] + content[-500:]), data(BILL)),
    Case("zeros in its first column", _damaged(lambda content: content[:4] + bytes(60) + content[64:]), data(BILL)),
    Case("zeros in its footer", _damaged(_without_footer), data(BILL)),
    Case("a footer longer than the file", _damaged(lambda content: content[:-8] + b"\xff\xff\xff\x7fPAR1"), data(BILL)),
    Case("bytes behind its end", _damaged(lambda content: content + b"xyz"), data(BILL, "damaged")),
    Case(
        "called .csv", also(with_columns(), lambda folder: (folder / BILL).replace(folder / AWS)), data(AWS, "Parquet")
    ),
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
    make = partial(parquet_bytes, pa.table({**columns, **given}))
    return also(removed("activity.csv"), written(ACTIVITY, make), report("activity.csv", ACTIVITY))


REQUESTS = [5, 5, 20, 10, 10, 10, 20, 40]


def _rates(name: str, month: Column, rate: Column, outcome: Outcome = SAME) -> Case:
    columns = {"month": pa.array(month), "currency": pa.array(["EUR"] * len(month)), "rate": pa.array(rate)}
    make = partial(parquet_bytes, pa.table(columns))
    return Case(name, also(removed("fx.csv"), written("fx.parquet", make), report("fx.csv", "fx.parquet")), outcome)


def _at(row: int, column: str) -> str:
    return f"{ACTIVITY}, row {row}, column {column}"


MAY = dt.date(2024, 5, 1)
OTHERS = [
    Case("activity with numbers and dates", _activity(REQUESTS), SAME),
    Case(
        "activity with times",
        _activity(
            REQUESTS,
            date=pa.array(
                [
                    dt.datetime(2024, m, d, 12)
                    for m, d in ((4, 10), (4, 11), (5, 2), (5, 3), (5, 4), (5, 5), (5, 6), (5, 7))
                ]
            ),
        ),
        SAME,
    ),
    Case(
        "requests as double, one NaN",
        _activity([*map(float, REQUESTS[:3]), float("nan"), *map(float, REQUESTS[4:])]),
        data(_at(4, "requests"), "finite"),
    ),
    Case(
        "requests as int, one negative",
        _activity([5, 5, 20, -10, 10, 10, 20, 40]),
        data(_at(4, "requests"), "negative"),
    ),
    Case("requests as bool", _activity([True] * 8), data(ACTIVITY, "requests")),
    Case("requests as list", _activity([[5]] * 8), data(ACTIVITY, "requests")),
    Case("date as int", _activity(REQUESTS, date=[20240501] * 8), data(ACTIVITY, "date")),
    Case(
        "user_id null",
        _activity(REQUESTS, user_id=["u1", "u2", "u1", None, "u2", "u1", "u3", "u5"]),
        data(_at(4, "user_id")),
    ),
    Case("is_internal as int", _activity(REQUESTS, is_internal=[0] * 7 + [1]), SAME),
    Case(
        "is_internal as double",
        _activity(REQUESTS, is_internal=[0.5] * 8),
        data(_at(1, "is_internal"), "true or false"),
    ),
    _rates("rates as double", ["2024-05"], [1.1]),
    _rates("rates as decimal, months as dates", [MAY], [Decimal("1.10")]),
    _rates("months as times", [dt.datetime(2024, 5, 1)], [1.1]),
    _rates("a rate null", ["2024-05"], pa.array([None], DOUBLE), data("fx.parquet, row 1, column rate", "missing")),
    _rates("a rate NaN", ["2024-05", "2024-06"], [1.1, float("nan")], data("fx.parquet, row 2, column rate", "finite")),
    _rates("a rate as bool", ["2024-05"], [True], data("fx.parquet, row 1, column rate", "not a number")),
    _rates("a rate as list", ["2024-05"], [[1.1]], data("fx.parquet, row 1, column rate", "not a number")),
]
CASES = {"Parquet: files": FORMS, "Parquet: other tables": OTHERS}
