"""The commands of `stepdown log`: what was advised, what was decided, and why."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stepdown.errors import InputError

if TYPE_CHECKING:
    from stepdown.log.sqlite import SqliteLog

ATTENTION = 3
"""Exit status: done, and something needs a person's attention."""

log = typer.Typer(
    help="What was advised, what was decided, and why: append-only, and nobody can change it unseen.",
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
)


class Form(StrEnum):
    """What `verify` writes."""

    text = "text"
    json = "json"


class TableForm(StrEnum):
    """What `rates` writes."""

    text = "text"
    json = "json"
    csv = "csv"


class FileForm(StrEnum):
    """What `export` writes."""

    csv = "csv"
    json = "json"


StoreOption = Annotated[Path, typer.Option("--store", metavar="FILE", help="The log.")]
KeyOption = Annotated[
    Path | None,
    typer.Option("--key", metavar="FILE", envvar="STEPDOWN_LOG_KEY", help="The file with the key of the log."),
]
PersonalOption = Annotated[bool, typer.Option("--personal", help="With whom it is about and the notes.")]


@log.callback(invoke_without_command=True)
def _log(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        print(context.get_help())


@log.command("init")
def init(store: StoreOption, key: KeyOption = None) -> None:
    """Make a log, and its key if there is none yet."""
    from stepdown.log.key import make_key, read_key
    from stepdown.log.sqlite import SqliteLog

    path = _key_path(key)
    if store.exists():
        raise InputError("is there already", str(store), "name another file")
    new = not path.exists()
    made = make_key(path) if new else read_key(path)
    with SqliteLog.create(store, made) as opened:
        print(f"{store}: a log with the key {made.id} ({path}{', new: keep a copy elsewhere' if new else ''})")
        print(f"head {opened.head().anchor}")


@log.command("add")
def add(
    assessment: Annotated[
        Path,
        typer.Argument(metavar="ASSESSMENT.json", help="From 'assess --format json'; - is standard input."),
    ],
    store: StoreOption,
    decided: Annotated[
        str, typer.Option(metavar="OPTION", help="An option of the assessment; hold-pending to find out first.")
    ],
    reason: Annotated[list[str], typer.Option(metavar="CODE", help="Why; may be repeated.")],
    role: Annotated[list[str], typer.Option(metavar="ROLE", help="Who decided, by role; may be repeated.")],
    note: Annotated[str | None, typer.Option(metavar="TEXT", help="Free text; it is personal and erasable.")] = None,
    on: Annotated[str | None, typer.Option(metavar="DATE", help="The day of the decision. [today]")] = None,
    key: KeyOption = None,
    library: Annotated[
        list[Path] | None,
        typer.Option("--library", metavar="DIR", help="Lay a folder of documents over the library; may be repeated."),
    ] = None,
) -> None:
    """Append a decision: what was advised, what was decided, why, and in which role."""
    from stepdown.knowledge.library import load
    from stepdown.log.advice import read_advice
    from stepdown.log.body import Decision
    from stepdown.log.decision import decision

    today = date.today()
    day = _past(on, today)
    advice, whole = read_advice(_content(assessment), _named(assessment))
    draft = decision(advice, whole, decided, reason, role, note, day, today, load(list(library or ())))
    with _open(store, _key_path(key)) as opened:
        entry = opened.append(draft)
    assert isinstance(draft.body, Decision)
    print(f"entry {entry.number}: the advice was {draft.body.decided.outcome}")
    print(f"head {entry.number}:{entry.link}")


@log.command("list")
def list_entries(store: StoreOption, key: KeyOption = None, personal: PersonalOption = False) -> None:
    """List the entries; with the key the chain is verified first."""
    from stepdown.log.read import recorded
    from stepdown.report.log import show_list

    with _verified(store, key) as opened:
        show_list(recorded(opened, personal), personal)


@log.command("export")
def export(
    store: StoreOption,
    key: KeyOption = None,
    form: Annotated[FileForm, typer.Option("--format", help="CSV for a table, JSON for everything.")] = FileForm.csv,
    personal: PersonalOption = False,
    anchor: Annotated[bool, typer.Option("--anchor", help="Only the head, to be kept elsewhere.")] = False,
) -> None:
    """Write all entries to standard output; with the key the chain is verified first."""
    from stepdown.log.read import recorded
    from stepdown.report.log_tables import entries_csv, entries_json

    with _verified(store, key) as opened:
        if anchor:
            print(opened.head().anchor)
            return
        write = entries_json if form is FileForm.json else entries_csv
        _write(write(recorded(opened, personal), personal))


@log.command("verify")
def verify(
    store: StoreOption,
    key: KeyOption = None,
    head: Annotated[
        str | None,
        typer.Option("--head", metavar="HEAD", help="A head kept elsewhere, which must be there."),
    ] = None,
    form: Annotated[Form, typer.Option("--format", help="Text for people, JSON for programs.")] = Form.text,
) -> None:
    """Say whether the log is whole, and if not, where and how it was changed (exit status 3)."""
    from stepdown.log import verify as checking
    from stepdown.log.sqlite import Damaged
    from stepdown.report.log import show_verdict, verdict_json

    try:
        with _open(store, _key_path(key)) as opened:
            assert opened.key is not None
            verdict = checking.verify(opened, opened.key, head)
    except Damaged as error:
        print(f"not whole: {error}")
        raise typer.Exit(ATTENTION) from None
    if form is Form.json:
        _write([verdict_json(verdict)])
    else:
        show_verdict(verdict)
    if verdict.breaks:
        raise typer.Exit(ATTENTION)


@log.command("rates")
def rates(
    store: StoreOption,
    key: KeyOption = None,
    form: Annotated[TableForm, typer.Option("--format", help="Text for people, else for programs.")] = TableForm.text,
) -> None:
    """Say how often the advice was followed: over all, by kind, and by criterion met or not met."""
    from stepdown.log import rates as counting
    from stepdown.log.read import decisions
    from stepdown.report.log import show_rates
    from stepdown.report.log_tables import rates_csv, rates_json

    with _verified(store, key) as opened:
        found = counting.rates(decisions(opened))
        if form is TableForm.text:
            show_rates(found)
        else:
            _write([rates_json(found)] if form is TableForm.json else rates_csv(found))


@log.command("erase")
def erase(
    person: Annotated[str, typer.Argument(metavar="PERSON", help="Whose personal part goes, for good.")],
    store: StoreOption,
    key: KeyOption = None,
) -> None:
    """Delete all that is personal about somebody; the entries stay, without a way back to them."""
    with _open(store, _key_path(key)) as opened:
        count = opened.erase(person, date.today())
        head, lingers = opened.head().anchor, opened.lingers
    if not count:
        raise InputError("the log holds nothing personal about this person", str(store), "check the id")
    print(f"erased what was personal from {count} {'entry' if count == 1 else 'entries'}; copies of the file keep it")
    print(f"head {head}")
    if lingers:
        sys.stdout.flush()
        print(f"stepdown: {store}-wal still holds it until nobody else reads the log", file=sys.stderr)
        raise typer.Exit(ATTENTION)


def _key_path(key: Path | None) -> Path:
    if key is None:
        raise InputError("no key is named", "--key", "name its file, or set STEPDOWN_LOG_KEY to it")
    return key


def _open(store: Path, key: Path | None) -> SqliteLog:
    from stepdown.log.key import read_key
    from stepdown.log.sqlite import SqliteLog

    return SqliteLog(store, None if key is None else read_key(key))


@contextmanager
def _verified(store: Path, key: Path | None) -> Iterator[SqliteLog]:
    """A log to be read; where the key is there and the chain is broken, that is said afterwards (exit status 3)."""
    from stepdown.log.verify import verify

    with _open(store, key) as opened:
        broken = opened.key is not None and verify(opened, opened.key).breaks
        yield opened
    if broken:
        sys.stdout.flush()
        print("stepdown: the log is not whole; 'stepdown log verify' says where", file=sys.stderr)
        raise typer.Exit(ATTENTION)


def _content(path: Path) -> bytes:
    from stepdown.knowledge.yamlfile import MAX_BYTES, read_bytes

    if str(path) != "-":
        return read_bytes(path)
    data = sys.stdin.buffer.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise InputError(f"is larger than {MAX_BYTES:,} bytes", "standard input", "give one assessment")
    return data


def _named(path: Path) -> str:
    return "standard input" if str(path) == "-" else str(path)


def _past(text: str | None, today: date) -> date:
    """A day that has come; today where none was given."""
    if text is None:
        return today
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{text[:40]!r} is not a day", "--on", "write it as 2026-03-01") from None
    if day > today:
        raise InputError(f"{day} lies in the future", "--on", "name today or a day before")
    return day


def _write(parts: Iterable[bytes]) -> None:
    for part in parts:
        sys.stdout.buffer.write(part)
