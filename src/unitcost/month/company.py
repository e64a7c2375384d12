"""One company: its configuration, its marts and its numbers. What notebooks, commands and pages all start from."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from functools import cached_property, lru_cache
from pathlib import Path
from threading import Event
from typing import Any

from unitcost.analyses.anomalies import inputs as day_costs
from unitcost.analyses.bridge import inputs as explained
from unitcost.analyses.bridge.bridge import Bridge
from unitcost.analyses.candidates import inputs as candidates
from unitcost.analyses.commitments.positions import CommitmentRow, commitment_findings
from unitcost.analyses.experiments import findings as experiments
from unitcost.analyses.experiments.experiment_file import (
    NO_EXPERIMENTS,
    Experiments,
    check_filters,
    check_levers,
    load_experiments,
)
from unitcost.analyses.freemium import inputs as freemium
from unitcost.analyses.levers import inputs as levers
from unitcost.analyses.levers.scenarios import BASE, Scenario, check_lines, load_scenario
from unitcost.analyses.levers.spend_by_filters import MatchedRow, spend_by_filters
from unitcost.analyses.outlook import inputs as outlook
from unitcost.analyses.split.sensitivity import Sensitivity, sensitivity_findings
from unitcost.analyses.users import inputs as user_sets
from unitcost.control.totals import ControlSettings, ControlTotal, control_totals
from unitcost.errors import DataProblem, ReconciliationProblem, UsageProblem
from unitcost.inputs.config import Config, load_config, with_engine
from unitcost.inputs.rules import Rules, load_rules
from unitcost.month import usage_drivers
from unitcost.month.cells import CellRow, OwnedCell, owned_cells
from unitcost.month.double_count import counted_twice
from unitcost.month.owners import Scope, SpendRow
from unitcost.month.past import Past, past
from unitcost.month.result import MonthResult, Settings, month_result, with_previous
from unitcost.month.users import Count, Profile, Use, Users, from_counts, from_profiles
from unitcost.numbers.book import Findings
from unitcost.numbers.months import month_before
from unitcost.numbers.units import to_money, to_units
from unitcost.publishing.status import Invoiced, Status, status_of
from unitcost.warehouse.build import build
from unitcost.warehouse.files.texts import parse_money
from unitcost.warehouse.marks import Mark
from unitcost.warehouse.marts import Marts
from unitcost.warehouse.usage.users import COUNT_KEYS

Progress = Callable[[str], None]
USE_KEYS = ("product_line", "tier", "rows")


def default_config() -> Path:
    """Return the configuration to use when none is named: UNITCOST_CONFIG, else the sample company."""
    chosen = os.environ.get("UNITCOST_CONFIG")
    if chosen:
        return Path(chosen)
    here = Path("sample/report.toml")
    return here if here.exists() else Path(__file__).parents[3] / here


def store_folder() -> Path:
    """Return where intermediate tables are kept: UNITCOST_CACHE, else the user's cache folder."""
    chosen = os.environ.get("UNITCOST_CACHE")
    if chosen:
        return Path(chosen)
    from platformdirs import user_cache_path

    return user_cache_path("unitcost")


def published_before() -> dict[str, Decimal]:
    """Return what was last published as cost per user, by month; a report tells its notebooks in UNITCOST_PUBLISHED.

    Raises UsageProblem for anything else than decimals as text by month.
    """
    text = os.environ.get("UNITCOST_PUBLISHED", "")
    try:
        found = {str(month): parse_money(value).value for month, value in json.loads(text or "{}").items()}
    except (ValueError, AttributeError, TypeError):
        raise UsageProblem(
            f"UNITCOST_PUBLISHED holds '{text[:40]}'",
            why="it is a JSON object from month to cost per user, a decimal as text",
            fix='unset it, or write such as {"2024-04": "0.541"}',
        ) from None
    return found


