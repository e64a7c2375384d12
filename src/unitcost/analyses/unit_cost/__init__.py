"""What a user costs, by service, product line and tier, and against the plan."""

from unitcost.analyses.analysis import Analysis, Opening, Reading
from unitcost.analyses.unit_cost.findings import NOTEBOOK, findings
from unitcost.analyses.unit_cost.plan_file import Plan, load_plan, plan_inputs


def _plan(opening: Opening) -> Plan:
    return load_plan(opening.folder, opening.config.plan.path, opening.hashes)


ANALYSIS = Analysis("unit_cost", NOTEBOOK, findings=findings, readings=[Reading(_plan)], inputs=plan_inputs)
