"""The library: every document by kind and id, with its version, digest and overlays."""

from __future__ import annotations

import gc
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

import orjson
from pydantic import ValidationError

from stepdown.errors import InputError
from stepdown.knowledge import schema
from stepdown.knowledge.care import Care, joined
from stepdown.knowledge.codelists import fold
from stepdown.knowledge.folders import FOLDERS
from stepdown.knowledge.kept import Kept
from stepdown.knowledge.limits import Limit
from stepdown.knowledge.logwords import Reason, Role
from stepdown.knowledge.plans import Rescue, Step, Trigger, Watch
from stepdown.knowledge.preferences import Unknown, Weight
from stepdown.knowledge.quantities import Arm, Belief, Contrast
from stepdown.knowledge.schema import Document
from stepdown.knowledge.shelf import Written, read_folder
from stepdown.knowledge.yamlfile import parse

SHIPPED = Path(__file__).parent / "library"
D = TypeVar("D", bound=Document)


@dataclass(frozen=True)
class Origin:
    """Where a document stands: file and line."""

    file: str
    line: int


@dataclass(frozen=True)
class Overlay:
    """A folder laid over the shipped library, and what it added or changed (`flags/my-flag`)."""

    path: str
    added: tuple[str, ...]
    changed: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Library:
    """All knowledge that a run uses.

    Attributes:
        version: version of the shipped library, year and month.
        digest: SHA-256 over the content of every document.
        documents: documents by folder and id.
        origins: file and line by folder and id.
        overlays: what other folders added or changed.
    """

    version: str
    digest: str
    documents: dict[str, dict[str, Document]]
    origins: dict[tuple[str, str], Origin]
    overlays: tuple[Overlay, ...] = ()
    cache: dict[str, Any] = field(default_factory=dict)

    def _all(self, folder: str, kind: type[D]) -> dict[str, D]:
        return cast("dict[str, D]", self.documents.get(folder, {}))

    @cached_property
    def variables(self) -> dict[str, schema.Variable]:
        """The dictionary of state variables, with the companions of those that can go stale."""
        plain = self._all("variables", schema.Variable)
        full: dict[str, schema.Variable] = {}
        for name, variable in plain.items():
            full[name] = variable
            if variable.freshness:
                full[f"{name}_last"] = variable.model_copy(update={"id": f"{name}_last", "freshness": None})
                full[f"{name}_last_months"] = variable.model_copy(
                    update={
                        "id": f"{name}_last_months", "kind": "number", "unit": "mo", "freshness": None,
                        "values": (), "values_from": None,
                    }
                )  # fmt: skip
        return full

    @property
    def domains(self) -> dict[str, schema.Domain]:
        """Domains of observation."""
        return self._all("domains", schema.Domain)

    @property
    def sources(self) -> dict[str, schema.Source]:
        """Studies and other sources."""
        return self._all("evidence", schema.Source)

    @property
    def classes(self) -> dict[str, schema.TherapyClass]:
        """Classes of drugs."""
        return self._all("classes", schema.TherapyClass)

    @property
    def therapies(self) -> dict[str, schema.Therapy]:
        """Drugs."""
        return self._all("therapies", schema.Therapy)

    @property
    def rules(self) -> dict[str, schema.RuleDocument]:
        """Rules about options."""
        return self._all("rules", schema.RuleDocument)

    @property
    def guidelines(self) -> dict[str, schema.Guideline]:
        """Guidelines, labels, panels and trial populations."""
        return self._all("guidelines", schema.Guideline)

    @property
    def flags(self) -> dict[str, schema.Flag]:
        """Flags."""
        return self._all("flags", schema.Flag)

    @property
    def scores(self) -> dict[str, schema.Score]:
        """Published scores."""
        return self._all("scores", schema.Score)

    @cached_property
    def codes(self) -> dict[str, schema.CodeList]:
        """Code lists by which records are read, with the lists that extend them folded in.

        Raises:
            InputError: a list that extends one that does not exist.
        """
        return fold(self._all("codes", schema.CodeList))

    @property
    def instruments(self) -> dict[str, schema.Instrument]:
        """Questionnaires."""
        return self._all("instruments", schema.Instrument)

    @property
    def definitions(self) -> dict[str, schema.Parameter]:
        """Numbers that the definitions of the state need."""
        return self._all("definitions", schema.Parameter)

    @property
    def arms(self) -> dict[str, Arm]:
        """Groups of studies that speak to the model of prognosis."""
        return self._all("arms", Arm)

    @property
    def contrasts(self) -> dict[str, Contrast]:
        """Comparisons within studies that speak to the model of prognosis."""
        return self._all("contrasts", Contrast)

    @property
    def beliefs(self) -> dict[str, Belief]:
        """What is believed of the parameters of prognosis before the studies."""
        return self._all("parameters", Belief)

    @property
    def limits(self) -> dict[str, Limit]:
        """Where the prognosis gives no number."""
        return self._all("limits", Limit)

    @property
    def unknowns(self) -> dict[str, Unknown]:
        """How inputs that nobody measured are distributed."""
        return self._all("unknowns", Unknown)

    @property
    def weights(self) -> dict[str, Weight]:
        """How much people may mind each outcome and each unit of burden."""
        return self._all("weights", Weight)

    @property
    def steps(self) -> dict[str, Step]:
        """Steps of a change that no drug document says."""
        return self._all("steps", Step)

    @property
    def watches(self) -> dict[str, Watch]:
        """What a calendar watches besides what the drug documents do."""
        return self._all("watches", Watch)

    @property
    def triggers(self) -> dict[str, Trigger]:
        """What would bring treatment back, or change it."""
        return self._all("triggers", Trigger)

    @property
    def rescues(self) -> dict[str, Rescue]:
        """What to start again, by the drug that was left."""
        return self._all("rescues", Rescue)

    @property
    def reasons(self) -> dict[str, Reason]:
        """Coded reasons for a decision."""
        return self._all("reasons", Reason)

    @property
    def roles(self) -> dict[str, Role]:
        """Roles in which people take part in a decision."""
        return self._all("roles", Role)

    def care(self, therapy: str) -> Care:
        """What goes with a drug besides its rules: its own entries, then those of its class."""
        drug = self.therapies[therapy]
        return joined(drug, self.classes[drug.class_])

    def number(self, definition: str) -> float:
        """The value of a definition that is one number."""
        value = self.definitions[definition].value
        if isinstance(value, tuple):
            raise TypeError(f"definition {definition} is a list")
        return float(value)

    def values(self, variable: str) -> tuple[str, ...]:
        """The possible values of a category, in the order of their bits."""
        document = self.variables[variable]
        if document.values_from == "therapies":
            return (*sorted(self.therapies), "other", "none")
        if document.values_from == "classes":
            return (*sorted(self.classes), "other", "none")
        return document.values


