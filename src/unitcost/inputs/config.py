"""report.toml: what a company tells us, validated whole before anything is read.

Every key of the contract is known from the first day. Keys that no part of the software uses yet are
accepted and named by `unitcost check`.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, Field, field_validator, model_validator

from unitcost.errors import UsageProblem, nearest, visible
from unitcost.inputs import focus
from unitcost.inputs.toml_file import Strict, check, load_toml

MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


def _currency(code: str) -> str:
    if not re.fullmatch(r"[A-Z]{3}", code):
        raise ValueError("a currency is a code of three capital letters, such as USD")
    return code


def _locale(name: str) -> str:
    from babel import Locale, UnknownLocaleError

    try:
        Locale.parse(name)
    except (ValueError, UnknownLocaleError):
        raise ValueError("not a known locale; write it like en_US or de_DE") from None
    return name


def _as_of(value: Any) -> str:
    text = value.isoformat() if isinstance(value, dt.date) else value
    if not isinstance(text, str):
        raise ValueError("write a date such as 2024-06-12, or leave it empty for today")
    if text:
        try:
            dt.datetime.strptime(text, "%Y-%m-%d")
        except ValueError:
            raise ValueError("write a date such as 2024-06-12, or leave it empty for today") from None
    return text


def _filled(text: str) -> str:
    if not text.strip():
        raise ValueError("it is empty")
    return text


Share = Annotated[Decimal, Field(ge=0, le=1, allow_inf_nan=False)]
Amount = Annotated[Decimal, Field(allow_inf_nan=False)]
Text = Annotated[str, Field(strict=True)]
Name = Annotated[str, Field(strict=True), AfterValidator(_filled)]
Count = Annotated[int, Field(strict=True, ge=1)]


class ReportSection(Strict):
    """[report]: names, dates and limits of the pages."""

    company: Name
    currency: Annotated[Text, AfterValidator(_currency)] = "USD"
    locale: Annotated[Text, AfterValidator(_locale)] = "en_US"
    close_day: Annotated[int, Field(strict=True, ge=1, le=28)] = 10
    as_of: str = ""
    min_users: Count = 20
    suppress_below: Count = 5
    material_share: Share = Decimal("0.01")
    material_effect: Share = Decimal("0.05")
    keep_runs: Annotated[int, Field(strict=True, ge=0)] = 0
    notebooks: Text = ""

    _dates = field_validator("as_of", mode="before")(_as_of)


class CostsSection(Strict):
    """[costs]: where the bills are and how their rows count."""

    paths: Annotated[tuple[Name, ...], Field(min_length=1)]
    defaults: dict[str, Text] = Field(default={})
    basis: Literal["effective", "billed"] = "effective"
    exclude_categories: tuple[Text, ...] = ("Tax", "Credit")
    product_tag: Name = "product"
    environment_tag: Name = "env"
    account_tag: Name = "account_id"
    corrections: Literal["restated", "as_booked"] = "restated"
    spread: Literal["days", "start"] = "days"

    @field_validator("defaults")
    @classmethod
    def _known_columns(cls, value: dict[str, str]) -> dict[str, str]:
        for name in value:
            if name not in focus.COLUMNS:
                raise ValueError(f"'{name}' is not a FOCUS column; {nearest(name, focus.COLUMNS)}")
        return value

    @field_validator("exclude_categories")
    @classmethod
    def _known_categories(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if name not in focus.CHARGE_CATEGORIES:
                raise ValueError(f"'{name}' is not a ChargeCategory; {nearest(name, focus.CHARGE_CATEGORIES)}")
        return value


class OnePath(Strict):
    """A section that only names a file, a glob or a folder."""

    path: Text = ""


class ActivitySection(Strict):
    """[activity]: single users by day, or counts that somebody else made."""

    path: Text = ""
    aggregate: Text = ""

    @model_validator(mode="after")
    def _one_of_both(self) -> ActivitySection:
        if bool(self.path) == bool(self.aggregate):
            raise ValueError("give exactly one of 'path' (a row per user and day) and 'aggregate' (counts)")
        return self


class SubscriptionsSection(OnePath):
    """[subscriptions]: which user was on which tier, when."""

    default_tier: Literal["free", "paid"] = "free"


class UsageMetricsSection(OnePath):
    """[usage_metrics]: measurements of systems, and how much must have been measured of what splits cost."""

    min_coverage: Share = Decimal("0.9")


class UtilisationSection(OnePath):
    """[utilisation]: how busy machines were, and from where on they count as idle or busy."""

    idle_below: Share = Decimal("0.05")
    busy_below: Share = Decimal("0.80")
    min_days: Annotated[int, Field(strict=True, ge=1, le=31)] = 14

    @model_validator(mode="after")
    def _in_order(self) -> UtilisationSection:
        if self.idle_below >= self.busy_below:
            raise ValueError(f"idle_below ({self.idle_below}) is not below busy_below ({self.busy_below})")
        return self


class AllocationSection(OnePath):
    """[allocation]: rules, pools and drivers."""

    unused_commitment: Literal["split", "pool"] = "split"


class FinanceSection(Strict):
    """[finance]: what lifetime value and margins rest on."""

    discount_rate_annual: Annotated[Amount, Field(ge=0, lt=10)] = Decimal("0.10")
    ltv_horizon_months: Count = 60
    other_cogs_per_paid_user: Annotated[Amount, Field(ge=0)] = Decimal(0)


class OutlookSection(Strict):
    """[outlook]: what is known to happen."""

    events: Text = ""


class TargetsSection(Strict):
    """[targets]: the cost per user aimed at, by month."""

    cost_per_user: dict[str, Annotated[Amount, Field(gt=0)]] = Field(default={})

    @field_validator("cost_per_user")
    @classmethod
    def _months(cls, value: dict[str, Decimal]) -> dict[str, Decimal]:
        for month in value:
            if not MONTH.fullmatch(month):
                raise ValueError(f"'{month}' is not a month such as 2024-12")
        return value


def _master(text: str) -> str:
    if not re.fullmatch(r"local(\[([1-9][0-9]*|\*)\])?|sc://[^/;\s]+(/?;\S*|/)?", text):
        raise ValueError("write local[2] for this machine, or sc://host:port for a Spark Connect server")
    return text


class EngineSection(Strict):
    """[engine]: what computes the marts. The numbers do not depend on it."""

    name: Literal["duckdb", "spark"] = "duckdb"
    master: Annotated[Text, AfterValidator(_master)] = "local[2]"


class Config(Strict):
    """The whole of report.toml."""

    report: ReportSection
    costs: CostsSection
    fx: OnePath = OnePath()
    invoices: OnePath = OnePath()
    activity: ActivitySection
    subscriptions: SubscriptionsSection = SubscriptionsSection()
    usage_metrics: UsageMetricsSection = UsageMetricsSection()
    utilisation: UtilisationSection = UtilisationSection()
    allocation: AllocationSection = AllocationSection()
    finance: FinanceSection = FinanceSection()
    experiments: OnePath = OnePath()
    scenarios: OnePath = OnePath()
    plan: OnePath = OnePath()
    outlook: OutlookSection = OutlookSection()
    benchmarks: OnePath = OnePath()
    targets: TargetsSection = TargetsSection()
    engine: EngineSection = EngineSection()


def load_config(path: Path) -> Config:
    """Return report.toml as a checked, frozen value. Raises UsageProblem with file, key and remedy."""
    return check(Config, load_toml(path), path)


def with_engine(config: Config, name: str) -> Config:
    """Return the configuration with another engine; an empty name changes nothing. Raises UsageProblem."""
    known = get_args(EngineSection.model_fields["name"].annotation)
    if name and name not in known:
        raise UsageProblem(f"There is no engine '{visible(name[:40])}'", where="--engine", fix=nearest(name, known))
    engine = config.engine.model_copy(update={"name": name}) if name else config.engine
    return config.model_copy(update={"engine": engine})


def check_month(text: str) -> str:
    """Return `text` if it is exactly a month such as 2024-05. Raises UsageProblem otherwise."""
    if not MONTH.fullmatch(text) or text.startswith("0000"):
        shown = visible(text if len(text) <= 40 else text[:40] + "…")
        raise UsageProblem(
            f"'{shown}' is not a month" if text else "No month was given",
            where="MONTH",
            why="a month is four digits, a hyphen and two digits from 01 to 12",
            fix="make report MONTH=2024-05",
        )
    return text
