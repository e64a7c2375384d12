"""Bills that nobody here wrote: every figure that is known of them comes out exactly, and their flaws are said.

The figures are those that come with the data, or are counted here with csv and Decimal alone.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import lxml.html
import pytest
from material.three_lines import call

from unitcost.analyses.opening import open_company
from unitcost.analyses.quality import inputs as quality

MAU = "month,mau\n" + "".join(f"{year}-{month:02d},1000\n" for year in range(2023, 2027) for month in range(1, 13))
REPORT = """\
[report]
company = "Real Bills"
min_users = 1
[costs]
paths = ["{paths}"]
spread = "start"
{costs}
[activity]
aggregate = "mau.csv"
"""
REQUIRED = (
    "BilledCost", "EffectiveCost", "BillingCurrency", "BillingPeriodStart", "ChargePeriodStart", "ChargePeriodEnd",
    "ChargeCategory", "ServiceName", "ProviderName",
)  # fmt: skip
DEFAULTS = 'defaults = { BillingCurrency = "USD", ServiceName = "Service", ProviderName = "Provider" }'


def configured(folder: Path, paths: Path, costs: str = "") -> Path:
    """A company of these bills and 1,000 users a month."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mau.csv").write_text(MAU)
    config = folder / "report.toml"
    config.write_text(REPORT.format(paths=paths, costs=costs))
    return config


def figures(config: Path, months: list[str]) -> dict[str, Decimal]:
    """Billed and effective cost as `unitcost findings` gives them, added over months."""
    total: Counter[str] = Counter()
    for month in months:
        code, said, err = call("findings", month, "--config", config, "--json")
        assert code == 0, err
        findings = json.loads(said)["findings"]
        for name in ("billed_cost", "effective_cost"):
            total[name] += Decimal(findings[name]["value"])  # type: ignore[assignment]
    return dict(total)  # type: ignore[arg-type]


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def money(text: str) -> Decimal:
    return Decimal(re.sub(r"[$, ]", "", text))


# The official sample


@pytest.fixture
def sample(shared_data: Path) -> Path:
    return shared_data / "focus-sample" / "focus_sample.csv"


def test_the_official_sample_comes_out_to_the_last_digit(sample: Path, tmp_path: Path) -> None:
    """1,000 rows of three providers, with bare NULL, no zones and 13 negative rows."""
    config = configured(tmp_path, sample)
    assert figures(config, ["2024-09"]) == {
        "billed_cost": Decimal("20.52022672899"),
        "effective_cost": Decimal("14.97651418586"),
    }


def test_the_flaws_of_the_official_sample_are_named(sample: Path, tmp_path: Path) -> None:
    """AWS is rounded, Oracle is all zero in both billing periods, Microsoft's rows end on the 19th."""
    rows = rows_of(sample)
    gap: Counter[tuple[str, str]] = Counter()
    for row in rows:
        key = (row["ProviderName"], row["BillingPeriodStart"][:7])
        gap[key] += Decimal(row["BilledCost"]) - Decimal(row["EffectiveCost"])  # type: ignore[assignment]
    microsoft = [row for row in rows if row["ProviderName"] == "Microsoft"]
    days = {row["ChargePeriodStart"][:10] for row in microsoft}
    assert (min(days), max(days), len(days)) == ("2024-09-01", "2024-09-19", 19)
    lost = sum((Decimal(row["EffectiveCost"]) for row in microsoft), Decimal(0)) / 19 * 11
    found = {
        (d.kind.value, d.where): d.money for d in quality.damage(open_company(configured(tmp_path, sample)), "2024-09")
    }
    assert found.pop(("early_end", "Microsoft")) == pytest.approx(lost, abs=Decimal("1e-12"))
    assert found == {
        ("effective_whole", "AWS, billing period 2024-09"): gap["AWS", "2024-09"],
        ("effective_zero", "Oracle, billing period 2024-09"): gap["Oracle", "2024-09"],
        ("effective_zero", "Oracle, billing period 2024-10"): gap["Oracle", "2024-10"],
    }