class Company:
    """A company's numbers by month. Everything is computed on demand and kept for the life of the object."""

    def __init__(
        self,
        path: Path,
        config: Config,
        rules: Rules,
        marts: Marts,
        control: Mapping[str, ControlTotal],
        *,
        scenario: Scenario,
        experiments: Experiments = NO_EXPERIMENTS,
    ) -> None:
        self.path = path
        self.folder = path.parent
        self.config = config
        self.rules = rules
        self.marts = marts
        self.scenario = scenario
        self.experiments = experiments
        self.control = control  # the totals of the second reader, by month
        self.published = published_before()
        # Months published under another definition than the one before; a report tells its notebooks.
        self.breaks = tuple(os.environ.get("UNITCOST_BREAKS", "").split())
        self.result = lru_cache(maxsize=None)(self._result)
        self.cells = lru_cache(maxsize=None)(self._cells)
        self.bridge = lru_cache(maxsize=None)(self._bridge)
        self.past = lru_cache(maxsize=None)(self._past)
        self.sensitivity = lru_cache(maxsize=None)(self._sensitivity)
        self.matched = lru_cache(maxsize=None)(self._matched)

    @classmethod
    def open(
        cls, path: Path | None = None, progress: Progress = lambda _: None, engine: str = "", scenario: str = ""
    ) -> Company:
        """Read and check everything, building the marts that are missing.

        `engine` computes them; if it is empty, that of UNITCOST_ENGINE, else that of the configuration. `scenario`
        is a scenario's name; if it is empty, that of UNITCOST_SCENARIO, else the plan of record.
        Raises UsageProblem for the configuration and DataProblem for the data, each with place and remedy.
        """
        named = path or default_config()
        config = with_engine(load_config(named), engine or os.environ.get("UNITCOST_ENGINE", ""))
        rules = load_rules(named.parent / config.allocation.path) if config.allocation.path else Rules()
        where = named.resolve()
        chosen = load_scenario(named.parent, config, scenario or os.environ.get("UNITCOST_SCENARIO", ""))
        tried = load_experiments(named.parent, config.experiments.path)
        check_levers(tried, [lever.id for lever in load_scenario(named.parent, config, BASE).levers])
        store = store_folder()
        # Both readings of the same files go on side by side; neither knows what the other has found.
        stop = Event()
        with ThreadPoolExecutor(1, thread_name_prefix="second-reader") as pool:
            control = pool.submit(control_totals, _control_settings(where.parent, config), store / "control", stop=stop)
            try:
                marts = build(where.parent, config, rules, store, progress)
            except BaseException:
                stop.set()
                raise
        check_lines(chosen, config.costs.product_tag, marts.product_tags)
        check_filters(tried, config.costs.product_tag, marts.product_tags)
        return cls(where, config, rules, marts, control.result(), scenario=chosen, experiments=tried)

    def under(self, name: str) -> Company:
        """Return this company under the scenario of that name. Raises UsageProblem as `open` does."""
        if name == self.scenario.key:
            return self
        chosen = load_scenario(self.folder, self.config, name)
        check_lines(chosen, self.config.costs.product_tag, self.marts.product_tags)
        return self.supposing(chosen)

    def supposing(self, scenario: Scenario) -> Company:
        """Return this company under a scenario that no file need hold; what no scenario changes is shared."""
        known = (self.path, self.config, self.rules, self.marts, self.control)
        other = Company(*known, scenario=scenario, experiments=self.experiments)
        other.published, other.breaks = self.published, self.breaks
        other.result, other.cells, other.bridge = self.result, self.cells, self.bridge
        other.past, other.sensitivity, other.matched = self.past, self.sensitivity, self.matched
        return other

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
        known = ", ".join(self.months[-12:])
        raise DataProblem(
            f"{month} has no {' and no '.join(lacking)}",
            where=str(self.path.name),
            why=f"months with both: {known}" if known else "no month has both cost rows and activity",
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

    def findings(self, month: str, against: str | None = None) -> Findings:
        """Return every finding of a month, each with its value of the month before.

        The bridge leads from `against`, by default from the month before. Raises DataProblem for months without data.
        """
        earlier = self.before(self.check_month(month))
        if against is not None and self.check_month(against) >= month:
            raise DataProblem(
                f"{month} cannot be explained against {against}",
                why="a bridge leads from an earlier month",
                fix=f"name a month before {month}",
            )
        found = self._findings(month) | self._bridge_findings(month, against)
        before = self._findings(earlier, past=True) | self._bridge_findings(earlier, None) if earlier else None
        return with_previous(found, before)

    def _bridge_findings(self, month: str, against: str | None) -> Findings:
        return explained.bridge_findings(self.bridge(month, against), self.config.report.currency)

    def _bridge(self, month: str, against: str | None = None) -> Bridge:
        """Return why cost per user moved since `against`, by default since the month before as last published."""
        earlier = against or self.before(month)
        return explained.bridge_of(self, month, earlier, self.published.get(earlier or ""))

    def _cells(self, month: str) -> list[OwnedCell]:
        """Return the cells in scope of a month, with their owners."""
        rows = (CellRow._make(row) for row in self.mart_rows("cells", month, CellRow._fields))
        return owned_cells(rows, self.rules, self.scope)

    def _findings(self, month: str, *, past: bool = False) -> Findings:
        # What a result lacks is asked for here, and so only of the months that are shown as such.
        found = {
            **self.result(month).findings,
            **user_sets.findings(self, month),
            **candidates.findings(self, month),
            **freemium.findings(self, month, intervals=not past),
            **sensitivity_findings(self.sensitivity(month), self.config.report.currency, self.config.report.min_users),
            **outlook.findings(self, month),
            **day_costs.findings(self, month),
            **experiments.findings(self, month),
        }
        return found | levers.findings(self, month, found)

    def _sensitivity(self, month: str) -> Sensitivity:
        return Sensitivity(self.result(month), self.rules, self.config.allocation.unused_commitment)

    def _past(self, month: str) -> Past:
        """Return a month's own findings; from the store, if it has them."""
        return past(self, month)

    def _result(self, month: str) -> MonthResult:
        report = self.config.report
        settings = Settings(
            currency=report.currency,
            scope=self.scope,
            min_users=report.min_users,
            unused_commitment=self.config.allocation.unused_commitment,
        )
        result = month_result(self.spend(month), self.users(month), self.rules, settings, self.gap(month))
        for vendor, period, seller in counted_twice(result.rows):
            raise DataProblem(
                f"{vendor} is counted twice in billing period {period}",
                where=", ".join(self.config.costs.paths),
                why=f"its own bill and its charges through {seller} are both in scope",
                fix=f'send one out of scope in allocation.toml: when = {{ ProviderName = "{seller}", '
                f'PublisherName = "{vendor}" }}, out_of_scope = "marketplace"',
            )
        return replace(result, findings={**result.findings, **commitment_findings(self.commitments(month))})

    def commitments(self, month: str) -> list[CommitmentRow]:
        """Return the commitments mart of a month."""
        names, rows = self.marts.table("commitments", month)
        places = [names.index(field) for field in CommitmentRow._fields] if rows else []
        return [CommitmentRow._make([row[i] for i in places]) for row in rows]

    @property
    def scope(self) -> Scope:
        """Return what counts."""
        return Scope(self.config.costs.basis, self.config.costs.exclude_categories, self.marts.rule_order)

    def spend(self, month: str) -> list[SpendRow]:
        """Return the spend mart of a month."""
        return [SpendRow._make(row) for row in self.mart_rows("spend", month, SpendRow._fields)]

    def _matched(self, month: str, filters: tuple[tuple[tuple[str, tuple[str, ...]], ...], ...]) -> list[MatchedRow]:
        """Return everything charged in a month by which of the filters match it, and what decides its owner."""
        scope = self.scope
        return spend_by_filters(
            self.marts.repeats, month, [dict(one) for one in filters], scope.basis, scope.rule_order
        )

    def mart_rows(self, table: str, month: str, fields: Sequence[str]) -> Iterator[list[Any]]:
        """Yield a mart's rows: the columns `fields` but for rule_values, then the values that rules look at."""
        names, rows = self.marts.table(table, month)
        if not rows:
            return
        own = [names.index(field) for field in fields if field != "rule_values"]
        rules = [names.index(f"rule_{number}") for number in range(len(self.marts.rule_order))]
        for row in rows:
            yield [*(row[i] for i in own), tuple(row[i] for i in rules)]

    def users(self, month: str) -> Users:
        """Return what is known about a month's users, and what usage metrics add as drivers.

        Raises DataProblem for a metric that cannot be the driver it is named as.
        """
        return usage_drivers.with_metrics(self, month, self._users(month))

    def _users(self, month: str) -> Users:
        """Return what activity tells of a month, by single users or by counts."""
        if month in self.marts.aggregate:
            rows = self.marts.aggregate[month]
            return from_counts([_count(row.cells) for row in rows], self.marts.registered_users(month))
        names, rows_of_use = self.marts.table("usage", month)
        lines = {str(line): counts for line, *counts in self.marts.table("line_users", month)[1]}
        use = {}
        for row in rows_of_use:
            cells = dict(zip(names, row, strict=True))
            drivers = {
                name: to_units(value) for name, value in cells.items() if name not in USE_KEYS and value is not None
            }
            line, tier = cells["product_line"], cells["tier"]
            _, user_days, other_days = lines[line]
            on_default = tier == self.config.subscriptions.default_tier
            use[line, tier] = Use(user_days - (other_days or 0) if on_default else other_days, drivers)
        profiles = [Profile(*row) for row in self.marts.table("profiles", month)[1]]
        return from_profiles(
            profiles,
            {line: counts[0] for line, counts in lines.items()},
            use,
            registered=self.marts.registered_users(month),
            dedicated_accounts=frozenset(str(row[0]) for row in self.marts.table("dedicated_accounts", month)[1]),
            no_subscription=sum(profile.users for profile in profiles if profile.no_subscription),
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

    def status(self, month: str, as_of: dt.date) -> Status:
        """Return whether the month is final, seen from a day."""
        query = (
            "select provider, coalesce(sum(rows) filter (month = $1), 0),"
            " coalesce(sum(rows) filter (month = $1 and marks & $2 <> 0), 0),"
            " sum(rows), coalesce(sum(rows) filter (marks & $2 <> 0), 0)"
            " from {spend} where month <= $1 group by provider"
        )
        found = self.marts.rows(query, [month, int(Mark.NO_INVOICE)])
        providers = [Invoiced(str(p), *(int(n) for n in numbers)) for p, *numbers in found]
        return status_of(month, providers, as_of, self.config.report.close_day)


def _control_settings(folder: Path, config: Config) -> ControlSettings:
    return ControlSettings(
        folder=folder,
        paths=config.costs.paths,
        defaults=config.costs.defaults,
        currency=config.report.currency,
        corrections=config.costs.corrections,
        spread=config.costs.spread,
        fx=folder / config.fx.path if config.fx.path else None,
    )


def _count(cells: dict[str, str | None]) -> Count:
    drivers = {}
    for name, text in cells.items():
        if name in COUNT_KEYS or text is None:
            continue
        try:
            drivers[name] = to_units(parse_money(text).value)
        except ValueError:
            continue  # a column of words is no driver
    return Count(cells.get("tier"), cells.get("product_line"), int(parse_money(str(cells["mau"])).value), drivers)
