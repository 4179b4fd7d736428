"""What goes into an entry, what stays out of it, and what is refused at the door."""

from __future__ import annotations

from datetime import date
from typing import Any, get_args

import orjson
import pytest

from stepdown import assessment as engine
from stepdown.assess import assess
from stepdown.errors import InputError
from stepdown.knowledge.library import load
from stepdown.knowledge.logwords import OUTCOMES
from stepdown.log import advice
from stepdown.log.advice import read_advice
from stepdown.log.body import Decision, Kind, canonical, parsed
from stepdown.log.decision import decision
from stepdown.record.read import read
from stepdown.report.examples import FOLDER
from stepdown.report.json import assessment_schema, to_json
from stepdown.report.words import Words
from tests.log.made import DAY, STAY, STOP, WIDER, WIDEST, assessment, draft

HOLDS = assessment(
    recommendation={"kind": "hold-pending", "option": None, "strength": "hold", "review": "urgent",
                    "next_dose": "withhold", "until": None},
)  # fmt: skip


def body(*arguments: Any, **named: Any) -> Decision:
    made = draft(*arguments, **named).body
    assert isinstance(made, Decision)
    return made


def refusal(*arguments: Any, **named: Any) -> str:
    with pytest.raises(InputError) as error:
        draft(*arguments, **named)
    return str(error.value)


def test_a_real_assessment_goes_in_without_anything_personal() -> None:
    library = load()
    record = read(FOLDER / "long-quiet-ocrelizumab" / "chart.yaml", library)
    content = to_json(assess(record, DAY, draws=50, library=library).data, Words(library, "en"))
    found, whole = read_advice(content, "a.json")
    made = decision(found, whole, WIDEST, ["agrees"], ["person"], "Anna fears needles", DAY, DAY, library)
    text = canonical(made.body)
    assert made.person == whole["person"] == "EX-01"
    assert made.personal is not None
    assert orjson.loads(made.personal) == {"note": "Anna fears needles", "assessment": whole}
    for personal in ("EX-01", "Anna", whole["recommendation"]["until"], "chart.yaml", "2025-", "60.3"):
        assert personal not in text, personal
    days = {"assessed_on", "decided_on", "recorded_on", "in_force"}
    assert {name for name, value in orjson.loads(text).items() if isinstance(value, str) and value[:2] == "20"} == days
    one = parsed(text, 1)
    assert one == made.body
    assert isinstance(one, Decision)
    assert (one.advised.option, one.advised.strength, one.advised.next_dose) == (WIDEST, "balanced", "delay-until")
    assert one.knowledge.digest == library.digest
    assert (one.draws, one.seed) == (50, 0)
    assert one.options == {option["id"]: option["stance"] for option in whole["options"]}
    held = {guideline.id: guideline for guideline in one.guidelines}
    assert (held["panel-2025"].conclusion, held["aan-2018"].applies) == ("candidate", "not-met")
    assert "long-quiet" in held["panel-2025"].met
    assert "young" in held["panel-2025"].not_met
    assert "comorbidity-other" in held["panel-2025"].unknown


def test_it_reads_what_this_release_writes() -> None:
    assert advice.READS == engine.SCHEMA == assessment_schema()["properties"]["schema"]["const"]
    kinds = {kind for part in get_args(Kind) for kind in get_args(part)}
    assert kinds == {*assessment_schema()["$defs"]["kind"]["enum"], "hold-pending"}


@pytest.mark.parametrize(
    ("data", "decided", "outcome"),
    [
        (assessment(), WIDEST, "followed"),
        (assessment(), WIDER, "varied"),
        (assessment(), STOP, "overridden"),
        (assessment(), "hold-pending", "overridden"),
        (HOLDS, "hold-pending", "followed"),
        (HOLDS, STAY, "overridden"),
    ],
)
def test_what_became_of_the_advice(data: dict[str, Any], decided: str, outcome: str) -> None:
    made = body(data, decided)
    assert made.decided.outcome == outcome
    assert made.decided.stance == (None if decided == "hold-pending" else "reasonable")
    assert outcome in OUTCOMES


