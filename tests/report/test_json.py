"""The JSON obeys its schema, holds a text for every key, and is the same bytes for the same answer."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import jsonschema
import orjson
import pytest

from stepdown.knowledge.library import load
from stepdown.report.fill import fill, is_text
from stepdown.report.json import assessment_schema, to_json
from stepdown.report.words import Words
from tests.people import assessed, examples
from tests.report import made_up

VALIDATOR = jsonschema.Draft202012Validator(assessment_schema(), format_checker=jsonschema.FormatChecker())


def texts(node: Any) -> Iterator[dict[str, Any]]:
    """Every text within an assessment."""
    if is_text(node):
        yield node
    for part in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from texts(part)


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(assessment_schema())


def test_every_object_of_the_schema_is_closed() -> None:
    def objects(node: Any) -> Iterator[dict[str, Any]]:
        if isinstance(node, dict):
            if "properties" in node:
                yield node
            for part in node.values():
                yield from objects(part)
        elif isinstance(node, list):
            for part in node:
                yield from objects(part)

    for found in objects(assessment_schema()):
        assert found["additionalProperties"] is False
        assert set(found["required"]) <= set(found["properties"])


@pytest.mark.parametrize("data", [made_up.assessment(), made_up.emergency()], ids=["calm", "emergency"])
def test_the_made_up_assessment_obeys_it(data: dict[str, Any]) -> None:
    VALIDATOR.validate(orjson.loads(to_json(data, made_up.words())))


@pytest.mark.parametrize("example", examples())
def test_every_example_obeys_it_and_has_words(example: str) -> None:
    words = Words(load())
    filled = orjson.loads(to_json(assessed(example), words))
    VALIDATOR.validate(filled)
    assert not words.unknown
    assert all(one["text"] and "{" not in one["text"] for one in texts(filled))


def numbers() -> list[tuple[str, dict[str, Any]]]:
    """The examples that have numbers."""
    return [(name, found) for name in examples() if (found := assessed(name))["comparison"] is not None]


def test_numbers_hang_together() -> None:
    """Shares add up, intervals hold their means, and what carrying on is compared with is left out."""
    assert len(numbers()) >= 2
    for _, told in numbers():
        assert sum(told["comparison"]["shares_by_kind"].values()) == pytest.approx(1)
        assert sum(one["share_ranked_first"] or 0 for one in told["options"]) == pytest.approx(1)
        for option in told["options"]:
            for outcome, by_years in option["risk"].items():
                missing = {(one["outcome"], f"{one['years']:g}") for one in option["no_number"]}
                for years, risk in by_years.items():
                    assert (risk is None) == ((outcome, years) in missing)
                    if risk is not None:
                        assert risk["low"] <= risk["mean"] <= risk["high"]
                        assert (risk["versus_continue"] is None) == (option["kind"] in ("continue", "observe"))
            for curve in option["curves"].values():
                assert curve["mean"] == sorted(curve["mean"])
            for parts in option["decomposition"].values():
                whole = sum(value for name, value in parts.items() if name != "matters_most")
                assert whole == pytest.approx(1)


@pytest.mark.parametrize(
    "break_it",
    [
        lambda told: told.update(extra=1),
        lambda told: told.pop("limits"),
        lambda told: told.update(on="1 March"),
        lambda told: told["recommendation"].update(next_dose="maybe"),
        lambda told: told["options"][0].update(stance="best"),
        lambda told: told["state"]["age"].update(low="59"),
        lambda told: told["flags"][0].update(action="panic"),
        lambda told: told["recommendation"].update(says="Carry on."),
        lambda told: told["knowledge"].update(digest="abc"),
    ],
)
def test_what_is_wrong_is_refused(break_it: Any) -> None:
    filled = fill(made_up.assessment(), made_up.words())
    VALIDATOR.validate(filled)
    break_it(filled)
    assert not VALIDATOR.is_valid(filled)


def test_the_same_answer_is_the_same_bytes() -> None:
    told = made_up.assessment()
    turned = dict(reversed(copy.deepcopy(told).items()))
    assert to_json(told, made_up.words()) == to_json(turned, made_up.words())
    assert to_json(told, made_up.words()).endswith(b"}\n")


def test_filling_leaves_the_assessment_as_it_was_and_can_be_repeated() -> None:
    told = made_up.assessment()
    before = copy.deepcopy(told)
    once = fill(told, made_up.words())
    assert told == before
    assert fill(once, made_up.words()) == once


def test_a_text_within_a_text_is_filled_too() -> None:
    asked = fill(made_up.assessment(), made_up.words())["information"][0]["says"]
    assert asked["args"]["variable"]["text"]
    assert asked["text"].startswith(asked["args"]["variable"]["text"])


def test_a_number_that_is_not_finite_never_leaves() -> None:
    told = made_up.assessment()
    told["state"]["age"]["low"] = float("nan")
    with pytest.raises(ValueError, match="not finite"):
        to_json(told, made_up.words())
