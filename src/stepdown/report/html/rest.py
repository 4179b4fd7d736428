"""The rest of the page: what to find out, what would change the advice, guidelines, plan, sources and limits."""

from __future__ import annotations

from stepdown.report import plan_parts, wording
from stepdown.report.frequency import figures
from stepdown.report.html.markup import Child, Element, h
from stepdown.report.html.parts import Page, folded, listed, mark, section
from stepdown.report.marks import DRAWN
from stepdown.report.parts import Data, concluded
from stepdown.report.risks import emergency


def information(page: Page) -> Element | None:
    """What to find out, what it bears on, and what knowing it is worth."""
    found = page.filled["information"]
    if not found:
        return None
    rows = []
    for one in found:
        worth = one["value"]
        told = page.tell("worth", **dict(zip(("mean", "low", "high"), figures(worth), strict=True))) if worth else None
        label = page.tell("decisive" if one["decisive"] else "worth-knowing")
        rows.append(h("div", h("p", mark(DRAWN.ask), h("b", f"{label} "), one["says"]["text"]),
                      h("p", told, cls="ev") if told else None))  # fmt: skip
    return section("find-out", page.words.tell("label.find-out"), page.tell("find-out-note"), listed(rows, "plain"))


def changes(page: Page) -> Element | None:
    """Tipping points, the day from which less would be advised, and what other ways of reckoning say."""
    filled = page.filled
    content: list[Child] = []
    if filled["eligible_from"]:
        content.append(h("p", page.words.tell("label.eligible-from", day=filled["eligible_from"])))
    tips = [point for point in filled["tipping_points"] if point["at"] is not None]
    content.append(listed([h("span", point["then"]["text"]) for point in tips], "plain"))
    steady = [h("span", point["then"]["text"]) for point in filled["tipping_points"] if point["at"] is None]
    content.append(folded(page.tell("no-change"), listed(steady)) if steady else None)
    content.append(listed([h("span", one["says"]["text"]) for one in filled["scenarios"]]))
    if not any(content):
        return None
    return section("changes", page.tell("changes"), page.tell("changes-note"), content)


def guidelines(page: Page) -> Element | None:
    """Every guideline that applies or may, with its criteria and what the record holds against them."""
    speaking = [one for one in page.filled["guidelines"] if one["applies"] != "not-met"]
    silent = [one for one in page.filled["guidelines"] if one["applies"] == "not-met"]
    parts: list[Child] = [_guideline(page, one) for one in sorted(speaking, key=lambda one: one["applies"] != "met")]
    if not speaking:
        parts.append(h("p", page.words.tell("label.none-apply"), cls="unknown"))
    if silent:
        names = "; ".join(page.words.tell(f"guidelines/{one['id']}.title") for one in silent)
        parts.append(h("p", page.tell("silent", names=names), cls="ev"))
    return section("guidelines", page.words.tell("label.guidelines"), page.tell("guidelines-note"), parts)


def _guideline(page: Page, one: Data) -> Element:
    words, state = page.words, page.filled["state"]
    unsure = one["applies"] == "unknown" or one["conclusion"] == "undetermined"
    shape = DRAWN.verdict["unknown" if unsure else "met" if one["conclusion"] == "candidate" else "not-met"]
    rows = []
    for found in one["findings"]:
        held = "; ".join(
            f"{wording.inline(words.tell(f'variables/{name}.title'))} {wording.value(state[name], name, words)}"
            for name in found["variables"]
            if name in state
        )
        verdict = h("td", mark(DRAWN.verdict[found["verdict"]]), words.tell(f"verdict.{found['verdict']}"),
                    cls="unknown" if found["verdict"] == "unknown" else None)  # fmt: skip
        rows.append(h("tr", verdict, h("td", words.tell(f"role.{found['role']}")),
                      h("td", found["says"]["text"], page.refs(found["evidence"])), h("td", held)))  # fmt: skip
    heads = [h("th", page.tell(f"guideline.{name}"), scope="col") for name in ("verdict", "role", "criterion", "held")]
    body = h("table", h("thead", h("tr", heads)), h("tbody", rows))
    name, conclusion = words.tell(f"guidelines/{one['id']}.title"), words.tell(f"conclusion.{concluded(one)}")
    title = f"{name}: {conclusion}"
    summary = h("summary", mark(shape), title)
    wide = h("div", body, cls="scroll", tabindex=0, role="region", aria_label=title)
    return h("details", summary, wide, cls="guideline")


