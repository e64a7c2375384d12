"""Context from outside: sourced, dated, editable; shown beside a number, never as a verdict on it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated

from pydantic import Field

from unitcost.inputs.toml_file import Strict, check, load_toml

Number = Annotated[Decimal, Field(allow_inf_nan=False)]


class Benchmark(Strict):
    """One [[benchmark]]: a range or a mark, what it means, where it is from and when it was noted."""

    metric: Annotated[str, Field(min_length=1)]
    low: Number | None = None
    high: Number | None = None
    unit: str
    text: str
    source: Annotated[str, Field(min_length=1)]
    date: dt.date


class _BenchmarkFile(Strict):
    benchmark: tuple[Benchmark, ...] = ()


def load_benchmarks(path: Path | None) -> tuple[Benchmark, ...]:
    """Return a company's own benchmarks, or the shipped ones. Raises UsageProblem for a flawed file."""
    if path is not None:
        return check(_BenchmarkFile, load_toml(path), path).benchmark
    with as_file(files("unitcost.inputs").joinpath("benchmarks.toml")) as shipped:
        return check(_BenchmarkFile, load_toml(shipped), shipped).benchmark
