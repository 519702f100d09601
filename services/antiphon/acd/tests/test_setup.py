"""Configuration holds from the next decision and loses nothing."""

import pytest

from antiphon.acd.domain.agent import AgentState, Seat
from antiphon.acd.domain.inputs import AgentConfigured, AgentRemoved, PolicySet, QueueConfigured, QueueRemoved
from antiphon.acd.domain.policy import VOICE_MAY_INTERRUPT_CHAT, Policy
from antiphon.acd.domain.queue import QueueSettings
from antiphon.acd.domain.reasons import Reason, Refusal
from antiphon.acd.tests.scene import Scene

pytestmark = pytest.mark.domain


@pytest.mark.parametrize(
    ("fact", "reason"),
    [
        (QueueConfigured(QueueSettings("q", strategy="darts")), Reason.UNKNOWN_STRATEGY),
        (QueueConfigured(QueueSettings("q", ring_ms=-1)), Reason.INVALID),
        (QueueRemoved("q"), Reason.IN_USE),
        (QueueRemoved("nowhere"), Reason.UNKNOWN_QUEUE),
        (AgentConfigured("A", (Seat("nowhere"),)), Reason.UNKNOWN_QUEUE),
        (AgentConfigured("A", (Seat("q"), Seat("q", 2))), Reason.INVALID),
        (AgentConfigured("A", capacity={"voice": -1}), Reason.INVALID),
        (AgentRemoved("A"), Reason.IN_USE),
        (AgentRemoved("nobody"), Reason.UNKNOWN_AGENT),
    ],
    ids=str,
)
def test_refused(fact: QueueConfigured, reason: Reason) -> None:
    scene = Scene("q", "A q").ready("A").calls("i1").accepts("A", "i1")
    with pytest.raises(Refusal) as refusal:
        scene.tell(fact)
    assert refusal.value.reason is reason


def test_a_new_aging_rate_puts_everybody_in_the_new_order() -> None:
    scene = Scene("q", "A q").calls("old").at(30).calls("urgent", priority=20)
    scene.tell(PolicySet(Policy(aging_millipoints=500)))
    assert scene.ready("A").offers == [("urgent", "A")]


def test_a_new_interrupt_matrix_makes_room_at_once() -> None:
    scene = Scene("q", "A q").ready("A").calls("c1", channel="chat").accepts("A", "c1").calls("i1")
    assert scene.offers == []
    assert scene.tell(PolicySet(Policy(blocked_by=VOICE_MAY_INTERRUPT_CHAT))).offers == [("i1", "A")]


def test_a_new_skill_or_seat_finds_work_at_once() -> None:
    scene = Scene("q x", "A q").ready("A").calls("i1", skills={"de": 1}).calls("i2", queue="x")
    assert scene.agent("A q", skills={"de": 1}).offers == [("i1", "A")]
    assert scene.accepts("A", "i1").hangs_up("A", "i1").agent("A q x").offers == [("i2", "A")]


def test_removing_an_agent_withdraws_his_offer() -> None:
    scene = Scene("q", "A q", "B q").ready("A").calls("i1").state("B", AgentState.READY)
    assert scene.tell(AgentRemoved("A")).offers == [("i1", "B")]


def test_removing_an_idle_queue_unseats_its_members() -> None:
    scene = Scene("q x", "A q x").ready("A").tell(QueueRemoved("x"))
    assert [seat.queue_id for seat in scene.brain.floor.agents["A"].seats] == ["q"]
    assert scene.calls("i1").offers == [("i1", "A")]


def test_more_kinds_of_work_than_a_queue_keeps_lanes_for() -> None:
    scene = Scene("q").agent("A q", skills={f"s{n}": 1 for n in range(300)}).ready("A")
    for number in range(300):
        item_id = f"i{number}"
        assert scene.calls(item_id, skills={f"s{number}": 1}).offers == [(item_id, "A")]
        scene.accepts("A", item_id).hangs_up("A", item_id)
    assert sum(len(lanes) for lanes in scene.brain.floor.index.queues["q"].lanes) <= 64
    assert len(scene.brain.floor.index.places(scene.brain.floor.agents["A"], 0)) <= 64  # type: ignore[arg-type]
