"""The commands of `stepdown evidence`: fit, look at, and hold against published groups."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stepdown.errors import InputError

if TYPE_CHECKING:
    from stepdown.evidence.draws import Posterior
    from stepdown.knowledge.library import Library

OUTCOME = "relapse"
"""What is meant where no outcome is named."""

evidence = typer.Typer(
    help="Where the risks come from, and whether they hold against published groups.",
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
)


class Form(StrEnum):
    """What `replicate` writes."""

    text = "text"
    json = "json"


LibraryOption = Annotated[
    list[Path] | None,
    typer.Option("--library", metavar="DIR", help="Lay a folder of documents over the library; may be repeated."),
]
DrawsOption = Annotated[
    Path | None, typer.Option("--draws", metavar="DIR", help="Read draws from this folder. [those shipped]")
]
OutcomeOption = Annotated[str, typer.Option("--outcome", metavar="NAME", help="Which outcome.")]


@evidence.callback(invoke_without_command=True)
def _evidence(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        print(context.get_help())


@evidence.command("list")
def list_parameters(outcome: OutcomeOption = OUTCOME, draws: DrawsOption = None, library: LibraryOption = None) -> None:
    """List the parameters of an outcome with their intervals and diagnostics."""
    from stepdown.report.evidence import show_list

    show_list(_posterior(outcome, draws, library)[0])


@evidence.command("show")
def show(
    parameter: Annotated[str, typer.Argument(help="As listed, such as discontinue:natalizumab.")],
    outcome: OutcomeOption = OUTCOME,
    draws: DrawsOption = None,
    library: LibraryOption = None,
) -> None:
    """Show a parameter, the studies that speak of it, and what was believed before."""
    from stepdown.report.evidence import show_parameter

    posterior, documents = _posterior(outcome, draws, library)
    show_parameter(posterior, documents, parameter)


@evidence.command("forest")
def forest(
    parameter: Annotated[str, typer.Argument(help="As listed, such as discontinue:natalizumab.")],
    outcome: OutcomeOption = OUTCOME,
    svg: Annotated[Path | None, typer.Option("--svg", metavar="FILE", help="Write the plot as SVG.")] = None,
    draws: DrawsOption = None,
    library: LibraryOption = None,
) -> None:
    """Draw the studies behind a parameter, the pooled value and a new study."""
    from stepdown.evidence.forest import forest as gather
    from stepdown.report import forest as plot

    found = gather(_posterior(outcome, draws, library)[0], parameter)
    if svg is None:
        plot.show(found)
        return
    try:
        svg.write_text(plot.svg(found), encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror})", str(svg), "name another file") from None
    print(svg)


@evidence.command("fit")
def fit(
    outcome: Annotated[str, typer.Argument(help="Which outcome.")] = OUTCOME,
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="Where the draws go.")] = Path("draws"),
    samples: Annotated[int, typer.Option(metavar="N", min=100, max=100_000, help="Draws a chain, of four.")] = 2500,
    warmup: Annotated[int, typer.Option(metavar="N", min=100, max=100_000, help="Draws thrown away.")] = 1000,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Seed of all random numbers.")] = 0,
    library: LibraryOption = None,
) -> None:
    """Fit an outcome to the studies of the library and write its draws (needs the extra 'evidence'; minutes)."""
    from stepdown.evidence.draws import write
    from stepdown.evidence.inputs import inputs

    numbers = inputs(_library(library), outcome)

    from stepdown.evidence import fit as fitting

    found = fitting.fit(numbers, samples, warmup, seed)
    for path in write(found.flat(), fitting.manifest(numbers, found, seed), to):
        print(path)
    print(
        f"R-hat {found.worst_r_hat:.4f} at worst, {found.least_ess:.0f} effective at least, "
        f"{found.divergences} divergences"
    )


@evidence.command("replicate")
def replicate(
    cohorts: Annotated[
        Path | None, typer.Option("--cohorts", metavar="FILE", help="Published groups in YAML. [the library's]")
    ] = None,
    outcome: OutcomeOption = OUTCOME,
    leave_one_out: Annotated[
        bool, typer.Option("--leave-one-out", help="Predict each fitted study from the others (half an hour).")
    ] = False,
    form: Annotated[Form, typer.Option("--format", help="Text for people, JSON for programs.")] = Form.text,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Seed of the predictions.")] = 0,
    draws: DrawsOption = None,
    library: LibraryOption = None,
) -> None:
    """Predict published groups and hold the prediction against what was seen."""
    from stepdown.evidence import replicate as hold
    from stepdown.report.evidence import show_replication

    posterior, documents = _posterior(outcome, draws, library)
    if leave_one_out:
        from stepdown.evidence.leave_out import leave_out

        found = list(leave_out(posterior.inputs, seed=seed))
    elif cohorts is None:
        found = hold.replicate(posterior.columns, posterior.inputs, hold.groups(posterior.inputs), seed)
    else:
        found = hold.replicate_entries(posterior, documents, hold.read_entries(cohorts), seed)
    show_replication(found, form.value)


def _library(overlays: list[Path] | None) -> Library:
    from stepdown.knowledge.library import load

    return load(list(overlays or ()))


def _posterior(outcome: str, draws: Path | None, overlays: list[Path] | None) -> tuple[Posterior, Library]:
    from stepdown.evidence.draws import load

    documents = _library(overlays)
    return load(documents, outcome, draws), documents
