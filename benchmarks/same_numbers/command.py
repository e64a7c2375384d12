"""The command: makes the sample and the companies, asks both checkouts, prints what was compared and what differs."""

from __future__ import annotations

import argparse
import contextlib
import csv
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.measure import ROOT, Failed, scratch_folder
from benchmarks.same_numbers.checkouts import Answer, Call, Checkout, ask_both
from benchmarks.same_numbers.differences import Part, between
from benchmarks.same_numbers.published import numbers_between, pages_between

AS_OF = "2024-06-12"  # the status of a month depends on today, which would not be the same tomorrow
PAGES_MONTH = "2024-05"
Pair = tuple[Checkout, Checkout]


def main(arguments: Sequence[str]) -> int:
    """Compare two checkouts; return 0 if all numbers are the same, 1 if not, 2 if they could not be compared."""
    chosen = _parser().parse_args(arguments)
    with contextlib.ExitStack() as stack:
        folder = chosen.keep.resolve() if chosen.keep else stack.enter_context(scratch_folder())
        try:
            parts, pages = _compared(chosen, folder)
        except Failed as failure:
            print(f"same-numbers: {failure}", file=sys.stderr)
            return 2
    for part in (*parts, *pages):
        print("\n".join(part.lines()))
    is_same = not any(part.different for part in parts)
    print("The numbers are the same." if is_same else "THE NUMBERS DIFFER.")
    return 0 if is_same else 1


def _compared(chosen: argparse.Namespace, folder: Path) -> tuple[list[Part], list[Part]]:
    """Return the parts that must be identical, and those that are for a reader to judge."""
    pair = (
        Checkout("before", chosen.before.resolve(), folder / "before"),
        Checkout("after", chosen.after.resolve(), folder / "after"),
    )
    for checkout in pair:
        checkout.prepare()
    parts, pages = [], []
    if chosen.months != 0 or chosen.pages:
        parts.append(_samples(pair))
        months = _billed_months(pair[0].folder / "sample")
        parts.append(_findings_of_sample(pair, _spread(months, chosen.months)))
        if chosen.pages:
            numbers, words = _reports(pair, [months[0], PAGES_MONTH, months[-1]])
            parts.append(numbers)
            pages.append(words)
    if chosen.companies:
        parts.append(_findings_of_companies(pair, folder / "companies", chosen.companies))
    return parts, pages


def _samples(pair: Pair) -> Part:
    """Let both write the sample company and compare file by file."""
    part = Part("sample company, files")
    for _, *answers in ask_both(pair, [("sample", "sample")], "sample"):
        for checkout, answer in zip(pair, answers, strict=True):
            if answer.code:
                raise Failed(f"{checkout.name}: unitcost sample ended with {answer.code}\n{answer.err}")
    before, after = (checkout.folder / "sample" for checkout in pair)
    names = {path.relative_to(root) for root in (before, after) for path in root.rglob("*") if path.is_file()}
    for name in sorted(names):
        contents = [(root / name).read_bytes() if (root / name).exists() else None for root in (before, after)]
        part.add(str(name), {} if contents[0] == contents[1] else {"content": _sizes(*contents)})
    return part


def _sizes(*contents: bytes | None) -> str:
    sizes = ["missing" if content is None else f"{len(content):,} bytes" for content in contents]
    return f"{sizes[0]} before, {sizes[1]} after"


def _billed_months(sample: Path) -> list[str]:
    with (sample / "invoices.csv").open(encoding="utf-8", newline="") as invoices:
        return sorted({row["billing_month"] for row in csv.DictReader(invoices)})


