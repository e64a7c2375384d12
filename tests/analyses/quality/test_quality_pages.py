"""Where the state of the bills is said: page one in few words, the section, the invoices, the last page."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import lxml.html
import pytest
from material.page_facts import ROLES, facts, summary
from material.small_bills import company, daily, row
from material.three_lines import call

from unitcost.analyses.opening import open_company
from unitcost.analyses.quality import inputs as quality
from unitcost.analyses.quality import views as quality_views
from unitcost.analyses.quality.damage import Damage, Kind
from unitcost.analyses.quality.invoices import Compared
from unitcost.analyses.quality.sentences import warnings
from unitcost.analyses.quality.tolerances import ROWS_WITHOUT_EFFECTIVE, Accepted
from unitcost.display.facts import Toleration
from unitcost.display.formats import Formats
from unitcost.pages.normalise import Normaliser
from unitcost.pages.trust import trust


def flaw(kind: Kind, money: str, provider: str = "AWS", currency: str = "USD", measure: str = "") -> Damage:
    return Damage(kind, provider, provider, "what is seen", "What is seen.", Decimal(money), currency, measure)


def said(*damaged: Damage, accepted: tuple[Accepted, ...] = ()) -> list[str]:
    return [text.replace("\u00a0", " ") for text in warnings(damaged, accepted, "en_US", "USD")]


def test_page_one_names_effective_cost_first_and_the_largest_of_the_rest() -> None:
    """One note for damaged providers, billing periods added; one for rows without EffectiveCost; one for the rest."""
    whole, zero = Kind.EFFECTIVE_WHOLE, Kind.EFFECTIVE_ZERO
    found = said(
        flaw(Kind.VANISHED, "12345.6", "GCP"),
        flaw(whole, "10.5"),
        flaw(Kind.EARLY_END, "9", "Azure", "EUR", "about: mean of a day × 3"),
        flaw(whole, "0.5"),
        flaw(zero, "0.25", "Oracle"),
        flaw(zero, "0.1", "Other"),
        accepted=(Accepted(ROWS_WITHOUT_EFFECTIVE, 12, Decimal("34.5")),),
    )
    assert found == [
        "EffectiveCost of AWS, Oracle and one more is damaged: billed − effective is USD 11.35.",
        "12 rows lack EffectiveCost and count 0 (USD 34.50 billed).",
        "Two more flaws, the largest: GCP, what is seen (USD 12,346).",
    ]
    assert said(flaw(whole, "2", currency="EUR"), flaw(whole, "-0.5", "GCP")) == [
        "EffectiveCost of AWS and GCP is damaged (whole numbers only): billed − effective is EUR 2.00 and USD −0.500."
    ]
    assert said(flaw(Kind.EARLY_END, "9", "Azure", "EUR", "about: x")) == ["Azure: what is seen (about EUR 9.00)."]
    assert said() == []


@pytest.mark.parametrize("role", sorted(ROLES))
def test_page_one_stays_within_120_words(role: str) -> None:
    """With notes of every kind on it."""
    notes = said(
        *(flaw(kind, "1234.5", f"Provider {number}") for number, kind in enumerate([*Kind, Kind.EFFECTIVE_ZERO] * 2)),
        accepted=(Accepted(ROWS_WITHOUT_EFFECTIVE, 12, Decimal("34.5")),),
    )
    about = replace(facts("3.87", "4.09", "4.80"), targets={"2024-05": Decimal("3.90")}, warnings=notes)
    page = summary(ROLES[role], about)
    assert list(page.warnings) == notes
    assert len(" ".join([page.headline, page.question, *page.sentences, *page.warnings]).split()) <= 120


def test_an_endless_name_stays_out_of_a_note() -> None:
    """A provider of 300 letters is cut on page one."""
    [note] = summary(ROLES["cto"], replace(facts("3.87"), warnings=["x" * 300 + ": no rows"])).warnings
    assert len(note) < 60


def test_the_headline_counts_flaws_and_names_the_largest(tmp_path: Path) -> None:
    """Flaws, only oddities, nothing at all."""
    bad = company(tmp_path / "a", daily("2024-05", range(1, 21)))
    odd = company(tmp_path / "b", [row(BilledCost="-1.5")])
    plain = company(tmp_path / "c", [row()])
    texts = [quality_views.headline(c, "2024-05").replace("\u00a0", " ") for c in (bad, odd, plain)]
    assert texts == [
        "The bills have one flaw, about USD 33.00",
        "No flaw shows in the bills; one oddity was accepted",
        "",
    ]


def test_the_last_page_lists_tolerances_only_where_no_section_does() -> None:
    """A reader without the section finds them, with sum and example, on the last page."""
    entry = Toleration("Rows with a negative amount", 3, Decimal("-516.5"), "AWS, Tax")
    about = replace(facts("3.87"), tolerances=[entry])
    for accepted in (True, False):
        section = trust(about, Normaliser(Formats.of("en_US", "USD")), accepted=accepted)
        tables = [b for b in section.blocks if getattr(b, "caption", "").startswith("What was accepted")]
        assert len(tables) == accepted
    [table] = [
        b for b in trust(about, Normaliser(Formats.of("en_US", "USD"))).blocks
        if getattr(b, "caption", "").startswith("What was accepted")
    ]  # fmt: skip
    assert [cell.text for cell in table.rows[0]] == [entry["what"], "3", "−516.50", "AWS, Tax"]  # type: ignore[union-attr]


def test_a_company_without_flaws_and_oddities_has_no_such_section(tmp_path: Path) -> None:
    """Nothing is shown where there is nothing to say; the manifest lists are empty."""
    company(tmp_path, [row()])
    config = tmp_path / "report.toml"
    assert call("report", "2024-05", "--config", config, "--out", tmp_path / "out", "--role", "cfo")[0] == 0
    page = lxml.html.fromstring((tmp_path / "out" / "2024-05" / "cfo.html").read_text("utf-8"))
    # The words are explained on the last page all the same.
    assert page.xpath("//section[@id='data-quality'] | //h2[contains(., 'flaw')]") == []
    told = json.loads((tmp_path / "out" / "2024-05" / "manifest.json").read_text("utf-8"))
    assert (told["damage"], told["tolerances"]) == ([], [])


# Invoices


def test_bills_are_compared_with_invoices_by_billing_month(tmp_path: Path) -> None:
    """Billed 3.00 against 2.50, 20 %; no invoice, an invoice of 0, one without a bill, and a bill that goes on."""
    late = {"BillingPeriodStart": "2024-06-01T00:00:00Z", "BillingPeriodEnd": "2024-07-01T00:00:00Z"}
    early = {"BillingPeriodStart": "2024-04-01T00:00:00Z", "BillingPeriodEnd": "2024-05-01T00:00:00Z"}
    bill = [
        row(), row("2024-05-02"), row("2024-06-03"),
        row(ProviderName="GCP"),
        row(ProviderName="Free"),
        row("2024-04-30", ProviderName="Old", BilledCost="4"), row(ProviderName="Old", BilledCost="5", **early),
        row("2024-05-31", ProviderName="Next", **late),
    ]  # fmt: skip
    invoices = (
        "provider,billing_month,currency,amount\nAWS,2024-05,USD,1.5\nAWS,2024-05,USD,1.0\nFree,2024-05,USD,0\n"
        "Gone,2024-05,USD,7\nOld,2024-04,USD,9\nNext,2024-06,USD,2\nAWS,2024-03,USD,99\n"
    )
    own = company(tmp_path, bill, more='[invoices]\npath = "invoices.csv"', invoices_csv=invoices)
    found = {(c.billing_month, c.provider): c for c in quality.invoices(own, "2024-05")}
    d = Decimal
    assert found == {
        (m, p): Compared(m, p, "USD", *rest)
        for m, p, *rest in [
            ("2024-04", "Old", d(9), d(9), d(0), d(0), ""),
            ("2024-05", "AWS", d(3), d("2.5"), d("0.5"), d("0.2"), ""),
            ("2024-05", "Free", d("1.5"), d(0), d("1.5"), None, "the invoice is 0"),
            ("2024-05", "GCP", d("1.5"), None, None, None, "no invoice is given"),
            ("2024-05", "Gone", None, d(7), None, None, "the bills have no row of it"),
            ("2024-06", "Next", d("1.5"), d(2), None, None, "only its charges until 2024-05 are in this report"),
        ]
    }
    rows, columns = quality_views.invoice_table(own, "2024-05")
    assert len(rows) == 6
    assert len(columns) == 7
    assert quality_views.invoice_table(company(tmp_path / "none", bill), "2024-05")[0] == []


def test_the_invoice_planted_in_the_sample_company_is_seen(sample_company: Path) -> None:
    """Microsoft's invoice for May 2024 is 14.28 euros higher than its bill; all others agree."""
    found = quality.invoices(open_company(sample_company / "report.toml"), "2024-05")
    assert {c.provider: c.difference for c in found if c.difference} == {"Microsoft": Decimal("-14.28")}