def test_the_oddities_of_the_official_sample_are_counted(sample: Path, tmp_path: Path) -> None:
    """By hand: 13 negative rows, 7 Usage-based, bare NULLs everywhere, 51 rows for a day among 949 for an hour."""
    rows = rows_of(sample)
    read = ("PublisherName", "InvoiceIssuerName", "SubAccountId", "SubAccountName", "ChargeClass", "ChargeFrequency",
            "ServiceCategory", "CommitmentDiscountStatus", "Tags")  # fmt: skip
    odd = {
        "Rows with a negative amount": [
            r for r in rows if Decimal(r["BilledCost"]) < 0 or Decimal(r["EffectiveCost"]) < 0
        ],
        "Rows with a cell that says NULL, read as empty": [r for r in rows if "NULL" in [r[name] for name in read]],
        "Rows that spell Usage-Based as Usage-based": [r for r in rows if r["ChargeFrequency"] == "Usage-based"],
        "Rows for a day among 949 for an hour": [
            r for r in rows if r["ChargePeriodStart"][11:] == "00:00:00" == r["ChargePeriodEnd"][11:]
        ],
    }
    expected = {what: (len(own), sum((Decimal(r["BilledCost"]) for r in own), Decimal(0))) for what, own in odd.items()}
    assert [count for count, _ in expected.values()] == [13, 1000, 7, 51]
    accepted = quality.accepted(open_company(configured(tmp_path, sample)), "2024-09")
    assert {entry.what: (entry.count, entry.sum) for entry in accepted} == expected
    assert all(entry.example for entry in accepted)


@pytest.fixture
def pages(sample: Path, tmp_path: Path) -> Path:
    """The published set of the official sample."""
    config = configured(tmp_path, sample)
    code, _, err = call("report", "2024-09", "--config", config, "--out", tmp_path / "reports")
    assert code == 0, err
    return tmp_path / "reports" / "2024-09"


def test_every_reader_sees_the_damage_and_nothing_is_repaired(pages: Path) -> None:
    """Page one names AWS, in at most 120 words; the section lists all; the last page repeats nothing."""
    published = json.loads((pages / "findings.json").read_text("utf-8"))["findings"]
    assert published["effective_cost"]["value"] == "14.97651418586"
    told = json.loads((pages / "manifest.json").read_text("utf-8"))
    assert [(d["kind"], d["provider"]) for d in told["damage"]] == [
        ("effective_whole", "AWS"),
        ("early_end", "Microsoft"),
        ("effective_zero", "Oracle"),
        ("effective_zero", "Oracle"),
    ]
    assert {t["what"]: t["count"] for t in told["tolerances"]}["Rows with a negative amount"] == 13
    for role in ("cto", "vp-engineering", "cfo"):
        page = lxml.html.fromstring((pages / f"{role}.html").read_text("utf-8"))
        notes = [" ".join(node.text_content().split()) for node in page.xpath("//p[@class='warning']")]
        assert notes == [
            "Note EffectiveCost of AWS and Oracle is damaged: billed − effective is USD 5.54.",
            "Note Microsoft: the bill ends on 2024-09-19 (about USD 1.14).",
        ]
        text = " ".join(page.text_content().split())
        assert text.count("The bills have four flaws, the largest USD 5.01") == 1
        assert text.count("What was accepted as it is") == 1
        assert "Accepted and counted" not in text


# The examples of the specification

SPECIFIED = {
    "commitment_discount_purchase_scenario_1": ("8760", "0"),
    "commitment_discount_usage_scenario_1": ("0", "1"),
    "commitment_discount_usage_scenario_3": ("0", "1"),
    "commitment_discount_usage_scenario_4": ("0.5", "1.5"),
    "one_hundred_percent_utilization_without_commitment_discount_flexibility": ("1.5", "1.5"),
    "zero_percent_utilization_without_commitment_discount_flexibility": ("3.5", "3.5"),
    "saas_spend_agreements_a1": ("1200", "1200"),
    "saas_spend_agreements_a2": ("1200", "1200"),
    "saas_spend_agreements_b1": ("1200", "1200"),
    "saas_spend_agreements_b2": ("1200", "1200"),
    "virtual_currency_pricing_model_a1": ("200000", "0"),
    "virtual_currency_pricing_model_a2": ("0", "1230"),
}
# Two examples end at the hour 30 of a day, which does not exist; such a file is refused with its line.
IMPOSSIBLE = {
    "commitment_discount_purchase_scenario_2": "line 4, column ChargePeriodEnd",
    "commitment_discount_purchase_scenario_3": "line 5, column ChargePeriodEnd",
}


def examples(shared_data: Path) -> Iterator[tuple[Path, list[dict[str, str]]]]:
    paths = sorted((shared_data / "focus-spec-examples").glob("*.csv"))
    assert len(paths) == 26
    for path in paths:
        yield path, rows_of(path)


