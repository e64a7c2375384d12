"""The oracle itself, held against examples worked out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from oracle.exact import amount, decimal_text, half_even, largest_remainder, over_days
from oracle.names import slugs
from oracle.oracle import findings, months
from oracle.reading import moment

HEADER = (
    "ProviderName,ServiceName,ServiceCategory,ChargeCategory,ChargeClass,CommitmentDiscountStatus,"
    "BillingPeriodStart,ChargePeriodStart,ChargePeriodEnd,BillingCurrency,BilledCost,EffectiveCost,Tags"
)
REPORT = '[report]\ncompany = "By hand"\nmin_users = 1\n'


def cost(effective: str, tag: str = "", **other: str) -> str:
    """One line of a FOCUS file: Compute usage on 3 May 2024 in USD, unless said otherwise."""
    cells = {
        "provider": "Alpha",
        "service": "VM",
        "service_category": "Compute",
        "category": "Usage",
        "charge_class": "",
        "status": "",
        "billing": "2024-05-01",
        "start": "2024-05-03",
        "end": "2024-05-04",
        "currency": "USD",
        "billed": effective,
        "effective": effective,
        "tags": f'"{{""product"": ""{tag}""}}"' if tag else "",
    }
    assert not other.keys() - cells.keys()
    return ",".join({**cells, **other}.values())


def company(folder: Path, *costs: str, activity: str = "2024-05-02,u1,web,1", **files: str) -> Path:
    """A folder with one bill, one activity file and whatever else is given by name (dots as __)."""
    texts = {
        "report.toml": REPORT,
        "raw/focus/bill.csv": "\n".join([HEADER, *costs]),
        "raw/activity/days.csv": f"date,user_id,product_line,requests\n{activity}",
        **{name.replace("__", "."): text for name, text in files.items()},
    }
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text + "\n", encoding="utf-8")
    return folder


def values(folder: Path, month: str = "2024-05") -> dict[str, Any]:
    """Name to value text."""
    return {name: each["value"] for name, each in findings(folder, month).items()}


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        # 10 / 3 = 3 each, one unit left, all remainders equal: the first name takes it.
        (10, {"b": 1, "a": 1, "c": 1}, {"a": 4, "b": 3, "c": 3}),
        (-10, {"b": 1, "a": 1, "c": 1}, {"a": -4, "b": -3, "c": -3}),
        # 7 by 2:3:1 = 2.33, 3.50, 1.17: floors 2, 3, 1; the largest remainder is the second.
        (7, {"x": 2, "y": 3, "z": 1}, {"x": 2, "y": 4, "z": 1}),
        # A negative weight counts as none.
        (5, {"x": -4, "y": 1, "z": 1}, {"y": 3, "z": 2}),
        # Byte order: Z (5a) before a (61) before é (c3 a9); two units left over for three names.
        (2, {"é": 1, "a": 1, "Z": 1}, {"Z": 1, "a": 1, "é": 0}),
        (9, {"x": 0, "y": -1}, {}),
        (0, {"x": 1, "y": 2}, {"x": 0, "y": 0}),
    ],
)
def test_largest_remainder(total: int, weights: dict[str, int], parts: dict[str, int]) -> None:
    """Floors first, then single units by remainder and name; the sign comes back at the end."""
    assert largest_remainder(total, weights) == parts


@pytest.mark.parametrize(
    ("text", "money"),
    [
        ("0.0000000000000000005", 0),
        ("0.0000000000000000015", 2),
        ("-0.0000000000000000025", -2),
        ("0.00000000000000000250000001", 3),
        ("1.5E-18", 2),
        ("2.5e-18", 2),
        (" -$1,234.50 ", -1234_500000000000000000),
        ("1.5E+3", 1500 * 10**18),
    ],
)
def test_money_text_is_rounded_half_even_at_the_18th_decimal(text: str, money: int) -> None:
    """Ties go to the even digit, whatever the notation."""
    assert amount(text) == money


def test_number_texts() -> None:
    """Trailing zeros are cut, zero is 0, nothing has an exponent."""
    assert decimal_text(-1234_500000000000000000, 18) == "-1234.5"
    assert decimal_text(2, 18) == "0.000000000000000002"
    assert decimal_text(0, 18) == "0"
    assert [half_even(number, 2) for number in (1, 3, 5, -1, -3)] == [0, 2, 2, 0, -2]
    assert over_days(-8, 3) == [-3, -3, -2]


def test_moments() -> None:
    """Every accepted notation is the same moment."""
    texts = [
        "2024-05-01T00:00:00Z",
        "2024-05-01 00:00:00",
        "5/1/24",
        "2024-05-01T02:00:00+02:00",
        "2024-05-01",
    ]
    assert len({moment(text) for text in texts}) == 1


def test_slugs() -> None:
    """Byte order decides who gets the clean slug; hashes are of 日本, --- and a-b."""
    assert slugs(["a-b", "A b", "日本", "---", "\ufb01le"]) == {
        "---": "-cb3f91",
        "A b": "a-b",
        "a-b": "a-b-d44362",
        "日本": "-cf2abf",
        "\ufb01le": "file",
    }


def test_user_months_and_the_tier_of_the_last_day(tmp_path: Path) -> None:
    """u1: 3 free days of 4, then paid; u2: 1 free day. Heads: 1 free, 1 paid. User-months: 1.75 and 0.25."""
    days = "\n".join(f"2024-05-{day:02d},u1,web,1" for day in (1, 2, 3, 20)) + "\n2024-05-09,u2,web,1"
    subscriptions = "user_id,tier,started_on,ended_on,mrr\nu1,paid,2024-05-20,,9\nu1,free,2024-01-01,2024-05-20,0"
    report = REPORT + '[subscriptions]\npath = "subs.csv"'
    folder = company(tmp_path, cost("7"), activity=days, report__toml=report, subs__csv=subscriptions)
    got = values(folder)
    assert (got["mau"], got["mau.free"], got["mau.paid"], got["mau.switched_tier"]) == ("2", "1", "1", "1")
    assert (got["user_months.free"], got["user_months.paid"]) == ("1.75", "0.25")
    # Only u1 holds a subscription on 31 May: 7 / 1.
    assert (got["registered_users"], got["cost_per_registered_user"]) == ("1", "7")
    assert got["cost_per_user"] == "3.5"


def test_a_row_in_another_currency(tmp_path: Path) -> None:
    """10.01 EUR: effective at May's 1.0835 (charged) = 10.845835, billed at June's 1.1 = 11.011."""
    row = cost("10.01", currency="EUR", billing="2024-06-01")
    report = REPORT + '[fx]\npath = "fx.csv"'
    rates = "month,currency,rate\n2024-05,EUR,1.0835\n2024-06,EUR,1.1"
    got = values(company(tmp_path, row, report__toml=report, fx__csv=rates))
    assert (got["effective_cost"], got["billed_cost"]) == ("10.845835", "11.011")


def test_an_annual_row_is_spread_over_its_days(tmp_path: Path) -> None:
    """366 over 366 days from 15 January 2024: 17 in January, 29 in February; billed all in January."""
    row = cost("366", billing="2024-01-01", start="2024-01-15", end="2025-01-15")
    folder = company(tmp_path, row, activity="2024-01-02,u1,web,1\n2024-02-02,u1,web,1")
    january, february = values(folder, "2024-01"), values(folder, "2024-02")
    assert (january["effective_cost"], january["billed_cost"]) == ("17", "366")
    assert (february["effective_cost"], february["billed_cost"]) == ("29", "0")
    assert findings(folder, "2024-02")["effective_cost"]["previous"] == "17"


def test_spreading_gives_left_over_units_to_earlier_days(tmp_path: Path) -> None:
    """31 January 10:00 to 2 February 00:00:01 touches 3 days: 5e-18 is 2, 2, 1; January 2, February 3."""
    row = cost("5e-18", start="2024-01-31T10:00:00Z", end="2024-02-02T00:00:01Z")
    folder = company(tmp_path, row, activity="2024-01-02,u1,web,1\n2024-02-02,u1,web,1")
    assert values(folder, "2024-01")["effective_cost"] == "0.000000000000000002"
    assert values(folder, "2024-02")["effective_cost"] == "0.000000000000000003"


def test_a_period_that_ends_at_midnight_stays_in_its_month(tmp_path: Path) -> None:
    """The end is exclusive, so 1 May to 1 June touches no day of June."""
    folder = company(tmp_path, cost("31", start="2024-05-01", end="2024-06-01"))
    assert months(folder) == ["2024-05"]
    assert values(folder)["effective_cost"] == "31"


@pytest.mark.parametrize(("corrections", "april", "may"), [("restated", "7", "10"), ("as_booked", "9", "8")])
def test_corrections(tmp_path: Path, corrections: str, april: str, may: str) -> None:
    """April 9, May 10, and -2 booked in May for April: restated 7 and 10, as booked 9 and 8, both bases."""
    correction = cost("-2", charge_class="Correction", start="2024-04-05", end="2024-04-06")
    old = cost("9", start="2024-04-07", end="2024-04-08", billing="2024-04-01")
    report = REPORT + f'[costs]\ncorrections = "{corrections}"'
    days = "2024-04-02,u1,web,1\n2024-05-02,u1,web,1"
    folder = company(tmp_path, old, cost("10"), correction, activity=days, report__toml=report)
    for month, money in (("2024-04", april), ("2024-05", may)):
        assert {values(folder, month)[name] for name in ("billed_cost", "effective_cost")} == {money}


def test_what_stands_beside_the_numerator(tmp_path: Path) -> None:
    """Tax 3 and credit -4 stay out by default; dev is R&D; 20 in all: 12 prod or none, 8 dev."""
    dev = '"{""env"": ""dev"", ""product"": true}"'
    rows = [
        cost("12"),
        cost("8", tags=dev),
        cost("3", category="Tax"),
        cost("-4", category="Credit"),
        cost("100", service="Market"),
        cost("50", service="Market", category="Tax"),
    ]
    rules = '[[rule]]\nwhen = { ServiceName = "Mark*" }\nout_of_scope = "marketplace"'
    report = REPORT + '[allocation]\npath = "allocation.toml"'
    got = values(company(tmp_path, *rows, report__toml=report, allocation__toml=rules))
    wanted = {"scope_cost": "20", "cost.tax": "53", "cost.credits": "-4", "cost.out_of_scope": "100"}
    wanted |= {"cost.cogs": "12", "cost.rnd": "8", "cost.excluded": "0", "cost_per_user.net_of_credits": "16"}
    wanted |= {"effective_cost": "169", "tag_coverage": "0", "cost.unallocated": "20"}
    assert {name: got[name] for name in wanted} == wanted


@pytest.mark.parametrize(
    ("pool", "web", "search", "unallocated"),
    [
        # Direct: web 30, search 10, so 40 goes 3:1.
        ('method = "proportional"', "60", "20", "0"),
        ('method = "even"', "50", "30", "0"),
        # ghost does not exist in the month: what is left is 0.2 : 0.6.
        ('method = "fixed"\nshares = { web = 0.2, search = 0.6, ghost = 0.2 }', "40", "40", "0"),
        # Requests of the whole line: web 9, search 1.
        ('method = "driver"\ndriver = "requests"', "66", "14", "0"),
        ('method = "driver"\ndriver = "missing"', "30", "10", "40"),
        ('method = "fixed"\nshares = { ghost = 1 }', "30", "10", "40"),
    ],
)
def test_pools(tmp_path: Path, pool: str, web: str, search: str, unallocated: str) -> None:
    """A pool of 40 over two lines, by every method."""
    rows = [cost("30", "web"), cost("10", "search"), cost("40", "web", service="Net")]
    rules = f'[[rule]]\nwhen = {{ ServiceName = "Net" }}\nshared = "p"\n[[shared]]\npool = "p"\n{pool}'
    report = REPORT + '[allocation]\npath = "allocation.toml"'
    days = "2024-05-02,u1,web,9\n2024-05-02,u1,search,1"
    folder = company(tmp_path, *rows, activity=days, report__toml=report, allocation__toml=rules)
    got = values(folder)
    split = [got[f"cost.{name}"] for name in ("product.web", "product.search", "unallocated")]
    assert split == [web, search, unallocated]


def test_a_negative_pool_and_a_negative_line(tmp_path: Path) -> None:
    """Pool -1e-17 (10 units) by direct cost 2:1, -5 counting 0: -6.67 and -3.33 units, so -7 and -3."""
    rows = [cost("2", "a"), cost("1", "b"), cost("-5", "c"), cost("-1e-17", service="Net")]
    rules = '[[rule]]\nwhen = { ServiceName = "Net" }\nshared = "p"\n'
    rules += '[[shared]]\npool = "p"\nmethod = "proportional"'
    report = REPORT + '[allocation]\npath = "allocation.toml"'
    got = values(company(tmp_path, *rows, report__toml=report, allocation__toml=rules))
    assert got["cost.product.a"] == "1.999999999999999993"
    assert got["cost.product.b"] == "0.999999999999999997"
    assert got["cost.product.c"] == "-5"


@pytest.mark.parametrize(("mode", "left", "web"), [("split", "0", "16"), ("pool", "8", "10")])
def test_unused_commitment(tmp_path: Path, mode: str, left: str, web: str) -> None:
    """Used: web 6, search 2. Unused 8 whatever its tag: 6 and 2 when split, a pool of its own otherwise."""
    rows = [
        cost("6", "web", status="Used"),
        cost("4", "web"),
        cost("2", "search", status="Used"),
        cost("8", "search", status="Unused"),
    ]
    report = REPORT + f'[allocation]\nunused_commitment = "{mode}"'
    got = values(company(tmp_path, *rows, report__toml=report))
    assert (got["cost.unused_commitment"], got["cost.product.web"]) == (left, web)
    # Tagged: all 20. Owned by tag: all but the 8 unused.
    assert (got["tag_coverage"], got["allocation_coverage"]) == ("1", "0.6")


def test_drivers_split_lines_over_tiers(tmp_path: Path) -> None:
    """Storage by storage_gb 1:3, Compute by requests 3:1, Network's driver is all 0 so requests again.

    Storage 8 = 2 + 6, Compute 8 = 6 + 2, Network 8 = 6 + 2: free 14, paid 10; mail has no activity: 5.
    """
    rows = [cost("8", "web", service_category=each) for each in ("Storage", "Compute", "Network")]
    activity = "date,user_id,product_line,requests,storage_gb,egress_gb\n"
    activity += "2024-05-02,u1,web,3,1,0\n2024-05-02,u2,web,1,3,"
    report = REPORT + '[allocation]\npath = "allocation.toml"\n[subscriptions]\npath = "subs.csv"'
    texts = {
        "report__toml": report,
        "raw/activity/days__csv": activity,
        "allocation__toml": '[drivers]\nStorage = "storage_gb"\nNetwork = "egress_gb"',
        "subs__csv": "user_id,tier,started_on,ended_on,mrr\nu2,paid,2024-05-01,,9",
    }
    got = values(company(tmp_path, *rows, cost("5", "mail"), **texts))
    assert (got["cost.free"], got["cost.paid"], got["cost.no_tier"]) == ("14", "10", "5")
    assert (got["mau.product.mail"], got["cost_per_user.product.mail"]) == ("0", None)


def test_user_days_when_drivers_say_nothing(tmp_path: Path) -> None:
    """No requests at all: u1 was there on 2 days, u2 (paid) on 1, so 9 is split 6 and 3."""
    days = "2024-05-02,u1,web,0\n2024-05-02,u1,web,0\n2024-05-03,u1,web,0\n2024-05-02,u2,web,"
    report = REPORT + '[subscriptions]\npath = "subs.csv"'
    subscriptions = "user_id,tier,started_on,ended_on,mrr\nu2,paid,2024-05-01,,9"
    rows = cost("9", "web")
    got = values(company(tmp_path, rows, activity=days, report__toml=report, subs__csv=subscriptions))
    assert (got["cost.free"], got["cost.paid"]) == ("6", "3")


def test_tenancy(tmp_path: Path) -> None:
    """acme is dedicated in May: its tagged 6 over u1; the other 4 over u2 and u3."""
    tagged = '"{""account_id"": ""acme""}"'
    report = REPORT + '[subscriptions]\npath = "subs.csv"'
    subscriptions = (
        "user_id,tier,started_on,ended_on,mrr,account_id,tenancy\n"
        "u1,paid,2024-05-31,,9,acme,dedicated\nu2,paid,2024-01-01,2024-05-01,9,acme,dedicated"
    )
    days = "2024-05-02,u1,web,1\n2024-05-02,u2,web,1\n2024-05-02,u3,web,1"
    folder = company(
        tmp_path,
        cost("6", tags=tagged),
        cost("4"),
        activity=days,
        report__toml=report,
        subs__csv=subscriptions,
    )
    got = values(folder)
    assert got["cost_per_user.tenancy.dedicated"] == "6"
    assert got["cost_per_user.tenancy.shared"] == "2"


def test_users_who_come_stay_return_and_leave(tmp_path: Path) -> None:
    """March: a was there in February, b only in January, c never; d was in February and is gone.

    Requests in March: a 6, b 3, c 1. The first 1 and 5 % of three users are one user, 10 % too: 0.6.
    """
    days = "2024-01-02,b,web,1\n2024-02-02,a,web,1\n2024-02-02,d,web,1"
    days += "\n2024-03-02,a,web,4\n2024-03-03,a,search,2\n2024-03-02,b,web,3\n2024-03-02,c,web,1"
    rows = [cost("6", start=f"{month}-03", end=f"{month}-04") for month in ("2024-01", "2024-02", "2024-03")]
    folder = company(tmp_path, *rows, activity=days)
    got = values(folder, "2024-03")
    groups = [got[f"growth.{name}"] for name in ("new", "retained", "resurrected", "lost")]
    assert groups == ["1", "1", "1", "1"]
    assert {got[f"concentration.top_{top}"] for top in (1, 5, 10)} == {"0.6"}
    assert values(folder, "2024-01")["growth.new"] is None


def test_every_way_to_split_a_pool(tmp_path: Path) -> None:
    """web 30, search 10, pool 40: even 20 and 20, proportional 30 and 10, requests (9 and 1) 36 and 4. Two users."""
    rows = [cost("30", "web"), cost("10", "search"), cost("40", service="Net")]
    rules = '[[rule]]\nwhen = { ServiceName = "Net" }\nshared = "p"\n[[shared]]\npool = "p"\nmethod = "even"'
    report = REPORT + '[allocation]\npath = "allocation.toml"'
    days = "2024-05-02,u1,web,9\n2024-05-02,u2,search,1"
    got = values(company(tmp_path, *rows, activity=days, report__toml=report, allocation__toml=rules))
    ends = [got[f"cost_per_user.{name}_method"] for name in ("product.web.low", "product.web.high", "free.low", "high")]
    assert ends == ["50", "66", "40", "40"]
    # Usage alone: 40 for two users on free, without the pool.
    assert (got["cost_per_user.free.marginal"], got["cost_per_user.paid.marginal"]) == ("20", None)


def test_the_latest_delivery_counts_whole(tmp_path: Path) -> None:
    """Alpha's May comes three times, twice as one content: only the newest 7 counts; Beta's 1 stays."""
    old, new = "\n".join([HEADER, cost("5"), cost("6")]), "\n".join([HEADER, cost("7")])
    texts = {
        "raw/focus/delivery=2024-06-02T00:00:00Z/a__csv": old,
        "raw/focus/delivery=2024-06-10/a__csv": new,
        "raw/focus/delivery=2024-06-10/b__csv": new,
    }
    folder = company(tmp_path, cost("100"), cost("1", provider="Beta"), **texts)
    assert values(folder)["effective_cost"] == "8"


def test_three_lines_of_counts(tmp_path: Path) -> None:
    """With counts only, what needs single users is null, and cost of a line has no tier."""
    report = REPORT + '[activity]\naggregate = "mau.csv"'
    counts = "month,mau\n2024-05,4\n2024-06,5"
    got = values(company(tmp_path, cost("10", "web"), report__toml=report, mau__csv=counts))
    assert (got["cost_per_user"], got["mau"], got["cost.no_tier"]) == ("2.5", "4", "10")
    nulls = {"mau.free", "mau.multi_product", "user_months.paid", "registered_users", "cost_per_user.free"}
    nulls |= {"mau.product.web", "cost_per_user.tenancy.shared"}
    assert {name for name in nulls if got[name] is None} == nulls


def test_too_few_users(tmp_path: Path) -> None:
    """Four users are fewer than five: counts and money stay, what is divided by them goes."""
    days = "\n".join(f"2024-05-02,u{i},web,1" for i in range(4))
    folder = company(tmp_path, cost("10"), activity=days, report__toml=REPORT.replace("= 1", "= 5"))
    found = findings(folder, "2024-05")
    assert found["mau"]["value"] == "4"
    assert found["cost_per_user"] == {"value": None, "label": None, "previous": None, "reason": True}
