"""The tables of other health: results, infections, conditions, vaccinations, questionnaires, wishes."""

from __future__ import annotations

import numpy as np

from stepdown.prognosis.chance import Floats, quantile
from stepdown.prognosis.forecast import INFECTION
from stepdown.record.units import convert
from stepdown.synthetic.body import ANTI_CD20
from stepdown.synthetic.dice import Ints
from stepdown.synthetic.disease import cells
from stepdown.synthetic.history import History
from stepdown.synthetic.people import QUARTERS, days_of
from stepdown.synthetic.sheet import Book, Column, Sheet, Words

TESTS = ("igg", "lymphocytes", "b-cells", "jcv-index", "hbsag", "anti-hbc")
IGG, LYMPHOCYTES, B_CELLS, JCV, HBSAG, ANTI_HBC = range(len(TESTS))
OTHER_UNIT = {"igg": "mg/dL", "lymphocytes": "/uL", "b-cells": "10*6/L", "jcv-index": "1"}
BAD_UNIT = {"igg": "U/L", "lymphocytes": "g/L", "b-cells": "g/L", "jcv-index": "g/L"}
"""Units in which laboratories elsewhere give these tests; and units that measure something else."""
_SERIOUS = ("pneumonia", "urinary", "sepsis", "skin", "covid-19", "gastrointestinal")
_MILD = ("respiratory", "urinary", "herpes-simplex", "zoster", "gastrointestinal", "covid-19")
_STRENGTHS = ("some", "strong")
_YEAR = days_of(QUARTERS)


def sheets(book: Book, history: History) -> dict[str, Sheet]:
    """The tables by name."""
    return {
        "lab": _labs(book, history), "infection": _infections(book, history), "condition": _conditions(book),
        "vaccination": _vaccinations(book, history), "questionnaire": _questionnaires(book, history),
        "wish": _wishes(book),
    }  # fmt: skip


def _labs(book: Book, history: History) -> Sheet:
    rates = book.rates
    _, share, _ = rates.numbers("measured")
    row, step = cells(history.visit)
    done = book.u("blood", row, step) < share
    row, step = row[done], step[done]
    on = book.visit("lab", row, step)
    class_ = np.where(history.drug[step, row] >= 0, rates.class_of[history.drug[step, row]], -1)
    depleted = history.b_cells[step, row] < 1
    natalizumab = class_ == rates.classes.index("natalizumab")
    first = np.ones(row.size, bool)
    first[1:] = row[1:] != row[:-1]
    hepatitis = first & (class_ == rates.classes.index(ANTI_CD20))
    asked = ((IGG, depleted), (LYMPHOCYTES, np.ones(row.size, bool)), (B_CELLS, depleted), (JCV, natalizumab),
             (HBSAG, hepatitis), (ANTI_HBC, hepatitis))  # fmt: skip
    places = [np.flatnonzero(mine) for _, mine in asked]
    place = np.concatenate(places)
    test = np.repeat([number for number, _ in asked], [one.size for one in places])
    order = np.lexsort((test, place))
    place, test = place[order], test[order]
    row, step, on = row[place], step[place], on[place]
    return Sheet(row, on, _results(book, history, row, step, test))


def _results(book: Book, history: History, row: Ints, step: Ints, test: Ints) -> dict[str, Column]:
    rates, number = book.rates, book.people.number[row]
    median, spread, noise = rates.numbers("lymphocytes")
    cells_, wide = rates.numbers("b-cells")
    index, range_ = rates.numbers("jcv-index")
    own = quantile(book.dice.uniform("own", number, test))
    count = median * np.exp(spread * own + noise * quantile(book.u("count", row, step)))
    igg = history.igg[step, row] + rates.number("igg-noise") * quantile(book.u("igg", row, step))
    values = np.choose(test, [
        np.round(np.maximum(igg, rates.numbers("lowest-igg")[1]), 2),
        np.round(np.maximum(count * history.lymphocytes[step, row], rates.number("lowest-lymphocytes")), 2),
        np.round(cells_ * np.exp(wide * own) * history.b_cells[step, row]),
        np.round(index * np.exp(range_ * own), 2), np.full(row.size, np.nan), np.full(row.size, np.nan),
    ])  # fmt: skip
    least = rates.number("b-cells-limit")
    below = (test == B_CELLS) & (values < least)
    values, unit = _units(book, row, step, test, np.where(below, least, values))
    return {"test": Words(test, TESTS), "value": values, "unit": unit, "below_limit": below,
            "value_code": Words(np.where(np.isnan(values), 0, -1), ("negative",))}  # fmt: skip


def _units(book: Book, row: Ints, step: Ints, test: Ints, values: Floats) -> tuple[Floats, Words]:
    """Values in the unit of their test, most of them; in another, in a wrong one, or under the name of another."""
    library, entries = book.rates.library, book.rates.library.codes["labs"].entries
    usual = [str(entries[name].unit) for name in OTHER_UNIT]
    names = tuple(dict.fromkeys([*usual, *OTHER_UNIT.values(), *BAD_UNIT.values()]))
    factor = np.array([1 / convert(1.0, unit, name, library) for name, unit in OTHER_UNIT.items()])
    here = [[names.index(unit) for unit in units] for units in (usual, OTHER_UNIT.values(), BAD_UNIT.values())]
    number = test < len(OTHER_UNIT)
    which = np.where(number, test, 0)
    u = book.dice.uniform("unit", book.people.number[row], step * len(TESTS) + test)
    other, bad, slipped = (book.rates.number(name) for name in ("other-unit", "bad-unit", "slipped-unit"))
    elsewhere, wrong = u < other, (u >= other) & (u < other + bad)
    slip = (u >= other + bad) & (u < other + bad + slipped) & (test <= LYMPHOCYTES)
    codes = np.where(
        elsewhere, np.array(here[1])[which], np.where(wrong, np.array(here[2])[which], np.array(here[0])[which])
    )
    scaled = np.where((elsewhere | slip) & number, np.round(values * factor[which], 4), values)
    return scaled, Words(np.where(number, codes, -1), names)


