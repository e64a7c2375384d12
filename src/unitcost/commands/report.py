"""`unitcost report`: from files to a published set, in one line of steps."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from unitcost import __version__
from unitcost.analyses.bridge.inputs import bridge_of
from unitcost.analyses.findings import findings as computed
from unitcost.analyses.levers.scenarios import BASE, as_data, scenario_of
from unitcost.analyses.opening import open_company
from unitcost.commands import report_facts as facts
from unitcost.commands.findings import today
from unitcost.commands.terminal.progress import Progress
from unitcost.display.facts import BillFlaw, ReportFacts, Toleration
from unitcost.display.licence import is_verdict
from unitcost.display.model import Role
from unitcost.errors import Locked, UsageProblem, nearest, visible
from unitcost.inputs.benchmarks import load_benchmarks
from unitcost.inputs.config import check_month
from unitcost.inputs.places import default_config, store_folder
from unitcost.kernels import findings as published_findings
from unitcost.kernels.notebooks import Notebook, examined, sources
from unitcost.month.company import Company
from unitcost.month.context import Context, write_context
from unitcost.month.keys import code, configuration
from unitcost.numbers.estimate import Estimate, plain
from unitcost.pages.causal_words import load_lexicon
from unitcost.pages.roles import check_tiles, checked_roles
from unitcost.publishing import basis, ledger, manifest, past, publication
from unitcost.publishing import run_id as identity
from unitcost.publishing.standing import Standing, as_facts, breaks, last_published, standing
from unitcost.publishing.status import Status
from unitcost.storage.locks import month_lock


@dataclass(frozen=True, slots=True)
class Question:
    """What a run is asked, with its identity."""

    company: Company
    month: str
    scenario: str
    roles: tuple[str, ...]
    stands: Standing
    as_of: dt.date
    run_id: str
    readers: Mapping[str, Role] = field(default_factory=dict)  # every role by its name, asked for or not

    @property
    def status(self) -> Status:
        """Return the status of the month with its reason."""
        return self.stands.status

    @property
    def beside(self) -> str | None:
        """Return the scenario under whose name the set is shown beside the month; None for the plan of record."""
        return None if self.scenario == BASE else self.scenario


def make_report(
    month: str,
    *,
    config: Path | None,
    scenario: str,
    role: str,
    out: Path,
    as_of: str,
    engine: str,
    progress: Progress,
) -> None:
    """Build and publish the pages of a month, or say that nothing has changed.

    Raises UnitcostError of every kind; nothing in `out` has changed then.
    """
    question = _ask(
        month, config=config, scenario=scenario, role=role, as_of=as_of, out=out, engine=engine, progress=progress
    )
    findings = computed(question.company, question.month)
    check_tiles(question.readers.values(), findings)
    headline = _headline(findings)
    # What is already in place is not touched, not even by a lock.
    unchanged = _in_place(question, out)
    if not unchanged:
        is_new = not out.exists()
        try:
            unchanged = _publish(question, findings, out, headline, progress)
        except BaseException:
            if is_new:
                publication.clear_unused(out)
            raise
    progress.done()
    _tell(question, out, findings, unchanged=unchanged)


def _publish(
    question: Question, findings: Mapping[str, Estimate], out: Path, headline: Mapping[str, Any], progress: Progress
) -> bool:
    """Build and publish under the month's lock; True if an older set only had to be shown again."""
    with month_lock(out, question.month):
        _check_standing(question, out)
        run, day = question.run_id, question.as_of
        again = publication.reinstate(out, question.month, run, as_of=day, headline=headline, scenario=question.beside)
        if again is None:
            _build(question, findings, out, headline, progress)
        return again is not None


def _check_standing(question: Question, out: Path) -> None:
    """Raise Locked if another run has published meanwhile what changes the status of this one."""
    company, month = question.company, question.month
    stands = standing(company, month, out=out, scenario=question.scenario, as_of=question.as_of)
    if stands != question.stands:
        raise Locked(
            f"{month} was published by another run while this one was beginning",
            where=str(out / month),
            why=f"the status was {question.status.name} and is now {stands.status.name}",
            fix="run the same command again",
        )


def _in_place(question: Question, out: Path) -> bool:
    """Tell whether exactly this run is shown for the month, whole and noted in the ledger."""
    if not publication.is_complete(out, question.month, question.run_id, question.beside):
        return False
    noted = ledger.latest(out, question.month, question.beside)
    return noted is not None and noted.run_id == question.run_id


