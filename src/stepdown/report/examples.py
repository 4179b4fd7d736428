"""The shipped people, invented to try it on: each a chart and a FHIR Bundle of the same person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path

from stepdown.errors import InputError
from stepdown.knowledge.yamlfile import parse, read_bytes

FOLDER = Path(__file__).parents[1] / "examples"
FORMS = {"chart.yaml": ".yaml", "bundle.json": ".json"}
"""Files of an example, and the ending each gets when it is written out."""


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

    @property
    def chart(self) -> str:
        """The chart as it stands in its file."""
        return read_bytes(FOLDER / self.name / "chart.yaml").decode("utf-8")


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


def write(folder: Path, name: str | None = None) -> list[Path]:
    """Write the files of one example, or of all, into a folder and name them.

    Raises:
        InputError: no such example, or a folder that cannot be written to.
    """
    chosen = [find(name)] if name is not None else everyone()
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for example in chosen:
            for form, ending in FORMS.items():
                target = folder / f"{example.name}{ending}"
                target.write_bytes((FOLDER / example.name / form).read_bytes())
                written.append(target)
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror})", str(folder), "choose another folder") from None
    return written


def _load(name: str) -> Example:
    path = FOLDER / name / "about.yaml"
    about = parse(read_bytes(path), str(path)).data
    return Example(name, about["title"]["en"], about["asks"]["en"], date.fromisoformat(about["on"]))
