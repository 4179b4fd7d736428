"""The commands of `stepdown evidence`: fit, look at, and hold against published groups."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stepdown.cli_shared import LibraryOption, library_of

if TYPE_CHECKING:
    from stepdown.evidence.replicate import Replication
    from stepdown.knowledge.library import Library

evidence = typer.Typer(
    help="Where the risks come from, and whether they hold against published groups.",
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
)


class Form(StrEnum):
    """What `replicate` writes."""

    text = "text"
    json = "json"


DrawsOption = Annotated[
    Path | None, typer.Option("--draws", metavar="DIR", help="Read draws from this folder. [those shipped]")
]
OutcomeOption = Annotated[
    str | None, typer.Option("--outcome", metavar="NAME", help="Which outcome. [all that have draws]")
]
SeedOption = Annotated[int, typer.Option(metavar="N", min=0, help="Seed of all random numbers.")]
SvgOption = Annotated[Path | None, typer.Option("--svg", metavar="FILE", help="Write the plot as SVG.")]
PngOption = Annotated[
    Path | None, typer.Option("--png", metavar="FILE", help="Write the plot as PNG (needs the extra 'plots').")
]


@evidence.callback(invoke_without_command=True)
def _evidence(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        print(context.get_help())


@evidence.command("list")
def list_parameters(outcome: OutcomeOption = None, draws: DrawsOption = None, library: LibraryOption = None) -> None:
    """List the parameters of each outcome with their intervals and diagnostics."""
    from stepdown.evidence.outcomes import posteriors
    from stepdown.report.evidence import show_list

    show_list(posteriors(library_of(library), outcome, draws))


@evidence.command("show")
def show(
    parameter: Annotated[str, typer.Argument(help="As listed, such as discontinue:natalizumab.")],
    outcome: OutcomeOption = None,
    draws: DrawsOption = None,
    library: LibraryOption = None,
) -> None:
    """Show a parameter, the studies that speak of it, and what was believed before; for each outcome that has it."""
    from stepdown.evidence.outcomes import posteriors
    from stepdown.report.evidence import show_parameter

    documents = library_of(library)
    for posterior in posteriors(documents, outcome, draws).having(parameter):
        show_parameter(posterior, documents, parameter)


@evidence.command("forest")
def forest(
    parameter: Annotated[str, typer.Argument(help="As listed, such as discontinue:natalizumab.")],
    outcome: Annotated[
        str | None, typer.Option("--outcome", metavar="NAME", help="Which outcome. [the first that has it]")
    ] = None,
    svg: SvgOption = None,
    png: PngOption = None,
    draws: DrawsOption = None,
    library: LibraryOption = None,
) -> None:
    """Draw the studies behind a parameter, the pooled value and a new study."""
    from stepdown.evidence.forest import forest as gather
    from stepdown.evidence.outcomes import posteriors
    from stepdown.report import forest as plot
    from stepdown.report.picture import write

    found = gather(posteriors(library_of(library), outcome, draws).having(parameter)[0], parameter)
    if svg is None and png is None:
        plot.show(found)
    else:
        write(plot.svg(found), svg, png)


@evidence.command("fit")
def fit(
    outcome: Annotated[str, typer.Argument(help="Which outcome.")] = "relapse",
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="Where the draws go.")] = Path("draws"),
    samples: Annotated[int, typer.Option(metavar="N", min=100, max=100_000, help="Draws a chain, of four.")] = 2500,
    warmup: Annotated[int, typer.Option(metavar="N", min=100, max=100_000, help="Draws thrown away.")] = 1000,
    seed: SeedOption = 0,
    library: LibraryOption = None,
) -> None:
    """Fit an outcome to the studies of the library and write its draws (needs the extra 'evidence'; minutes)."""
    from stepdown.evidence.draws import write
    from stepdown.evidence.inputs import inputs

    numbers = inputs(library_of(library), outcome)

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
    outcome: Annotated[
        str | None,
        typer.Option("--outcome", metavar="NAME", help="Only groups of this outcome; any-activity is one. [all]"),
    ] = None,
    leave_one_out: Annotated[
        bool, typer.Option("--leave-one-out", help="Predict each fitted study from the others (half an hour).")
    ] = False,
    form: Annotated[Form, typer.Option("--format", help="Text for people, JSON for programs.")] = Form.text,
    svg: Annotated[
        Path | None, typer.Option("--svg", metavar="FILE", help="Write the calibration plot as SVG too.")
    ] = None,
    png: Annotated[
        Path | None, typer.Option("--png", metavar="FILE", help="Write it as PNG too (needs the extra 'plots').")
    ] = None,
    seed: SeedOption = 0,
    draws: DrawsOption = None,
    library: LibraryOption = None,
) -> None:
    """Predict published groups and hold the prediction against what was seen."""
    from stepdown.evidence.outcomes import groups, held
    from stepdown.report import calibration as plot
    from stepdown.report.evidence import show_replication
    from stepdown.report.picture import write

    documents = library_of(library)
    if leave_one_out:
        found = _left_out(documents, outcome, seed)
    else:
        found = held(documents, groups(documents, cohorts, outcome), outcome, draws, seed)
    show_replication(found, form.value)
    if svg is not None or png is not None:
        write(plot.svg(found), svg, png, quiet=form is Form.json)


@evidence.command("decision-curve")
def decision_curve(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV: id, outcome (0 or 1), predicted, and score_risk if there is.")
    ],
    form: Annotated[Form, typer.Option("--format", help="Text for people, JSON for programs.")] = Form.text,
    svg: SvgOption = None,
    png: PngOption = None,
    library: LibraryOption = None,
) -> None:
    """Say what stepping down by predicted risk is worth, against doing it for all and for none."""
    from stepdown.evidence.decision_curve import decision_curves, read, thresholds
    from stepdown.report import decision_curve as report
    from stepdown.report.picture import write

    people = read(file)
    asked = thresholds(library_of(library))
    found = decision_curves(people["outcome"], people["predicted"], asked, people.get("score_risk"))
    report.show(found, form.value)
    if svg is not None or png is not None:
        write(report.svg(found), svg, png, quiet=form is Form.json)


def _left_out(library: Library, outcome: str | None, seed: int) -> list[Replication]:
    """Each fitted study predicted from the others, of one outcome or of all."""
    from stepdown.evidence.inputs import inputs, outcomes
    from stepdown.evidence.leave_out import leave_out

    asked = outcomes(library) if outcome is None else (outcome,)
    return [one for name in asked for one in leave_out(inputs(library, name), seed=seed)]
