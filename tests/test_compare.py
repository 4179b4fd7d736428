"""Whose conclusions change between two libraries, and through what."""

from __future__ import annotations

import io
import re
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from stepdown.assess import assess
from stepdown.compare import Comparison, Shift, compare
from stepdown.errors import InputError
from stepdown.knowledge.library import load_named
from stepdown.record.read import read
from stepdown.report.difference import show_difference
from stepdown.report.examples import FOLDER, write
from stepdown.report.paper import console
from tests.knowledge.overlays import FLAG, SOURCE, overlay
from tests.knowledge.test_difference import changed

ON = date(2026, 3, 1)
SHIPPED = load_named("shipped")
STOPPER = FOLDER / "interferon-twenty-years" / "chart.yaml"
OCRELIZUMAB = FOLDER / "long-quiet-ocrelizumab" / "chart.yaml"


def held(site: Path, path: Path) -> Comparison:
    """The shipped library against an overlay."""
    return compare(SHIPPED, load_named(str(site)), path, ON)


def shifts(site: Path, path: Path) -> dict[tuple[str, str], Shift]:
    """What is concluded otherwise of the one person of a file."""
    (one,) = held(site, path).affected
    assert one.file == str(path)
    return {(shift.what, shift.of): shift for shift in one.shifts}


@cache
def stances(path: Path) -> dict[str, str]:
    data = assess(read(path, SHIPPED), ON, library=SHIPPED).data
    return {option["id"]: option["stance"] for option in data["options"]}


def test_one_library_changes_nothing() -> None:
    found = compare(SHIPPED, SHIPPED, STOPPER, ON)
    assert (found.changes, found.affected, found.people, found.unread) == ((), (), 1, ())


def test_a_criterion_that_the_person_no_longer_meets(tmp_path: Path) -> None:
    site = changed(tmp_path, "guidelines/discoms-entry", ("at_least: 55", "at_least: 95"))
    found = shifts(site, STOPPER)["guideline", "discoms-entry"]
    assert found.new == "not-candidate"
    assert found.through == ("guidelines/discoms-entry/age",)


def test_a_criterion_that_decides_for_nobody_changes_nothing(tmp_path: Path) -> None:
    site = changed(tmp_path, "guidelines/discoms-entry", ("at_least: 55", "at_least: 54.5"))
    found = held(site, STOPPER)
    assert len(found.changes) == 1
    assert found.affected == ()


def test_a_guideline_that_comes_or_goes(tmp_path: Path) -> None:
    site = changed(tmp_path, "guidelines/discoms-entry", ("id: discoms-entry", "id: our-entry"))
    found = shifts(site, STOPPER)["guideline", "our-entry"]
    assert (found.old, found.through) == (None, ("guidelines/our-entry",))
    back = compare(load_named(str(site)), SHIPPED, STOPPER, ON).affected[0].shifts[0]
    assert (back.of, back.old, back.new) == ("our-entry", found.new, None)


def test_a_flag_with_an_emergency_moves_options_and_the_next_dose(tmp_path: Path) -> None:
    flag = FLAG.replace("action: inform", "action: emergency\n    next_dose: withhold\n    review: urgent")
    site = overlay(tmp_path, evidence__a=SOURCE, flags__b=flag.replace("at_least: 60", "at_least: 18"))
    found = shifts(site, OCRELIZUMAB)
    assert found["flag", "my-flag"] == Shift("flag", "my-flag", None, "emergency", ("flags/my-flag",))
    assert found["recommendation", "next_dose"].new == "withhold"
    assert found["recommendation", "review"].new == "urgent"
    assert "flags/my-flag" in found["recommendation", "next_dose"].through
    stopped = [shift for (what, _), shift in found.items() if what == "option" and shift.new == "barred"]
    assert stopped
    assert all("flags/my-flag" in shift.through for shift in stopped)


