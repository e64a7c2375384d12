"""Page one says the right direction in every month, from the digits it shows, and never a cause."""

from __future__ import annotations

import datetime as dt
import random
import re
from dataclasses import replace
from decimal import Decimal

import pytest
from material.page_facts import ROLES, amount, facts, summary

from unitcost.display.facts import Replaced, ReportFacts, RestatedPart
from unitcost.display.formats import Formats
from unitcost.display.model import Role
from unitcost.numbers.estimate import Estimate, plain


def said(role: Role, about: ReportFacts) -> str:
    return summary(role, about).headline.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("role", "headline"),
    [
        ("cto", "Serving one user cost USD 3.87 in May 2024, 5.4% less than in April 2024"),
        ("vp-engineering", "Cost per user fell by 5.4% to USD 3.87 in May 2024, from USD 4.09"),
        ("cfo", "100 users cost USD 100.00 in May 2024: USD 3.87 each, 5.4% less than in April 2024"),
    ],
)
def test_each_reader_gets_a_sentence_with_number_direction_and_size(role: str, headline: str) -> None:
    """(4.09 − 3.87) ÷ 4.09 is 5.38 %."""
    assert said(ROLES[role], facts("3.87", "4.09")) == headline


@pytest.mark.parametrize("role", sorted(ROLES))
def test_a_number_that_analysts_changed_is_marked_where_it_stands(role: str) -> None:
    """In the headline, on its tile and in the list of changes; nothing else is marked."""
    about = replace(facts("3.87", "4.09"), analysts_edits=("Notebook a was edited",), changed={"cost_per_user": "4"})
    page = summary(ROLES[role], about)
    assert page.headline.endswith("(changed by analysts)")
    assert [tile.label for tile in page.tiles if "changed by analysts" in tile.lines] == ["Cost per user"]
    assert page.warnings[-1] == "Findings changed by analysts: cost_per_user"
    assert "changed by analysts" not in said(ROLES[role], facts("3.87", "4.09"))


@pytest.mark.parametrize("role", sorted(ROLES))
def test_no_month_before_means_no_comparison(role: str) -> None:
    """The first month has a number and no direction."""
    text = said(ROLES[role], facts("3.87"))
    assert "USD 3.87" in text
    assert not re.search(r"less|more|same|rose|fell|stayed|than", text)


@pytest.mark.parametrize("role", sorted(ROLES))
def test_an_unknown_number_says_why(role: str) -> None:
    """The reason stands where the number would, and no tile shows what is not known."""
    page = summary(ROLES[role], facts(None, "4.09"))
    assert "is not known: 12 users are too few" in page.headline
    assert "Cost per user" not in [tile.label for tile in page.tiles]


@pytest.mark.parametrize("role", sorted(ROLES))
def test_the_direction_is_that_of_the_digits_shown(role: str) -> None:
    """In 200 pairs of months, up, down and flat, small and large, the word fits what a reader can compare."""
    chance = random.Random(20240501)
    for _ in range(200):
        before = Decimal(chance.randrange(1, 10**6)).scaleb(-chance.choice([2, 4, 6]))
        now = before * (1 + Decimal(chance.choice([-40, -5, 0, 0, 1, 7, 300])) / chance.choice([100, 10_000]))
        show = Formats.of("en_US", "USD").unit_cost
        text = said(ROLES[role], facts(plain(now), plain(before)))
        words = set(re.findall(r"\b(less|fell|more|rose|same|stayed)\b", text))
        if show(now) == show(before):
            expected = {"same"} if role != "vp-engineering" else {"stayed"}
        elif now > before:
            expected = {"rose"} if role == "vp-engineering" else {"more"}
        else:
            expected = {"fell"} if role == "vp-engineering" else {"less"}
        assert words == expected, text


@pytest.mark.parametrize("role", sorted(ROLES))
def test_page_one_is_short_and_names_no_cause(role: str) -> None:
    """At most 120 words of text, at most four tiles, status with what it waits for, and no causal word."""
    about = facts("3.87", "4.09", "4.80")
    page = summary(ROLES[role], replace(about, targets={"2024-05": Decimal("3.90")}))
    text = " ".join([page.headline, page.question, *page.sentences])
    assert len(text.split()) <= 120
    assert len(page.tiles) <= 4
    assert page.status_text == "Preliminary: waits for AWS (closes on 2024-06-10)"
    assert not re.search(r"\b(because|due to|caused?|drove|led to|thanks|saved|result)\b", text, re.I)
    assert ("19.4% lower than in May 2023" in text.replace("\u00a0", " ")) == ("year" in ROLES[role].statements)


