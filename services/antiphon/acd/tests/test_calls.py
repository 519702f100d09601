"""Phones: answered, busy, rejected, rung in vain, unreachable; calls that end; direct calls."""

from typing import Any

import pytest

from antiphon.acd.domain import effects as fx
from antiphon.acd.domain import inputs as i
from antiphon.acd.domain.agent import AgentState
from antiphon.acd.domain.brain import _RULES
from antiphon.acd.domain.policy import Delays, Policy, WrapUp, WrapUpMode
from antiphon.acd.domain.reasons import Reason, Refusal
from antiphon.acd.tests.scene import Scene

pytestmark = pytest.mark.domain


def ringing(**settings: Any) -> Scene:
    """A call rings A; B is on a break."""
    return Scene("q", "A q", "B q", **settings).state("B", AgentState.NOT_READY).ready("A").calls("i1")


def fails(scene: Scene, how: str, agent_id: str = "A", version: int = 1) -> Scene:
    return scene.tell(i.OfferFailed("i1", version, agent_id, i.Failure(how)))


def test_every_input_has_a_rule() -> None:
    assert set(_RULES) == set(i.Input.__args__)


def test_a_busy_agent_is_offered_nothing_until_the_delay_is_over() -> None:
    scene = fails(ringing(), "busy")
    assert scene.told(fx.OfferEnded) == [fx.OfferEnded("i1", 1, "A", fx.OfferEnd.BUSY)]
    assert scene.agent_state("A") == "ready"
    assert scene.at(1).calls("i2").offers == []
    assert scene.tick(29).offers == []
    assert scene.tick(30).offers == [("i1", "A")], "and the first in line is still the first"


def test_the_queue_has_its_own_delays() -> None:
    scene = fails(ringing(delays=Delays(busy_ms=5_000, declined_ms=60_000)), "busy")
    assert scene.at(1).calls("i2").tick(5).offers == [("i2", "A")], "the item itself is spared him a little longer"
    scene = fails(ringing(delays=Delays(busy_ms=5_000, declined_ms=60_000)), "declined")
    assert scene.told(fx.OfferEnded)[0].how is fx.OfferEnd.DECLINED
    assert scene.tick(59).offers == []
    assert scene.tick(60).offers == [("i1", "A")]


def test_setting_a_state_ends_the_rest() -> None:
    scene = fails(ringing(), "busy")
    assert scene.calls("i2").ready("A").offers == [("i2", "A")]


def test_no_answer_is_a_missed_offer() -> None:
    scene = fails(ringing(), "no_answer")
    assert (scene.agent_state("A"), scene.item_state("i1")) == ("not_responding", "waiting")
    assert scene.tick(3_600).offers == []
    assert scene.ready("A").offers == [("i1", "A")]


def test_after_the_delay_who_missed_is_ready_by_himself_but_not_for_ever() -> None:
    scene = ringing(policy=Policy(delays=Delays(no_answer_ms=10_000), most_missed=3))
    for version in (1, 2):
        fails(scene, "no_answer", version=version)
        assert scene.agent_state("A") == "not_responding"
        assert scene.tick(scene.now / 1_000 + 10).offers == [("i1", "A")]
    fails(scene, "no_answer", version=3)
    assert scene.tick(3_600).offers == []
    assert scene.agent_state("A") == "not_responding"


def test_an_unreachable_agent_is_disabled_and_says_why() -> None:
    scene = fails(ringing(), "unreachable").ready("B")
    agent = scene.brain.floor.agents["A"]
    assert (agent.state, agent.reason) == (AgentState.DISABLED, "unreachable")
    assert scene.offers == [("i1", "B")]


@pytest.mark.parametrize("how", list(i.Failure))
def test_a_failure_told_twice_or_too_late_changes_nothing(how: str) -> None:
    scene = fails(ringing(), how)
    assert fails(scene, how).effects == []
    won = ringing().accepts("A", "i1")
    with pytest.raises(Refusal) as refused:
        fails(won, how)
    assert refused.value.reason is Reason.OFFER_GONE
    assert won.item_state("i1") == "connected"


