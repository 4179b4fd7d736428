"""Which options a person on a given drug has, and which rules speak of each; all from the documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from stepdown.guideline.compiled import therapy_rule_key
from stepdown.knowledge.library import Library
from stepdown.knowledge.schema import Extension, OptionKind, Rule, Therapy


@dataclass(frozen=True)
class Bound:
    """A rule that speaks of an option, with the key under which its criterion was compiled."""

    key: str
    rule: Rule

    @property
    def conditional(self) -> bool:
        """Whether the rule has a criterion; without one it always holds."""
        return self.rule.if_ is not None


@dataclass(frozen=True)
class Option:
    """One thing that can be done for a person on a drug.

    Attributes:
        id: such as `extend-interval:ocrelizumab:52w`.
        kind: the option kind.
        therapy: the drug that is taken afterwards, or that is stopped or observed.
        interval_weeks: the interval afterwards, where the option names one.
        dose_mg: the dose afterwards, where the option names one.
        rules: the rules that speak of it, in the order of the library.
        grounds: the document behind a longer interval or a lower dose.
    """

    id: str
    kind: OptionKind
    therapy: str
    interval_weeks: float | None
    dose_mg: float | None
    rules: tuple[Bound, ...]
    grounds: Extension | None = None


def options_for(therapy: str, library: Library) -> tuple[Option, ...]:
    """Every option of a person on `therapy`, in the order: carry on, longer, lower, milder, sideways, stop.

    A course therapy is observed or given again; it has no interval to lengthen and nothing to stop.
    """
    cache: dict[str, tuple[Option, ...]] = library.cache.setdefault("options", {})
    if therapy not in cache:
        cache[therapy] = tuple(_options(library.therapies[therapy], library))
    return cache[therapy]


def _options(current: Therapy, library: Library) -> list[Option]:
    own = library.classes[current.class_]
    course = current.course_therapy or own.course_therapy
    made: list[Option] = []

    def add(kind: str, target: str, suffix: str = "", grounds: Extension | None = None) -> None:
        option_kind = cast("OptionKind", kind)
        made.append(
            Option(
                id=f"{kind}:{target}{suffix}",
                kind=option_kind,
                therapy=target,
                interval_weeks=grounds.interval_weeks if grounds else None,
                dose_mg=grounds.dose_mg if grounds else None,
                rules=tuple(_rules(option_kind, current, library.therapies[target], library)),
                grounds=grounds,
            )
        )

    if course:
        add("observe", current.id)
    add("continue", current.id)
    if not course:
        for extension in current.extensions:
            add("extend-interval", current.id, f":{extension.interval_weeks:g}w", extension)
        for reduced in current.reduced_doses:
            add("reduce-dose", current.id, f":{reduced.dose_mg:g}mg", reduced)
    for target in own.step_down_to:
        add("switch-lower", target)
    for target in own.lateral_to:
        if target != current.id:
            add("switch-lateral", target)
    if not course:
        add("discontinue", current.id)
    return made


def _rules(kind: OptionKind, current: Therapy, target: Therapy, library: Library) -> list[Bound]:
    """The rules of `rules/` that select this option, then those of the therapy document it leads to."""
    chosen = [
        Bound(f"rules/{rule.id}", rule)
        for rule in library.rules.values()
        if rule.left_for is None and _selects(rule, kind, current, target)
    ]
    wanted = {"start", "both"} if kind in ("switch-lower", "switch-lateral") else {"continue", "both"}
    if kind in ("continue", "extend-interval", "reduce-dose", "switch-lower", "switch-lateral"):
        chosen += [
            Bound(therapy_rule_key(target.id, rule), rule)
            for rule in target.rules
            if rule.applies in wanted and _selects(rule, kind, current, target)
        ]
    return chosen


def _selects(rule: Rule, kind: OptionKind, current: Therapy, target: Therapy) -> bool:
    """Whether a rule speaks of an option; an empty selector lets everything through."""
    pairs = (
        (rule.kinds, kind),
        (rule.from_class, current.class_),
        (rule.from_therapy, current.id),
        (rule.to_class, target.class_),
        (rule.to_therapy, target.id),
    )
    return all(not wanted or value in wanted for wanted, value in pairs)
