"""Deadlines: set, moved, cleared, due in order; stale ones cannot pile up."""

from random import Random

import pytest

from antiphon.acd.domain.deadlines import Deadlines
from antiphon.acd.domain.timer import Timer
from antiphon.acd.tests.test_line import item

pytestmark = pytest.mark.domain


def test_due_in_order_of_time_then_kind_then_arrival() -> None:
    deadlines, first, second = Deadlines(), item(0, 1), item(0, 2)
    for thing, kind, at in (
        (second, Timer.RING, 5),
        (first, Timer.RING, 5),
        (second, Timer.WRAP_UP, 5),
        (first, Timer.STEP, 4),
        (first, Timer.LEASE, 9),
    ):
        deadlines.set(thing, kind, at)
    found = []
    while (due := deadlines.pop_due(5)) is not None:
        found.append((due[0].seq, due[1].name))
    assert found == [(1, "STEP"), (2, "WRAP_UP"), (1, "RING"), (2, "RING")]
    assert deadlines.next() == 9


def test_moved_and_cleared_ones_do_not_fire() -> None:
    deadlines, thing = Deadlines(), item(0, 1)
    deadlines.set(thing, Timer.RING, 5)
    deadlines.set(thing, Timer.RING, 50)
    deadlines.set(thing, Timer.STEP, 6)
    deadlines.clear(thing, Timer.STEP)
    assert deadlines.pop_due(49) is None
    assert deadlines.next() == 50


def test_stale_ones_cannot_pile_up() -> None:
    deadlines, thing = Deadlines(), item(0, 1)
    for at in range(10_000):
        deadlines.set(thing, Timer.RING, at)
    assert len(deadlines) <= 66


def test_whatever_is_set_and_cleared_the_earliest_is_next_and_little_is_kept() -> None:
    for seed in range(60):
        rng = Random(seed)
        deadlines, things, span = Deadlines(), [item(0, seq) for seq in range(8)], rng.choice((3, 300, 3_000))
        for _ in range(300):
            thing, kind, draw = rng.choice(things), rng.choice(list(Timer)), rng.random()
            if draw < 0.6:
                deadlines.set(thing, kind, rng.randrange(span))
            elif draw < 0.8:
                deadlines.clear(thing, kind)
            elif draw < 0.85:
                deadlines.clear_all(thing)
            live = sorted((at, kind, thing.seq) for thing in things for kind, at in thing.timers.items())
            if draw > 0.9 and live:
                due = deadlines.pop_due(span)
                assert due is not None
                assert (due[2], due[1], due[0].seq) == live.pop(0)
            assert deadlines.next() == (live[0][0] if live else None)
            assert len(deadlines) <= 2 * len(live) + 2
