"""Whatever is changed in a log is found, and said where; erasing what is personal leaves it whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown.errors import InputError
from stepdown.log import chain
from stepdown.log.chain import Entry
from stepdown.log.key import Key
from stepdown.log.places import Break
from stepdown.log.verify import verify
from tests.log.made import DAY, KEY, Memory, assessment, draft, filled

OTHER = Key(bytes(range(1, 33)))
LOG = filled()


def found(log: Memory, anchor: str | None = None) -> list[tuple[str, str]]:
    """Kind and place of each break."""
    return [(one.kind, one.where) for one in verify(log, KEY, anchor).breaks]


def texts(part: object) -> Iterator[tuple[str, str]]:
    """The texts of a part of a log by name."""
    yield from ((name, value) for name, value in vars(part).items() if isinstance(value, str))


def flipped(text: str, at: int) -> str:
    """A text with one bit of one byte changed, as it would come out of the store."""
    content = bytearray(text.encode())
    content[at] ^= 1
    return content.decode("utf-8", "surrogateescape")


def with_row(log: Memory, index: int, **changed: Any) -> Memory:
    """A copy of a log with one entry changed."""
    log = log.copy()
    log.rows[index] = replace(log.rows[index], **changed)
    return log


def test_a_log_as_it_was_written_is_whole() -> None:
    verdict = verify(LOG, KEY)
    assert (verdict.breaks, verdict.entries, verdict.decisions, verdict.emptied) == ((), 5, 5, 0)
    assert verify(Memory.new(), KEY).breaks == ()


@pytest.mark.parametrize("index", [0, 2, 4])
def test_any_byte_of_an_entry_that_is_changed_is_found_and_located(index: int) -> None:
    for name, value in texts(LOG.rows[index]):
        for at in range(len(value)):
            assert found(with_row(LOG, index, **{name: flipped(value, at)})) == [("altered", f"entry {index + 1}")]


def test_any_byte_of_the_head_that_is_changed_is_found() -> None:
    for name, value in texts(LOG.head_):
        for at in range(len(value)):
            changed: dict[str, Any] = {name: flipped(value, at)}
            log = replace(LOG.copy(), head_=replace(LOG.head_, **changed))
            assert found(log) == [("altered", "the head")]
    for number in (0, 4, 6):
        assert ("altered", "the head") in found(replace(LOG.copy(), head_=replace(LOG.head_, number=number)))


@pytest.mark.parametrize("log", [LOG, Memory.new()], ids=["full", "empty"])
def test_any_byte_of_the_header_that_is_changed_is_found(log: Memory) -> None:
    for name, value in texts(log.header_):
        for at in range(len(value)):
            changed = replace(log.copy(), header_=replace(log.header_, **{name: flipped(value, at)}))
            assert found(changed) == [("altered", "the header")], name


@pytest.mark.parametrize("wrong", [None, 3, b"bytes", ""])
def test_a_value_of_another_type_is_an_alteration_and_no_fault_of_ours(wrong: Any) -> None:
    for name, _ in texts(LOG.rows[1]):
        assert found(with_row(LOG, 1, **{name: wrong})) == [("altered", "entry 2")]


def test_an_altered_entry_is_told_with_the_days_around_it() -> None:
    (one,) = verify(with_row(LOG, 2, body=LOG.rows[2].body.replace("reasonable", "favoured")), KEY).breaks
    assert (one.entry, one.recorded, one.between) == (3, "2026-03-01", ("2026-03-01", "2026-03-01"))
    (one,) = verify(with_row(LOG, 4, body="{"), KEY).breaks
    assert (one.recorded, one.between) == (None, ("2026-03-01", None))


def taken_out(log: Memory) -> None:
    del log.rows[1:3]


def taken_out_and_renumbered(log: Memory) -> None:
    del log.rows[1]
    log.rows[1:] = [replace(entry, number=entry.number - 1) for entry in log.rows[1:]]


def swapped(log: Memory) -> None:
    one, other = log.rows[1], log.rows[3]
    log.rows[1], log.rows[3] = replace(other, number=2), replace(one, number=4)


def renumbered(log: Memory) -> None:
    log.rows[1] = replace(log.rows[1], number=50)


def cut_off(log: Memory) -> None:
    del log.rows[3:]


def emptied(log: Memory) -> None:
    log.rows.clear()


def forged(log: Memory) -> None:
    log.rows.append(chain.append(OTHER, log.head_, draft())[0])


def from_another_log(log: Memory) -> None:
    log.rows[2] = filled().rows[2]


def with_an_old_head(log: Memory) -> None:
    log.head_ = chain.head_of(KEY, 3, log.rows[2].link)


@pytest.mark.parametrize(
    ("change", "breaks"),
    [
        (taken_out, [("missing", "entries 2 to 3")]),
        (taken_out_and_renumbered, [("missing", "entry 2"), *(("reordered", f"entry {n}") for n in (2, 3, 4))]),
        (swapped, [("reordered", "entry 2"), ("reordered", "entry 4")]),
        (renumbered, [("reordered", "entry 50")]),
        (cut_off, [("truncated", "entries 4 to 5")]),
        (emptied, [("truncated", "entries 1 to 5")]),
        (forged, [("altered", "entry 6")]),
        (from_another_log, [("forked", "entry 3"), ("forked", "entry 4")]),
        (with_an_old_head, [("altered", "the head")]),
    ],
)
def test_what_was_done_to_the_order_is_told(change: Callable[[Memory], None], breaks: list[tuple[str, str]]) -> None:
    log = LOG.copy()
    change(log)
    assert sorted(found(log)) == sorted(breaks)


@given(st.permutations(range(5)))
@settings(max_examples=30, deadline=None)
def test_any_other_order_of_the_entries_is_found_in_every_place(order: list[int]) -> None:
    log = LOG.copy()
    log.rows = [replace(LOG.rows[old], number=new + 1) for new, old in enumerate(order)]
    assert found(log) == [("reordered", f"entry {new + 1}") for new, old in enumerate(order) if new != old]


def test_a_log_put_back_as_a_whole_is_told_by_an_anchor_only() -> None:
    log = LOG.copy()
    before, kept = log.copy(), log.head_.anchor
    log.append(draft())
    later = log.head_.anchor
    assert found(log, kept) == found(log, later) == found(before, kept) == []
    assert found(before) == []
    assert found(before, later) == [("truncated", "entry 6")]
    assert found(before, later.partition(":")[2]) == [("forked", "the log")]
    before.append(draft(assessment("another")))
    assert found(before) == []
    assert found(before, later) == [("forked", "entry 6")]
    assert found(before, "0:" + LOG.header_.genesis) == []


@pytest.mark.parametrize("anchor", ["", "12", "9:zz", "x" * 64, "1:" + "0" * 63])
def test_an_anchor_that_is_none_is_refused(anchor: str) -> None:
    with pytest.raises(InputError, match="--head: is not the head of a log"):
        verify(LOG, KEY, anchor)


def test_another_key_is_told_apart_from_an_alteration() -> None:
    for log in (LOG, Memory.new()):
        with pytest.raises(InputError, match=f"the key of this log is {KEY.id}, and the one given is {OTHER.id}"):
            verify(log, OTHER)
    renamed = replace(LOG.copy(), header_=replace(LOG.header_, key=OTHER.id))
    assert found(renamed) == [("altered", "the header")]


def test_a_personal_part_that_was_changed_is_told_by_its_entry() -> None:
    for name in ("person", "salt", "personal"):
        log = LOG.copy()
        entry = log.rows[3].id
        value = getattr(log.payloads[entry], name)
        log.payloads[entry] = replace(log.payloads[entry], **{name: flipped(value, len(value) - 1)})
        assert found(log) == [("payload", "entry 4")]


def test_a_personal_part_that_goes_or_comes_back_without_an_erasure_is_told() -> None:
    log = LOG.copy()
    gone = log.payloads.pop(log.rows[0].id)
    (one,) = verify(log, KEY).breaks
    assert one == Break("payload", "the personal part", None, "it is gone from 1 entries, and was erased from 0 only")
    log = LOG.copy()
    log.erase(gone.person, DAY)
    assert found(log) == []
    log.payloads[log.rows[0].id] = gone
    (one,) = verify(log, KEY).breaks
    assert "some was put back" in one.says


@given(st.lists(st.tuples(st.booleans(), st.sampled_from("abc")), max_size=12))
@settings(max_examples=40, deadline=None)
def test_adding_and_erasing_in_any_order_leaves_the_log_whole(acts: list[tuple[bool, str]]) -> None:
    log, held, rows = Memory.new(), dict.fromkeys("abc", 0), 0
    for adds, person in acts:
        if adds:
            log.append(draft(assessment(person)))
            held[person] += 1
            rows += 1
        else:
            rows += held[person] > 0
            assert log.erase(person, DAY) == held[person]
            held[person] = 0
        verdict = verify(log, KEY)
        assert (verdict.breaks, verdict.entries) == ((), rows)
        assert len(log.payloads) == sum(held.values())


def test_links_depend_on_everything_before_them() -> None:
    one, other = Memory.new(), Memory.new()
    assert one.append(draft()).link != other.append(draft()).link
    entry = Entry(1, "12", "3", "c", "p", "")
    assert chain.link_of(KEY, entry, 1) != chain.link_of(KEY, replace(entry, id="1", body="23"), 1)
