"""Old cost per user → new, by cause: each alone, together, and adding up whatever happens."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from material import small_bills
from material.small_bills import Row, daily, row
from oracle.companies import build

from unitcost.analyses.opening import open_company
from unitcost.numbers.estimate import ratio
from unitcost.publishing import basis
from unitcost.publishing.restatement import Basis, Group, GroupKey, Restatement, apportion, compare, differing

MONTH = "2024-05"
# 31 days of two rows of 1.50: 93.00 for 100 users.
BILL = daily(MONTH, range(1, 32))
EURO = [{**one, "BillingCurrency": "EUR"} for one in BILL]
TAX = row("2024-05-31", ChargeCategory="Tax", BilledCost="7", EffectiveCost="7")
OUT_OF_SCOPE = '[[rule]]\nwhen = { ServiceName = "Storage" }\nout_of_scope = "elsewhere"\n'


def rests_on(folder: Path, bill: list[Row], costs: str = "", more: str = "", **files: str) -> Basis:
    """What the month of a company with this bill rests on, written down and read back."""
    company = small_bills.company(folder, bill, costs, more, **files)
    text = basis.as_json(basis.basis_of(company, MONTH), {"mau": "3"})
    found, computed = basis.from_json(text.encode())
    assert (found, computed) == (basis.basis_of(company, MONTH), {"mau": "3"})
    return found


def users(count: int) -> str:
    return f"month,mau\n{MONTH},{count}\n"


def rates(rate: str) -> str:
    return f"month,currency,rate\n{MONTH},EUR,{rate}\n"


def told(found: Restatement) -> dict[str, str]:
    """The causes as text, having checked that they add up."""
    assert found.reason is None and found.old is not None and found.new is not None
    assert sum((c.amount for c in found.causes), Decimal(0)) == found.new - found.old
    sizes = [abs(c.amount) for c in found.causes]
    assert sizes == sorted(sizes, reverse=True)
    return {c.name: f"{c.amount.normalize():f}" for c in found.causes}


def test_nothing_changed_has_no_cause(tmp_path: Path) -> None:
    """The same rows in another order: no cause at all."""
    old = rests_on(tmp_path / "old", BILL)
    assert old.scope == 93 * 10**18 and old.cost_per_user == Decimal("0.93")
    assert told(compare(old, rests_on(tmp_path / "new", BILL[::-1]))) == {}


def test_late_rows_alone(tmp_path: Path) -> None:
    """A row of 10 more: (93 + 10) ÷ 100 − 93 ÷ 100 = 0.10."""
    old = rests_on(tmp_path / "old", BILL)
    found = compare(old, rests_on(tmp_path / "new", [*BILL, row("2024-05-20", BilledCost="10", EffectiveCost="10")]))
    assert told(found) == {"late_rows": "0.1"}
    assert [cause.cost for cause in found.causes] == [Decimal(10)]


def test_late_rows_of_a_service_that_was_not_there(tmp_path: Path) -> None:
    """A group that is new is late rows as well; 93 + 4 for 100 users."""
    late = row("2024-05-20", ServiceName="Storage", BilledCost="4", EffectiveCost="4")
    old = rests_on(tmp_path / "old", BILL)
    assert told(compare(old, rests_on(tmp_path / "new", [*BILL, late]))) == {"late_rows": "0.04"}
    assert told(compare(rests_on(tmp_path / "new", [*BILL, late]), old)) == {"late_rows": "-0.04"}


def test_a_delivery_that_replaces_another(tmp_path: Path) -> None:
    """The provider sends the month again with 12 more: the latest delivery counts, whole."""
    first, second = "delivery=2024-06-03T00:00:00Z", "delivery=2024-06-20T00:00:00Z"
    late = [*BILL, row("2024-05-31", BilledCost="12", EffectiveCost="12")]
    old = basis.basis_of(small_bills.company(tmp_path, {f"{first}/bill.csv": BILL}), MONTH)
    new = basis.basis_of(small_bills.company(tmp_path, {f"{second}/bill.csv": late}), MONTH)
    assert told(compare(old, new)) == {"late_rows": "0.12"}


def test_corrections_alone(tmp_path: Path) -> None:
    """3 taken back: −0.03; the rows of the bill say what they said."""
    taken_back = row("2024-05-20", ChargeClass="Correction", BilledCost="-3", EffectiveCost="-3")
    old = rests_on(tmp_path / "old", BILL)
    assert told(compare(old, rests_on(tmp_path / "new", [*BILL, taken_back]))) == {"corrections": "-0.03"}


@pytest.mark.parametrize(
    ("costs", "more", "amount"),
    [
        ('exclude_categories = ["Credit"]', "", "0.07"),  # tax counts: 93 + 7
        ('exclude_categories = ["Tax", "Credit", "Usage"]', "", "-0.93"),
        ("", '[allocation]\npath = "allocation.toml"', "-0.05"),  # storage of 5 is sent out of scope
        ('basis = "billed"', "", "0.2"),  # 20 were billed and are used later
    ],
)
def test_changed_rules_alone(tmp_path: Path, costs: str, more: str, amount: str) -> None:
    """The same rows by other rules: what counts, and by which basis."""
    storage = row("2024-05-07", ServiceName="Storage", BilledCost="5", EffectiveCost="5")
    purchase = row("2024-05-01", ChargeCategory="Purchase", BilledCost="20", EffectiveCost="0")
    bill = BILL + ([TAX] if "Credit" in costs else [storage] if more else [purchase])
    old = rests_on(tmp_path / "old", bill)
    new = rests_on(tmp_path / "new", bill, costs, more, allocation_toml=OUT_OF_SCOPE)
    assert told(compare(old, new)) == {"rules": amount}


def test_changed_rates_alone(tmp_path: Path) -> None:
    """93 euros at 1.10 and at 1.20: 102.3 and 111.6 dollars."""
    fx = '[fx]\npath = "fx.csv"'
    old = rests_on(tmp_path / "old", EURO, more=fx, fx_csv=rates("1.10"))
    new = rests_on(tmp_path / "new", EURO, more=fx, fx_csv=rates("1.20"))
    assert told(compare(old, new)) == {"rates": "0.093"}


def test_rates_and_rules_together(tmp_path: Path) -> None:
    """102.3 × (1.2 ÷ 1.1 − 1) = 9.3 is the rate's; 7 euros of tax at 1.2 = 8.4 are the rule's."""
    fx, bill = '[fx]\npath = "fx.csv"', [*EURO, {**TAX, "BillingCurrency": "EUR"}]
    old = rests_on(tmp_path / "old", bill, more=fx, fx_csv=rates("1.10"))
    new = rests_on(tmp_path / "new", bill, 'exclude_categories = ["Credit"]', fx, fx_csv=rates("1.20"))
    assert told(compare(old, new)) == {"rates": "0.093", "rules": "0.084"}


def test_rates_and_late_rows_in_one_group(tmp_path: Path) -> None:
    """What was there moves with the rate (9.3); the late 10 euros count at the rate of now (12)."""
    fx = '[fx]\npath = "fx.csv"'
    late = row("2024-05-20", BillingCurrency="EUR", BilledCost="10", EffectiveCost="10")
    old = rests_on(tmp_path / "old", EURO, more=fx, fx_csv=rates("1.10"))
    new = rests_on(tmp_path / "new", [*EURO, late], more=fx, fx_csv=rates("1.20"))
    assert told(compare(old, new)) == {"late_rows": "0.12", "rates": "0.093"}


def test_changed_users_alone_and_with_late_rows(tmp_path: Path) -> None:
    """93 ÷ 120 − 93 ÷ 100 = −0.155. With 10 more for 125 users: 0.10, and 103 ÷ 125 − 103 ÷ 100 = −0.206."""
    old = rests_on(tmp_path / "old", BILL)
    fewer = rests_on(tmp_path / "fewer", BILL, mau_csv=users(120))
    assert told(compare(old, fewer)) == {"users": "-0.155"}
    late = [*BILL, row("2024-05-20", BilledCost="10", EffectiveCost="10")]
    both = rests_on(tmp_path / "both", late, mau_csv=users(125))
    assert told(compare(old, both)) == {"users": "-0.206", "late_rows": "0.1"}


def test_a_changed_definition_takes_it_all(tmp_path: Path) -> None:
    """Numbers that mean something else are not taken apart."""
    old = replace(rests_on(tmp_path / "old", BILL), definitions="0")
    new = rests_on(tmp_path / "new", [*BILL, TAX], 'exclude_categories = ["Credit"]', mau_csv=users(80))
    assert told(compare(old, new)) == {"definition": "0.32"}  # 100 ÷ 80 − 93 ÷ 100


def test_corrections_that_count_elsewhere_now_are_a_changed_rule(tmp_path: Path) -> None:
    """A correction of April in May's bill: in May only as it was booked. 93 + 6 then, 93 now."""
    bill = [*BILL, {**row("2024-05-01", BilledCost="6", EffectiveCost="6"), "ChargeClass": "Correction"}]
    bill[-1] = {**bill[-1], "ChargePeriodStart": "2024-04-10T00:00:00Z", "ChargePeriodEnd": "2024-04-11T00:00:00Z"}
    old = rests_on(tmp_path / "old", bill, 'corrections = "as_booked"')
    new = rests_on(tmp_path / "new", bill)
    assert told(compare(old, new)) == {"rules": "-0.06"}


