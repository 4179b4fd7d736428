"""The registry as written: its schema, its mark, its slips, and that neither buckets nor workers change it."""

from __future__ import annotations

import math
from collections import Counter
from datetime import date
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from stepdown.assess import evaluate
from stepdown.errors import InputError
from stepdown.knowledge.library import Library, load
from stepdown.record.folder import open_folder, rows
from stepdown.record.folder_cells import understand
from stepdown.record.record import Record, check_tables
from stepdown.record.tables import TABLES
from stepdown.synthetic.rates import Rates, rates
from stepdown.synthetic.registry import LAST_DAY, TRUTH, make, write
from stepdown.synthetic.sheet import TOLD_AGAIN

PEOPLE = 8000
SEED = 3


@cache
def library() -> Library:
    return load()


@cache
def found() -> Rates:
    return rates(library())


@cache
def made() -> tuple[dict[str, pl.DataFrame], dict[str, pl.DataFrame]]:
    return make(found(), 0, PEOPLE, SEED)


def number(name: str, place: int = 0) -> float:
    return found().numbers(name)[place]


def near(events: int, trials: int, share: float, width: float = 5.0) -> bool:
    """Whether a count lies within some standard deviations of what a share of trials gives."""
    return abs(events - trials * share) <= float(width * math.sqrt(trials * share * (1 - share)) + 1)


def read(folder: Path) -> dict[str, pl.DataFrame]:
    return {
        f"{place.parent.name}/{place.name}": pl.read_parquet(place)
        for root in (folder, folder / TRUTH)
        for place in sorted(root.iterdir())
        if place.is_dir() and place.name != TRUTH
    }


def test_tables_are_those_of_the_record() -> None:
    tables, _ = made()
    assert set(tables) == set(TABLES) - {"allergy", "lifestyle", "known"}
    checked = check_tables(tables)
    assert checked["person"]["person_id"].n_unique() == PEOPLE
    for name, table in tables.items():
        assert table["person_id"].is_sorted(), name
        assert table["person_id"].str.contains(r"^SYN-\d{8}$").all()
        assert table.height > 0


def test_buckets_and_workers_change_nothing(tmp_path: Path) -> None:
    write(library(), 400, tmp_path / "one", SEED, bucket=400, workers=1)
    write(library(), 400, tmp_path / "many", SEED, bucket=67, workers=3)
    write(library(), 400, tmp_path / "other", SEED + 1, bucket=400, workers=1)
    one, many, other = (read(tmp_path / name) for name in ("one", "many", "other"))
    for (name, first), second, third in zip(one.items(), many.values(), other.values(), strict=True):
        assert first.equals(second), name
        assert not first.equals(third), name


def test_fewer_people_are_the_first_of_more() -> None:
    few, true = make(found(), 0, 50, SEED)
    tables, truth = made()
    last = few["person"]["person_id"].max()
    for name, table in {**few, **{f"truth {key}": value for key, value in true.items()}}.items():
        whole = truth[name[6:]] if name.startswith("truth ") else tables[name]
        assert table.equals(whole.filter(pl.col("person_id") <= last)), name


def test_every_file_says_that_it_is_synthetic(tmp_path: Path) -> None:
    told: list[int] = []
    write(library(), 90, tmp_path, bucket=40, told=told.append)
    assert told == [40, 80, 90]
    assert "synthetic: true" in (tmp_path / "dataset.yaml").read_text(encoding="utf-8")
    files = sorted(tmp_path.rglob("*.parquet"))
    assert len(files) == 3 * (len(made()[0]) + len(made()[1]))
    for file in files:
        assert pl.read_parquet_metadata(file)["synthetic"] == "true"
    open_folder(tmp_path, library())


@pytest.mark.parametrize(("people", "seed"), [(0, 0), (10**8, 0), (5, -1)])
def test_impossible_calls_are_refused(tmp_path: Path, people: int, seed: int) -> None:
    with pytest.raises(InputError):
        write(library(), people, tmp_path / "new", seed)
    assert not (tmp_path / "new").exists()


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="holds something already"):
        write(library(), 5, tmp_path)


