"""What the data are like: how complete they are, and what in them was not understood or not believed."""

from __future__ import annotations

from stepdown.cohort.summary import Problems, Summary
from stepdown.report import screen_words as say
from stepdown.report.html.bars import Row, bars, key
from stepdown.report.html.markup import Element, h
from stepdown.report.html.parts import folded, section
from stepdown.report.words import Words

_KINDS = ("yes", "half", "unknown")


def completeness(summary: Summary, words: Words) -> Element:
    """For each group of facts the share that is known, partly known and unknown, and each fact on demand."""
    labels = [words.tell(f"screen.{name}") for name in ("known", "partly", "not-known")]
    groups, detail = [], []
    for group, names in say.facts(words.library, summary.known).items():
        counts = [summary.known[name] for name in names]
        groups.append(_row(words.tell(f"screen.group-of.{group}"), [sum(one) for one in zip(*counts, strict=True)],
                           words))  # fmt: skip
        rows = [_row(say.variable(name, words), summary.known[name], words) for name in names]
        detail.append(bars(words.tell(f"screen.group-of.{group}"), "", [words.tell("screen.fact"), *labels], rows, 100,
                           words.tell("screen.share-head")))  # fmt: skip
    table = bars("", "", [words.tell("screen.group"), *labels], groups, 100, words.tell("screen.share-head"))
    legend, says = key(list(zip(_KINDS, labels, strict=True))), h("p", words.tell("screen.known-says"), cls="cap")
    each = folded(words.tell("screen.folded"), *detail)
    title, note = words.tell("screen.head.known"), words.tell("screen.head.known-note")
    return section("known", title, note, legend, table, says, each)


def _row(name: str, counts: list[int], words: Words) -> Row:
    """A bar of shares: of 100, in thousandths, so that groups of any size are drawn alike."""
    whole = sum(counts)
    shares = [100 * count / whole if whole else 0 for count in counts]
    told = [say.share(count, whole, words) for count in counts]
    return Row(name, list(zip(_KINDS, shares, strict=True)), told)


def problems(summary: Summary, words: Words, named: bool, kept: bool) -> Element:
    """Problems by kind with examples; without names an example says where it stands, and not what stands there.

    Args:
        summary: what is told of everybody together.
        words: the language.
        named: whether people may be named.
        kept: whether the list of all problems stays.
    """
    title, note = words.tell("screen.head.problems"), words.tell("screen.head.problems-note")
    if not summary.problems:
        return section("problems", title, "", h("p", words.tell("screen.no-problems")))
    heads = [h("th", words.tell(f"screen.{name}"), scope="col", cls="num" if name == "times" else None)
             for name in ("problem-head", "times", "first-of")]  # fmt: skip
    rows = [
        h("tr", h("th", say.problem(one.key, words), scope="row"),
          h("td", say.many(one.count), cls="num", data_label=words.tell("screen.times")),
          h("td", _examples(one, words, named)))
        for one in summary.problems
    ]  # fmt: skip
    table = h("table", h("thead", h("tr", heads)), h("tbody", rows), cls="bars problems")
    told = kept and summary.listed
    listed = h("p", words.tell("screen.all-problems", file=told.name), cls="cap") if told else None
    return section("problems", title, note, table, listed)


def _examples(problem: Problems, words: Words, named: bool) -> str:
    if named:
        return "; ".join(say.example(problem.key, one, words) for one in problem.examples)
    return "; ".join(one.place for one in problem.examples if one.of_file)
