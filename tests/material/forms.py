"""One company in many forms: the same content in other files, order, format, folders and names."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

COLUMNS = [
    "BilledCost",
    "EffectiveCost",
    "BillingCurrency",
    "BillingPeriodStart",
    "BillingPeriodEnd",
    "ChargePeriodStart",
    "ChargePeriodEnd",
    "ChargeCategory",
    "ServiceName",
    "ServiceCategory",
    "ProviderName",
    "RegionId",
    "Tags",
]
TIMES = [name for name in COLUMNS if name.startswith(("Billing", "Charge")) and "Period" in name]
MONEY = ["BilledCost", "EffectiveCost"]
REPORT = """\
[report]
company = "Forms"
as_of = "2024-06-30"
min_users = 1
[costs]
paths = ["{costs}"]
[activity]
path = "{activity}"
[subscriptions]
path = "{subscriptions}"
[fx]
path = "fx.csv"
[allocation]
path = "allocation.toml"
"""
ALLOCATION = '[[rule]]\nwhen = { RegionId = "eu-*" }\nproduct_line = "europe"\n'
Rows = list[list[str]]


def rows() -> Rows:
    """Two months of two providers: two currencies, refunds, missing tags, a charge over two months."""
    made: Rows = []
    chance = random.Random(7)
    for number in range(120):
        month, following = ("2024-04", "2024-05") if number % 2 else ("2024-05", "2024-06")
        day = number % 28 + 1
        # Six digits before the point and six behind it survive the way through a double.
        amount = f"{'-' if number % 17 == 0 else ''}{chance.randrange(1, 10**6)}.{chance.randrange(1, 10**6):06d}"
        end = f"{following}-12T00:00:00Z" if number == 61 else f"{month}-{day:02d}T06:00:00Z"
        period = [f"{month}-01T00:00:00Z", f"{following}-01T00:00:00Z", f"{month}-{day:02d}T05:00:00Z", end]
        tags = {"product": chance.choice(["web", "search", "käse"]), "note": 'a "b", c'} if number % 3 else {}
        provider, currency = ("AWS", "USD") if number % 5 else ("Elbe Cloud", "EUR")
        service = chance.choice(["EC2", "S3", "Queue, managed"])
        region = chance.choice(["eu-west-1", "us-east-1", ""])
        text = json.dumps(tags, ensure_ascii=False) if tags else ""
        made.append([amount, amount, currency, *period, "Usage", service, "Compute", provider, region, text])
    return made


def activity() -> Rows:
    """Ninety rows of nine users in two product lines."""
    lines = [["date", "user_id", "product_line", "requests"]]
    for n in range(90):
        lines.append([f"2024-{4 + n % 2:02d}-{n % 27 + 1:02d}", f"u{n % 9}", "web" if n % 4 else "search", f"{n}.5"])
    return lines


def subscriptions() -> Rows:
    """Users on both tiers, one of whom changes in May."""
    lines = [["user_id", "tier", "started_on", "ended_on", "mrr"]]
    lines += [
        [f"u{n}", "paid" if n % 3 == 0 else "free", "2024-01-01", "", "10" if n % 3 == 0 else "0"] for n in range(7)
    ]
    lines += [["u8", "free", "2024-02-01", "2024-05-10", "0"], ["u8", "paid", "2024-05-10", "", "12.5"]]
    return lines


def as_csv(table: Rows, *, end: str = "\n", mark: str = "", quoting: int = csv.QUOTE_MINIMAL) -> bytes:
    """The table as CSV; the first row is the header."""
    text = io.StringIO()
    csv.writer(text, lineterminator=end, quoting=quoting).writerows(table)  # type: ignore[arg-type]
    return (mark + text.getvalue()).encode()


def as_parquet(
    path: Path, table: Rows, kinds: dict[str, Callable[[str], object]], types: dict[str, pa.DataType]
) -> None:
    """Write the table as Parquet; what `kinds` and `types` do not name is text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    head, *data = table
    arrays = {}
    for number, name in enumerate(head):
        read = kinds.get(name, str)
        values = [read(row[number]) if row[number] else None for row in data]
        arrays[name] = pa.array(values, types.get(name, pa.string()))
    pq.write_table(pa.table(arrays), path)


def _moment(zone: str | None) -> pa.DataType:
    return pa.timestamp("us", tz=zone)


def _time(text: str) -> object:
    import datetime as dt

    return dt.datetime.fromisoformat(text)


def _plain_time(text: str) -> object:
    import datetime as dt

    return dt.datetime.fromisoformat(text.removesuffix("Z"))


