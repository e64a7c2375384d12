"""Random cost rows: FOCUS files of several providers, versions and formats."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from .landing import Cells, Table, land, land_again
from .shapes import CATEGORIES, PROVIDERS, SERVICES, Shape

MoneyDraw = Callable[[random.Random], str]

DELIVERIES = ["2024-03-02", "2024-03-02T00:00:01Z", "2024-02-10T08:00:00Z", "2024-11-30T23:59:59Z"]
REQUIRED = [
    "BilledCost",
    "EffectiveCost",
    "BillingCurrency",
    "BillingPeriodStart",
    "ChargePeriodStart",
    "ChargePeriodEnd",
    "ChargeCategory",
    "ServiceName",
]
OPTIONAL = [
    "BillingPeriodEnd",
    "ChargeClass",
    "ServiceCategory",
    "CommitmentDiscountStatus",
    "SubAccountId",
    "RegionId",
    "BillingAccountId",
    "Tags",
    "ListCost",
    "SkuId",
    "PricingUnit",
    "PricingQuantity",
    "x_Note",
]


def text_money(rng: random.Random) -> str:
    """Money as exports write it: plain, long, tied at the 18th decimal, with exponent or dressed."""
    sign = "-" if rng.random() < 0.08 else ""
    kind = rng.randrange(9)
    whole = rng.choice([0, rng.randrange(10), rng.randrange(5000), rng.randrange(10**9)])
    if kind == 0:
        return rng.choice(["0", "0.00", "0.0000000000"])
    if kind == 1:
        return f"{sign}{whole}.{rng.randrange(10**18):018d}"
    if kind == 2:
        return f"{sign}{whole}.{rng.randrange(10**25):025d}"
    if kind == 3:
        return f"{sign}{whole}.{rng.randrange(10**18):018d}5{'0' * rng.randrange(4)}"
    if kind == 4:
        exponent = rng.choice(["E-3", "e-7", "E-16", "E-18", "e2", "E+3"])
        return f"{sign}{rng.randrange(10)}.{rng.randrange(10**3):03d}5{exponent}"
    if kind == 5:
        return f"{sign}{rng.choice(['$', ''])}{whole:,}.{rng.randrange(100):02d}"
    if kind == 6:
        return f" {sign}{whole}.{rng.randrange(100):02d} "
    return f"{sign}{whole % 5000}.{rng.randrange(10 ** rng.choice([2, 4, 10])):02d}"


def decimal_money(rng: random.Random) -> str:
    """Money that fits DECIMAL(38,18)."""
    sign = "-" if rng.random() < 0.08 else ""
    places = rng.choice([1, 2, 6, 18])
    return f"{sign}{rng.randrange(10 ** rng.randrange(1, 12))}.{rng.randrange(10**places):0{places}d}"


def double_money(rng: random.Random) -> str:
    """Money held as a double, as its shortest decimal text."""
    size = rng.choice([1e-9, 1e-4, 1, 1, 100, 1e6])
    value = rng.choice([0.1 + 0.2, rng.random() * size, round(rng.random() * size, 2)])
    return repr(-value if rng.random() < 0.08 else value)


MONEY: dict[str, MoneyDraw] = {"text": text_money, "decimal": decimal_money, "double": double_money}


def land_costs(shape: Shape, folder: Path, rng: random.Random) -> None:
    """Write every provider's files of every month, re-deliveries and repeated files among them."""
    landed: list[Path] = []
    for provider in PROVIDERS[: shape.providers]:
        for month in shape.months:
            for part in range(rng.choice([1, 1, 2])):
                stem = f"raw/focus/{provider.lower()}/{month}/part-{part}"
                landed.append(_land(shape, folder, stem, (provider, month, part == 0), rng))
            if shape.deliveries and rng.random() < 0.5:
                for stamp in rng.sample(DELIVERIES, rng.choice([1, 2])):
                    stem = f"raw/focus/delivery={stamp}/{provider.lower()}-{month}"
                    landed.append(_land(shape, folder, stem, (provider, month, True), rng))
    if shape.repeated_files:
        again = rng.choice(landed)
        twin = f"{again.parent.relative_to(folder)}/again-{again.name.partition('.')[0]}"
        land_again(again, folder, twin, rng)
        if shape.deliveries:
            land_again(again, folder, "raw/focus/delivery=2024-12-01T00:00:00Z/once-more", rng)


