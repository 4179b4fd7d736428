"""A screen on the terminal: who needs a look, what is advised, where people drop out, what is missing or not read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from stepdown.cohort.summary import Summary
from stepdown.report import screen_words as say
from stepdown.report.screen_sheet import sections, speaking
from stepdown.report.words import Words

_MOST = 8
"""So many lines of a list are shown."""
_WIDE = 10
_FUNNEL = ("left", "unknown", "out")


def show(summary: Summary, words: Words, written: Sequence[Path] = ()) -> None:
    """Print the summary of a screen, and the files that were written."""
    console = Console(highlight=False, soft_wrap=True)

    def say_line(line: str, style: str = "") -> None:
        console.print(Text(line, style=style))

    people = say.people(summary.people, words)
    say_line(words.tell("screen.title", people=people, day=summary.on.isoformat()), "bold")
    if summary.died:
        say_line(words.tell("screen.died", people=say.people(summary.died, words)))
    for head, counts, of in sections(summary, words):
        if counts:
            say_line(f"\n{words.tell(f'screen.head.{head}')}", "bold")
            for line in _counts(counts, of, words, len(counts) if head == "lists" else _MOST):
                say_line(line)
    for head, lines in (("funnel", _funnels), ("known", _known), ("problems", _problems)):
        told = list(lines(summary, words))
        if told:
            say_line(f"\n{words.tell(f'screen.head.{head}')}", "bold")
        for line in told:
            say_line(line)
    say_line(f"\n{words.tell('screen.judgement')}")
    for path in written:
        say_line(words.tell("screen.written", file=path))


def _counts(counts: Mapping[str, int], of: int, words: Words, most: int) -> Iterator[str]:
    for name, count in list(counts.items())[:most]:
        yield _row([say.many(count), say.share(count, of, words)], name)
    if len(counts) > most:
        yield _row(["", ""], words.tell("screen.and-more", count=len(counts) - most))


def _funnels(summary: Summary, words: Words) -> Iterator[str]:
    """For each guideline that speaks of anybody how many people are left after each criterion."""
    for place, (name, lines) in enumerate(speaking(summary).items()):
        if place:
            yield ""
        yield _row([words.tell(f"screen.{key}") for key in _FUNNEL], words.tell(f"guidelines/{name}.title"))
        for line in lines:
            yield _row([say.many(line[key]) for key in _FUNNEL], say.criterion(name, line["criterion"], words))


def _known(summary: Summary, words: Words) -> Iterator[str]:
    """How complete the data are, by group of facts."""
    yield _row([words.tell(f"screen.{name}") for name in ("known", "partly", "not-known")], "")
    for group, names in say.facts(words.library, summary.known).items():
        counts = [sum(one) for one in zip(*(summary.known[name] for name in names), strict=True)]
        yield _row([say.share(count, sum(counts), words) for count in counts], words.tell(f"screen.group-of.{group}"))


def _problems(summary: Summary, words: Words) -> Iterator[str]:
    for problem in summary.problems:
        examples = ", ".join(say.example(problem.key, one, words) for one in problem.examples)
        yield _row([say.many(problem.count)], f"{say.problem(problem.key, words)}: {examples}")
    if summary.listed is not None and summary.listed.exists():
        yield f"  {words.tell('screen.all-problems', file=summary.listed)}"


def _row(figures: Sequence[str], text: str) -> str:
    """Figures in columns, and then a text of any length."""
    return f"{''.join(figure.rjust(_WIDE) for figure in figures)}  {text}".rstrip()
