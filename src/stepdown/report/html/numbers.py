"""The options and their risks on the page: the table on one scale, pictures of people, curves, doubt, preferences."""

from __future__ import annotations

from rich.text import Text

from stepdown.report.charts import (
    Band,
    Curve,
    CurvePanel,
    Flip,
    FlipRow,
    IconArray,
    Share,
    curves,
    icon_array,
    palette,
    preference_map,
    small_band,
    tornado,
)
from stepdown.report.charts.draw import round_up
from stepdown.report.charts.icons import legend
from stepdown.report.figures import doubt, in_words, of_option
from stepdown.report.frequency import Estimate, counts, others, step, whole
from stepdown.report.html.markup import Child, Element, drawn, h
from stepdown.report.html.parts import Page, chart, folded, listed, section, stance
from stepdown.report.marks import DRAWN, STANCES
from stepdown.report.options import OPEN, leading, together
from stepdown.report.parts import Data
from stepdown.report.risks import Frame, horizons, risk, why_none
from stepdown.report.wording import inline
from stepdown.report.words import Words

PICTURES, CURVES = 4, 3
"""So many options are shown as pictures of people and as curves, and the outcomes they are shown for."""
SHOWN = ("relapse", "serious-infection", "mri-activity", "disability-worsening")
SPREAD = ("parameters", "new_setting", "inputs", "indirectness")


def options(page: Page) -> Element:
    """Every option with its stance and, where there are any, its risks on one common scale."""
    words, told = page.words, page.told
    if not page.filled["options"] or told is None:
        rows = [h("li", h("b", together([one], words)), " ", stance(one, words), _why(page, one))
                for one in _ordered(page.filled)]  # fmt: skip
        content = listed(rows, "plain") or h("p", words.tell("label.nothing"), cls="unknown")
        return section("options", words.tell("label.options"), "", content)
    spans = horizons(page.filled)
    later = [folded(page.tell("over", years=float(span)), table(page, told, span)) for span in spans[1:]]
    missing = [h("p", line.plain, cls="unknown") for line in why_none(page.filled, told, words)]
    unit = page.tell("unit", of=told.of, years=float(told.years))
    return section("options", words.tell("label.options"), page.tell("options-note"), h("p", unit, cls="cap"),
                   table(page, told, told.years), missing, later, _details(page))  # fmt: skip


def capital(text: str) -> str:
    """A phrase as a heading."""
    return text[:1].upper() + text[1:]


def _ordered(filled: Data) -> list[Data]:
    """What is done now first, then by stance."""
    present = ("continue", "observe")
    return sorted(filled["options"], key=lambda one: (one["kind"] not in present, STANCES.index(one["stance"])))


def _why(page: Page, one: Data) -> Element | None:
    reason = leading(one, page.words)
    return h("p", reason, cls="ev") if reason else None


def table(page: Page, told: Frame, years: str) -> Element:
    """Options as rows, outcomes as columns; every interval on one scale, carrying on as a dashed line."""
    words, ordered = page.words, _ordered(page.filled)
    found = {(one["id"], name): risk(one, name, years) for one in ordered for name in told.outcomes}
    most = round_up(max((one["high"] * told.of for one in found.values() if one), default=1.0))
    ends = h("small", page.tell("scale", most=f"{most:g}"))
    heads = [h("th", capital(words.tell(f"risk.of.{name}")), ends, scope="col") for name in told.outcomes]
    bodies = []
    for one in ordered:
        advised = one["id"] == page.filled["recommendation"]["option"]
        name = [h("b", together([one], words)), h("em", words.tell("label.advised")) if advised else None]
        carry = [found[ordered[0]["id"], name] for name in told.outcomes]
        cells = [
            _cell(page, told, outcome, one, found[one["id"], outcome], other, most)
            for outcome, other in zip(told.outcomes, carry, strict=True)
        ]
        reason = leading(one, words)
        why = h("tr", h("td", reason, colspan=len(cells) + 1), cls="more") if reason else None
        row = h("tr", h("th", name, stance(one, words), scope="row"), cells)
        bodies.append(h("tbody", row, why, cls="advised" if advised else None))
    body = h("table", h("thead", h("tr", h("th", page.tell("option"), scope="col"), heads)), bodies)
    return h("div", body, cls="scroll risks", tabindex=0, role="region", aria_label=words.tell("label.options"))