def test_other_offers_that_ring_an_agent_at_rest_go_to_others() -> None:
    scene = Scene("q", "A q", "B q").ready("A").calls("i1", channel="chat").calls("i2", channel="chat")
    assert scene.ready("B").offers == []
    assert fails(scene, "busy").told(fx.OfferEnded)[1:] == [fx.OfferEnded("i2", 1, "A", fx.OfferEnd.WITHDRAWN)]
    assert scene.offers == [("i1", "B"), ("i2", "B")]


WRAPS: dict[str, Any] = {"wrap_up": WrapUp(WrapUpMode.OPTIONAL)}


def test_a_call_that_ends_starts_wrap_up_whoever_holds_it() -> None:
    scene = ringing(**WRAPS).accepts("A", "i1").tell(i.WorkWithdrawn("i1", detail="hung_up"))
    assert scene.item_state("i1") == "wrap"
    assert scene.tell(i.WorkWithdrawn("i1")).effects == []


def test_what_is_only_put_aside_is_not_wrapped_up() -> None:
    scene = ringing(**WRAPS).accepts("A", "i1").tell(i.WorkWithdrawn("i1", i.Left.SNOOZED))
    assert scene.told(fx.WrapUpStarted) == []
    assert [effect.item_id for effect in scene.told(fx.WorkCompleted)] == ["i1"]
    assert scene.tell(i.WorkWithdrawn("i1", i.Left.SNOOZED)).effects == []


def test_a_call_that_ends_while_it_rings_is_abandoned() -> None:
    scene = ringing().tell(i.WorkWithdrawn("i1"))
    assert [effect.reason for effect in scene.told(fx.WorkAbandoned)] == [i.Left.CUSTOMER_LEFT]
    assert scene.agent_state("A") == "ready"
    assert scene.tell(i.WorkWithdrawn("i1")).effects == []


def test_a_direct_call_takes_the_agent_and_gives_him_back() -> None:
    scene = Scene("q", "A q", **WRAPS).ready("A").tell(i.WorkOccupied("out", "A"))
    assert scene.told(fx.WorkAccepted) == [fx.WorkAccepted("out", 1, "A", 0)]
    assert scene.tell(i.WorkOccupied("out", "A")).effects == []
    assert scene.calls("i1").offers == []
    assert scene.at(60).tell(i.WorkWithdrawn("out")).offers == [("i1", "A")]
    assert scene.told(fx.WorkCompleted)[0].talk_ms == 60_000


def test_a_direct_call_needs_room_unless_it_is_forced() -> None:
    scene = ringing()
    with pytest.raises(Refusal) as refused:
        scene.tell(i.WorkOccupied("out", "A"))
    assert refused.value.reason is Reason.NO_ROOM
    scene.tell(i.WorkOccupied("out", "A", force=True))
    assert scene.told(fx.OfferEnded)[0].how is fx.OfferEnd.WITHDRAWN
    assert scene.ready("B").offers == [("i1", "B")]
    with pytest.raises(Refusal) as refused:
        scene.tell(i.WorkOccupied("out", "B"))
    assert refused.value.reason is Reason.DUPLICATE
    with pytest.raises(Refusal) as refused:
        scene.tell(i.WorkOccupied("more", "nobody"))
    assert refused.value.reason is Reason.UNKNOWN_AGENT


def test_a_direct_call_may_be_transferred_to_a_queue() -> None:
    scene = Scene("q", "A q", "B q").ready("A").tell(i.WorkOccupied("out", "A"))
    with pytest.raises(Refusal):
        scene.tell(i.WorkTransferred("out", to_agent="B"))
    assert scene.ready("B").tell(i.WorkTransferred("out", to_queue="q")).offers == [("out", "B")]


def test_a_forgotten_direct_call_ends_with_its_lease() -> None:
    for channel in ("voice", "chat"):
        scene = Scene("q", "A q").ready("A").tell(i.WorkOccupied("out", "A", channel))
        assert scene.tick(24 * 3_600).told(fx.WorkCompleted)[0].how is fx.Completed.LEASE_LOST
        assert not any(scene.brain.floor.agents["A"].load)
