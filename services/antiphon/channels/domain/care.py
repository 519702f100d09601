"""What people do with a conversation beside writing: put it aside, mark it, plan a message.

Snoozing frees the agent: the ACD's item is put aside (no wrap-up), and the conversation waits for its time or for the
customer, whichever is first. Then it is queued again, for whoever had it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from antiphon.channels.domain.conversation import Change, Conversation, Scheduled, Status, event
from antiphon.channels.domain.message import Delivery, Direction, Kind, Message
from antiphon.channels.domain.reasons import Reason
from antiphon.channels.domain.reception import close
from antiphon.channels.domain.verbs import Enqueue, Happened, Step, Timer
from antiphon.kit.errors import DomainError, invalid

MAX_TAGS, MAX_SCHEDULED, MAX_FOLLOWERS = 20, 10, 50
FARTHEST = timedelta(days=366)
WOKE = "woke"
_RESTS = "#snoozed"


def resting(item_id: str) -> str:
    """An entry of `withdraw` for an item that is put aside: nobody has to wrap it up."""
    return item_id + _RESTS


def withdrawn(entry: str) -> tuple[str, str]:
    """(item, reason) of an entry of `withdraw`."""
    return (entry.removesuffix(_RESTS), "snoozed") if entry.endswith(_RESTS) else (entry, "closed")


def snooze(change: Change, until: datetime | None, key: str, by: str, now: datetime) -> Change:
    """Puts it aside until a time (None: until the customer writes). Raises CLOSED, INVALID."""
    it = change.after
    if it.status is Status.CLOSED:
        raise DomainError(Reason.CLOSED)
    if until is not None and not now < until <= now + FARTHEST:
        raise invalid("until", "a moment within the coming year")
    if it.status is Status.SNOOZED and it.snooze_until == until:
        return change
    timer = None
    if until is not None:
        timer = Timer(f"{it.id}:wake:{it.last_seq}", until, Happened(f"woke:{key}", WOKE))
    put_aside = {"snooze_until": until, "timer": timer}
    if it.status is Status.SNOOZED:
        return change.with_fields(**put_aside)
    withdraw = (*it.withdraw, resting(it.work_id)) if it.work_id else it.withdraw
    change = change.move(
        Status.SNOOZED, **put_aside, withdraw=withdraw, work_id="", position=0, pending=(), step=None, interaction=b""
    )
    facts = {"until": until.isoformat()} if until else {}
    return change.write(event("snoozed", f"snoozed:{key}", now, by, **facts))


def wake(change: Change, item_id: str, key: str, now: datetime, by: str = "system") -> Change:
    """Back to whoever had it, else to whoever of the queue is free; one of no queue is received anew. Unchanged when it
    is not snoozed."""
    it = change.after
    if it.status is not Status.SNOOZED:
        return change
    awake = {"snooze_until": None, "timer": None}
    if not it.queue_id:
        change = change.move(Status.RECEPTION, **awake).ask(Happened(f"started:{key}", "started"))
    else:
        verb = Enqueue(it.queue_id, item_id, preferred_agent_id=it.assignee_id)
        change = change.move(
            Status.WAITING, **awake, work_id=item_id, assignee_id="", assignee_name="",
            step=Step(f"{it.id}:wake:{key}", (verb,)),
        )  # fmt: skip
    return change.write(event(WOKE, f"woke:{key}", now, by))


def spam(change: Change, key: str, by: str, now: datetime) -> Change:
    """Closes it as spam; an agent who has it has nothing to wrap up."""
    it = change.after
    if it.status is Status.CLOSED:
        return change.with_fields(outcome="spam")
    withdraw = (*it.withdraw, resting(it.work_id)) if it.work_id else it.withdraw
    change = change.with_fields(withdraw=withdraw, work_id="", snooze_until=None)
    return close(change, f"spam:{key}", now, by, "spam")


def tagged(change: Change, tag_id: str, *, on: bool) -> Change:
    """With a tag, or without it. Raises INVALID for more tags than a conversation bears."""
    tags = change.after.tags
    if on and tag_id not in tags:
        if len(tags) >= MAX_TAGS:
            raise invalid("add_tag_id", f"at most {MAX_TAGS} tags")
        return change.with_fields(tags=(*tags, tag_id))
    return change if on else change.with_fields(tags=tuple(tag for tag in tags if tag != tag_id))


def planned(change: Change, message: Scheduled, now: datetime, *, may_change_others: bool) -> Change:
    """With a message planned, or one changed. Raises CLOSED, UNREACHABLE, INVALID, NOT_YOURS."""
    it = change.after
    if it.unreachable:
        raise DomainError(Reason.UNREACHABLE)
    if it.status is Status.CLOSED:
        raise DomainError(Reason.CLOSED)
    if not now < message.at <= now + FARTHEST:
        raise invalid("at", "a moment within the coming year")
    known = next((one for one in it.scheduled if one.id == message.id), None)
    if known is None and len(it.scheduled) >= MAX_SCHEDULED:
        raise invalid("message", f"at most {MAX_SCHEDULED} planned messages in a conversation")
    if known is not None and known.author != message.author:
        if not may_change_others:
            raise DomainError(Reason.NOT_YOURS)
        message = replace(message, author=known.author, author_name=known.author_name)
    others = tuple(one for one in it.scheduled if one.id != message.id)
    return change.with_fields(scheduled=tuple(sorted((*others, message), key=lambda one: (one.at, one.id))))


def unplanned(change: Change, message_id: str, by: str, *, may_change_others: bool) -> Change:
    """Without it. Raises GONE, NOT_YOURS."""
    known = next((one for one in change.after.scheduled if one.id == message_id), None)
    if known is None:
        raise DomainError(Reason.GONE)
    if known.author != by and not may_change_others:
        raise DomainError(Reason.NOT_YOURS)
    return change.with_fields(scheduled=tuple(one for one in change.after.scheduled if one is not known))


def planned_due(it: Conversation) -> datetime | None:
    """When the next planned message goes out."""
    return min((one.at for one in it.scheduled if not one.failure), default=None)


def sent_as_planned(change: Change, now: datetime) -> Change:
    """Writes what is due. The message and its leaving the plan are one change: it goes out exactly once."""
    for one in change.after.scheduled:
        if one.failure or one.at > now:
            continue
        it = change.after
        late = it.window_until is not None and now > it.window_until
        failure = "CLOSED" if it.status is Status.CLOSED else "WINDOW_CLOSED" if late else ""
        rest = tuple(other for other in it.scheduled if other.id != one.id)
        if failure:
            change = change.with_fields(scheduled=(*rest, replace(one, failure=failure)))
            continue
        message = Message(
            f"scheduled:{one.id}", Kind.TEXT, Direction.OUT, one.author, now, one.text, one.author_name,
            attachments=one.attachments, delivery=Delivery.STORED,
        )  # fmt: skip
        change = change.with_fields(scheduled=rest).write(message)
    return change
