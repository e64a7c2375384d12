"""Spark gives what DuckDB gives: every mart row for row, and every finding."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest
from material.mart_inputs import ORDER, put, put_inputs
from material.sql_subset import MARTS, mart
from material.three_lines import call

from unitcost.analyses.findings import findings as findings_of
from unitcost.analyses.opening import open_company
from unitcost.errors import EnvironmentProblem
from unitcost.month.company import Company
from unitcost.publishing.run_id import run_id
from unitcost.warehouse.engine import Connection, connection, literal, run
from unitcost.warehouse.engines import DuckDB, Engine, opened
from unitcost.warehouse.engines import spark_session as session
from unitcost.warehouse.marks import Mark
from unitcost.warehouse.rows import spend_rows

# In July a licence for a year is spread over the months; in May euros, tenancies and corrections meet.
LICENCE, PLAIN = "2023-07", "2024-05"


@pytest.fixture(scope="module")
def spark() -> Iterator[None]:
    """Java and pyspark, or a visible reason why not."""
    try:
        session.check(session.Master("local[2]"))
    except EnvironmentProblem as problem:
        pytest.skip(f"Spark cannot run here: {problem.what}")
    yield


def one_month(sample: Path, month: str, folder: Path, factor: int) -> Path:
    """A month of the sample company, its costs times a factor; returns its report.toml."""
    folder.mkdir(parents=True)
    for path in sample.iterdir():
        if path.is_file():
            shutil.copy(path, folder)
    shutil.copytree(sample / "scenarios", folder / "scenarios")
    for path in sorted(sample.glob(f"raw/**/{month}*")):
        target = folder / path.relative_to(sample)
        target.parent.mkdir(parents=True, exist_ok=True)
        if factor == 1 or "activity" in path.parts:
            shutil.copy(path, target)
        else:
            multiply(path, target.with_name(f"{path.parent.name}-{target.name.split('.')[0]}.parquet"), factor)
    return folder / "report.toml"


def multiply(source: Path, target: Path, factor: int) -> None:
    """Write a bill as Parquet of texts, with its two amounts multiplied exactly."""
    read = f"read_csv({literal(source)}, all_varchar = true)" if "csv" in source.name else literal(source)
    amounts = ", ".join(
        f"cast(cast({c} as decimal(30, 10)) * {factor} as varchar) as {c}" for c in ("BilledCost", "EffectiveCost")
    )
    duckdb.execute(f"copy (select * replace ({amounts}) from {read}) to {literal(target)} (format parquet)")


def opened_by(engine: str, report: Path, store: Path, monkeypatch: pytest.MonkeyPatch) -> Company:
    monkeypatch.setenv("UNITCOST_CACHE", str(store))
    return open_company(report, engine=engine)


def differences(one: Path, other: Path) -> list[str]:
    """What differs between the tables of two stores: names, types, rows both ways."""
    names = {str(path.relative_to(folder)) for folder in (one, other) for path in folder.rglob("*.parquet")}
    tables = [name for name in sorted(names) if name.startswith(("costs/", "spend/", "users/"))]
    assert tables
    found = [name for name in tables if not ((one / name).exists() and (other / name).exists())]
    for name in sorted(set(tables) - set(found)):
        a, b = (f"read_parquet({literal(folder / name)})" for folder in (one, other))
        if duckdb.execute(f"describe from {a}").fetchall() != duckdb.execute(f"describe from {b}").fetchall():
            found.append(f"{name}: columns")
        for first, second in ((a, b), (b, a)):
            rows = duckdb.execute(f"select count(*) from (from {first} except all from {second})").fetchall()[0][0]
            found += [f"{name}: {rows} rows"] if rows else []
    return found


@pytest.mark.usefixtures("spark")
@pytest.mark.parametrize(("month", "factor"), [(LICENCE, 1), (PLAIN, 1000)])
def test_marts_and_findings_are_the_same_whoever_computes_them(
    sample_company: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, month: str, factor: int
) -> None:
    """A month of the sample company: subscriptions, tiers, a spread licence, euros, corrections, tags.

    At a thousand times the costs too, because engines that lose digits or wrap around do so on large amounts.
    """
    report = one_month(sample_company, month, tmp_path / "company", factor)
    ours = opened_by("duckdb", report, tmp_path / "duckdb", monkeypatch)
    theirs = opened_by("spark", report, tmp_path / "spark", monkeypatch)
    assert (tmp_path / "spark" / "spark").is_dir()
    assert not (tmp_path / "duckdb" / "spark").exists()
    assert differences(tmp_path / "duckdb", tmp_path / "spark") == []
    assert any(row.has(Mark.SPREAD) for row in spend_rows(ours.marts, month)) == (month == LICENCE)
    assert findings_of(ours, month) == findings_of(theirs, month)
    one, other = (run_id(c, month, scenario="base", status="final", roles=["cfo"]) for c in (ours, theirs))
    assert one == other
    # The tables of months are the same files, byte for byte; only the list of users has no order.
    for path in [*tmp_path.glob("duckdb/spend/*/*.parquet"), *tmp_path.glob("duckdb/users/*/[!a]*.parquet")]:
        assert (tmp_path / "spark" / path.relative_to(tmp_path / "duckdb")).read_bytes() == path.read_bytes()


def made(con: Connection, engine: Engine) -> dict[str, tuple[list[tuple[object, ...]], list[tuple[object, ...]]]]:
    """Columns and sorted rows of every mart over the inputs of `put_inputs`."""
    engine.make(con, {name: mart(name) for name in ORDER}, kept=ORDER)
    return {
        name: (
            [row[:2] for row in con.execute(f"describe {name}").fetchall()],
            con.execute(f"select * from {name} order by all").fetchall(),
        )
        for name in ORDER
    }


@pytest.mark.usefixtures("spark")
def test_awkward_values_are_the_same_in_every_mart(tmp_path: Path) -> None:
    """Nulls, empty and non-ASCII texts, edges of months, the smallest and the largest amounts."""
    assert sorted(ORDER) == MARTS
    config = SimpleNamespace(name="spark", master="local[2]")
    with connection() as con, opened(config, tmp_path / "a [b] {c}") as engine:  # type: ignore[arg-type]
        run(con, "staging/macros")
        put_inputs(con)
        ours, theirs = made(con, DuckDB()), made(con, engine)
        for name in ORDER:
            assert ours[name][0] == theirs[name][0], name
            assert ours[name][1] == theirs[name][1], name
            assert ours[name][1], name
        with pytest.raises(EnvironmentProblem, match="Spark could not make broken") as raised:
            put(con, "t", {"a": "bigint"}, [[2**62], [2**62]])
            engine.make(con, {"broken": "select cast(sum(a) as bigint) as a from t"}, kept=["broken"])
        assert raised.value.code == 6
        assert "overflow" in (raised.value.why or "").lower()
        assert len(str(raised.value).splitlines()) <= 15
    assert list((tmp_path / "a [b] {c}" / "spark").iterdir()) == [tmp_path / "a [b] {c}" / "spark" / "spark.log"]


@contextmanager
def connect_server(log: Path) -> Iterator[str]:
    """A Spark Connect server of this machine, as its address; skips where it does not come up in a minute."""
    import pyspark

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        "spark.connect.grpc.binding.port": port,
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "2",
        # What a careless administrator might have set.
        "spark.sql.ansi.enabled": "false",
        "spark.sql.session.timeZone": "America/New_York",
    }
    submit = Path(pyspark.__file__).parent / "bin" / "spark-submit"
    command = [str(submit), "--master", "local[2]", "--class"]
    command += ["org.apache.spark.sql.connect.service.SparkConnectServer"]
    command += [part for key, value in settings.items() for part in ("--conf", f"{key}={value}")]
    with log.open("wb") as said:
        server = subprocess.Popen(
            [*command, "spark-internal"], stdout=said, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        deadline = time.monotonic() + 60
        while not answers(port):
            assert server.poll() is None, log.read_text(errors="replace")[-2000:]
            if time.monotonic() > deadline:
                pytest.skip("the Spark Connect server did not come up within a minute")
            time.sleep(0.2)
        yield f"sc://127.0.0.1:{port}"
    finally:
        server.terminate()
        with suppress(subprocess.TimeoutExpired):
            server.wait(30)
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@pytest.mark.usefixtures("spark")
def test_a_spark_connect_server_gives_the_same(tmp_path: Path) -> None:
    """A real server whose own settings are others; the command finds it by report.toml."""
    report = tmp_path / "acme" / "report.toml"
    assert call("init", report.parent)[0] == 0
    ours, theirs = tmp_path / "duckdb", tmp_path / "spark"
    numbers = findings(report, ours)
    with connect_server(tmp_path / "server.log") as address:
        report.write_text(f'{report.read_text()}\n[engine]\nname = "spark"\nmaster = "{address}/;user_agent=secret"\n')
        same = findings(report, theirs)
    assert same.stdout == numbers.stdout
    # Nothing of Spark's own is said, and nothing of the address.
    assert steps(same.stderr) == steps(numbers.stderr)
    assert (theirs / "spark").is_dir()
    assert differences(ours, theirs) == []


def steps(said: str) -> list[str]:
    """Lines of progress without their seconds, in any order, because bills and users are read side by side."""
    return sorted(re.sub(r"^ *[0-9.]+ s  ", "", line) for line in said.splitlines())


def findings(report: Path, store: Path) -> subprocess.CompletedProcess[str]:
    """What the command says, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "unitcost", "findings", "2024-05", "--config", str(report), "--json"],
        env=os.environ | {"UNITCOST_CACHE": str(store)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done
