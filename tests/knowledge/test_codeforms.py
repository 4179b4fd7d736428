"""The forms of codes, held against published examples of the algorithms and codes of the systems themselves."""

from __future__ import annotations

import pytest

from stepdown.knowledge.codeforms import fault_of, mod10, verhoeff


def test_the_check_digit_of_loinc_is_that_of_its_guide() -> None:
    assert mod10("12345") == 5  # the worked example of the LOINC Users' Guide
    assert mod10("718") == 7  # haemoglobin, 718-7
    assert mod10("2160") == 0  # creatinine, 2160-0


def test_the_check_digit_of_snomed_is_verhoeffs() -> None:
    assert verhoeff("2363")  # Verhoeff's digit of 236 is 3
    assert verhoeff("24700007")  # multiple sclerosis
    assert verhoeff("73211009")  # diabetes mellitus


@pytest.mark.parametrize("code", ["24700007", "426373005", "73211009"])
def test_verhoeff_finds_every_wrong_digit_and_every_swap_of_neighbours(code: str) -> None:
    for place, digit in enumerate(code):
        for other in "0123456789".replace(digit, ""):
            assert not verhoeff(code[:place] + other + code[place + 1 :])
        swapped = code[:place] + code[place : place + 2][::-1] + code[place + 2 :]
        assert swapped == code or not verhoeff(swapped)


@pytest.mark.parametrize(
    ("system", "code", "says"),
    [
        ("loinc", "2465-3", None),
        ("loinc", "2465-4", "check digit"),
        ("loinc", "2645-3", "check digit"),
        ("loinc", "2465", "is not a LOINC code"),
        ("loinc", "LA6576-8", None),
        ("snomed", "24700007", None),
        ("snomed", "24700008", "check digit"),
        ("snomed", "24700017", "is not a SNOMED CT concept"),  # partition 01 is a description
        ("snomed", "428041000124106", None),
        ("snomed", "24700", "is not a SNOMED CT concept"),
        ("atc", "L04AG03", None),
        ("atc", "L04AB*", None),
        ("atc", "L04AB", "is not a code of atc"),
        ("atc", "L4AG03", "is not a code of atc"),
        ("atc", "E04AG03", "is not a code of atc"),
        ("icd10", "G35", None),
        ("icd10", "G35.B*", None),
        ("icd10", "F17.21*", None),
        ("icd10", "C00-C97", None),
        ("icd10", "C97-C00", "ends before it begins"),
        ("icd10", "G3.5", "is not a code of icd10"),
        ("icd10", "g35", "is not a code of icd10"),
        ("rxnorm", "354770", None),
        ("rxnorm", "RX354770", "is not a code of rxnorm"),
        ("cvx", "3", None),
        ("cvx", "1234", "is not a code of cvx"),
        ("local", "https://lab.example.org|IGG7", None),
    ],
)
def test_the_form_of_each_system(system: str, code: str, says: str | None) -> None:
    fault = fault_of(system, code)
    assert fault is None if says is None else says in (fault or "")
