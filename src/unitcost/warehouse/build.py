"""Raw files → marts. Every step is kept under a name made of what went in, so only what changed is done again."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from unitcost.errors import EnvironmentProblem
from unitcost.inputs.config import Config
from unitcost.inputs.rules import Rules
from unitcost.storage.digest import code_of, digest
from unitcost.storage.whole import sweep, whole_folder
from unitcost.warehouse.bills import costs, fx, spend
from unitcost.warehouse.bills.repeats import Repeats
from unitcost.warehouse.engine import SPILL, Connection, connection, literal, run
from unitcost.warehouse.engines import Engine, opened
from unitcost.warehouse.files import measurements, small_table
from unitcost.warehouse.files.sources import Hashes, Sources, find
from unitcost.warehouse.marts import Input, Marts
from unitcost.warehouse.usage import activity, subscriptions, users
from unitcost.warehouse.usage import usage_metrics as metered
from unitcost.warehouse.usage.user_sets import UserSets

Progress = Callable[[str], None]
# Files up to this many bytes are one piece of work to the engine: a second core would find nothing to do in them.
SMALL = 16 << 20


def prepared(store: Path) -> Hashes:
    """Make the store ready for a run and return what is known of files' hashes. Raises EnvironmentProblem."""
    try:
        store.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise EnvironmentProblem(
            "The folder for intermediate tables cannot be made",
            where=str(store),
            why=error.strerror,
            fix="set UNITCOST_CACHE to a folder that can be written",
        ) from None
    _sweep(store)
    return Hashes(store / "hashes.json")


def build(folder: Path, config: Config, rules: Rules, store: Path, progress: Progress, *, hashes: Hashes) -> Marts:
    """Return the marts of a company, building what is not in `store` yet.

    `folder` holds report.toml; relative paths start there. Raises DataProblem naming file and row.
    """
    with disk_trouble(store):
        return _build(folder, config, rules, store, progress, hashes=hashes)


@dataclass(frozen=True, slots=True)
class _UserTables:
    """What activity and subscriptions come to."""

    folders: dict[str, Path]
    content: dict[str, tuple[int, int]]
    subscriptions: Input | None
    subscriptions_path: Path | None
    zero_length: int
    sets: UserSets


def _build(folder: Path, config: Config, rules: Rules, store: Path, progress: Progress, *, hashes: Hashes) -> Marts:
    rates = fx.load_rates(folder, config.fx.path, hashes)
    settings = costs.CostSettings(config.costs, config.report.currency, rates, rules.columns)
    bills = find(folder, config.costs.paths, "costs", hashes)
    active = find(folder, [config.activity.path], "activity", hashes) if config.activity.path else None
    subs = find(folder, [config.subscriptions.path], "subscriptions", hashes) if config.subscriptions.path else None
    counts = {} if active else users.load_aggregate(folder, config.activity.aggregate, hashes)
    invoices = _invoices(folder, config.invoices.path, hashes)
    metrics = _metrics(folder, config, hashes, store)
    with _connection(bills, active, subs) as con, opened(config.engine, store) as engine:
        run(con, "staging/macros")
        spent, tables = _side_by_side(
            partial(_spend, con.cursor(), engine, bills, settings, store=store, progress=progress),
            partial(_users, con.cursor(), engine, active, subs, config, rules=rules, store=store, progress=progress),
            engine,
        )
    hashes.save()
    return Marts(
        spend_folders=spent.months,
        repeats=Repeats(spent, settings, store, _code()),
        fractions=spent.fractions,
        user_folders=tables.folders,
        user_sets=tables.sets,
        activity_content=tables.content,
        aggregate=counts,
        rule_order=settings.rule_order,
        subscriptions=tables.subscriptions,
        subscriptions_path=tables.subscriptions_path,
        fx=tuple(rates.upto("9999-12")),
        invoices=invoices,
        usage_metrics=metrics,
        repeated=tuple(pair for sources in (bills, active, subs) if sources for pair in sources.repeated),
        zero_length=tables.zero_length,
    )


def _side_by_side(
    spending: Callable[[], spend.Spend], using: Callable[[], _UserTables], engine: Engine
) -> tuple[spend.Spend, _UserTables]:
    """Build bills and users at once: neither needs the other, and each alone often keeps one core busy."""
    with ThreadPoolExecutor(2) as pool:
        spent, used = pool.submit(spending), pool.submit(using)
        try:
            return spent.result(), used.result()
        except BaseException:
            engine.stop()
            raise


def _connection(*sources: Sources | None) -> AbstractContextManager[Connection]:
    """Return a database for files of these sizes: staging and spilling may take twice what they come to."""
    sizes = _sizes(*sources)
    return connection(2 * sum(sizes) >> 20, one_core=max(sizes) <= SMALL)


