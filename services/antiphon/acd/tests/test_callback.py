"""The customer hangs up; his place waits for him."""

import pytest

from antiphon.acd.domain import effects as fx
from antiphon.acd.domain import inputs as i
from antiphon.acd.domain.agent import AgentState
from antiphon.acd.domain.estimate import Method, estimate, queue_length_wait
from antiphon.acd.domain.policy import Policy
from antiphon.acd.domain.reasons import Reason, Refusal
from antiphon.acd.domain.tally import Pace
from antiphon.acd.tests.scene import Scene

pytestmark = pytest.mark.domain


def waiting() -> Scene:
    return Scene("q", "A q", policy=Policy(callback_tries=2, callback_retry_ms=60_000)).state("A", AgentState.NOT_READY)


@pytest.mark.clause("B11")
def test_a_callback_keeps_its_place_and_reserves_the_agent_first() -> None:
    scene = waiting().calls("i1").at(1).calls("i2").tell(i.CallbackWanted("i1"))
    assert scene.tell(i.CallbackWanted("i1")).effects == []
    assert scene.ready("A").offers == [("i1", "A")]
    assert scene.accepts("A", "i1").brain.floor.items["i1"].callback


@pytest.mark.clause("B11")
def test_one_that_is_not_answered_is_tried_again_at_its_place_and_not_for_ever() -> None:
    scene = waiting().calls("i1").at(1).calls("i2").tell(i.CallbackWanted("i1")).ready("A").accepts("A", "i1")
    scene.tell(i.CallbackFailed("i1", "A"))
    assert scene.told(fx.WorkScheduled) == [fx.WorkScheduled("i1", "q", 61_000, "A")]
    assert scene.offers == [("i2", "A")], "the agent is free at once"
    assert scene.tell(i.CallbackFailed("i1", "A")).effects == []
    scene.at(2).accepts("A", "i2").calls("i3").tick(61)
    assert scene.told(fx.WorkRequeued)[0].position == 1
    assert scene.hangs_up("A", "i2").offers == [("i1", "A")]
    scene.accepts("A", "i1").tell(i.CallbackFailed("i1", "A"))
    assert scene.told(fx.WorkAbandoned)[0].reason is i.Left.UNREACHED
    assert scene.offers == [("i3", "A")]


def test_a_scheduled_callback_is_taken_before_its_time() -> None:
    scene = waiting().ready("A").calls("i1", not_before=600_000)
    scene.tell(i.WorkPulled("i1", "A"))
    assert scene.told(fx.WorkAccepted) == [fx.WorkAccepted("i1", 1, "A", 0, pulled=True)]
    assert scene.item_state("i1") == "connected"
    assert scene.tick(700).offers == [], "it does not come again"


def test_a_scheduled_callback_comes_into_line_at_its_time() -> None:
    scene = waiting().ready("A").calls("i1", not_before=600_000)
    assert (scene.offers, scene.item_state("i1")) == ([], "scheduled")
    assert scene.tick(599).effects == []
    scene.tick(600)
    assert scene.told(fx.WorkQueued) == [fx.WorkQueued("i1", "q", 1)]
    assert scene.offers == [("i1", "A")]


def test_who_waits_may_name_a_time_and_change_it() -> None:
    scene = waiting().calls("i1").at(1).tell(i.CallbackWanted("i1", 50_000)).tell(i.CallbackWanted("i1", 90_000))
    assert scene.ready("A").tick(50).offers == []
    assert scene.tick(90).offers == [("i1", "A")]
    gone = waiting().calls("i1").tell(i.CallbackWanted("i1", 50_000)).tell(i.WorkWithdrawn("i1"))
    assert gone.item_state("i1") == "abandoned"


def test_what_is_no_callback_cannot_fail_as_one() -> None:
    scene = waiting().ready("A").calls("i1").accepts("A", "i1")
    for agent_id, reason in (("A", Reason.ILLEGAL_TRANSITION), ("B", Reason.NOT_YOURS)):
        with pytest.raises(Refusal) as refused:
            scene.tell(i.CallbackFailed("i1", agent_id))
        assert refused.value.reason is reason
    with pytest.raises(Refusal):
        scene.tell(i.CallbackWanted("i1"))


def test_qlm_is_the_textbook_figure() -> None:
    assert queue_length_wait(0, 2, 120_000, 0.0) == 60_000
    assert queue_length_wait(3, 2, 120_000, 0.0) == 240_000
    impatient = queue_length_wait(3, 2, 120_000, 1 / 120_000)
    assert impatient == round(120_000 * (1 / 2 + 1 / 3 + 1 / 4 + 1 / 5))


def test_an_estimate_is_a_range_and_says_what_it_rests_on() -> None:
    scene = Scene("q", "A q").ready("A").calls("i0").accepts("A", "i0").calls("i1", "i2")
    found = estimate(scene.brain, "q", Pace(handle_ms=120_000), 1_000)
    assert (found.position, found.expected, found.method) == (3, 360_000, Method.QUEUE_LENGTH)
    assert found.least < found.expected < found.most
    assert estimate(scene.brain, "q", Pace(handle_ms=120_000), 1_000, "i1").expected == 120_000
    unknown = estimate(scene.brain, "q", Pace(), 45_000)
    assert (unknown.expected, unknown.method) == (45_000, Method.HEAD_OF_LINE)
    assert estimate(Scene("q", "A q").ready("A").brain, "q", Pace(), 0).most == 0
    assert estimate(Scene("q", "A q").brain, "q", Pace(), 0).method is Method.NONE
