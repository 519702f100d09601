"""Agents come, pause, miss offers and vanish."""

import pytest

from antiphon.acd.domain import effects as fx
from antiphon.acd.domain.agent import AgentState
from antiphon.acd.domain.inputs import LeaseRenewed
from antiphon.acd.domain.item import ItemState, Turn
from antiphon.acd.domain.reasons import Reason, Refusal
from antiphon.acd.tests.scene import Scene

pytestmark = pytest.mark.domain


def test_a_missed_offer_makes_him_not_responding_until_he_returns() -> None:
    scene = Scene("q", "A q").ready("A").calls("i1").tick(20)
    assert [type(e) for e in scene.effects] == [fx.OfferEnded, fx.AgentStateChanged]
    assert scene.states_told() == {"A": "not_responding"}
    assert scene.tick(500).offers == []
    assert scene.ready("A").offers == [("i1", "A")]


def test_after_a_missed_offer_he_is_last_in_line_for_the_next() -> None:
    scene = Scene("q", "A q", "B q").ready("A").at(5).ready("B").calls("i1").tick(30).accepts("B", "i1")
    scene.at(40).hangs_up("B", "i1").at(50).ready("A")
    assert scene.calls("i2").offers == [("i2", "B")]


@pytest.mark.parametrize("state", [AgentState.NOT_READY, AgentState.OFFLINE, AgentState.DISABLED])
def test_whoever_leaves_ready_holds_no_offers(state: AgentState) -> None:
    scene = Scene("q", "A q", "B q").ready("A", "B").calls("i1").state("A", state)
    assert scene.told(fx.OfferEnded)[0].how is fx.OfferEnd.WITHDRAWN
    assert scene.offers == [("i1", "B")]


def test_a_missed_chat_recalls_his_other_offers_too() -> None:
    scene = Scene("q", "A q").ready("A").calls("c1", channel="chat").at(10).calls("c2", channel="chat").tick(45)
    assert [offer.how for offer in scene.told(fx.OfferEnded)] == [fx.OfferEnd.RANG_OUT, fx.OfferEnd.WITHDRAWN]
    assert scene.brain.floor.agents["A"].load == (0, 0, 0, 0)


def test_chats_of_an_agent_who_vanished_go_back_to_line_and_calls_end() -> None:
    scene = Scene("q", "A q", "B q").ready("A").calls("c1", channel="chat").accepts("A", "c1")
    scene.state("A", AgentState.OFFLINE).ready("B")
    assert scene.tick(59).offers == []
    assert scene.tick(60).offers == [("c1", "B")]
    assert scene.told(fx.WorkRequeued)[0].why is fx.Back.LEASE_LOST
    voice = Scene("q", "A q").ready("A").calls("i1").accepts("A", "i1").state("A", AgentState.OFFLINE).tick(60)
    assert voice.told(fx.WorkCompleted)[0].how is fx.Completed.LEASE_LOST


def test_a_reload_of_the_desk_keeps_the_conversation() -> None:
    scene = Scene("q", "A q").ready("A").calls("c1", channel="chat").accepts("A", "c1")
    scene.state("A", AgentState.OFFLINE).at(30).ready("A").tick(3600)
    assert scene.item_state("c1") == "connected"


def test_a_lease_is_renewed_by_whoever_vouches_for_it() -> None:
    scene = Scene("q", "A q").ready("A").calls("i1").accepts("A", "i1")
    scene.at(3 * 3600).tell(LeaseRenewed("i1", "A")).tick(6 * 3600)
    assert scene.item_state("i1") == "connected"
    assert scene.tick(7 * 3600).item_state("i1") == "done"


def test_the_same_state_again_is_no_news() -> None:
    scene = Scene("q", "A q").ready("A")
    assert scene.ready("A").effects == []
    assert scene.state("A", AgentState.READY, "back").told(fx.AgentStateChanged)[0].reason == "back"


@pytest.mark.parametrize("state", [AgentState.NOT_RESPONDING, AgentState.DISABLED])
def test_an_illegal_change_names_both_sides(state: AgentState) -> None:
    with pytest.raises(Refusal) as refusal:
        Scene("q", "A q").state("A", state)
    assert refusal.value.reason is Reason.ILLEGAL_TRANSITION
    assert refusal.value.facts == {"agent": "A", "state": "offline", "to": state}


def test_an_illegal_turn_of_an_item_names_both_sides() -> None:
    scene = Scene("q").calls("i1")
    with pytest.raises(Refusal) as refusal:
        scene.brain.floor.items["i1"].move(Turn.COMPLETED)
    assert refusal.value.facts == {"item": "i1", "state": "waiting", "turn": "completed"}
    assert scene.brain.floor.items["i1"].state is ItemState.WAITING
