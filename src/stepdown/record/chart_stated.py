"""The sections of a chart that are no lists of events: observed spans, habits, and what is stated directly."""

from __future__ import annotations

from collections.abc import Callable

from stepdown.record.chart_readers import Reader, choice, day, end, figure, listed, measured, therapy, truth, word
from stepdown.record.chart_values import At, Row
from stepdown.record.dates import shown

ALL = "all"
_SPAN: dict[str, Reader] = {"from": day("from", "from_latest"), "to": end("to", "to_latest")}
_BOUNDS = ("at_least", "at_most", "between")


def observed(at: At) -> None:
    """The spans in which events would have been recorded: one for all domains, or spans by domain."""
    if isinstance(at.value, list):
        for index in range(len(at.value)):
            _observed_entry(at.child(index))
    elif isinstance(at.value, dict) and not at.value.keys() & {"from", "to", "domain"}:
        at.mapping((*at.chart.library.domains, ALL), "observed: {from: 2010, to: 2026-02}")
        for child in at.given():
            spans = range(len(child.value)) if isinstance(child.value, list) else None
            for part in [child] if spans is None else map(child.child, spans):
                _span(part, str(child.path[-1]))
    else:
        _observed_entry(at)


def _observed_entry(at: At) -> None:
    at.mapping((*_SPAN, "domain"), "observed: {from: 2010, to: 2026-02}")
    domain = ALL
    for child in at.given():
        if child.path[-1] == "domain":
            domain = word(child)
            if domain not in (*at.chart.library.domains, ALL):
                child.fail_unknown("the domain", domain, (*at.chart.library.domains, ALL))
    _span(at, domain)


def _span(at: At, domain: str) -> None:
    at.mapping((*_SPAN, "domain"), "{from: 2010, to: 2026-02}")
    row: Row = {"domain": domain}
    for child in at.given():
        if child.path[-1] in _SPAN:
            row |= _SPAN[str(child.path[-1])](child)
    if "from" not in row:
        at.fail("does not say since when", "give 'from'")
    if row.get("to_latest") and row["from"] > row["to_latest"]:
        at.fail(f"{row['from']} lies after the end, {row['to_latest']}", "check both dates")
    when = {"on": row["from"], "on_latest": row["from_latest"]}
    at.chart.builder.add("observed", person_id=at.chart.person_id, status="final", source=at.source, **when, **row)


def _smoking(at: At) -> Row:
    """True or false for now, or a word such as `former`."""
    if isinstance(at.value, bool) or (isinstance(at.value, str) and at.value.lower() in ("yes", "no")):
        return {"value_code": "current" if truth(at) else "never"}
    return listed("value_code", "lifestyle", "the habit")(at)


_LIFESTYLE: dict[str, Reader] = {
    "smoking": _smoking,
    "contraception": lambda at: {"value_code": "yes" if truth(at) else "no"},
    "bmi": lambda at: measured("value", "bmi")(at) | {"unit": "kg/m2"},
    "weight": lambda at: measured("value", "weight")(at) | {"unit": "kg"},
}


def lifestyle(at: At) -> None:
    """Smoking, body mass index, weight and contraception, each one row; `date` counts for all of them."""
    at.mapping((*_LIFESTYLE, "date"), "lifestyle: {smoking: false, bmi: 24}")
    given = {str(child.path[-1]): child for child in at.given()}
    when = day("on", "on_latest")(given.pop("date")) if "date" in given else {}
    common = {"person_id": at.chart.person_id, "status": "active"}
    for topic, child in given.items():
        at.chart.builder.add(
            "lifestyle", **common, source=child.source, topic=topic, **when, **_LIFESTYLE[topic](child)
        )


def may_become_pregnant(at: At) -> None:
    """Whether the person may become pregnant, as stated."""
    _state(at, "may_become_pregnant", _stated(at, "may_become_pregnant"))


_TRUTH = {True: "true", False: "false"}


def known(at: At) -> None:
    """State variables that are stated directly: a number or its bounds, a value or several, true or false."""
    variables = at.chart.library.documents["variables"]
    at.mapping(variables, "known: {years_since_relapse: {at_least: 5}}")
    for child in at.given():
        name = str(child.path[-1])
        _state(child, name, _READ[at.chart.library.variables[name].kind](child, name))


def _state(at: At, variable: str, row: Row) -> None:
    at.chart.builder.add(
        "known", person_id=at.chart.person_id, status="final", source=at.source, variable=variable, **row
    )


def _bounds(at: At, variable: str) -> Row:
    if not isinstance(at.value, dict):
        value = figure(at)
        return {"low": value, "high": value}
    at.mapping(_BOUNDS, "{at_least: 5}, {at_most: 5} or {between: [4, 6]}")
    row: Row = {}
    if "between" in at.value and len(at.value) > 1:
        at.fail("gives 'between' beside another bound", "keep one of them")
    for child in at.given():
        if child.path[-1] == "between":
            if not isinstance(child.value, list) or len(child.value) != 2:
                child.fail(f"{shown(child.value)} are not two numbers", "write {between: [4, 6]}")
            row |= {"low": figure(child.child(0)), "high": figure(child.child(1))}
        else:
            row["low" if child.path[-1] == "at_least" else "high"] = figure(child)
    if None not in (row.get("low"), row.get("high")) and row["low"] > row["high"]:
        at.fail(f"{row['low']:g} is more than {row['high']:g}", "write the lower bound first")
    return row


def _possible(at: At, variable: str) -> Row:
    parts = [at.child(index) for index in range(len(at.value))] if isinstance(at.value, list) else [at]
    if not parts:
        at.fail("holds no value", "leave it out where unknown")
    read = choice("value", "the value", lambda library: library.values(variable))
    found = {value for part in parts for value in (_drugs(part) if variable == "therapy" else (read(part)["value"],))}
    return {"values": sorted(found)}


def _drugs(at: At) -> tuple[str, ...]:
    """The drugs that a name may mean: one, or all of a class."""
    if at.value in ("none", "other"):
        return (at.value,)
    found, drugs = therapy(at)["therapy"], at.chart.library.therapies
    members = tuple(name for name, drug in drugs.items() if drug.class_ == found)
    return (found,) if found in drugs else members or ("other",)


def _stated(at: At, variable: str) -> Row:
    return {"values": [_TRUTH[truth(at)]]}


_READ: dict[str, Callable[[At, str], Row]] = {"number": _bounds, "category": _possible, "truth": _stated}
