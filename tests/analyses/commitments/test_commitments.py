"""Coverage, utilisation and savings of commitments against figures worked by hand, and from bills."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from material.small_bills import PLAIN, Row, as_csv, company, row

from unitcost.analyses.commitments import views as commitment_views
from unitcost.analyses.commitments.positions import by_commitment, by_provider, commitment_findings, position, use_of
from unitcost.analyses.findings import findings as findings_of
from unitcost.display.tables import Unknown
from unitcost.month.company import Company
from unitcost.warehouse.rows import CommitmentRow

PRICED = ("CommitmentDiscountId", "CommitmentDiscountStatus", "PricingCategory", "ListCost", "ContractedCost")


def use(
    service: str, listed: int | None, contracted: int | None, effective: int, provider: str = "AWS", **changes: object
) -> CommitmentRow:
    """A usage row; its provider's commitment is named where it has a status."""
    values: dict[str, object] = {
        "provider": provider,
        "service": service,
        "commitment_id": None,
        "commitment_status": None,
        "charge_category": "Usage",
        "pricing_category": "Standard",
        "correction": False,
        "list_known": listed is not None,
        "contracted_known": contracted is not None,
        "billed": Decimal(effective),
        "effective": Decimal(effective),
        "list": None if listed is None else Decimal(listed),
        "contracted": None if contracted is None else Decimal(contracted),
        "rows": 1,
        "term_end": None,
    }
    return CommitmentRow(**{**values, **changes})  # type: ignore[arg-type]


def held(name: str, status: str = "Used") -> dict[str, object]:
    return {"commitment_id": name, "commitment_status": status, "pricing_category": "Committed"}


ROWS = [
    use("EC2", 100, 90, 60, **held("sp")),
    use("EC2", 50, 45, 45),
    use("EC2", 30, 30, 10, pricing_category="Dynamic"),  # spot has nothing to gain
    use("S3", 500, 500, 500),  # nothing of S3 is covered
    use("EC2", 15, 15, 15, **held("sp", "Unused")),
    use("EC2", 1000, 1000, 0, charge_category="Purchase", commitment_id="sp"),
    use("EC2", -10, -9, -6, correction=True, **held("sp")),
    use("VM", 40, 40, 30, "Azure", **held("ri")),
    use("VM", 10, 10, 10, "Azure", pricing_category="On-Demand"),
    use("VM", 8, 8, 8, "Azure", pricing_category=None),  # nobody says how it was priced
]


def test_ratios_are_ratios_of_sums() -> None:
    """140 of 200 covered at list; 90 of 105 used; eligible use and the unused 15 cost 160 instead of 200."""
    found = commitment_findings(ROWS)
    assert {name: estimate.value for name, estimate in found.items()} == {
        "commitment.coverage": Decimal("0.7"),
        "commitment.utilisation": Decimal("0.857142857143"),
        "commitment.effective_savings_rate": Decimal("0.2"),
    }
    assert {estimate.notebook for estimate in found.values()} == {"10_spend"}


def test_each_provider_has_its_own() -> None:
    """AWS: 100 of 150, 60 of 75, 120 for 150, of which 15 negotiated; Azure: 40 of 50, all used, 40 for 50."""
    found = by_provider(ROWS)
    shares = {n: (p.coverage.amount, p.utilisation.amount, p.effective_savings_rate.amount) for n, p in found.items()}
    assert shares == {
        "AWS": (Decimal("0.666666666667"), Decimal("0.8"), Decimal("0.2")),
        "Azure": (Decimal("0.8"), Decimal(1), Decimal("0.2")),
    }
    money = {n: (p.used, p.unused, p.negotiated.amount, p.committed.amount) for n, p in found.items()}
    assert money == {"AWS": (60, 15, 15, 15), "Azure": (30, 0, 0, 10)}


def test_each_commitment_covers_a_part_of_its_provider() -> None:
    """The savings plan: 100 of 150, 75 paid for what lists at 100; the reservation: 40 of 50, 30 for 40."""
    found = by_commitment(ROWS)
    shares = {n: (p.coverage.amount, p.utilisation.amount, p.effective_savings_rate.amount) for n, p in found.items()}
    assert shares == {
        ("AWS", "sp"): (Decimal("0.666666666667"), Decimal("0.8"), Decimal("0.25")),
        ("Azure", "ri"): (Decimal("0.8"), Decimal(1), Decimal("0.25")),
    }


