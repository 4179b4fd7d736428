"""The documents printed in docs/library.md are a folder that works."""

from __future__ import annotations

import re
from pathlib import Path

from stepdown.criteria.lint import check_library
from stepdown.knowledge.folders import FOLDERS
from stepdown.knowledge.library import load
from stepdown.record.tables import TABLES

PAGE = Path(__file__).parents[2] / "docs" / "library.md"


def written(root: Path) -> Path:
    """Write the documents of the page into a folder."""
    for number, (folder, text) in enumerate(re.findall(r"```yaml\n# (\w+)\n(.*?)```", PAGE.read_text("utf-8"), re.S)):
        path = root / folder / f"{number}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def test_the_documents_of_the_page_are_clean_and_do_what_it_says(tmp_path: Path) -> None:
    site = written(tmp_path)
    assert [fault for fault in check_library([site], tables=TABLES) if fault.file.startswith(str(tmp_path))] == []
    library = load([site])
    (told,) = library.overlays
    assert told.added == (
        "codes/our-labs", "evidence/our-protocol", "guidelines/our-stop-protocol", "therapies/biosimilarmab",
    )  # fmt: skip
    assert told.changed == ("classes/anti-cd20",)
    assert "https://lab.example.org|IGG7" in library.codes["labs"].entries["igg"].codes.local
    assert library.codes["labs"].entries["igg"].unit == "g/L"


def test_every_folder_is_explained() -> None:
    explained = re.findall(r"^\| `(\w+)` \|", PAGE.read_text("utf-8"), re.M)
    assert sorted(explained) == sorted(FOLDERS)