RESTATED = Replaced(
    run_id="0" * 16,
    as_of=dt.date(2024, 6, 12),
    old=Decimal("0.541"),
    new=Decimal("0.522"),
    unit="USD/user",
    causes=(
        RestatedPart("late_rows", "late or changed rows", Decimal("-0.02"), Decimal(-2)),
        RestatedPart("users", "changed users", Decimal("0.001"), None),
    ),
)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, "USD 0.541 became 0.522, mostly late or changed rows"),
        ({"causes": RESTATED.causes[:1]}, "USD 0.541 became 0.522, all late or changed rows"),
        ({"new": Decimal("0.5412")}, "USD 0.5410 became 0.5412, mostly late or changed rows"),
        ({"causes": (), "reason": "it is gone"}, "USD 0.541 became 0.522; what changed is unknown: it is gone"),
        ({"new": None, "causes": (), "reason": "too few users"}, "USD 0.541 became n/a: too few users"),
        (
            {"new": Decimal("0.541"), "causes": ()},
            "other numbers than cost per user differ from those published as of 2024-06-12",
        ),
    ],
)
def test_a_restated_month_says_old_new_and_the_largest_cause(change: dict[str, object], said: str) -> None:
    """With as many digits as tell the two numbers apart."""
    about = replace(facts("0.522", "0.6"), status="restated", restatement=replace(RESTATED, **change))  # type: ignore[arg-type]
    for role in ROLES.values():
        assert summary(role, about).status_text.replace("\u00a0", " ") == f"Restated: {said}"


def test_what_became_of_last_months_number_is_said() -> None:
    """0.60 is now what was published as 0.58; nothing is said where nothing has changed."""
    about = facts("0.522", "0.6")
    for value, said in (("0.02", True), ("0", False), (None, False)):
        restatement = Estimate(amount(value), "USD/user", reason=None if value else "nothing was published")
        findings = {**about.findings, "bridge.restatement": restatement}
        sentences = summary(ROLES["cto"], replace(about, findings=findings)).sentences
        told = "April 2024 was published at USD 0.580 and has since become 0.600."
        assert (told in [s.replace("\u00a0", " ") for s in sentences]) is said


@pytest.mark.parametrize(
    ("low", "high", "at_most", "said"),
    [
        ("0.1", "0.9", "100", "The free tier pays: 5.0% of sign-ups convert, 2.9% would break even."),
        ("-0.9", "-0.6", "200", "The free tier does not pay: 5.0% of sign-ups convert, 2.9% would break even."),
        # Payers who stay could bring 4 × as much as was seen, and 0.4 × 4 is more than was spent.
        (
            "-0.9",
            "-0.6",
            "400",
            "It cannot be told yet whether the free tier pays: the first 13 months bring USD\u00a0100.00 a payer, "
            "and many still pay.",
        ),
        (
            "-0.1",
            "0.2",
            "100",
            "It cannot be told yet whether the free tier pays: 5.0% of sign-ups convert (4.0% to 6.0%), 2.9% would "
            "break even.",
        ),
    ],
)
def test_the_interval_of_the_return_decides_whether_the_free_tier_pays(
    low: str, high: str, at_most: str, said: str
) -> None:
    """Above 0, below 0 whatever payers still bring, or neither."""
    about = facts("4")
    changes = {
        "freemium.roi": {"value": Decimal(0), "low": Decimal(low), "high": Decimal(high)},
        "freemium.conversion": {"value": Decimal("0.05"), "low": Decimal("0.04"), "high": Decimal("0.06")},
        "freemium.break_even_conversion": {"value": Decimal("0.0288")},
        "freemium.ltv.at_most": {"value": Decimal(at_most)},
        "freemium.ltv_horizon_months": {"value": Decimal(13)},
    }
    findings = {name: replace(estimate, **changes.get(name, {})) for name, estimate in about.findings.items()}
    assert said in summary(ROLES["cfo"], replace(about, findings=findings)).sentences


def test_without_a_lifetime_the_stock_is_said_and_without_payers_nothing() -> None:
    """What is not known decides nothing."""
    about = facts("4")
    unknown = Estimate(None, reason="nobody is known to pay")
    findings = {**about.findings, "freemium.conversion": unknown}
    findings["freemium.paid_share"] = Estimate(Decimal("0.05"), "share")
    findings["freemium.break_even_paid_share"] = Estimate(Decimal("0.056604"), "share")
    said = "It cannot be told yet whether the free tier pays: 5.0% of active users pay, 5.7% would carry the rest."
    assert said in summary(ROLES["cfo"], replace(about, findings=findings)).sentences
    findings["freemium.paid_share"] = unknown
    assert not any("free tier" in each for each in summary(ROLES["cfo"], replace(about, findings=findings)).sentences)