@pytest.mark.parametrize(
    ("rows", "coverage", "utilisation"),
    [
        ([use("EC2", 10, 10, 10)], *["no commitment was used or paid for in this month"] * 2),
        (
            [use("EC2", 10, 10, 5, **held("sp")), use("EC2", None, 10, 10, rows=2)],
            "list cost is missing on 2 of 3 rows of eligible use",
            None,
        ),
        (
            [use("EC2", 0, 0, 0, **held("sp"))],
            "eligible use has no list cost above 0",
            "what was paid for commitments does not add up to more than 0",
        ),
        ([use("EC2", 9, 9, 9, **held("sp", "Unused"))], "eligible use has no list cost above 0", None),
    ],
)
def test_what_cannot_be_known_says_why(rows: list[CommitmentRow], coverage: str, utilisation: str | None) -> None:
    """Nothing committed, a price that is missing, nothing to divide by: null, never 0."""
    found = commitment_findings(rows)
    assert found["commitment.coverage"].reason == found["commitment.effective_savings_rate"].reason == coverage
    assert found["commitment.utilisation"].reason == utilisation


def test_a_missing_contracted_cost_hides_only_the_savings() -> None:
    """Coverage and rate rest on list and effective cost alone."""
    found = position(use_of([use("EC2", 10, None, 5, **held("sp"))]))
    assert (found.coverage.amount, found.effective_savings_rate.amount) == (Decimal(1), Decimal("0.5"))
    assert found.negotiated.amount is None
    assert found.committed.reason == "contracted cost is missing on 1 of 1 rows of eligible use"


def bills(folder: Path, rows: Sequence[Row], columns: Sequence[str] = (*PLAIN, *PRICED)) -> Company:
    (folder / "bills").mkdir()
    (folder / "bills" / "bill.csv").write_bytes(as_csv(rows, columns))
    return company(folder, {})


def priced(day: str, listed: str, contracted: str, effective: str, **changes: str) -> Row:
    plain = {
        "ListCost": listed,
        "ContractedCost": contracted,
        "EffectiveCost": effective,
        "PricingCategory": "Standard",
    }
    return row(day, **{**plain, **changes})


SP = {"CommitmentDiscountId": "sp", "PricingCategory": "Committed"}
BILL = [
    priced(
        "2024-01-01", "600", "600", "0", BilledCost="600", ChargeCategory="Purchase",
        ChargePeriodEnd="2024-08-01T00:00:00Z", **SP,
    ),
    priced("2024-05-01", "8", "8", "5", CommitmentDiscountStatus="Used", **SP),
    priced("2024-05-02", "2", "2", "2"),
    priced("2024-05-02", "", "", "1", CommitmentDiscountStatus="Unused", **SP),
]  # fmt: skip


def test_bills_become_findings_and_rows_of_a_page(tmp_path: Path) -> None:
    """8 of 10 covered, 5 of 6 used, 8 for 10; bought in January for seven months, so July is its last."""
    found = bills(tmp_path, BILL)
    findings = findings_of(found, "2024-05")
    assert findings["commitment.coverage"].value == Decimal("0.8")
    assert findings["commitment.utilisation"].value == Decimal("0.833333333333")
    assert findings["commitment.effective_savings_rate"].value == Decimal("0.2")
    rate, of_sp = Decimal("0.8"), [Decimal("0.833333333333"), Decimal("0.25"), Decimal(5), Decimal(1)]
    assert commitment_views.positions(found, "2024-05") == [
        ["AWS", "all commitments", rate, Decimal("0.833333333333"), Decimal("0.2"), Decimal(5), Decimal(1), None],
        ["AWS", "sp", rate, *of_sp, dt.date(2024, 7, 31)],
    ]
    assert commitment_views.savings(found, "2024-05") == [["AWS", Decimal(0), Decimal(2)]]
    assert commitment_views.expiring(found, "2024-05") == [("AWS", "sp", dt.date(2024, 7, 31), Decimal(6))]


def test_a_month_without_commitments_has_no_rows(tmp_path: Path) -> None:
    """The purchase of January covers nothing yet, and says so."""
    found = bills(tmp_path, BILL)
    assert (
        findings_of(found, "2024-01")["commitment.coverage"].reason
        == "no commitment was used or paid for in this month"
    )
    assert commitment_views.positions(found, "2024-01") == []
    assert commitment_views.expiring(found, "2024-01") == []


def test_a_monthly_fee_says_nothing_about_the_term(tmp_path: Path) -> None:
    """A recurring purchase ends with its month, the commitment does not."""
    fee = priced("2024-05-01", "31", "31", "0", ChargeCategory="Purchase", ChargePeriodEnd="2024-06-01T00:00:00Z", **SP)
    found = bills(tmp_path, [fee, *BILL[1:]])
    assert commitment_views.positions(found, "2024-05")[1][-1] is None
    assert commitment_views.expiring(found, "2024-05") == []


def test_bills_without_list_cost_keep_what_they_can_say(tmp_path: Path) -> None:
    """Utilisation needs no list price."""
    found = bills(tmp_path, BILL, (*PLAIN, *PRICED[:3]))
    findings = findings_of(found, "2024-05")
    assert findings["commitment.utilisation"].value == Decimal("0.833333333333")
    reason = "list cost is missing on 2 of 2 rows of eligible use"
    assert findings["commitment.coverage"].reason == reason
    [[_, _, coverage, *_], _] = commitment_views.positions(found, "2024-05")
    assert coverage == Unknown(reason)