def _sizes(*sources: Sources | None) -> list[int]:
    """Return about how many bytes each file comes to unpacked."""
    unpacked = {".gz": 8, ".parquet": 8, ".csv": 1}
    files = [file.path for each in sources if each for file in each.files]
    return [path.stat().st_size * unpacked.get(path.suffix.lower(), 1) for path in files]


def _invoices(folder: Path, path: str, hashes: Hashes) -> tuple[small_table.Row, ...]:
    if not path:
        return ()
    columns = ("provider", "billing_month", "currency", "amount")
    return tuple(small_table.read(folder, path, "invoices", columns, hashes))


def _metrics(folder: Path, config: Config, hashes: Hashes, store: Path) -> metered.UsageMetrics:
    return measurements.load(
        metered.UsageMetrics,
        folder,
        config.usage_metrics.path,
        section=metered.SECTION,
        parse=metered.parsed,
        hashes=hashes,
        kept_in=store / metered.SECTION,
        code=_code(),
    )


def _spend(
    con: Connection,
    engine: Engine,
    bills: Sources,
    settings: costs.CostSettings,
    *,
    store: Path,
    progress: Progress,
) -> spend.Spend:
    return spend.build(con, engine, bills, settings, store, progress=progress, code=_code())


def _users(
    con: Connection,
    engine: Engine,
    active: Sources | None,
    subs: Sources | None,
    config: Config,
    *,
    rules: Rules,
    store: Path,
    progress: Progress,
) -> _UserTables:
    key = digest([_code(), *(f.sha256 for f in subs.files)] if subs else ["none"])
    periods = store / "subscriptions" / key
    facts, zero_length = _subscriptions(con, subs, periods, progress)
    path = periods / "data.parquet" if subs else None
    folders: dict[str, Path] = {}
    content: dict[str, tuple[int, int]] = {}
    staged: list[users.StagedFile] = []
    if active:
        staged = _activity(con, active, rules.named_drivers(), store, progress)
        content = _content(staged)
        wanted = users.Wanted(config.subscriptions.default_tier, path, key, _code())
        folders = users.build(con, engine, staged, wanted, store, progress=progress)
    sets = UserSets(folders, users.by_month(staged), store, _code())
    return _UserTables(folders, content, facts, path, zero_length, sets)


def _code() -> str:
    """Return a digest of this room's code: what another version staged is not taken for our own."""
    return code_of("unitcost.warehouse")


def _activity(
    con: Connection, active: Sources, named: Sequence[str], store: Path, progress: Progress
) -> list[users.StagedFile]:
    folders = [(store / "activity" / digest([_code(), f.sha256, f.hive, named]), f) for f in active.files]
    missing = [(path, file) for path, file in folders if not path.exists()]
    for number, (path, file) in enumerate(missing, start=1):
        progress(f"reading activity {number} of {len(missing)}: {file.name}")
        with whole_folder(path) as temporary:
            activity.stage(con, file, named, temporary)
    return [users.StagedFile(file, path, activity.read_facts(path)) for path, file in folders]


def _content(staged: Sequence[users.StagedFile]) -> dict[str, tuple[int, int]]:
    total: dict[str, tuple[int, int]] = {}
    for file in staged:
        for month, facts in file.staged.months.items():
            before = total.get(month, (0, 0))
            total[month] = (before[0] + facts[0], before[1] + facts[1])
    return total


def _subscriptions(con: Connection, subs: Sources | None, target: Path, progress: Progress) -> tuple[Input | None, int]:
    if subs is None:
        return None, 0
    if not target.exists():
        progress("reading subscriptions")
        with whole_folder(target) as temporary:
            subscriptions.load_subscriptions(con, subs.files, temporary)
            con.execute(
                f"copy subscriptions to {literal(temporary / 'data.parquet')} (format parquet, compression zstd)"
            )
            subscriptions.write_facts(con, temporary)
    rows, sha, zero = subscriptions.read_facts(target)
    return Input("subscriptions", "subscriptions", rows, sha), zero


def _sweep(store: Path) -> None:
    """Remove what killed runs left half-made."""
    sweep(Path(tempfile.gettempdir()), rf"{SPILL}(\d+)-\d+")
    for folder in (store, *(path for path in store.iterdir() if path.is_dir())):
        sweep(folder)


@contextmanager
def disk_trouble(store: Path) -> Iterator[None]:
    """Say where room is lacking, or what else keeps intermediate tables from being written."""
    try:
        yield
    except OSError as error:
        free = shutil.disk_usage(store).free >> 20
        raise EnvironmentProblem(
            "An intermediate table could not be written",
            where=str(error.filename or store),
            why=error.strerror or str(error),
            fix=f"free disk space ({free} MiB are free), or set UNITCOST_CACHE to another folder",
        ) from None
