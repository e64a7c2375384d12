"""What an experiment did is said once: page one and the section of the experiment use the same words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

import pytest
from material.page_facts import facts
from material.three_lines import write

from unitcost.analyses.experiments import views
from unitcost.analyses.experiments.estimates.daily import Window
from unitcost.analyses.experiments.estimates.trial import Result
from unitcost.analyses.experiments.estimates.verdict import Verdict
from unitcost.analyses.experiments.experiment_file import Experiment
from unitcost.analyses.experiments.findings import Examined, findings_of, tried_change
from unitcost.analyses.experiments.sentences import experiments
from unitcost.analyses.opening import open_company
from unitcost.display.formats import Formats
from unitcost.display.page import Page
from unitcost.display.text import Names
from unitcost.month.company import Company

Three = tuple[float, float, float]
START = dt.date(2024, 3, 1)
WINDOW = Window(START - dt.timedelta(60), START - dt.timedelta(1), START, START + dt.timedelta(60))
EFFECT = (-0.10, -0.15, -0.05)
NONE = (0.0, -0.01, 0.01)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """A company for its locale and currency."""
    return open_company(write(tmp_path_factory.mktemp("company")))


def tried(parts: Mapping[str, Three], kind: str = "other", exposure: str = "users", effect: Three = EFFECT) -> Examined:
    """An experiment with an effect of these parts."""
    asked = {"id": "try", "name": "Smaller nodes", "started_on": START, "treated": {"ServiceName": "EC2"}}
    experiment = Experiment.model_validate({**asked, "kind": kind, "exposure": exposure})
    verdict = Verdict("effect", "It lies outside of what chance does.")
    return Examined(experiment, "by day", {}, Result(verdict, WINDOW, effect=effect, parts=parts, cost=10_000.0))


def page_one(examined: Examined) -> str:
    """The sentence of page one about this experiment alone."""
    estimates = findings_of(examined.experiment, examined, "USD")
    about = facts("3.87")
    about = replace(about, findings={**about.findings, **estimates}, experiments=[tried_change(examined.experiment)])
    return experiments(Page(about, Formats.of("en_US", "USD"), Names())) or ""


def test_a_part_that_moved_by_rounding_is_no_way_on_page_one_nor_in_the_section(company: Company) -> None:
    """A rate of a hundred-millionth is surely not 0, and a millionth of the effect: nothing came through prices."""
    examined = tried({"rate": (-1e-8, -2e-8, -5e-9), "use": (-0.10, -0.21, 0.01)})
    section = views.headline(company, examined)
    assert section == "Smaller nodes lowered the cost per user in its scope by 9.5%"
    assert page_one(examined) == f"Experiments: {section} (USD\u00a01,052 a month)."


@pytest.mark.parametrize(
    ("parts", "kind", "way"),
    [
        ({"rate": (-0.09, -0.12, -0.06), "use": NONE}, "other", ", through the price paid"),
        ({"rate": NONE, "use": (-0.1, -0.13, -0.07)}, "other", ", through what is used"),
        # Exactly a tenth of the effect is no way yet.
        ({"rate": (-0.01, -0.015, -0.005), "use": NONE}, "other", ""),
        ({"rate": (-0.011, -0.015, -0.005), "use": NONE}, "other", ", through the price paid"),
        # Both ways, or ways that nothing is known of.
        ({"rate": (-0.05, -0.07, -0.03), "use": (-0.05, -0.07, -0.03)}, "other", ""),
        ({}, "other", ""),
        ({}, "commitment", ", through the price paid and not through engineering"),
        ({"rate": NONE, "use": EFFECT}, "commitment", ", through the price paid and not through engineering"),
    ],
)
def test_page_one_says_what_the_section_says_of_the_way(
    company: Company, parts: Mapping[str, Three], kind: str, way: str
) -> None:
    """Prices, use, neither, and a commitment, which is a price whatever its parts are."""
    examined = tried(parts, kind)
    section = views.headline(company, examined)
    assert section == f"Smaller nodes lowered the cost per user in its scope by 9.5%{way}"
    assert section in page_one(examined)


@pytest.mark.parametrize(
    ("exposure", "outcome"),
    [("none", "cost in its scope"), ("driver:requests", "cost per requests in its scope")],
)
def test_page_one_divides_cost_by_what_the_section_divides_it_by(company: Company, exposure: str, outcome: str) -> None:
    """By nothing, by a driver; a rise is a rise on both."""
    examined = tried({}, exposure=exposure, effect=(0.10, 0.05, 0.15))
    section = views.headline(company, examined)
    assert section == f"Smaller nodes raised the {outcome} by 10.5%"
    assert section in page_one(examined)


def test_a_sentence_that_rests_on_a_changed_part_is_marked() -> None:
    """An analyst who changes how an effect is split changes what page one says of it."""
    examined = tried({"rate": (-0.09, -0.12, -0.06), "use": NONE})
    about = facts("3.87")
    findings = {**about.findings, **findings_of(examined.experiment, examined, "USD")}
    about = replace(about, findings=findings, changed={"experiment.try.effect.rate": "0"})
    page = Page(about, Formats.of("en_US", "USD"), Names())
    assert (page.marked(experiments) or "").endswith("(changed by analysts).")
