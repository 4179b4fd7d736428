"""The library as pages in Markdown, so that a neurologist can review it without reading YAML.

The same library gives the same pages, byte for byte.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from stepdown.errors import InputError
from stepdown.knowledge.codelists import SYSTEMS
from stepdown.knowledge.describe import said
from stepdown.knowledge.library import Library
from stepdown.knowledge.schema import CodeList, Document
from stepdown.knowledge.uses import plain
from stepdown.report.pages import evidence
from stepdown.report.pages.book import OWN_PAGE, Book, title
from stepdown.report.pages.claims import body, doors, section
from stepdown.report.pages.markdown import anchor, escaped, link, table

MARK = "<!-- Made from the library by 'stepdown knowledge pages'. Change the documents, not this page. -->"
"""First line of every page; a file without it is never removed."""

_HEADINGS = {
    "guidelines": ("Guidelines", "What a guideline, label, panel or trial population asks before a step down."),
    "therapies": ("Drugs", "What is known of each drug: regimens, rules of its label, what goes with it."),
    "classes": ("Classes of drugs", "To which drugs a person may step down, and what the drugs of a class share."),
    "rules": ("Rules", "What careful neurologists insist on, as criteria with an effect on options."),
    "flags": ("Flags", "Criteria with an action, told whatever is recommended; by topic."),
    "scores": ("Scores", "Published scores, computed as published."),
    "variables": ("Variables", "What is asked of a record, and how long a value stays valid; by topic."),
    "definitions": ("Definitions", "Numbers that the definitions of the state need; by topic."),
    "evidence": ("Evidence", "Every source: what it says, how well it was read, and where it stops; by kind."),
    "domains": ("Domains of observation", "How long the end of an observed span still speaks for the days after it."),
    "instruments": ("Questionnaires", "Direction, span and the smallest change that matters."),
    "codes": ("Codes", "Codes and names by which records are read."),
    "arms": ("Arms of studies", "What happened to whom, as the evidence synthesis reads it."),
    "contrasts": ("Comparisons within studies", "Who did better than whom, as the evidence synthesis reads it."),
    "parameters": ("Beliefs", "What is believed before the studies of the evidence synthesis."),
    "limits": ("Limits of the evidence", "Where the prognosis gives no number, and why."),
    "unknowns": ("Unknown inputs", "How inputs of the prognosis that nobody measured are distributed."),
    "weights": ("Weights", "How much people may mind each outcome and each unit of burden."),
    "steps": ("Steps of a change", "What is done in a change that no drug document says."),
    "watches": ("Watches", "What the calendar of a plan holds besides what the drug documents watch."),
    "triggers": ("Triggers", "What would bring treatment back, or change it: action and urgency."),
    "rescues": ("Rescues", "What to start again, what to check first, and how long it takes to work."),
    "reasons": ("Reasons", "Why something was decided, as codes of the decision log."),
    "roles": ("Roles", "In which role people take part in a decision; the log holds no names."),
}
FIGURES = "figures"


def pages(library: Library) -> dict[str, str]:
    """Every page of a library: its text by its path, `guidelines/aan-2018.md`."""
    book = Book(library)
    texts: dict[str, list[str]] = {}
    for folder, documents in library.documents.items():
        for document in documents.values():
            texts.setdefault(book.page(folder, document), []).append(document.id)
    made = {page: _page(book, page, ids) for page, ids in texts.items()}
    for name, outcomes in evidence.outcomes(book).items():
        page = f"{FIGURES}/{name}.md"
        made[page] = [f"# Figures: {escaped(name.replace('-', ' '))}", "", *evidence.figures(book, outcomes, page)]
    made["README.md"] = list(_contents(book, made))
    return {page: "\n".join([MARK, "", *lines]).rstrip("\n") + "\n" for page, lines in sorted(made.items())}


def write(library: Library, folder: Path) -> tuple[int, int]:
    """Write the pages into a folder and remove older ones that no document has any more; how many of each.

    Raises:
        InputError: a folder that cannot be written to.
    """
    made = pages(library)
    try:
        stale = [path for path in folder.glob("**/*.md") if path.relative_to(folder).as_posix() not in made]
        stale = [path for path in stale if path.read_text(encoding="utf-8").startswith(MARK)]
        for path in stale:
            path.unlink()
        for name, text in made.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror})", str(folder), "choose another folder") from None
    return len(made), len(stale)


def _page(book: Book, page: str, ids: list[str]) -> list[str]:
    folder = page.split("/")[0].removesuffix(".md")
    documents = [book.library.documents[folder][name] for name in ids]
    if folder in OWN_PAGE:
        (document,) = documents
        return [f"# {title(document)}", "", *body(book, folder, document, page), *_sources(book, documents, page)]
    topic = page.removesuffix(".md").partition("/")[2]
    heading, about = _HEADINGS.get(folder, (folder.capitalize(), ""))
    top = [f"# {heading}" + (f": {escaped(topic.replace('-', ' '))}" if topic else ""), "", about, ""]
    if folder == "evidence":
        return [*top, *evidence.sources(book, topic, page)]
    for document in documents:
        top += _codes(book, document) if isinstance(document, CodeList) else section(book, folder, document, page)
    return [*top, *_sources(book, documents, page)]


def _sources(book: Book, documents: list[Document], page: str) -> list[str]:
    """What the documents of a page cite, with what leads to it."""
    cited = {name for document in documents for name in _cited(plain(document))}
    found = [book.library.sources[name] for name in sorted(cited) if name in book.library.sources]
    rows = [
        [
            book.link("evidence", source.id, page),
            f"{escaped(source.citation)} {doors(source.doi, source.pmid, source.url)}".strip(),
            source.status,
            str(source.reviewed),
        ]
        for source in found
    ]
    return ["## Sources", "", *table(["source", "citation", "read", "last review"], rows)] if rows else []


def _cited(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value.get("evidence", ())
        for part in value.values():
            yield from _cited(part)
    elif isinstance(value, list):
        for part in value:
            yield from _cited(part)


def _codes(book: Book, document: CodeList) -> Iterator[str]:
    """A code list as a table: each concept with its codes and names."""
    yield f"## {anchor(document.id)}{title(document)}"
    yield ""
    rows = []
    for concept, entry in document.entries.items():
        codes = {system: getattr(entry.codes, system) for system in SYSTEMS}
        told = "; ".join(f"{system}: {', '.join(listed)}" for system, listed in codes.items() if listed)
        rest = entry.model_dump(mode="json", exclude={"codes", "names"}, exclude_defaults=True)
        rows.append([f"`{concept}`", escaped(told), escaped(", ".join(entry.names)), escaped(said(rest, book.library))])
    yield from table(["concept", "codes", "names", "else"], rows)


def _contents(book: Book, made: dict[str, list[str]]) -> Iterator[str]:
    library = book.library
    yield "# What the library knows"
    yield ""
    yield f"Version {library.version}. Every claim names its sources, or says that it is an assumption and why."
    yield "How well a source was read: *verified* in its own text, *secondary* in another that repeats it, *derived* by"
    yield "computing from what was read, *unverified* from memory only."
    yield ""
    folders = dict.fromkeys([*_HEADINGS, *library.documents])
    for folder in (name for name in folders if library.documents.get(name)):
        heading, about = _HEADINGS.get(folder, (folder.capitalize(), ""))
        yield f"## {heading}"
        yield ""
        if about:
            yield about
            yield ""
        for page in sorted(name for name in made if name.split("/")[0].removesuffix(".md") == folder):
            yield f"- {link(_name(book, folder, page), page)}"
        if folder == "evidence":
            yield ""
            yield "Every figure, by outcome:"
            yield ""
            for page in sorted(name for name in made if name.startswith(f"{FIGURES}/")):
                yield f"- {link(escaped(Path(page).stem.replace('-', ' ')), page)}"
        yield ""


def _name(book: Book, folder: str, page: str) -> str:
    """What the contents call a page."""
    name = Path(page).stem
    if folder in OWN_PAGE:
        return title(book.library.documents[folder][name])
    return "all of them" if "/" not in page else escaped(name.replace("-", " "))
