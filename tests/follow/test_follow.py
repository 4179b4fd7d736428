"""A panel: the four shipped people a year after their change, and what holds for any panel."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import orjson
import pytest

from stepdown.errors import InputError
from stepdown.follow.follow import attention, follow
from stepdown.follow.panel import Panel, first_day, read_panel
from stepdown.knowledge.yamlfile import parse
from stepdown.record.fhir import read_bundle
from stepdown.report.follow_table import follow_json, follow_schema
from stepdown.report.words import Words
from tests.follow.made import LATER, LIBRARY, ON, QUIET, STOPPED, bare, followed, one, person, record
from tests.record.bundle_writer import STYLES
from tests.record.make_bundles import make

NAMES = {
    "FU-05": "fumarate-lymphopenia",
    "FU-10": "primary-progressive-70",
    "FU-01": "long-quiet-ocrelizumab",
    "FU-04": "pneumonia-ocrelizumab",
}
"""The four, in the order of the worklist."""


def read(files: list[Path], to: Path) -> Panel:
    to.mkdir(exist_ok=True)
    for file in files:
        (to / f"{file.parent.name}.yaml").write_bytes(file.read_bytes())
    return read_panel(to, LIBRARY)


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return follow(read(LATER, tmp_path_factory.mktemp("four")), ON, LIBRARY)


def test_the_most_urgent_of_the_four_comes_first(four: dict[str, Any]) -> None:
    assert [told["person"] for told in four["people"]] == list(NAMES)
    assert [told["status"] for told in four["people"]] == ["triggered", "overdue", "nothing-due", "nothing-due"]
    assert attention(four)
    assert four["problems"] == []
    assert four["counts"]["people"] == 4


def test_the_relapse_with_its_scan_and_the_counts_that_came_back(four: dict[str, Any]) -> None:
    told = four["people"][0]
    assert [(signal["topic"], signal["urgency"], signal["since"]) for signal in told["triggered"]] == [
        ("relapse", "days", "2025-12-02"),
        ("new-lesions", "two-weeks", "2025-12-08"),
    ]
    assert told["overdue"] == []
    assert [(moved["variable"], moved["direction"]) for moved in told["changed"]] == [("lymphocytes", "up")]


def test_the_scan_that_was_never_made(four: dict[str, Any]) -> None:
    told = four["people"][1]
    assert [(late["what"], late["since"]) for late in told["overdue"]] == [("mri", "2025-09-02")]
    assert told["overdue"][0]["last"]["last"] == "2024-05-19"
    assert told["triggered"] == []


def test_the_quiet_year_on_a_longer_interval(four: dict[str, Any]) -> None:
    told = four["people"][2]
    assert (told["change"]["kind"], told["change"]["interval_weeks"]) == ("extend-interval", 52)
    assert [told[name] for name in ("triggered", "overdue", "due", "changed", "notes", "problems")] == [[]] * 6
    assert told["next"]["from"] > "2026-03-01"


def test_igg_that_recovers(four: dict[str, Any]) -> None:
    (moved,) = four["people"][3]["changed"]
    assert (moved["variable"], moved["direction"]) == ("igg", "up")
    assert (moved["before"]["low"], moved["after"]["high"]) == (3.4, 4.1)
    assert (
        moved["from"] == ["pneumonia-ocrelizumab.yaml:labs[10]", "pneumonia-ocrelizumab.yaml:labs[12]"] or moved["from"]
    )


@pytest.mark.parametrize("file", LATER, ids=lambda path: path.parent.name)
def test_a_bundle_of_the_same_year_is_followed_alike(file: Path, four: dict[str, Any]) -> None:
    bundle = orjson.dumps(make(file, STYLES[file.parent.name], LIBRARY))
    told = follow(Panel(read_bundle(bundle, "bundle.json", LIBRARY, None), {}), ON, LIBRARY)["people"][0]
    chart = next(each for each in four["people"] if NAMES[each["person"]] == file.parent.name)
    for name in ("status", "triggered"):
        assert bare(told[name]) == bare(chart[name])
    assert [late["what"] for late in told["overdue"]] == [late["what"] for late in chart["overdue"]]
    assert [moved["variable"] for moved in told["changed"]] == [moved["variable"] for moved in chart["changed"]]


def shifted(content: str, years: int) -> str:
    return re.sub(r"\b(?:19[2-9]|20[0-4])\d(?=\b|-)", lambda year: str(int(year[0]) + years), content)


def test_a_shift_of_28_years_shifts_every_day_and_changes_nothing_else(four: dict[str, Any], tmp_path: Path) -> None:
    for file in LATER:
        (tmp_path / f"{file.parent.name}.yaml").write_text(shifted(file.read_text("utf-8"), -28), encoding="utf-8")
    told = follow(read_panel(tmp_path, LIBRARY), date(1998, 3, 1), LIBRARY)
    plain = [{**each, "rank": each["rank"][0]} for each in four["people"]]
    moved = [{**each, "rank": each["rank"][0]} for each in told["people"]]
    assert orjson.loads(shifted(orjson.dumps(moved).decode(), 28)) == plain
    assert told["counts"] == four["counts"]


def test_the_order_of_the_record_changes_nothing(four: dict[str, Any], tmp_path: Path) -> None:
    for number, file in enumerate(reversed(LATER)):
        chart = parse(file.read_bytes(), str(file)).data
        turned = {key: value[::-1] if isinstance(value, list) else value for key, value in reversed(chart.items())}
        (tmp_path / f"{number}.json").write_bytes(orjson.dumps(turned, default=str))
    told = follow(read_panel(tmp_path, LIBRARY), ON, LIBRARY)
    assert bare(told["people"], ("from", "sources", "file", "last")) == bare(
        four["people"], ("from", "sources", "file", "last")
    )


def test_alone_and_in_a_crowd_the_answer_is_the_same(four: dict[str, Any], tmp_path: Path) -> None:
    for file in LATER:
        (alone,) = follow(read([file], tmp_path / file.parent.name), ON, LIBRARY)["people"]
        assert alone in four["people"]


def test_the_json_obeys_its_schema(four: dict[str, Any]) -> None:
    schema = follow_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    checker = jsonschema.Draft202012Validator(schema)
    for told in (four, followed(person(**STOPPED)), followed(TWO_DRUGS), followed(NOTHING)):
        words = Words(LIBRARY)
        checker.validate(orjson.loads(follow_json(told, words)))
        assert words.unknown == set()


TWO_DRUGS = person(
    treatments=[{"therapy": "fingolimod", "from": "2012-01-01"}, {"therapy": "ocrelizumab", "from": "2012-01-01"}]
)
NOTHING = {"person": {"id": "P0", "born": 1970}}


def test_two_current_drugs_are_a_problem_of_that_person_alone() -> None:
    other = person(**STOPPED) | {"person": {"id": "P2", "born": 1960}}
    told = followed(TWO_DRUGS, other)
    assert [one["person"] for one in told["people"]] == ["P2"]
    assert [(problem["person"], problem["says"]["key"]) for problem in told["problems"]] == [
        ("P1", "problem.two-drugs")
    ]
    assert told["unknown"] == ["P1"]
    assert told["counts"]["unknown"] == 1


def test_who_carries_on_is_counted_and_not_listed() -> None:
    told = followed(person(treatments=[{"therapy": "Rebif", "from": "2006"}]))
    assert (told["people"], told["counts"]["carries-on"]) == ([], 1)
    assert not attention(told)


def test_a_change_of_long_ago_is_counted_and_not_listed() -> None:
    told = followed(person(treatments=[{"therapy": "Rebif", "from": "2006", "to": "2020-10-01"}]))
    assert (told["people"], told["counts"]["longer-ago"]) == ([], 1)


def test_an_index_date_before_everything_is_refused() -> None:
    with pytest.raises(InputError, match="lies before everything on record"):
        followed(person(**STOPPED), on=date(1999, 1, 1))
    assert first_day(record(NOTHING)) is None
    assert followed(NOTHING, on=date(1999, 1, 1))["counts"]["people"] == 1


def test_without_a_plan_and_without_a_change_it_says_so() -> None:
    # the class alone is on record: no plan can be made for a drug that is not known
    told = one(treatments=[{"therapy": "interferon", "from": "2006", "to": "2025-03-10"}])
    assert told["plan"]["origin"] == "none"
    assert [note["key"] for note in told["notes"]] == ["follow.no-plan", "follow.nothing-changed"]
    assert told["status"] == "nothing-due"
    again = one(
        treatments=[{"therapy": "interferon", "from": "2006", "to": "2025-03-10"}], relapses=[{"date": "2025-06-01"}]
    )
    assert again["status"] == "triggered"
    assert again["triggered"][0]["urgency"] == "days"


def test_after_a_switch_the_calendar_counts_from_the_first_dose_that_was_given() -> None:
    def late(begun: str) -> str:
        told = one(treatments=[{"therapy": "fingolimod", "from": "2012", "to": "2025-02-01"},
                               {"therapy": "Copaxone", "from": begun}])  # fmt: skip
        assert told["decided_on"] == "2025-01-31"
        return str(next(late["window"]["from"] for late in [*told["overdue"], *told["due"]] if late["what"] == "mri"))

    assert (late("2025-03-01"), late("2025-05-01")) == ("2025-06-01", "2025-08-01")


@pytest.mark.parametrize(
    ("doses", "due"),
    [(["2025-03-10"], "2025-07-10"), (["2025-02-10", "2025-03-10"], "2025-07-10"), ([], "2025-07-10")],
    ids=["only-the-last", "one-before", "none-on-record"],
)
def test_after_natalizumab_the_close_scans_count_from_the_last_infusion(doses: list[str], due: str) -> None:
    left = {"therapy": "natalizumab", "from": "2019-01-10", "to": "2025-03-10", "interval_weeks": 4}
    given = [{"date": day, "therapy": "natalizumab"} for day in doses]
    told = one(treatments=[left, {"therapy": "Tecfidera", "from": "2025-04-05"}], doses=given)
    scans = [item for item in told["overdue"] if item["id"].endswith("natalizumab/care/monitoring/mri-after")]
    assert [item["since"] for item in scans] == [due]


def test_a_stop_in_a_known_month_counts_from_its_last_day() -> None:
    day, month = (one(treatments=[{"therapy": "Rebif", "from": "2006", "to": to}]) for to in ("2025-04-01", "2025-04"))
    since = [next(late["since"] for late in told["overdue"] if late["what"] == "mri") for told in (day, month)]
    assert since == ["2025-10-01", "2025-10-30"]
    assert [note["key"] for note in month["notes"]] == ["follow.day-unsure"]


def test_a_calendar_that_has_ended_asks_for_a_new_plan() -> None:
    scans = [{"date": f"{year}-02-01", "compared_on": f"{year - 1}-02-01", "new_t2": 0} for year in range(2022, 2027)]
    told = one(treatments=[{"therapy": "Rebif", "from": "2006", "to": "2022-03-10"}], mri=scans,
               edss=[{"date": "2026-02-01", "score": 3}])  # fmt: skip
    assert "follow.calendar-over" in [note["key"] for note in told["notes"]]


def test_people_in_several_files_are_read_from_the_newest(tmp_path: Path) -> None:
    older = person(treatments=[{"therapy": "Rebif", "from": "2006"}])
    newer = person(**STOPPED, edss=[{"date": "2026-02-01", "score": 3}])
    (tmp_path / "a.json").write_bytes(orjson.dumps(older))
    (tmp_path / "b.json").write_bytes(orjson.dumps(newer))
    (tmp_path / "c.yaml").write_text("person: {born: 1970}\n", encoding="utf-8")
    panel = read_panel(tmp_path, LIBRARY)
    assert panel.files == {"P1": "b.json"}
    assert [problem.key for problem in panel.problems] == ["several-files"]
    assert [file for file, _ in panel.unread] == ["c.yaml"]
    told = follow(panel, ON, LIBRARY)
    assert told["people"][0]["change"]["kind"] == "discontinue"
    assert QUIET["person"]["id"] == told["people"][0]["person"]


def test_an_empty_folder_and_one_without_a_record_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no chart and no Bundle"):
        read_panel(tmp_path, LIBRARY)
    (tmp_path / "c.yaml").write_text("person: {born: 1970}\n", encoding="utf-8")
    with pytest.raises(InputError, match="holds no record that can be read"):
        read_panel(tmp_path, LIBRARY)
