"""Kleene's three-valued logic: what `all`, `any` and `not` make of yes, no and unknown."""

from __future__ import annotations

from collections.abc import Iterable

from stepdown.criteria.values import Truth


def all_of(truths: Iterable[Truth]) -> Truth:
    """No as soon as one is no; yes if every one is yes; else unknown."""
    seen = set(truths)
    return False if False in seen else None if None in seen else True


def any_of(truths: Iterable[Truth]) -> Truth:
    """Yes as soon as one is yes; no if every one is no; else unknown."""
    seen = set(truths)
    return True if True in seen else None if None in seen else False


def negate(truth: Truth) -> Truth:
    """Yes for no, no for yes; unknown stays unknown."""
    return None if truth is None else not truth
