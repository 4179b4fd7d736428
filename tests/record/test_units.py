from __future__ import annotations

import sys
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown.errors import InputError
from stepdown.knowledge.library import load
from stepdown.record import units
from stepdown.record.units import convert, meanings

LIBRARY = load()
ALIASES = sorted(units._aliases(LIBRARY).items())

# value, unit, test, and the value in the unit of the test worked out by hand
BY_HAND = [
    (490, "mg/dL", "igg", 4.9),  # 490 mg in 0.1 L = 4900 mg/L
    (0.49, "g/dL", "igg", 4.9),
    (4900, "mg/L", "igg", 4.9),
    (4.9, "mg/mL", "igg", 4.9),
    (4.9, "G/L", "igg", 4.9),  # a laboratory that prints in capitals
    (490, "mg%", "igg", 4.9),
    (850, "cells/uL", "lymphocytes", 0.85),  # 850 in 1e-6 L = 0.85e9 in 1 L
    (850, "cells/µL", "lymphocytes", 0.85),
    (850, "/mm3", "lymphocytes", 0.85),  # 1 mm3 = 1 uL
    (850, "{cells}/uL", "lymphocytes", 0.85),
    (0.85, "K/uL", "lymphocytes", 0.85),
    (0.85, "10*3/uL", "lymphocytes", 0.85),
    (0.85, "x10^9/L", "lymphocytes", 0.85),
    (0.85, "x 10⁹/l", "lymphocytes", 0.85),
    (0.85, "G/L", "lymphocytes", 0.85),
    (0.85, "/nL", "lymphocytes", 0.85),  # 1 nL = 1e-9 L
    (850, "10*6/L", "lymphocytes", 0.85),
    (12, "10*6/L", "b-cells", 12.0),  # 12e6 in 1 L = 12 in 1 uL
    (0.012, "10*9/L", "b-cells", 12.0),
    (0.6, "ukat/L", "alt", 36.0),  # 1 U = 1 umol/min, 1 kat = 1 mol/s: 0.6 umol/s = 36 umol/min
    (35, "IU/L", "alt", 35.0),
    (12, "mIU/mL", "anti-hbs", 12.0),
    (2, "IU/mL", "hbv-dna", 2.0),
    (13.5, "g/dL", "haemoglobin", 135.0),
]


@pytest.mark.parametrize(("value", "unit", "test", "expected"), BY_HAND)
def test_units_give_the_value_worked_out_by_hand(value: float, unit: str, test: str, expected: float) -> None:
    assert convert(value, unit, test, LIBRARY) == expected


@given(st.decimals(min_value=0, max_value=30, places=2, allow_nan=False))
@settings(max_examples=50, deadline=None)
def test_decimal_conversion_leaves_no_binary_noise(grams: Decimal) -> None:
    assert convert(grams * 100, "mg/dL", "igg", LIBRARY) == float(grams)
    assert convert(grams * 1000, "cells/uL", "lymphocytes", LIBRARY) == float(grams)


@pytest.mark.parametrize(("alias", "ucum"), [(alias, unit) for alias, found in ALIASES for unit in found])
def test_every_spelling_means_a_unit_that_ucum_knows(alias: str, ucum: str) -> None:
    assert units._registry().from_ucum(ucum) is not None
    assert ucum in meanings(alias, LIBRARY)


@pytest.mark.parametrize("wanted", ["g/L", "10*9/L", "/uL", "[IU]/L", "U/L"])
def test_powers_of_ten_agree_with_ucumvert_and_pint(wanted: str) -> None:
    simple = {unit for _, found in ALIASES for unit in found if units._METRIC.match(unit)}
    assert len(simple) > 10
    for unit in sorted(simple):
        factor, other = units._factor(unit, wanted), units._ucum_factor(unit, wanted)
        assert (factor is None) == (other is None), unit
        if factor is not None and other is not None:
            assert float(factor) == pytest.approx(float(other), rel=1e-9), unit


@pytest.mark.parametrize(
    ("value", "unit", "test", "says"),
    [
        (4.9, "furlongs", "igg", "expected g/L"),
        (4.9, "mmol/L", "igg", "expected g/L"),
        (850, "g/L", "lymphocytes", "expected 10*9/L"),
        (850, "10*3.[IU]/L", "lymphocytes", "expected 10*9/L"),
        (20, "%", "lymphocytes", "expected 10*9/L"),
        (1.8, "g/L", "jcv-index", "expected a plain number"),
        (4.9, "10*99999999/L", "igg", "expected g/L"),
        (4.9, "(" * 5000, "igg", "expected g/L"),
        (4.9, None, "igg", "give its unit, such as g/L"),
        (4.9, " ", "lymphocytes", "give its unit, such as 10*9/L"),
        ("nan", "g/L", "igg", "not a finite number"),
        ("1e999", "g/L", "igg", "not a finite number"),
        ("4,9", "g/L", "igg", "not a finite number"),
    ],
)
def test_a_unit_that_does_not_fit_names_the_test_and_the_row(
    value: float | str, unit: str | None, test: str, says: str
) -> None:
    with pytest.raises(InputError) as caught:
        convert(value, unit, test, LIBRARY, "chart.yaml:7")
    message = str(caught.value)
    assert message.startswith("chart.yaml:7: ")
    assert test in message
    assert says in message
    assert len(message) < 250
    if unit and "finite" not in says:
        assert unit[:40] in message


@pytest.mark.parametrize("unit", [None, "", "1", "index", "{index}", "Ratio"])
def test_a_test_without_a_unit_is_a_plain_number(unit: str | None) -> None:
    assert convert(1.8, unit, "jcv-index", LIBRARY) == 1.8


def test_common_units_do_not_load_pint() -> None:
    import subprocess

    code = (
        "import sys; from stepdown.knowledge.library import load; from stepdown.record.units import convert;"
        "convert(490, 'mg/dL', 'igg', load()); convert(850, 'cells/µL', 'lymphocytes', load());"
        "sys.exit('pint' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
