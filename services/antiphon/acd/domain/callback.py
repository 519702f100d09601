"""Callbacks: the customer hangs up and his place waits for him.

A callback is an ordinary item that nobody holds the line for. At the head of the line an agent is reserved and asked as
always; once he has it the channel dials. No answer: the agent is free at once, the item is SCHEDULED for a while and
comes back under its original key, `Policy.callback_tries` times in all. A callback for a certain time is SCHEDULED
from the beginning and enters the line then, ahead of everybody who comes after that moment.
"""

from antiphon.acd.domain.effects import WorkAbandoned
from antiphon.acd.domain.floor import Floor, waited
from antiphon.acd.domain.inputs import CallbackFailed, CallbackWanted, Left
from antiphon.acd.domain.item import Item, ItemState, Turn
from antiphon.acd.domain.lifecycle import enter_line, schedule
from antiphon.acd.domain.millis import Millis
from antiphon.acd.domain.reasons import Reason, Refusal
from antiphon.acd.domain.routing import ANYBODY
from antiphon.acd.domain.timer import Timer
from antiphon.acd.domain.transfer import detach


def want(floor: Floor, fact: CallbackWanted, now: Millis) -> None:
    """He hangs up and keeps his place, or names a time. Asked again while scheduled: another time."""
    item = floor.item(fact.item_id)
    if item.state is ItemState.SCHEDULED:
        if item.timers.get(Timer.CALL) != fact.at > now:
            floor.deadlines.set(item, Timer.CALL, fact.at)
        return
    if item.callback and not fact.at:
        return
    if item.state is not ItemState.WAITING:
        raise Refusal(Reason.ILLEGAL_TRANSITION, item=item.item_id, state=item.state, turn=Turn.SCHEDULED)
    item.callback = True
    floor.deadlines.clear(item, Timer.LIMIT)
    if fact.at > now:
        floor.unwait(item)
        schedule(floor, item, fact.at)


def fail(floor: Floor, fact: CallbackFailed, now: Millis) -> None:
    """Nobody answered. Repeating it is a success: the agent does not have the item any more."""
    item = floor.item(fact.item_id)
    if item.state is not ItemState.CONNECTED or item.agent_id != fact.agent_id:
        if item.callback and item.tries:
            return
        raise Refusal(Reason.NOT_YOURS, item=item.item_id, state=item.state, agent=fact.agent_id)
    if not item.callback:
        raise Refusal(Reason.ILLEGAL_TRANSITION, item=item.item_id, state=item.state, turn=Turn.SCHEDULED)
    detach(floor, item, now)
    item.move(Turn.RETURNED)
    item.agent_id = None
    item.tries += 1
    if item.tries < floor.policy.callback_tries:
        schedule(floor, item, now + floor.policy.callback_retry_ms, fact.agent_id)
        return
    item.move(Turn.LEFT)
    floor.tell(WorkAbandoned(item.item_id, item.queue_id, waited(item, now), Left.UNREACHED))
    floor.finish(item)


def come_due(floor: Floor, item: Item, now: Millis) -> None:
    """Its time has come: into line, at its place."""
    enter_line(floor, item, item.steps or ANYBODY, now)
