"""`unitcost findings`: the numbers of a month on the terminal or as findings.json."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from unitcost.analyses.findings import findings as computed
from unitcost.analyses.levers.scenarios import scenario_of
from unitcost.analyses.opening import open_company
from unitcost.commands.terminal.progress import Progress
from unitcost.errors import UsageProblem, visible
from unitcost.inputs.config import check_month
from unitcost.kernels.findings import as_json as findings_json
from unitcost.numbers.estimate import Estimate, plain
from unitcost.publishing import run_id as identity
from unitcost.publishing.standing import breaks, last_published, standing


def print_findings(
    month: str,
    *,
    config: Path | None,
    scenario: str,
    out: Path,
    as_of: str,
    engine: str,
    against: str,
    as_json: bool,
    progress: Progress,
) -> None:
    """Print every finding of a month. With `as_json` standard output is findings.json and nothing else.

    `out` is where reports are published: what was said there before decides on the status.
    """
    check_month(month)
    if against:
        check_month(against)
    opened = open_company(config, progress, engine, scenario)
    name = scenario_of(opened).key
    opened.check_month(month)
    company = opened.saying(
        last_published(opened, month, out=out, scenario=name, against=against or None),
        breaks(opened, month, out=out, scenario=name),
    )
    findings = computed(company, month, against or None)
    day = today(as_of, company.config.report.as_of)
    stands = standing(company, month, out=out, scenario=name, as_of=day)
    status = stands.status
    progress.done()
    if as_json:
        run = identity.run_id(
            company, month, scenario=name, status=status.name, roles=identity.roles(), replaces=stands.replaces
        )
        print(
            findings_json(
                findings,
                month=month,
                scenario=name,
                currency=company.config.report.currency,
                status=status.name,
                run_id=run,
            ),
            end="",
        )
        return
    print(f"{visible(company.config.report.company)}, {month}: {status.name} ({visible(status.reason)})")
    width = max(len(key) for key in findings)
    for key in sorted(findings):
        print(f"{key:<{width}}  {_shown(findings[key])}")


def _shown(estimate: Estimate) -> str:
    label = f"  [{visible(estimate.label)[:60]}]" if estimate.label is not None else ""
    if estimate.value is None:
        return f"–  {visible(str(estimate.reason))}{label}"
    value = estimate.value
    if isinstance(value, tuple):
        value = ", ".join(value) or "none"
    elif not isinstance(value, str):
        value = plain(value)
    return f"{value} {estimate.unit}{label}"


def today(given: str, configured: str) -> dt.date:
    """Return the day a run takes place, read once: --as-of, else [report] as_of, else today in UTC."""
    text = given or configured
    if not text:
        return dt.datetime.now(dt.UTC).date()
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise UsageProblem(f"'{text[:40]}' is not a date", where="--as-of", fix="write it like 2024-06-12") from None
