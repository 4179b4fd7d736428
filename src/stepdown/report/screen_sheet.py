"""The summary of a screen as rows of a sheet: lists, advice, flags, what is missing, funnels, how complete data are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stepdown.cohort.summary import Summary
from stepdown.report import screen_words as say
from stepdown.report.words import Words

Row = tuple[Sequence[object], Sequence[str] | str]


def summary_rows(summary: Summary, words: Words) -> Iterator[Row]:
    """The rows, with how each looks."""
    people = say.people(summary.people, words)
    yield (words.tell("screen.title", people=people, day=summary.on.isoformat()),), "title"
    library = words.library
    yield (words.tell("label.library", version=library.version, digest=library.digest[7:19]),), "plain"
    if summary.died:
        yield (words.tell("screen.died", people=say.people(summary.died, words)),), "plain"
    yield (words.tell("screen.judgement"),), "quiet"
    for head, counts, of in sections(summary, words):
        yield from _counts(words.tell(f"screen.head.{head}"), counts, of, words)
    yield (None,), "plain"
    numbers = [words.tell(f"screen.{key}") for key in ("left", "unknown", "out")]
    yield (words.tell("screen.head.funnel"), *numbers), "head"
    for name, lines in speaking(summary).items():
        yield (words.tell(f"guidelines/{name}.title"), summary.people), "bold"
        for line in lines:
            yield (say.criterion(name, line["criterion"], words), line["left"], line["unknown"], line["out"]), "plain"
    yield (None,), "plain"
    yield (words.tell("screen.head.known"), *(words.tell(f"screen.{key}") for key in ("known", "partly", "not-known"))
           ), "head"  # fmt: skip
    for group, names in say.facts(words.library, summary.known).items():
        yield (words.tell(f"screen.group-of.{group}"),), "bold"
        for name in names:
            yield (say.variable(name, words), *summary.known[name]), "plain"


def sections(summary: Summary, words: Words) -> list[tuple[str, dict[str, int], int]]:
    """What is counted: the key of its heading, how many by name, and of how many; lists only where there is advice."""
    people = summary.people
    lists = {words.tell(f"screen.list.{name}"): count for name, count in summary.lists.items() if summary.kinds}
    kinds = {words.tell(f"kind.{name}").capitalize(): count for name, count in summary.kinds.items()}
    reviews = {words.tell(f"review.{name}").capitalize(): count for name, count in summary.review.items()}
    flags = {say.flag(name, words): count for name, count in summary.flags.items()}
    asked, wanting = (
        {say.variable(name, words): count for name, count in counts.items()}
        for counts in (summary.find_out, summary.wanting)
    )
    return [("lists", lists, people), ("advice", kinds, people), ("review", reviews, people), ("flags", flags, people),
            ("find-out", asked, people), ("wanting", wanting, summary.lists["unjudged"])]  # fmt: skip


def speaking(summary: Summary) -> dict[str, list[dict[str, Any]]]:
    """The funnels of guidelines that speak of anybody, or perhaps do; who speaks of most comes first."""
    found = {name: lines for name, lines in summary.funnel.items() if lines[0]["left"] or lines[0]["unknown"]}
    return dict(sorted(found.items(), key=lambda item: (item[1][0]["out"], item[0])))


def _counts(title: str, counts: Mapping[str, int], of: int, words: Words) -> Iterator[Row]:
    if not counts:
        return
    yield (None,), "plain"
    yield (title, words.tell("screen.people-head"), words.tell("screen.share-head")), "head"
    for name, count in counts.items():
        yield (name, count, say.share(count, of, words)), "plain"
