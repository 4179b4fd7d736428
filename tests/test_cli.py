"""The command as a user runs it: what it prints, its exit status, and one clear line for everything that is wrong."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from stepdown import __version__
from stepdown.cli import run
from stepdown.errors import InputError
from stepdown.report.examples import FOLDER, everyone, find

NAME = "long-quiet-ocrelizumab"
CHART = FOLDER / NAME / "chart.yaml"
COMMAND = Path(sys.executable).parent / "stepdown"


def stepdown(*arguments: str | Path, stdin: bytes | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the installed command; standard output and error as text."""
    clean = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "STEPDOWN_LIBRARY")}
    done = subprocess.run([COMMAND, *arguments], input=stdin, capture_output=True, env=clean | env, check=False)
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
    )


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line that a wrong call gives; in this process, because there are many."""
    status = run(arguments)
    out, error = capsys.readouterr()
    assert (status, out) == (2, "")
    assert error.startswith("stepdown: ")
    assert error.count("\n") == 1
    return error


def test_a_wrong_call_as_a_user_meets_it() -> None:
    done = stepdown("assess", CHART, "--on", "2026-02-30")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "stepdown: --on: '2026-02-30' is not a day; write it as 2026-03-01\n"


def test_assess_prints_one_screen() -> None:
    done = stepdown("assess", CHART, "--on", "2026-03-01", COLUMNS="100")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("EX-01  woman, 60")
    assert "Advice" in done.stdout
    assert "\x1b" not in done.stdout
    assert len(done.stdout.splitlines()) <= 60


def test_assess_gives_json_with_draws_and_seed_and_the_same_bytes_again() -> None:
    call = ("assess", CHART, "--on", "2026-03-01", "--format", "json", "--draws", "500", "--seed", "7")
    first, again = stepdown(*call), stepdown(*call)
    assert first.stdout == again.stdout
    data = json.loads(first.stdout)
    assert (data["on"], data["draws"], data["seed"]) == ("2026-03-01", 500, 7)


def test_chart_bundle_and_standard_input_assess_the_same() -> None:
    def answer(path: str | Path, stdin: bytes | None = None) -> object:
        done = stepdown("assess", path, "--on", "2026-03-01", "--format", "json", stdin=stdin)
        assert done.returncode == 0, done.stderr
        data = json.loads(done.stdout)
        return data["recommendation"]["says"], [(one["id"], one["stance"]) for one in data["options"]]

    chart = answer(CHART)
    assert answer("-", CHART.read_bytes()) == chart
    assert answer(FOLDER / NAME / "bundle.json") == chart


def test_verbose_and_language() -> None:
    long = stepdown("assess", CHART, "--on", "2026-03-01", "--verbose").stdout
    assert len(long.splitlines()) > 150
    german = stepdown("assess", CHART, "--on", "2026-03-01", "--lang", "de")
    assert german.returncode == 0
    assert "Words in de are missing" in " ".join(german.stdout.split())


def test_only_the_guideline_asked_for() -> None:
    call = ("assess", CHART, "--on", "2026-03-01", "--format", "json", "--guideline", "panel-2025")
    assert [one["id"] for one in json.loads(stepdown(*call).stdout)["guidelines"]] == ["panel-2025"]


def test_guidelines_of_a_day() -> None:
    call = ("assess", CHART, "--on", "2026-03-01", "--format", "json", "--in-force", "2020-01-01")
    data = json.loads(stepdown(*call).stdout)
    assert data["in_force"] == "2020-01-01"
    assert "panel-2025" not in [one["id"] for one in data["guidelines"]]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["assess"], "Missing argument"),
        (["assess", "{chart}", "--format", "pdf"], "'pdf' is not one of"),
        (["assess", "{chart}", "--on", "2026-13-01"], "--on: '2026-13-01' is not a day; write it as 2026-03-01"),
        (["assess", "{chart}", "--on", "yesterday"], "is not a day"),
        (["assess", "{chart}", "--on", "20260301"], "is not a day"),
        (["assess", "{chart}", "--on", "2026-02-30"], "is not a day"),
        (["assess", "{chart}", "--on", "2999-01-01"], "lies in the future"),
        (["assess", "{chart}", "--on", "1950-01-01"], "lies before the birth"),
        (["assess", "{chart}", "--in-force", "soon"], "--in-force: 'soon' is not a day"),
        (["assess", "{chart}", "--person", "nobody"], "nobody"),
        (["assess", "{chart}", "--guideline", "panel-2525"], "panel-2525"),
        (["assess", "{chart}", "--lang", "Deutsch!"], "is not a language"),
        (["assess", "{chart}", "--draws", "0"], "0 draws cannot be given"),
        (["assess", "{chart}", "--seed", "-1"], "the seed -1 is negative"),
        (["assess", "{chart}", "--seed", "one"], "'--seed'"),
        (["assess", "{chart}", "--draws", "1000000000"], "give 1 to 10,000"),
        (["assess", "{chart}", "--horizon", "0"], "a horizon of 0 years"),
        (["assess", "{chart}", "--horizon", "60"], "to 50"),
        (["assess", "{chart}", "--weigh", "infusion=-1"], "is negative"),
        (["assess", "{chart}", "--weigh", "relapse=0", "--weigh", "infusoin=1"], "did you mean infusion"),
        (["assess", "{chart}", "--weigh", "infusion=much"], "is not a number"),
        (["assess", "{chart}", "--rank", "infusion"], "ranks one thing only"),
        (["assess", "{chart}", "--rank", "infusion>infusion"], "ranked twice"),
        (["assess", "{chart}", "--library", "{tmp}/none"], "is not a folder"),
        (["assess", "{tmp}"], "folder"),
        (["assess", "{tmp}/none.yaml"], "cannot be read"),
        (["assess", "{tmp}/x.docx"], "docx"),
        (["assess", "{chart}", "--nope"], "No such option: --nope"),
        (["knowledge", "show", "panel-2026"], "did you mean 'panel-2025'"),
        (["knowledge", "list", "flag"], "did you mean 'flags'"),
        (["knowledge", "show"], "Missing argument"),
        (["example", "long-quiet-ocrelizumb"], "did you mean 'long-quiet-ocrelizumab'"),
        (["example", "--to", "{chart}"], "cannot be written"),
        (["asess"], "No such command 'asess'"),
    ],
)
def test_a_wrong_call_gets_one_clear_line(
    arguments: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    filled = [part.replace("{chart}", str(CHART)).replace("{tmp}", str(tmp_path)) for part in arguments]
    assert says in refused(capsys, *filled)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf \n", "is empty"),
        (b"\xff\xfe\x00", "YAML"),
        (b"[1, 2", "YAML"),
        (b"person: {id: A1, born: 1966}\nrelapses: [2031-05]\n", "future"),
        (b"person: {id: A1, born: 1966}\nrelapse: []\n", "did you mean 'relapses'"),
        (b"person: {id: A1}\nperson: {id: A2}\n", "twice"),
        (b"person: {id: A1}\nedss: [{date: 2026-01, score: 11}]\n", "11"),
        (b"person: {id: A1}\nlabs: [{date: 2026-01, test: igg, value: .nan, unit: g/L}]\n", "finite"),
        (b"person: {id: A1}\nlabs: [{date: 2026-01, test: igg, value: 5, unit: furlong}]\n", "furlong"),
        (b"person: {id: A1}\ntreatments: [{therapy: ocrelizumub, from: 2018}]\n", "ocreliz"),
        (b"a: &a [x, x]\nb: [*a, *a]\n", "anchors"),
        (b"person: !!python/object/apply:os.system ['true']\n", "tag"),
        (b'{"resourceType": "Patient"}', "Patient"),
        (b'{"resourceType": "Bundle", "type": "collection"}', "holds no Patient"),
        (b'\xef\xbb\xbf{"resourceType": "Bundle", "type": "collection"}', "holds no Patient"),
        (b'{"resourceType": "Bundle",\n "entry": [],}', ":2: is meant as FHIR and is not valid JSON (trailing comma"),
        (b'{"resourceType": "Bundle", "total": NaN}', "is meant as FHIR and is not valid JSON"),
        (b'{"resourceType": "Bundle", "entry": [', "is meant as FHIR and is not valid JSON (unexpected end"),
        (b'{"resourceType": "Bundle", "entry": ' + b"[" * 5000, "is meant as FHIR and is not valid JSON (depth"),
        (b"{person: {id: A1}, relapse: []}", "did you mean 'relapses'"),
        (b"x: " + b"[" * 500 + b"]" * 500, "deep"),
    ],
)
def test_a_wrong_record_gets_one_clear_line(
    content: bytes, says: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert says in refused(capsys, "assess", "-", "--on", "2026-03-01")


def test_a_fault_of_ours_tells_no_patient_data(tmp_path: Path) -> None:
    (tmp_path / "stepdown_breaks.py").write_text(
        "import stepdown.record.read as read\n"
        "def broken(*_, **__): raise RuntimeError('Jane Doe, born 1966')\n"
        "read.read = broken\n"
        "from stepdown.cli import main\n"
        "main()\n",
        encoding="utf-8",
    )
    call = [sys.executable, str(tmp_path / "stepdown_breaks.py"), "assess", str(CHART)]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("stepdown: a fault of ours (RuntimeError")
    assert done.stderr.count("\n") == 1
    assert "STEPDOWN_DEBUG" in done.stderr
    assert "Jane" not in done.stderr
    told = subprocess.run(call, capture_output=True, text=True, env=os.environ | {"STEPDOWN_DEBUG": "1"}, check=False)
    assert "Traceback" in told.stderr


def test_a_reader_that_has_seen_enough_does_no_harm() -> None:
    script = f'"{COMMAND}" assess "{CHART}" --on 2026-03-01 --verbose | head -1; exit "${{PIPESTATUS[0]}}"'
    done = subprocess.run([shutil.which("bash") or "sh", "-c", script], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.returncode == 0
    assert done.stdout.startswith("EX-01")


def test_version_and_help_need_nothing_heavy() -> None:
    assert stepdown("--version").stdout == f"stepdown {__version__}\n"
    code = "import sys; from stepdown.cli import run; run(['--version']); run(['assess', '--help'])"
    code += "; print([name for name in ('polars', 'numpy', 'rich', 'yaml', 'pint') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("[]\n")


@pytest.mark.parametrize("arguments", [[], ["knowledge"]])
def test_a_bare_call_says_what_there_is(arguments: list[str]) -> None:
    done = stepdown(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Commands:" in done.stdout


def test_examples_are_listed_printed_and_written(tmp_path: Path) -> None:
    listed = stepdown("example").stdout
    names = [line.split()[0] for line in listed.splitlines()]
    assert len(names) >= 10
    assert names == [*(example.name for example in everyone()), "template"]
    assert stepdown("example", NAME).stdout == CHART.read_text(encoding="utf-8")
    one = stepdown("example", NAME, "--to", tmp_path / "one").stdout.splitlines()
    assert [Path(path).name for path in one] == [f"{NAME}.yaml", f"{NAME}.json"]
    everything = stepdown("example", "--to", tmp_path / "all").stdout.splitlines()
    assert {Path(path).stem for path in everything} == set(names)
    assert stepdown("example", "template").stdout == (tmp_path / "all" / "template.yaml").read_text(encoding="utf-8")
    assert run(["assess", str(tmp_path / "all" / "template.yaml")]) == 0
    assert all(Path(path).read_bytes() for path in everything)
    with pytest.raises(InputError):
        find("../../etc/passwd")


def test_the_library_can_be_listed_shown_and_checked() -> None:
    assert re.search(r"^guidelines +\d+$", stepdown("knowledge", "list").stdout, re.M)
    assert "panel-2025" in stepdown("knowledge", "list", "guidelines").stdout
    told = stepdown("knowledge", "show", "panel-2025").stdout
    assert "guidelines/panel-2025" in told
    assert "Sources" in told
    checked = stepdown("knowledge", "check")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "nothing wrong" in checked.stdout


def test_a_library_with_a_fault_is_told_line_by_line(tmp_path: Path) -> None:
    folder = tmp_path / "flags"
    folder.mkdir()
    (folder / "wrong.yaml").write_text("id: wrong\ntitle: {en: Wrong}\ntopic: pml\n", encoding="utf-8")
    done = stepdown("knowledge", "check", "--library", tmp_path)
    assert done.returncode == 2
    assert re.search(rf"^{re.escape(str(folder / 'wrong.yaml'))}:\d+: wrong", done.stdout, re.M)


def test_an_overlay_is_told_on_every_report(tmp_path: Path) -> None:
    (tmp_path / "flags").mkdir()
    (tmp_path / "flags" / "ours.yaml").write_text(
        "id: ours\ntitle: {en: Ours}\ntopic: frailty\naction: reason\nif: {variable: age, at_least: 50}\n"
        "says: {en: Our own flag.}\ndo: {en: Call us.}\nassumption: true\nreasoning: {en: A test.}\n",
        encoding="utf-8",
    )
    done = stepdown("assess", CHART, "--on", "2026-03-01", "--library", tmp_path, COLUMNS="110")
    assert "Our own flag. Do: Call us." in done.stdout
    assert f"with {tmp_path} laid over it" in " ".join(done.stdout.split())
    same = stepdown("assess", CHART, "--on", "2026-03-01", STEPDOWN_LIBRARY=str(tmp_path))
    assert "Our own flag." in same.stdout


def test_coverage_as_text_and_as_json() -> None:
    text = stepdown("knowledge", "coverage").stdout
    assert text.startswith("On what the claims rest")
    data = json.loads(stepdown("knowledge", "coverage", "--format", "json").stdout)
    flags = data["totals"]["flags"]
    assert flags["all"] == flags["sources"] + flags["both"] + flags["assumption"] == data["documents"]["flags"]
    assert re.search(
        rf"^flags +{flags['all']} +{flags['sources']} +{flags['both']} +{flags['assumption']} ", text, re.M
    )
    assert len(data["claims"]) == sum(kind["all"] for kind in data["totals"].values())


def test_a_difference_names_documents_people_and_criteria(tmp_path: Path) -> None:
    site = tmp_path / "guidelines"
    site.mkdir()
    document = stepdown("knowledge", "show", "discoms-entry", "--yaml").stdout
    (site / "ours.yaml").write_text(document.replace("at_least: 55", "at_least: 95"), encoding="utf-8")
    chart = FOLDER / "interferon-twenty-years" / "chart.yaml"
    call = ("knowledge", "diff", "shipped", tmp_path, "--on", chart, "--date", "2026-03-01")
    text = stepdown(*call, COLUMNS="200")
    assert (text.returncode, text.stderr) == (0, "")
    assert "criteria/age/if: age at least 55 years -> age at least 95 years" in text.stdout
    assert "People whose conclusions change: 1 of 1" in text.stdout
    assert "through guidelines/discoms-entry/age" in text.stdout
    data = json.loads(stepdown(*call, "--format", "json").stdout)
    assert [one["document"] for one in data["documents"]] == ["guidelines/discoms-entry"]
    assert data["affected"][0]["shifts"][0]["through"] == ["guidelines/discoms-entry/age"]
    assert data["old"]["digest"] != data["new"]["digest"]
    same = stepdown("knowledge", "diff", "shipped", "shipped", "--on", chart, "--date", "2026-03-01").stdout
    assert same == (
        "Documents that differ: none\n\nPeople whose conclusions change: none of 1\n"
        "  Nothing changes for these people.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["shipped", "{tmp}/none", "--on", "{chart}"], "is not a folder"),
        (["shipped", "shipped", "--on", "{tmp}/none.yaml"], "cannot be read"),
        (["shipped", "shipped", "--on", "{tmp}"], "holds no chart"),
        (["shipped", "shipped", "--on", "{chart}", "--date", "2999-01-01"], "--date: 2999-01-01 lies in the future"),
        (["shipped", "shipped"], "Missing option '--on'"),
    ],
)
def test_a_wrong_difference_gets_one_clear_line(
    arguments: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    filled = [part.replace("{chart}", str(CHART)).replace("{tmp}", str(tmp_path)) for part in arguments]
    assert says in refused(capsys, "knowledge", "diff", *filled)
