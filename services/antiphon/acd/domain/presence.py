"""Agents come, pause, vanish and return.

Only READY agents hold offers: whoever leaves READY has his withdrawn and the customers move on at once. Conversations
stay with an agent who pauses; one who goes OFFLINE keeps them for `Policy.offline_grace_ms` (a reload of the
desk), then their lease runs out (`timing`). After a missed offer an agent is NOT_RESPONDING until he says otherwise:
nobody is thrown out for good, and nobody's empty chair keeps ringing.
"""

from antiphon.acd.domain.agent import Agent, AgentState
from antiphon.acd.domain.floor import Floor
from antiphon.acd.domain.inputs import AgentStateSet
from antiphon.acd.domain.item import ItemState
from antiphon.acd.domain.millis import Millis
from antiphon.acd.domain.offering import recall_from
from antiphon.acd.domain.reasons import Reason, Refusal
from antiphon.acd.domain.routing import check_manned, stop_waiting_for
from antiphon.acd.domain.timer import Timer


def set_state(floor: Floor, fact: AgentStateSet, now: Millis) -> None:
    """Somebody set the state of an agent. The same state again is a success without effects, but for ending a rest."""
    agent = floor.agent(fact.agent_id)
    if fact.state is AgentState.NOT_RESPONDING:
        raise Refusal(Reason.ILLEGAL_TRANSITION, agent=agent.agent_id, state=agent.state, to=fact.state)
    if (agent.state, agent.reason) == (fact.state, fact.reason) and not agent.timers:
        return
    was_logged_in = agent.logged_in
    agent.become(fact.state, fact.reason, now)
    floor.deadlines.clear_all(agent)
    agent.missed = 0
    floor.stir_agent(agent)
    if agent.state is not AgentState.READY:
        recall_from(floor, agent, now)
    if agent.logged_in != was_logged_in:
        _log_in(floor, agent, now) if agent.logged_in else _log_out(floor, agent, now)
        for seat in agent.seats:
            check_manned(floor, seat.queue_id, now)


def stop_responding(floor: Floor, agent: Agent, now: Millis) -> None:
    """He missed an offer."""
    agent.become(AgentState.NOT_RESPONDING, "missed an offer", now)
    floor.stir_agent(agent)
    recall_from(floor, agent, now)


def _log_in(floor: Floor, agent: Agent, now: Millis) -> None:
    """Conversations that waited for him to come back have their full lease again."""
    for item_id in agent.held:
        item = floor.items[item_id]
        floor.touch(item)
        if item.state is ItemState.CONNECTED:
            floor.deadlines.set(item, Timer.LEASE, now + floor.policy.lease_ms[item.cls])


def _log_out(floor: Floor, agent: Agent, now: Millis) -> None:
    """Whatever he holds ends soon."""
    soon = now + floor.policy.offline_grace_ms
    for item_id in agent.held:
        item = floor.items[item_id]
        floor.touch(item)
        timer = Timer.LEASE if item.state is ItemState.CONNECTED else Timer.WRAP_UP
        floor.deadlines.set(item, timer, min(soon, item.timers.get(timer, soon)))
    stop_waiting_for(floor, agent, now)
