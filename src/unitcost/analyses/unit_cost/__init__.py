"""What a user costs, by service, product line and tier, and against the plan."""

from unitcost.analyses.analysis import Analysis, Opening, Reading
from unitcost.analyses.unit_cost import findings, sentences
from unitcost.analyses.unit_cost.plan_file import Plan, load_plan, plan_inputs
from unitcost.analyses.unit_cost.terms import TERMS


def _plan(opening: Opening) -> Plan:
    return load_plan(opening.folder, opening.config.plan.path, opening.hashes)


ANALYSIS = Analysis(
    "unit_cost",
    findings.NOTEBOOK,
    groups=(
        "cost_per_user",
        "cost_per_registered_user",
        "cost",
        "mau",
        "user_months",
        "registered_users",
        "tag_coverage",
        "allocation_coverage",
    ),
    findings=findings.findings,
    readings=[Reading(_plan)],
    inputs=plan_inputs,
    headlines=sentences.HEADLINES,
    statements=sentences.STATEMENTS,
    labels=sentences.LABELS,
    terms=TERMS,
)
