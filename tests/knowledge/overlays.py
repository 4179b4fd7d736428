"""Folders of documents, written for a test and laid over the shipped library."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent


def overlay(root: Path, **documents: str) -> Path:
    """Write documents, `folder__name="text"`, and give the folder that holds them."""
    for name, text in documents.items():
        folder, _, file = name.partition("__")
        path = root / folder / f"{file}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
    return root


SOURCE = """
    id: my-study
    title: {en: My study}
    kind: study
    citation: Somebody. A journal 2025.
    doi: 10.1000/1
    status: verified
    says: {en: Something.}
    reviewed: 2026-11-22
"""
"""A source without fault, which nothing cites."""

FLAG = """
    id: my-flag
    title: {en: My flag}
    topic: infection
    action: inform
    if: {variable: age, at_least: 60}
    says: {en: Sixty or more.}
    do: {en: Think of it.}
    evidence: [my-study]
"""
"""A flag without fault that cites `SOURCE`."""
