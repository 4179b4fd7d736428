"""Processes that answer for buckets and end before they should: told on one line, never waited for."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from stepdown.cohort import crew
from stepdown.errors import InputError


def _crew_of(script: str, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What a crew of two says, each of which is a script of the shell."""

    def worker(work: Path) -> subprocess.Popen[str]:
        return subprocess.Popen(["sh", "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    monkeypatch.setattr(crew, "_worker", worker)
    with crew.crew(Path(), 2) as answers:
        return list(answers([0, 1, 2, 3]))


def test_each_bucket_is_answered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sorted(_crew_of('while read n; do echo "done $n 1$n"; done', monkeypatch)) == [10, 11, 12, 13]


@pytest.mark.parametrize("script", ["kill -9 $$", "read n; kill -9 $$", 'read n; echo "done $n 1"; kill -9 $$'])
def test_one_that_is_killed_is_told_on_one_line(script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="was ended from outside; run it again to carry on"):
        _crew_of(script, monkeypatch)


@pytest.mark.parametrize("script", ["echo failed the disk is full", "read n; echo failed the disk is full"])
def test_what_one_says_before_it_ends_is_told(script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="the disk is full"):
        _crew_of(script, monkeypatch)


def test_a_fault_of_its_own_is_no_fault_of_the_input(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RuntimeError, match="ended before its work did"):
        _crew_of("read n; exit 1", monkeypatch)
