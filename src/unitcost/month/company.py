"""One company: its configuration, its marts and its numbers by month. It knows no analysis; each asks it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from unitcost.control.totals import ControlTotal
from unitcost.errors import DataProblem, ReconciliationProblem
from unitcost.inputs.config import Config
from unitcost.inputs.rules import Rules
from unitcost.month import usage_drivers
from unitcost.month.cells import OwnedCell, owned_cells
from unitcost.month.double_count import check_counted_once
from unitcost.month.keys import code, configuration
from unitcost.month.owners import Scope
from unitcost.month.past import Past, past_of
from unitcost.month.reading import users_of
from unitcost.month.result import MonthResult, MonthSettings, month_result
from unitcost.month.users import Users
from unitcost.numbers.months import month_before
from unitcost.numbers.units import to_money, to_units
from unitcost.storage.kept import kept
from unitcost.warehouse.marts import Marts
from unitcost.warehouse.rows import cell_rows, spend_rows

T = TypeVar("T")


class Company:
    """A company's numbers by month. Everything is computed on demand and kept for the life of the object.

    `readings` are what analyses have read for themselves (a scenario, experiments, a plan …), by type;
    `published` is the cost per user last published, by month; `breaks` are the months published under another
    definition than the one before. Nothing is set later: `saying` and `supposing` return another company, which
    shares what does not change.
    """

    def __init__(
        self,
        path: Path,
        config: Config,
        rules: Rules,
        marts: Marts,
        control: Mapping[str, ControlTotal],
        *,
        readings: Iterable[object] = (),
        published: Mapping[str, Decimal] | None = None,
        breaks: Sequence[str] = (),
        answers: dict[Hashable, Any] | None = None,
    ) -> None:
        self.path = path
        self.folder = path.parent
        self.config = config
        self.rules = rules
        self.marts = marts
        self.control = control  # the totals of the second reader, by month
        self.published = dict(published or {})
        self.breaks = tuple(breaks)
        self._readings = {type(reading): reading for reading in readings}
        self._shared: dict[Hashable, Any] = {} if answers is None else answers
        self._own: dict[Hashable, Any] = {}

    def supposing(self, *readings: object) -> Company:
        """Return this company with other readings, such as a scenario that no file need hold."""
        return self._with([*self._readings.values(), *readings], self.published, self.breaks)

    def saying(self, published: Mapping[str, Decimal], breaks: Sequence[str]) -> Company:
        """Return this company as a report sees it that knows what was published before."""
        return self._with(self._readings.values(), published, breaks)

    def _with(self, readings: Iterable[object], published: Mapping[str, Decimal], breaks: Sequence[str]) -> Company:
        return Company(
            self.path, self.config, self.rules, self.marts, self.control,
            readings=readings, published=published, breaks=breaks, answers=self._shared,
        )  # fmt: skip

    def given(self, kind: type[T]) -> T:
        """Return what was read of a type. Raises KeyError for a type that no analysis reads."""
        reading = self._readings[kind]
        assert isinstance(reading, kind)
        return reading

    # Answers that are kept

    def once(self, key: Hashable, compute: Callable[[], T], *, shared: bool = True) -> T:
        """Return what `compute` returns, asking it only once; `key` names the answer.

        Companies made from this one share the answer, so `key` names all it rests on besides marts, rules and
        configuration; what rests on readings or on what was published is not `shared`.
        """
        answers = self._shared if shared else self._own
        if key not in answers:
            answers[key] = compute()
        answer: T = answers[key]
        return answer

    def keep(
        self, name: str, months: Sequence[str], compute: Callable[[], T], kind: type[T], rests_on: object = None
    ) -> T:
        """Return what `compute` returns: from the store where it was asked before, also by another process.

        `name` is the folder in the store; `months` are those whose rows it rests on; `rests_on` is JSON and names
        what else it rests on besides code and settings; `kind` is the type of the answer.
        """
        question = [*self._program, name, [self.content(month) for month in months], rests_on]
        return self.once((name, *months, repr(rests_on)), lambda: kept(self.store / name, question, compute, kind))

    @cached_property
    def _program(self) -> list[object]:
        return [code(), configuration(self.config, self.rules)]

    def content(self, month: str) -> list[object]:
        """Return what names all rows of a month in the marts, as JSON."""
        marts = self.marts
        periods = marts.subscriptions_path
        folders = (marts.spend_folders.get(month), marts.user_folders.get(month), periods.parent if periods else None)
        counts = sorted(sorted((k, str(v)) for k, v in row.cells.items()) for row in marts.aggregate.get(month, ()))
        return [month, *(f.name if f else "" for f in folders), counts, marts.usage_metrics.months.get(month)]

    @property
    def store(self) -> Path:
        """Return the folder in which answers are kept between runs."""
        return self.marts.repeats.store

    # Months

    @cached_property
    def months(self) -> list[str]:
        """Return the months that have both cost rows and activity."""
        return self.marts.months()

    def check_month(self, month: str) -> str:
        """Return `month` if it has data. Raises DataProblem naming the months that have."""
        if month in self.months:
            return month
        costs, users = set(self.marts.cost_months()), set(self.marts.user_folders) | set(self.marts.aggregate)
        lacking = [what for what, has in (("cost rows", costs), ("activity", users)) if month not in has]
        last_months = ", ".join(self.months[-12:])
        raise DataProblem(
            f"{month} has no {' and no '.join(lacking)}",
            where=str(self.path.name),
            why=f"months with both: {last_months}" if last_months else "no month has both cost rows and activity",
            fix=f"make report MONTH={self.months[-1]}" if self.months else "add the missing files",
        )

    def before(self, month: str) -> str | None:
        """Return the month before, if it has data."""
        earlier = month_before(month)
        return earlier if earlier in self.months else None

    def until(self, month: str, at_most: int) -> list[str]:
        """Return the last months with data up to `month`, oldest first."""
        return [m for m in self.months if m <= month][-at_most:]

    # Numbers

    @property
    def scope(self) -> Scope:
        """Return what counts."""
        return Scope(self.config.costs.basis, self.config.costs.exclude_categories, self.marts.rule_order)

    def result(self, month: str) -> MonthResult:
        """Return a month's allocated cost and its findings of the groups spend, users, unit cost and allocation.

        Raises DataProblem for a vendor that is counted twice, ReconciliationProblem where readers disagree.
        """
        return self.once(("result", month), lambda: self._result(month))

    def _result(self, month: str) -> MonthResult:
        report = self.config.report
        settings = MonthSettings(
            currency=report.currency,
            scope=self.scope,
            min_users=report.min_users,
            unused_commitment=self.config.allocation.unused_commitment,
        )
        result = month_result(spend_rows(self.marts, month), self.users(month), self.rules, settings, self.gap(month))
        check_counted_once(result.rows, self.config.costs.paths)
        return result

    def cells(self, month: str) -> list[OwnedCell]:
        """Return the cells in scope of a month, with their owners."""
        return self.once(("cells", month), lambda: owned_cells(cell_rows(self.marts, month), self.rules, self.scope))

    def past(self, month: str) -> Past:
        """Return a month's own findings; from the store, if it has them. Raises what `result` raises."""
        self.gap(month)
        return self.keep("months", [month], lambda: past_of(self.result(month)), Past)

    def users(self, month: str) -> Users:
        """Return what is known about a month's users, and what usage metrics add as drivers.

        Raises DataProblem for a metric that cannot be the driver it is named as.
        """
        return usage_drivers.with_metrics(
            self, month, users_of(self.marts, month, self.config.subscriptions.default_tier)
        )

    # Trust

    @cached_property
    def mart_totals(self) -> dict[str, ControlTotal]:
        """Return billed, effective and rows of the marts, by month."""
        return {month: ControlTotal(*total) for month, total in self.marts.totals.items()}

    def gap(self, month: str) -> Decimal:
        """Return control total − marts of a month: 0. Raises ReconciliationProblem for anything else."""
        control, own = self.control.get(month), self.mart_totals[month]
        if control is None:
            control = ControlTotal(Decimal(0), Decimal(0), 0)
        if control != own:
            raise ReconciliationProblem(
                f"The marts of {month} do not reconcile with the files",
                where=", ".join(self.config.costs.paths),
                why=f"files: billed {control.billed}, effective {control.effective}, {control.rows} rows; "
                f"marts: billed {own.billed}, effective {own.effective}, {own.rows} rows",
                fix="please report this with the files; nothing was published",
            )
        return to_money(to_units(control.billed) - to_units(own.billed))
