"""The tables of a record: names, columns and types (DESIGN.md section 3).

Every event table has the common columns; `on` and `on_latest` bound the day of the event (equal when the day
is known; both null: some time before the index date).
"""

from __future__ import annotations

import polars as pl

Schema = dict[str, pl.DataType]

_D, _S, _F, _B, _I = pl.Date(), pl.String(), pl.Float64(), pl.Boolean(), pl.Int64()

COMMON: Schema = {
    "person_id": _S,
    "on": _D,
    "on_latest": _D,
    "recorded": _D,
    "status": _S,
    "source": _S,
}

STATUSES = ("suspected", "active", "resolved", "final")

_OWN: dict[str, Schema] = {
    "observed": {"domain": _S, "from": _D, "from_latest": _D, "to": _D, "to_latest": _D},
    "course": {"course": _S, "onset": _D, "onset_latest": _D},
    "treatment": {
        "therapy": _S,
        "ended": _D,
        "ended_latest": _D,
        "stop_reason": _S,
        "start_reason": _S,
        "interval_weeks": _F,
        "dose_mg": _F,
    },
    "dose": {"therapy": _S, "dose_mg": _F},
    "relapse": {"severity": _S, "steroids": _B, "recovered": _S},
    "mri": {
        "region": _S,
        "compared_on": _D,
        "contrast": _B,
        "new_t2": _I,
        "gd_lesions": _I,
        "stable": _B,
        "lesions": _B,
    },
    "disability": {"edss": _F, "t25fw_s": _F, "nhpt_s": _F, "sdmt": _F, "during_relapse": _B},
    "lab": {
        "test": _S,
        "value": _F,
        "unit": _S,
        "below_limit": _B,
        "above_limit": _B,
        "value_code": _S,
    },
    "infection": {"kind": _S, "serious": _B, "opportunistic": _B, "hospital_days": _F},
    "condition": {"condition": _S, "ended": _D, "ended_latest": _D},
    "allergy": {"substance": _S},
    "lifestyle": {"topic": _S, "value": _F, "value_code": _S, "unit": _S},
    "vaccination": {"vaccine": _S},
    "appointment": {"therapy": _S, "purpose": _S},
    "questionnaire": {"instrument": _S, "score": _F},
    "wish": {"topic": _S, "strength": _S},
    "known": {"variable": _S, "low": _F, "high": _F, "values": pl.List(pl.String())},
}

PERSON: Schema = {
    "person_id": _S,
    "birth": _D,
    "birth_latest": _D,
    "sex": _S,
    "died": _D,
    "source": _S,
}

TABLES: dict[str, Schema] = {"person": PERSON, **{name: {**COMMON, **own} for name, own in _OWN.items()}}
"""Every table with its columns and Polars types, in a fixed order."""


def empty(table: str) -> pl.DataFrame:
    """A table of the record without rows."""
    return pl.DataFrame(schema=TABLES[table])
