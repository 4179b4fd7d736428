"""What the README and the docs tell people to type is what works."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.S | re.M)
PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md")])


def blocks(page: Path) -> list[str]:
    """The blocks of a page that are marked as commands."""
    return BLOCK.findall(page.read_text(encoding="utf-8"))


RUNS = [pytest.param(page, id=str(page.relative_to(ROOT))) for page in PAGES if blocks(page)]


def test_the_first_commands_of_the_readme_are_the_scripts() -> None:
    commands = blocks(ROOT / "README.md")[0].split()
    assert commands == ["./try", "./check"]
    for command in commands:
        assert (ROOT / command).stat().st_mode & stat.S_IXUSR
        assert (ROOT / command).read_text(encoding="utf-8").startswith("#!/bin/sh\n")


def test_continuous_integration_runs_the_commands_of_the_readme() -> None:
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("./")][:2] == ["./try", "./check"]


def test_check_runs_lint_types_the_order_of_the_rooms_and_the_tests() -> None:
    script = (ROOT / "check").read_text(encoding="utf-8")
    for command in ("ruff check", "ruff format --check", "mypy", "lint-imports", "-m pytest"):
        assert re.search(rf"^(exec \S+ )?{command}", script, re.M), command


def test_the_scripts_are_plain_shell() -> None:
    for script in ("try", "check", "scripts/venv.sh", "scripts/lock", "scripts/pages"):
        subprocess.run(["sh", "-n", ROOT / script], check=True)


@pytest.mark.parametrize("page", RUNS)
def test_every_command_of_a_page_runs(page: Path, tmp_path: Path) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    script = "\n".join(block for block in blocks(page) if "./try" not in block)
    script = script.replace(". .venv/bin/activate\n", "")
    run, env = ["sh", "-e", "-c", script], os.environ | {"PATH": path}
    done = subprocess.run(run, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


@pytest.mark.parametrize("page", [*PAGES, *ROOT.glob("*.md")], ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        assert target.startswith("http") or (page.parent / target).exists(), target


def test_the_python_of_the_docs_runs(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "for-informaticians.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```", text, re.S | re.M)
    folder = ROOT / "src" / "stepdown" / "examples" / "long-quiet-ocrelizumab"
    (tmp_path / "people").mkdir()
    (tmp_path / "people" / "long-quiet-ocrelizumab.json").write_bytes((folder / "bundle.json").read_bytes())
    run = [sys.executable, "-c", code + "\nprint(data['person'])"]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "EX-01\n"


def test_the_lock_holds_what_the_project_asks_for_and_nothing_else() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "http" not in lock
    pinned = dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", lock, re.M))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for wanted in map(Requirement, project["dependencies"] + project["optional-dependencies"]["dev"]):
        assert wanted.specifier.contains(pinned[wanted.name.lower()]), wanted
    entries = [entry for entry in re.split(r"^(?=[a-z])", lock, flags=re.M) if "==" in entry]
    assert len(entries) == len(pinned)
    assert all("--hash=sha256:" in entry for entry in entries)
