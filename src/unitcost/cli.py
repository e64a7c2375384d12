"""The command line: every verb, its options, and one place where errors become exit codes."""

from __future__ import annotations

import gc
import os
import signal
import sys
import traceback
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer.exceptions import TyperException

from unitcost import __version__
from unitcost.commands.terminal.repeated_options import RepeatedOptions
from unitcost.errors import EnvironmentProblem, UnitcostError, visible

if TYPE_CHECKING:
    from unitcost.commands.terminal.progress import Progress

REASONS = {
    0: "done",
    1: "internal error",
    2: "usage or configuration",
    3: "bad input data",
    4: "does not reconcile",
    5: "locked by another run",
    6: "environment",
    130: "interrupted",
    143: "terminated",
}
WAIT = 0.001  # seconds that a thread waits for Python's lock before it insists on it
RARELY = 100_000  # new objects between two runs of the collector of cyclic garbage
app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    help="Infrastructure cost per user, explained.",
)

Month = Annotated[str, typer.Argument(envvar="UNITCOST_MONTH", help="The month, such as 2024-05.", show_envvar=False)]
ConfigPath = Annotated[
    Path | None,
    typer.Option("--config", envvar="UNITCOST_CONFIG", help="report.toml; default: sample/report.toml."),
]
Out = Annotated[Path, typer.Option("--out", envvar="UNITCOST_OUT", help="Where reports are published.")]
Scenario = Annotated[str, typer.Option("--scenario", envvar="UNITCOST_SCENARIO", help="A scenario's name.")]
AsOf = Annotated[str, typer.Option("--as-of", envvar="UNITCOST_AS_OF", help="Today's date, for the status alone.")]
EngineName = Annotated[
    str,
    typer.Option("--engine", envvar="UNITCOST_ENGINE", help="duckdb or spark; default: [engine] name, else duckdb."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show a traceback with an error.")]


@app.command()
def report(
    month: Month = "",
    config: ConfigPath = None,
    scenario: Scenario = "",
    role: Annotated[str, typer.Option("--role", envvar="UNITCOST_ROLE", help="Only this role's pages.")] = "",
    out: Out = Path("reports"),
    as_of: AsOf = "",
    engine: EngineName = "",
    debug: Debug = False,
) -> None:
    """Build and publish the reports of a month."""
    from unitcost.commands.report import make_report

    make_report(
        month,
        config=config,
        scenario=scenario,
        role=role,
        out=out,
        as_of=as_of,
        engine=engine,
        progress=_progress(),
    )


@app.command()
def findings(
    month: Month = "",
    config: ConfigPath = None,
    scenario: Scenario = "",
    out: Out = Path("reports"),
    as_of: AsOf = "",
    engine: EngineName = "",
    against: Annotated[str, typer.Option("--against", help="The month the bridge leads from; default: the last.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print findings.json and nothing else.")] = False,
    debug: Debug = False,
) -> None:
    """Compute the numbers of a month, without notebooks and pages."""
    from unitcost.commands.findings import print_findings

    print_findings(
        month,
        config=config,
        scenario=scenario,
        out=out,
        as_of=as_of,
        engine=engine,
        against=against,
        as_json=as_json,
        progress=_progress(),
    )


@app.command(cls=RepeatedOptions)
def experiment(
    panel: Annotated[Path, typer.Argument(help="A long CSV or Parquet: one row per unit and time.")],
    unit: Annotated[str, typer.Option("--unit", help="The column of the units.")],
    time: Annotated[str, typer.Option("--time", help="The column of the times: whole numbers or dates.")],
    outcome: Annotated[str, typer.Option("--outcome", help="The column of the outcome.")],
    treated: Annotated[list[str], typer.Option("--treated", help="A unit that changed; may be repeated.")],
    start: Annotated[str, typer.Option("--start", help="The first time after the change.")],
    covariates: Annotated[list[str] | None, typer.Option("--covariates", help="Columns that explain it.")] = None,
    placebo_start: Annotated[list[str] | None, typer.Option("--placebo-start", help="An earlier time.")] = None,
    expected: Annotated[str, typer.Option("--expected", help="increase or decrease.")] = "",
    material: Annotated[float | None, typer.Option("--material", help="The least effect that matters.")] = None,
    by: Annotated[str | None, typer.Option("--by", help="A column that tells panels apart.")] = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Estimate what a change did, on a panel of units and times."""
    from unitcost.analyses.experiments.panel_file import PanelQuestion
    from unitcost.commands.experiment import print_experiment

    print_experiment(
        panel,
        PanelQuestion(unit, time, outcome, tuple(treated), start, tuple(covariates or ()), by),
        placebo_starts=tuple(placebo_start or ()),
        expected=expected,
        material=material,
        as_json=as_json,
    )


@app.command()
def compare(
    month: Month = "",
    scenarios: Annotated[
        list[str] | None,
        typer.Argument(envvar="UNITCOST_SCENARIOS", help="Two or more; base is the plan of record.", show_envvar=False),
    ] = None,
    config: ConfigPath = None,
    to: Annotated[
        Path | None,
        typer.Option("--to", envvar="UNITCOST_TO", help="A new folder for the comparison as HTML and PDF."),
    ] = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Set scenarios of a month beside each other."""
    from unitcost.commands.compare import compare as print_comparison

    print_comparison(month, scenarios or [], config=config, to=to, as_json=as_json, progress=_progress())


@app.command()
def export(
    to: Annotated[Path, typer.Option("--to", help="A new folder.")],
    month: Month = "",
    config: ConfigPath = None,
    engine: EngineName = "",
    debug: Debug = False,
) -> None:
    """Write a month's bills row by row with what the allocation made of them, as Parquet in the shape of FOCUS."""
    from unitcost.commands.export.rows_file import export as write_export

    write_export(month, to, config=config, engine=engine, progress=_progress())


@app.command()
def check(config: ConfigPath = None, debug: Debug = False) -> None:
    """Validate the configuration and every input file; compute nothing."""
    from unitcost.commands.checkup import check_inputs

    check_inputs(config, progress=_progress())


@app.command()
def verify(
    month: Annotated[
        str, typer.Argument(envvar="UNITCOST_MONTH", help="A month; default: all of them.", show_envvar=False)
    ] = "",
    out: Out = Path("reports"),
    run: Annotated[str, typer.Option("--run", envvar="UNITCOST_RUN", help="A run's id; default: the newest.")] = "",
    debug: Debug = False,
) -> None:
    """Hash what was published again and compare it with manifests and ledger."""
    from unitcost.commands.checkup import verify_published

    verify_published(month, out, run)


@app.command()
def history(
    finding: Annotated[str, typer.Option("--finding", help="The finding to show.")] = "cost_per_user",
    out: Out = Path("reports"),
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Tell what was published when, and what had changed."""
    from unitcost.commands.chronicle import print_history

    print_history(out, finding, as_json=as_json)


@app.command()
def diff(
    old: Annotated[str, typer.Argument(help="A run's id, or its first digits.")],
    new: Annotated[str, typer.Argument(help="Another run's.")],
    out: Out = Path("reports"),
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Show which findings of two runs differ, and what behind them does."""
    from unitcost.commands.chronicle import print_diff

    print_diff(out, old, new, as_json=as_json)


@app.command()
def prune(
    config: ConfigPath = None,
    out: Out = Path("reports"),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
    debug: Debug = False,
) -> None:
    """Remove sets that the ledger does not name, and with [report] keep_runs the oldest of each month."""
    from unitcost.commands.chronicle import prune_sets

    prune_sets(config, out, dry_run=dry_run)


@app.command()
def sample(folder: Annotated[Path, typer.Argument(help="A folder to write to.")], debug: Debug = False) -> None:
    """Write the sample company."""
    from unitcost.sample import generate

    _progress()(f"writing the sample company to {folder}")
    generate(folder)
    print(f"The sample company is in {visible(str(folder))}: unitcost report 2024-05 --config {folder / 'report.toml'}")


@app.command()
def init(folder: Annotated[Path, typer.Argument(help="A new folder.")], debug: Debug = False) -> None:
    """Write a commented report.toml and five-row example files."""
    from unitcost.starter import write_starter

    write_starter(folder)
    print(f"Written to {visible(str(folder))}. Next: unitcost report 2024-05 --config {folder / 'report.toml'}")


@app.command()
def doctor(out: Out = Path("reports"), debug: Debug = False) -> None:
    """Show versions, fonts, disk and locks."""
    from unitcost.commands.checkup import examine

    examine(out)


@app.command()
def lab(config: ConfigPath = None, debug: Debug = False) -> None:
    """Open the notebooks in JupyterLab, on this machine only."""
    from unitcost.commands.lab import start

    start(config)


def _version(value: bool) -> None:
    if value:
        print(__version__)
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


@cache
def _progress() -> Progress:
    from unitcost.commands.terminal.progress import Progress

    return Progress()


def main() -> None:
    """Run a verb and end with its exit code; no expected error shows a traceback."""
    signal.signal(signal.SIGTERM, _terminate)
    # Next to nothing dies in a circle here; looking for it as often as Python does took a tenth of a run.
    gc.set_threshold(RARELY)
    # Two readers go through the bills side by side; the one that finds a flaw should not wait for the other.
    sys.setswitchinterval(WAIT)
    code = _run()
    sys.stdout.flush()
    sys.stderr.flush()
    # make asks for this line, because its own message says nothing about the kind of trouble.
    wish = os.environ.get("UNITCOST_EXIT_LINE")
    if wish == "always" or (wish == "failure" and code):
        print(f"unitcost: exit {code} ({REASONS.get(code, 'internal error')})", flush=True)
    sys.exit(code)


def _terminate(number: int, frame: object) -> None:
    raise SystemExit(143)


def _run() -> int:
    try:
        result = app(sys.argv[1:] or ["--help"], standalone_mode=False)
    except UnitcostError as error:
        return _say(f"unitcost: {error}", error.code)
    except TyperException as error:
        return _say(f"unitcost: {visible(error.format_message())}\n  fix:   unitcost --help", 2)
    except (KeyboardInterrupt, typer.Abort):
        return _say("unitcost: interrupted; nothing was published", 130)
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else 1
        return _say("unitcost: terminated; nothing was published", code) if code > 128 else code
    except (MemoryError, OSError) as error:
        return _say(f"unitcost: {_environment(error)}", 6)
    except Exception as error:
        text = f"unitcost: internal error: {type(error).__name__}: {visible(str(error))[:300]}"
        return _say(f"{text}\n  fix:   run it again with --debug and report what it prints", 1)
    return result if isinstance(result, int) else 0


def _say(text: str, code: int) -> int:
    if _progress.cache_info().currsize:
        _progress().done()  # a progress line would write over the error
    if "--debug" in sys.argv:
        traceback.print_exc()
    print(text, file=sys.stderr)
    return code


def _environment(error: MemoryError | OSError) -> EnvironmentProblem:
    if isinstance(error, MemoryError):
        return EnvironmentProblem("There is not enough memory", fix="close other programs, or use a larger machine")
    return EnvironmentProblem(
        "The machine refused an operation",
        where=str(error.filename) if error.filename else None,
        why=error.strerror or str(error),
        fix="check the disk, the permissions and the limits of open files",
    )
