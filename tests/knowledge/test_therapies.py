"""The drugs, held against what is known of them apart from the documents."""

from __future__ import annotations

from typing import Any

import pytest

from stepdown.knowledge.care import Span
from stepdown.knowledge.check import recognised
from stepdown.knowledge.library import load
from stepdown.knowledge.schema import TherapyRule

LIBRARY = load()
THERAPIES = LIBRARY.therapies
CLASSES = LIBRARY.classes
DRUGS = sorted(THERAPIES)

# class, and infusions, injections or tablets a year of the first regimen (from the intervals of the labels)
EXPECTED = {
    "alemtuzumab": ("alemtuzumab", None), "cladribine": ("cladribine", None),
    "dimethyl-fumarate": ("fumarate", 730), "diroximel-fumarate": ("fumarate", 730),
    "fingolimod": ("s1p", 365), "glatiramer": ("glatiramer", 156),
    "interferon-beta-1a-im": ("interferon", 52), "interferon-beta-1a-sc": ("interferon", 156),
    "interferon-beta-1b": ("interferon", 183), "mitoxantrone": ("mitoxantrone", 4),
    "monomethyl-fumarate": ("fumarate", 730), "natalizumab": ("natalizumab", 13),
    "ocrelizumab": ("anti-cd20", 2), "ofatumumab": ("anti-cd20", 12), "ozanimod": ("s1p", 365),
    "peginterferon-beta-1a": ("interferon", 26), "ponesimod": ("s1p", 365), "rituximab": ("anti-cd20", 2),
    "siponimod": ("s1p", 365), "teriflunomide": ("teriflunomide", 365), "tolebrutinib": ("btk-inhibitor", 365),
    "ublituximab": ("anti-cd20", 2.2),
}  # fmt: skip

# WHO, ATC alterations of 2019, 2022 and 2024: the code before and the code after
MOVED = {
    "natalizumab": ("L04AA23", "L04AG03"), "fingolimod": ("L04AA27", "L04AE01"), "siponimod": ("L04AA42", "L04AE03"),
    "alemtuzumab": ("L04AA34", "L04AG06"), "ocrelizumab": ("L04AA36", "L04AG08"), "ozanimod": ("L04AA38", "L04AE02"),
    "rituximab": ("L01XC02", "L01FA01"), "teriflunomide": ("L04AA31", "L04AK02"),
    "dimethyl-fumarate": ("N07XX09", "L04AX07"),
}  # fmt: skip


def rule(drug: str, name: str) -> TherapyRule:
    return next(rule for rule in THERAPIES[drug].rules if rule.id == name)


def test_the_drugs_and_their_classes() -> None:
    assert {name: (drug.class_, drug.regimens[0].doses_per_year) for name, drug in THERAPIES.items()} == EXPECTED


@pytest.mark.parametrize("drug", DRUGS)
def test_every_drug_has_a_regimen_with_its_ground_and_agrees_with_its_class(drug: str) -> None:
    found = THERAPIES[drug]
    assert found.regimens
    assert all(regimen.evidence or regimen.assumption for regimen in found.regimens)
    assert found.course_therapy == CLASSES[found.class_].course_therapy
    for regimen in found.regimens:
        if regimen.interval_weeks and regimen.doses_per_year:
            assert regimen.doses_per_year == pytest.approx(365.25 / 7 / regimen.interval_weeks, rel=0.02)


def test_names_and_codes_are_shared_within_a_class_at_most() -> None:
    classes: dict[tuple[str, str], set[str]] = {}
    for drug in THERAPIES.values():
        for name in recognised(drug):
            classes.setdefault(name, set()).add(drug.class_)
    assert [name for name, found in classes.items() if len(found) > 1] == []
    assert classes["name", "interferon beta-1a"] == {"interferon"}


@pytest.mark.parametrize("drug", sorted(MOVED))
def test_old_and_new_atc_codes_are_known(drug: str) -> None:
    assert set(MOVED[drug]) <= set(THERAPIES[drug].codes.atc)


