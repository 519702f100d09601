"""What queues do when they cannot, or shall not, keep somebody; and by what they order those they keep."""

from typing import Any

import pytest

from antiphon.acd.domain import effects as fx
from antiphon.acd.domain import inputs as i
from antiphon.acd.domain.agent import AgentState
from antiphon.acd.domain.item import Step
from antiphon.acd.domain.queue import Overflow, QueueSettings, Way
from antiphon.acd.domain.reasons import Reason, Refusal
from antiphon.acd.tests.scene import Scene

pytestmark = pytest.mark.domain

TO_X = Overflow(Way.QUEUE, "x")
VOICEMAIL = Overflow(Way.VOICEMAIL)
CALLBACK = Overflow(Way.CALLBACK)


def with_x(**settings: Any) -> Scene:
    """Queue q as the settings say, and queue x with agent X."""
    scene = Scene("x q", "A q", "X x").state("A", AgentState.NOT_READY)
    return scene.tell(i.QueueConfigured(QueueSettings("q", **settings)))


def test_a_full_queue_refuses_or_sends_on() -> None:
    scene = with_x(max_waiting=1).calls("i1")
    with pytest.raises(Refusal) as refused:
        scene.calls("i2")
    assert refused.value.reason is Reason.QUEUE_FULL
    assert with_x(max_waiting=1, when_full=TO_X).calls("i1", "i2").ready("X").offers == [("i2", "X")]


def test_queues_that_send_each_other_on_refuse_in_the_end() -> None:
    scene = with_x(max_waiting=0, when_full=TO_X)
    scene.tell(i.QueueConfigured(QueueSettings("x", closed=True, when_closed=Overflow(Way.QUEUE, "q"))))
    with pytest.raises(Refusal) as refused:
        scene.calls("i1")
    assert refused.value.reason is Reason.QUEUE_CLOSED


def test_a_closed_queue_serves_who_waits_and_takes_nobody_new() -> None:
    scene = with_x().calls("i1").tell(i.QueueConfigured(QueueSettings("q", closed=True)))
    with pytest.raises(Refusal) as refused:
        scene.calls("i2")
    assert refused.value.reason is Reason.QUEUE_CLOSED
    assert scene.ready("A").offers == [("i1", "A")]


def test_voicemail_at_the_entrance_is_told_to_the_channel_and_remembered() -> None:
    scene = with_x(closed=True, when_closed=VOICEMAIL).calls("i1")
    assert scene.told(fx.WorkOverflowed) == [fx.WorkOverflowed("i1", "q", 0, Way.VOICEMAIL)]
    assert scene.item_state("i1") == "overflowed"
    assert scene.calls("i1").effects == []


def test_nobody_is_stranded_when_nobody_is_online() -> None:
    """Rocket.Chat 22105: either somebody else takes it, or the customer is told, or it waits visibly; never lost."""
    gone = with_x(when_unmanned=VOICEMAIL).state("A", AgentState.OFFLINE)
    assert gone.calls("i1").told(fx.WorkOverflowed)[0].way is Way.VOICEMAIL
    waits = with_x().state("A", AgentState.OFFLINE).calls("i1")
    assert waits.item_state("i1") == "waiting"
    assert waits.ready("A").offers == [("i1", "A")]


def test_the_longest_wait_ends_as_the_queue_says() -> None:
    scene = with_x(max_wait_ms=30_000, when_late=VOICEMAIL).calls("i1")
    assert scene.tick(29).effects == []
    assert scene.tick(30).told(fx.WorkOverflowed) == [fx.WorkOverflowed("i1", "q", 30_000, Way.VOICEMAIL)]
    late = with_x(max_wait_ms=30_000, when_late=TO_X).ready("X").calls("i1")
    assert late.tick(30).offers == [("i1", "X")]
    stays = with_x(max_wait_ms=30_000, when_late=CALLBACK).calls("i1", "i2").tick(30)
    assert [effect.way for effect in stays.told(fx.WorkOverflowed)] == [Way.CALLBACK] * 2
    assert stays.ready("A").offers == [("i1", "A")], "at his place"


def test_what_rings_is_not_torn_away_by_a_limit() -> None:
    scene = with_x(max_wait_ms=30_000, when_late=VOICEMAIL).calls("i1").at(25).ready("A")
    assert scene.tick(31).effects == []
    assert scene.accepts("A", "i1").item_state("i1") == "connected"
    assert scene.tick(60).item_state("i1") == "connected"


