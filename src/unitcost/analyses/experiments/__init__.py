"""Whether a change did anything: what FinOps experiments did to cost per user."""

from unitcost.analyses.analysis import Analysis, Opening, Reading
from unitcost.analyses.experiments import findings, sentences
from unitcost.analyses.experiments.experiment_file import Experiments, check_experiments, load_experiments
from unitcost.analyses.experiments.terms import TERMS


def _experiments(opening: Opening) -> Experiments:
    return load_experiments(opening.folder, opening.config)


ANALYSIS = Analysis(
    "experiments",
    findings.NOTEBOOK,
    groups=("experiment",),
    findings=findings.findings,
    readings=[Reading(_experiments, check_experiments)],
    rests_on=findings.rests_on,
    check=findings.check,
    statements=sentences.STATEMENTS,
    terms=TERMS,
)