@pytest.mark.parametrize("table", ["relapse", "mri", "disability", "lab", "infection", "dose"])
def test_rows_stand_twice_at_their_rate(table: str) -> None:
    frame = made()[0][table]
    content = [name for name in frame.columns if name != "recorded"]
    twice = frame.height - frame.select(content).unique().height
    assert near(twice, frame.height, number("duplicate"))
    if table in TOLD_AGAIN and table != "infection":  # two infections of one kind may lie close without any slip
        rest = [name for name in content if name not in ("on", "on_latest")]
        gap = pl.col("on").diff().over(rest).dt.total_days()
        again = frame.sort("person_id", "on").filter(gap.is_between(1, number("near-duplicate", 1)))
        assert near(again.height, frame.height, number("near-duplicate"), width=6.0)


def test_units_are_wrong_at_their_rate() -> None:
    lab = made()[0]["lab"].filter(pl.col("value").is_not_null() & (pl.col("test") == "lymphocytes"))
    by_unit = dict(lab["unit"].value_counts().iter_rows())
    assert near(by_unit["/uL"], lab.height, number("other-unit"))
    assert near(by_unit["g/L"], lab.height, number("bad-unit"))
    assert set(by_unit) == {"10*9/L", "/uL", "g/L"}
    converted = lab.filter(pl.col("unit") == "/uL")["value"].median()
    plain = lab.filter(pl.col("unit") == "10*9/L")["value"]
    assert isinstance(converted, float)
    assert converted == pytest.approx(1000 * plain.median(), rel=0.05)  # type: ignore[operator]
    assert near(plain.filter(plain > 20).len(), lab.height, number("slipped-unit"))


def test_contradictions_are_there_at_their_rate() -> None:
    tables, share = made()[0], number("contradiction")
    born = tables["relapse"].join(tables["person"], on="person_id")
    assert near(born.filter(pl.col("on") < pl.col("birth")).height, born.height, share)
    active = tables["mri"].filter(pl.col("new_t2") > 0)
    assert near(active.filter(pl.col("stable")).height, active.height, share)
    following = pl.col("on").shift(-1).over("person_id")
    treatment = tables["treatment"].sort("person_id", "on", maintain_order=True)
    overlap = treatment.filter((pl.col("ended") > following) & (pl.col("on") < following))
    assert near(overlap.height, treatment["ended"].count(), share)


def test_days_and_delays_are_believable() -> None:
    tables, _ = made()
    for name, table in tables.items():
        if name == "appointment" or "on" not in table.columns:
            continue
        assert table["on"].max() <= LAST_DAY, name  # type: ignore[operator]
        if "recorded" in table.columns:
            assert (table["recorded"] >= table["on"]).all(), name
    delay = (tables["dose"]["recorded"] - tables["dose"]["on"]).dt.total_days().mean()
    assert delay == pytest.approx(number("delay-days") - 0.5, abs=0.4)
    dose = tables["dose"].filter(pl.col("therapy") == "natalizumab").unique(["person_id", "on"]).sort("person_id", "on")
    gap = dose["on"].diff().dt.total_days().filter(dose["person_id"] == dose["person_id"].shift(1))
    assert gap.median() == pytest.approx(28, abs=2)
    vague = tables["relapse"].filter(pl.col("on_latest") > pl.col("on")).height
    assert near(vague, tables["relapse"].height, number("vague-day"))


def record(folder: Path) -> Record:
    """The record of a folder, as its reader understands it."""
    tables = {
        name: pl.concat([understand(rows(file, at).collect(), name, library())[0] for at, file in enumerate(files)])
        for name, files in open_folder(folder, library()).files.items()
    }
    return Record(check_tables(tables))


def test_everybody_can_be_evaluated(tmp_path: Path) -> None:
    write(library(), 300, tmp_path / "registry", SEED)
    found = evaluate(record(tmp_path / "registry"), LAST_DAY, library(), draws=40)
    kinds = Counter(found.decisions.columns["kind"].tolist())
    assert sum(kinds.values()) == 300
    assert kinds["continue"] > 50
    assert {"continue", "discontinue", "hold-pending", "extend-interval"} <= set(kinds)
    concluded = {guideline.id: Counter(codes.tolist()) for guideline, codes in
                 zip(found.guidelines, found.conclusions, strict=True)}  # fmt: skip
    assert len(concluded["ectrims-2025"]) == 3
    assert min(concluded["ectrims-2025"].values()) >= 5


def test_the_day_of_the_registry_is_fixed() -> None:
    assert date(2026, 3, 1) == LAST_DAY
