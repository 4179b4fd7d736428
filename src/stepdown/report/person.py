"""The head of a report: who the person is and where they stand, in three lines."""

from __future__ import annotations

from datetime import date, timedelta

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from stepdown.report import wording
from stepdown.report.marks import Marks
from stepdown.report.parts import Data
from stepdown.report.words import Words

LABORATORY = ("igg", "lymphocytes", "jcv_index")


def head(filled: Data, words: Words, marks: Marks) -> RenderableType:
    """Who and when; what they take; how quiet it has been."""
    state = filled["state"]
    table = Table.grid(padding=(0, 1, 0, 0), expand=True)
    table.add_column(ratio=1)
    table.add_column(justify="right", no_wrap=True)
    who = Text(f"{filled['person']}  ", style="bold")
    who.append(describe(state, words), style="bold")
    table.add_row(who, Text(wording.date(filled["on"], words), style="bold"))
    return Group(table, _line(treatment(filled, words), marks), _line(standing(state, words), marks))


def describe(state: Data, words: Words) -> str:
    """Sex, age and course in a phrase."""
    return ", ".join([_age_and_sex(state, words), course(state, words)])


def _line(facts: list[tuple[str, bool]], marks: Marks) -> Text:
    line = Text()
    for fact, known in facts:
        line.append(f" {marks.dot} " if line else "", style="dim")
        line.append(fact, style="" if known else "dim italic")
    return line


def _bounded(entry: Data) -> bool:
    """Whether anything is known of a number; that it is not negative says nothing."""
    return bool(entry["low"] or entry["high"] is not None)


def _single(entry: Data) -> str | None:
    """The value of a category where one is left."""
    return str(entry["values"][0]) if len(entry["values"]) == 1 else None


def _age_and_sex(state: Data, words: Words) -> str:
    sex = {"female": "woman", "male": "man"}.get(_single(state["sex"]) or "", "person")
    age = state["age"]
    if not _bounded(age):
        shown = words.tell("person.age-unknown")
    else:
        shown = wording.value({**age, "unit": "1"}, "age", words)
    text = words.tell(f"person.{sex}", age=shown)
    return text if sex != "person" else f"{text}, {words.tell('person.sex-unknown')}"


def _whole(entry: Data) -> Data:
    """A number in completed years."""
    return {**entry, **{bound: wording.completed(entry[bound]) for bound in ("low", "high")}}


def course(state: Data, words: Words) -> str:
    """The course of the disease and for how long."""
    entry = state["course"]
    everything = len(entry["values"]) == len(words.library.values("course"))
    name = words.tell("person.course-unknown") if everything else wording.value(entry, "course", words)
    lasting = wording.value(_whole(state["disease_duration"]), "disease_duration", words)
    if not _bounded(state["disease_duration"]):
        return name
    with_course = "person.with-unknown-course" if everything else "person.with-course"
    return words.tell(with_course, course=name, duration=lasting)


def treatment(filled: Data, words: Words) -> list[tuple[str, bool]]:
    """The drug, since when, the last dose and the next."""
    state = filled["state"]
    drug = _single(state["therapy"])
    if drug is None:
        of_class = _single(state["therapy_class"])
        if of_class not in (None, "none", "other"):
            return [(words.tell("person.therapy-of-class", drug=wording.category(str(of_class), words)), False)]
        return [(words.tell("person.therapy-unknown"), False)]
    if drug == "none":
        return [(words.tell("person.no-therapy"), True)]
    name, time = wording.category(drug, words), state["time_on_therapy"]
    if _bounded(time):
        since = words.tell("person.on-therapy", therapy=name, time=wording.value(time, "time_on_therapy", words))
    else:
        since = words.tell("person.on-therapy-unknown-time", therapy=name)
    facts = [(since, _bounded(time))]
    last, following = state["months_since_last_dose"], state["weeks_to_next_dose"]
    at_home = last["low"] == 0 and last["high"] == 0
    if not at_home:
        shown = words.tell("person.last-dose", time=wording.value(last, "months_since_last_dose", words))
        facts.append((shown if _bounded(last) else words.tell("person.last-dose-unknown"), _bounded(last)))
        facts.append((_next(following, filled["on"], words), _bounded(following)))
    return facts


def _next(entry: Data, on: str, words: Words) -> str:
    """When the next dose is due, as a day where it is known."""
    low, high = entry["low"], entry["high"]
    if low is None and high is None:
        return words.tell("person.next-dose-unknown")
    if low is not None and low < 0 and (high is None or high >= 0):
        if high is None:
            return words.tell("person.next-dose-unknown")
        time = wording.value({**entry, "low": high}, "weeks_to_next_dose", words)
        return words.tell("person.next-dose-perhaps", time=time)
    late = high is not None and high < 0
    shown = {**entry, "low": -high if late else low, "high": (None if low is None else -low) if late else high}
    time = wording.value(shown, "weeks_to_next_dose", words)
    if low is None or low != high:
        return words.tell("person.overdue-about" if late else "person.next-dose-about", time=time)
    day = date.fromisoformat(on) + timedelta(days=round(low * 7))
    return words.tell("person.overdue" if late else "person.next-dose", time=time, day=day.isoformat())


def standing(state: Data, words: Words) -> list[tuple[str, bool]]:
    """How long without a relapse and MRI activity, EDSS, and the laboratory values that decide most."""
    facts = [_relapse(state, words)]
    mri = state["years_since_mri_activity"]
    quiet = mri["low"] is not None and mri["low"] > 0
    time = wording.value(mri, "years_since_mri_activity", words)
    facts.append((words.tell("person.mri", time=time) if quiet else words.tell("person.mri-unknown"), quiet))
    edss = state["edss"]
    shown = words.tell("person.edss", value=wording.value(edss, "edss", words))
    facts.append((shown if _bounded(edss) else words.tell("person.edss-unknown"), _bounded(edss)))
    for name in LABORATORY:
        entry = state[name]
        if _bounded(entry):
            title = wording.inline(words.tell(f"variables/{name}.title"))
            facts.append((f"{title} {wording.value(entry, name, words)}", True))
    wishes = [name for name in state if name.startswith("wish_") and state[name]["truth"]]
    if wishes:
        titles = [wording.inline(words.tell(f"variables/{name}.title")) for name in wishes]
        facts.append((words.tell("person.wishes", wishes=", ".join(titles)), True))
    return facts


def _relapse(state: Data, words: Words) -> tuple[str, bool]:
    entry = state["years_since_relapse"]
    if state["never_relapsed"]["truth"]:
        return words.tell("person.never-relapsed"), True
    if entry["low"] is None or (entry["low"] == 0 and entry["high"] is None):
        return words.tell("person.relapse-unknown"), False
    time = wording.value(entry, "years_since_relapse", words)
    return words.tell(
        "person.no-relapse" if wording.rounded(entry["low"], "a") != "0" else "person.relapse", time=time
    ), True