def load(overlays: Sequence[Path | str] = ()) -> Library:
    """Load the shipped library, with folders laid over it in order; `STEPDOWN_LIBRARY` comes first.

    Raises:
        InputError: a document that cannot be read, with its file and line.
    """
    return _load(str(SHIPPED), tuple(str(path) for path in overlay_folders(overlays)))


def load_named(name: str) -> Library:
    """Load one library by name, whatever `STEPDOWN_LIBRARY` says.

    Args:
        name: `shipped`; or a folder: a whole library if it has a file `VERSION`, else one laid over the shipped one.

    Raises:
        InputError: no such folder, or a document that cannot be read.
    """
    if name == "shipped":
        return _load(str(SHIPPED), ())
    return _load(name, ()) if (Path(name) / "VERSION").is_file() else _load(str(SHIPPED), (name,))


def overlay_folders(overlays: Sequence[Path | str] = ()) -> list[Path]:
    """The folders laid over the shipped library, in order: those of `STEPDOWN_LIBRARY`, then the ones given."""
    extra = [part for part in os.environ.get("STEPDOWN_LIBRARY", "").split(os.pathsep) if part]
    return [*map(Path, extra), *map(Path, overlays)]


@lru_cache(maxsize=8)
def _load(base: str, overlays: tuple[str, ...]) -> Library:
    """Load with the garbage collector at rest: nothing here is garbage, and looking through it all takes a tenth."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        return _read(base, overlays)
    finally:
        if collecting:
            gc.enable()


def _read(base: str, overlays: tuple[str, ...]) -> Library:
    documents: dict[str, dict[str, Document]] = {folder: {} for folder in FOLDERS}
    origins: dict[tuple[str, str], Origin] = {}
    told: list[Overlay] = []
    hashes: dict[str, str] = {}
    kept = Kept()
    for root in map(Path, (base, *overlays)):
        added: list[str] = []
        changed: list[str] = []
        seen: set[tuple[str, str]] = set()
        for written in read_folder(root, kept.parse if root == SHIPPED else parse):
            folder, document = written.folder, validate(written)
            key, name = (folder, document.id), f"{folder}/{document.id}"
            if key in seen:
                raise InputError(f"the id {document.id!r} is given twice in {folder}/", written.place(), "rename one")
            seen.add(key)
            (changed if document.id in documents[folder] else added).append(name)
            documents[folder][document.id] = document
            origins[key] = Origin(written.file, written.line())
            content = orjson.dumps(written.data, option=orjson.OPT_SORT_KEYS)
            hashes[name] = hashlib.sha256(content).hexdigest()
        if root != Path(base):
            told.append(Overlay(str(root), tuple(sorted(added)), tuple(sorted(changed))))
    kept.save()
    digest = hashlib.sha256(orjson.dumps(sorted(hashes.items()))).hexdigest()
    version = (Path(base) / "VERSION").read_text(encoding="utf-8").strip()
    ordered = {folder: dict(sorted(found.items())) for folder, found in documents.items()}
    return Library(version, f"sha256:{digest}", ordered, origins, tuple(told))


def validate(written: Written) -> Document:
    """Give a document its type.

    Raises:
        InputError: the first fault of the document, with file, line and key.
    """
    try:
        return FOLDERS[written.folder].model_validate(written.data)
    except ValidationError as error:
        line, message = faults_of(written, error)[0]
        raise InputError(message, f"{written.file}:{line}", "see docs/library.md") from None


def faults_of(written: Written, error: ValidationError) -> list[tuple[int, str]]:
    """What is wrong with the form of a document: line and message of each fault."""
    found = []
    for fault in error.errors():
        key = ".".join(str(part) for part in fault["loc"])
        what = fault["msg"].removeprefix("Value error, ")
        found.append(
            (written.line(*fault["loc"]), f"{written.data.get('id', 'a document')}: {key or 'document'}: {what}")
        )
    return found