def months_of(rows: list[dict[str, str]]) -> list[str]:
    """The charge months, written 2025-04-01T… or 4/1/25."""
    found = set()
    for row in rows:
        slashed = re.fullmatch(r"(\d+)/\d+/(\d\d)", row["ChargePeriodStart"])
        found.add(f"20{slashed[2]}-{int(slashed[1]):02d}" if slashed else row["ChargePeriodStart"][:7])
    return sorted(found)


def test_the_examples_of_the_specification_come_out_exactly(shared_data: Path, tmp_path: Path) -> None:
    """24 of 26 files: what their authors say of them, else the sum of their cells; defaults fill lacking columns."""
    seen = set()
    for path, rows in examples(shared_data):
        sums = [sum((money(row[name]) for row in rows), Decimal(0)) for name in ("BilledCost", "EffectiveCost")]
        if path.stem in SPECIFIED:
            seen.add(path.stem)
            assert sums == [Decimal(text) for text in SPECIFIED[path.stem]]
        config = configured(tmp_path / path.stem, path, DEFAULTS)
        if path.stem in IMPOSSIBLE:
            code, _, err = call("findings", months_of(rows)[0], "--config", config)
            assert (code, IMPOSSIBLE[path.stem] in err) == (3, True), err
            continue
        assert list(figures(config, months_of(rows)).values()) == sums, path.stem
        lacking = not set(REQUIRED) <= set(rows[0])
        accepted = quality.accepted(open_company(config), months_of(rows)[0])
        assert any("lack a column" in entry.what for entry in accepted) == lacking, path.stem
    assert seen == set(SPECIFIED)


def test_an_example_without_a_required_column_is_refused_by_its_name(shared_data: Path, tmp_path: Path) -> None:
    """Without defaults a lacking column is exit 3 and named; the others need none."""
    refused = 0
    for path, rows in examples(shared_data):
        lacking = [name for name in REQUIRED if name not in rows[0]]
        config = configured(tmp_path / path.stem, path)
        if not lacking:
            figures(config, months_of(rows)[:1])
            continue
        refused += 1
        code, _, err = call("findings", months_of(rows)[0], "--config", config)
        assert code == 3
        assert f"Required columns {', '.join(lacking)} are missing" in err
        assert path.name in err
    assert refused == 11


def test_the_dates_and_signs_of_the_examples_are_counted(shared_data: Path, tmp_path: Path) -> None:
    """The SaaS examples write 4/1/25 and $10,000.00 in every row."""
    path = shared_data / "focus-spec-examples" / "simple_saas_agreements_c.csv"
    rows = rows_of(path)
    by_month = Counter(months_of([row])[0] for row in rows)
    company = open_company(configured(tmp_path, path))
    for month, count in by_month.items():
        counts = {entry.what: entry.count for entry in quality.accepted(company, month)}
        assert counts["Rows with a date written month/day/year"] == count
        assert counts["Rows with an amount written with a currency sign, commas or blanks"] == count


# Generated bills of three clouds

GENERATED = {
    "aws-2026-01": "27337.84081893180875",
    "aws-2026-02": "21249.51042704346125",
    "aws-2026-03": "21799.04961725294",
    "aws-2026-04": "23618.5769887001325",
    "aws-2026-05": "24200.9724650414075",
    "aws-2026-06": "25939.2273777481975",
    "azure-2026-05": "49321.10820024424",
    "gcp-2026-05": "31758.2106338807835",
}


@pytest.mark.parametrize("name", GENERATED)
def test_generated_bills_come_out_to_the_last_digit(name: str, shared_data: Path, tmp_path: Path) -> None:
    """1,000 rows each, billed = effective."""
    config = configured(tmp_path, shared_data / "focus-generated" / f"{name}.csv")
    expected = Decimal(GENERATED[name])
    assert figures(config, [name[-7:]]) == {"billed_cost": expected, "effective_cost": expected}


def test_generated_bills_together(shared_data: Path, tmp_path: Path) -> None:
    """In June two clouds of May have vanished; no EffectiveCost is accused, though purchases cost 0."""
    company = open_company(configured(tmp_path, shared_data / "focus-generated" / "*.csv"))
    june = quality.damage(company, "2026-06")
    gone = {d.provider: d.money for d in june if d.kind.value == "vanished"}
    assert gone == {
        name: Decimal(GENERATED[f"{key}-2026-05"])
        for name, key in (("Microsoft Azure", "azure"), ("Google Cloud", "gcp"))
    }
    kinds = {d.kind.value for month in company.months for d in quality.damage(company, month)}
    assert kinds == {"vanished", "early_end"}  # every month of these bills ends on the 28th
