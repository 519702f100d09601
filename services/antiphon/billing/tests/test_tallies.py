"""Numbers of sources, marks and seals: whatever is lost, doubled or reordered on the way is told exactly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.billing.domain.instants import SECOND
from antiphon.billing.domain.records import Recorded, Session
from antiphon.billing.domain.tallies import Mark, Numbers, Watched, against_session, digest, is_due, spans

pytestmark = pytest.mark.domain
RECORD = Recorded("sbc", "k1", "s1", "+49 30", 100 * SECOND, 160 * SECOND, free=False)
counts = st.lists(st.integers(1, 5), max_size=8)


@st.composite
def ways(draw: st.DrawFn) -> tuple[list[tuple[int, int]], list[bool]]:
    """Tallies of one run of a switch as (first, count), with the announcement of its end; which of them are lost."""
    sizes = draw(counts)
    firsts = [1 + sum(sizes[:place]) for place in range(len(sizes))]
    sent = [*zip(firsts, sizes, strict=True), (1 + sum(sizes), 0)]
    return sent, [draw(st.booleans()) for _ in sent]


@pytest.mark.clause("K01")
@given(st.lists(ways(), min_size=1, max_size=3), st.randoms(use_true_random=False))
def test_every_lost_number_is_named_and_no_other(
    epochs: list[tuple[list[tuple[int, int]], list[bool]]], chance: object
) -> None:
    """Each restart is a source of its own. Facts come doubled and in any order; lost ones come in the end."""
    heard = [Numbers() for _ in epochs]
    on_the_way = [
        (place, tally)
        for place, (sent, lost) in enumerate(epochs)
        for tally, gone in zip(sent, lost, strict=True)
        if not gone
    ]
    on_the_way += on_the_way
    chance.shuffle(on_the_way)  # type: ignore[attr-defined]
    for place, (first, count) in on_the_way:
        heard[place].hear(first, count)
    for numbers, (sent, lost) in zip(heard, epochs, strict=True):
        came = [tally for tally, gone in zip(sent, lost, strict=True) if not gone]
        known = {number for first, count in came for number in range(first, first + count)}
        exists = max((first + count - 1 for first, count in came), default=0)
        missing = {number for first, last in numbers.gaps for number in range(first, last + 1)}
        assert missing == set(range(1, exists + 1)) - known
        for first, count in sent:
            numbers.hear(first, count)
        assert numbers.gaps == []
        assert len(numbers.runs) <= 1


def test_an_announced_end_shows_what_was_lost_there() -> None:
    numbers = Numbers()
    numbers.hear(1, 3)
    assert numbers.gaps == []
    numbers.hear(9, 0)
    assert list(spans(numbers.gaps)) == ["4-8"]
    numbers.hear(5, 3)
    assert list(spans(numbers.gaps)) == ["4", "8"]


@given(st.permutations(range(1, 12)), st.integers(0, 11))
def test_a_mark_moves_over_what_was_seen(order: list[int], count: int) -> None:
    mark = Mark(0)
    for number in [*order[:count], *order[:count]]:
        mark.see(number)
    unseen = mark.unseen(11, (), 100)
    assert unseen == sorted(order[count:])
    assert mark.unseen(11, unseen[:1], 1) == unseen[1:2]
    assert mark.done == (min(unseen) - 1 if unseen else 11)
    assert mark.beyond == set(order[:count]) - set(range(mark.done + 1))


def test_a_call_must_be_tallied_once_its_switch_said_so() -> None:
    watched = Watched(since=1_000, until=2_000)
    assert is_due(watched, 1_005, 10) is None
    assert is_due(watched, 1_990, 10) is True
    assert is_due(watched, 1_991, 10) is False


@pytest.mark.parametrize(
    "change", [{"called": "+49 31"}, {"answered": 101 * SECOND}, {"ended": None}, {"free": True}, {"session_id": ""}]
)
@pytest.mark.clause("K02")
def test_a_seal_covers_all_that_is_worth_money(change: dict[str, object]) -> None:
    told = {name: getattr(RECORD, name) for name in ("session_id", "called", "answered", "ended", "free")}
    other = Recorded("sbc", "k1", **{**told, **change})
    assert digest(b"", RECORD) == digest(b"", Recorded("sbc", "k1", **told))
    assert len({digest(b"", RECORD), digest(b"secret", RECORD), digest(b"", other)}) == 3


def test_a_record_agrees_with_what_was_authorised() -> None:
    def session(called: str, at: int) -> Session:
        return Session("s1", called, at, "home:1", 60, False)

    assert against_session(RECORD, session("4930", 98 * SECOND)) == ""
    assert against_session(RECORD, session("4930", 110 * SECOND)) == "", "clocks differ by seconds"
    assert against_session(RECORD, session("4931", 98 * SECOND)) == "another number was authorised"
    assert against_session(RECORD, session("4930", 500 * SECOND)) == "it was answered before it was authorised"
    odd = Recorded("sbc", "k1", "s1", "🙂", None, None, free=False)
    assert against_session(odd, session("4930", 0)) == "another number was authorised"
