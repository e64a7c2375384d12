"""Small sets to publish, and a program that publishes them until it is killed.

Run as `python publishing.py MODE OUT [NOTEBOOK]`: MODE `publish` publishes one set after another, `beside`
sets of a scenario, `naive` writes
the files in place as a careless program would, `hold` takes the month's lock and waits, `execute` runs notebooks
and then publishes. Each prints `ready` once it is at work.
"""

from __future__ import annotations

import hashlib
import itertools
import sys
import time
from datetime import date
from pathlib import Path

from unitcost.publishing import manifest, publication
from unitcost.publishing.manifest import Manifest
from unitcost.storage.locks import month_lock

MONTH = "2024-05"
AS_OF = date(2024, 6, 3)
FILES = ("cto.html", "cto.pdf", "findings.json", "notebooks/10_spend.ipynb")


def run_id_of(number: int, scenario: str | None = None) -> str:
    """The run id of the small set `number`."""
    return hashlib.sha256(f"{number}{scenario}".encode()).hexdigest()[:16]


def fill(folder: Path, number: int, lines: int = 40) -> None:
    """Write the files of the small set `number`, line by line so that a kill can fall in between."""
    for name in FILES:
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        with path.open("w", encoding="utf-8") as file:
            for line in range(lines):
                file.write(f"{name} of set {number}, line {line}\n")
                file.flush()


def describe(
    folder: Path, number: int, *, month: str = MONTH, scenario: str | None = None, run_id: str | None = None
) -> Manifest:
    """The manifest of the small set in `folder`."""
    same = {"marts": "12.30", "control": "12.30", "gap": "0"}
    return Manifest.model_validate(
        {
            "run_id": run_id or run_id_of(number, scenario),
            "month": month,
            "scenario": scenario,
            "currency": "USD",
            "status": "final",
            "status_reason": None,
            "roles": ["cto"],
            "inputs": [{"name": "bill.csv", "kind": "focus", "rows": number, "sha256": "0" * 64}],
            "outputs": manifest.hash_outputs(folder),
            "configuration": {"sha256": "1" * 64, "values": {"currency": "USD"}},
            "code": {"version": "0.1.0", "sha256": "2" * 64},
            "notebooks": [{"name": "10_spend", "sha256": "3" * 64, "edited": False}],
            "versions": {"duckdb": "2.0.0"},
            "reconciliation": {"billed": same, "effective": same, "rows": same},
        }
    )


def publish_small(
    out: Path, number: int, *, month: str = MONTH, scenario: str | None = None, run_id: str | None = None
) -> publication.PublishedSet:
    """Stage and publish the small set `number`, as a run does."""
    with month_lock(out, month), publication.stage(out) as staged:
        fill(staged, number)
        described = describe(staged, number, month=month, scenario=scenario, run_id=run_id)
        return publication.publish(staged, out, described, as_of=AS_OF, headline={"cost_per_user": f"0.{number}"})


def snapshot(folder: Path) -> dict[str, tuple[int, int]]:
    """Every path below `folder` with its time of change and size, and the folder itself."""
    return {
        str(path.relative_to(folder)): (path.lstat().st_mtime_ns, path.lstat().st_size)
        for path in (folder, *folder.rglob("*"))
    }


def _publish(out: Path) -> None:
    for number in itertools.count(1):
        publish_small(out, number)


def _beside(out: Path) -> None:
    for number in itertools.count(1):
        publish_small(out, number, scenario="growth")


def _naive(out: Path) -> None:
    folder = out / MONTH
    folder.mkdir(parents=True, exist_ok=True)
    for number in itertools.count(1):
        fill(folder, number)
        manifest.write(folder, describe(folder, number))


def _hold(out: Path) -> None:
    with month_lock(out, MONTH):
        print("holding", flush=True)
        time.sleep(600)


def _execute(out: Path, *notebooks: Path) -> None:
    from unitcost.kernels.execute import execute

    for number in itertools.count(1):
        with month_lock(out, MONTH), publication.stage(out) as staged:
            (staged / "notebooks").mkdir()
            execute(
                notebooks,
                parameters={"month": MONTH},
                environment={},
                workdir=staged / "notebooks",
                progress=lambda _: None,
            )
            fill(staged, number)
            described = describe(staged, number)
            publication.publish(staged, out, described, as_of=AS_OF, headline={})


def main() -> None:
    """Do what the command line says until killed."""
    mode, out = sys.argv[1], Path(sys.argv[2])
    print("ready", flush=True)
    if mode == "execute":
        _execute(out, *map(Path, sys.argv[3:]))
    else:
        {"publish": _publish, "beside": _beside, "naive": _naive, "hold": _hold}[mode](out)


if __name__ == "__main__":
    main()
