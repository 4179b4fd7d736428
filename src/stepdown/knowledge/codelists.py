"""Folding code lists that extend another into it, so that a site adds its codes without copying a list."""

from __future__ import annotations

from stepdown.errors import InputError
from stepdown.knowledge.schema import CodeList, Codes, LabEntry


def fold(lists: dict[str, CodeList]) -> dict[str, CodeList]:
    """Give the lists that stand on their own, each with what other lists add to it.

    Raises:
        InputError: a list extends one that does not exist or that itself extends another.
    """
    folded = {name: found for name, found in lists.items() if found.extends is None}
    for name, extra in sorted(lists.items()):
        if extra.extends is None:
            continue
        base = folded.get(extra.extends)
        if base is None:
            raise InputError(
                f"extends {extra.extends!r}, which is no code list", f"codes/{name}", f"lists are {', '.join(folded)}"
            )
        entries = dict(base.entries)
        for concept, entry in extra.entries.items():
            entries[concept] = _join(entries[concept], entry) if concept in entries else entry
        folded[base.id] = base.model_copy(update={"entries": entries})
    return folded


def _join(base: LabEntry, extra: LabEntry) -> LabEntry:
    """Codes, names and categories of both; what only one can be (unit, span) from the addition where it says so."""
    codes = Codes(**{system: _both(getattr(base.codes, system), getattr(extra.codes, system)) for system in SYSTEMS})
    single = {key: getattr(extra, key) for key in ("unit", "plausible", "note") if getattr(extra, key) is not None}
    return base.model_copy(
        update={
            "codes": codes,
            "names": _both(base.names, extra.names),
            "not_with": _both(base.not_with, extra.not_with),
            "category": _both(base.category, extra.category),
            **single,
        }
    )


def _both(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *second)))


SYSTEMS = tuple(Codes.model_fields)
"""The code systems that a concept may have codes of."""
