"""The lexicon of causal words: what it finds, what it lets pass, and names taken out before."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from material.causal_words import ENTRIES, phrases, said

from unitcost.errors import UsageProblem
from unitcost.pages.causal_words import load_lexicon

# The lexicon


@pytest.mark.parametrize("phrase", phrases("claim"))
def test_every_entry_is_found_as_words_and_not_inside_of_words(phrase: str) -> None:
    """In any case, over line breaks, hyphens and no-break blanks; never within a longer word."""
    text = phrase.replace("…", "all of the cost")
    for shown in (text, text.upper(), text.title()):
        assert shown in said(f"Cost {shown} spot.")
    for blank in ("\n", "\n  ", "-", "\u2011", "\u00a0", " \t"):
        assert said(f"Cost {text.replace(' ', blank)} spot.")
    for near in (f"un{text}", f"{text}x", f"_{text}", f"{text}9"):
        assert text not in said(f"Cost {near} spot.")


@pytest.mark.parametrize("phrase", phrases("left_out") + phrases("allowed"))
def test_what_is_said_to_pass_passes(phrase: str) -> None:
    """Words of the accounts, of movement, of assumptions and of forecasts claim nothing."""
    assert said(f"Cost {phrase} spot.") == []


@pytest.mark.parametrize("condition", ENTRIES["conditional"])
def test_a_condition_or_an_assumption_is_no_claim(condition: str) -> None:
    """Right after `would` a verb says what would be; once something stands between, it does not."""
    assert said(f"Spot {condition} save USD 300") == []
    assert said(f"Spot {condition}\nreduced by 3 %") == []
    assert said(f"What spot {condition}: it saved USD 300") == ["saved"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The move to spot cut cost by 12 %", ["cut"]),
        ("We managed to cut cost", ["managed to"]),
        ("Spot brought the whole bill down", ["brought the whole bill down"]),
        ("Spot brought relief. Cost went down", []),
        ("it would have made search, because of spot, cheaper", ["because"]),
        ("re-\nduced by 3 %", ["reduced"]),
        ("re\u00adduced by 3 %", ["reduced"]),
        ("sa\u200bved", ["saved"]),
        ("a saving of 30 % is assumed; it rose 12 % lower than before", []),
        ("Save as scenario", []),
        ("the driver explains part of the change, the rate effect the rest", []),
        ("Movement, not its cause.", []),
        ("cost_saved_usd", []),
        ("", []),
    ],
)
def test_claims_are_told_from_what_is_none(text: str, found: list[str]) -> None:
    assert said(text) == found


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[[claim]]\nwhy = "x"\nwords = ["saved"]\n[[clam]]\nwhy = "x"\nwords = ["cut"]', "did you mean 'claim'"),
        ('[[claim]]\nwhy = "x"\nwords = ["saved", "saved"]', "'saved' is there twice"),
        (
            '[[claim]]\nwhy = "x"\nwords = ["saved"]\n[[left_out]]\nwhy = "x"\nwords = ["has saved"]',
            "is to pass, but 'saved'",
        ),
        ('[[claim]]\nwhy = "x"\nwords = ["Saved"]', "small letters"),
        ('[[claim]]\nwhy = "x"\nwords = ["made …"]', "small letters"),
        ('[[claim]]\nwhy = "x"\nwords = ["(a+)+$"]', "small letters"),
        ('[[claim]]\nwords = ["saved"]', "it has no default"),
        ('conditional = ["would"]', "it has no default"),
        ("claim = []", "at least 1"),
    ],
)
def test_a_flawed_lexicon_is_refused(tmp_path: Path, text: str, told: str) -> None:
    """Misspelt keys, contradictions and an empty lexicon are exit 2 with the place."""
    path = tmp_path / "causal-words.toml"
    path.write_text(text)
    with pytest.raises(UsageProblem, match=re.escape(told)) as caught:
        load_lexicon(path)
    assert "causal-words.toml" in str(caught.value)


def test_a_company_adds_a_word_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "causal-words.toml"
    path.write_text('[[claim]]\nwhy = "our slang"\nwords = ["nuked … costs"]')
    assert [c.words for c in load_lexicon(path).claims("Spot nuked all our costs")] == ["nuked all our costs"]


# Names


@pytest.mark.parametrize(
    ("text", "names", "found"),
    [
        ("S3 Reduced Redundancy Storage fell", ["S3 Reduced Redundancy Storage"], []),
        ("S3 Reduced Redundancy Storage reduced it", ["S3 Reduced Redundancy Storage"], ["reduced"]),
        ("S3 Reduced Redundancy fell", ["S3 Reduced", "S3 Reduced Redundancy"], []),
        ("S3\u00a0Reduced\nRedundancy fell", ["S3 Reduced Redundancy"], []),
        ("S3 Reduced Redundancy Storage in all regi… fell", ["S3 Reduced Redundancy Storage in all regions"], []),
        ("S3 Reduced R…ge", ["S3 Reduced Redundancy Storage"], []),
        ("Other Reduced Redu… fell", ["S3 Reduced Redundancy Storage"], ["Reduced"]),
        ("we saved", ["Saved", "we"], ["saved"]),
        ("Saved moved most", ["Saved"], []),
        ("Unsaved", ["saved"], []),
        ("it saved us", ["aved"], ["saved"]),
        ("Amount due to Go", ["Amount due"], []),
        ("(saved|.*)+$ moved most", ["(saved|.*)+$"], []),
        ("it saved (a+)+$", ["(a+)+$"], ["saved"]),
        ("saved " + "L" * 10_000 + " rose", ["saved " + "L" * 10_000], []),
        ("saved " + "L" * 30 + "… rose", ["saved " + "L" * 10_000], []),
        ("x saved", ["a" * 10_000 + " saved"] * 3 + [f"saved {n}" for n in range(3_000)], ["saved"]),
        ("bid<U+202E>saved", ["bid\u202esaved"], []),
    ],
    ids=range(18),
)
def test_names_are_taken_out_before_a_text_is_judged(text: str, names: list[str], found: list[str]) -> None:
    """The longest first, whole or cut short, letter for letter; what is around them is judged."""
    assert said(text, *names) == found
