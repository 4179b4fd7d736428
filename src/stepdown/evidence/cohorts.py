"""Files of published groups: their format, and how an entry is put into the words of the model."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from stepdown.errors import InputError
from stepdown.evidence.groups import ANY, Classes, Group
from stepdown.knowledge.library import Library
from stepdown.knowledge.quantities import Mix
from stepdown.knowledge.yamlfile import parse, read_bytes

SHIPPED = Path(__file__).parent / "cohorts.yaml"
"""Published groups beside the arms of the library, in the same format as a file of one's own."""

OPTIONS = ("continue", "extend-interval", "reduce-dose", "switch-lower", "switch-lateral", "discontinue")
COURSES = {"cis": 0.0, "rrms": 0.0, "rms": 0.0, "relapsing": 0.0, "spms": 1.0, "ppms": 1.0, "progressive": 1.0}
"""Share with progressive disease by the word for the course."""

FORMAT = "see docs/replication.md"

Above = Annotated[float | None, Field(gt=0)]
NotBelow = Annotated[float | None, Field(ge=0)]


class Entry(BaseModel):
    """One published group in a file. Null is unknown; `class` is a class, `platform`, `unknown` or shares of classes.

    `course` is a course, `mixed`, or shares of courses.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    id: str = Field(min_length=1)
    study: str = ""
    n: int | None = Field(default=None, gt=0)
    age: float | None = Field(default=None, gt=0, le=120)
    age_sd: NotBelow = None
    female: float | None = Field(default=None, ge=0, le=1)
    course: str | Mix | None = None
    class_: str | Mix | None = Field(default=None, alias="class")
    therapy: str | None = None
    option: str
    interval_weeks: Above = None
    from_interval_weeks: Above = None
    dose_mg: Above = None
    years_since_relapse: NotBelow = None
    years_since_mri_activity: NotBelow = None
    years_on_therapy: NotBelow = None
    edss: float | None = Field(default=None, ge=0, le=10)
    igg: NotBelow = None
    comorbidities: NotBelow = None
    b_cells: NotBelow = None
    outcome: Literal["relapse", "mri-activity", "any-activity", "disability-worsening", "serious-infection"]
    horizon_years: float | None = Field(default=None, gt=0, le=50)
    events: int = Field(ge=0)
    person_years: Above = None
    used_in_fit: bool = False
    quality: str | None = None
    in_evidence: str | bool | None = None
    derived: bool | None = None
    note: str | None = None

    @model_validator(mode="after")
    def _counted(self) -> Entry:
        if self.person_years is None and (self.n is None or self.horizon_years is None):
            raise ValueError("give n and horizon_years, or person_years")
        if self.person_years is None and self.n is not None and self.events > self.n:
            raise ValueError("there are more events than people")
        option, _, goal = self.option.partition(":")
        if option not in OPTIONS:
            raise ValueError(f"option is one of {', '.join(OPTIONS)}, not {self.option!r}")
        if goal and not option.startswith("switch"):
            raise ValueError("only a switch names the drug taken afterwards")
        for name, mix in (("class", self.class_), ("course", self.course)):
            if isinstance(mix, dict) and (not mix or min(mix.values()) <= 0 or abs(sum(mix.values()) - 1) > 0.011):
                raise ValueError(f"the shares of {name} do not sum to one")
        return self


def shipped(library: Library) -> list[Group]:
    """The groups of `cohorts.yaml` that are no arms of the library; their `study` is written `study/figure`."""
    known = {(arm.outcome, arm.estimate) for arm in library.arms.values() if arm.role != "unused"}
    return [group for group in read(SHIPPED, library) if (group.outcome, group.study) not in known]


def read(path: Path, library: Library) -> list[Group]:
    """Read a file of published groups.

    Raises:
        InputError: not a list of entries, a wrong or unknown field, or a class or drug that the library does not know.
    """
    located = parse(read_bytes(path), str(path))
    if not isinstance(located.data, list):
        raise InputError("is not a list of groups", str(path), FORMAT)
    found: dict[str, Group] = {}
    for index, data in enumerate(located.data):
        where = f"{path}:{located.line((index,))}"
        try:
            entry = Entry.model_validate(data)
        except ValidationError as error:
            fault = error.errors()[0]
            place = f"{path}:{located.line((index, *fault['loc'][:1]))}"
            raise InputError(_said(data, fault), place, FORMAT) from None
        if entry.id in found:
            raise InputError(f"the id {entry.id!r} is given twice", where, "rename one")
        found[entry.id] = group_of(entry, library, where)
    return list(found.values())


def _said(data: Any, fault: Any) -> str:
    """A fault of an entry in words."""
    key = ".".join(str(part) for part in fault["loc"][:1]) or "entry"
    name = data.get("id") if isinstance(data, dict) else None
    told = {
        "extra_forbidden": f"no field is called {key!r}",
        "missing": f"{key} is missing",
        "literal_error": f"{key} is one of {fault.get('ctx', {}).get('expected', '')}, not {fault['input']!r}",
    }.get(fault["type"])
    plain = fault["msg"].removeprefix("Value error, ").replace("Input should", "should")
    return (f"{name}: " if name else "") + (told or (f"{key} {plain}" if fault["loc"] else plain))


def group_of(entry: Entry, library: Library, where: str = "") -> Group:
    """An entry of a file in the words of the model.

    Raises:
        InputError: a class, drug or course that the library does not know.
    """
    option, _, goal = entry.option.partition(":")
    therapy = _drug(entry.therapy, library, where) if entry.therapy else ""
    classes = _classes(entry.class_, library, where) if entry.class_ is not None else None
    if therapy:
        of = library.therapies[therapy].class_
        if classes is not None and of not in classes.shares:
            raise InputError(f"{entry.id}: {therapy} is no drug of that class", where, f"its class is {of}")
        classes = classes or Classes({of: 1.0})
    quiet = [years for years in (entry.years_since_relapse, entry.years_since_mri_activity) if years is not None]
    covariates = {
        "age": (entry.age, None),
        "quiet": (min(quiet) if quiet else None, None),
        "edss": (entry.edss, None),
        "stable": (None, None),
        "progressive": (_progressive(entry, where), None),
        "igg": (entry.igg, None),
        "comorbidity_count": (entry.comorbidities, None),
        "time_on_class": (entry.years_on_therapy, None),
    }
    timed = entry.person_years is not None
    years = entry.horizon_years or ((entry.person_years or 0) / entry.n if entry.n else None)
    return Group(
        entry.id, entry.study, entry.outcome, option, classes or Classes(dict.fromkeys(library.classes, 1.0), False),
        _goal(option, goal, library, where), covariates, entry.events, None if timed else entry.n, entry.person_years,
        years or library.number("follow-up-not-given"), 0.0, entry.used_in_fit, therapy,
        _refused(entry, option, therapy, library),
    )  # fmt: skip


def _drug(name: str, library: Library, where: str) -> str:
    """The id of a drug that is named by id, generic name or brand."""
    names = {
        said.casefold(): drug.id for drug in library.therapies.values() for said in (drug.id, *drug.names, *drug.brands)
    }
    if name.casefold() not in names:
        close = get_close_matches(name.casefold(), names, n=1)
        mend = f"did you mean {close[0]!r}?" if close else "use the id of a therapy document"
        raise InputError(f"no drug is called {name!r}", where, mend)
    return names[name.casefold()]


def _classes(named: str | Mix, library: Library, where: str) -> Classes:
    """Shares of classes; of `platform` (first-line drugs) and `unknown` (any) the shares are not known."""
    if named == "platform":
        lasting = {name: one for name, one in library.classes.items() if not one.course_therapy}
        mild = [name for name, one in lasting.items() if one.efficacy == "moderate"]
        return Classes(dict.fromkeys(mild, 1.0), False)
    if named == "unknown":
        return Classes(dict.fromkeys(library.classes, 1.0), False)
    mix = {named: 1.0} if isinstance(named, str) else named
    unknown = [name for name in mix if name not in library.classes]
    if unknown:
        raise InputError(f"no class is called {unknown[0]!r}", where, f"classes: {', '.join(library.classes)}")
    total = sum(mix.values())
    return Classes({name: share / total for name, share in mix.items()})


def _goal(option: str, goal: str, library: Library, where: str) -> Classes:
    """What a switch leads to: a drug or a class; one that is not named may be any (a milder one, where lower)."""
    if not option.startswith("switch"):
        return Classes({})
    if not goal:
        return _classes("platform" if option == "switch-lower" else "unknown", library, where)
    if goal in library.classes or goal in ("platform", "unknown"):
        return _classes(goal, library, where)
    return Classes({library.therapies[_drug(goal, library, where)].class_: 1.0})


def _progressive(entry: Entry, where: str) -> float | None:
    """Share with progressive disease; None where it is not known."""
    if entry.course is None or entry.course == "mixed":
        return None
    mix = {entry.course: 1.0} if isinstance(entry.course, str) else entry.course
    wrong = [name for name in mix if name not in COURSES]
    if wrong:
        raise InputError(f"no course is called {wrong[0]!r}", where, f"courses: {', '.join(COURSES)}, mixed")
    return sum(COURSES[name] * share for name, share in mix.items()) / sum(mix.values())


def _refused(entry: Entry, option: str, therapy: str, library: Library) -> str:
    """Why nothing is predicted although there are parameters; empty where it is."""
    before, after = entry.from_interval_weeks, entry.interval_weeks
    if option == "extend-interval" and before is not None and after is not None and after <= before:
        return "the interval is no longer than before"
    if not therapy:
        return ""
    usual = [regimen.dose_mg for regimen in library.therapies[therapy].regimens if regimen.dose_mg is not None]
    dose = entry.dose_mg if option == "reduce-dose" else None
    if dose is not None and usual and (dose in usual or dose > max(usual)):
        return f"{dose:g} mg is no lower dose of {therapy}"
    asked = {"relapse", "mri-activity"} if entry.outcome == ANY else {entry.outcome}
    said = (
        limit.says["en"]
        for limit in library.limits.values()
        if option in limit.kinds and therapy in limit.from_therapy and limit.if_ is None and limit.beyond_years is None
        and (not limit.outcomes or asked & {*limit.outcomes})
    )  # fmt: skip
    return next(said, "")
