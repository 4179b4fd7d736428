"""The forms that codes have, with their check digits, so that a slip of a key in a code is found.

LOINC: Mod 10 check digit, LOINC Users' Guide, appendix on check digits; that of answers (`LA...`) counts the letters in
a way that the guide does not give, so of these only the form is checked. SNOMED CT: partition identifier and Verhoeff
check digit, SNOMED CT Release File Specification, section on the SCTID. ATC, ICD-10, RxNorm and CVX have none.
"""

from __future__ import annotations

import re

_LOINC = re.compile(r"(LA)?(\d{1,7})-(\d)")
_SNOMED = re.compile(r"[1-9]\d{5,17}")
_CONCEPT = ("00", "10")
"""Partition identifiers of a concept: of the international edition, of an extension."""

_FORMS = {
    "rxnorm": r"[1-9]\d{0,7}",
    "atc": r"[ABCDGHJLMNPRSV]\d{2}[A-Z]{2}\d{2}|[ABCDGHJLMNPRSV](?:\d{2}(?:[A-Z]{1,2}\d?)?)?\*",
    "cvx": r"[1-9]\d{0,2}",
    "icd10": r"[A-Z]\d[0-9A-Z](?:\.[0-9A-Z]{1,4})?\*?|[A-Z]\d[0-9A-Z]-[A-Z]\d[0-9A-Z]",
}

# Verhoeff's tables: multiplication in the dihedral group of order 10, and the powers of his permutation.
_TIMES = [
    [(i + j) % 5 + (0 if j < 5 else 5) if i < 5 else (i - j) % 5 + (5 if j < 5 else 0) for j in range(10)]
    for i in range(10)
]
_PERMUTED = [list(range(10))]
for _ in range(7):
    _PERMUTED.append([_PERMUTED[-1][digit] for digit in (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)])


def fault_of(system: str, code: str) -> str | None:
    """What is wrong with a code of a system of `schema.Codes`, or nothing; codes of a site have no form.

    A code list may end an ATC or ICD-10 code in `*`, or give categories of ICD-10 from the one to the other.
    """
    if system == "loinc":
        found = _LOINC.fullmatch(code)
        if not found:
            return "is not a LOINC code"
        return None if found[1] or mod10(found[2]) == int(found[3]) else "is not a LOINC code: its check digit is wrong"
    if system == "snomed":
        if not _SNOMED.fullmatch(code) or code[-3:-1] not in _CONCEPT:
            return "is not a SNOMED CT concept"
        return None if verhoeff(code) else "is not a SNOMED CT concept: its check digit is wrong"
    form = _FORMS.get(system)
    if form is None or re.fullmatch(form, code):
        first, dash, last = code.partition("-")
        return "ends before it begins" if system == "icd10" and dash and last < first else None
    return f"is not a code of {system}"


def mod10(digits: str) -> int:
    """The LOINC check digit of the digits before the dash: every second one from the right is doubled."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        total += sum(divmod(int(digit) * (2 if place % 2 == 0 else 1), 10))
    return -total % 10


def verhoeff(digits: str) -> bool:
    """Whether the last digit is the Verhoeff check digit of those before it."""
    check = 0
    for place, digit in enumerate(reversed(digits)):
        check = _TIMES[check][_PERMUTED[place % 8][int(digit)]]
    return check == 0