def test_an_emptied_queue_has_nobody_left_and_everybody_keeps_his_place() -> None:
    scene = with_x().calls("i1", "i2").at(1).calls("x1", queue="x").tell(i.QueueEmptied("q", TO_X))
    assert [item.item_id for item in scene.brain.floor.index.queues["x"].line] == ["i1", "i2", "x1"]
    assert not len(scene.brain.floor.index.queues["q"].line)
    away = with_x().calls("i1").ready("A").tell(i.QueueEmptied("q", VOICEMAIL))
    assert (away.item_state("i1"), away.brain.floor.agents["A"].load) == ("overflowed", (0, 0, 0, 0))


def test_a_plan_may_end_in_voicemail() -> None:
    plan = (Step(lasts_ms=5_000), Step(overflow=VOICEMAIL))
    scene = with_x().calls("i1", steps=plan)
    assert scene.tick(5).told(fx.WorkOverflowed)[0].way is Way.VOICEMAIL
    absent = with_x().calls("i1", steps=(Step(only="X", lasts_ms=5_000), Step(overflow=VOICEMAIL)))
    assert absent.told(fx.WorkOverflowed), "X is not here: nothing to wait for"


def test_one_of_several_skill_sets_is_enough() -> None:
    scene = Scene("q").agent("A q", {"de": 1}).agent("B q", {"en": 2, "vip": 1}).ready("A", "B")
    wants = ((("de", 3),), (("en", 2), ("vip", 1)))
    assert scene.calls("i1", any_of=wants).offers == [("i1", "B")]
    assert scene.calls("i2", any_of=wants, steps=(Step(lasts_ms=1_000), Step(any_of=()))).offers == []
    assert scene.tick(1).offers == [("i2", "A")]


def test_by_service_level_the_nearest_promise_comes_first() -> None:
    scene = Scene("", "A").tell(i.QueueConfigured(QueueSettings("slow", due_ms=120_000)))
    scene.tell(i.QueueConfigured(QueueSettings("fast", due_ms=10_000))).agent("A slow fast")
    scene.calls("s1", queue="slow").at(60).calls("f1", queue="fast").at(115).calls("f2", queue="fast")
    order = [scene.ready("A").offers]
    for item_id in ("f1", "s1"):
        order.append(scene.accepts("A", item_id).hangs_up("A", item_id).offers)
    assert order == [[("f1", "A")], [("s1", "A")], [("f2", "A")]]


def test_what_a_customer_is_worth_counts_like_priority() -> None:
    scene = Scene("q", "A q").calls("i1").at(5).calls("i2", value=9)
    assert scene.at(6).ready("A").offers == [("i2", "A")]


def test_in_a_sticky_queue_the_customer_gets_the_agent_he_had_last() -> None:
    scene = Scene("q", "A q", "B q", sticky_ms=20_000).ready("A", "B")
    scene.calls("i1", contact_id="Ann").accepts("A", "i1").at(1).hangs_up("A", "i1")
    assert scene.at(60).calls("other").accepts("B", "other").calls("i2", contact_id="Ann").offers == [("i2", "A")]
    scene.accepts("A", "i2").hangs_up("B", "other").calls("i3", contact_id="Ann")
    assert scene.offers == []
    assert scene.tick(80).offers == [("i3", "B")]


def test_an_agent_works_only_in_the_queues_he_has_logged_in_to() -> None:
    scene = Scene("q x", "A q x").ready("A").tell(i.QueuesChosen("A", ("x",)))
    assert scene.calls("i1").offers == []
    assert scene.calls("x1", queue="x").offers == [("x1", "A")]
    scene.accepts("A", "x1").hangs_up("A", "x1")
    assert scene.agent("A q x").offers == [], "being configured anew does not log him in elsewhere"
    assert scene.tell(i.QueuesChosen("A", None)).offers == [("i1", "A")]
    with pytest.raises(Refusal) as refused:
        scene.tell(i.QueuesChosen("A", ("nowhere",)))
    assert refused.value.reason is Reason.NOT_A_MEMBER


def test_a_supervisor_gives_work_to_whom_he_likes() -> None:
    scene = Scene("q x", "A q", "B x", "C x").ready("A", "B", "C").calls("i1").accepts("A", "i1").calls("i2")
    scene.tell(i.WorkAssigned("i1", "B", "boss"))
    assert scene.told(fx.WorkRequeued)[0].from_agent == "A"
    assert scene.offers == [("i2", "A")]
    scene.tell(i.WorkAssigned("i2", "C"))
    assert scene.told(fx.OfferEnded)[0].how is fx.OfferEnd.WITHDRAWN
    assert scene.tell(i.WorkAssigned("i2", "C")).effects == []
    with pytest.raises(Refusal) as refused:
        scene.tell(i.WorkAssigned("i1", "C"))
    assert refused.value.reason is Reason.NO_ROOM