def _land(shape: Shape, folder: Path, stem: str, what: tuple[str, str, bool], rng: random.Random) -> Path:
    provider, month, anchored = what
    form = rng.choice(shape.formats)
    kind = rng.choice(["text", "decimal", "double"]) if form == "parquet" else "text"
    maker = _Maker(shape, provider, month, kind, form, rng)
    rows = [maker.row() for _ in range(rng.randrange(1, 13))]
    if anchored:
        rows.append(maker.anchor())
    if rng.random() < 0.1:
        rows.append(dict(rows[0]))
    rng.shuffle(rows)
    return land(Table(maker.columns(), rows, maker.kinds()), folder, stem, form, rng)


class _Maker:
    """Makes the rows of one file, whose columns, money and timestamps have one style."""

    def __init__(self, shape: Shape, provider: str, month: str, money: str, form: str, rng: random.Random) -> None:
        self.shape, self.provider, self.rng, self.money = shape, provider, rng, money
        self.month = datetime.fromisoformat(f"{month}-01").replace(tzinfo=UTC)
        self.version = rng.choice(["1.0", "1.2", "1.3", "both"])
        self.left_out = {column for column in OPTIONAL if rng.random() < 0.12}
        if not shape.tags:
            self.left_out.add("Tags")
        self.times = rng.choice(["zulu", "blank", "offset", "american", "mixed"])
        self.typed_times = rng.choice(["timestamp", "naive", "text"]) if form == "parquet" else "text"
        self.tag_map = form == "parquet" and rng.random() < 0.3
        self.omits_currency = shape.default_currency and rng.random() < 0.3

    def columns(self) -> list[str]:
        names = [column for column in REQUIRED + OPTIONAL if column not in self.left_out]
        if self.omits_currency:
            names.remove("BillingCurrency")
        names += {
            "1.0": ["ProviderName", "PublisherName"],
            "1.2": ["ProviderName", "InvoiceId"],
            "1.3": ["ServiceProviderName", "HostProviderName"],
            "both": ["ProviderName", "ServiceProviderName"],
        }[self.version]
        self.rng.shuffle(names)
        return names

    def kinds(self) -> dict[str, str]:
        kinds = dict.fromkeys(["BilledCost", "EffectiveCost", "ListCost", "PricingQuantity"], self.money)
        for column in ("BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd"):
            kinds[column] = self.typed_times
        if self.tag_map:
            kinds["Tags"] = "map"
        return kinds

    def anchor(self) -> Cells:
        """A plain usage row, so that the month has cost."""
        return {**self.row(), **self._period(0, 24), "ChargeCategory": "Usage", "ChargeClass": None}

    def row(self) -> Cells:
        rng = self.rng
        service, service_category = rng.choice(SERVICES)
        billed = MONEY[self.money](rng)
        status, category = self._status(), rng.choice(CATEGORIES)
        cells: Cells = {
            **self._providers(),
            **self._period(),
            "BilledCost": billed,
            "EffectiveCost": rng.choice([billed, MONEY[self.money](rng), None if rng.random() < 0.2 else billed]),
            "ListCost": billed,
            "BillingCurrency": self._currency(),
            "ChargeCategory": category if status is None else "Usage",
            "ServiceName": service,
            "ServiceCategory": service_category,
            "CommitmentDiscountStatus": status,
            "SubAccountId": rng.choice(["s-1", "s-2", "t-1", None]),
            "RegionId": rng.choice(["eu-1", "us-1", None]),
            "BillingAccountId": rng.choice(["a-1", "a-1", "a-2", None]),
            "Tags": self._tags(),
            **self._measured(),
            "x_Note": "ignored",
        }
        if "ChargeClass" not in self.left_out and rng.random() < 0.1:
            cells |= self._correction()
        elif rng.random() < 0.12:
            cells |= self._long_period()
        return {**cells, **self._steady()} if self.shape.steady else cells

    def _measured(self) -> Cells:
        """What was bought, mostly one of a few things, so that months have them in common."""
        rng = self.rng
        return {
            "SkuId": rng.choice(["k-1", "k-1", "k-2", None]),
            "PricingUnit": rng.choice(["Hours", "Hours", "GB-Mo", None]),
            "PricingQuantity": rng.choice(
                ["1", "2.5", "40", "0.000001", "1E3", f"{rng.random():.9f}", "0", "-1", None]
            ),
        }

    def _steady(self) -> Cells:
        rng = self.rng
        cost = f"{rng.randrange(1, 500)}.{rng.randrange(100):02d}"
        return {
            "BilledCost": cost,
            "EffectiveCost": cost,
            "ChargeCategory": "Usage",
            "CommitmentDiscountStatus": rng.choice([None, None, "Used"]),
            "SkuId": rng.choice(["k-1", "k-2"]),
            "PricingUnit": rng.choice(["Hours", "GB-Mo"]),
            "PricingQuantity": f"{rng.randrange(1, 900)}.5",
            "RegionId": "eu-1",
            "Tags": json.dumps({self.shape.product_tag: rng.choice(self.shape.tagged_lines)}),
        }

    def _currency(self) -> str:
        if self.omits_currency:
            return self.shape.billing_currencies[0]
        return self.rng.choice(self.shape.billing_currencies)

    def _status(self) -> str | None:
        return self.rng.choice([None, None, None, "Used", "Unused"])

    def _providers(self) -> Cells:
        if self.version != "both":
            return dict.fromkeys(
                ["ProviderName", "PublisherName", "ServiceProviderName", "HostProviderName"], self.provider
            )
        named = self.rng.random() < 0.7
        return {
            "ProviderName": "Reseller" if named else self.provider,
            "ServiceProviderName": self.provider if named else None,
        }

    def _tags(self) -> str | None:
        rng, shape = self.rng, self.shape
        if rng.random() < 0.1:
            return None
        tags: dict[str, str | bool] = {}
        if rng.random() < 0.8:
            tags[shape.product_tag] = rng.choice([*shape.tagged_lines, *shape.tagged_lines, ""])
        if rng.random() < 0.7:
            tags[shape.environment_tag] = rng.choice(["prod", "production", "Prod", "dev", "staging", ""])
        if rng.random() < 0.4:
            tags[shape.account_tag] = rng.choice(["acc1", "acc2", "acc3", "nobody", ""])
        if rng.random() < 0.3:
            tags["team"] = rng.choice(["core", "edge", "edge-2"])
        if not self.tag_map and tags and rng.random() < 0.15:
            tags[rng.choice(list(tags))] = True
        return json.dumps(tags, ensure_ascii=rng.random() < 0.5)

    def _text(self, when: datetime) -> str:
        style = self.times
        if style == "mixed":
            style = self.rng.choice(["zulu", "blank", "offset", "american"])
        if style == "american" and when.time() == datetime.min.time():
            return f"{when.month}/{when.day}/{when.year % 100}"
        if style == "offset":
            away = timedelta(hours=self.rng.choice([-7, 2, 5]))
            return (when + away).strftime("%Y-%m-%dT%H:%M:%S") + _offset_text(away)
        return when.strftime("%Y-%m-%d %H:%M:%S" if style == "blank" else "%Y-%m-%dT%H:%M:%SZ")

    def _period(self, hour: int | None = None, hours: int | None = None) -> Cells:
        rng = self.rng
        last = (self._next_month() - self.month).days * 24
        start = rng.choice([0, rng.randrange(last), rng.randrange(0, last, 24), last - 1]) if hour is None else hour
        hours = rng.choice([1, 24]) if hours is None else hours
        begin = self.month + timedelta(hours=start)
        end = min(begin + timedelta(hours=hours), self._next_month())
        return {
            "BillingPeriodStart": self._text(self.month),
            "BillingPeriodEnd": self._text(self._next_month()),
            "ChargePeriodStart": self._text(begin),
            "ChargePeriodEnd": self._text(end),
        }

    def _next_month(self) -> datetime:
        return (self.month + timedelta(days=32)).replace(day=1)

    def _correction(self) -> Cells:
        """Corrects an earlier month, or (half of the time) a month that cannot be told from its bill."""
        begin = self.month - timedelta(days=self.rng.choice([0, 3, 31]))
        cells: Cells = {"ChargeClass": "Correction", "ChargePeriodStart": self._text(begin)}
        if self.rng.random() < 0.5:
            cells |= {"ChargePeriodEnd": self._text(begin + timedelta(days=1))}
        return cells

    def _long_period(self) -> Cells:
        """A charge over weeks or a year; some end just before, at or just after a month's end."""
        rng = self.rng
        begin = self.month + timedelta(hours=rng.choice([0, 10, 31]), seconds=rng.choice([0, 0, 1]))
        end = rng.choice(
            [
                self._next_month(),
                self._next_month() + timedelta(seconds=1),
                begin + timedelta(days=rng.choice([40, 65, 90])),
                begin.replace(year=begin.year + 1),
                None,
            ]
        )
        stop = None if end is None else self._text(end)
        return {"ChargePeriodStart": self._text(begin), "ChargePeriodEnd": stop}


def _offset_text(away: timedelta) -> str:
    hours = int(away.total_seconds() // 3600)
    return f"{'-' if hours < 0 else '+'}{abs(hours):02d}:00"


def rate_text(rng: random.Random) -> str:
    """A conversion rate of up to ten decimals."""
    return str(Decimal(rng.randrange(1, 3 * 10**10)).scaleb(-10))