def test_a_row_that_says_something_else_to_a_rule_is_a_changed_row(tmp_path: Path) -> None:
    """A machine of 9 is renamed, and the same rule now sends it out of scope."""
    rule, more = (
        '[[rule]]\nwhen = { ResourceId = "lab" }\nout_of_scope = "x"\n',
        '[allocation]\npath = "allocation.toml"',
    )
    bills = [[*BILL, row("2024-05-09", ResourceId=name, EffectiveCost="9")] for name in ("vm-9", "lab")]
    old, new = (rests_on(tmp_path / f"{n}", bill, "", more, allocation_toml=rule) for n, bill in enumerate(bills))
    assert told(compare(old, new)) == {"late_rows": "-0.09"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"currency": "EUR"}, "published in EUR"),
        ({"cost_per_user": None}, "was not known"),
        ({"cost_per_user": Decimal("0.9")}, "not that of its rows"),
    ],
)
def test_what_cannot_be_compared_says_why(tmp_path: Path, change: dict[str, object], reason: str) -> None:
    """Another currency, no number, or a number that is not the rows'."""
    new = rests_on(tmp_path, BILL)
    found = compare(replace(new, **change), new)  # type: ignore[arg-type]
    assert found.causes == () and reason in (found.reason or "")


def test_another_fingerprint_is_no_change(tmp_path: Path) -> None:
    """A new version of the engine hashes otherwise: rows and cost then say whether something changed."""
    old = rests_on(tmp_path / "old", BILL)
    groups = {key: replace(group, content="0") for key, group in old.groups.items()}
    old = replace(old, fingerprint="duckdb 1.0.0", groups=groups)
    assert told(compare(old, rests_on(tmp_path / "same", BILL))) == {}
    taxed = rests_on(tmp_path / "rule", BILL, 'exclude_categories = ["Usage"]')
    assert told(compare(old, taxed)) == {"rules": "-0.93"}


