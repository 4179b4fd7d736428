"""OMOP CDM 5.4 in a database, read by one set of statements whatever the database is; docs/omop.md tells the rules."""

from __future__ import annotations

import re

_ADDRESS = re.compile(r"[a-z][a-z0-9_]*(\+[a-z0-9_]+)?://", re.IGNORECASE)


def is_address(text: object) -> bool:
    """Whether a text is the address of a database, as SQLAlchemy writes it."""
    return isinstance(text, str) and _ADDRESS.match(text) is not None