def _bill(folder: Path, name: str, table: Rows) -> str:
    """Write the bill in the form `name` and return its path in report.toml."""
    head, data = table[0], table[1:]
    chance = random.Random(name)
    if name == "rows shuffled":
        chance.shuffle(data)
    if name == "columns shuffled":
        order = chance.sample(range(len(head)), len(head))
        head, data = [head[i] for i in order], [[row[i] for i in order] for row in data]
    if name == "other case":
        head = [column.swapcase() for column in head]
    if name == "more columns":
        head, data = [*head, "x_team", "ResourceName"], [[*row, f"t{n}", f"r{n}"] for n, row in enumerate(data)]
    whole = [head, *data]
    packed: dict[str, Callable[[], dict[str, bytes]]] = {
        "crlf": lambda: {"bill.csv": as_csv(whole, end="\r\n")},
        "mark": lambda: {"bill.csv": as_csv(whole, mark="\ufeff")},
        "quoted": lambda: {"bill.csv": as_csv(whole, quoting=csv.QUOTE_ALL)},
        "gzip": lambda: {"bills/other name.csv.gz": gzip.compress(as_csv(whole))},
        "split by rows": lambda: {f"bills/{n}.csv": as_csv([head, *data[n::3]]) for n in range(3)},
        "one row a file": lambda: {f"bills/{n:03d}.csv": as_csv([head, row]) for n, row in enumerate(data)},
        "split and packed": lambda: {
            f"bills/z{n}.csv.gz": gzip.compress(as_csv([head, *data[n::4]], end="\r\n")) for n in range(4)
        },
        "given twice": lambda: {"bills/a.csv": as_csv(whole), "bills/b.csv.gz": gzip.compress(as_csv(whole))},
    }
    if name in packed:
        files = packed[name]()
    elif name == "hive folders":
        files = _by_provider(head, data)
    elif name.startswith("parquet"):
        return _parquet_bill(folder, name, whole)
    else:
        files = {"bill.csv": as_csv(whole)}
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return "bills/**/*" if any("/" in path for path in files) else "bill.csv"


def _by_provider(head: list[str], data: Rows) -> dict[str, bytes]:
    place = head.index("ProviderName")
    files = {}
    for provider in {row[place] for row in data}:
        own = [row[:place] + row[place + 1 :] for row in data if row[place] == provider]
        path = f"bills/ProviderName={provider.replace(' ', '%20')}/part.csv"
        files[path] = as_csv([head[:place] + head[place + 1 :], *own])
    return files


def _parquet_bill(folder: Path, name: str, table: Rows) -> str:
    kinds: dict[str, Callable[[str], object]] = {}
    types: dict[str, pa.DataType] = {}
    if name == "parquet decimal":
        kinds, types = dict.fromkeys(MONEY, Decimal), dict.fromkeys(MONEY, pa.decimal128(30, 12))
    if name == "parquet double":
        kinds, types = dict.fromkeys(MONEY, float), dict.fromkeys(MONEY, pa.float64())
    if name == "parquet with zones":
        kinds, types = dict.fromkeys(TIMES, _time), dict.fromkeys(TIMES, _moment("Europe/Berlin"))
    if name == "parquet without zones":
        kinds, types = dict.fromkeys(TIMES, _plain_time), dict.fromkeys(TIMES, _moment(None))
    if name == "parquet maps":
        kinds, types = (
            {"Tags": lambda text: list(json.loads(text).items())},
            {"Tags": pa.map_(pa.string(), pa.string())},
        )
    as_parquet(folder / "bills/any=1/data.parquet", table, kinds, types)
    return "bills/**/*"


BILLS: Sequence[str] = (
    "rows shuffled",
    "columns shuffled",
    "other case",
    "more columns",
    "crlf",
    "mark",
    "quoted",
    "gzip",
    "split by rows",
    "one row a file",
    "split and packed",
    "given twice",
    "hive folders",
    "parquet text",
    "parquet decimal",
    "parquet double",
    "parquet with zones",
    "parquet without zones",
    "parquet maps",
)
USERS: Sequence[str] = ("users as text", "users typed", "users split", "subscriptions typed")
FORMS = (*BILLS, *USERS)


def write(folder: Path, name: str = "plain") -> Path:
    """Write the company in one of its forms and return its report.toml."""
    folder.mkdir(parents=True)
    costs = _bill(folder, name, [COLUMNS, *rows()])
    where = {"activity": "activity.csv", "subscriptions": "subscriptions.csv"}
    (folder / "activity.csv").write_bytes(as_csv(activity()))
    (folder / "subscriptions.csv").write_bytes(as_csv(subscriptions()))
    if name in ("users as text", "users typed"):
        import datetime as dt

        typed = name == "users typed"
        kinds: dict[str, Callable[[str], object]] = {"date": dt.date.fromisoformat, "requests": float} if typed else {}
        types = {"date": pa.date32(), "requests": pa.float64()} if typed else {}
        as_parquet(folder / "activity.parquet", activity(), kinds, types)
        where["activity"] = "activity.parquet"
    if name == "users split":
        head, *lines = activity()
        (folder / "use").mkdir()
        for number in range(3):
            (folder / f"use/{number}.csv.gz").write_bytes(gzip.compress(as_csv([head, *lines[number::3]])))
        where["activity"] = "use/*"
    if name == "subscriptions typed":
        import datetime as dt

        days = dict.fromkeys(("started_on", "ended_on"), dt.date.fromisoformat)
        typed_columns = {"started_on": pa.date32(), "ended_on": pa.date32(), "mrr": pa.decimal128(10, 2)}
        as_parquet(folder / "subs.parquet", subscriptions(), {**days, "mrr": Decimal}, typed_columns)
        where["subscriptions"] = "subs.parquet"
    (folder / "fx.csv").write_text("month,currency,rate\n2024-04,EUR,1.0712\n2024-05,EUR,1.0823\n2024-06,EUR,1.0741\n")
    (folder / "allocation.toml").write_text(ALLOCATION)
    path = folder / "report.toml"
    path.write_text(REPORT.format(costs=costs, **where), "utf-8")
    return path
