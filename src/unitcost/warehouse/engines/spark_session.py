"""A Spark session that counts as DuckDB does: in this machine's own JVM, or on a Spark Connect server."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import warnings
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from os import environ
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from unitcost.errors import EnvironmentProblem

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# Text, money and time mean the same as in DuckDB under these, and a lost digit is an error and not a null.
CONTRACT = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.caseSensitive": "false",
}
OLDEST_JAVA = 17
PROBE_SECONDS = 5
CONNECT_PORT = 15002
INSTALL = "python3 tools/environment.py spark in a checkout, pip install 'unitcost[spark]' elsewhere"


@dataclass(frozen=True, slots=True)
class Master:
    """Where Spark runs: local[n], or sc://host:port with parameters that may hold a token."""

    url: str

    @property
    def is_remote(self) -> bool:
        """Tell whether it is a Spark Connect server."""
        return self.url.startswith("sc://")

    @property
    def address(self) -> tuple[str, int]:
        """Return host and port of the server."""
        parts = urlsplit(self.url.partition(";")[0])
        return parts.hostname or "", parts.port or CONNECT_PORT

    def __str__(self) -> str:
        """Return what may be shown: without anything behind the port."""
        host, port = self.address if self.is_remote else ("", 0)
        return f"sc://{host}:{port}" if self.is_remote else self.url

    def hidden_in(self, text: str) -> str:
        """Return a message without the connect string and its secrets."""
        values = [parameter.partition("=")[2] for parameter in self.url.split(";")[1:]]
        for secret in (self.url, *values) if self.is_remote else ():
            text = text.replace(secret, "…") if secret else text
        return text


def check(master: Master) -> None:
    """Raise EnvironmentProblem if packages, Java or the server are missing; starts nothing."""
    needed = ("pyspark", "sqlglot", *(("grpc", "grpc_status", "google.rpc") if master.is_remote else ("py4j",)))
    missing = [name for name in needed if not _is_there(name)]
    if missing:
        raise EnvironmentProblem(
            f"The Spark engine is not installed: {', '.join(missing)} missing",
            where="[engine] name",
            why="it is an extra, because most companies never need it",
            fix=f'{INSTALL}, or name = "duckdb"',
        )
    if master.is_remote:
        _probe(master)
    else:
        _check_java()


def _is_there(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def _probe(master: Master) -> None:
    # The client itself would try for many minutes before it says anything.
    try:
        socket.create_connection(master.address, timeout=PROBE_SECONDS).close()
    except OSError as error:
        raise EnvironmentProblem(
            "The Spark Connect server cannot be reached",
            where=f"[engine] master = {master}",
            why=error.strerror or str(error),
            fix='start it, correct host and port, or use name = "duckdb"',
        ) from None


def _check_java() -> None:
    home = environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    fix = f'install Java {OLDEST_JAVA} or later (Debian: apt-get install default-jre-headless), or use name = "duckdb"'
    try:
        answer = subprocess.run([java or "java", "-version"], capture_output=True, text=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError):
        raise EnvironmentProblem(
            "Spark needs Java, and there is none that starts", where=java or "PATH", fix=fix
        ) from None
    found = re.search(r'version "(?:1\.)?(\d+)', answer.stderr + answer.stdout)
    if found and int(found[1]) < OLDEST_JAVA:
        raise EnvironmentProblem(f"Spark needs Java {OLDEST_JAVA}; this is {found[1]}", where=str(java), fix=fix)


def load(master: Master) -> tuple[type[Exception], ...]:
    """Import what a session needs, and return the errors it may raise."""
    # Results come back as Arrow tables; no frame of pandas is made.
    warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
    from pyspark.errors import PySparkException

    import_module("pyspark.sql.pandas.types")
    if master.is_remote:
        from grpc import RpcError

        import_module("pyspark.sql.connect.session")
        return PySparkException, RpcError
    from py4j.protocol import Py4JError

    return PySparkException, Py4JError, ConnectionError


def start(master: Master, scratch: Path, log: Path) -> SparkSession:
    """Return a session under the contract. `scratch` is for Spark's own files, `log` for what it says."""
    session = _remote(master) if master.is_remote else _local(master, scratch, log)
    agree(session, master)
    return session


def agree(session: SparkSession, master: Master) -> None:
    """Set what the contract says and read it back. Raises EnvironmentProblem if anything differs."""
    for key, value in CONTRACT.items():
        session.conf.set(key, value)
    differing = [key for key, value in CONTRACT.items() if str(session.conf.get(key)).lower() != value.lower()]
    if differing:
        raise EnvironmentProblem(
            "Spark does not take the settings under which it counts as DuckDB does",
            where=f"[engine] master = {master}",
            why=f"{differing[0]} stays {session.conf.get(differing[0])}, {CONTRACT[differing[0]]} is needed",
            fix="allow the setting on the server, or use another one",
        )


def _remote(master: Master) -> Any:
    from pyspark.sql.connect.session import SparkSession as RemoteSession

    return RemoteSession.builder.remote(master.url).create()


def _local(master: Master, scratch: Path, log: Path) -> SparkSession:
    from pyspark import SparkConf, SparkContext
    from pyspark.java_gateway import launch_gateway
    from pyspark.sql import SparkSession

    settings = {
        "spark.master": master.url,
        "spark.app.name": "unitcost",
        "spark.driver.memory": "2g",
        # Nobody else on the network has any business here.
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.local.dir": str(scratch),
        "spark.sql.warehouse.dir": str(scratch / "warehouse"),
        "spark.sql.shuffle.partitions": "8",
    }
    conf = SparkConf(loadDefaults=False).setAll(list(settings.items()))
    gateway = SparkContext._gateway
    if gateway is None:
        # What the JVM prints belongs in a file, not between our lines.
        with log.open("ab") as said:
            gateway = launch_gateway(conf, {"stdout": said, "stderr": said})  # type: ignore[no-untyped-call]
    return SparkSession(SparkContext(conf=conf, gateway=gateway))
