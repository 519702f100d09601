"""Plans and tiers widen the circle while the place in line stays."""

from typing import Any

import pytest

from antiphon.acd.domain import effects as fx
from antiphon.acd.domain.agent import AgentState
from antiphon.acd.domain.inputs import AgentRemoved
from antiphon.acd.domain.item import Step
from antiphon.acd.tests.scene import Scene

pytestmark = pytest.mark.domain

TIERS: dict[str, Any] = {"level_delays": ((2, 30_000), (3, 60_000))}


def test_a_plan_goes_through_its_steps_by_its_own_clock() -> None:
    scene = Scene("q x", "A q", "X x").agent("D q", skills={"de": 1}).ready("D", "X")
    steps = (Step(lasts_ms=10_000), Step(lasts_ms=10_000, skills=(("de", 2),)), Step(add_queues=("x",)))
    scene.calls("i1", skills={"de": 3}, steps=steps)
    assert (scene.offers, scene.tick(9).offers) == ([], [])
    assert scene.tick(12).told(fx.RoutingWidened) == [fx.RoutingWidened("i1", 1, ("q",), (("de", 2),), None)]
    assert scene.tick(19).effects == []
    assert scene.tick(20).told(fx.RoutingWidened)[0].queues == ("q", "x")
    assert scene.offers == []
    scene.agent("X x", skills={"de": 2})
    assert scene.offers == [("i1", "X")]


def test_an_overflowed_item_is_served_once_and_leaves_both_lines() -> None:
    scene = Scene("q x", "A q", "X x")
    scene.calls("i1", steps=(Step(lasts_ms=0), Step(add_queues=("x",)))).tick(1)
    lines = scene.brain.floor.index.queues
    assert [len(lines[queue].line) for queue in "qx"] == [1, 1]
    assert scene.ready("X", "A").offers == [("i1", "X")]
    assert [len(lines[queue].line) for queue in "qx"] == [0, 0]


def test_the_preferred_agent_first_then_everybody() -> None:
    scene = Scene("q", "A q", "B q").ready("A", "B").calls("i0").accepts("A", "i0")
    assert scene.calls("i1", preferred="A", preferred_wait_ms=8_000).offers == []
    assert scene.tick(8).offers == [("i1", "B")]


def test_a_preferred_agent_who_comes_free_in_time_gets_it() -> None:
    scene = Scene("q", "A q", "B q").ready("A", "B").calls("i0").accepts("A", "i0")
    scene.calls("i1", preferred="A", preferred_wait_ms=8_000)
    assert scene.at(5).hangs_up("A", "i0").offers == [("i1", "A")]
    assert scene.told(fx.WorkOffered)[0].why.rule == "preferred"


@pytest.mark.parametrize("absent", ["nobody", "C"])
def test_nobody_waits_for_an_agent_who_is_not_here(absent: str) -> None:
    scene = Scene("q", "A q", "C q").ready("A")
    assert scene.calls("i1", preferred=absent, preferred_wait_ms=60_000).offers == [("i1", "A")]


@pytest.mark.parametrize("gone", ["offline", "removed"])
def test_when_the_preferred_agent_goes_his_customers_go_on(gone: str) -> None:
    scene = Scene("q", "A q", "B q").state("A", AgentState.NOT_READY).ready("B")
    assert scene.calls("i1", preferred="A", preferred_wait_ms=60_000).offers == []
    scene.state("A", AgentState.OFFLINE) if gone == "offline" else scene.tell(AgentRemoved("A"))
    assert scene.offers == [("i1", "B")]


def test_tiers_open_with_the_wait() -> None:
    scene = Scene("q", "A q:1", "B q:2", "C q:3", **TIERS).state("A", AgentState.NOT_READY).ready("B", "C")
    assert (scene.calls("i1", "i2").offers, scene.tick(29).offers) == ([], [])
    assert scene.tick(30).offers == [("i1", "B")]
    assert scene.tick(49).offers == []
    assert scene.accepts("B", "i1").tick(60).offers == [("i2", "C")]


def test_a_tier_opens_at_once_when_nobody_below_is_logged_in() -> None:
    scene = Scene("q", "A q:1", "B q:2", **TIERS).state("A", AgentState.NOT_READY).ready("B").calls("i1")
    assert scene.offers == []
    assert scene.state("A", AgentState.OFFLINE).offers == [("i1", "B")]


def test_a_tier_closes_for_who_waits_when_somebody_below_logs_in() -> None:
    scene = Scene("q", "A q:1", "B q:2", **TIERS).state("B", AgentState.NOT_READY).calls("i1")
    scene.state("A", AgentState.NOT_READY)
    assert scene.ready("B").offers == []
    assert scene.tick(30).offers == [("i1", "B")]


def test_between_equal_keys_the_own_queue_comes_before_the_overflow_even_on_a_higher_level() -> None:
    scene = Scene("q x y", "A q:2 x:1")
    scene.calls("over", queue="y", steps=(Step(lasts_ms=1_000), Step(add_queues=("x",)))).calls("own").tick(2)
    assert scene.ready("A").offers == [("own", "A")]
