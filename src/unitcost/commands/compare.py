"""`unitcost compare`: scenarios of a month beside each other, on the terminal and as a page."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from unitcost.analyses.levers.against import AFTER, blocks, difference, shown
from unitcost.analyses.levers.scenarios import scenario_of, under
from unitcost.analyses.levers.side_by_side import side_by_side
from unitcost.analyses.opening import open_company
from unitcost.commands.findings import today
from unitcost.commands.terminal.progress import Progress
from unitcost.commands.terminal.text_table import print_table
from unitcost.display.formats import Formats, month_name
from unitcost.display.model import Against, Compared, Report, Role, Section, Summary
from unitcost.display.text import Names, cut
from unitcost.errors import UsageProblem, visible
from unitcost.inputs.config import check_month
from unitcost.month.company import Company
from unitcost.numbers.estimate import plain
from unitcost.numbers.months import last_day
from unitcost.pages.given_names import given_names
from unitcost.pages.summary import STATUS_WORDS
from unitcost.publishing import run_id as identity
from unitcost.publishing.status import status as status_of_month
from unitcost.storage.digest import digest
from unitcost.storage.whole import new_folder

TITLE = "Scenarios side by side"
MOST = 5  # scenarios that fit a page
PAGES = "compare"


def compare(
    month: str, names: Sequence[str], *, config: Path | None, to: Path | None, as_json: bool, progress: Progress
) -> None:
    """Print what scenarios of a month come to, and with `to` write the comparison there as HTML and PDF.

    Raises UsageProblem for fewer than two names, unknown ones, or a folder that is there already; nothing is
    written then.
    """
    check_month(month)
    _check(names, to)
    first = open_company(config, progress, scenario=names[0])
    first.check_month(month)
    companies = [under(first, name) for name in names]
    found = side_by_side(companies, month)
    if to is not None:
        _write(to, companies, found, month, progress)
    progress.done()
    currency = first.config.report.currency
    if as_json:
        compared = {"schema": 1, "month": month, "currency": currency, **asdict(found)}
        print(json.dumps(compared, ensure_ascii=False, default=plain))
        return
    _print(found, Formats.of(first.config.report.locale, currency))
    if to is not None:
        print(f"\n{visible(str(to))}: {PAGES}.html, {PAGES}.pdf")


def _check(names: Sequence[str], to: Path | None) -> None:
    if not 2 <= len(names) <= MOST or len(set(names)) < len(names):
        raise UsageProblem(
            f"A comparison takes two to {MOST} different scenarios",
            where=f"named: {', '.join(visible(name[:40]) for name in names) or 'none'}",
            fix="unitcost compare 2024-05 base another; base is the plan of record",
        )
    if to is not None and (to.exists() or to.is_symlink()):
        raise UsageProblem(f"{visible(str(to))} is there already", where="--to", fix="name a new folder")


def _print(found: Against, formats: Formats) -> None:
    between = ["difference"] if len(found.names) == 2 else []
    print_table(["", *found.names, *between], [_row(one, formats, between) for one in found.findings])
    if found.levers:
        print()
        print_table(
            ["saving a month by lever", *found.names, *between], [_row(o, formats, between) for o in found.levers]
        )
    print()
    for name, portfolio in zip(found.names, found.portfolios, strict=True):
        print(f"actions of {visible(name)}: {visible(', '.join(portfolio)) or 'none'}")
    if found.assumptions:
        print()
        head = ["lever", "assumption", *found.names]
        print_table(head, found.assumptions, head)


def _row(one: Compared, formats: Formats, between: Sequence[str]) -> list[str]:
    texts = shown(one.values, one.unit, formats)
    if between:
        texts += difference(one.values, one.unit, formats)
    return [f"{one.label}, {one.unit}" if one.unit != "share" else one.label, *texts]


def _write(to: Path, companies: Sequence[Company], found: Against, month: str, progress: Progress) -> None:
    from unitcost.pages.causal_guard import Guard
    from unitcost.pages.exporters import render  # large libraries: loaded only for pages

    progress("printing the comparison")
    report = _report(companies, found, month)
    given = {name for company in companies for name in given_names(company, month)}
    Guard.knowing(given).check_pages(report)
    html, pdf = render(report, lambda text: print(f"warning: {text}", file=sys.stderr))
    with new_folder(to, "comparison") as folder:
        (folder / f"{PAGES}.html").write_bytes(html)
        (folder / f"{PAGES}.pdf").write_bytes(pdf)


def _report(companies: Sequence[Company], found: Against, month: str) -> Report:
    report, scenarios = companies[0].config.report, ", ".join(found.names)
    formats, names = Formats.of(report.locale, report.currency), Names()
    said, company = month_name(month, report.locale), cut(report.company)
    status = status_of_month(companies[0], month, today("", report.as_of))
    return Report(
        role=Role(PAGES, TITLE, "", "", "", (), (), ()),
        title=TITLE,
        document_title=f"{company} – {TITLE} – {said}",
        company=company,
        month=said,
        language=report.locale.replace("_", "-"),
        date=last_day(month).isoformat(),
        run_id=_id(companies, month),
        classification="Confidential",
        summary=Summary(
            kicker=f"{names.show(report.company)} · {said} · {names.show(scenarios)}",
            headline=_headline(found, formats, names),
            status=status.name,  # type: ignore[arg-type]
            status_text=names.sentence(f"{STATUS_WORDS[status.name]}: {status.reason}"),
            question="What would each scenario come to?",
            tiles=(),
            sentences=(),
            warnings=(),
            movers=(),
        ),
        sections=(Section(PAGES, "Scenarios", TITLE, tuple(blocks(found, formats, names))),),
        banner="What would be: no result, and not what is published",
    )


def _headline(found: Against, formats: Formats, names: Names) -> str:
    after = next((one for one in found.findings if one.label == AFTER), None)
    if after is None or None in after.values:
        return TITLE
    texts = shown(after.values, after.unit, formats)
    parts = [
        f"{formats.with_currency(text)} with “{names.show(title, 40)}”"
        for text, title in zip(texts, found.titles, strict=True)
    ]
    return f"After all levers one user would cost {', '.join(parts)}"


def _id(companies: Sequence[Company], month: str) -> str:
    runs = [
        identity.run_id(company, month, scenario=scenario_of(company).key, status=PAGES, roles=())
        for company in companies
    ]
    return digest(runs)[:16]
