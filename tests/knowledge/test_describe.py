from __future__ import annotations

from pathlib import Path

import pytest

from stepdown.errors import InputError
from stepdown.knowledge.criterion_words import in_words
from stepdown.knowledge.describe import describing, listing
from stepdown.knowledge.library import load
from tests.knowledge.overlays import FLAG, SOURCE, overlay

LIBRARY = load()
HIV = {"variable": "hiv", "is": True}
COLITIS = {"variable": "colitis", "is": True}


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        ({"variable": "age", "at_least": 55}, "age at least 55 years"),
        ({"variable": "years_quiet", "below": 1}, "quiet years below 1 year"),
        ({"variable": "igg", "at_most": 4.5}, "IgG at most 4.5 g/L"),
        ({"variable": "relapses_2y", "above": 0}, "relapses in 2 years above 0"),
        ({"variable": "months_since_brain_mri", "above": 12}, "months since the last brain MRI above 12 months"),
        ({"variable": "igg_last_months", "above": 12}, "age of the last IgG above 12 months"),
        ({"variable": "hbsag", "is": True}, "HBsAg positive"),
        ({"variable": "pregnant", "is": False}, "pregnant: no"),
        ({"variable": "therapy_class", "in": ["s1p", "other"]}, "current class S1P receptor modulators or other"),
        ({"variable": "therapy", "is": "ocrelizumab"}, "current therapy ocrelizumab"),
        (
            {"all": [{"variable": "age", "at_least": 55}, {"any": [HIV, COLITIS]}]},
            "age at least 55 years and (HIV positive or colitis)",
        ),
        ({"not": {"all": [HIV, COLITIS]}}, "not (HIV positive and colitis)"),
        ({"variable": "no_such_thing", "at_least": 3}, "no_such_thing at least 3"),
    ],
)  # fmt: skip
def test_a_criterion_in_words(tree: dict[str, object], words: str) -> None:
    assert in_words(tree, LIBRARY) == words


def test_the_whole_library_is_listed_by_kind() -> None:
    rows = listing(LIBRARY)
    assert len(rows) == sum(len(documents) for documents in LIBRARY.documents.values())
    drugs = listing(LIBRARY, "therapies")
    assert [row.id for row in drugs] == sorted(LIBRARY.therapies)
    assert drugs[0].title == "Alemtuzumab"
    assert next(row for row in drugs if row.id == "ofatumumab").remark == "anti-cd20"
    assert next(row for row in listing(LIBRARY, "variables") if row.id == "igg").remark == "number, g/L"


def test_an_unknown_kind_or_document_names_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'therapies'"):
        listing(LIBRARY, "therapie")
    with pytest.raises(InputError, match="did you mean 'ocrelizumab'"):
        describing(LIBRARY, "ocrelizumap")
    with pytest.raises(InputError, match="no document is called"):
        describing(LIBRARY, "flags/ocrelizumab")


def test_every_document_can_be_described() -> None:
    for folder, documents in LIBRARY.documents.items():
        for name in documents:
            (found,) = describing(LIBRARY, f"{folder}/{name}")
            assert (found.folder, found.id) == (folder, name)
            assert all(status for _, _, status in found.sources), name


def test_an_id_of_two_kinds_gives_both() -> None:
    assert [found.folder for found in describing(LIBRARY, "natalizumab")] == ["classes", "therapies"]


def test_a_drug_shows_its_rules_its_sources_and_who_uses_it() -> None:
    (found,) = describing(LIBRARY, "therapies/ocrelizumab")
    assert found.place.endswith("therapies/ocrelizumab.yaml:1")
    clause = next(clause for clause in found.clauses if clause.id == "hepatitis-b")
    assert clause.when == "HBsAg positive"
    assert set(clause.tags) == {"bar", "start", "unknown: check"}
    assert clause.grounds == ("label-us-ocrelizumab",)
    assumed = next(clause for clause in found.clauses if clause.id == "infection")
    assert assumed.grounds == ()
    assert assumed.reasoning
    cited = {name: citation for name, citation, _ in found.sources}
    assert "doi:10.1111/ene.15891 PMID 37227923" in cited["guerrieri-2023"]
    assert {"classes/natalizumab", "classes/s1p"} <= set(found.used_by)


def test_a_variable_shows_the_criteria_that_read_it_also_when_stale(tmp_path: Path) -> None:
    flag = FLAG.replace("age, at_least: 60", "igg_last_months, above: 12")
    library = load([overlay(tmp_path, evidence__study=SOURCE, flags__flag=flag)])
    assert "flags/my-flag" in describing(library, "variables/igg")[0].used_by
    assert "flags/my-flag" not in describing(library, "variables/iga")[0].used_by
    assert describing(library, "my-study")[0].used_by == ("flags/my-flag",)


def test_a_flag_is_one_clause_and_a_source_says_what_it_found(tmp_path: Path) -> None:
    library = load([overlay(tmp_path, evidence__study=SOURCE, flags__flag=FLAG)])
    (flag,) = describing(library, "my-flag")
    (clause,) = flag.clauses
    assert (clause.when, clause.says) == ("age at least 60 years", "Sixty or more. Think of it.")
    assert ("topic", "infection") in flag.facts
    assert flag.sources == (("my-study", "Somebody. A journal 2025. doi:10.1000/1", "verified"),)
    (study,) = describing(library, "my-study")
    assert ("says", "Something.") in study.facts
    assert study.clauses == ()


def test_prose_falls_back_to_english() -> None:
    (found,) = describing(LIBRARY, "therapies/ocrelizumab", language="fr")
    assert found.title == "Ocrelizumab"
