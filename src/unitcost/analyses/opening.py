"""Opening a company, and a report of it: settings and files are read, marts built where they are missing."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

from unitcost.analyses import ANALYSES
from unitcost.analyses.analysis import Opening
from unitcost.analyses.findings import findings
from unitcost.control.totals import ControlSettings, control_totals
from unitcost.errors import UsageProblem
from unitcost.inputs.config import Config, load_config, with_engine
from unitcost.inputs.places import default_config, store_folder
from unitcost.inputs.rules import Rules, load_rules
from unitcost.month.company import Company
from unitcost.month.context import Context, read_context
from unitcost.month.report import Report
from unitcost.warehouse.build import build, disk_trouble, prepared

Progress = Callable[[str], None]


def _quiet(text: str) -> None:
    del text


def open_company(
    path: Path | None = None, progress: Progress = _quiet, engine: str = "", scenario: str = ""
) -> Company:
    """Read and check everything, building the marts that are missing.

    `engine` computes them; if it is empty, that of UNITCOST_ENGINE, else that of the configuration. `scenario` is a
    scenario's name; if it is empty, that of UNITCOST_SCENARIO, else the plan of record.
    Raises UsageProblem for the configuration and DataProblem for the data, each with place and remedy.
    """
    named = path or default_config()
    config = with_engine(load_config(named), engine or os.environ.get("UNITCOST_ENGINE", ""))
    return _open(named, config, scenario or os.environ.get("UNITCOST_SCENARIO", ""), store_folder(), progress)


def open_report(month: str = "", scenario: str = "", against: str = "") -> Report:
    """Return the report of a month that a notebook writes its part of.

    In a run of `unitcost report` everything comes from its context file, findings included, and nothing is computed
    again. In the lab the company of UNITCOST_CONFIG (else the sample) is opened and its findings are computed:
    `month` is such as "2024-05", empty for the newest with data; `scenario` is the name of one, empty for that of
    UNITCOST_SCENARIO, else the plan of record; `against` is the earlier month from which the bridge leads, empty for
    the one before.

    Raises UsageProblem, DataProblem and what else a report raises.
    """
    context = read_context()
    if context is None:
        company = open_company(scenario=scenario)
        return report_of(company, month or company.months[-1], against)
    if month not in ("", context.month) or scenario not in ("", context.scenario):
        raise UsageProblem(
            f"The notebook asks for {month or context.month}, scenario {scenario or context.scenario}",
            where="open_report",
            why=f"this run is a report of {context.month}, scenario {context.scenario}",
            fix="leave month and scenario to the parameters of the notebook",
        )
    company = _reopened(context)
    shown_findings = findings(company, context.month, against) if against else dict(context.findings)
    return Report(company, context.month, shown_findings, against)


def report_of(company: Company, month: str, against: str = "") -> Report:
    """Return the report of a company's month, its findings computed here. Raises DataProblem for an unknown month."""
    return Report(company, company.check_month(month), findings(company, month, against or None), against)


def _reopened(context: Context) -> Company:
    """Return the company of a running report: its marts are there, whoever computed them."""
    config = with_engine(load_config(context.config), "duckdb")
    company = _open(context.config, config, context.scenario, context.store, _quiet)
    return company.saying(context.published, context.breaks)


def _open(named: Path, config: Config, scenario: str, store: Path, progress: Progress) -> Company:
    rules = load_rules(named.parent / config.allocation.path) if config.allocation.path else Rules()
    where = named.resolve()
    hashes = prepared(store)
    opening = Opening(named.parent, config, scenario, store, hashes)
    with disk_trouble(store):
        readings = [reading.load(opening) for analysis in ANALYSES for reading in analysis.readings]
    # Both readings of the same files go on side by side; neither knows what the other has found.
    stop = Event()
    with ThreadPoolExecutor(1, thread_name_prefix="second-reader") as pool:
        control = pool.submit(control_totals, _control_settings(where.parent, config), store / "control", stop=stop)
        try:
            marts = build(where.parent, config, rules, store, progress, hashes=hashes)
        except BaseException:
            stop.set()
            raise
    company = Company(where, config, rules, marts, control.result(), readings=readings)
    for analysis in ANALYSES:
        for reading in analysis.readings:
            if reading.check is not None:
                reading.check(company)
    return company


def _control_settings(folder: Path, config: Config) -> ControlSettings:
    return ControlSettings(
        folder=folder,
        paths=config.costs.paths,
        defaults=config.costs.defaults,
        currency=config.report.currency,
        corrections=config.costs.corrections,
        spread=config.costs.spread,
        fx=folder / config.fx.path if config.fx.path else None,
    )
