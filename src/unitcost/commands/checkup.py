"""`unitcost check`, `verify` and `doctor`: looking without changing anything."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from unitcost.analyses import ANALYSES
from unitcost.analyses.opening import open_company
from unitcost.commands.terminal.progress import Progress
from unitcost.errors import EnvironmentProblem, ReconciliationProblem, visible
from unitcost.inputs.benchmarks import load_benchmarks
from unitcost.inputs.config import check_month
from unitcost.inputs.places import default_config, store_folder
from unitcost.month import usage_drivers
from unitcost.month.company import Company
from unitcost.numbers.months import span
from unitcost.warehouse.files.content import packing
from unitcost.warehouse.files.sources import Hashes, find


def check_inputs(config: Path | None, *, progress: Progress) -> None:
    """Read the configuration, the roles and every input file, and print what is there and what is not used.

    Raises UsageProblem or DataProblem for the first flaw, with place and remedy.
    """
    from unitcost.pages.roles import checked_roles  # large libraries come with the pages

    checked_roles(config or default_config())
    company = open_company(config, progress)
    settings = company.config
    path = settings.benchmarks.path
    load_benchmarks(company.folder / path if path else None)
    metrics = _metrics(company) if company.marts.usage_metrics.given else ""
    progress.done()
    print(f"{visible(settings.report.company)}: {visible(str(config or default_config()))} is in order")
    costs = company.marts.cost_months()
    print(f"cost rows: {span(costs)}")
    users = sorted(set(company.marts.user_folders) | set(company.marts.aggregate))
    print(f"activity: {span(users)}")
    print(f"reports can be made for: {span(company.months)}")
    for analysis in ANALYSES:
        for line in analysis.check(company):
            print(line)
    if metrics:
        print(f"usage metrics: {metrics}")
    for line in _packing(company):
        print(line)
    for name, kept in company.marts.repeated:
        print(f"read once: {visible(name)} has the same content as {visible(kept)}")
    for missing in _missing(company):
        print(f"not given: {missing}")


def _metrics(company: Company) -> str:
    """Return the months of usage metrics and which of them are drivers. Raises DataProblem for one that cannot be."""
    for month in company.months:
        company.users(month)
    drivers = sorted({metric for month in company.months for metric in usage_drivers.used(company, month)})
    named = f"as drivers: {', '.join(map(visible, drivers))}" if drivers else "allocation.toml names none as a driver"
    return f"{span(sorted(company.marts.usage_metrics.months))}; {named}"


def _packing(company: Company) -> list[str]:
    """Return how the files were packed: it changes nothing, so no page says it."""
    settings = company.config
    patterns = {
        "costs": settings.costs.paths,
        "activity": (settings.activity.path,),
        "subscriptions": (settings.subscriptions.path,),
    }
    found: dict[str, list[str]] = {}
    texts = 0
    for section, paths in patterns.items():
        hashes = Hashes(store_folder() / "hashes.json")
        for source in find(company.folder, paths, section, hashes).files if any(paths) else ():
            texts += not source.is_parquet
            for how in packing(source.path, source.name):
                found.setdefault(how, []).append(source.name)
    return [
        f"accepted: {len(names)} of {texts} text files {how} ({visible(names[0])}{' …' if len(names) > 1 else ''})"
        for how, names in found.items()
    ]


def _missing(company: Company) -> list[str]:
    settings = company.config
    needs = {
        "[subscriptions] path": (settings.subscriptions.path, "every active user counts on the default tier"),
        "[allocation] path": (settings.allocation.path, "tags alone decide who owns cost"),
        "[invoices] path": (settings.invoices.path, "bills are not compared with invoices"),
        "[activity] path": (settings.activity.path, "what needs single users stays unknown"),
    }
    return [f"{key}, so {effect}" for key, (value, effect) in needs.items() if not value]


def verify_published(month: str, out: Path, run: str) -> None:
    """Hash what was published again: of a month, or without one of all months.

    Raises ReconciliationProblem naming every file and every line of the ledger that differs.
    """
    from unitcost.publishing import ledger, publication

    if run and not month:
        noted = ledger.noted(out, run)
        month = noted.month if noted else ""
    if month or run:
        check_month(month)
    problems = publication.verify(out, month, run or None) if month else publication.verify_all(out)
    if problems:
        more = [f"… and {len(problems) - 10} more"] if len(problems) > 10 else []
        raise ReconciliationProblem(
            f"What is published for {month} is not what was published" if month else "Not all is what was published",
            where=str(out / month),
            why="\n".join([*(str(problem) for problem in problems[:10]), *more]),
            fix=f"make report MONTH={month or '…'} replaces a damaged set that is shown; the ledger and earlier sets "
            "come back from a backup (or earlier sets go, with keep_runs and unitcost prune)",
        )
    gone = publication.pruned(out, month or None)
    if run in gone:
        print(f"run {run} was pruned: its files are not kept any more, its line in the ledger is as it was written")
        return
    if gone and not run:
        print(f"not kept any more: {len(gone)} earlier {'set' if len(gone) == 1 else 'sets'}, pruned ({gone[-1]} …)")
    print(f"{out / month} is whole: every file is as its manifest says, and the ledger is unbroken")


def examine(out: Path) -> None:
    """Print versions, fonts, disk and locks. Raises EnvironmentProblem for what would stop a report."""
    from unitcost.commands.report_facts import versions
    from unitcost.display.theme import FONT_DIR

    print(f"python {sys.version.split()[0]}")
    for name, version in versions():
        print(f"{name} {version}")
    fonts = sorted(path.name for path in FONT_DIR.iterdir() if path.suffix in (".ttf", ".otf"))
    print(f"fonts: {len(fonts)} in {FONT_DIR}")
    if not fonts:
        raise EnvironmentProblem(
            "The fonts of the pages are missing", where=str(FONT_DIR), fix="install unitcost again"
        )
    for name, folder in (("reports", out), ("intermediate tables", store_folder())):
        there = next(parent for parent in (folder.absolute(), *folder.absolute().parents) if parent.exists())
        print(f"{name}: {folder} ({shutil.disk_usage(there).free >> 20} MiB free)")
    locks = sorted((out / ".locks").glob("*.lock")) if (out / ".locks").is_dir() else []
    print(f"locks: {', '.join(path.name for path in locks) or 'none'} (a lock file alone blocks nothing)")