KEYS = st.builds(
    GroupKey,
    provider=st.sampled_from(["AWS", "Azure"]),
    account=st.just("1"),
    period=st.sampled_from(["2024-04-01", "2024-05-01"]),
    category=st.sampled_from(["Usage", "Tax"]),
    service=st.sampled_from(["Compute", "Storage"]),
    currency=st.sampled_from(["USD", "EUR"]),
    is_correction=st.booleans(),
)
UNITS = st.integers(-(10**24), 10**24)
GROUPS = st.builds(
    lambda content, cost, counts: Group(content, 1, cost, cost if counts else 0),
    st.sampled_from("ab"),
    UNITS,
    st.booleans(),
)


@st.composite
def bases(draw: st.DrawFn) -> Basis:
    """Anything a month could rest on."""
    groups = draw(st.dictionaries(KEYS, GROUPS, min_size=1, max_size=8))
    mau = draw(st.integers(1, 10**7))
    return Basis(
        month=MONTH,
        definitions="1",
        currency="USD",
        basis=draw(st.sampled_from(["effective", "billed"])),
        mau=mau,
        cost_per_user=ratio(Fraction(sum(g.scope for g in groups.values()), 10**18), mau),
        fingerprint="duckdb 2.0.0",
        rates={"EUR": {MONTH: draw(st.decimals("0.5", "2", places=4))}},
        rules=draw(st.sampled_from("xy")),
        corrections=draw(st.sampled_from(["restated", "as_booked"])),
        defaults="",
        groups=groups,
    )


