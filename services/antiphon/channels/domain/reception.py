"""Executing a scheme's verbs on a conversation.

`perform` executes what needs nobody else (say, menu, close, wait) up to the next `enqueue`, which the caller asks of
the ACD and reports with `queued` or `refused`. Every message is known by (step, index), so a repeat adds nothing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from antiphon.channels.domain.conversation import Change, Status, event
from antiphon.channels.domain.message import Delivery, Direction, Kind, Message
from antiphon.channels.domain.verbs import Close, Enqueue, Happened, Menu, Say, Step, Timer, Verb, Wait

MAX_CHAIN = 20


def perform(change: Change, now: datetime) -> Change:
    """Executes local verbs. Afterwards either the step is gone, or its next verb is an Enqueue whose item id is already
    the conversation's, so that the ACD's facts find it however early they come."""
    step = change.after.step
    while step is not None and step.done < len(step.verbs):
        verb = step.verbs[step.done]
        if isinstance(verb, Enqueue):
            return change.with_fields(step=step, work_id=verb.item_id)
        change = _execute(change, step, verb, now)
        step = replace(step, done=step.done + 1)
    return change.with_fields(step=None)


def next_enqueue(step: Step | None) -> Enqueue | None:
    """The enqueue that the step stands at."""
    if step is None or step.done >= len(step.verbs):
        return None
    verb = step.verbs[step.done]
    return verb if isinstance(verb, Enqueue) else None


LEFT_MESSAGE = "left_message"


def queued(change: Change, verb: Enqueue, position: int, now: datetime) -> Change:
    """The ACD has the item. An agent may have been faster: then only the step moves on."""
    step = _advanced(change)
    if change.after.work_id != verb.item_id or change.after.status is Status.OPEN:
        return change.with_fields(step=step)
    timer = None
    if verb.max_wait > 0 and step is not None:
        ended = Happened(f"{step.id}:max_wait", "enqueue_ended", {"how": "timeout"}, step.chain + 1)
        timer = Timer(ended.id, now + timedelta(seconds=verb.max_wait), ended)
    if change.after.status is not Status.WAITING:
        change = change.move(Status.WAITING)
    waiting = change.after.waiting_since or now
    return change.with_fields(
        step=step, queue_id=verb.queue_id, position=position, timer=timer, waiting_since=waiting, assignee_id="",
        assignee_name="",
    )  # fmt: skip


def refused(change: Change, reason: str, now: datetime) -> Change:
    """The ACD does not take the item: routing decides what else to do. A conversation without a scheme stays in
    reception, visible to supervisors, with the reason in its history."""
    step = change.after.step
    if step is None:
        return change
    change = change.with_fields(step=None, work_id="", timer=None)
    if change.after.status is not Status.RECEPTION:
        change = change.move(Status.RECEPTION)
    if change.after.interaction and step.chain < MAX_CHAIN:
        return change.ask(Happened(f"{step.id}:refused", "enqueue_ended", {"how": "refused"}, step.chain + 1))
    return stranded(change, f"{step.id}:stranded", reason, now)


def leave_message(change: Change, client_id: str, now: datetime) -> Change:
    """The queue keeps nobody any longer and takes a message instead. In writing that is what the customer has written
    already and still writes: the conversation stays, live and unassigned, with the reason in its history, until
    somebody takes it. No scheme talks to him meanwhile, or he would only come to the same queue again."""
    change = change.with_fields(interaction=b"", pending=(), step=None, outcome=LEFT_MESSAGE)
    return change.write(event(LEFT_MESSAGE, client_id, now, reason="voicemail"))


def stranded(change: Change, client_id: str, reason: str, now: datetime) -> Change:
    """Nobody receives the customer: say so where supervisors look."""
    return change.write(event("no_scheme", client_id, now, reason=reason))


def timed_out(change: Change, timer: Timer, now: datetime) -> Change:
    """A stored timer is due. The queue's time-out takes the item back out of the queue."""
    change = change.with_fields(timer=None)
    if timer.happened.what == "enqueue_ended":
        if change.after.status is not Status.WAITING:
            return change
        withdraw = (*change.after.withdraw, change.after.work_id)
        change = change.move(Status.RECEPTION, work_id="", position=0, withdraw=withdraw)
    elif change.after.status is not Status.RECEPTION:
        return change
    return change.ask(timer.happened)


def close(change: Change, client_id: str, now: datetime, by: str = "scheme", outcome: str = "") -> Change:
    """Ends a conversation; nothing of its scheme goes on."""
    if change.after.status is Status.CLOSED:
        return change
    change = change.move(
        Status.CLOSED, closed_at=now, outcome=outcome, timer=None, pending=(), step=None, waiting_since=None,
        position=0, snooze_until=None,
    )  # fmt: skip
    name = "blocked" if outcome == "blocked" else "closed"
    facts = {"outcome": outcome} if outcome and outcome != "blocked" else {}
    return change.write(event(name, client_id, now, by, **facts))


def _advanced(change: Change) -> Step | None:
    step = change.after.step
    return replace(step, done=step.done + 1) if step is not None else None


def _execute(change: Change, step: Step, verb: Verb, now: datetime) -> Change:
    client_id = f"{step.id}:{step.done}"
    match verb:
        case Say():
            return change.write(_spoken(client_id, Kind.TEXT, verb.text, now)) if verb.text else change
        case Menu():
            message = replace(_spoken(client_id, Kind.MENU, verb.text, now), options=verb.options)
            change = change.write(message)
            if verb.timeout <= 0:
                return change
            happened = Happened(f"{client_id}:timeout", "timed_out", {}, 0)
            return change.with_fields(timer=Timer(happened.id, now + timedelta(seconds=verb.timeout), happened))
        case Close():
            if verb.text:
                change = change.write(_spoken(f"{client_id}:text", Kind.TEXT, verb.text, now))
            return close(change, client_id, now, outcome=verb.outcome)
        case Wait() | Enqueue():
            return change
        case _:
            assert_never(verb)


def _spoken(client_id: str, kind: Kind, text: str, now: datetime) -> Message:
    return Message(client_id, kind, Direction.OUT, "scheme", now, text=text, delivery=Delivery.STORED)
