"""Recognising drugs and concepts by code and by name."""

from pathlib import Path

import pytest

from stepdown.errors import InputError
from stepdown.knowledge.library import load
from stepdown.record.codes import Match, plain_text, recogniser, system_of

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ATC = "http://www.whocc.no/atc"
SNOMED = "http://snomed.info/sct"
ICD = "http://hl7.org/fhir/sid/icd-10-cm"
GM = "http://fhir.de/CodeSystem/bfarm/icd-10-gm"
CVX = "http://hl7.org/fhir/sid/cvx"
LOINC = "http://loinc.org"
FIND = recogniser(load())


@pytest.mark.parametrize(
    ("system", "code", "drug", "by"),
    [
        (RXNORM, "354770", "natalizumab", "rxnorm"),
        (RXNORM, "1012892", "fingolimod", "rxnorm"),
        (ATC, "L04AG08", "ocrelizumab", "atc"),
        (ATC, "L04AA36", "ocrelizumab", "atc"),
        ("http://fhir.de/CodeSystem/bfarm/atc", "L04AA23", "natalizumab", "atc"),
        (ATC, "l04ag03", "natalizumab", "atc"),
        (ATC, "L04AE01", "fingolimod", "atc"),
        (ATC, "L04AA27", "fingolimod", "atc"),
        (ATC, "L04AX07", "dimethyl-fumarate", "atc"),
        (ATC, "N07XX09", "dimethyl-fumarate", "atc"),
        (ATC, "L01FA01", "rituximab", "atc"),
        (SNOMED, "733464008", "ocrelizumab", "snomed"),
        ("urn:stepdown:codes", "ocrelizumab", "ocrelizumab", "local"),
    ],
)
def test_drug_by_code(system: str, code: str, drug: str, by: str) -> None:
    assert FIND.therapy([(system, code)]) == Match(drug, by)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "drug"),
    [
        ("Ocrevus 300 mg concentrate", "ocrelizumab"),
        ("ocrelizumab 30 MG/ML Injection [Ocrevus]", "ocrelizumab"),
        ("TYSABRI 300mg/15ml", "natalizumab"),
        ("Dimethyl fumarate 240 mg", "dimethyl-fumarate"),
        ("anti-cd20", "anti-cd20"),
        ("Interferon β-1b", "interferon-beta-1b"),
    ],
)
def test_drug_by_name(text: str, drug: str) -> None:
    assert FIND.therapy([], text) == Match(drug, "name")


def test_ambiguous_or_part_of_a_word_is_no_match() -> None:
    assert FIND.therapy([], "fingolimod or natalizumab") is None
    assert FIND.therapy([], "xocrelizumabx") is None
    assert FIND.therapy([], "") is None
    assert FIND.therapy([(ATC, "L04AG08"), (ATC, "L04AG03")]) is None
    assert FIND.therapy([("http://example.org/unknown", "L04AG08")]) is None


def test_code_is_preferred_to_the_name() -> None:
    assert FIND.therapy([(ATC, "L04AG08")], "some infusion") == Match("ocrelizumab", "atc")
    assert FIND.therapy([(RXNORM, "99999999")], "ocrelizumab 300 mg") == Match("ocrelizumab", "name")


def test_other_drugs() -> None:
    assert FIND.drug([(RXNORM, "1256")]) == Match("azathioprine", "rxnorm")
    assert FIND.drug([(ATC, "J06BA02")]) == Match("immunoglobulin", "atc")
    assert FIND.drug([(ATC, "H02AB04")]) == Match("methylprednisolone", "atc")
    assert FIND.drug([(ATC, "H02AB09")]) == Match("steroids", "atc")
    assert FIND.drug([], "Methylprednisolone 1 g i.v.") == Match("methylprednisolone", "name")
    assert FIND.drug([], "paracetamol") is None
    assert FIND.drug([], "Tacrolimus 1 mg capsule") == Match("tacrolimus", "name")
    assert FIND.drug([], "Tacrolimus 0.1% ointment") is None
    assert FIND.drug([], "hydrocortisone 10 MG/ML Topical Cream") is None


@pytest.mark.parametrize(
    ("system", "code", "course"),
    [
        (ICD, "G35.A", "rrms"),
        (ICD, "G35.B0", "ppms"),
        (ICD, "G35.B1", "ppms"),
        (ICD, "G35.B2", "ppms"),
        (ICD, "G35.C0", "spms"),
        (ICD, "G35C1", "spms"),
        (ICD, "G35.C2", "spms"),
        (ICD, "G35.D", "ms"),
        (ICD, "G35", "ms"),
        (GM, "G35.10", "rrms"),
        (GM, "G35.20", "ppms"),
        (GM, "G35.31", "spms"),
        (ICD, "G36.0", "nmosd"),
        (SNOMED, "426373005", "rrms"),
        (SNOMED, "425500002", "spms"),
        (SNOMED, "428700003", "ppms"),
        ("http://snomed.info/sct/731000124108", "24700007", "ms"),
    ],
)
def test_courses(system: str, code: str, course: str) -> None:
    match = FIND.concept("courses", [(system, code)])
    assert match is not None
    assert match.id == course


def test_unspecified_gives_way() -> None:
    assert FIND.concept("courses", [(SNOMED, "24700007"), (ICD, "G35.A")]) == Match("rrms", "snomed")
    assert FIND.concept("courses", [(SNOMED, "426373005"), (ICD, "G35.B0")]) is None


