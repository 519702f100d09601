"""The aggregate: its states, its legs, its record."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from antiphon.media.domain import call as calls
from antiphon.media.domain import capacity, cdr, source
from antiphon.media.domain.call import Call, Direction, IllegalMove, Leg, Role, State, moved

pytestmark = pytest.mark.domain
NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def made(state: State = State.RECEPTION) -> Call:
    caller = Leg("A", Role.CALLER, NOW, number="+380441234567", trunk_id="tr_1")
    return Call("cl_1", "tn_1", Direction.INBOUND, NOW, state, legs=(caller,))


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_every_state_may_end_and_an_ended_call_goes_nowhere() -> None:
    for state in State:
        if state is not State.ENDED:
            assert moved(made(state), State.ENDED).state is State.ENDED
    for state in set(State) - {State.ENDED}:
        with pytest.raises(IllegalMove, match="ENDED ->"):
            moved(made(State.ENDED), state)


def test_an_illegal_move_names_both_sides() -> None:
    with pytest.raises(IllegalMove, match="VOICEMAIL -> TALKING"):
        moved(made(State.VOICEMAIL), State.TALKING)


def test_a_leg_is_answered_once_and_ends_once() -> None:
    it = calls.answered(made(), "A", after(1))
    assert calls.answered(it, "A", after(9)).leg("A").answered_at == after(1)
    over = calls.left(it, "A", after(10), by="caller")
    again = calls.left(over, "A", after(20), by="system")
    assert (again.leg("A").ended_at, again.leg("A").ended_by, again.leg("A").code) == (after(10), "caller", 200)


def test_the_record_of_a_conversation() -> None:
    it = calls.bridged(calls.answered(made(), "A", after(1)), after(5))
    record = cdr.closed(moved(it, State.TALKING), after(65), by="caller")
    assert (record.outcome, record.talked) == ("answered", timedelta(seconds=60))
    assert all(leg.ended_at == after(65) for leg in record.legs)
    assert cdr.closed(record, after(99)) is record


@pytest.mark.parametrize(
    ("state", "wish", "outcome"),
    [
        (State.QUEUED, "", "abandoned"),
        (State.RINGING, "", "abandoned"),
        (State.RINGING, "busy", "busy"),
        (State.RECEPTION, "", "received"),
        (State.RECEPTION, "closed", "closed"),
        (State.VOICEMAIL, "voicemail", "voicemail"),
    ],
)
def test_the_outcome_says_what_became_of_the_caller(state: State, wish: str, outcome: str) -> None:
    it = moved(made(), state) if state is not State.RECEPTION else made()
    it = calls.answered(it, "A", after(1))
    record = cdr.closed(calls.moved(it, it.state, answered_at=after(1)), after(9), wish)
    assert record.outcome == outcome


def test_a_call_lost_with_its_replica_says_so_even_if_people_talked() -> None:
    it = calls.bridged(moved(made(), State.TALKING), after(2))
    assert cdr.closed(it, after(60), "lost").outcome == "lost"


@pytest.mark.clause("B01")
def test_the_hundred_and_first_call_over_a_number_is_refused() -> None:
    tally = capacity.Tally()
    for number in range(99):
        tally.take(capacity.Use(f"cl_{number}", "nu_1"))
    assert tally.number_admits("nu_1", 0)
    tally.take(capacity.Use("cl_99", "nu_1"))
    assert not tally.number_admits("nu_1", 0)
    assert tally.number_admits("nu_1", 0, "cl_99")
    assert tally.number_admits("nu_2", 0)
    assert tally.number_admits("nu_1", 101)


@pytest.mark.clause("B02")
def test_a_trunk_takes_as_many_as_it_has_channels() -> None:
    tally = capacity.Tally()
    tally.take(capacity.Use("a", "", frozenset({"tr_1"})))
    tally.take(capacity.Use("b", "", frozenset({"tr_1", "tr_2"})))
    assert not tally.trunk_admits("tr_1", 2)
    assert tally.trunk_admits("tr_1", 2, "b")
    assert tally.trunk_admits("tr_2", 2)
    assert tally.trunk_admits("tr_1", 0)


def test_a_call_that_changes_or_ends_leaves_what_it_took() -> None:
    tally = capacity.Tally()
    for _ in range(2):  # told twice, counted once
        tally.take(capacity.Use("a", "nu_1", frozenset({"tr_1"})))
    assert tally.number_admits("nu_1", 2)
    tally.take(capacity.Use("a", "nu_1", frozenset({"tr_2"})))
    assert tally.trunk_admits("tr_1", 1)
    assert not tally.trunk_admits("tr_2", 1)
    for _ in range(2):
        tally.drop("a")
    assert tally.number_admits("nu_1", 1)
    assert tally.trunk_admits("tr_2", 1)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("trunk;id=tr_1;tenant=tn_1", source.Source("trunk", "tn_1", "tr_1")),
        ("device;account=sa_1;tenant=tn_1;user=acme-101", source.Source("device", "tn_1", "sa_1", "acme-101")),
        ("browser;person=pe_1;tenant=tn_1", source.Source("browser", "tn_1", "pe_1")),
        ("", None),
        ("trunk", None),
        ("trunk;id=tr_1", None),
        ("trunk;id=;tenant=tn_1", None),
        ("trunk;id=tr_1;tenant=tn_1;tenant=tn_2", None),
        ("trunk;id=tr 1;tenant=tn_1", None),
        ("person;person=pe_1;tenant=tn_1", None),
    ],
)
def test_only_a_well_formed_source_counts(header: str, expected: source.Source | None) -> None:
    assert source.parse(header) == expected


@pytest.mark.parametrize(
    ("user", "number"),
    [
        ("+380441234567", "+380441234567"),
        ("00380441234567", "+380441234567"),
        ("380441234567", "+380441234567"),
        ("0441234567", "0441234567"),
        ("101", "101"),
        ("anonymous", ""),
        ("", ""),
    ],
)
def test_numbers_as_operators_write_them(user: str, number: str) -> None:
    assert source.as_number(user) == number
