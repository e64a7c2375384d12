"""`python -m benchmarks NAME`: makes the data, runs the commands, prints the ratios."""

from __future__ import annotations

import argparse
import compileall
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import change, compressed, growth, panels, report, scan
from benchmarks.measure import ROOT, Failed
from benchmarks.options import Options
from benchmarks.same_numbers import command as same_numbers

BENCHMARKS: dict[str, tuple[Callable[[Options], None], str]] = {
    "scan": (scan.run, "findings of 10M + 10M rows against a bare scan of the same values"),
    "growth": (growth.run, "time and memory of 1M, 10M and 100M rows"),
    "csv": (compressed.run, "findings of a CSV.gz bill against the engine's own CSV reader"),
    "change": (change.run, "one month of 36 changed, and nothing changed, against building all"),
    "panels": (panels.run, "unitcost experiment over 900 series, and over 80 panels of ten controls"),
    "report": (report.run, "three reports of 36 months against three obvious notebooks"),
}


def main(arguments: Sequence[str]) -> int:
    """Run one benchmark or all; return 1 if a measured command failed. `same-numbers` measures nothing: it compares."""
    if arguments[:1] == ["same-numbers"]:
        return same_numbers.main(arguments[1:])
    chosen = _parser().parse_args(arguments)
    options = Options(
        data=chosen.data.resolve(),
        rows=chosen.rows,
        rounds=chosen.rounds,
        money=chosen.money,
        tags=chosen.tags,
        pdf=not chosen.no_pdf,
    )
    options.data.mkdir(parents=True, exist_ok=True)
    # Otherwise the first round alone would compile modules.
    for folder in ("src", "benchmarks"):
        compileall.compile_dir(ROOT / folder, quiet=1)
    names = list(BENCHMARKS) if chosen.name == "all" else [chosen.name]
    for name in names:
        print(f"{name}: {BENCHMARKS[name][1]}", file=sys.stderr)
        try:
            BENCHMARKS[name][0](options)
        except Failed as failure:
            print(f"{name}: {failure}", file=sys.stderr)
            return 1
    if options.rows:
        print(f"\nThe goals are about the sizes that are measured without --rows, not about {options.rows:,} rows.")
    return 0


def _parser() -> argparse.ArgumentParser:
    about = "\n".join(f"  {name:<8}{text}" for name, (_, text) in BENCHMARKS.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measures whole processes next to each other and prints ratios. See benchmarks/README.md.",
        epilog=f"benchmarks:\n{about}\n  all     every one of them, with its own size"
        "\n\nsame-numbers --help: whether two checkouts compute the same, which is no benchmark",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", choices=[*BENCHMARKS, "all"], metavar="NAME", help="a benchmark, or all")
    default = Path(tempfile.gettempdir()) / "unitcost-benchmarks"
    parser.add_argument("--data", type=Path, default=default, help=f"where data is kept (default: {default})")
    parser.add_argument("--rows", type=_at_least(1000), default=0, help="cost rows (default: what the goals are about)")
    parser.add_argument("--rounds", type=_at_least(1), default=0, help="runs of each step (default: 3, growth 1)")
    parser.add_argument("--money", choices=("decimal", "double", "text"), default="decimal", help="type of money")
    parser.add_argument("--tags", choices=("json", "map"), default="json", help="type of the Tags column")
    parser.add_argument("--no-pdf", action="store_true", help="report: leave PDF out of the notebooks' side")
    return parser


def _at_least(least: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"'{text[:20]}' is not a number from {least} up")
        return int(text)

    return number


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
