"""What could be done about cost, what it would save, and what to do first."""

from unitcost.analyses.analysis import Analysis, Opening, Reading
from unitcost.analyses.levers import inputs, sentences
from unitcost.analyses.levers.scenarios import Scenario, check_scenario, load_scenario, rests_on
from unitcost.analyses.levers.terms import TERMS


def _scenario(opening: Opening) -> Scenario:
    return load_scenario(opening.folder, opening.config, opening.scenario)


ANALYSIS = Analysis(
    "levers",
    "40_levers",
    groups=(
        "lever",
        "levers",
    ),
    findings=inputs.findings,
    readings=[Reading(_scenario, check_scenario)],
    rests_on=rests_on,
    statements=sentences.STATEMENTS,
    terms=TERMS,
)