def test_a_criterion_may_be_named_in_short_where_only_one_guideline_has_it() -> None:
    data = assessment()
    data["guidelines"][0]["findings"].append({"criterion": "young", "verdict": "met"})
    code = "disagrees-with-criterion"
    for written in ("young", "panel-2025/young"):
        assert body(data, STOP, [f"{code}:{written}"]).reasons == (f"{code}:panel-2025/young",)
    told = refusal(data, STOP, [f"{code}:age"])
    assert told == ("--reason: several guidelines have 'age'; name one of panel-2025/age, ectrims-2025/age, "
                    "dgn-2021/age")  # fmt: skip
    for written in (code, f"{code}:", f"{code}:nothing"):
        assert "names no criterion of the assessment; write disagrees-with-criterion:GUIDELINE/CRITERION" in refusal(
            data, STOP, [written]
        )


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ({"decided": "discontinue:x"}, f"--decided: the assessment has no option 'discontinue:x'; it has {STAY}, "),
        ({"reasons": ["because"]}, "--reason: no reason is called 'because'; there are agrees, comorbidity, "),
        ({"reasons": ["agrees"], "decided": STOP}, "--reason: agrees does not go with an advice that was overridden"),
        ({"reasons": ["disagrees-with-criterion:panel-2025/age"]}, "does not go with an advice that was followed"),
        ({"reasons": ["comorbidity:panel-2025/age"]}, "--reason: comorbidity names no criterion; write comorbidity"),
        ({"reasons": ["other"]}, "--reason: other says nothing without a note; add --note"),
        ({"reasons": ["other"], "note": " "}, "--reason: other says nothing without a note"),
        ({"roles": ["Dr Smith"]}, "--role: no role is called 'Dr Smith'; there are family-doctor, "),
        ({"on": date(2026, 2, 28)}, "--on: 2026-02-28 lies before the assessment of 2026-03-01"),
        ({"note": "x" * 10_001}, "--note: the note is longer than 10,000 characters"),
    ],
)
def test_what_does_not_fit_is_refused(named: dict[str, Any], told: str) -> None:
    assert told in refusal(**named)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"{", "is not JSON"),
        (b"[]", "is not an assessment"),
        (b'{"resourceType": "Bundle"}', "is not an assessment"),
        (orjson.dumps(assessment(schema="2")), "is an assessment of schema '2', and this release reads '1'"),
        (orjson.dumps(assessment(flags=None)), "is not an assessment: flags is missing"),
        (orjson.dumps(assessment(on="01.03.2026")), "is not an assessment: on is missing or not as written by us"),
    ],
)
def test_what_is_no_assessment_is_refused(content: bytes, told: str) -> None:
    with pytest.raises(InputError, match=r"a\.json: ") as error:
        read_advice(content, "a.json")
    assert told in str(error.value)


@pytest.mark.parametrize("name", ["Anna Smith", "born 1966-05-04", "panel\n2025", "ÄÖ", "x" * 200])
def test_a_name_has_nowhere_to_hide_in_an_assessment(name: str) -> None:
    one = assessment()
    one["guidelines"][0]["id"] = name
    other = assessment()
    other["options"][0]["id"] = name
    third = assessment(flags=[{"id": name}])
    for data in (one, other, third, assessment(knowledge={"version": name, "digest": "x"})):
        with pytest.raises(InputError, match="is not an assessment"):
            read_advice(orjson.dumps(data), "a.json")


def test_each_reason_and_role_of_the_library_can_be_written() -> None:
    library = load()
    for reason in library.reasons.values():
        decided = {"followed": WIDEST, "varied": WIDER, "overridden": STOP}[reason.goes_with[-1]]
        code = f"{reason.id}:panel-2025/age" if reason.names_criterion else reason.id
        assert body(None, decided, [code, code], note="a note").reasons == (code,)
    assert body(roles=[*library.roles, "person"]).roles == tuple(library.roles)
    assert {"neurologist", "ms-nurse", "pharmacist", "person"} <= set(library.roles)