def _ask(
    month: str,
    *,
    config: Path | None,
    scenario: str,
    role: str,
    as_of: str,
    out: Path,
    engine: str,
    progress: Progress,
) -> Question:
    check_month(month)
    roles = (_check_role(role),) if role else identity.roles()
    publication.preflight(out, month)
    readers = checked_roles(config or default_config())
    opened = open_company(config, progress, engine, scenario)
    name = scenario_of(opened).key
    opened.check_month(month)
    load_benchmarks(_benchmarks(opened))
    load_lexicon()
    company = opened.saying(
        last_published(opened, month, out=out, scenario=name), breaks(opened, month, out=out, scenario=name)
    )
    day = today(as_of, company.config.report.as_of)
    stands = standing(company, month, out=out, scenario=name, as_of=day)
    run = identity.run_id(
        company, month, scenario=name, status=stands.status.name, roles=roles, replaces=stands.replaces
    )
    return Question(company, month, name, roles, stands, day, run, readers)


def _check_role(role: str) -> str:
    if role not in identity.roles():
        raise UsageProblem(f"There is no role '{role[:40]}'", where="ROLE", fix=nearest(role, identity.roles()))
    return role


def _benchmarks(company: Company) -> Path | None:
    path = company.config.benchmarks.path
    return company.folder / path if path else None


def _build(
    question: Question, findings: Mapping[str, Estimate], out: Path, headline: Mapping[str, Any], progress: Progress
) -> None:
    notebooks = [examined(path) for path in sources(question.company.folder, question.company.config)]
    # Notebooks ask for earlier months too, each in a process of its own: now they find them ready.
    facts.history(question.company, question.month)
    with publication.stage(out) as staged:
        executed = _execute(question, [notebook.path for notebook in notebooks], staged.parent / "work", progress)
        said = published_findings.collect(executed.values())
        changed = published_findings.check_complete(said, findings)
        said = published_findings.marked(said, changed)
        about = facts.report_facts(
            question.company,
            question.month,
            findings=said,
            status=question.status,
            run_id=question.run_id,
            scenario=question.scenario,
            benchmarks=load_benchmarks(_benchmarks(question.company)),
            edits=[notebook.told() for notebook in notebooks if notebook.edited],
            changed={name: _shown(findings[name].value) for name in changed}
            # A verdict that no experiment came to is none.
            | {name: None for name in said if is_verdict(name) and name not in findings},
            restatement=as_facts(question.company, question.month, out=out, replaces=question.stands.replaces),
        )
        _print_pages(question, executed, about, staged, progress)
        _write_findings(staged, question, said)
        _write_basis(staged, question, {name: findings[name].as_json()["value"] for name in changed})
        progress("publishing")
        described = _manifest(question, staged, notebooks, about)
        done = publication.publish(staged, out, described, as_of=question.as_of, headline=headline)
        if done.repair:
            print(f"note: {done.repair}", file=sys.stderr)


def _execute(question: Question, sources: Sequence[Path], work: Path, progress: Progress) -> dict[str, Any]:
    from unitcost.kernels.execute import execute  # large libraries: loaded only when something is built

    work.mkdir()
    company = question.company
    context = Context(
        config=company.path,
        store=store_folder().resolve(),
        month=question.month,
        scenario=question.scenario,
        published=company.published,
        breaks=company.breaks,
        findings=computed(company, question.month),
    )
    return execute(
        sources,
        parameters={"month": question.month, "scenario": question.scenario},
        environment=write_context(context, work / "report.json"),
        workdir=work,
        workers=min(len(sources), os.cpu_count() or 1),
        progress=progress,
    )


def _print_pages(
    question: Question, executed: Mapping[str, Any], about: ReportFacts, staged: Path, progress: Progress
) -> None:
    from unitcost.kernels.executed import as_bytes
    from unitcost.pages.causal_guard import Guard
    from unitcost.pages.compose import compose
    from unitcost.pages.exporters import render

    # Every text is judged before the first page is printed.
    reports = {role: compose(question.readers[role], executed, about) for role in question.roles}
    Guard.of(about).check_notebooks(executed)
    for role, report in reports.items():
        progress(f"printing the pages of {question.readers[role].reader}")
        for warning in report.warnings:
            _warn(warning)
        html, pdf = render(report, _warn)
        (staged / f"{role}.html").write_bytes(html)
        (staged / f"{role}.pdf").write_bytes(pdf)
    (staged / "notebooks").mkdir()
    for stem, notebook in executed.items():
        (staged / "notebooks" / f"{stem}.ipynb").write_bytes(as_bytes(notebook))


