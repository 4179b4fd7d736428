"""What the library rests on, held against a plain count of its YAML."""

from __future__ import annotations

from collections import Counter
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from stepdown.knowledge.coverage import CERTAINTIES, KINDS, STATUSES, coverage
from stepdown.knowledge.library import SHIPPED, load, load_named
from tests.knowledge.overlays import FLAG, SOURCE, overlay

LIBRARY = load()
DAY = date(2026, 11, 22)


@cache
def written(folder: str) -> list[dict[str, Any]]:
    """The documents of a folder as another parser reads them."""
    found = []
    for path in sorted((SHIPPED / folder).glob("**/*.yaml")):
        data = yaml.load(path.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        found += data if isinstance(data, list) else [data]
    return found


def ground(claim: dict[str, Any]) -> str:
    return "sources" if not claim.get("assumption") else "both" if claim.get("evidence") else "assumption"


def test_the_counts_are_those_of_the_yaml() -> None:
    claims = {
        "criteria": [one for document in written("guidelines") for one in document.get("criteria", ())],
        "flags": written("flags"),
        "rules": [*written("rules"), *(rule for drug in written("therapies") for rule in drug.get("rules", ()))],
        "regimens": [one for drug in written("therapies") for one in drug.get("regimens", ())],
        "definitions": [
            *written("definitions"),
            *written("domains"),
            *(one["freshness"] for one in written("variables") if "freshness" in one),
        ],
        "figures of studies": [one for source in written("evidence") for one in source.get("estimates", ())],
    }
    counted = coverage(LIBRARY, DAY).count(lambda claim: (claim.kind, claim.ground))
    for kind, listed in claims.items():
        expected = Counter(map(ground, listed))
        assert {name: counted[kind, name] for name in expected} == expected, kind
        assert sum(count for (name, _), count in counted.items() if name == kind) == len(listed), kind


def test_figures_are_counted_by_how_well_they_were_read_and_sources_by_kind() -> None:
    found = coverage(LIBRARY, DAY)
    sources = written("evidence")
    figures = Counter(one["status"] for source in sources for one in source.get("estimates", ()))
    counted = found.count(lambda claim: claim.kind == "figures of studies" and claim.status)
    assert {status: counted[status] for status in figures} == figures
    assert found.sources == Counter((source["kind"], source["status"]) for source in sources)
    extensions = [
        one
        for drug in written("therapies")
        for key in ("extensions", "reduced_doses")
        for one in drug.get(key, ())
    ]  # fmt: skip
    certain = found.count(lambda claim: claim.kind == "extensions" and claim.certainty)
    assert {name: certain[name] for name in CERTAINTIES if certain[name]} == Counter(
        one["certainty"] for one in extensions
    )


def test_every_claim_is_of_a_known_kind_and_has_its_status() -> None:
    for claim in coverage(LIBRARY, DAY).claims:
        assert claim.kind in KINDS or claim.kind in LIBRARY.documents, claim
        assert claim.status in STATUSES or (claim.status is None and claim.ground == "assumption"), claim


def test_a_claim_has_the_best_of_its_sources_and_the_oldest_review(tmp_path: Path) -> None:
    old = SOURCE.replace("my-study", "old-study").replace("verified", "unverified").replace("2026-11-22", "2020-01-01")
    flag = FLAG.replace("[my-study]", "[old-study, my-study]")
    library = load_named(str(overlay(tmp_path, evidence__a=SOURCE, evidence__b=old, flags__c=flag)))
    found = coverage(library, DAY)
    (claim,) = [claim for claim in found.claims if claim.document == "flags/my-flag"]
    assert (claim.kind, claim.ground, claim.status, claim.reviewed) == (
        "flags", "sources", "verified", date(2020, 1, 1),
    )  # fmt: skip
    assert found.overdue == ("evidence/old-study",)
    assert found.reviews[date(2020, 1, 1)] == 1


def test_a_criterion_is_as_well_read_as_its_guideline() -> None:
    for claim in coverage(LIBRARY, DAY).claims:
        if claim.kind == "criteria":
            assert claim.status == LIBRARY.guidelines[claim.document.split("/")[1]].status
            assert claim.part.startswith("criteria/")
