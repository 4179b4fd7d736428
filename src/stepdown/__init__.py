"""Stepdown: decision support for stepping down treatment in multiple sclerosis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from stepdown.cohort.screen import screen as screen

__all__ = ["__version__", "screen"]


def __getattr__(name: str) -> Any:
    """Names that are loaded when they are first asked for, so that `stepdown --version` answers at once."""
    if name == "screen":
        from stepdown.cohort.screen import screen

        return screen
    raise AttributeError(f"module 'stepdown' has no attribute {name!r}")