def test_longer_intervals_only_where_they_were_studied() -> None:
    weeks = {
        name: [extension.interval_weeks for extension in drug.extensions]
        for name, drug in THERAPIES.items()
        if drug.extensions
    }
    assert weeks == {"ocrelizumab": [39, 52], "rituximab": [52], "natalizumab": [6]}
    for name in weeks:
        usual = THERAPIES[name].regimens[0].interval_weeks
        assert usual is not None
        assert all(
            extension.interval_weeks > usual for extension in THERAPIES[name].extensions if extension.interval_weeks
        )


def test_a_lower_dose_is_lower_than_a_usual_one() -> None:
    doses = {
        name: [dose.dose_mg for dose in drug.reduced_doses] for name, drug in THERAPIES.items() if drug.reduced_doses
    }
    assert doses == {"ocrelizumab": [300], "rituximab": [500]}
    for name, lower in doses.items():
        usual = max(regimen.dose_mg or 0 for regimen in THERAPIES[name].regimens)
        assert all(dose and dose < usual for dose in lower)


def test_a_step_down_leads_to_a_moderate_drug_and_one_of_each_class() -> None:
    for found in CLASSES.values():
        targets = [THERAPIES[name] for name in found.step_down_to]
        assert all(CLASSES[drug.class_].efficacy == "moderate" and drug.available for drug in targets), found.id
        assert len({drug.class_ for drug in targets}) == len(targets), found.id
        if targets:
            assert found.efficacy == "high"
    assert CLASSES["cladribine"].step_down_to == CLASSES["alemtuzumab"].step_down_to == ()


def test_who_leaves_natalizumab_or_s1p_is_offered_an_anti_cd20_first() -> None:
    for name in ("natalizumab", "s1p"):
        assert THERAPIES[CLASSES[name].lateral_to[0]].class_ == "anti-cd20"


def test_no_switch_leads_to_a_drug_that_cannot_be_had() -> None:
    offered = {name for found in CLASSES.values() for name in (*found.step_down_to, *found.lateral_to)}
    assert "tolebrutinib" not in offered
    assert rule("tolebrutinib", "not-licensed").effect == "bar"
    assert rule("tolebrutinib", "not-licensed").if_ is None


@pytest.mark.parametrize(
    ("drug", "name", "applies", "effect", "if_"),
    [
        ("fingolimod", "cardiac-event", "start", "bar", {"variable": "recent_cardiac_event", "is": True}),
        ("ponesimod", "av-block", "start", "bar", {"variable": "av_block", "is": True}),
        ("teriflunomide", "pregnancy", "both", "bar", {"variable": "pregnant", "is": True}),
        ("teriflunomide", "severe-liver", "both", "bar", {"variable": "severe_liver_impairment", "is": True}),
        ("natalizumab", "pml", "start", "bar", {"variable": "pml_confirmed", "is": True}),
        ("cladribine", "hiv", "both", "bar", {"variable": "hiv", "is": True}),
        ("cladribine", "cancer", "both", "bar", {"variable": "cancer", "is": "active"}),
        ("dimethyl-fumarate", "lymphocytes-start", "start", "bar", {"variable": "lymphocytes", "below": 0.5}),
    ],
)
def test_contraindications_are_asked_for_when_unknown(
    drug: str, name: str, applies: str, effect: str, if_: dict[str, object]
) -> None:
    found = rule(drug, name)
    assert (found.applies, found.effect, found.if_, found.unknown) == (applies, effect, if_, "check")


def test_facts_that_only_one_drug_has() -> None:
    assert "CYP2C9" in rule("siponimod", "genotype").says["en"]
    assert rule("alemtuzumab", "inactive-disease").effect == "not-advised"
    assert {"variable": "pml_confirmed", "is": True} in (rule("natalizumab", "pml-suspected").if_ or {})["any"]
    assert rule("natalizumab", "jcv-start").unknown == "undetermined"
    assert rule("fingolimod", "lymphocytes-low").if_ == {"variable": "lymphocytes", "below": 0.2}


