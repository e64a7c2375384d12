"""`unitcost export`: a month's bills row by row with what the allocation made of them, in the shape of FOCUS."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from unitcost.analyses.opening import open_company
from unitcost.commands.export import export_rows
from unitcost.commands.export.row_pieces import Cut, Largest, corrections, cut
from unitcost.commands.terminal.progress import Progress
from unitcost.errors import ReconciliationProblem, UsageProblem, visible
from unitcost.inputs.config import check_month
from unitcost.month.company import Company
from unitcost.month.owners import OwnerKind
from unitcost.month.result import MonthResult
from unitcost.numbers.estimate import Estimate
from unitcost.numbers.units import to_units
from unitcost.publishing import run_id as identity
from unitcost.storage.whole import new_folder
from unitcost.warehouse.bills.spend import parts_of
from unitcost.warehouse.engine import Connection, connection

LIST = "export.json"
IN_SCOPE = tuple(k for k in OwnerKind if k not in (OwnerKind.EXCLUDED, OwnerKind.OUT_OF_SCOPE))


def export(month: str, to: Path, *, config: Path | None, engine: str, progress: Progress) -> None:
    """Write the folder `to`: one Parquet file a bill that counts in the month, and export.json.

    Raises UsageProblem where the folder holds anything but this very export, ReconciliationProblem where the rows do
    not add up to the findings. The folder appears whole or not at all.
    """
    check_month(month)
    company = open_company(config, progress, engine)
    company.check_month(month)
    name = identity.run_id(company, month, scenario="base", status="export", roles=())
    shown = visible(str(to))
    if _is_there(to, name, month):
        progress.done()
        print(f"The export of {month} in {shown} is unchanged")
        return
    with new_folder(to, "export") as folder:
        files = _write(company, month, folder, progress)
        content = {"schema": 1, "month": month, "id": name, "currency": company.config.report.currency, "files": files}
        (folder / LIST).write_text(json.dumps(content, indent=2) + "\n", "utf-8")
    progress.done()
    rows = sum(int(file["rows"]) for file in files)
    print(f"{month} is exported to {shown}: {rows} rows of bills (files: {len(files)}) that add up to the findings")


def _write(company: Company, month: str, folder: Path, progress: Progress) -> list[dict[str, str | int]]:
    spend, settings = company.marts.repeats.spend, company.marts.repeats.settings
    result = company.result(month)
    pieces = cut(result.rows, result.allocation)
    wanted = export_rows.ExportMonth(month, company.config.report.currency, company.config.costs.basis)
    scratch = folder / ".rows"
    scratch.mkdir()
    files: list[dict[str, str | int]] = []
    with connection() as con:
        export_rows.install(con, settings, _tables(pieces, company.marts.rule_order))
        parts = parts_of(spend, month)
        names = export_rows.given_columns(con, parts, settings)
        staged: dict[int, Path] = {}
        for number, part in enumerate(parts, start=1):
            progress(f"exporting bill {number} of {len(parts)}: {part.source.name}")
            path = scratch / f"{number}.parquet"
            rows = export_rows.stage(con, part, number, spend, settings, month=wanted, names=names, target=path)
            if rows:
                staged[number] = path
                files.append({"file": f"costs-{number:04d}.parquet", "source": part.source.name, "rows": rows})
        sums, largest = export_rows.piece_sums(con, list(staged.values()))
        amounts = {(group, line, tier): int(units) for group, line, tier, units in sums}
        places = {group: Largest(int(size), file, row) for group, size, file, row in largest}
        on_top = corrections(pieces, amounts, places, result.allocation)
        for file, (number, path) in zip(files, staged.items(), strict=True):
            of_file = [(c.row, c.line, c.tier, c.units) for c in on_top if c.file == number]
            target = folder / str(file["file"])
            export_rows.write(con, path, of_file, target, month=wanted, names=names)
            path.unlink()
            file["sha256"] = hashlib.sha256(target.read_bytes()).hexdigest()
        _check(con, folder, result)
    shutil.rmtree(scratch)
    return files


def _tables(pieces: Cut, rule_order: Sequence[str]) -> export_rows.Tables:
    keys = list(pieces.keys)
    rules = {f"rule_{n}": ("string", [key.rule_values[n] for key in keys]) for n in range(len(rule_order))}
    return export_rows.Tables(
        keys={
            "charge_category": ("string", [key.charge_category for key in keys]),
            "commitment_status": ("string", [key.commitment_status for key in keys]),
            "product_tag": ("string", [key.product_tag for key in keys]),
            "service_category": ("string", [key.service_category for key in keys]),
            **rules,
            "number": ("whole", [pieces.keys[key] for key in keys]),
        },
        groups={
            "number": ("whole", range(len(pieces.groups))),
            "kind": ("string", [kind.value for kind, _, _ in pieces.groups]),
            "owner": ("string", [owner for _, owner, _ in pieces.groups]),
            "in_scope": ("bool", [kind in IN_SCOPE for kind, _, _ in pieces.groups]),
        },
        pieces={
            "group_number": ("whole", [piece.group for piece in pieces.pieces]),
            **{name: ("string", [getattr(p, name) for p in pieces.pieces]) for name in ("line", "tier", "method")},
            **{name: ("whole", [getattr(p, name) for p in pieces.pieces]) for name in ("low", "high")},
        },
    )


def _check(con: Connection, folder: Path, result: MonthResult) -> None:
    """Raise ReconciliationProblem unless what was written adds up to the findings."""
    written: dict[str, int] = {}

    def add(name: str, amount: Decimal | None) -> None:
        written[name] = written.get(name, 0) + (to_units(amount) if amount is not None else 0)

    for kind, line, tier, allocated, billed, effective in export_rows.totals(con, folder):
        add("billed_cost", billed)
        add("effective_cost", effective)
        add("scope_cost", allocated)
        if line is not None:
            add(f"cost.{tier}" if tier is not None else "cost.no_tier", allocated)
            add(f"cost.product.{result.slugs['product'][line]}", allocated)
        elif kind in IN_SCOPE:
            add("cost.unused_commitment" if kind == OwnerKind.UNUSED else "cost.unallocated", allocated)
    names = {"billed_cost", "effective_cost", "scope_cost", "cost.free", "cost.paid", "cost.no_tier"}
    names |= {"cost.unused_commitment", "cost.unallocated"} | {n for n in result.findings if _is_line(n)}
    for name in sorted(names):
        wanted = _units(result.findings, name)
        if written.get(name, 0) != wanted:
            raise ReconciliationProblem(
                f"The rows of the export do not add up to {name}",
                where=str(folder.parent),
                why=f"rows: {written.get(name, 0)}e-18, finding: {wanted}e-18",
                fix="please report this with the files; nothing was written",
            )


def _is_line(name: str) -> bool:
    return name.startswith("cost.product.")


def _units(findings: Mapping[str, Estimate], name: str) -> int:
    value = findings[name].value
    return to_units(value) if isinstance(value, Decimal) else 0


def _is_there(to: Path, name: str, month: str) -> bool:
    """Tell whether the folder holds this very export. Raises UsageProblem where it holds anything else."""
    if not to.exists() and not to.is_symlink():
        return False
    entries = sorted(to.iterdir()) if to.is_dir() else []
    if to.is_dir() and not entries:
        return False
    if to.is_dir() and (to / LIST).is_file() and _is_whole(to, name, [entry.name for entry in entries]):
        return True
    raise UsageProblem(
        f"{to} is there already and holds something else",
        where="--to",
        why=f"it holds {entries[0].name}" if entries else "it is a file",
        fix=f"name a new folder, such as {to}-{month}, or remove this one",
    )


def _is_whole(to: Path, name: str, entries: Sequence[str]) -> bool:
    try:
        content = json.loads((to / LIST).read_text("utf-8"))
        files = {str(file["file"]): str(file["sha256"]) for file in content["files"]}
        same = content["id"] == name and sorted(entries) == sorted([*files, LIST])
    except (ValueError, KeyError, TypeError):
        return False
    return same and all(hashlib.sha256((to / file).read_bytes()).hexdigest() == sha for file, sha in files.items())
