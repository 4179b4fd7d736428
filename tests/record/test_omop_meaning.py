"""What the concepts of a CDM mean: each test makes the rows of one person and looks at the tables that come of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from stepdown.knowledge.library import Library, load
from stepdown.record.omop.extract import Extracted, extract
from stepdown.record.omop.person import read_person
from stepdown.record.record import Record
from tests.record.omop_made import DAY, Fill, condition, drug, lab, made, person
from tests.record.omop_places import in_duckdb
from tests.record.omop_writer import LOCAL, Cdm


@pytest.fixture
def record(tmp_path: Path) -> Callable[..., Record]:
    def read(fill: Fill, library: Library | None = None) -> Record:
        known = library or load()
        return read_person(in_duckdb(made(fill, known), tmp_path / "cdm.duckdb"), known, "1")

    return read


@pytest.fixture
def extracted(tmp_path: Path) -> Callable[[Fill], tuple[Extracted, Path]]:
    def run(fill: Fill) -> tuple[Extracted, Path]:
        return extract(in_duckdb(made(fill), tmp_path / "cdm.duckdb"), load(), tmp_path / "to"), tmp_path / "to"

    return run


def test_the_more_precise_of_source_and_standard_concept_stands(record: Callable[..., Record]) -> None:
    def fill(cdm: Cdm) -> None:
        ms, rrms = cdm.concept("SNOMED", "24700007", "Multiple sclerosis"), cdm.concept("ICD10CM", "G35.A", "RRMS")
        condition(cdm, ms, rrms)

    assert record(fill)["course"]["course"].drop_nulls().to_list() == ["rrms"]


def test_the_source_concept_decides_between_two_that_are_precise(record: Callable[..., Record]) -> None:
    def fill(cdm: Cdm) -> None:
        condition(cdm, cdm.concept("SNOMED", "53741008", "Coronary"), cdm.concept("ICD10CM", "I25.2", "Old MI"))

    assert record(fill)["condition"]["condition"].to_list() == ["old-myocardial-infarction"]


def test_a_finding_is_known_by_what_it_is_a_kind_of_and_by_the_nearest(record: Callable[..., Record]) -> None:
    def fill(cdm: Cdm) -> None:
        child = cdm.concept("SNOMED", "1", "Basal pneumonia of some kind")
        cdm.above(cdm.concept("SNOMED", "233604007", "Pneumonia"), child, 2)
        cdm.above(cdm.concept("SNOMED", "50417007", "Lower respiratory tract infection"), child, 3)
        condition(cdm, child)

    assert record(fill)["infection"]["kind"].to_list() == ["pneumonia"]


def test_two_that_are_equally_near_leave_the_kind_open(record: Callable[..., Record]) -> None:
    def fill(cdm: Cdm) -> None:
        child = cdm.concept("SNOMED", "1", "Pneumonia with shingles")
        cdm.above(cdm.concept("SNOMED", "233604007", "Pneumonia"), child)
        cdm.above(cdm.concept("SNOMED", "4740000", "Zoster"), child)
        condition(cdm, child)

    found = record(fill)
    assert found["infection"]["kind"].to_list() == ["Pneumonia with shingles"]
    assert [(one.key, one.source) for one in found.problems] == [("cell-not-understood", "condition_occurrence/2")]


def test_a_source_concept_that_is_not_standard_is_followed_to_what_it_maps_to(record: Callable[..., Record]) -> None:
    def fill(cdm: Cdm) -> None:
        read_code = cdm.concept("Read", "F20..", "MS in another coding")
        cdm.rows["concept_relationship"].append(
            {"concept_id_1": read_code, "concept_id_2": cdm.concept("SNOMED", "38341003", "Hypertensive disorder"),
             "relationship_id": "Maps to"}
        )  # fmt: skip
        condition(cdm, 0, read_code)

    assert record(fill)["condition"]["condition"].to_list() == ["hypertension"]


@pytest.mark.parametrize(("said", "course"), [("G35.A", "rrms"), ("g35a", "rrms"), ("G35.B1", "ppms")])
def test_a_code_without_a_concept_is_read_from_the_source_value(
    said: str, course: str, record: Callable[..., Record]
) -> None:
    found = record(lambda cdm: condition(cdm, 0, 0, said))
    assert found["course"]["course"].drop_nulls().to_list() == [course]


def test_the_source_value_does_not_count_where_there_is_a_concept(record: Callable[..., Record]) -> None:
    def fill(cdm: Cdm) -> None:
        condition(cdm, cdm.concept("SNOMED", "99", "Backache"), 0, "G35.B1")

    assert record(fill)["course"]["course"].drop_nulls().to_list() == []


def test_a_clinical_drug_is_known_by_its_ingredient(record: Callable[..., Record]) -> None:
    def fill(cdm: Cdm) -> None:
        clinical = cdm.concept("RxNorm", "1", "10 ML Tysabri 30 MG/ML Injection", "Branded Drug")
        cdm.above(cdm.concept("RxNorm", "354770", "natalizumab", "Ingredient"), clinical)
        unnamed = cdm.concept("RxNorm Extension", "OMOP1", "no name at all", "Clinical Drug")
        cdm.above(cdm.concept("RxNorm", "4", "ocrelizumab", "Ingredient"), unnamed)
        for one in (clinical, unnamed):
            drug(cdm, one)

    assert sorted(record(fill)["treatment"]["therapy"]) == ["natalizumab", "ocrelizumab"]


def test_a_drug_is_known_by_its_class_and_a_brand_chooses_among_those_that_share_it(
    record: Callable[..., Record],
) -> None:
    def fill(cdm: Cdm) -> None:
        beta = cdm.concept("ATC", "L03AB07", "interferon beta-1a; parenteral")
        for number, name in enumerate(("Rebif pen", "beta pen")):
            clinical = cdm.concept("RxNorm", str(number), name)
            cdm.above(beta, clinical)
            drug(cdm, clinical, drug_exposure_start_date=date(2020 + number, 1, 1))

    assert sorted(record(fill)["treatment"]["therapy"]) == ["interferon", "interferon-beta-1a-sc"]


def test_an_ointment_is_not_the_drug_that_is_swallowed(record: Callable[..., Record]) -> None:
    def fill(cdm: Cdm) -> None:
        ingredient = cdm.concept("RxNorm", "6902", "methylprednisolone", "Ingredient")
        for number, name in enumerate(("methylprednisolone 1 MG/ML Topical Cream", "Solumed 500 MG Injection")):
            clinical = cdm.concept("RxNorm", str(number), name)
            cdm.above(ingredient, clinical)
            drug(cdm, clinical, drug_exposure_start_date=date(2020, 1 + number, 1))

    found = record(fill)["treatment"]
    assert found["on"].to_list() == [date(2020, 2, 1)]


def test_vaccines_by_code_and_by_class(record: Callable[..., Record]) -> None:
    def fill(cdm: Cdm) -> None:
        drug(cdm, cdm.concept("CVX", "187", "zoster recombinant"))
        clinical = cdm.concept("RxNorm", "1", "some flu shot")
        cdm.above(cdm.concept("ATC", "J07BB02", "influenza, inactivated"), clinical)
        drug(cdm, clinical)

    found = record(fill)
    assert sorted(found["vaccination"]["vaccine"]) == ["influenza", "zoster-recombinant"]
    assert found["treatment"].height == 0


def test_a_site_names_its_codes_by_vocabulary_and_code_or_by_concept_id(
    record: Callable[..., Record], tmp_path: Path
) -> None:
    (tmp_path / "ours" / "codes").mkdir(parents=True)
    (tmp_path / "ours" / "codes" / "ours.yaml").write_text(
        "id: ours\ntitle: {en: Ours}\ntable: disability\nextends: measures\nentries:\n"
        f'  edss: {{codes: {{local: ["Clinic|EDSS-TOTAL", "omop|{LOCAL + 77}"]}}}}\n',
        encoding="utf-8",
    )

    def fill(cdm: Cdm) -> None:
        lab(cdm, cdm.concept("Clinic", "EDSS-TOTAL", "something"), 3.5)
        cdm.rows["concept"].append({"concept_id": LOCAL + 77, "concept_name": "x", "vocabulary_id": "y",
                                    "concept_class_id": "", "concept_code": "z"})  # fmt: skip
        lab(cdm, LOCAL + 77, 4)

    assert sorted(record(fill, load([tmp_path / "ours"]))["disability"]["edss"]) == [3.5, 4.0]


def test_values_with_their_operator_unit_and_answer(record: Callable[..., Record]) -> None:
    def fill(cdm: Cdm) -> None:
        igg = cdm.concept("LOINC", "2465-3", "IgG [Mass/volume] in Serum")
        milligram, less = cdm.concept("UCUM", "mg/dL", "milligram per deciliter"), cdm.concept("Op", "<", "<")
        lab(cdm, igg, 612, unit_concept_id=milligram, unit_source_value="g/L")
        lab(cdm, igg, 4.9, unit_concept_id=0, unit_source_value="g/L")
        lab(cdm, igg, 2.0, operator_concept_id=less, unit_source_value="g/L")
        lab(cdm, igg, 2.0, value_source_value="< 2.0", unit_source_value="g/L")
        lab(cdm, igg, 5, unit_source_value="furlong")
        surface = cdm.concept("LOINC", "5196-1", "HBsAg")
        lab(cdm, surface, value_as_concept_id=cdm.concept("SNOMED", "260385009", "Negative"))
        lab(cdm, surface, value_source_value="positive")

    found = record(fill)
    rows = found["lab"].sort("source")
    assert rows.filter(pl.col("test") == "igg")["value"].to_list() == [6.12, 4.9, 2.0, 2.0, None]
    assert rows["below_limit"].fill_null(False).to_list()[:4] == [False, False, True, True]
    assert rows.filter(pl.col("test") == "hbsag")["value_code"].to_list() == ["negative", "positive"]
    assert [(one.source, one.args["said"]) for one in found.problems] == [("measurement/5", "furlong")]


def test_an_operator_that_nobody_knows_leaves_any_value(record: Callable[..., Record]) -> None:
    def fill(cdm: Cdm) -> None:
        igg, equal = cdm.concept("LOINC", "2465-3", "IgG [Mass/volume] in Serum"), cdm.concept("Op", "=", "=")
        for operator in (4171756, equal, 0, None):  # the first stands in no table of concepts
            lab(cdm, igg, 2.0, operator_concept_id=operator, unit_source_value="g/L")

    found = record(fill)
    assert found["lab"].sort("source")["value"].to_list() == [None, 2.0, 2.0, 2.0]
    assert [(one.source, one.args["said"]) for one in found.problems] == [("measurement/1", "?2")]


def test_a_score_in_another_unit_is_listed_and_not_believed(record: Callable[..., Record]) -> None:
    def fill(cdm: Cdm) -> None:
        for number, unit in enumerate(("s", "min")):
            lab(cdm, 0, 7.5, measurement_source_value="t25fw", unit_source_value=unit, measurement_id=number + 1)

    found = record(fill)
    assert found["disability"].sort("source")["t25fw_s"].to_list() == [7.5, None]
    assert [(one.source, one.args["said"]) for one in found.problems] == [("measurement/2", "7.5 min")]


def test_an_infection_in_hospital_is_serious_once_a_visit(record: Callable[..., Record]) -> None:
    def fill(cdm: Cdm) -> None:
        stay = cdm.add("visit_occurrence", person_id=1, visit_start_date=DAY, visit_end_date=date(2024, 5, 6),
                       visit_concept_id=cdm.concept("Visit", "IP", "Inpatient Visit"))  # fmt: skip
        pneumonia = cdm.concept("SNOMED", "233604007", "Pneumonia")
        for day in (1, 3, 4):
            condition(cdm, pneumonia, condition_start_date=date(2024, 5, day), visit_occurrence_id=stay)
        condition(cdm, pneumonia, condition_start_date=date(2024, 9, 1))

    found = record(fill)["infection"].sort("on")
    assert found.select("on", "serious", "hospital_days").rows() == [
        (DAY, True, 5.0),
        (date(2024, 9, 1), None, None),
    ]


def test_the_end_of_a_visit_ends_no_condition(record: Callable[..., Record]) -> None:
    def fill(cdm: Cdm) -> None:
        visit = cdm.add("visit_occurrence", person_id=1, visit_concept_id=0, visit_start_date=DAY,
                        visit_end_date=date(2024, 5, 3))  # fmt: skip
        high = cdm.concept("SNOMED", "38341003", "Hypertensive disorder")
        for day, end, of in ((1, date(2024, 5, 3), visit), (2, date(2024, 6, 1), visit), (3, date(2024, 5, 3), None),
                             (4, date(2024, 6, 1), None)):  # fmt: skip
            condition(cdm, high, condition_start_date=date(2024, 5, day), condition_end_date=end,
                      visit_occurrence_id=of)  # fmt: skip

    found = record(fill)["condition"].sort("on")
    assert found["ended"].to_list() == [None, date(2024, 6, 1), None, date(2024, 6, 1)]


@pytest.mark.parametrize(
    ("said", "status"),
    [("Preliminary diagnosis", "suspected"), ("Ruled out", None), ("Resolved condition", "resolved"),
     ("Final diagnosis", "active")],
)  # fmt: skip
def test_the_status_of_a_condition(said: str, status: str | None, record: Callable[..., Record]) -> None:
    def fill(cdm: Cdm) -> None:
        condition(cdm, cdm.concept("SNOMED", "38341003", "Hypertensive disorder"),
                  condition_status_concept_id=cdm.concept("Condition Status", said, said))  # fmt: skip

    assert record(fill)["condition"]["status"].to_list() == ([status] if status else [])


def test_a_diagnosis_that_is_coded_again_and_again_bounds_its_day_and_follows_the_course(
    record: Callable[..., Record],
) -> None:
    def fill(cdm: Cdm) -> None:
        rrms, spms = cdm.concept("SNOMED", "426373005", "RRMS"), cdm.concept("SNOMED", "425500002", "SPMS")
        for year, course in ((2010, rrms), (2012, rrms), (2018, spms), (2019, spms)):
            condition(cdm, course, condition_start_date=date(year, 1, 1))

    rows = record(fill)["course"].sort("on_latest").select("course", "on", "on_latest").rows()
    assert rows == [("rrms", None, date(2010, 1, 1)), ("spms", date(2018, 1, 1), date(2018, 1, 1))]


def test_visits_in_neurology_make_spans_inside_observation_periods(record: Callable[..., Record]) -> None:
    def fill(cdm: Cdm) -> None:
        neurologist = cdm.add("provider", specialty_concept_id=cdm.concept("Medicare Specialty", "13", "Neurology"))
        cdm.add("provider", specialty_concept_id=cdm.concept("Medicare Specialty", "06", "Cardiology"))
        cdm.rows["observation_period"][0]["observation_period_start_date"] = date(2015, 1, 1)
        for day, by in ((date(2014, 6, 1), 1), (date(2015, 2, 1), 1), (date(2016, 7, 30), 1), (date(2019, 1, 1), 1),
                        (date(2021, 1, 1), 2)):  # fmt: skip
            cdm.add("visit_occurrence", person_id=1, visit_concept_id=0, visit_start_date=day, visit_end_date=day,
                    provider_id=neurologist if by == 1 else 2)  # fmt: skip

    found = record(fill)["observed"].filter(pl.col("domain") == "relapse").sort("from").select("from", "to").rows()
    assert found == [(date(2015, 2, 1), date(2016, 7, 30)), (date(2019, 1, 1), date(2019, 1, 1))]


def test_a_birth_is_as_precise_as_it_is_given(tmp_path: Path) -> None:
    def fill(cdm: Cdm) -> None:
        person(cdm, 2, month_of_birth=7, birth_datetime="1980-07-15 00:00:00")
        person(cdm, 3, month_of_birth=7, day_of_birth=4)

    address = in_duckdb(made(fill), tmp_path / "cdm.duckdb")
    found = [read_person(address, load(), one)["person"].row(0, named=True) for one in ("1", "2", "P3")]
    assert [(one["birth"], one["birth_latest"]) for one in found] == [
        (date(1980, 1, 1), date(1980, 12, 31)), (date(1980, 7, 1), date(1980, 7, 31)), (date(1980, 7, 4),) * 2,
    ]  # fmt: skip


def test_who_is_read_and_what_is_told_of_the_rest(extracted: Callable[[Fill], tuple[Extracted, Path]]) -> None:
    def fill(cdm: Cdm) -> None:
        for number in range(2, 9):
            person(cdm, number)
        child = cdm.concept("SNOMED", "1", "Some kind of MS")
        cdm.above(cdm.concept("SNOMED", "24700007", "Multiple sclerosis"), child)
        condition(cdm, child, person=2)
        condition(cdm, cdm.concept("SNOMED", "25044007", "Neuromyelitis optica"), person=3)
        condition(cdm, 0, 0, "G35", person=4)
        ingredient = cdm.concept("RxNorm", "1012892", "fingolimod", "Ingredient")
        clinical = cdm.concept("RxNorm", "1", "fingolimod 0.5 MG Oral Capsule")
        cdm.above(ingredient, clinical)
        drug(cdm, clinical, person_id=5)
        drug(cdm, 0, 0, "OCREVUS 600MG INF", person_id=6)
        backache = cdm.concept("SNOMED", "99", "Backache")
        for number in (1, 1, 7):
            condition(cdm, backache, person=number)
        drug(cdm, 0, 0, "Mystery tea")
        drug(cdm, 0, 0, "Mystery tea")
        drug(cdm, cdm.concept("RxNorm", "5", "aspirin"))

    told, to = extracted(fill)
    assert told == Extracted(people=6, left_out=2, passed_over=2, not_known=(("Mystery tea", 2),))
    assert pl.read_parquet(to / "person" / "*.parquet")["person_id"].sort().to_list() == ["1", "2", "3", "4", "5", "6"]
    treated = pl.read_parquet(to / "treatment" / "*.parquet")
    assert treated.select("person_id", "therapy").rows() == [("5", "fingolimod"), ("6", "ocrelizumab")]


def test_findings_of_a_scan_are_joined_by_key_or_by_day(record: Callable[..., Record]) -> None:
    def fill(cdm: Cdm) -> None:
        keys = {place: cdm.add("procedure_occurrence", person_id=1, procedure_date=DAY, procedure_concept_id=0,
                               procedure_source_value=f"mri-{place}") for place in ("brain", "cord")}  # fmt: skip
        for place, count in (("brain", 2), ("cord", 1)):
            lab(cdm, 0, count, measurement_source_value="new-t2", measurement_event_id=keys[place])
        later = date(2025, 5, 1)
        cdm.add("procedure_occurrence", person_id=1, procedure_date=later,
                procedure_concept_id=cdm.concept("SNOMED", "816077007", "MRI of brain"))  # fmt: skip
        cdm.observe(1, later, "stable", value_source_value="yes")
        cdm.observe(1, date(2026, 1, 1), "gd-lesions", value_as_number=0)

    found = record(fill)["mri"].sort("on", "region").select("on", "region", "new_t2", "stable", "gd_lesions").rows()
    assert found == [
        (DAY, "brain", 2, None, None), (DAY, "cord", 1, None, None), (date(2025, 5, 1), "brain", None, True, None),
        (date(2026, 1, 1), None, None, None, 0),
    ]  # fmt: skip


def test_histories_stand_among_the_observations_and_a_no_is_none(record: Callable[..., Record]) -> None:
    def fill(cdm: Cdm) -> None:
        history = cdm.concept("ICD10CM", "Z85.3", "Personal history of malignant neoplasm of breast")
        cdm.observe(1, DAY, "Z85.3", observation_source_concept_id=history)
        high = cdm.concept("SNOMED", "38341003", "Hypertensive disorder")
        cdm.observe(
            1, DAY, "", observation_concept_id=high, value_as_concept_id=cdm.concept("SNOMED", "373067005", "No")
        )

    assert record(fill)["condition"].select("condition", "status").rows() == [("cancer-history", "resolved")]


def test_habits_allergies_pregnancy_and_what_is_stated(record: Callable[..., Record]) -> None:
    def fill(cdm: Cdm) -> None:
        smoking = cdm.concept("LOINC", "72166-2", "Tobacco smoking status")
        former = cdm.concept("SNOMED", "8517006", "Ex-smoker")
        cdm.observe(1, DAY, "", observation_concept_id=smoking, value_as_concept_id=former)
        cdm.observe(1, DAY, "", observation_concept_id=cdm.concept("SNOMED", "91936005", "Allergy to penicillin"))
        cdm.observe(1, DAY, "", observation_concept_id=cdm.concept("LOINC", "82810-3", "Pregnancy status"),
                    value_as_concept_id=cdm.concept("SNOMED", "77386006", "Pregnant"))  # fmt: skip
        cdm.observe(1, DAY, "urn:stepdown:variables|years_since_relapse", value_source_value=">=5")
        cdm.observe(1, DAY, "may-become-pregnant", value_source_value="no")
        cdm.observe(1, DAY, "relapse", value_source_value="no")

    found = record(fill)
    assert found["lifestyle"].select("topic", "value_code").rows() == [("smoking", "former")]
    assert found["allergy"]["substance"].to_list() == ["penicillin"]
    assert found["condition"]["condition"].to_list() == ["pregnancy"]
    known = found["known"].sort("variable").select("variable", "low", "high", "values").rows()
    assert known == [("may_become_pregnant", None, None, ["false"]), ("years_since_relapse", 5.0, None, None)]
    assert found["relapse"].height == 0
    assert not found.problems