def _cell(
    page: Page, told: Frame, outcome: str, one: Data, found: Estimate | None, carry: Estimate | None, most: float
) -> Element:
    words = page.words
    label = words.tell(f"risk.of.{outcome}")
    if found is None:
        return h("td", h("span", words.tell("risk.no-number"), cls="unknown"), data_label=label)
    mean, low, high = counts(found, told.of)
    certainty = page.tell("certainty", certainty=words.tell(f"risk.certainty.{found['certainty']}"))
    says = page.tell("range", low=in_words(low, words), high=in_words(high, words))
    at, left, right = (found[key] * told.of for key in ("mean", "low", "high"))
    band = Band(at, left, right, f"{mean}; {says}; {certainty}")
    picture = small_band(band, most, palette.OUTCOME[outcome], label, carry["mean"] * told.of if carry else None)
    named = page.tell("studies", count=len(found["evidence"]))
    studies = h("a", named, href=f"#{_place(one, outcome)}") if found["evidence"] else None
    said = h("p", h("b", in_words(mean, words)), f" {says}; {certainty} ", studies)
    return h("td", drawn(picture), said, data_label=label)


def _place(one: Data, outcome: str) -> str:
    """Where the studies behind a risk stand on the page."""
    return f"{one['id'].replace(':', '-')}-{outcome}"


def _details(page: Page) -> Element:
    """Both sides, the difference from carrying on, burden and doubt of each option in sentences; and its studies."""
    parts: list[Child] = []
    for one in _ordered(page.filled):
        lines = [line.plain for line in of_option(one, page.filled, page.words, DRAWN) if isinstance(line, Text)]
        parts += [h("h3", capital(together([one], page.words))), listed([h("span", line) for line in lines], "plain")]
        for outcome, by_years in (one["risk"] or {}).items():
            ids = dict.fromkeys(name for found in by_years.values() if found for name in found["evidence"])
            if ids:
                label = page.tell("behind", outcome=page.words.tell(f"risk.of.{outcome}"))
                parts.append(h("p", label, page.refs(list(ids)), cls="ev", id=_place(one, outcome)))
    return folded(page.tell("in-sentences"), parts)


def chosen(page: Page, most: int) -> list[Data]:
    """The options that are pictured: as it is done now, as advised, then of each kind one, the leading kinds first."""
    ordered = _ordered(page.filled)
    advised = page.filled["recommendation"]["option"]
    compared = page.filled["comparison"]
    often = compared["shares_by_kind"] if compared else {}

    def place(one: Data) -> tuple[bool, bool, bool, float]:
        now = one["kind"] in ("continue", "observe")
        return not now, one["id"] != advised, one["stance"] not in OPEN, -often.get(one["kind"], 0.0)

    kinds: dict[str, Data] = {}
    for one in sorted(ordered, key=place):
        kinds.setdefault(one["kind"], one)
    return list(kinds.values())[:most]


def _pictured(one: Data, words: Words) -> str:
    """Name of a pictured option; one that is not open never stands there without its stance."""
    name = together([one], words)
    return name if one["stance"] in OPEN else f"{name} ({words.tell('stance.' + one['stance'])})"


def outcomes(told: Frame, most: int = 2) -> list[str]:
    """The outcomes that are pictured."""
    return [name for name in SHOWN if name in told.outcomes][:most]


def pictures(page: Page) -> Element | None:
    """Pictures of people, one an option and outcome, and the same people over time."""
    told, words = page.told, page.words
    if told is None:
        return None
    shown: list[Child] = []
    for outcome in outcomes(told):
        arrays = [drawn(_array(page, told, one, outcome, found)) for one in chosen(page, PICTURES)
                  if (found := risk(one, outcome, told.years))]  # fmt: skip
        title = page.tell(
            "picture", outcome=capital(words.tell(f"risk.of.{outcome}")), of=told.of, years=float(told.years)
        )
        shown += [h("h3", title), h("div", arrays, cls="icons")]
    looks = tuple(page.tell(f"look.{name}") for name in ("sure", "best", "range", "not"))
    key = drawn(legend(looks))  # type: ignore[arg-type]
    return section("pictures", page.tell("pictures"), page.tell("pictures-note"), key, shown)


def _array(page: Page, told: Frame, one: Data, outcome: str, found: Estimate) -> str:
    words = page.words
    by = step((found["high"] - found["low"]) * told.of)
    low, mean, high = (whole(found[key] * told.of, by) for key in ("low", "mean", "high"))
    shown = counts(found, told.of)
    have, least, most = (in_words(each, words) for each in shown)
    certainty = words.tell(f"risk.certainty.{found['certainty']}")
    said = (
        page.tell("both", of=told.of, have=have, others=in_words(others(shown[0], told.of), words)),
        page.tell("could", low=least, high=most, certainty=certainty),
    )
    title = capital(_pictured(one, words))
    return icon_array(IconArray(title, low, mean, high, told.of, said, palette.OUTCOME[outcome]))