@pytest.mark.parametrize("drug", ["ocrelizumab", "rituximab", "ofatumumab", "ublituximab"])
def test_hepatitis_b_stands_before_the_first_dose_of_an_anti_cd20_and_ends_the_next(drug: str) -> None:
    signs = {"any": [{"variable": name, "is": True} for name in ("hbsag", "hbv_dna", "hepatitis_b_reactivation")]}
    before, after = rule(drug, "hepatitis-b"), rule(drug, "hepatitis-b-active")
    assert (before.applies, before.effect, before.if_, before.unknown) == ("start", "bar", signs["any"][0], "check")
    assert (after.applies, after.effect, after.if_) == ("both", "bar", signs)


def test_pregnancy_is_asked_before_every_drug_that_is_not_compatible_with_it() -> None:
    compatible = {"glatiramer", "interferon", "natalizumab"}  # consensus of 2023; natalizumab to weeks 30 to 34
    for name, drug in THERAPIES.items():
        found = [rule for rule in drug.rules if rule.id == "pregnancy"]
        if drug.class_ in compatible or not drug.available:
            assert not found, name
        else:
            assert found[0].if_ == {"variable": "pregnant", "is": True}, name
            assert (found[0].applies in ("start", "both"), found[0].unknown) == (True, "check"), name
            assert found[0].effect in ("bar", "not-advised"), name


def test_only_ocrelizumab_may_be_started_in_primary_progressive_disease() -> None:
    barring = {
        name
        for name, drug in THERAPIES.items()
        if any(rule.if_ == {"variable": "course", "is": "ppms"} and rule.effect == "not-advised" for rule in drug.rules)
    }
    assert barring == set(THERAPIES) - {"ocrelizumab", "tolebrutinib"}


# --- what goes with a drug

NEEDED = (
    "monitoring", "before_start", "leaving", "returns", "arriving", "contraception", "pregnancy", "breastfeeding",
    "vaccines",
)  # fmt: skip

# what no source that was read tells; everything else is filled
NOT_READ = {
    "alemtuzumab": {"returns"}, "glatiramer": {"monitoring", "before_start", "returns", "vaccines"},
    "interferon-beta-1a-im": {"returns", "vaccines"}, "interferon-beta-1a-sc": {"returns", "vaccines"},
    "interferon-beta-1b": {"returns", "vaccines"}, "peginterferon-beta-1a": {"returns", "vaccines"},
    "mitoxantrone": {"returns", "arriving", "contraception", "pregnancy", "breastfeeding", "vaccines"},
    "natalizumab": {"returns"}, "ozanimod": {"returns"}, "rituximab": {"returns", "pregnancy"},
    "tolebrutinib": set(NEEDED) - {"monitoring"}, "ublituximab": {"pregnancy"},
}  # fmt: skip


@pytest.mark.parametrize("drug", DRUGS)
def test_every_drug_says_what_goes_with_it_or_why_it_does_not(drug: str) -> None:
    care = LIBRARY.care(drug)
    empty = {name for name in NEEDED if not getattr(care, name)}
    assert empty == NOT_READ.get(drug, set())
    assert empty <= set(care.gaps)


@pytest.mark.parametrize("drug", DRUGS)
def test_coming_from_every_class_is_spoken_of(drug: str) -> None:
    arriving = LIBRARY.care(drug).arriving
    if not arriving:
        return
    assert [entry for entry in arriving if not entry.from_class and not entry.from_therapy]
    for entry in arriving:
        assert set(entry.from_class) <= set(CLASSES)
        assert set(entry.from_therapy) <= set(THERAPIES)


def entry(drug: str, key: str, name: str) -> Any:
    return next(one for one in getattr(LIBRARY.care(drug), key) if one.id == name)


