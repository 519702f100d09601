"""A piece of work from arrival to end: every road, every repeat, every refusal."""

from typing import Any

import pytest

from antiphon.acd.domain import effects as fx
from antiphon.acd.domain.agent import AgentState
from antiphon.acd.domain.inputs import (
    Input,
    LeaseRenewed,
    Left,
    OfferAccepted,
    OfferDeclined,
    WorkEnqueued,
    WorkPulled,
    WorkReleased,
    WorkTransferred,
    WorkWithdrawn,
    WrapUpEnded,
)
from antiphon.acd.domain.policy import Policy, WrapUp, WrapUpMode
from antiphon.acd.domain.reasons import Reason, Refusal
from antiphon.acd.tests.scene import Scene

pytestmark = pytest.mark.domain


def ringing(**settings: Any) -> Scene:
    """i1 rings at A; B is offline."""
    return Scene("q", "A q", "B q", **settings).ready("A").calls("i1")


def refuses(scene: Scene, fact: Input, reason: Reason) -> None:
    with pytest.raises(Refusal) as refusal:
        scene.tell(fact)
    assert refusal.value.reason is reason


def test_a_call_from_arrival_to_completion() -> None:
    scene = ringing(wrap_up=WrapUp(WrapUpMode.OPTIONAL))
    assert [type(effect) for effect in scene.effects] == [fx.WorkQueued, fx.WorkOffered, fx.AgentStateChanged]
    assert [type(e) for e in scene.at(5).accepts("A", "i1").effects] == [fx.OfferEnded, fx.WorkAccepted]
    assert [type(e) for e in scene.at(65).hangs_up("A", "i1").effects] == [fx.WrapUpStarted]
    scene.at(75).tell(WrapUpEnded("i1", "A", "sold"))
    assert scene.told(fx.WorkCompleted) == [
        fx.WorkCompleted("i1", "A", "sold", talk_ms=60_000, wrap_ms=10_000, how=fx.Completed.BY_AGENT)
    ]
    assert scene.told(fx.AgentStateChanged)[0].load == (0, 0, 0, 0)
    assert scene.brain.next_deadline() is None


def test_repeats_are_successes_without_effects() -> None:
    scene = ringing(wrap_up=WrapUp(WrapUpMode.OPTIONAL))
    story: list[Input] = [
        WorkEnqueued("i1", "q"),
        OfferAccepted("i1", 1, "A"),
        WorkReleased("i1", "A"),
        WrapUpEnded("i1", "A", "sold"),
    ]
    for number, fact in enumerate(story):
        scene.tell(fact)
        for repeated in story[: number + 1]:
            assert scene.tell(repeated).effects == [], (fact, repeated)


@pytest.mark.parametrize(
    ("fact", "reason"),
    [
        (OfferAccepted("i1", 2, "A"), Reason.OFFER_GONE),
        (OfferAccepted("i1", 1, "B"), Reason.OFFER_GONE),
        (OfferAccepted("nobody", 1, "A"), Reason.UNKNOWN_ITEM),
        (OfferDeclined("i1", 9, "A"), Reason.OFFER_GONE),
        (WorkReleased("i1", "A"), Reason.NOT_YOURS),
        (WrapUpEnded("i1", "A"), Reason.NOT_YOURS),
        (WorkEnqueued("i1", "q", "email"), Reason.DUPLICATE),
        (WorkEnqueued("i2", "nowhere"), Reason.UNKNOWN_QUEUE),
        (WorkPulled("i1", "nobody"), Reason.UNKNOWN_AGENT),
        (WorkPulled("i1", "B"), Reason.ILLEGAL_TRANSITION),
        (WorkTransferred("i1"), Reason.INVALID),
        (WorkTransferred("i1", to_queue="nowhere"), Reason.UNKNOWN_QUEUE),
        (LeaseRenewed("i1", "A"), Reason.NOT_YOURS),
    ],
    ids=str,
)
def test_refused_while_it_rings(fact: Input, reason: Reason) -> None:
    refuses(ringing(), fact, reason)


def test_two_agents_never_answer_one_call() -> None:
    scene = ringing().tick(20).ready("B")
    assert scene.offers == [("i1", "B")]
    refuses(scene, OfferAccepted("i1", 1, "A"), Reason.OFFER_GONE)
    scene.accepts("B", "i1")
    refuses(scene, OfferAccepted("i1", 2, "A"), Reason.OFFER_GONE)


