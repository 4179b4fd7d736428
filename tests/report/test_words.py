"""Every key that the rooms can give has words, and the words fit what is given."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import get_args

import pytest

import stepdown
from stepdown.decision.recommend import DOSES, ORDER, REVIEWS
from stepdown.decision.stances import STANCES
from stepdown.errors import InputError
from stepdown.guideline.verdicts import CONCLUSIONS
from stepdown.knowledge.library import load
from stepdown.knowledge.schema import OPTION_KINDS, Flag, Guideline, GuidelineCriterion, Rule
from stepdown.report.words import Words, catalogue

TABLES = ("cohort",)
"""Rooms whose dotted names are columns of a table, not keys of words; so are those of the reports of a screen."""
SOURCES = {
    path: path.read_text(encoding="utf-8")
    for path in Path(stepdown.__file__).parent.rglob("*.py")
    if path.parent.name not in TABLES and not path.name.startswith("screen")
}
CALLS = {"problem": 1, "note": 1, "tell": 1, "Problem": 1, "Refused": 0, "row": 0}
"""Calls by which a reader tells something, and which of their arguments is the key."""
PLAIN = re.compile(r"\"((?:recommendation|limit|information|because|label|note|problem)\.[a-z][a-z0-9-]*)\"")
REASON = re.compile(r"settle\(.*?\"([a-z-]+)\"|\"([a-z]+-(?:on-|without-)?treatment|treatment-unknown)\"")
PLACE = re.compile(r"\{([a-z_]+)[^{}]*\}")


def told_by_readers() -> list[tuple[str, set[str] | None]]:
    """What the readers and the state tell: the key, and the arguments (None where they cannot be seen)."""
    found = []
    for path, text in SOURCES.items():
        if path.parent.name not in ("record", "fhir", "state"):
            continue
        for call in (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)):
            name = getattr(call.func, "attr", getattr(call.func, "id", ""))
            place = CALLS.get(name, len(call.args))
            key = call.args[place] if place < len(call.args) else None
            if isinstance(key, ast.Constant) and re.fullmatch(r"[a-z0-9-]+", str(key.value)):
                found.append((str(key.value), _arguments(call, name)))
    return found


def _arguments(call: ast.Call, name: str) -> set[str] | None:
    given = {word.arg for word in call.keywords}
    if name == "Problem" and len(call.args) > 2 and isinstance(call.args[2], ast.Dict):
        given = {getattr(key, "value", None) for key in call.args[2].keys}
    extra = {"times"} if name == "tell" else set()
    return None if None in given else {str(word) for word in given} | extra


def test_everything_that_readers_tell_has_words_that_fit() -> None:
    english, wrong = catalogue("en"), []
    told = told_by_readers()
    assert len(told) > 30
    for key, given in told:
        said = next((english[full] for full in (f"problem.{key}", f"note.{key}") if full in english), None)
        needs = set(PLACE.findall(said or ""))
        if said is None or (given is not None and needs - given):
            wrong.append((key, sorted(needs), sorted(given or ())))
    assert not wrong


def test_every_kind_of_problem_has_a_title() -> None:
    english = catalogue("en")
    cells = {
        key
        for path, text in SOURCES.items()
        if path.name.startswith("folder_") or path.parent.name == "inputs"
        for key in re.findall(r'\.flag\(\s*"([a-z-]+)"', text)
    }
    assert {"not-a-date", "unknown-word"} <= cells
    told = {key for key, _ in told_by_readers() if f"problem.{key}" in english}
    assert not sorted(key for key in cells | told if f"screen.problem.{key}" not in english)


def keys_of_kinds() -> set[str]:
    """Every key that is put together from a word of the library's own vocabulary."""
    roles = get_args(GuidelineCriterion.model_fields["role"].annotation)
    effects = get_args(Rule.model_fields["effect"].annotation)
    return {
        *(f"kind.{kind}" for kind in (*OPTION_KINDS, "hold-pending", "de-escalate")),
        *(f"option.{kind}" for kind in OPTION_KINDS),
        *(f"recommendation.{way}-{kind}" for way in ("guideline", "leave") for kind in ORDER),
        *(f"stance.{stance}" for stance in STANCES),
        *(f"conclusion.{conclusion}" for conclusion in CONCLUSIONS),
        *(f"next-dose.{dose}" for dose in DOSES),
        *(f"review.{review or 'none'}" for review in REVIEWS),
        *(f"role.{role}" for role in roles),
        *(f"effect.{effect}" for effect in effects),
        *(f"action.{action}" for action in get_args(Flag.model_fields["action"].annotation)),
        *(f"guideline-kind.{kind}" for kind in get_args(Guideline.model_fields["kind"].annotation)),
        *(f"month.m{month:02}" for month in range(1, 13)),
    }


