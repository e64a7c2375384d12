"""A company of five rows and the levers of its scenario, worked by hand."""

from __future__ import annotations

from pathlib import Path

MONTH = "2024-05"
HEAD = (
    "BilledCost,EffectiveCost,BillingCurrency,BillingPeriodStart,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,"
    "ServiceName,ServiceCategory,ProviderName,PricingCategory,CommitmentDiscountStatus,Tags\n"
)
ROW = '{0},{0},USD,2024-05-01T00:00:00Z,2024-05-02T00:00:00Z,2024-05-03T00:00:00Z,{1},{2},{3},AWS,{4},{5},"{6}"\n'
WEB = '{""product"": ""web""}'
# 137 in scope, of which 100 are compute on demand and 27 are under a commitment; 7 of tax are not in scope.
BILL = HEAD + "".join(
    ROW.format(*cells)
    for cells in (
        (100, "Usage", "EC2", "Compute", "Standard", "", WEB),
        (25, "Usage", "EC2", "Compute", "Committed", "Used", WEB),
        (2, "Usage", "EC2", "Compute", "Committed", "Unused", ""),
        (10, "Usage", "S3", "Storage", "Standard", "", WEB),
        (7, "Tax", "Tax", "", "", "", ""),
    )
)
REPORT = """
[report]
company = "By hand"
min_users = 1
[costs]
paths = ["bills.csv"]
[activity]
aggregate = "mau.csv"
[targets]
cost_per_user = { "2024-12" = 1.17 }
"""
WITH = '[scenarios]\npath = "scenarios"\n'
COMPUTE = '{ ServiceCategory = "Compute" }'


def lever(name: str, kind: str, coverage: str, saving: str, applies_to: str = COMPUTE, more: str = "") -> str:
    return (
        f'[[lever]]\nid = "{name}"\nkind = "{kind}"\napplies_to = {applies_to}\ncoverage = {coverage}\n'
        f'saving = {saving}\nsource = "by hand"\nas_of = 2024-05-01\n{more}\n'
    )


SMALLER = lever("smaller", "rightsizing", "1", "0.2", more="effort_weeks = 2")
PLAN = lever("plan", "commitment", "0.8", "0.3", more="effort_weeks = 0.5")


def write(folder: Path, scenario: str | None, report: str = REPORT, users: int = 100) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "bills.csv").write_text(BILL)
    (folder / "mau.csv").write_text(f"month,mau\n{MONTH},{users}\n")
    (folder / "report.toml").write_text(report + (WITH if scenario is not None else ""))
    if scenario is not None:
        (folder / "scenarios").mkdir(exist_ok=True)
        (folder / "scenarios" / "base.toml").write_text(scenario)
    return folder / "report.toml"
