"""How many to dial: bounds of every mode, and the chances that the predictive one rests on."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.dialer.domain.floor import Floor, Hold, Limits, Mode
from antiphon.dialer.domain.learning import AnswerRate, Lasting, Learned, Tally
from antiphon.dialer.domain.pacing import State, decide
from antiphon.dialer.domain.predictive import risk_of_next
from antiphon.dialer.domain.risk import about_at_least, at_least

pytestmark = pytest.mark.domain

AGES = st.lists(st.floats(0, 4000), max_size=40)


@st.composite
def floors(draw: st.DrawFn) -> Floor:
    ringing, talking, wrapping = (1000.0 - np.array(draw(AGES), dtype=np.float64) for _ in range(3))
    return Floor(draw(st.integers(0, 60)), draw(st.integers(0, 20)), ringing, talking, wrapping)


@given(floors(), st.sampled_from(Mode), st.integers(0, 200), st.integers(0, 50))
@settings(max_examples=150, deadline=None)
def test_no_mode_exceeds_its_limits_and_every_decision_says_why(
    floor: Floor, mode: Mode, lines: int, contacts: int
) -> None:
    limits = Limits(lines=lines, contacts=contacts, at_once=30)
    found = decide(State(mode, floor, Learned(), limits, lines_per_agent=2.5), 1000.0)
    assert 0 <= found.count <= max(0, min(lines - floor.lines, contacts, 30))
    assert found.why


@given(floors(), st.sampled_from([Mode.PREDICTIVE, Mode.PROGRESSIVE, Mode.POWER]), st.sampled_from([-7200.0, 7200.0]))
@settings(max_examples=60, deadline=None)
def test_a_clock_that_was_set_back_or_forward_breaks_no_decision(floor: Floor, mode: Mode, jump: float) -> None:
    """What rings or talks began in the future, or hours ago; what lasted less than nothing teaches nothing strange."""
    learned = Learned(agents=floor.agents)
    for lasting in (learned.talk, learned.wrap, learned.human_rings, learned.other_rings):
        lasting.observe(jump)
        assert (np.diff(lasting.below) >= 0).all()
    found = decide(State(mode, floor, learned, lines_per_agent=2.0), 1000.0 + jump)
    assert found.count >= 0
    assert found.why


@pytest.mark.clause("E03")
@given(floors(), st.floats(0, 100))
def test_progressive_never_has_more_unanswered_dials_than_free_agents(floor: Floor, later: float) -> None:
    found = decide(State(Mode.PROGRESSIVE, floor, Learned()), 1000.0 + later)
    assert found.count + floor.ringing.size + floor.waiting <= max(floor.idle, floor.ringing.size + floor.waiting)


def test_manual_dials_nothing_and_preview_shows_one_contact_to_each_free_agent() -> None:
    floor = Floor(idle=7)
    assert decide(State(Mode.MANUAL, floor, Learned()), 0).count == 0
    assert decide(State(Mode.PREVIEW, floor, Learned()), 0).count == 7


def test_power_keeps_so_many_lines_for_each_free_agent() -> None:
    floor = Floor(idle=4, ringing=np.array([0.0, 1.0, 2.0]))
    assert decide(State(Mode.POWER, floor, Learned(), lines_per_agent=2.5), 3.0).count == 7


@given(st.integers(0, 4), st.integers(0, 4))
def test_fewer_than_five_agents_are_never_predictive(idle: int, talking: int) -> None:
    talking = min(talking, 4 - idle)
    found = decide(State(Mode.PREDICTIVE, Floor(idle, talking=np.zeros(talking)), Learned()), 200.0)
    assert found.mode is Mode.PROGRESSIVE
    assert found.count == idle
    assert "fewer than 5" in found.why


def test_predictive_dials_ahead_of_agents_who_will_be_free() -> None:
    learned = Learned(agents=20)
    learned.tally.daring, learned.tally.answered = -1.0, 400
    talking = np.full(18, 0.0)
    found = decide(State(Mode.PREDICTIVE, Floor(idle=2, talking=talking), learned), 300.0)
    assert found.count > 2
    assert found.mode is Mode.PREDICTIVE


def test_all_agents_leaving_at_once_stops_the_dialling() -> None:
    learned = Learned(agents=50)
    gone = Floor(idle=0, ringing=np.arange(30.0))
    assert decide(State(Mode.PREDICTIVE, gone, learned), 40.0).count == 0


@given(floors())
@settings(max_examples=60, deadline=None)
def test_each_further_dial_is_riskier_and_more_free_agents_make_it_safer(floor: Floor) -> None:
    learned = Learned(agents=20)
    risks = risk_of_next(floor, learned, 1000.0, 10)
    assert np.all(np.diff(risks) >= -1e-6)
    assert np.all((risks >= -1e-9) & (risks <= 1 + 1e-9))
    richer = Floor(floor.idle + 5, floor.waiting, floor.ringing, floor.talking, floor.wrapping)
    if floor.idle + floor.ringing.size + floor.talking.size + floor.wrapping.size > 70:
        assert np.all(risk_of_next(richer, learned, 1000.0, 10) <= risks + 1e-6)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=7), st.integers(-1, 9), st.floats(0, 1))
def test_the_exact_chance_is_the_one_of_counting_all_cases(chances: list[float], least: int, each: float) -> None:
    found = at_least(np.array(chances)[:, None], least, np.array([each]), 2)
    for more in range(3):
        every = [*chances, *[each] * more]
        wanted = 0.0
        for outcome in itertools.product((0, 1), repeat=len(every)):
            if sum(outcome) >= least:
                wanted += float(np.prod([p if hit else 1 - p for p, hit in zip(every, outcome, strict=True)]))
        assert found[more, 0] == pytest.approx(wanted, abs=1e-9)


def test_the_approximation_agrees_with_the_exact_chance() -> None:
    chances = np.linspace(0.1, 0.6, 60)[:, None]
    exact = at_least(chances, 24, np.array([0.2]), 0)[0, 0]
    near = about_at_least(chances.sum(axis=0), (chances * (1 - chances)).sum(axis=0), 24)[0]
    assert near == pytest.approx(exact, abs=0.01)


def test_the_answer_rate_follows_a_change_and_does_not_forget_its_doubt() -> None:
    rate = AnswerRate()
    assert rate.mean == 0.25
    for at in range(3000):
        rate.observe(at % 10 == 0)
    assert rate.mean == pytest.approx(0.1, abs=0.03)
    assert rate.variance > 0


@given(st.lists(st.floats(0, 100_000), max_size=50))
@settings(deadline=None)
def test_a_histogram_stays_a_distribution_whatever_is_observed(lasted: list[float]) -> None:
    found = Lasting(120, 1.0, 10, 1800)
    for seconds in lasted:
        found.observe(seconds)
    below = found.below
    assert below[0] == 0
    assert below[-1] == pytest.approx(1)
    assert np.all(np.diff(below) >= 0)


def test_a_histogram_learns_and_stays_finite_for_years() -> None:
    found = Lasting(120, 1.0, 10, 1800, keeps=0.9)
    for _ in range(5000):
        found.observe(30.5)
    assert found.below[30] == pytest.approx(0, abs=1e-3)
    assert found.below[31] == pytest.approx(1, abs=1e-3)


def test_abandons_make_it_careful_and_answers_daring() -> None:
    tally = Tally()
    before = tally.risk(10)
    for _ in range(100):
        tally.observe(False)
    assert tally.risk(10) > before
    for _ in range(10):
        tally.observe(True)
    assert tally.risk(10) < before
    assert tally.rate == pytest.approx(10 / 110)


def test_there_is_room_for_an_abandoned_call_only_where_the_share_stays_within_the_limit() -> None:
    tally = Tally(0.03)
    for answered in range(1, 400):
        tally.observe(answered % 60 == 0)
        room, more = max(0, tally.room), max(0, tally.room + 1)
        assert (tally.abandoned + room) / (tally.answered + room) <= 0.03 or tally.room < 1
        assert (tally.abandoned + more) / (tally.answered + more) > 0.03 or tally.room < 0


@pytest.mark.clause("E03")
def test_while_few_have_answered_agents_are_held_and_nobody_can_be_abandoned() -> None:
    learned = Learned(agents=20)
    floor = Floor(idle=4, talking=np.zeros(16))
    first = decide(State(Mode.PREDICTIVE, floor, learned), 300.0)
    assert (first.count, first.held) == (4, True)
    assert "0 of 0 abandoned" in first.why
    for _ in range(40):
        learned.answered(False)
    assert not decide(State(Mode.PREDICTIVE, floor, learned), 300.0).held
    learned.answered(True)
    assert decide(State(Mode.PREDICTIVE, floor, learned), 300.0).held
    assert not decide(State(Mode.PREDICTIVE, floor, learned, hold=Hold.NEVER), 300.0).held


def test_progressive_holds_agents_once_somebody_was_abandoned_and_as_it_is_told() -> None:
    learned = Learned(agents=20)
    floor = Floor(idle=4)
    assert not decide(State(Mode.PROGRESSIVE, floor, learned), 300.0).held
    assert decide(State(Mode.PROGRESSIVE, floor, learned, hold=Hold.ALWAYS), 300.0).held
    learned.answered(True)
    assert decide(State(Mode.PROGRESSIVE, floor, learned), 300.0).held


@pytest.mark.clause("E03")
def test_agents_are_held_while_calls_reach_them_too_late() -> None:
    learned = Learned(agents=20)
    for _ in range(200):
        learned.answered(False)
    floor = Floor(idle=4, talking=np.full(16, 100.0))
    assert not decide(State(Mode.PREDICTIVE, floor, learned), 300.0).held
    for _ in range(10):
        learned.connects.observe(1.9, 300.0)
    slow = decide(State(Mode.PREDICTIVE, floor, learned), 300.0)
    assert (slow.count, slow.held) == (4, True)
    assert "1.9 s" in slow.why
    assert not decide(State(Mode.PREDICTIVE, floor, learned), 700.0).held  # minutes later it is tried again


@given(floors())
@settings(max_examples=40, deadline=None)
def test_a_slower_plant_is_never_more_daring(floor: Floor) -> None:
    quick, slow = Learned(agents=20), Learned(agents=20)
    for _ in range(10):
        slow.connects.observe(1.2, 1000.0)
    assert np.all(risk_of_next(floor, slow, 1000.0, 8) >= risk_of_next(floor, quick, 1000.0, 8) - 1e-6)
