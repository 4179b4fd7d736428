from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from stepdown.errors import InputError
from stepdown.knowledge import yamlfile
from stepdown.knowledge.yamlfile import parse, read_bytes


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True), ("False", False), ("null", None), ("~", None), ("", None),
        ("3", 3), ("-4", -4), ("3.5", 3.5), ("1e3", 1000.0), (".5", 0.5),
        ("'3'", "3"), ('"true"', "true"), ("yes", "yes"), ("no", "no"), ("on", "on"),
        ("2025-09", "2025-09"), ("2025-09-14", "2025-09-14"), ("2001-12-14t21:59:43", "2001-12-14t21:59:43"),
        ("12:30:00", "12:30:00"), ("0x10", "0x10"), ("1_000", "1_000"),
    ],
)  # fmt: skip
def test_scalars_follow_the_core_schema_and_dates_stay_text(written: str, value: object) -> None:
    found = parse(f"key: {written}", "x").data["key"]
    assert found == value
    assert type(found) is type(value)


def test_a_bare_year_is_a_number_and_a_month_is_not() -> None:
    assert parse("[2004, 2004-05]", "x").data == [2004, "2004-05"]


@pytest.mark.parametrize("written", [".nan", ".NaN", "NaN", ".inf", "-.inf", "Infinity", "-Infinity", "1e999"])
def test_a_number_is_finite(written: str) -> None:
    with pytest.raises(InputError, match=r"x:2: .* is not a finite number"):
        parse(f"a: 1\nb: {written}", "x")


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("a: 1\nb: 2\na: 3", 3, "the key 'a' is given twice"),
        ("a: {b: 1, b: 2}", 1, "the key 'b' is given twice"),
        ("a: &x [1]\nb: *x", 1, "anchors and aliases"),
        ("a: 1\nb: *x", 2, "anchors and aliases"),
        ("a: !!python/object/apply:os.system [ls]", 1, "the tag"),
        ("a: !secret x", 1, "the tag"),
        ("? [a, b]\n: 1", 1, "a key is not plain text"),
        ("b: 1\na: ]", 2, "is not YAML or JSON"),
        ("a: 1\n\tb: 2", 2, "is not YAML or JSON"),
    ],
)
def test_what_is_refused_names_its_line(text: str, line: int, what: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(text, "chart.yaml")
    assert caught.value.where == f"chart.yaml:{line}"
    assert what in caught.value.what


def test_a_billion_laughs_stops_at_the_first_anchor() -> None:
    laughs = "a: &a [lol, lol]\n" + "".join(f"{n}: &{n} [*{p}, *{p}, *{p}]\n" for p, n in zip("abcdefg", "bcdefgh"))  # noqa: B905
    with pytest.raises(InputError, match=r"x:1: anchors and aliases"):
        parse(laughs, "x")


def test_depth_is_bounded() -> None:
    allowed = yamlfile.MAX_DEPTH
    parse("[" * allowed + "]" * allowed, "x")
    with pytest.raises(InputError, match="nested deeper"):
        parse("[" * (allowed + 1) + "]" * (allowed + 1), "x")
    with pytest.raises(InputError, match="nested deeper"):
        parse("[" * 100_000, "x")


def test_the_number_of_values_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yamlfile, "MAX_NODES", 10)
    parse("[1, 2, 3]", "x")
    with pytest.raises(InputError, match="too long"):
        parse("[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]", "x")


def test_only_one_document_and_only_text() -> None:
    with pytest.raises(InputError, match="more than one document"):
        parse("a: 1\n---\nb: 2", "x")
    with pytest.raises(InputError, match="not YAML or JSON text"):
        parse(b"\xff\xfe\x00\x01\x02", "x")


def test_a_file_is_measured_before_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "big.yaml"
    file.write_bytes(b"a: 12345")
    assert read_bytes(file, limit=8) == b"a: 12345"
    with pytest.raises(InputError, match="8 bytes, more than the 7"):
        read_bytes(file, limit=7)
    with pytest.raises(InputError, match="not a file"):
        read_bytes(tmp_path)
    with pytest.raises(InputError, match="cannot be read"):
        read_bytes(tmp_path / "none.yaml")


def test_every_value_keeps_its_line() -> None:
    located = parse("labs:\n  - {test: igg,\n     value: 4.9}\n  -\n    test: alt\nend: x", "x")
    assert located.line(("labs",)) == 1
    assert located.line(("labs", 0)) == 2
    assert located.line(("labs", 0, "value")) == 3
    assert located.line(("labs", 1, "test")) == 5
    assert located.line(("labs", 1, "no such key")) == 5
    assert located.line(("end",)) == 6


def test_without_the_c_parser_the_same_values(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a: {b: [true, 3, 3.5, '3', null, 2020-01-01]}\nc: |\n  text\n"
    fast = parse(text, "x")
    monkeypatch.delattr(yaml, "CSafeLoader")
    assert parse(text, "x") == fast


_text = st.text(max_size=8)
_plain = st.none() | st.booleans() | st.integers(-(10**15), 10**15) | _text
_data = st.recursive(
    _plain | st.floats(allow_nan=False, allow_infinity=False, width=32),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1, max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@pytest.mark.parametrize(
    "text", ["\U0001f600", "\\ud83d\\ude00", "\\\\", "\\\U0001f600", "\\\\\U0001f600", "é\U0010ffff"]
)
def test_json_escapes_beyond_the_first_plane_are_read(text: str) -> None:
    assert parse(json.dumps({text: [text]}), "x").data == {text: [text]}
    assert parse(json.dumps([text]).encode(), "x").data == [text]


def test_text_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="is not YAML or JSON"):
        parse("a: \ud800", "x")
    with pytest.raises(InputError, match="is not YAML or JSON"):
        parse('["\\ud800"]', "x")


@given(_data)
def test_json_reads_as_itself(data: object) -> None:
    (found,) = parse(json.dumps([data]), "x").data
    assert found == data or (isinstance(data, float) and math.isclose(found, data))
