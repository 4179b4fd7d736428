"""The shipped people, invented to try it on: each a chart and a FHIR Bundle of the same person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path

from stepdown.errors import InputError
from stepdown.knowledge.yamlfile import parse, read_bytes

FOLDER = Path(__file__).parents[1] / "examples"
TEMPLATE = Path(__file__).parents[1] / "record" / "chart-template.yaml"
"""An empty chart with every field explained; it is printed and written like an example under the name `template`."""

FORMS = {"chart.yaml": ".yaml", "bundle.json": ".json"}
"""Files of an example, and the ending each gets when it is written out."""
LATER = "follow-up"
"""Folder into which the records of the year after a change are written, for the examples that have one."""


@dataclass(frozen=True)
class Example:
    """An invented person.

    Attributes:
        name: name of the example.
        title: who it is, in one line.
        asks: the question that is asked of the clinic.
        on: the day on which to assess it.
    """

    name: str
    title: str
    asks: str
    on: date


def everyone() -> list[Example]:
    """All examples by name."""
    return [_load(path.parent.name) for path in sorted(FOLDER.glob("*/about.yaml"))]


def find(name: str) -> Example:
    """One example.

    Raises:
        InputError: no such example, with the nearest that exists.
    """
    names = [path.parent.name for path in sorted(FOLDER.glob("*/about.yaml"))]
    if name not in names:
        close = get_close_matches(name, names, n=1, cutoff=0.4)
        mend = f"did you mean {close[0]!r}?" if close else "'stepdown example' lists them"
        raise InputError(f"no example is called {name!r}", mend=mend)
    return _load(name)


def chart(name: str) -> str:
    """The chart of an example, or the template, as it stands in its file.

    Raises:
        InputError: no such example.
    """
    path = TEMPLATE if name == "template" else FOLDER / find(name).name / "chart.yaml"
    return read_bytes(path).decode("utf-8")


def write(folder: Path, name: str | None = None) -> list[Path]:
    """Write the files of one example into a folder and name them; or of all, the template and the follow-ups.

    Raises:
        InputError: no such example, or a folder that cannot be written to.
    """
    names = [example.name for example in everyone()] + ["template"] if name is None else [name]
    files: dict[Path, Path] = {}
    for each in names:
        if each == "template":
            files[folder / "template.yaml"] = TEMPLATE
        else:
            files |= {folder / f"{each}{ending}": FOLDER / find(each).name / form for form, ending in FORMS.items()}
    if name is None:
        files |= {folder / LATER / f"{source.parent.name}.yaml": source for source in follow_ups()}
    try:
        for target, source in files.items():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror})", str(folder), "choose another folder") from None
    return list(files)


def follow_ups() -> list[Path]:
    """The records of a year after a change: of some examples, with every date a year earlier, and that year."""
    return sorted(FOLDER.glob(f"*/{LATER}.yaml"))


def _load(name: str) -> Example:
    path = FOLDER / name / "about.yaml"
    about = parse(read_bytes(path), str(path)).data
    return Example(name, about["title"]["en"], about["asks"]["en"], date.fromisoformat(about["on"]))
