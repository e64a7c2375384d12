"""What the next twelve months are likely to bring."""

from unitcost.analyses.analysis import Analysis, Opening, Reading
from unitcost.analyses.outlook import inputs, sentences
from unitcost.analyses.outlook.events_file import Events, event_inputs, load_events
from unitcost.analyses.outlook.terms import TERMS


def _events(opening: Opening) -> Events:
    return load_events(opening.folder, opening.config.outlook.events, opening.hashes)


ANALYSIS = Analysis(
    "outlook",
    "60_outlook",
    groups=(
        "forecast",
        "target",
    ),
    findings=inputs.findings,
    readings=[Reading(_events)],
    inputs=event_inputs,
    statements=sentences.STATEMENTS,
    terms=TERMS,
)
