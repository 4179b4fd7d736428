from __future__ import annotations

import json
import re
import time
from datetime import date
from pathlib import Path

import pytest

import stepdown
from stepdown.errors import InputError
from stepdown.knowledge.library import load
from stepdown.knowledge.yamlfile import parse
from stepdown.record.chart import KEYS, TEMPLATE, chart_record, read_chart
from stepdown.record.chart_sections import SECTIONS
from stepdown.record.read import read

DOCS = Path(__file__).parents[2] / "docs" / "chart.md"
EXAMPLES = Path(stepdown.__file__).parent / "examples"
CHART = "person: {id: A1, born: 1966}\nrelapses: [2016]\n"
BUNDLE = {
    "resourceType": "Bundle",
    "type": "collection",
    "entry": [{"resource": {"resourceType": "Patient", "id": "P7", "birthDate": "1966-05-20"}}],
}


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["chart.yaml", "chart.yml", "CHART.YAML", "chart.json"])
def test_a_chart_is_told_by_its_content(tmp_path: Path, name: str) -> None:
    record = read(write(tmp_path, name, CHART), load())
    assert record.people == ["A1"]
    assert record["relapse"].height == 1


def test_a_chart_as_json_is_a_chart(tmp_path: Path) -> None:
    text = json.dumps({"person": {"id": "A1", "born": 1966}, "relapses": ["2016"]})
    yaml, js = read(write(tmp_path, "a.yaml", CHART), load()), read(write(tmp_path, "a.json", text), load())
    assert yaml["person"].drop("source").equals(js["person"].drop("source"))
    assert yaml["relapse"].drop("source").equals(js["relapse"].drop("source"))


@pytest.mark.parametrize("indent", [None, 2])
def test_a_bundle_is_told_by_its_content(tmp_path: Path, indent: int | None) -> None:
    record = read(write(tmp_path, "b.json", "\n " + json.dumps(BUNDLE, indent=indent)), load())
    assert record.people == ["P7"]


def test_the_person_that_is_asked_for_must_be_the_one_of_the_chart(tmp_path: Path) -> None:
    path = write(tmp_path, "chart.yaml", CHART)
    assert read(path, load(), person="A1").people == ["A1"]
    with pytest.raises(InputError, match=r"chart.yaml: holds 'A1', not 'B2'; name"):
        read(path, load(), person="B2")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("chart.txt", "files that end in '.txt' are not read; a chart"),
        ("bundle.xml", "files that end in '.xml' are not read; a chart"),
        ("export.ndjson", "files that end in '.ndjson' are not read"),
        ("chart", "files that end in 'nothing' are not read"),
    ],
)
def test_other_files_are_refused_with_what_is_read(tmp_path: Path, name: str, says: str) -> None:
    with pytest.raises(InputError, match=re.escape(says)):
        read(write(tmp_path, name, CHART), load())


def test_a_folder_and_a_missing_file_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder; name one file"):
        read(tmp_path, load())
    with pytest.raises(InputError, match=r"none.yaml: cannot be read .*; check the path"):
        read(tmp_path / "none.yaml", load())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"resourceType": "Bundle", "entry": [', "is not valid JSON"),
        ('{"hello": 1}', "the key 'hello' is not known"),
        ("[1, 2, 3]", "is not a mapping"),
        ("{" * 100_000, "a key is not plain text"),
        ("[" * 100_000, "nested deeper"),
        ('{"a":' * 100_000, "nested deeper"),
        ("person: {id: A1}\nlabs: [" + "{}," * 300_000 + "]", "labs[0]: is empty"),
        ("person: {id: A1}\nlabs: [" + "[]," * 2_100_000 + "]", "longer than the 1,048,576"),
        ("hello " * 100_000, "is not a mapping"),
    ],
    ids=["broken", "other-json", "list", "braces", "brackets", "objects", "many", "too-many", "long"],
)
def test_hostile_files_end_in_one_line_soon(tmp_path: Path, text: str, says: str) -> None:
    path = write(tmp_path, "x.json", text)
    begin = time.perf_counter()
    with pytest.raises(InputError) as caught:
        read(path, load())
    assert says in str(caught.value)
    assert len(str(caught.value)) < 500
    assert time.perf_counter() - begin < 10


def test_the_template_is_a_chart_that_says_nothing() -> None:
    record = read_chart(TEMPLATE, load())
    assert {name for name, table in record.tables.items() if table.height} == {"person"}
    assert not record.problems


def test_the_examples_of_the_template_are_read() -> None:
    filled = re.sub(r"^  # (?=[-{a-z])", "  ", TEMPLATE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    record = chart_record(parse(filled, "template.yaml"), "template.yaml", load(), date(2026, 3, 1))
    assert not record.problems
    assert {name for name, table in record.tables.items() if table.height} == {*record.tables} - {"course"}


def test_the_template_explains_every_key() -> None:
    text = TEMPLATE.read_text(encoding="utf-8")
    for key in KEYS:
        assert re.search(rf"^{key}:", text, re.MULTILINE), key
    for name, section in SECTIONS.items():
        part = (
            re.split(r"\n\n", text[: text.index(f"\n{name}:")])[-1] + text[text.index(f"\n{name}:") :].split("\n\n")[0]
        )
        for field in section.fields:
            assert re.search(rf"\b{field}\b", part) or (name == "ms" and field == "status"), (name, field)


def test_the_charts_of_the_documentation_are_read() -> None:
    charts = re.findall(r"```yaml\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    least, whole = (chart_record(parse(text, "c.yaml"), "c.yaml", load(), date(2026, 3, 1)) for text in charts)
    assert least["treatment"]["therapy"].to_list() == ["ocrelizumab"]
    assert not whole.problems
    assert {name for name, table in whole.tables.items() if table.height} == set(whole.tables)


def test_the_documentation_names_every_key() -> None:
    text = DOCS.read_text(encoding="utf-8")
    paragraphs = {name: part for part in text.split("\n\n") for name in re.findall(r"\*\*(\w+)\*\*:", part)}
    assert {*KEYS} <= {*paragraphs}
    for name, section in SECTIONS.items():
        for field in section.fields:
            assert f"`{field}`" in paragraphs[name], (name, field)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*/chart.yaml")), ids=lambda path: path.parent.name)
def test_the_shipped_people_are_read_without_a_problem(path: Path) -> None:
    about = parse((path.parent / "about.yaml").read_bytes(), "about.yaml").data
    on = date.fromisoformat(about["on"])
    record = read_chart(path, load(), today=on)  # nothing but appointments lies after the index date
    assert not record.problems
    assert len(record.people) == 1
    assert about["title"]["en"]
    assert about["asks"]["en"]
    for name, table in record.tables.items():
        if "on_latest" in table.columns and name != "appointment":
            assert (table["on_latest"] < on).all(), name
    assert (record["appointment"]["on"] > on).all()


def test_the_people_of_the_issue_are_shipped() -> None:
    assert {path.parent.name for path in EXAMPLES.glob("*/chart.yaml")} == {
        "long-quiet-ocrelizumab", "natalizumab-wants-child", "fingolimod-wants-to-stop", "pneumonia-ocrelizumab",
        "fumarate-lymphopenia", "cladribine-finished", "breast-cancer-rituximab", "new-symptom-natalizumab",
        "almost-nothing", "primary-progressive-70", "interferon-twenty-years",
    }  # fmt: skip
