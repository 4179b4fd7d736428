"""What Spark cannot do is said in one line, and before any work where it can be known before."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from pyspark.sql import SparkSession

from stepdown.cohort import spark as engine
from stepdown.cohort import spark_bucket
from stepdown.cohort.answer import Options
from stepdown.cohort.spark import SparkPlan, screen_on_spark
from stepdown.cohort.spark_session import session, settings_of
from stepdown.errors import InputError
from stepdown.knowledge.library import load
from tests.cohort.made import ON, everybody, write

COMMAND = (str(Path(sys.executable).with_name("stepdown")), "screen")


def _called(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name not in environment}
    given = kept | {name: value for name, value in environment.items() if value}
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, env=given, timeout=300, check=False)


def _refused(called: subprocess.CompletedProcess[str]) -> str:
    """The one line that says why."""
    assert called.returncode == 2, called.stderr
    assert called.stdout == ""
    assert called.stderr.count("\n") == 1
    return called.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(everybody(), tmp_path_factory.mktemp("tables"))


def test_no_java(folder: Path, tmp_path: Path) -> None:
    arguments = (str(folder), "--engine", "spark", "--on", str(ON))
    assert "no Java was found; install Java 17 or newer" in _refused(_called(*arguments, PATH="/nowhere", JAVA_HOME=""))
    wrong = _refused(_called(*arguments, JAVA_HOME=str(tmp_path)))
    assert f"JAVA_HOME={tmp_path}: no Java was found" in wrong


def test_a_java_that_is_too_old_or_mute(folder: Path, tmp_path: Path) -> None:
    java = tmp_path / "java"
    for said, expected in (('openjdk version "11.0.2" 2019-01-15', "Java 11 is too old"),
                           ('java version "1.8.0_402"', "Java 8 is too old"), ("hello", "does not say")):  # fmt: skip
        java.write_text(f"#!/bin/sh\necho '{said}' >&2\n")
        java.chmod(0o755)
        refused = _refused(_called(str(folder), "--engine", "spark", PATH=f"{tmp_path}:/bin:/usr/bin", JAVA_HOME=""))
        assert expected in refused


def test_a_master_that_is_none(folder: Path) -> None:
    refused = _refused(_called(str(folder), "--engine", "spark", "--master", "nonsense", "--on", str(ON)))
    assert refused.startswith("stepdown: --master nonsense: Spark failed (Master must ")
    log = Path(refused.rsplit(" ", 1)[1].strip())
    assert "SparkException" in log.read_text()
    log.unlink()


def test_spark_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stepdown.cohort.spark_session.find_spec", lambda name: None if name == "pyspark" else object())
    with (
        pytest.raises(InputError, match=r"pyspark is not installed; run pip install 'stepdown\[spark\]'"),
        session("local[1]"),
    ):
        pass


def test_settings_of_spark_alone(folder: Path) -> None:
    assert settings_of(["spark.a=b=c", "spark.d="]) == {"spark.a": "b=c", "spark.d": ""}
    for wrong in ("spark.a", "a=b"):
        with pytest.raises(InputError, match="is not a setting"):
            settings_of([wrong])
    assert "add --engine spark" in _refused(_called(str(folder), "--master", "local[2]"))


def _screen(name: object, out: Path | None = None) -> None:
    screen_on_spark(SparkPlan(str(name), Options(ON), load(), None if out is None else str(out), 2))


def test_input_and_output_that_cannot_be(folder: Path, tmp_path: Path, spark: SparkSession) -> None:
    for broken, message in {
        "person.csv": "Spark screens Parquet",
        "relapse.csv.gz": "Spark screens Parquet",
        "relapses.parquet": "no table is called 'relapses'",
    }.items():
        (tmp_path / broken).mkdir()
        other = write(everybody(), tmp_path / f"with-{broken}")
        (other / broken).write_bytes(b"")
        with pytest.raises(InputError, match=message):
            _screen(other)
    lone = tmp_path / "lone"
    (lone / "person").mkdir(parents=True)
    with pytest.raises(InputError, match="holds no Parquet file"):
        _screen(lone)
    pl.DataFrame({"person_id": ["", None]}).write_parquet(lone / "person" / "0.parquet")
    with pytest.raises(InputError, match="holds no person"):
        _screen(lone)
    pl.DataFrame({"person_id": ["a"], "birth": [True]}).write_parquet(lone / "person" / "0.parquet")
    with pytest.raises(InputError, match="birth is Boolean"):
        _screen(lone)
    for name, message in ((tmp_path / "nowhere", "is not there"), ("no_schema", "Spark failed")):
        with pytest.raises(InputError, match=message):
            _screen(name)
    for out, message in ((tmp_path / "a.csv", "folder of Parquet files"), (folder, "end it in .parquet"),
                         (lone.rename(tmp_path / "b.parquet"), "is there already")):  # fmt: skip
        with pytest.raises(InputError, match=message):
            _screen(folder, out)


def test_a_damaged_file(folder: Path, tmp_path: Path, spark: SparkSession) -> None:
    other = write(everybody(), tmp_path / "damaged")
    whole = bytearray((other / "relapse.parquet").read_bytes())
    whole[4 : len(whole) // 2] = b"\0" * (len(whole) // 2 - 4)
    (other / "relapse.parquet").write_bytes(whole)
    with pytest.raises(InputError) as refused:
        _screen(other, tmp_path / "out.parquet")
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "out.parquet").exists()


def test_an_executor_with_another_library_or_program_refuses(
    folder: Path, tmp_path: Path, spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    overlay = tmp_path / "overlay" / "guidelines"
    overlay.mkdir(parents=True)
    shipped = Path(load().origins["guidelines", "panel-2025"].file).read_text()
    (overlay / "ours.yaml").write_text(shipped.replace("id: panel-2025", "id: ours", 1))
    with monkeypatch.context() as patch:
        patch.setattr(engine, "packed", lambda library: ())
        with pytest.raises(InputError, match="the library on an executor is another"):
            screen_on_spark(SparkPlan(str(folder), Options(ON), load([overlay.parent]), None, 1))
    monkeypatch.setattr(engine.manifest, "digest_of_code", lambda: "sha256:other")
    with pytest.raises(InputError, match="the program on an executor is another"):
        screen_on_spark(SparkPlan(str(folder), Options(ON), load(), None, 1))
    assert spark_bucket.packed(load([overlay.parent]))[0][0][0] == "guidelines/ours.yaml"


def test_the_command(folder: Path, tmp_path: Path) -> None:
    settings = ("--engine", "spark", "--master", "local[1]", "--conf", "spark.sql.shuffle.partitions=1")
    out = tmp_path / "screened.parquet"
    done = _called(str(folder), "--on", str(ON), "--out", str(out), *settings)
    assert (done.returncode, done.stderr) == (0, "")
    local = _called(str(folder), "--on", str(ON), "--out", str(tmp_path / "here.parquet"))
    assert done.stdout == local.stdout.replace("here.parquet", "screened.parquet")
    assert pl.read_parquet(sorted(out.glob("*.parquet"))).height == everybody()["person"].height