def _infections(book: Book, history: History) -> Sheet:
    rates = book.rates
    row, step = cells(history.events[INFECTION] & ~history.away)
    mild = book.dice.uniform("mild", book.people.number, np.arange(book.quarters)[:, None])
    rows, steps = cells((mild < rates.number("mild-infections") / QUARTERS) & history.care & ~history.away)
    who, when = np.concatenate([row, rows]), np.concatenate([step, steps])
    serious = np.arange(who.size) < row.size
    order = np.lexsort((~serious, when, who))
    who, when, serious = who[order], when[order], serious[order]
    on = np.where(serious, book.inside("infection", who, when), book.inside("mild", who, when))
    names = tuple(dict.fromkeys([*_SERIOUS, *_MILD]))
    u = book.u("kind", who, when)
    code = np.where(serious, _place(u, _SERIOUS, names), _place(u, _MILD, names))
    days, spread = rates.numbers("hospital-days")
    stay = np.ceil(days * np.exp(spread * quantile(book.u("stay", who, when))))
    return Sheet(who, on, {"kind": Words(code, names), "serious": serious,
                           "hospital_days": np.where(serious, stay, np.nan)},
                 book.u("vague-infection", who, when) < rates.number("vague-day"))  # fmt: skip


def _place(u: Floats, words: tuple[str, ...], names: tuple[str, ...]) -> Ints:
    """One of some words, each as likely as another, as its place in `names`."""
    place = np.minimum((u * len(words)).astype(np.int64), len(words) - 1)
    found: Ints = np.array([names.index(word) for word in words])[place]
    return found


def _conditions(book: Book) -> Sheet:
    """As many other diseases as the person has, each of another kind, and obesity."""
    names = _one_of_each(book)
    size = len(names) - 1
    many = np.minimum(book.people.comorbidities, size).astype(np.int64)
    row = np.repeat(np.arange(book.people.size), many)
    count = np.arange(row.size) - np.repeat(np.cumsum(many) - many, many)
    first = (book.u("condition", row) * size).astype(np.int64)
    fat = np.flatnonzero(book.people.obese > 0)
    rows = np.concatenate([row, fat])
    code = np.concatenate([(first + count) % size, np.full(fat.size, size)])
    order = np.lexsort((code, rows))
    rows, code = rows[order], code[order]
    on = book.entry[rows] - (book.u("since", rows, code) * book.people.duration[rows] * _YEAR).astype(np.int64)
    return Sheet(rows, on, {"condition": Words(code, names)})


def _one_of_each(book: Book) -> tuple[str, ...]:
    """The first condition of each kind of comorbidity that is of no other kind, and obesity at the end."""
    found: dict[str, str] = {}
    for name, entry in book.rates.library.codes["conditions"].entries.items():
        if len(entry.category) == 1 and entry.category[0].startswith("comorbidity_"):
            found.setdefault(entry.category[0], name)
    return (*found.values(), "obesity")


def _vaccinations(book: Book, history: History) -> Sheet:
    season = np.arange(book.quarters)[:, None]
    u = book.dice.uniform("vaccine", book.people.number, season)
    due = history.care & ~history.away & (season % QUARTERS == 0)
    row, step = cells(due & (u < book.rates.number("vaccination")))
    return Sheet(
        row, book.inside("vaccine", row, step), {"vaccine": Words(np.zeros(row.size, np.int64), ("influenza",))}
    )


def _questionnaires(book: Book, history: History) -> Sheet:
    _, _, share = book.rates.numbers("measured")
    row, step = cells(history.visit)
    done = book.u("asked", row, step) < share
    row, step = row[done], step[done]
    slope, spread = book.rates.numbers("stress")
    noise = spread * quantile(book.u("stress", row, step))
    score = np.round(np.clip(slope * history.edss[step, row] + noise, 0.0, 100.0))
    words = Words(np.zeros(row.size, np.int64), ("msis-29-physical",))
    return Sheet(row, book.visit("questionnaire", row, step), {"instrument": words, "score": score.astype(float)})


def _wishes(book: Book) -> Sheet:
    topics = tuple(name.removeprefix("wish_").replace("_", "-") for name in book.rates.library.variables
                   if name.startswith("wish_"))  # fmt: skip
    everybody = np.arange(book.people.size)
    row = np.flatnonzero(book.u("wish", everybody) < book.rates.number("wish"))
    on = book.visit("wish", row, np.full(row.size, book.quarters - 1))
    strong = (book.u("strength", row) * len(_STRENGTHS)).astype(np.int64)
    return Sheet(row, on, {"topic": Words(_place(book.u("topic", row), topics, topics), topics),
                           "strength": Words(strong, _STRENGTHS)})  # fmt: skip