def over_time(page: Page) -> Element | None:
    """Curves of the cumulative risk of the pictured options, on one scale an outcome."""
    told, words = page.told, page.words
    if told is None:
        return None
    drawn_ones: list[Child] = []
    for outcome in outcomes(told):
        with_curve = [one for one in chosen(page, CURVES) if outcome in one["curves"]]
        panels = [CurvePanel(_pictured(one, words), _curve(one, outcome, told), _end(page, told, one, outcome))
                  for one in with_curve]  # fmt: skip
        if panels:
            title, colour = capital(words.tell(f"risk.of.{outcome}")), palette.OUTCOME[outcome]
            now = with_curve[0] if with_curve[0]["kind"] == "continue" else None
            reference = _curve(now, outcome, told) if now else None
            unit, beyond = page.tell("of-people", of=told.of), page.tell("beyond")
            svg = curves(title, unit, page.tell("years"), panels, colour, reference, beyond)
            drawn_ones.append(chart(svg, title))
    return section("time", page.tell("time"), page.tell("time-note"), drawn_ones) if drawn_ones else None


def _curve(one: Data, outcome: str, told: Frame) -> Curve:
    found = one["curves"][outcome]
    mean, low, high = (tuple(told.of * value for value in found[key]) for key in ("mean", "low", "high"))
    return Curve(tuple(found["years"]), mean, low, high)


def _end(page: Page, told: Frame, one: Data, outcome: str) -> str:
    found = [(span, each) for span in horizons(page.filled) if (each := risk(one, outcome, span))]
    if not found:
        return ""
    span, last = found[-1]
    mean, low, high = (in_words(each, page.words) for each in counts(last, told.of))
    certainty = page.words.tell(f"risk.certainty.{last['certainty']}")
    return page.tell("end", mean=mean, of=told.of, years=float(span), low=low, high=high, certainty=certainty)


def spread(page: Page) -> Element | None:
    """Where the width of the intervals of the advised option comes from; nothing where none is advised."""
    told, words, advised = page.told, page.words, page.filled["recommendation"]["option"]
    one = next((one for one in page.filled["options"] if one["id"] == advised), None)
    if told is None or one is None:
        return None
    found = []
    for outcome in outcomes(told):
        made = one["decomposition"].get(outcome)
        if made:
            kinds = [Share(page.tell(f"spread.{name}"), made[name]) for name in SPREAD if made[name] > 0]
            causes = [Share(doubt(part, words), part["share"]) for part in made["matters_most"]]
            name = capital(words.tell(f"risk.of.{outcome}"))
            title = page.tell("spread.title", outcome=name, option=together([one], words))
            svg = tornado(title, kinds, causes, palette.OUTCOME[outcome], page.tell("spread.share", share="{}"))
            found.append(chart(svg, title))
    return section("doubt", page.tell("spread.head"), page.tell("spread.note"), found) if found else None


def preferences(page: Page) -> Element | None:
    """What weighs with whom: the weights that were used, and where another one would change the order."""
    compared, words = page.filled["comparison"], page.words
    if not compared:
        return None
    rows = []
    for name, (low, high) in compared["preferences"]["weights"].items():
        flips = [flip for flip in compared["flips"] if flip["weight"] == name]
        if low < high:
            says = " ".join(flip["says"]["text"] for flip in flips) or page.tell("no-flip")
            marks = tuple(Flip(flip["at"], flip["from"], flip["to"]) for flip in flips)
            rows.append(FlipRow(inline(words.tell(f"weights/{name}.title")), low, high, marks, says))
    kinds = {kind: words.tell(f"kind.{kind}") for kind in palette.KIND}
    stated = page.tell("stated" if compared["preferences"]["stated"] else "not-stated")
    svg = preference_map(page.tell("flips"), page.tell("flips-unit"), rows, kinds, page.tell("no-flip"))
    flips = [h("span", flip["says"]["text"]) for flip in compared["flips"]]
    return section("preferences", page.tell("preferences"), stated, h("p", compared["central"]["text"]),
                   chart(svg, page.tell("flips")) if rows else None, listed(flips))  # fmt: skip
