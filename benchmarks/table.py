"""Results: medians of what was measured, ratios of what ran side by side, as Markdown."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.measure import Command, Usage

Value = Callable[[Usage], float]
MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was measured some times, and the command line of the last time."""

    name: str
    command: Command
    usages: Sequence[Usage]

    def median(self, value: Value) -> float:
        """Return the median of a value over the rounds."""
        return median(value(usage) for usage in self.usages)


@dataclass(frozen=True, slots=True)
class Result:
    """One figure beside its goal. `met` is None where there is no goal."""

    what: str
    figure: str
    goal: str = ""
    met: bool | None = None


def wall(usage: Usage) -> float:
    """Return seconds of wall time."""
    return usage.wall


def cpu(usage: Usage) -> float:
    """Return seconds of CPU time, all processes."""
    return usage.cpu


def tree(usage: Usage) -> float:
    """Return bytes of the whole tree of processes at their highest."""
    return usage.tree


def largest(usage: Usage) -> float:
    """Return bytes of the largest process."""
    return usage.largest


def ratios(above: Step, below: Step, value: Value) -> list[float]:
    """Return the ratio of every round."""
    return [value(a) / value(b) for a, b in zip(above.usages, below.usages, strict=True)]


def spread(values: Sequence[float], digits: int = 2) -> str:
    """Return the median and, in brackets, the range of several rounds."""
    shown = f"{median(values):.{digits}f}"
    return shown if len(values) == 1 else f"{shown} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def rounds(count: int, *steps: Callable[[], Usage]) -> list[list[Usage]]:
    """Run A B A B …; return the usages of every step."""
    usages: list[list[Usage]] = [[] for _ in steps]
    for number in range(count):
        for place, step in enumerate(steps):
            print(f"  round {number + 1} of {count}, step {place + 1} of {len(steps)} …", file=sys.stderr)
            usages[place].append(step())
    return usages


def show(name: str, steps: Sequence[Step], results: Sequence[Result]) -> None:
    """Print what was measured, the ratios and the commands."""
    print(f"\n## {name}\n")
    print("| step | wall s | CPU s | peak, tree MB | peak, largest process MB | rounds |")
    print("|---|---|---|---|---|---|")
    for step in steps:
        cells = [f"{step.median(wall):.2f}", f"{step.median(cpu):.2f}"]
        cells += [f"{step.median(value) / MB:.0f}" for value in (tree, largest)]
        print(f"| {step.name} | {' | '.join(cells)} | {len(step.usages)} |")
    print("\n| benchmark | what | measured | goal | met |")
    print("|---|---|---|---|---|")
    for result in results:
        met = {True: "yes", False: "**no**", None: ""}[result.met]
        print(f"| {name} | {result.what} | {result.figure} | {result.goal} | {met} |")
    print()
    for step in steps:
        print(f"- {step.name}: `{step.command}`")
    sys.stdout.flush()
