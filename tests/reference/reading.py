"""How the reference reads the cells of a folder, row by row: only the tables and columns that it covers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from stepdown.knowledge.library import Library
from tests.reference.days import NOTHING, meant

Cells = dict[str, str]
Folder = dict[str, list[Cells]]
"""For each table its rows, for each row its cells as they are written; a column that is left out is not in the file."""
Row = dict[str, Any]

UNREADABLE_END = date(1900, 1, 1), date(2999, 12, 31)
STATUSES = ("suspected", "active", "resolved", "final")
NUMBERS = {"edss", "new_t2", "gd_lesions", "hospital_days", "value"}
TRUTHS = {"stable", "serious", "during_relapse"}
UNITS = {
    "igg": {"g/L": Decimal(1), "mg/dL": Decimal("0.01")},
    "lymphocytes": {"10*9/L": Decimal(1), "/uL": Decimal("0.001")},
}
DRUGS = {"Ocrevus": "ocrelizumab", "Tysabri": "natalizumab"}
YES_NO = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def read(folder: Folder, library: Library) -> dict[str, list[Row]]:
    """The rows of every table as the record holds them, those of people who are not there left out."""
    people = {row["person_id"]: _person(row) for row in folder["person"]}
    found: dict[str, list[Row]] = {"person": list(people.values())}
    for table, rows in folder.items():
        if table != "person":
            mine = [row for row in rows if row["person_id"] in people]
            read_rows = [_row(table, row, people[row["person_id"]], library) for row in mine]
            found[table] = [row for row in read_rows if row is not None]
    return found


def claimed(person: Row, domain: str, to: date | None) -> Row:
    """What `dataset.yaml` declares of a person: observed for life."""
    start = person["birth"] or UNREADABLE_END[0]
    return {
        "person_id": person["person_id"], "on": start, "on_latest": start, "status": "final", "domain": domain,
        "from": start, "from_latest": start, "to": to, "to_latest": to,
    }  # fmt: skip


def _person(cells: Cells) -> Row:
    birth = meant(cells.get("birth", "")) or (None, None)
    died = meant(cells.get("died", "")) or (None, None)
    sex = _text(cells, "sex")
    return {
        "person_id": cells["person_id"], "birth": birth[0], "birth_latest": birth[1], "died": died[1],
        "sex": sex if sex in ("female", "male", "other") else None,
    }  # fmt: skip


def _row(table: str, cells: Cells, person: Row, library: Library) -> Row | None:
    row: Row = {"person_id": cells["person_id"]}
    for name in ("on", "from", "to", "onset", "ended"):
        if name in cells:
            row[name], row[f"{name}_latest"] = _bounds(table, name, cells, person)
    for name in ("recorded", "compared_on"):
        if name in cells:
            days = meant(cells[name])
            row[name] = days[1] if days and not _outside((days[1], days[1]), person, late=False) else None
            if row[name] is None and _text(cells, name) is not None and name == "compared_on":
                row[name] = row["on_latest"]
    for name in NUMBERS & set(cells):
        row[name] = _number(name, cells, library)
    for name in TRUTHS & set(cells):
        row[name] = YES_NO.get(cells[name].lower())
    for name in ("domain", "therapy", "test", "kind", "course", "region", "unit"):
        if name in cells:
            row[name] = _text(cells, name)
    if "therapy" in row:
        row["therapy"] = DRUGS.get(row["therapy"], row["therapy"])
    status = _text(cells, "status")
    row["status"] = status if status in STATUSES else "suspected" if status else _usual(table, row)
    return row if _looked_at(table, row, cells, library) else None


def _text(cells: Cells, name: str) -> str | None:
    said = cells.get(name, "").strip()
    return None if said in NOTHING else said


def _bounds(table: str, name: str, cells: Cells, person: Row) -> tuple[date | None, date | None]:
    """The days of an event; any day where what is written is no date, or lies outside the life of the person."""
    unknown = UNREADABLE_END if name in ("ended", "to") else (None, None)
    days = meant(cells[name])
    if f"{name}_latest" in cells:
        latest = meant(cells[f"{name}_latest"])
        days = (days[0], latest[1]) if days and latest else None
    if days is None or (days[0] and days[1] and days[0] > days[1]):
        return unknown
    if table != "observed" and name != "from" and _outside(days, person):
        return unknown
    return days


def _outside(days: tuple[date | None, date | None], person: Row, late: bool = True) -> bool:
    born, died = person["birth"], person["died"]
    if born and died and died < born:
        died = None
    return bool((days[1] and born and days[1] < born) or (late and days[0] and died and days[0] > died))


def _number(name: str, cells: Cells, library: Library) -> float | None:
    """A number that can be true of its column; a laboratory value in the unit of its test."""
    said = cells[name].strip().lstrip("<>")
    try:
        number = Decimal(said)
    except InvalidOperation:
        return None
    if name == "value":
        factor = UNITS.get(cells["test"], {}).get(cells.get("unit", ""))
        return None if factor is None or number < 0 else float(number * factor)
    if name == "edss":
        return float(number) if 0 <= number <= 10 and (number * 2) % 1 == 0 and number != Decimal("0.5") else None
    whole = number % 1 == 0 or name == "hospital_days"
    return (float(number) if name == "hospital_days" else int(number)) if number >= 0 and whole else None


def _usual(table: str, row: Row) -> str:
    """The status of a row that gives none."""
    if table != "treatment":
        return "final"
    end = row.get("ended_latest")
    return "resolved" if end is not None and end < UNREADABLE_END[1] else "active"


def _looked_at(table: str, row: Row, cells: Cells, library: Library) -> bool:
    """Look at a row as a whole; false where it says nothing that can be used."""
    if table == "observed":
        return bool(row["domain"] and row["from_latest"] and row.get("to") != UNREADABLE_END[0])
    if table == "treatment":
        row["therapy"] = row["therapy"] or "other"
        if row["on"] and row["ended_latest"] and row["on"] > row["ended_latest"]:
            row |= {"on": None, "on_latest": None, "ended": UNREADABLE_END[0], "ended_latest": UNREADABLE_END[1]}
    if table == "mri" and row.get("compared_on") and row["on_latest"]:
        row["compared_on"] = min(row["compared_on"], row["on_latest"])
    if table == "infection":
        entry = library.codes["infections"].entries.get(row["kind"] or "")
        by_nature = bool(entry and "serious-by-nature" in entry.category) or (row["hospital_days"] or 0) > 0
        row["serious"] = True if row["serious"] is None and by_nature else row["serious"]
    if table == "lab":
        return _result(row, cells, library)
    return True


def _result(row: Row, cells: Cells, library: Library) -> bool:
    """A limit such as `<0.5` is a bound; a value beyond what is plausible was never measured."""
    entry, said = library.codes["labs"].entries[row["test"]], cells["value"].strip()
    row["below_limit"], row["above_limit"] = said.startswith("<"), said.startswith(">")
    row["unit"] = entry.unit
    limited = row["below_limit"] or row["above_limit"]
    if row["value"] is None or limited or entry.plausible is None:
        return True
    low, high = entry.plausible
    return bool(low <= row["value"] <= high)