def test_an_accept_journalled_before_the_late_tick_wins() -> None:
    assert ringing().at(25).accepts("A", "i1").item_state("i1") == "connected"


def test_a_full_queue_refuses_and_counts_only_who_waits() -> None:
    scene = ringing(max_waiting=1).calls("i2")
    refuses(scene, WorkEnqueued("i3", "q"), Reason.QUEUE_FULL)
    scene.tell(WorkWithdrawn("i2"))
    assert scene.calls("i3").told(fx.WorkQueued) == [fx.WorkQueued("i3", "q", 1)]


def test_the_place_survives_rona_decline_and_transfer() -> None:
    scene = ringing().at(1).calls("i2").tick(20)
    assert scene.at(21).calls("i3").brain.floor.index.position(scene.brain.floor.items["i1"]) == 1
    assert scene.ready("B").offers == [("i1", "B")]
    assert scene.declines("B", "i1", "busy").offers == [("i2", "B")]
    assert scene.state("B", AgentState.NOT_READY).ready("A").offers == [("i1", "A")]
    scene.accepts("A", "i1").at(30).tell(WorkTransferred("i1", to_queue="q"))
    assert scene.told(fx.WorkRequeued) == [fx.WorkRequeued("i1", "q", 1, "A", fx.Back.TRANSFERRED)]


def test_a_transfer_without_its_place_goes_to_the_end() -> None:
    scene = ringing().accepts("A", "i1").calls("i2").at(9).tell(WorkTransferred("i1", to_queue="q", keep_place=False))
    assert scene.told(fx.WorkRequeued)[0].position == 2
    assert scene.offers == [("i2", "A")]


def test_a_transfer_to_a_person_waits_for_him_and_then_falls_to_the_queue() -> None:
    for ends, taker in ((4, "A"), (6, "C")):
        scene = Scene("q", "A q", "B q", "C q").ready("A", "B").calls("i0").accepts("A", "i0")
        scene.calls("i1").accepts("B", "i1").ready("C")
        assert scene.tell(WorkTransferred("i1", to_agent="A", wait_ms=5_000)).offers == []
        offers = scene.tick(ends).offers + scene.hangs_up("A", "i0").offers
        assert offers == [("i1", taker)]


def test_who_declines_is_spared_the_item_for_a_while_even_alone() -> None:
    scene = ringing().declines("A", "i1")
    assert (scene.offers, scene.tick(14).offers) == ([], [])
    assert scene.tick(15).offers == [("i1", "A")]
    assert scene.declines("A", "i1", "busy").tick(44).offers == []
    assert scene.tick(45).offers == [("i1", "A")]


def test_declining_what_is_over_is_no_error() -> None:
    assert ringing().tick(20).tell(OfferDeclined("i1", 1, "A")).effects == []


@pytest.mark.parametrize(("reason"), list(Left))
def test_whoever_leaves_before_an_answer_is_abandoned_and_the_agent_free(reason: Left) -> None:
    scene = ringing().calls("i2").at(3).tell(WorkWithdrawn("i1", reason))
    assert scene.told(fx.OfferEnded)[0].how is fx.OfferEnd.WITHDRAWN
    assert scene.told(fx.WorkAbandoned) == [fx.WorkAbandoned("i1", "q", 3_000, reason)]
    assert scene.offers == [("i2", "A")]
    assert scene.tell(WorkWithdrawn("i1")).effects == []


def test_pulling_takes_room_and_membership() -> None:
    scene = Scene("q x", "A q", "B x").state("A", AgentState.NOT_READY).ready("B").calls("i1", "i2")
    refuses(scene, WorkPulled("i1", "B"), Reason.NOT_A_MEMBER)
    assert scene.tell(WorkPulled("i2", "A")).told(fx.WorkAccepted)[0].pulled
    refuses(scene, WorkPulled("i1", "A"), Reason.NO_ROOM)
    assert scene.tell(WorkPulled("i2", "A")).effects == []


def test_finished_work_is_remembered_for_a_while_only() -> None:
    scene = Scene("q", policy=Policy(remember=2))
    for name in ("i1", "i2", "i3"):
        scene.calls(name).tell(WorkWithdrawn(name))
    assert list(scene.brain.floor.items) == ["i2", "i3"]
