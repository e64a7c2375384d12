"""Machines that could be smaller, and machines that look idle."""

from unitcost.analyses.analysis import Analysis, Opening, Reading
from unitcost.analyses.candidates import inputs
from unitcost.analyses.candidates.terms import TERMS
from unitcost.analyses.candidates.utilisation_file import Utilisation, load_utilisation, utilisation_inputs


def _utilisation(opening: Opening) -> Utilisation:
    path = opening.config.utilisation.path
    return load_utilisation(opening.folder, path, opening.hashes, opening.store)


ANALYSIS = Analysis(
    "candidates",
    "42_candidates",
    groups=("candidates",),
    findings=inputs.findings,
    readings=[Reading(_utilisation)],
    inputs=utilisation_inputs,
    check=inputs.check,
    terms=TERMS,
)
