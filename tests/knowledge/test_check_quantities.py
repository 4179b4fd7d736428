"""Figures, classes and parameters that arms and contrasts point at."""

from __future__ import annotations

from pathlib import Path

import pytest

from stepdown.knowledge.check import check

ARM = """
id: my-arm
title: {en: An arm}
outcome: relapse
estimate: discoms-2023/relapse-stopped
option: discontinue
classes: {interferon: 1}
role: fit
quality: low
why: {en: A test.}
"""
CONTRAST = """
id: my-contrast
title: {en: A contrast}
outcome: relapse
estimate: jouvenot-2024/relapse-ratio
observes: {effect: discontinue, classes: {s1p: 1}}
indirectness: 0.2
role: fit
why: {en: A test.}
"""


def faults(folder: Path, kind: str, text: str) -> list[str]:
    (folder / kind).mkdir(parents=True)
    (folder / kind / "mine.yaml").write_text(text, encoding="utf-8")
    return [f.message for f in check([folder]) if f.file.startswith(str(folder)) and not f.note]


def test_documents_that_hold_are_accepted(tmp_path: Path) -> None:
    assert faults(tmp_path / "a", "arms", ARM) == []
    assert faults(tmp_path / "b", "contrasts", CONTRAST) == []


@pytest.mark.parametrize(
    ("kind", "text", "old", "new", "told"),
    [
        ("arms", ARM, "relapse-stopped", "nothing-like-it", "no study has the figure"),
        ("arms", ARM, "discoms-2023/relapse-stopped", "discoms-2023/activity-stopped", "is of any-activity"),
        ("arms", ARM, "{interferon: 1}", "{interferons: 1}", "nothing is called 'interferons'"),
        ("arms", ARM, "{interferon: 1}", "{interferon: 0.5}", "do not sum to one"),
        ("arms", ARM, "option: discontinue", "option: switch-lower", "'to' goes with a switch"),
        ("arms", ARM, "discoms-2023/relapse-stopped", "rifund-2022/relapse-fumarate", "is unverified"),
        ("contrasts", CONTRAST, "relapse-ratio", "relapse-stopped", "not a ratio"),
        ("contrasts", CONTRAST, "estimate: jouvenot-2024/relapse-ratio", "arms: [a, b]", "nothing is called 'a'"),
        ("contrasts", CONTRAST, "effect: discontinue, classes: {s1p: 1}", "modifier: hue, difference: 1", "parameter"),
        ("contrasts", CONTRAST, "indirectness: 0.2", "indirectness: 0.3", "indirectness"),
    ],
)  # fmt: skip
def test_what_points_nowhere_is_told(tmp_path: Path, kind: str, text: str, old: str, new: str, told: str) -> None:
    assert any(told in message for message in faults(tmp_path, kind, text.replace(old, new)))
