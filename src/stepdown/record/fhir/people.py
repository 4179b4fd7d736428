"""The person: which Patient of a Bundle is read, and what it says of them."""

from __future__ import annotations

from stepdown.errors import InputError
from stepdown.record.dates import Span
from stepdown.record.fhir.context import Context
from stepdown.record.fhir.elements import Refused, day, obj, objs, text, truth
from stepdown.record.fhir.source import References, Resource

_LISTED = 10


def choose(resources: list[Resource], person: str | None, where: str) -> Resource:
    """The Patient to read: the only one, or the one that is asked for.

    Raises:
        InputError: no Patient, several and none asked for, or one that is not there.
    """
    patients = {found.id: found for found in resources if found.type == "Patient"}
    if not patients:
        raise InputError("holds no Patient", where, "add the Patient whom the resources are about")
    names = ", ".join(sorted(patients)[:_LISTED]) + (", ..." if len(patients) > _LISTED else "")
    if person is None:
        if len(patients) > 1:
            raise InputError(f"holds {len(patients)} Patients: {names}", where, "name one with --person")
        return next(iter(patients.values()))
    if person not in patients:
        raise InputError(f"holds no Patient {person!r}", where, f"it holds {names}")
    return patients[person]


def read_patient(ctx: Context, resource: Resource) -> None:
    """Birth, sex and death."""
    data = resource.data
    born = _day(ctx, resource, "birthDate")
    if born.first and born.first > ctx.today:
        ctx.problem(resource.source, "date-in-future", date=str(born.first))
        born = Span()
    died = _day(ctx, resource, "deceasedDateTime")
    if died.first and died.first > ctx.today:
        ctx.problem(resource.source, "date-in-future", date=str(died.first))
        died = Span()
    if truth(data, "deceasedBoolean"):
        ctx.problem(resource.source, "died-unknown-day")
    sex = text(data, "gender")
    if sex not in ("", "unknown", *ctx.library.values("sex")):
        ctx.problem(resource.source, "unknown-sex", text=sex)
        sex = ""
    if any(link.get("type") == "replaced-by" for link in objs(data, "link")):
        ctx.problem(resource.source, "fhir-patient-replaced")
    ctx.born, ctx.died = born, died
    ctx.builder.add(
        "person",
        person_id=resource.id,
        birth=born.first,
        birth_latest=born.last,
        sex=sex if sex and sex != "unknown" else None,
        died=died.last,
        source=resource.source,
    )


def _day(ctx: Context, resource: Resource, element: str) -> Span:
    """A date of the person; one that is none is told, and unknown."""
    try:
        return day(resource.data[element]) if element in resource.data else Span()
    except Refused as refused:
        ctx.problem(resource.source, refused.key, **refused.details)
        return Span()


def is_about(ctx: Context, resource: Resource, element: str) -> bool:
    """Whether a resource is about the chosen person.

    Raises:
        Refused: it does not say whom it is about, or in a way that cannot be followed.
    """
    if element == "participant":
        return any(
            ctx.references.find(one, resource) is ctx.patient for one in subjects(ctx.references, resource, element)
        )
    subject = obj(resource.data, element)
    reference = text(subject, "reference") if subject else ""
    if reference in ctx.about:
        return ctx.about[reference]
    if not reference:
        raise Refused("fhir-no-subject")
    found = ctx.references.find(reference, resource) is ctx.patient
    if not reference.startswith("#"):
        ctx.about[reference] = found
    return found


def subjects(references: References, resource: Resource, element: str) -> list[str]:
    """The references to those whom a resource is about.

    Raises:
        Refused: it does not say whom it is about, or has a shape that FHIR does not have.
    """
    if element == "participant":
        actors = [obj(part, "actor") for part in objs(resource.data, element)]
        said = [text(actor, "reference") for actor in actors if actor]
        about = [reference for reference in said if _is_patient(references, reference, resource)]
    else:
        subject = obj(resource.data, element)
        about = [text(subject, "reference")] if subject else []
    if not any(about):
        raise Refused("fhir-no-subject")
    return about


def _is_patient(references: References, reference: str, holder: Resource) -> bool:
    found = references.find(reference, holder)
    return "Patient/" in reference or (found is not None and found.type == "Patient")
