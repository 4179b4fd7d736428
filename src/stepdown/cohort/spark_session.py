"""Starts Spark, or says in one line why it cannot."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from stepdown.cohort.spark_bucket import REFUSED
from stepdown.errors import InputError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

OLDEST_JAVA = 17
_NEEDED = ("pyspark", "pyarrow", "pandas")
_USUAL = {
    "spark.ui.enabled": "false",
    "spark.executorEnv.POLARS_MAX_THREADS": "1",
}
_LOCAL = {"spark.driver.host": "localhost", "spark.driver.bindAddress": "127.0.0.1"}
"""A Spark on this machine alone is reached from nowhere else: it holds what is said of patients."""
_ZONE = "spark.sql.session.timeZone"
_SHOWN = 300


@contextmanager
def session(master: str | None = None, conf: Sequence[str] = ()) -> Iterator[SparkSession]:
    """A session of Spark, ended with the block; the one that runs already, where there is one, goes on.

    Args:
        master: where it runs, such as `local[4]`, `yarn` or `spark://host:7077`; what Spark is set up for when None.
        conf: settings as `spark.executor.memory=8g`.

    Raises:
        InputError: Spark or Java is missing or too old, it does not start, or it failed at what it was given.
    """
    settings = settings_of(conf)
    _check_installed()
    from pyspark.sql import SparkSession

    running = SparkSession.getActiveSession()
    if running is not None:
        if master or conf:
            raise InputError("a session of Spark is running", "--master or --conf", "give its settings where it begins")
        with _failures("", None), _in_utc(running):
            yield running
        return
    if (master or os.environ.get("SPARK_REMOTE", "")).startswith("sc://"):
        raise InputError(
            "Spark Connect does not give what is needed", "--master", "name spark://, yarn, k8s:// or local[*]"
        )
    _check_java()
    handle, name = tempfile.mkstemp(prefix="stepdown-spark-", suffix=".log")
    os.close(handle)
    log = Path(name)
    with _failures(f"--master {master}" if master else "", log):
        started = _started(master, settings, log)
        try:
            with _in_utc(started):
                yield started
        finally:
            started.stop()


def settings_of(conf: Sequence[str]) -> dict[str, str]:
    """Settings as they were given, by name.

    Raises:
        InputError: one is not `name=value`.
    """
    found = {}
    for one in conf:
        name, equals, value = one.partition("=")
        if not equals or not name.startswith("spark."):
            raise InputError(f"{one!r} is not a setting", "--conf", "write it as spark.executor.memory=8g")
        found[name] = value
    return found


def _check_installed() -> None:
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise InputError(
            f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not installed", "--engine spark",
            "run pip install 'stepdown[spark]'",
        )  # fmt: skip


def _check_java() -> None:
    """Refuse to go on without a Java that Spark runs on."""
    advice = f"install Java {OLDEST_JAVA} or newer, and let JAVA_HOME name it or put it on PATH"
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if java is None or not shutil.which(java):
        where = f"JAVA_HOME={home}" if home else "--engine spark"
        raise InputError("no Java was found", where, advice)
    try:
        run = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        raise InputError("Java does not answer", java, advice) from None
    said = re.search(r'version "(?:1\.)?(\d+)', run.stderr + run.stdout)
    if run.returncode or said is None:
        raise InputError("Java does not say its version", java, advice)
    if int(said[1]) < OLDEST_JAVA:
        raise InputError(f"Java {said[1]} is too old for Spark", java, advice)


def _started(master: str | None, settings: Mapping[str, str], log: Path) -> SparkSession:
    """Start Spark with its own messages in a file."""
    from pyspark.sql import SparkSession

    where = master or settings.get("spark.master") or ""
    usual = _USUAL | (_LOCAL if where.startswith("local") or not where else {})
    builder = SparkSession.builder.appName("stepdown screen")
    for name, value in (usual | dict(settings)).items():
        builder = builder.config(name, value)
    if master:
        builder = builder.master(master)
    if where.startswith("local") or not where:
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    with _errors_to(log):
        return builder.getOrCreate()


@contextmanager
def _errors_to(log: Path) -> Iterator[None]:
    """What a process that is started here says on its standard error goes to a file, as long as it runs."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with log.open("ab") as file:
            os.dup2(file.fileno(), 2)
        yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)


@contextmanager
def _in_utc(spark: SparkSession) -> Iterator[None]:
    """The day of an instant is that of UTC, wherever Spark runs."""
    before = spark.conf.get(_ZONE)
    spark.conf.set(_ZONE, "UTC")
    try:
        yield
    finally:
        if before is not None:
            spark.conf.set(_ZONE, before)


@contextmanager
def _failures(where: str, log: Path | None) -> Iterator[None]:
    """Tell on one line what Spark could not do; a fault of ours stays one.

    Raises:
        InputError: in place of what Spark raised.
    """
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    keep = False
    try:
        yield
    except (PySparkException, Py4JError) as error:
        said = str(error)
        if REFUSED in said:
            raise InputError(said.split(REFUSED, 1)[1].split("\n", 1)[0]) from None
        if "No module named 'stepdown" in said:
            raise InputError("executors have no stepdown", where, "install it there, too (docs/spark.md)") from None
        keep = log is not None
        if "Traceback (most recent call last)" in said and "stepdown/cohort/" in said.replace("\\", "/"):
            raise
        if log is not None and "JAVA_GATEWAY_EXITED" in said:
            said = log.read_text(encoding="utf-8", errors="replace")
        advice = f"what it said stands in {log}" if keep else "see its log"
        raise InputError(f"Spark failed ({_first(said)})", where, advice) from None
    finally:
        if log is not None and not keep:
            log.unlink(missing_ok=True)


def _first(said: str) -> str:
    """The line of a long report that says what happened."""
    causes = re.findall(
        r"(?:Caused by: |^: |Exception in thread \S+ )(?:[\w.$]+(?:Exception|Error): )?(.+)", said, flags=re.M
    )
    line = causes[-1] if causes else said.strip().split("\n", 1)[0]
    return line.strip().rstrip(".")[:_SHOWN]