# Figures as published: labels, leaflets and consensus, each typed in here from its source and not from the document
PUBLISHED = [
    ("ofatumumab", "returns", "b-cells", "in_", (24.6, 24.6, "wk")),
    ("ofatumumab", "returns", "b-cells-consensus", "in_", (40, 40, "wk")),
    ("ocrelizumab", "returns", "b-cells", "in_", (18, 18, "mo")),
    ("dimethyl-fumarate", "returns", "lymphocytes", "in_", (0.3, 13.7, "mo")),
    ("fingolimod", "returns", "lymphocytes", "in_", (None, 2, "mo")),
    ("siponimod", "returns", "lymphocytes", "in_", (3, 4, "wk")),
    ("ponesimod", "returns", "lymphocytes-us", "in_", (1, 2, "wk")),
    ("ponesimod", "returns", "lymphocytes-eu", "in_", (None, 1, "wk")),
    ("cladribine", "returns", "lymphocytes", "in_", (30, 90, "wk")),
    ("teriflunomide", "returns", "drug-level-hu", "in_", (8, 24, "mo")),
    ("teriflunomide", "washout", "accelerated-us", "takes", (11, 11, "d")),
    ("teriflunomide", "washout", "accelerated-us", "without", (None, 2, "a")),
    ("siponimod", "contraception", "eu", "after_last_dose", (10, 10, "d")),
    ("ponesimod", "contraception", "eu", "after_last_dose", (1, 1, "wk")),
    ("fingolimod", "contraception", "us", "after_last_dose", (2, 2, "mo")),
    ("ozanimod", "contraception", "us", "after_last_dose", (3, 3, "mo")),
    ("cladribine", "contraception", "eu", "after_last_dose", (6, 6, "mo")),
    ("ocrelizumab", "contraception", "us", "after_last_dose", (6, 6, "mo")),
    ("ocrelizumab", "contraception", "eu", "after_last_dose", (12, 12, "mo")),
    ("rituximab", "contraception", "eu", "after_last_dose", (12, 12, "mo")),
    ("ofatumumab", "contraception", "eu", "after_last_dose", (6, 6, "mo")),
    ("ublituximab", "contraception", "eu", "after_last_dose", (4, None, "mo")),
    ("alemtuzumab", "contraception", "us", "after_last_dose", (4, 4, "mo")),
    ("cladribine", "breastfeeding", "us", "wait", (10, 10, "d")),
    ("cladribine", "breastfeeding", "hu", "wait", (7, 7, "d")),
    ("ocrelizumab", "breastfeeding", "hu", "wait", (4, 4, "h")),
    ("ocrelizumab", "vaccines", "non-live-between", "after_dose", (3, None, "mo")),
    ("ocrelizumab", "vaccines", "non-live-between", "before_next_dose", (4, 6, "wk")),
    ("ocrelizumab", "vaccines", "live-before", "before_start", (6, None, "wk")),
    ("ofatumumab", "vaccines", "live-before", "before_start", (4, None, "wk")),
    ("natalizumab", "vaccines", "live-after", "after_stopping", (3, None, "mo")),
    ("teriflunomide", "vaccines", "live-after", "after_stopping", (3.5, 24, "mo")),
    ("natalizumab", "monitoring", "mri-after", "every", (3, 4, "mo")),
    ("natalizumab", "monitoring", "mri-after", "until", (12, 12, "mo")),
    ("natalizumab", "monitoring", "symptoms-after", "until", (6, 6, "mo")),
    ("alemtuzumab", "monitoring", "thyroid", "every", (3, 3, "mo")),
    ("alemtuzumab", "monitoring", "creatinine", "until_after_last_dose", (48, 48, "mo")),
    ("dimethyl-fumarate", "monitoring", "lymphocytes-us", "every", (6, 12, "mo")),
    ("dimethyl-fumarate", "monitoring", "lymphocytes-uk", "every", (None, 3, "mo")),
    ("teriflunomide", "monitoring", "liver-us", "every", (1, 1, "mo")),
    ("teriflunomide", "monitoring", "liver-us", "until", (6, 6, "mo")),
    ("ocrelizumab", "monitoring", "immunoglobulins-de", "every", (6, 12, "mo")),
    ("ocrelizumab", "prophylaxis", "hepatitis-b-us", "until_after_last_dose", (12, None, "mo")),
    ("ofatumumab", "prophylaxis", "hepatitis-b-eu", "until_after_last_dose", (18, None, "mo")),
    ("fingolimod", "gap", "leaflet", "aim", (6, 8, "wk")),
    ("fingolimod", "arriving", "from-natalizumab-us", "gap", (8, 12, "wk")),
    ("cladribine", "arriving", "from-teriflunomide", "gap", (4, 4, "wk")),
    ("fingolimod", "before_start", "liver", "within", (6, 6, "mo")),
    ("ponesimod", "before_start", "blood-count", "within", (6, 6, "mo")),
    ("ozanimod", "before_start", "maoi", "within", (14, 14, "d")),
    ("siponimod", "missed_doses", "later", "missed", (4, None, "d")),
]


