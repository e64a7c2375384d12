"""A company's month published as a report does it, but for notebooks and pages: in a fraction of a second."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

from material.publishing import describe
from unitcost.analyses.findings import findings as findings_of
from unitcost.kernels import findings as published_findings
from unitcost.month.company import Company
from unitcost.month.keys import configuration
from unitcost.publishing import basis, publication
from unitcost.publishing import run_id as identity
from unitcost.publishing.manifest import Configuration, InputRecord
from unitcost.publishing.publication import PublishedSet
from unitcost.publishing.standing import Standing, last_published, standing
from unitcost.storage.locks import month_lock

MONTH = "2024-05"
EARLY, CLOSED = dt.date(2024, 6, 3), dt.date(2024, 6, 15)
HEADLINE = ("cost_per_user", "mau", "scope_cost")


def informed(company: Company, out: Path, month: str = MONTH) -> Company:
    """The company as a report sees it, which knows what was published before."""
    return company.saying(last_published(company, month, out=out, scenario="base"), ())


def asked(company: Company, out: Path, month: str = MONTH, as_of: dt.date = CLOSED) -> tuple[Standing, str]:
    """Where the month stands and the id of its run."""
    company = informed(company, out, month)
    stands = standing(company, month, out=out, scenario="base", as_of=as_of)
    run = identity.run_id(
        company, month, scenario="base", status=stands.status.name, roles=("cto",), replaces=stands.replaces
    )
    return stands, run


def publish(
    company: Company,
    out: Path,
    month: str = MONTH,
    as_of: dt.date = CLOSED,
    edits: Mapping[str, str] | None = None,
) -> tuple[Standing, PublishedSet]:
    """Publish a month; `edits` are findings as analysts say them. Return where it stands, and what is in place."""
    stands, run = asked(company, out, month, as_of)
    company = informed(company, out, month)
    computed = findings_of(company, month)
    headline = {name: computed[name].as_json()["value"] for name in HEADLINE}
    with month_lock(out, month):
        again = publication.reinstate(out, month, run, as_of=as_of, headline=headline)
        if again is not None:
            return stands, again
        with publication.stage(out) as staged:
            text = published_findings.as_json(
                computed, month=month, scenario="base", currency="USD", status=stands.status.name, run_id=run
            )
            changed = {}
            for name, value in (edits or {}).items():
                changed[name] = str(computed[name].as_json()["value"])
                text = text.replace(
                    f'"{name}": {{\n   "value": "{changed[name]}"', f'"{name}": {{\n   "value": "{value}"'
                )
            (staged / "cto.html").write_text(f"<p>{headline['cost_per_user']}</p>\n")
            (staged / "findings.json").write_text(text)
            (staged / "basis.json").write_text(basis.as_json(basis.basis_of(company, month), changed))
            described = describe(staged, 1, month=month, run_id=run).model_copy(
                update={
                    "status": stands.status.name,
                    "status_reason": stands.status.reason,
                    "definition": basis.definition_of(company),
                    "replaces": stands.replaces,
                    "inputs": tuple(
                        InputRecord(name=i.name, kind=i.kind, rows=i.rows, sha256=i.sha256)
                        for i in identity.inputs(company, month)
                    ),
                    "configuration": Configuration(
                        sha256="1" * 64, values=configuration(company.config, company.rules)
                    ),
                }
            )
            return stands, publication.publish(staged, out, described, as_of=as_of, headline=headline)
