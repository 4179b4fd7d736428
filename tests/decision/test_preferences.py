"""What people state is read, checked and imposed on the weights; what they do not state stays wide."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown.decision.preferences import (
    NAMES,
    Preferences,
    checked,
    draw,
    read_preferences,
    spans,
)
from stepdown.decision.wishes import topics, wished, wishes_of
from stepdown.errors import InputError
from stepdown.knowledge.library import Library, load
from tests.states import state_of


@pytest.fixture(scope="module")
def library() -> Library:
    return load()


def of(found: np.ndarray, name: str) -> np.ndarray:
    return np.asarray(found[NAMES.index(name)])


def test_without_preferences_weights_fill_their_ranges_log_uniformly(library: Library) -> None:
    found = draw(Preferences(), library, 20000, 3)
    for name in NAMES:
        document, mine = library.weights[name], of(found, name)
        if document.stated_only:
            assert not mine.any()
        else:
            assert mine.min() >= document.low
            assert mine.max() <= document.high
            place = np.log(mine / document.low) / (np.log(document.high / document.low) or 1)
            quarters = np.histogram(place, bins=4, range=(0, 1))[0] / 20000
            assert document.low == document.high or np.abs(quarters - 0.25).max() < 0.02


def test_a_relapse_weighs_one(library: Library) -> None:
    assert (of(draw(Preferences(), library, 100, 0), "relapse") == 1).all()
    assert (of(draw(Preferences(ranking=("visit", "relapse")), library, 100, 0), "relapse") == 1).all()


def test_draws_are_keyed_by_name_and_seed_alone(library: Library) -> None:
    short, long = draw(Preferences(), library, 50, 7), draw(Preferences(), library, 400, 7)
    assert (long[:, :50] == short).all()
    with_stated = draw(Preferences({"visit": 0.5}), library, 50, 7)
    others = [number for number, name in enumerate(NAMES) if name != "visit"]
    assert (with_stated[others] == short[others]).all()
    assert (of(draw(Preferences(), library, 50, 8), "visit") != of(short, "visit")).all()
    assert np.unique(np.argsort(of(short, "visit")) == np.argsort(of(short, "infusion"))).tolist() != [True]


def test_a_stated_weight_stands_and_makes_count_what_counts_only_then(library: Library) -> None:
    found = draw(Preferences({"mri-activity": 0.3, "serious-infection": 4.0}), library, 20, 0)
    assert (of(found, "mri-activity") == 0.3).all()
    assert (of(found, "serious-infection") == 4.0).all()
    assert of(draw(Preferences(ranking=("relapse", "mri-activity")), library, 20, 0), "mri-activity").all()


def test_wishes_move_a_weight_to_a_half_of_its_range_and_opposite_ones_leave_it(library: Library) -> None:
    document = library.weights["serious-infection"]
    middle = (document.low * document.high) ** 0.5
    more = of(draw(Preferences(), library, 500, 0, frozenset({"fewer-infections"})), "serious-infection")
    less = of(draw(Preferences(), library, 500, 0, frozenset({"avoid-relapse"})), "serious-infection")
    both = of(
        draw(Preferences(), library, 500, 0, frozenset({"fewer-infections", "avoid-relapse"})), "serious-infection"
    )
    assert more.min() >= middle >= less.max()
    assert (both == of(draw(Preferences(), library, 500, 0), "serious-infection")).all()


def test_only_a_wish_that_is_sure_counts(library: Library) -> None:
    state = state_of(library, {"wish_fewer_infections": True}, {"wish_fewer_infections": False}, {})
    codes = wished(state, np.arange(3), library)
    assert [sorted(wishes_of(code, library)) for code in codes.tolist()] == [["fewer-infections"], [], []]
    assert {"fewer-infections", "fewer-infusions", "avoid-relapse", "tablets"} == set(topics(library))


@settings(max_examples=60, deadline=None)
@given(
    ranking=st.permutations(NAMES).flatmap(lambda names: st.integers(2, len(names)).map(lambda n: tuple(names[:n]))),
    stated=st.dictionaries(st.sampled_from(NAMES[1:]), st.floats(0.01, 20), max_size=3),
    seed=st.integers(0, 50),
)
def test_a_ranking_holds_in_every_draw(ranking: tuple[str, ...], stated: dict[str, float], seed: int) -> None:
    library = load()
    preferences = Preferences(stated, ranking)
    fixed = [stated.get(name, 1.0) for name in ranking if name in stated or name == "relapse"]
    if fixed != sorted(fixed, reverse=True):
        with pytest.raises(InputError, match="is ranked above"):
            checked(preferences, library)
        return
    found = draw(checked(preferences, library), library, 30, seed)
    ranked = found[[NAMES.index(name) for name in ranking]]
    assert (np.diff(ranked, axis=0) <= 1e-12).all()
    for name, value in (stated | {"relapse": 1.0}).items():
        assert (of(found, name) == value).all()
    taken = spans(preferences, library)
    for name in set(NAMES) - set(ranking):
        assert (of(found, name) >= taken[name].low).all()
        assert (of(found, name) <= taken[name].high).all()


def test_what_is_ranked_against_the_studies_goes_beyond_their_range(library: Library) -> None:
    found = of(draw(Preferences(ranking=("infusion", "relapse")), library, 200, 0), "infusion")
    assert found.min() >= 1
    assert found.max() > 10


@pytest.mark.parametrize(
    ("weigh", "rank", "says"),
    [
        (["infection=1"], None, "nothing is weighed as 'infection'"),
        (["serious-infectio=1"], None, "did you mean serious-infection"),
        (["visit"], None, "gives no weight"),
        (["visit=much"], None, "not a number"),
        (["visit=inf"], None, "not a number"),
        (["visit=-1"], None, "negative"),
        (["visit=1", "visit=2"], None, "weighed twice"),
        (["relapse=2"], None, "weighed in"),
        ([f"{name}=0" for name in NAMES], None, "every weight is 0"),
        ([], "visit>visit", "ranked twice"),
        ([], "visit", "ranks one thing"),
        ([], "visit>=infusion", "'>='"),
        ([], "visit>", "a name is missing"),
        ([], "visit>infusio", "did you mean infusion"),
        (["serious-infection=0.5"], "serious-infection>relapse", "is ranked above relapse and weighs less"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(
    library: Library, weigh: list[str], rank: str | None, says: str
) -> None:
    with pytest.raises(InputError, match=says) as caught:
        read_preferences(weigh, rank, library)
    assert "\n" not in str(caught.value)


def test_what_is_typed_is_what_is_meant(library: Library) -> None:
    found = read_preferences(["serious-infection=2", " visit = 0 "], "serious-infection > relapse>visit", library)
    assert found == Preferences({"serious-infection": 2.0, "visit": 0.0}, ("serious-infection", "relapse", "visit"))
    assert found.stated
    assert not read_preferences([], None, library).stated