def _warn(text: str) -> None:
    print(f"warning: {visible(text)}"[:300], file=sys.stderr)


def _write_findings(staged: Path, question: Question, said: Mapping[str, Estimate]) -> None:
    text = published_findings.as_json(
        said,
        month=question.month,
        scenario=question.scenario,
        currency=question.company.config.report.currency,
        status=question.status.name,
        run_id=question.run_id,
    )
    (staged / "findings.json").write_text(text, "utf-8")


def _write_basis(staged: Path, question: Question, computed: Mapping[str, object]) -> None:
    rests_on = basis.basis_of(question.company, question.month)
    (staged / past.BASIS).write_text(basis.as_json(rests_on, computed), "utf-8")


def _manifest(question: Question, staged: Path, notebooks: Sequence[Notebook], about: ReportFacts) -> manifest.Manifest:
    company, month = question.company, question.month
    values = configuration(company.config, company.rules) | {"scenario": as_data(scenario_of(company))}
    control, own = company.control[month], company.mart_totals[month]
    text = json.dumps(values, sort_keys=True)
    return manifest.Manifest(
        run_id=question.run_id,
        month=month,
        scenario=question.beside,
        currency=company.config.report.currency,
        status=about.status,
        status_reason=question.status.reason,
        company=company.config.report.company,
        definition=basis.definition_of(company),
        replaces=question.stands.replaces,
        roles=question.roles,
        inputs=tuple(
            manifest.Input(name=i.name, kind=i.kind, rows=i.rows, sha256=i.sha256)
            for i in identity.inputs(company, month)
        ),
        outputs=manifest.hash_outputs(staged),
        configuration=manifest.Configuration(sha256=hashlib.sha256(text.encode()).hexdigest(), values=values),
        code=manifest.Code(version=__version__, sha256=code()),
        notebooks=tuple(
            manifest.Notebook(name=n.name, sha256=n.sha256, edited=n.edited, sections=n.sections, added=n.added)
            for n in notebooks
        ),
        versions=dict(about.versions),
        bridge=_bridge(company, month),
        reconciliation=manifest.Reconciliation(
            billed=_compared(own.billed, control.billed),
            effective=_compared(own.effective, control.effective),
            rows=_compared(Decimal(own.rows), Decimal(control.rows)),
        ),
        tolerances=tuple(_tolerance(entry) for entry in about.tolerances),
        damage=tuple(_damage(flaw) for flaw in about.damage),
        checks=tuple(manifest.Check(**asdict(check)) for check in about.checks),
    )


def _tolerance(entry: Toleration) -> manifest.Tolerance:
    total = None if entry.sum is None else plain(entry.sum)
    return manifest.Tolerance(what=entry.what, count=entry.count, sum=total, example=entry.example)


def _damage(flaw: BillFlaw) -> manifest.Damage:
    return manifest.Damage(**asdict(flaw) | {"amount": plain(flaw.amount)})


def _bridge(company: Company, month: str) -> manifest.Bridge | None:
    found, earlier = bridge_of(company, month), company.before(month)
    if earlier is None or found.total is None:
        return None
    return manifest.Bridge(against=earlier, residual=plain(found.residual), level=plain(found.level))


def _compared(own: Decimal, control: Decimal) -> manifest.Compared:
    # Both agree, or the gap would have stopped the run.
    return manifest.Compared(marts=plain(own), control=plain(control), gap="0")


def _shown(value: object) -> str | None:
    if isinstance(value, tuple):
        return ", ".join(value)
    return plain(value) if isinstance(value, Decimal) else None if value is None else str(value)


def _headline(findings: Mapping[str, Estimate]) -> dict[str, Any]:
    return {name: findings[name].as_json()["value"] for name in ("cost_per_user", "mau", "scope_cost")}


def _tell(question: Question, out: Path, findings: Mapping[str, Estimate], *, unchanged: bool) -> None:
    per_user = findings["cost_per_user"]
    number = (
        f"{plain(per_user.value)} {per_user.unit}"
        if isinstance(per_user.value, Decimal)
        else f"unknown: {per_user.reason}"
    )
    if unchanged:
        print(f"unchanged since {question.run_id}")
    pages = out / question.month
    if question.beside:
        pages = pages / "scenarios" / question.beside
    print(f"{pages}: cost per user {visible(number)}, {question.status.name} ({visible(question.status.reason)})")