def _spread(months: Sequence[str], count: int | None) -> list[str]:
    """Return so many months, from the first to the last and evenly between; one is the last, None all."""
    if count is None or count >= len(months):
        return list(months)
    last = len(months) - 1
    return [months[last - place * last // max(count - 1, 1)] for place in reversed(range(count))]


def _findings_of_sample(pair: Pair, months: Sequence[str]) -> Part:
    part = Part("sample company, findings")
    config = pair[0].folder / "sample" / "report.toml"
    calls = [_findings(month, config) for month in months]
    _count(part, pair, calls, lambda call: call[1])
    return part


def _findings_of_companies(pair: Pair, folder: Path, count: int) -> Part:
    """Write the companies with the tests of this checkout, and ask both for two months of each."""
    print(f"writing {count} companies", file=sys.stderr, flush=True)
    command = (sys.executable, "-m", "material.many_companies", folder, "--companies", str(count))
    done = subprocess.run(command, cwd=ROOT / "tests", capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"the companies could not be written:\n{done.stderr[-1500:]}")
    companies = json.loads(done.stdout)
    kinds = {company["folder"]: company["kind"] for company in companies}
    part = Part(f"{count} small companies, findings")
    calls = [
        _findings(month, Path(company["folder"]) / "report.toml")
        for company in companies
        for month in company["months"]
    ]
    _count(part, pair, calls, lambda call: _named(Path(call[4]).parent, call[1], kinds))
    return part


def _named(company: Path, month: str, kinds: dict[str, str]) -> str:
    return f"company {company.name} ({kinds[str(company)]}), {month}"


def _findings(month: str, config: Path) -> Call:
    return ("findings", month, "--json", "--config", str(config), "--as-of", AS_OF, "--out", "nothing-published")


def _count(part: Part, pair: Pair, calls: Sequence[Call], where: Callable[[Call], str]) -> None:
    name = part.name.partition(",")[0]
    for call, before, after in ask_both(pair, calls, f"findings of {name}".replace(" ", "-")):
        part.codes[before.code] = part.codes.get(before.code, 0) + 1
        part.add(where(call), between(before, after))


def _reports(pair: Pair, months: Sequence[str]) -> tuple[Part, Part]:
    """Publish months with both and compare what lies in the folders: numbers in one part, words in the other."""
    numbers, words = Part("reports, numbers"), Part("reports, words and markup of pages")
    config = str(pair[0].folder / "sample" / "report.toml")
    calls = [("report", month, "--config", config, "--as-of", AS_OF, "--out", "out") for month in dict.fromkeys(months)]
    for call, before, after in ask_both(pair, calls, "reports"):
        numbers.codes[before.code] = numbers.codes.get(before.code, 0) + 1
        numbers.add(f"report of {call[1]}", _outcome(before, after))
        folders = [checkout.folder / "out" / call[1] for checkout in pair]
        numbers.add(f"published folder of {call[1]}", numbers_between(*folders))
        for page, (in_numbers, in_words) in pages_between(*folders).items():
            name = f"{call[1]}/{page}"
            numbers.add(name, {f"a number on {name}": in_numbers} if in_numbers else {})
            words.add(name, {name: in_words} if in_words else {})
    return numbers, words


def _outcome(before: Answer, after: Answer) -> dict[str, str]:
    """Return what differs in how a report ended; what it prints on the way is progress."""
    if before.code == after.code:
        return {}
    return {"exit code": f"{before.code} before, {after.code} after\n{(after.err or before.err)[-600:]}"}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks same-numbers",
        description="Whether two checkouts compute the same. See benchmarks/README.md.",
    )
    parser.add_argument("--before", type=Path, required=True, help="a checkout with its own .venv")
    parser.add_argument("--after", type=Path, default=ROOT, help="another one (default: this one)")
    parser.add_argument("--months", type=int, help="so many months of the sample company (default: all; 0: none)")
    parser.add_argument("--companies", type=int, default=200, help="so many small companies (default: 200)")
    parser.add_argument("--pages", action="store_true", help="publish three months of the sample and compare the pages")
    parser.add_argument("--keep", type=Path, help="a new folder for all files, which are kept (default: none are)")
    return parser