def test_every_key_of_the_sources_has_words() -> None:
    found = {key for text in SOURCES.values() for key in PLAIN.findall(text)}
    assert {"limit.unread", "information.decisive"} <= found
    assert not sorted(found - set(catalogue("en")))


def test_every_kind_stance_and_verdict_has_words() -> None:
    assert not sorted(keys_of_kinds() - set(catalogue("en")))


def test_every_recommendation_that_is_settled_on_has_words() -> None:
    sources = [text for path, text in SOURCES.items() if path.parent.name == "decision"]
    reasons = {key for text in sources for groups in REASON.findall(text) for key in groups if key}
    assert {"emergency", "carry-on", "find-out", "no-treatment", "treatment-unknown"} <= reasons
    assert not sorted(f"recommendation.{key}" for key in reasons if f"recommendation.{key}" not in catalogue("en"))


def test_every_value_of_a_category_has_words() -> None:
    words = Words(load())
    for name, variable in load().variables.items():
        if variable.kind == "category" and not variable.values_from:
            for value in variable.values:
                assert words.has(f"value.{value}") or re.fullmatch(r"[a-z-]+", value), (name, value)


def test_every_unit_of_the_dictionary_is_written_for_people() -> None:
    words = Words(load())
    units = {variable.unit for variable in load().variables.values() if variable.unit} - {"1"}
    for unit in units:
        assert words.has(f"unit.{unit}") or words.has(f"unit.{unit}.many"), unit


def test_library_prose_is_found_by_its_path() -> None:
    words = Words(load())
    assert words.tell("variables/igg.title") == load().variables["igg"].title["en"]
    assert words.tell("variables/igg_last.title") == load().variables["igg"].title["en"]
    flag = next(iter(load().flags.values()))
    assert words.tell(f"flags/{flag.id}.do") == flag.do["en"]
    guideline = next(iter(load().guidelines.values()))
    assert words.tell(f"guidelines/{guideline.id}.title") == guideline.title["en"]
    criterion = guideline.criteria[0]
    assert words.tell(f"guidelines/{guideline.id}/{criterion.id}.why") == criterion.why["en"]
    therapy = next(therapy for therapy in load().therapies.values() if therapy.rules)
    rule = therapy.rules[0]
    assert words.tell(f"therapies/{therapy.id}/rules/{rule.id}.says") == rule.says["en"]
    assert not words.unknown


def test_a_key_without_words_is_shown_and_remembered() -> None:
    words = Words(load())
    assert words.tell("no.such-key") == "no.such-key"
    assert words.tell("flags/no-such-flag.says") == "flags/no-such-flag.says"
    assert words.unknown == {"no.such-key", "flags/no-such-flag.says"}


def test_an_argument_that_is_missing_does_not_stop_the_report() -> None:
    words = Words(load())
    assert words.tell("list.and", first="x") == "list.and first x"
    assert words.unknown == {"list.and"}


def test_a_text_may_stand_within_a_text() -> None:
    inner = {"key": "variables/age.title", "args": {}}
    assert Words(load()).say({"key": "information.decisive", "args": {"variable": inner, "count": 1}}).startswith("Age")


@pytest.mark.parametrize("language", ["de", "de-CH", "fr"])
def test_a_language_without_words_falls_back_to_english(language: str) -> None:
    words = Words(load(), language)
    assert words.tell("verdict.met") == "met"
    assert words.fallbacks == {"verdict.met"}


def test_english_needs_no_fallback() -> None:
    for language in ("en", "en-GB"):
        words = Words(load(), language)
        words.tell("verdict.met")
        assert not words.fallbacks


@pytest.mark.parametrize("language", ["", "E", "../../x", "en_US\n", "english!"])
def test_what_is_no_language_is_refused(language: str) -> None:
    with pytest.raises(InputError, match="is not a language"):
        Words(load(), language)
