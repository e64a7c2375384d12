"""Choosing an engine: what it needs is looked for before anything is read, and no address is shown whole."""

from __future__ import annotations

import re
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest
from material.three_lines import call

from unitcost.analyses.opening import open_company
from unitcost.errors import EnvironmentProblem, UsageProblem
from unitcost.inputs.config import load_config
from unitcost.month.keys import configuration
from unitcost.warehouse.engine import connection
from unitcost.warehouse.engines import DuckDB
from unitcost.warehouse.engines import spark_session as session


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The report.toml of the starter company, with a cache of its own."""
    monkeypatch.setenv("UNITCOST_CACHE", str(tmp_path / "cache"))
    assert call("init", tmp_path / "acme")[0] == 0
    return tmp_path / "acme" / "report.toml"


def with_engine(report: Path, master: str) -> Path:
    report.write_text(report.read_text() + f'\n[engine]\nname = "spark"\nmaster = "{master}"\n')
    return report


def test_a_server_that_is_not_there_is_said_at_once(report: Path) -> None:
    """Exit 6 within seconds, with the address and without the token."""
    pytest.importorskip("grpc")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with_engine(report, f"sc://127.0.0.1:{port}/;token=t0p-s3cret")
    begun = time.monotonic()
    code, out, err = call("findings", "2024-05", "--config", report)
    assert time.monotonic() - begun < 30
    assert (code, out) == (6, "")
    assert f"sc://127.0.0.1:{port}" in err
    assert "cannot be reached" in err
    assert "t0p-s3cret" not in err
    assert len(err.splitlines()) <= 15


def test_no_part_of_an_address_is_shown_or_published(report: Path) -> None:
    """Messages of a server are cleaned; configuration that is published has no engine."""
    master = session.Master("sc://spark.example:443/;use_ssl=true;token=t0p-s3cret")
    assert str(master) == "sc://spark.example:443"
    assert master.address == ("spark.example", 443)
    assert session.Master("sc://[::1]").address == ("::1", session.CONNECT_PORT)
    said = f"cannot use {master.url} with t0p-s3cret"
    assert "s3cret" not in master.hidden_in(said)
    plain = open_company(report)
    before = configuration(plain.config, plain.rules)
    with_engine(report, master.url)
    again = open_company(report, engine="duckdb")
    assert configuration(again.config, again.rules) == before
    assert "engine" not in before


@pytest.mark.parametrize("package", ["pyspark", "sqlglot"])
def test_a_missing_package_is_named_with_the_way_to_get_it(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 6, before anything is read."""
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(EnvironmentProblem, match=f"not installed: {package} missing") as raised:
        session.check(session.Master("local[2]"))
    assert raised.value.code == 6
    assert "unitcost[spark]" in (raised.value.fix or "")


def test_a_missing_or_old_java_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """JAVA_HOME that holds nothing, and one that holds Java 8 or 11."""
    pytest.importorskip("pyspark")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(EnvironmentProblem, match="needs Java, and there is none") as raised:
        session.check(session.Master("local[2]"))
    assert "apt-get install" in (raised.value.fix or "")
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    for version, said in (("1.8.0_392", 8), ("11.0.21", 11)):
        java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
        java.chmod(0o755)
        with pytest.raises(EnvironmentProblem, match=f"Spark needs Java 17; this is {said}"):
            session.check(session.Master("local[2]"))


def test_settings_that_a_server_does_not_take_stop_the_run() -> None:
    """Read back: a server that nods and keeps its own would give other numbers."""
    kept = {**session.CONTRACT, "spark.sql.ansi.enabled": "false"}
    stubborn = SimpleNamespace(conf=SimpleNamespace(set=lambda *_: None, get=kept.get))
    with pytest.raises(EnvironmentProblem, match="does not take the settings") as raised:
        session.agree(stubborn, session.Master("sc://spark.example"))  # type: ignore[arg-type]
    assert "spark.sql.ansi.enabled stays false, true is needed" in (raised.value.why or "")


@pytest.mark.parametrize(
    "master", ["", "local[0]", "yarn", "spark://host:7077", "sc://", "sc://host name:1", "local[2] --conf x=y"]
)
def test_a_master_that_is_none_is_refused(report: Path, master: str) -> None:
    """One of two forms, and nothing that Spark would make something else of."""
    with pytest.raises(UsageProblem, match="not allowed") as raised:
        load_config(with_engine(report, master))
    assert "engine.master" in (raised.value.where or "")
    assert "local[2]" in (raised.value.why or "")


def test_an_unknown_engine_is_a_usage_error(report: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the command line and in the environment, with the nearest name."""
    code, _, err = call("findings", "2024-05", "--config", report, "--engine", "sparc")
    assert code == 2
    assert "did you mean 'spark'?" in err
    monkeypatch.setenv("UNITCOST_ENGINE", "mysql")
    assert call("findings", "2024-05", "--config", report)[0] == 2
    code, out, _ = call("findings", "2024-05", "--config", report, "--engine", "duckdb")
    assert code == 0
    assert re.search(r"^cost_per_user ", out, re.M)


def test_duckdb_leaves_what_is_kept_and_nothing_else() -> None:
    """Steps on the way give their memory back."""
    with connection() as con:
        con.execute("create temp table t as select 1 as a")
        marts = {"zero": "select a from t", "first": "select a from zero", "second": "select a from first"}
        DuckDB().make(con, marts, kept=["second"], views=["zero"])
        names = {row[0] for row in con.execute("select table_name from information_schema.tables").fetchall()}
        assert names == {"t", "second"}
        assert con.execute("from second").fetchall() == [(1,)]


def test_small_files_are_left_to_the_thread_that_asks() -> None:
    """Cursors of one connection then work side by side, each on a core of its own."""
    with connection(one_core=True) as con, ThreadPoolExecutor(2) as pool:
        cursors = [con.cursor(), con.cursor()]
        found = pool.map(lambda c: c.execute("select current_setting('threads'), sum(range) from range(9)"), cursors)
        assert [c.fetchall() for c in found] == [[(1, 36)]] * 2


def test_a_stopped_engine_ends_what_runs_and_starts_nothing() -> None:
    """Ctrl-C, or a flaw found by the other thread, does not wait for a long query."""
    endless = "select cast(count(*) as bigint) as n from t a cross join t b cross join t c where a.i <> b.i + c.i"
    engine = DuckDB()
    with connection() as con, ThreadPoolExecutor(1) as pool:
        con.execute("create temp table t as select range as i from range(100000)")
        begun = time.monotonic()
        running = pool.submit(engine.make, con, {"n": endless}, kept=["n"])
        time.sleep(0.5)
        engine.stop()
        assert isinstance(running.exception(timeout=60), duckdb.InterruptException)
        assert time.monotonic() - begun < 30
        with pytest.raises(EnvironmentProblem, match="was stopped"):
            engine.make(con, {"m": "select i from t"}, kept=["m"])
