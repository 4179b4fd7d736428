"""Elements of HTML: what is given as text is escaped, what is an element already is left as it is."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TypeAlias

_VOID = frozenset({"meta", "br", "hr", "link"})


class Element(str):
    """Markup that is safe to put into a page."""

    __slots__ = ()


Child: TypeAlias = "str | Element | Iterable[Child] | None"


def h(tag: str, *children: Child, **attributes: str | int | bool | None) -> Element:
    """An element: `h("p", "a < b", cls="note")`. Attributes that are None or False are left out."""
    written = "".join(
        f" {_name(name)}" if value is True else f' {_name(name)}="{escape(str(value))}"'
        for name, value in attributes.items()
        if value is not None and value is not False
    )
    if tag in _VOID:
        return Element(f"<{tag}{written}>")
    return Element(f"<{tag}{written}>{inside(children)}</{tag}>")


def inside(child: Child) -> Element:
    """Children one after the other, texts escaped."""
    if child is None:
        return Element("")
    if isinstance(child, Element):
        return child
    if isinstance(child, str):
        return Element(escape(child, quote=False))
    return Element("".join(inside(one) for one in child))


def drawn(svg: str) -> Element:
    """A chart of this package, which has escaped its own texts."""
    return Element(svg.strip())


def _name(attribute: str) -> str:
    return {"cls": "class"}.get(attribute, attribute.rstrip("_").replace("_", "-"))
