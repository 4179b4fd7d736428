"""A page of headings, paragraphs and lists, and its three forms: Markdown, HTML to print, and text."""

from __future__ import annotations

import html
import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

WIDTH = 80
_MARKUP = re.compile(r"([\\`*_\[\]<>#|])")
_CSS = """\
@page { size: A4; margin: 10mm 15mm }
body { font: 9.7pt/1.22 "Liberation Sans", Arial, Helvetica, sans-serif; max-width: 44rem; margin: 1rem auto;
       color: #111; background: #fff }
h1 { font-size: 1.3em; margin: 0 0 .2em } h2 { font-size: 1.05em; margin: .45em 0 .05em }
p, ul { margin: .08em 0 } ul { padding-left: 1.2em } .small { font-size: .85em; color: #444 }
@media print { body { margin: 0; max-width: none } }"""


@dataclass(frozen=True)
class Block:
    """One part of a page: a heading, a paragraph, a small one, or a list."""

    kind: Literal["title", "heading", "text", "small", "list"]
    lines: tuple[str, ...]


@dataclass
class Page:
    """A page while it is written; headings without anything below them are left out."""

    language: str
    blocks: list[Block] = field(default_factory=list)

    def title(self, text: str) -> None:
        """The title, once, at the top."""
        self._add("title", text)

    def small(self, *lines: str) -> None:
        """Lines in small print."""
        for line in lines:
            self._add("small", line)

    def section(self, heading: str, texts: Iterable[str] = (), items: Iterable[str] = (), after: str = "") -> None:
        """A heading with paragraphs, a list and a closing paragraph; nothing without text or list."""
        said = [text for text in texts if text]
        listed = tuple(_flat(item) for item in items if item)
        if said or listed:
            self._add("heading", heading)
            for text in said:
                self._add("text", text)
            if listed:
                self.blocks.append(Block("list", listed))
            if after:
                self._add("text", after)

    def lines(self, intro: str, items: Iterable[str]) -> None:
        """A list under a line that leads to it; nothing where the list is empty."""
        listed = tuple(_flat(item) for item in items if item)
        if listed:
            self._add("text", intro)
            self.blocks.append(Block("list", listed))

    def _add(self, kind: Literal["title", "heading", "text", "small"], text: str) -> None:
        self.blocks.append(Block(kind, (_flat(text),)))

    def markdown(self) -> str:
        """As Markdown, in which no word of the letter is taken for markup."""
        heads = {"title": "# ", "heading": "## ", "list": "- "}
        parts = [
            "\n".join(f"{heads.get(block.kind, '')}{_escaped(line)}" for line in block.lines) for block in self.blocks
        ]
        return "\n\n".join(parts) + "\n"

    def html(self) -> str:
        """As a page of HTML that prints on one sheet of A4 and loads nothing."""
        title = next((block.lines[0] for block in self.blocks if block.kind == "title"), "")
        body = "\n".join(map(_element, self.blocks))
        return (
            f'<!doctype html>\n<html lang="{html.escape(self.language)}">\n<head>\n<meta charset="utf-8">\n'
            f'<meta name="viewport" content="width=device-width">\n<title>{html.escape(title)}</title>\n'
            f"<style>\n{_CSS}\n</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
        )

    def text(self) -> str:
        """As plain text in lines of at most 80 characters."""
        parts = []
        for block in self.blocks:
            mark = "- " if block.kind == "list" else ""
            lines = [line.upper() if block.kind == "title" else line for line in block.lines]
            rest = " " * len(mark)
            wrapped = [textwrap.fill(line, WIDTH, initial_indent=mark, subsequent_indent=rest) for line in lines]
            under = ["-" * len(wrapped[0])] if block.kind == "heading" else []
            parts.append("\n".join([*wrapped, *under]))
        return "\n\n".join(parts) + "\n"


def _flat(text: str) -> str:
    return " ".join(text.split())


def _escaped(line: str) -> str:
    return _MARKUP.sub(r"\\\1", line)


def _element(block: Block) -> str:
    said = [html.escape(line, quote=False) for line in block.lines]
    if block.kind == "list":
        return "<ul>\n" + "\n".join(f"<li>{line}</li>" for line in said) + "\n</ul>"
    tag = {"title": "h1", "heading": "h2"}.get(block.kind, "p")
    small = ' class="small"' if block.kind == "small" else ""
    return f"<{tag}{small}>{said[0]}</{tag}>"
