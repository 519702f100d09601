"""What others got wrong, as promises. Each test is named after the promise and says where it was broken."""

from itertools import permutations

import pytest

from antiphon.acd.domain import effects as fx
from antiphon.acd.domain import inputs as i
from antiphon.acd.domain.agent import AgentState
from antiphon.acd.domain.policy import WrapUp, WrapUpMode
from antiphon.acd.domain.reasons import Refusal
from antiphon.acd.domain.snapshot import dump, load
from antiphon.acd.domain.strategy import CATALOGUE
from antiphon.acd.domain.tally import Tally
from antiphon.acd.domain.views import waiting_list
from antiphon.acd.tests.scene import Scene

pytestmark = pytest.mark.domain

DAYS = 5 * 24 * 3_600


@pytest.mark.parametrize("strategy", CATALOGUE)
def test_one_call_has_one_agent_whoever_answers_and_however_often(strategy: str) -> None:
    """asterisk 176, 1557: two agents talk to one caller."""
    for order in permutations("ABC"):
        scene = Scene("q", "A q", "B q", "C q", strategy=strategy).ready("A", "B", "C").calls("i1")
        won = 0
        for agent_id in (*order, *order):
            try:
                won += len(scene.tell(i.OfferAccepted("i1", 1, agent_id)).told(fx.WorkAccepted))
            except Refusal:
                continue
        assert won == 1
        assert sum(sum(agent.load) for agent in scene.brain.floor.agents.values()) == 1


def test_a_call_is_counted_once_however_often_it_rings_and_moves() -> None:
    """asterisk 1736: statistics count one call several times."""
    scene, tally = Scene("q x", "A q", "B q", strategy="ring_all").ready("A", "B"), Tally()

    def count() -> None:
        for effect in scene.effects:
            home = scene.brain.floor.items["i1"].queue_id
            tally.note(effect, day="today", home_queue=home, target=20_000)

    scene.calls("i1")
    count()
    scene.tick(20)  # nobody answers: it rings again
    count()
    for fact in (i.OfferAccepted("i1", 2, "A"), i.OfferAccepted("i1", 2, "A"), i.WorkReleased("i1", "A")):
        scene.tell(fact)
        count()
    counters = tally.of("q")
    assert (counters.entered, counters.answered, counters.abandoned) == (1, 1, 0)


def test_wrap_up_keeps_calls_of_every_queue_away() -> None:
    """asterisk 1006: wrap-up time is ignored by the agent's other queues."""
    scene = Scene("q x", "A q x", wrap_up=WrapUp(WrapUpMode.TIMED, 30_000)).ready("A")
    scene.calls("i1").accepts("A", "i1").hangs_up("A", "i1")
    assert scene.at(1).calls("x1", queue="x").offers == []
    assert scene.tick(30).offers == [("x1", "A")]