def test_an_option_is_followed_to_the_criterion_of_a_guideline_that_speaks_of_it(tmp_path: Path) -> None:
    site = changed(
        tmp_path, "guidelines/panel-2025", ("years_since_relapse, below: 2", "years_since_relapse, below: 60")
    )
    found = shifts(site, OCRELIZUMAB)
    moved = {of: shift for (what, of), shift in found.items() if what == "option"}
    assert moved
    led = {of: shift for of, shift in moved.items() if shift.through}
    assert all(of.startswith(("extend-interval", "switch-lower")) for of in led)
    assert {shift.through for shift in led.values()} == {("guidelines/panel-2025/recent-activity",)}
    # with fewer rivals, what is left may come first often enough to be favoured
    assert all({shift.old, shift.new} == {"reasonable", "favoured"} for of, shift in moved.items() if of not in led)


def test_a_rule_that_bars_an_option(tmp_path: Path) -> None:
    rule = """
        id: my-rule
        title: {en: My rule}
        kinds: [extend-interval]
        effect: bar
        if: {variable: age, at_least: 18}
        says: {en: Not here.}
        assumption: true
        reasoning: {en: For a test.}
    """
    found = shifts(overlay(tmp_path, rules__a=rule), OCRELIZUMAB)
    option = next(name for name in stances(OCRELIZUMAB) if name.startswith("extend-interval"))
    shift = found["option", option]
    assert (shift.old, shift.new) == (stances(OCRELIZUMAB)[option], "barred")
    assert shift.through == ("rules/my-rule",)


def test_a_formulary_offers_other_drugs(tmp_path: Path) -> None:
    site = changed(tmp_path, "classes/anti-cd20", ("step_down_to: [", "step_down_to: [diroximel-fumarate, "))
    found = shifts(site, OCRELIZUMAB)["option", "switch-lower:diroximel-fumarate"]
    assert found.old is None
    assert found.through == ("classes/anti-cd20",)


def test_a_shorter_validity_is_followed_through_the_variable(tmp_path: Path) -> None:
    flag = FLAG.replace("age, at_least: 60", "igg, at_least: 0.1")
    before = load_named(str(overlay(tmp_path / "old", evidence__a=SOURCE, flags__b=flag)))
    stale = changed(tmp_path / "new", "variables/igg", ("months: 12", "months: 0.1"))
    after = load_named(str(overlay(stale, evidence__a=SOURCE, flags__b=flag)))
    (one,) = compare(before, after, OCRELIZUMAB, ON).affected
    found = {(shift.what, shift.of): shift for shift in one.shifts}["flag", "my-flag"]
    assert (found.old, found.new) == ("inform", None)
    assert found.through == ("flags/my-flag", "variables/igg")


def test_a_folder_is_read_file_by_file_and_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    people = tmp_path / "people"
    write(people, "interferon-twenty-years")
    (people / "broken.yaml").write_text("person: [", encoding="utf-8")
    (people / "notes.txt").write_text("not a chart", encoding="utf-8")
    site = changed(tmp_path / "site", "guidelines/discoms-entry", ("at_least: 55", "at_least: 95"))
    found = held(site, people)
    assert found.people == 2
    assert [Path(one.file).name for one in found.affected] == [
        "interferon-twenty-years.json", "interferon-twenty-years.yaml",
    ]  # fmt: skip
    ((file, why),) = found.unread
    assert Path(file).name == "broken.yaml"
    assert "YAML" in why


def test_nothing_to_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no chart"):
        compare(SHIPPED, SHIPPED, tmp_path, ON)
    with pytest.raises(InputError, match="cannot be read"):
        compare(SHIPPED, SHIPPED, tmp_path / "none.yaml", ON)


def test_the_guide_shows_what_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (Path(__file__).parents[1] / "docs" / "change-a-criterion.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"^    Documents that differ.*?(?=^\S)", page, re.S | re.M)
    monkeypatch.chdir(tmp_path)
    write(Path("people"))
    site = changed(tmp_path / "ours", "guidelines/discoms-entry", ("at_least: 55", "at_least: 65"))
    paper = io.StringIO()
    show_difference(held(site, Path("people")), console(paper, width=100))
    expected = [line.strip() for line in shown.strip().splitlines()]
    assert [line.strip() for line in paper.getvalue().splitlines()][: len(expected)] == expected