@settings(max_examples=300, deadline=dt.timedelta(seconds=2))
@given(old=bases(), new=bases())
def test_causes_add_up_whatever_changed(old: Basis, new: Basis) -> None:
    """Exactly, at the last of twelve decimals, and the same again."""
    found = compare(old, new)
    told(found)
    assert compare(old, new) == found
    assert told(compare(new, new)) == {}


@settings(max_examples=200)
@given(st.dictionaries(st.sampled_from("abcdef"), st.fractions(-5, 5), min_size=1), st.integers(-1, 1))
def test_a_part_is_never_far_from_what_it_is(parts: dict[str, Fraction], off: int) -> None:
    """Rounding moves a part by less than two units of the twelfth decimal, and parts of 0 stay out."""
    if not any(parts.values()):
        return
    whole = ratio(sum(parts.values(), Fraction(0)), 1) + Decimal(off).scaleb(-12)
    found = apportion(whole, parts)
    assert sum(found.values()) == whole
    assert set(found) == {name for name, part in parts.items() if part}
    assert all(abs(Fraction(found[name]) - parts[name]) < Fraction(2, 10**12) for name in found)


def test_which_findings_count_as_changed() -> None:
    """Values do; bars that depend on what was published, and names the program has learned since, do not."""
    before = {"a": ("1", None), "bridge.rate": ("1", None), "by.s3": ("2", "S3"), "gone": ("1", None)}
    assert differing(before, before) == []
    assert differing(before, {**before, "a": ("2", None)}) == ["a"]
    assert differing(before, {**before, "a": (None, None)}) == ["a"]
    assert differing(before, {**before, "bridge.rate": ("9", None), "bridge.new": ("1", None)}) == []
    assert differing(before, {**before, "learned": ("1", None), "other.x": ("1", "X")}) == []
    assert differing(before, {"a": ("1", None), "by.s4": ("2", "S4")}) == ["by.s3", "by.s4"]


def all_of(folder: Path) -> dict[str, Basis]:
    """What every month of a company rests on, written down and read back."""
    company = open_company(folder / "report.toml")
    return {m: basis.from_json(basis.as_json(basis.basis_of(company, m), {}).encode())[0] for m in company.months}


def causes(old: dict[str, Basis], new: dict[str, Basis]) -> set[str]:
    """The causes in all months with a cost per user, having checked that they add up."""
    found = [compare(old[m], new[m]) for m in old.keys() & new.keys() if old[m].cost_per_user is not None]
    return {name for one in found for name in told(one)}


@pytest.mark.parametrize("seed", [3000, 3003, *(pytest.param(s, marks=pytest.mark.long) for s in range(3004, 3020))])
def test_one_change_of_an_invented_company_has_one_cause(tmp_path: Path, seed: int) -> None:
    """Several providers, currencies, corrections, charges over months: read again, at other rates, by other rules."""
    folder = build(
        tmp_path / "company", seed, min_users=1, basis="effective", billing_currencies=("EUR", "USD"), currency="USD"
    )
    before = all_of(folder)
    assert before
    for month, found in before.items():
        assert (
            found.cost_per_user is None or ratio(Fraction(found.scope, 10**18), found.mau or 0) == found.cost_per_user
        ), month
    assert causes(before, all_of(folder)) == set()

    fx, settings_of = folder / "fx.csv", folder / "report.toml"
    rates_then, report_then = fx.read_text(), settings_of.read_text()
    head, *lines = rates_then.splitlines()
    dearer = [f"{line.rpartition(',')[0]},{Decimal(line.rpartition(',')[2]) * 2}" for line in lines]
    fx.write_text("\n".join([head, *dearer]) + "\n")
    assert causes(before, all_of(folder)) == {"rates"}
    fx.write_text(rates_then)

    settings_of.write_text(
        re.sub(r"(?m)^basis = .*\n", "", report_then).replace("[costs]", '[costs]\nbasis = "billed"')
    )
    assert causes(before, all_of(folder)) == {"rules"}
    settings_of.write_text(report_then)
    assert causes(before, all_of(folder)) == set()