@pytest.mark.parametrize(
    ("code", "condition"),
    [
        ("I10", "hypertension"),
        ("I21.4", "myocardial-infarction"),
        ("I20.0", "unstable-angina"),
        ("I20.9", "coronary-heart-disease"),
        ("I25.2", "old-myocardial-infarction"),
        ("C50.911", "breast-cancer"),
        ("C56.1", "cancer"),
        ("C83.3", "lymphoma"),
        ("D84.821", "drug-induced-immunosuppression"),
        ("D84.9", "immunodeficiency"),
        ("E66.3", "overweight"),
        ("E66.01", "obesity"),
        ("D22.9", None),
        ("Z85.3", "cancer-history"),
    ],
)
def test_icd10_exact_then_longest_prefix_then_range(code: str, condition: str | None) -> None:
    match = FIND.concept("conditions", [(ICD, code)])
    assert (match.id if match else None) == condition


def test_marks_of_icd10_are_passed_over() -> None:
    assert FIND.concept("conditions", [(ICD, "I10*")]) == Match("hypertension", "icd10")
    assert FIND.concept("conditions", [(ICD, "I10 ")]) == Match("hypertension", "icd10")


def test_the_longest_prefix_decides() -> None:
    assert FIND.concept("infections", [(ICD, "A04.71")]) == Match("clostridioides-difficile", "icd10")
    assert FIND.concept("infections", [(ICD, "A04.5")]) == Match("gastrointestinal", "icd10")


def test_names_match_the_whole_text_only() -> None:
    assert FIND.concept("conditions", [], "Hypertension (disorder)") == Match("hypertension", "name")
    assert FIND.concept("conditions", [], "  BREAST cancer ") == Match("breast-cancer", "name")
    assert FIND.concept("conditions", [], "family history of breast cancer") is None
    assert FIND.concept("conditions", [], "no hypertension") is None
    assert FIND.concept("infections", [], "?PML") is None
    assert FIND.therapy([], "Ocrevus?") is None


def test_vaccines_and_labs() -> None:
    assert FIND.concept("vaccines", [(CVX, "03")]) == Match("mmr", "cvx")
    assert FIND.concept("vaccines", [(ATC, "J07AL02")]) == Match("pneumococcal", "atc")
    assert FIND.concept("labs", [(LOINC, "2465-3")]) == Match("igg", "loinc")
    assert FIND.concept("labs", [(LOINC, "736-9")]) is None  # lymphocytes in per cent of leukocytes
    assert FIND.concept("no-such-list", [(LOINC, "2465-3")]) is None


def test_plain_text_and_systems() -> None:
    assert plain_text("Sjögren’s  Syndrome (disorder)") == plain_text("sjogren's syndrome")
    assert system_of("http://snomed.info/sct|http://snomed.info/sct/900000000000207008") == "snomed"
    assert system_of("http://example.org") is None


def test_no_name_or_code_of_a_list_means_two_concepts() -> None:
    library = load()
    for name in ("labs", "infections", "conditions", "relapses", "courses", "vaccines", "other-drugs", "mri"):
        taken: dict[tuple[str, str], str] = {}
        for concept, entry in library.codes[name].entries.items():
            written = [("name", plain_text(words)) for words in (concept, *entry.names)]
            written += [(system, code) for system, codes in entry.codes for code in codes]
            for key in set(written):
                assert taken.setdefault(key, concept) == concept, (name, key)


def test_condition_categories_are_variables() -> None:
    library = load()
    for concept, entry in library.codes["conditions"].entries.items():
        unknown = set(entry.category) - set(library.variables) - {"unspecified", "history"}
        assert not unknown, concept


def test_a_site_adds_codes_in_one_file(tmp_path: Path) -> None:
    (tmp_path / "codes").mkdir()
    (tmp_path / "codes" / "ours.yaml").write_text(
        """
- id: our-relapses
  title: {en: Relapses as our clinic codes them}
  table: relapse
  extends: relapses
  entries:
    relapse: {codes: {local: ["urn:our-clinic|REL"]}, names: [schub]}
- id: our-labs
  title: {en: Our laboratory}
  table: lab
  extends: labs
  entries:
    igg: {codes: {local: ["urn:our-lab|4711"]}}
    light-chains: {names: [neurofilament light chains], unit: ng/L}
"""
    )
    library = load([tmp_path])
    find = recogniser(library)
    assert find.concept("relapses", [("urn:our-clinic", "REL")]) == Match("relapse", "local")
    assert find.concept("relapses", [("urn:another", "REL")]) is None
    assert find.concept("relapses", [], "Schub") == Match("relapse", "name")
    assert find.concept("relapses", [(SNOMED, "192929006")]) == Match("relapse", "snomed")
    assert find.concept("labs", [("urn:our-lab", "4711")]) == Match("igg", "local")
    assert find.concept("labs", [(LOINC, "2465-3")]) == Match("igg", "loinc")
    igg = find.entry("labs", "igg")
    assert igg is not None
    assert (igg.unit, igg.plausible) == ("g/L", (0, 150))
    assert find.concept("labs", [], "neurofilament light chains") == Match("light-chains", "name")
    assert "our-labs" not in library.codes
    assert FIND.concept("labs", [("urn:our-lab", "4711")]) is None


def test_extending_an_unknown_list_is_refused(tmp_path: Path) -> None:
    (tmp_path / "codes").mkdir()
    (tmp_path / "codes" / "ours.yaml").write_text(
        "{id: ours, title: {en: Ours}, table: lab, extends: lab, entries: {}}"
    )
    with pytest.raises(InputError, match="no code list"):
        _ = load([tmp_path]).codes