@pytest.mark.parametrize(
    ("drug", "key", "name", "field", "published"), PUBLISHED, ids=lambda value: value if isinstance(value, str) else ""
)
def test_figures_are_those_that_were_published(
    drug: str, key: str, name: str, field: str, published: tuple[float | None, float | None, str]
) -> None:
    found: Span = getattr(entry(drug, key, name), field)
    low, high = (found.value, found.value) if found.low is found.high is None else (found.low, found.high)
    assert (low, high, found.unit) == published


def test_rebound_says_what_was_measured_and_what_is_assumed() -> None:
    said = {name: care.leaving.rebound for name in DRUGS if (care := LIBRARY.care(name)).leaving}
    assert {name for name, rebound in said.items() if rebound == "measured"} == {"natalizumab", "fingolimod"}
    assert (said["siponimod"], said["ozanimod"], said["ponesimod"]) == ("label-warning", "not-seen", "assumed")
    assert said["ofatumumab"] == "not-known"  # stopping it was not studied
    natalizumab, fingolimod = (LIBRARY.care(name).leaving for name in ("natalizumab", "fingolimod"))
    assert natalizumab
    assert natalizumab.peak
    assert (natalizumab.peak.low, natalizumab.peak.high) == (4, 7)
    assert fingolimod
    assert fingolimod.peak
    assert (fingolimod.peak.high, fingolimod.peak.unit) == (12, "wk")


@pytest.mark.parametrize("drug", ["natalizumab", "fingolimod", "siponimod", "ozanimod", "ponesimod"])
def test_who_leaves_natalizumab_or_s1p_waits_four_weeks_and_not_beyond_six(drug: str) -> None:
    gap = entry(drug, "gap", "next-drug")
    assert (gap.aim.value, gap.aim.unit, gap.most.value, gap.most.unit) == (4, "wk", 6, "wk")


def test_a_figure_that_was_not_read_is_an_assumption() -> None:
    for drug, name in (("ocrelizumab", "b-cells-recalled"), ("ublituximab", "b-cells-recalled")):
        recalled = entry(drug, "returns", name)
        assert recalled.assumption
        assert not recalled.evidence
    assert entry("ocrelizumab", "returns", "b-cells").evidence == ("vaccination-ectrims-2023",)


def test_stop_and_hold_rules_have_their_limits() -> None:
    def limits(drug: str, name: str) -> dict[str, Any]:
        return {action.does: action.if_ for action in entry(drug, "monitoring", name).actions}

    assert limits("fingolimod", "lymphocytes") == {"hold": {"variable": "lymphocytes", "below": 0.2}}
    assert limits("teriflunomide", "liver-us") == {"stop": {"variable": "alt_ratio", "above": 3}}
    assert limits("cladribine", "second-course") == {"hold": {"variable": "lymphocytes", "below": 0.8}}
    over_six = {"variable": "months_lymphocytes_below_0_5", "above": 6}
    assert limits("dimethyl-fumarate", "lymphocytes-uk")["stop"] == over_six
    assert limits("dimethyl-fumarate", "lymphocytes-us") == {"consider-stopping": over_six}


def test_disagreements_stand_side_by_side() -> None:
    assert {one.where: one.stance for one in LIBRARY.care("natalizumab").breastfeeding} == {
        "hu": "compatible", "eu": "contraindicated",
    }  # fmt: skip
    months = {one.where: one.after_last_dose for one in LIBRARY.care("ocrelizumab").contraception}
    assert months["us"] != months["eu"]
    assert months["hu"] is None
    assert {one.stance for one in LIBRARY.care("dimethyl-fumarate").pregnancy} == {"contraindicated", "avoid"}