@pytest.mark.parametrize("wrap_up", WrapUpMode)
@pytest.mark.parametrize("reached", ["ringing", "connected", "wrapping", "offline", "direct"])
def test_nobody_stays_reserved_for_ever(reached: str, wrap_up: WrapUpMode) -> None:
    """freeswitch 2540, 1062, 1641; opensips 3123: an agent stuck as reserved. Here time alone sets him free."""
    scene = Scene("q", "A q", wrap_up=WrapUp(wrap_up)).ready("A")
    if reached == "direct":
        scene.tell(i.WorkOccupied("i1", "A"))
    else:
        scene.calls("i1")
        if reached != "ringing":
            scene.accepts("A", "i1")
        if reached == "wrapping":
            scene.hangs_up("A", "i1")
        if reached == "offline":
            scene.state("A", AgentState.OFFLINE)
    seconds = 0
    while (at := scene.brain.next_deadline()) is not None and at < DAYS * 1_000:
        seconds = max(seconds + 1, -(-at // 1_000))
        scene.tick(seconds)
    assert not any(scene.brain.floor.agents["A"].load)


def test_thirteen_who_wait_are_served_in_the_order_in_which_they_came() -> None:
    """freeswitch 2511: the eighth of thirteen is served first."""
    names = [f"c{number:02}" for number in range(13)]
    scene = Scene("q", "A q", "B q").state("A", AgentState.NOT_READY).state("B", AgentState.NOT_READY)
    for number, name in enumerate(names):
        scene.at(number).calls(name)
    served = scene.at(20).ready("A", "B").offers
    for number in range(40):
        if not scene.brain.floor.index.queues["q"].line and len(served) == 13:
            break
        item_id, agent_id = served[number]
        served = [*served, *scene.at(21 + number).accepts(agent_id, item_id).hangs_up(agent_id, item_id).offers]
    assert [item_id for item_id, _ in served] == names


def test_an_agent_who_missed_calls_is_never_thrown_out_for_good() -> None:
    """kazoo 6609: an agent is removed from the queue and does not come back."""
    scene = Scene("q", "A q").ready("A")
    for number in range(10):
        scene.at(100 * number).calls(f"i{number}").tick(100 * number + 20)
        assert scene.agent_state("A") == "not_responding"
        assert scene.ready("A").offers == [("i0", "A")], "his own click brings him back, to the first in line"
        scene.declines("A", "i0", "busy").state("A", AgentState.NOT_READY).ready("A")
        assert scene.brain.floor.agents["A"].seats


def test_who_hung_up_rings_nobody() -> None:
    """freeswitch 1973, 2529: ghost calls, of customers long gone."""
    scene = Scene("q", "A q", "B q", strategy="ring_all").ready("A", "B").calls("i1").tell(i.WorkWithdrawn("i1"))
    assert [effect.how.value for effect in scene.told(fx.OfferEnded)] == ["withdrawn", "withdrawn"]
    for state in (AgentState.NOT_READY, AgentState.READY):
        assert scene.state("A", state).tick(scene.now / 1_000 + 60).offers == []
    with pytest.raises(Refusal):
        scene.tell(i.OfferAccepted("i1", 1, "A"))


def test_a_call_whose_end_nobody_reported_ends() -> None:
    """Ghost calls, the other way round: held by an agent for ever."""
    scene = Scene("q", "A q").ready("A").calls("i1").accepts("A", "i1")
    assert scene.tick(4 * 3_600).told(fx.WorkCompleted)[0].how is fx.Completed.LEASE_LOST


def test_a_limit_holds_in_every_race() -> None:
    """Rocket.Chat: more chats than the limit when several arrive at once. Room is taken when it is offered."""
    facts: list[i.Input] = [i.WorkEnqueued(f"c{number}", "q", "chat") for number in range(4)]
    facts += [i.WorkOccupied("mine", "A", "chat"), i.WorkPulled("old", "A")]
    for order in list(permutations(facts))[::7]:
        scene = Scene("q").agent("A q", capacity={"chat": 2}).state("A", AgentState.NOT_READY)
        scene.calls("old", channel="chat").ready("A")
        for fact in order:
            try:
                scene.tell(fact)
            except Refusal:
                continue
        assert scene.brain.floor.agents["A"].load == (0, 2, 0, 0)


def test_chats_that_came_while_nobody_was_there_are_served_in_their_order_when_somebody_comes() -> None:
    """chatwoot 13050, 9306, 8608; Rocket.Chat 22105: chats stranded or invisible because nobody was online."""
    scene = Scene("q").agent("A q", capacity={"chat": 2})
    for hour, name in enumerate(("evening", "night", "morning")):
        scene.at(3_600 * hour).calls(name, channel="webchat")
    assert [view.item_id for view in waiting_list(scene.brain, "q")] == ["evening", "night", "morning"]
    assert scene.at(9 * 3_600).ready("A").offers == [("evening", "A"), ("night", "A")]
    scene.accepts("A", "evening").hangs_up("A", "evening")
    assert scene.offers == [("morning", "A")]


def test_a_chat_whose_agent_vanished_waits_again_at_its_old_place() -> None:
    """The same, after it had been accepted: nobody vouches for it any more."""
    scene = Scene("q", "A q", "B q").ready("A").calls("old", channel="webchat").accepts("A", "old")
    scene.state("A", AgentState.OFFLINE).at(30).calls("new", channel="webchat")
    scene.tick(60)
    assert [view.item_id for view in waiting_list(scene.brain, "q")] == ["old", "new"]
    assert scene.ready("B").offers[0] == ("old", "B")


def test_a_queue_outlives_its_process_with_everybody_in_place() -> None:
    """freeswitch 1674: no failover of queues. (With real servers and kill -9: test_service, e2e/load/acd_chaos.)"""
    names = [f"i{number}" for number in range(20)]
    scene = Scene("q", "A q").calls(*names)
    scene.brain = load(dump(scene.brain))
    assert [view.item_id for view in waiting_list(scene.brain, "q")] == names
    assert scene.at(5).ready("A").offers == [("i0", "A")]
