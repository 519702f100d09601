"""Why this item waits, why me."""

import pytest

from antiphon.acd.domain import effects as fx
from antiphon.acd.domain.agent import AgentState
from antiphon.acd.domain.decision import Decision, LostBy, Matched, Rival
from antiphon.acd.domain.explain import Obstacle, why_me, why_waiting
from antiphon.acd.tests.scene import Scene

pytestmark = pytest.mark.domain


def test_each_agent_is_counted_under_the_first_thing_that_keeps_him() -> None:
    scene = Scene("q", "Off q", "Break q", "Low q", "Shut q", "Busy q", "Tier q:2", level_delays=((2, 60_000),))
    scene.agent("Busy q", skills={"de": 2}).agent("Shut q", skills={"de": 2}).agent("Tier q:2", skills={"de": 2})
    scene.state("Break", AgentState.NOT_READY, "lunch").ready("Busy").calls("i0").accepts("Busy", "i0")
    scene.ready("Low", "Shut", "Tier").calls("i1", skills={"de": 2}, excluded=("Shut",))
    why = why_waiting(scene.brain, "i1")
    assert why is not None
    assert (why.position, why.agents) == (1, 6)
    assert dict(why.obstacles) == {
        Obstacle.LOGGED_OUT: 1,
        Obstacle.NOT_READY: 1,
        Obstacle.TIER_CLOSED: 1,
        Obstacle.SKILL_MISSING: 1,
        Obstacle.EXCLUDED: 1,
        Obstacle.BUSY: 1,
    }
    assert why_waiting(scene.brain, "i0") is None


def test_an_item_kept_for_one_agent_says_so() -> None:
    scene = Scene("q", "A q", "B q").state("A", AgentState.NOT_READY).ready("B")
    why = why_waiting(scene.calls("i1", preferred="A", preferred_wait_ms=9_000).brain, "i1")
    assert why is not None
    assert dict(why.obstacles) == {Obstacle.NOT_READY: 1, Obstacle.RESERVED_FOR_ANOTHER: 1}


def test_an_empty_queue_has_no_obstacles_but_nobody() -> None:
    why = why_waiting(Scene("q").calls("i1").brain, "i1")
    assert why is not None
    assert (why.agents, why.obstacles) == (0, ())


def test_the_decision_names_the_winner_and_three_runners_up() -> None:
    scene = Scene("q", "A q:1", "B q:1", "C q:2", "D q:1", "E q:1", "X q:1").agent("D q:1", skills={"de": 3})
    for number, name in enumerate("DABCEX"):
        scene.at(number).agent(f"{name} q:{2 if name == 'C' else 1}", skills={"de": 3}).ready(name)
    (offer,) = scene.at(60).calls("i1", skills={"de": 2}, excluded=("D",)).told(fx.WorkOffered)
    assert offer.why == Decision(
        rule="longest_idle",
        position=1,
        waited_ms=0,
        level=1,
        key=(1_000,),
        skills=(Matched("de", 2, 3),),
        rivals=(
            Rival("D", 1, (0,), LostBy.SPARED),
            Rival("B", 1, (2_000,), LostBy.KEY),
            Rival("E", 1, (4_000,), LostBy.KEY),
        ),
    )
    assert why_me(offer.why)[-1] == "E comes later by this rule."


def test_work_that_waited_for_the_agent_has_no_rivals() -> None:
    (offer,) = Scene("q", "A q").calls("i1").at(9).ready("A").told(fx.WorkOffered)
    assert (offer.why.waited_ms, offer.why.rivals) == (9_000, ())
    assert "Nobody else had room." in why_me(offer.why)