def plan(page: Page) -> Element | None:
    """The change step by step, the calendar, and what would bring treatment back."""
    found, words = page.filled["plan"], page.words
    if found is None or emergency(page.filled):
        return None
    parts: list[Child] = [h("p", h("b", words.tell("plan.title", option=found["option"], day=found["decided_on"])))]
    parts += [h("p", one["text"]) for one in found["why_not"]]
    for phase, steps in plan_parts.steps(found).items():
        rows = [_step(page, found, one) for one in steps if one["status"] not in plan_parts.SETTLED]
        parts += [h("h3", words.tell(f"plan.phase.{phase}")), listed(rows, "plain")] if rows else []
    watches = [
        h("div", h("p", h("b", plan_parts.name(one, words)),
                   "".join(f" · {plan_parts.due(window, words)}" for window in one["windows"][:1])),
          h("p", one["says"]["text"], page.refs(one["evidence"]), cls="ev"))
        for one in plan_parts.watches(found)
    ]  # fmt: skip
    parts += [h("h3", words.tell("plan.calendar")), listed(watches, "plain")] if watches else []
    triggers = [
        h("div", h("p", h("b", words.tell(f"plan.urgency.{one['urgency']}")), f": {one['says']['text']}"),
          h("p", f"{words.tell('label.do')} {one['do']['text']}", page.refs(one["evidence"]), cls="ev"))
        for one in plan_parts.triggers(found)
    ]  # fmt: skip
    parts += [h("h3", words.tell("plan.triggers")), listed(triggers, "plain")] if triggers else []
    return section("plan", words.tell("plan.heading"), page.tell("plan-note"), parts)


def _step(page: Page, found: Data, one: Data) -> Element:
    words = page.words
    when = plan_parts.days(one, words, found["decided_on"])
    facts = " · ".join(fact for fact in (when, words.tell(f"plan.who.{one['who']}")) if fact)
    own = one["what"] == plan_parts.RULE
    title = one["says"]["text"] if own else plan_parts.name(one, words)
    said = None if own else h("p", one["says"]["text"], page.refs(one["evidence"]), cls="ev")
    return h("div", h("p", h("b", title), f"  {facts}"), said)


def sources(page: Page) -> Element:
    """Every source that is cited: who was studied, for how long, and where to read it; then what this cannot tell."""
    words, rows = page.words, []
    for name, number in page.cited.items():
        source = words.library.sources.get(name)
        if source is None:
            rows.append(h("li", name, id=f"source-{number}"))
            continue
        where = f"doi:{source.doi}" if source.doi else f"PMID {source.pmid}" if source.pmid else source.url or ""
        people = " ".join(filter(None, (words.prose(source.population), words.prose(source.horizon))))
        studied = h("span", page.tell("studied", people=people), cls="ev") if people else None
        rows.append(h("li", f"{source.citation} {where} ", studied, id=f"source-{number}"))
    limits = listed([h("span", one["text"]) for one in page.filled["limits"]])
    problems = listed([h("span", f"{one['source']}: {one['says']['text']}") for one in page.filled["problems"]])
    parts: list[Child] = [h("ol", rows, cls="sources") if rows else None]
    parts += [h("h3", words.tell("label.limits")), limits] if limits else []
    parts += [h("h3", words.tell("label.record")), problems] if problems else []
    return section("sources", page.tell("sources"), page.tell("sources-note"), parts)


def foot(page: Page) -> Element:
    """The library that was used, the draws, and what this is for."""
    filled, words = page.filled, page.words
    known = filled["knowledge"]
    told = [words.tell("label.library", version=known["version"], digest=known["digest"][7:19])]
    if known["overlays"]:
        told.append(words.tell("label.overlays", paths=[one["path"] for one in known["overlays"]]))
    told += [words.tell("label.in-force", day=filled["in_force"]),
             page.tell("drawn", draws=filled["draws"], seed=filled["seed"])]  # fmt: skip
    return h("footer", h("p", " · ".join(told)), h("p", words.tell("label.foot")))
