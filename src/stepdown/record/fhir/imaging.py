"""MRI: scans and their structured findings, from observations, reports and procedures; prose is not parsed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from stepdown.record.fhir.context import Context, Row
from stepdown.record.fhir.elements import Concept, Refused, concept, concepts, day, number, obj, objs, truth
from stepdown.record.fhir.source import Json, Resource

_COUNTS = ("new_t2", "gd_lesions")
_MOST = 2**31 - 1
"""A number beyond stands for something else than a count."""


@dataclass
class Scan:
    """What is known of one scan, the resource that told it first, and its findings by column."""

    resource: Resource
    row: Row
    found: Row = field(default_factory=dict)


def read_scan_observation(ctx: Context, resource: Resource, finding: str) -> None:
    """A scan as an Observation with its findings as components, or one finding by itself."""
    data = resource.data
    entry = ctx.recogniser.entry("mri", finding)
    nature = entry.category if entry else ()
    if "region" in nature:
        ctx.not_listed(resource, "observation", concept(data, "code"))
        return
    row = ctx.date(data, "effective", resource)
    places = [concept(data, "code"), concept(data, "bodySite")]
    found: Row = {} if "scan" in nature else {_column(finding): value(data, finding)}
    for part in objs(data, "component"):
        match = ctx.find("mri", concept(part, "code"))
        entry = ctx.recogniser.entry("mri", match.id) if match else None
        if match and entry and "finding" in entry.category:
            found[_column(match.id)] = value(part, match.id)
        else:
            ctx.problem(resource.source, "fhir-component", code=concept(part, "code").label)
    add_scan(ctx, resource, row, region_of(ctx, places), found)


def _column(finding: str) -> str:
    return finding.replace("-", "_")


def value(data: Json, finding: str) -> object:
    """The value of a finding: a count, yes or no, or a date.

    Raises:
        Refused: a value that this finding does not have.
    """
    if finding == "compared-on":
        return day(data.get("valueDateTime")).last
    if _column(finding) in _COUNTS:
        quantity = obj(data, "valueQuantity")
        if quantity and quantity.get("comparator"):
            raise Refused("fhir-comparator", element=finding)
        count = number(quantity.get("value") if quantity else data.get("valueInteger"), finding)
        if not 0 <= count <= _MOST or count != int(count):
            raise Refused("fhir-count", element=finding, value=count)
        return int(count)
    said = truth(data, "valueBoolean")
    if said is None:
        raise Refused("fhir-value-kind", element=finding)
    return said


def region_of(ctx: Context, places: Iterable[Concept]) -> str | None:
    """The region that codes or body sites name: brain, cord or both."""
    regions = set()
    for place in places:
        match = ctx.find("mri", place)
        entry = ctx.recogniser.entry("mri", match.id) if match else None
        if match and entry and "region" in entry.category:
            regions.add(match.id)
        elif entry:
            regions |= {"brain", "cord"} & set(entry.category)
    return regions.pop() if len(regions) == 1 else "both" if regions >= {"brain", "cord"} else None


def read_report(ctx: Context, resource: Resource) -> None:
    """A report: of an MRI it is a scan, whose findings are those of its results; of anything else its results speak."""
    code = concept(resource.data, "code")
    match = ctx.find("mri", code)
    entry = ctx.recogniser.entry("mri", match.id) if match else None
    results = [ctx.follow(reference, resource) for reference in objs(resource.data, "result")]
    if any(result is None for result in results):
        ctx.problem(resource.source, "fhir-reference", reference="result")
    if not entry or "scan" not in entry.category:
        return
    found: Row = {}
    for conclusion in concepts(resource.data, "conclusionCode"):
        said = ctx.find("mri", conclusion)
        if said and said.id == "stable":
            found["stable"] = True
    row = ctx.date(resource.data, "effective", resource)
    add_scan(ctx, resource, row, region_of(ctx, [code]), found)
    if not found and not results:
        ctx.problem(resource.source, "fhir-report-prose")


def read_procedure(ctx: Context, resource: Resource) -> None:
    """A procedure that was done: an MRI counts as a scan whose findings may stand elsewhere."""
    code = concept(resource.data, "code")
    match = ctx.find("mri", code)
    entry = ctx.recogniser.entry("mri", match.id) if match else None
    if not entry or "scan" not in entry.category:
        ctx.not_listed(resource, "procedure", code)
        return
    places = [code, *concepts(resource.data, "bodySite")]
    add_scan(ctx, resource, ctx.date(resource.data, "performed", resource), region_of(ctx, places), {})


def add_scan(ctx: Context, resource: Resource, row: Row, region: str | None, found: Row) -> None:
    """Put together what resources say of one scan: those of the same day and region, or of a region not named."""
    scans = ctx.scans.setdefault((row.get("on"), row.get("on_latest")), {})
    scan = scans.setdefault(region or "", Scan(resource, row))
    for column, said in found.items():
        known = scan.found.get(column)
        if known is not None and known != said:
            ctx.problem(resource.source, "fhir-scan-differs", element=column)
            said = max(known, said) if column in _COUNTS else None
        scan.found[column] = said


def finish_scans(ctx: Context) -> None:
    """Write the scans; one whose region no resource names joins the only other scan of its day."""
    for (first, _), scans in ctx.scans.items():
        if "" in scans and len(scans) == 2 and first is not None:
            loose = scans.pop("")
            (other,) = scans.values()
            other.found = loose.found | other.found
        for region, scan in scans.items():
            compared, latest = scan.found.get("compared_on"), scan.row.get("on_latest")
            if compared and latest and compared > latest:
                ctx.problem(scan.resource.source, "compared-after-scan", compared=str(compared), date=str(latest))
                scan.found["compared_on"] = None
            ctx.add("mri", scan.resource, scan.row | scan.found, region=region or None)
