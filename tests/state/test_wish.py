"""Wishes: anything but a refusal says yes, and never asked is unknown."""

from __future__ import annotations

from typing import Any

import pytest

from tests.state.records import values


def wish(topic: str, strength: str | None, at: str | None = None) -> tuple[str, dict[str, Any]]:
    return "wish", {"topic": topic, "strength": strength, "at": at}


@pytest.mark.parametrize(
    ("strength", "says"), [("strong", True), ("some", True), (None, True), ("none", False), ("against", False)]
)
def test_strength(strength: str | None, says: bool) -> None:
    found = values(wish("fewer-infusions", strength))
    assert found["wish_fewer_infusions"] is says
    assert found["wish_stop"] is None


def test_the_last_answer_counts() -> None:
    assert values(wish("pregnancy", "strong", "2020"), wish("pregnancy", "none", "2025"))["wish_pregnancy"] is False
    assert values(wish("pregnancy", "strong", "2025"), wish("pregnancy", "none", "2025-05"))["wish_pregnancy"] is None
    assert values(wish("stop", "none", "2025"), wish("stop", "none", "2025-05"))["wish_stop"] is False
