"""The command `stepdown screen`: for everybody what `assess` says of one person."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stepdown.cli_shared import LibraryOption, day_of, library_of, past
from stepdown.errors import InputError

if TYPE_CHECKING:
    from stepdown.cohort.engine import Progress
    from stepdown.cohort.found import Writer
    from stepdown.cohort.summary import Summary
    from stepdown.report.words import Words

_FORMS = (".parquet", ".csv", ".xlsx")
_PAGES = (".html",)


class Engine(StrEnum):
    """What answers for everybody."""

    local = "local"
    spark = "spark"


def screen(
    path: Annotated[str, typer.Argument(help="A folder of tables or FHIR, or a database (docs/screen.md).")],
    on: Annotated[str | None, typer.Option(metavar="DATE", help="The day to look from, as 2026-03-01. [today]")] = None,
    in_force: Annotated[
        str | None, typer.Option(metavar="DATE", help="Use the guidelines in force on this day. [the newest]")
    ] = None,
    guideline: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Hold against this guideline only; may be repeated.")
    ] = None,
    conclusions: Annotated[
        bool, typer.Option("--conclusions", help="Only what guidelines conclude and rest on; quicker.")
    ] = False,
    risks: Annotated[bool, typer.Option("--risks", help="Compute risks and compare the options, too.")] = False,
    draws: Annotated[int | None, typer.Option(metavar="N", help="Random draws behind the risks. [128]")] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of the draws.")] = 0,
    out: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Write one row a person: .parquet, .csv or .xlsx. [summary alone]"),
    ] = None,
    summary_page: Annotated[
        Path | None, typer.Option("--summary", metavar="FILE", help="Write the summary as a page: .html.")
    ] = None,
    ids: Annotated[bool, typer.Option("--ids", help="Name the first people of each list on that page.")] = False,
    buckets: Annotated[int | None, typer.Option(metavar="N", min=1, help="Cut people into so many buckets.")] = None,
    engine: Annotated[Engine, typer.Option(help="On this machine, or on Spark (docs/spark.md).")] = Engine.local,
    master: Annotated[
        str | None, typer.Option(metavar="URL", help="Where Spark runs, such as local[4], yarn or spark://host:7077.")
    ] = None,
    conf: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="A setting of Spark; may be repeated.")
    ] = None,
    library: LibraryOption = None,
) -> None:
    """Screen everybody: who could step down, who is at risk, who cannot be judged and for want of what."""
    day, knowledge_of = past(on), day_of(in_force, "--in-force")
    if draws is not None and not risks:
        raise InputError("draws are only made for risks", "--draws", "add --risks")
    if conclusions and risks:
        raise InputError("risks are more than conclusions", "--conclusions", "leave out one of the two")
    if ids and summary_page is None:
        raise InputError("only a summary page names people", "--ids", "add --summary FILE.html")
    file = None if out is None else Path(out)
    _check(summary_page, "--summary", _PAGES)
    if engine is Engine.local:
        if master or conf:
            raise InputError("only Spark has them", "--master or --conf", "add --engine spark")
        _check(file, "--out", _FORMS)
    elif ids:
        raise InputError("people are named from rows on this machine only", "--ids", "leave it out")

    from stepdown.cohort.answer import Options
    from stepdown.cohort.engine import Plan, screen_all
    from stepdown.cohort.found import Found
    from stepdown.cohort.inputs import opened
    from stepdown.cohort.inputs.tables import Tables
    from stepdown.cohort.screen import DRAWS
    from stepdown.report.screen import show
    from stepdown.report.words import Words

    documents = library_of(library)
    source = opened(path, documents) if engine is Engine.local else None
    number = (DRAWS if draws is None else draws) if risks else None
    options = Options(day, tuple(guideline or ()), knowledge_of, number, seed, conclusions)
    options.check(documents)
    if isinstance(source, Tables):
        source = source.only(options.tables(documents))
    words = Words(documents)
    writers = list(_writers(file, summary_page, ids, words, Path(path)))
    with _place(file) as written, _progress() as told:
        summary: Summary
        if source is None:
            from stepdown.cohort.spark import SparkPlan, screen_on_spark

            plan = SparkPlan(path, options, documents, out, buckets, master, tuple(conf or ()))
            summary = screen_on_spark(plan, told)
            for one in writers:
                one.write(Found(summary))
        else:
            summary = screen_all(Plan(source, options, documents, written, buckets, writers=writers), told)

    show(summary, words, [one for one in (file, summary_page) if one is not None])


def _check(out: Path | None, name: str, forms: Sequence[str]) -> None:
    """Refuse a file of a form that is not written, or in a folder that does not exist."""
    if out is None:
        return
    if out.suffix.lower() not in forms:
        raise InputError(f"files that end in {out.suffix or 'nothing'!r} are not written", name,
                         f"end it in {' or '.join(forms)}")  # fmt: skip
    if not out.absolute().parent.is_dir():
        raise InputError("its folder does not exist", f"{name} {out}", "make the folder first")


def _writers(out: Path | None, page: Path | None, ids: bool, words: Words, source: Path) -> Iterator[Writer]:
    """Who writes the forms that are more than rows."""
    if out is not None and out.suffix.lower() == ".xlsx":
        from stepdown.report.screen_book import Workbook

        yield Workbook(out, words)
    if page is not None:
        from stepdown.record.folder import title_of
        from stepdown.report.html.screen import SummaryPage

        yield SummaryPage(page, words, out, ids, title_of(source))


@contextmanager
def _place(out: Path | None) -> Iterator[Path]:
    """Where rows are written: the file that was named, or nowhere that lasts."""
    if out is not None:
        yield out
        return
    with tempfile.TemporaryDirectory(prefix="stepdown-") as folder:
        yield Path(folder) / "screen.parquet"


@contextmanager
def _progress() -> Iterator[Progress]:
    """A bar with rate and time left on a terminal, nothing in a pipe."""
    if not sys.stderr.isatty():
        yield lambda what, done, of: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[rate]}"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=None, rate="")

        def tell(what: str, done: int, of: int) -> None:
            speed = bar.tasks[0].speed
            rate = f"{speed:,.0f} people a second" if speed and what == "screening" else ""
            bar.update(task, description=what, completed=done, total=of or None, rate=rate)

        yield tell
