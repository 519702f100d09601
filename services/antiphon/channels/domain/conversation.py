"""A conversation: one state value, a table of legal moves, and changes as values.

    RECEPTION  a scheme talks to the customer        → WAITING, OPEN, CLOSED
    WAITING    in a queue                            → OPEN, RECEPTION (the queue gave up), CLOSED
    OPEN       an agent has it                       → WAITING (transferred, agent gone), CLOSED
    SNOOZED    put aside until a time or a message   → WAITING (woke), RECEPTION (woke, of no queue), CLOSED
    CLOSED                                           → WAITING (reopened), RECEPTION (received again), OPEN (taken)

What lives can be snoozed.

A `Change` collects what one decision does: the conversation after it and the messages it adds. The store writes a
change whole or not at all, and only on top of the revision that was looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from antiphon.channels.domain.message import Attachment, Direction, Kind, Message
from antiphon.channels.domain.rating import Rating
from antiphon.channels.domain.sla import Alarm, Sla
from antiphon.channels.domain.verbs import Happened, Step, Timer

MAX_READERS = 200


class Status(Enum):
    RECEPTION = "reception"
    WAITING = "waiting"
    OPEN = "open"
    SNOOZED = "snoozed"
    CLOSED = "closed"


_MOVES = {
    Status.RECEPTION: frozenset({Status.WAITING, Status.OPEN, Status.SNOOZED, Status.CLOSED}),
    Status.WAITING: frozenset({Status.OPEN, Status.RECEPTION, Status.SNOOZED, Status.CLOSED}),
    Status.OPEN: frozenset({Status.WAITING, Status.SNOOZED, Status.CLOSED}),
    Status.SNOOZED: frozenset({Status.WAITING, Status.RECEPTION, Status.CLOSED}),
    Status.CLOSED: frozenset({Status.WAITING, Status.RECEPTION, Status.OPEN}),
}


class Priority(Enum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"

    @property
    def weight(self) -> int:
        """Seconds of waiting that it is worth when the conversation enters a queue."""
        return {Priority.HIGH: 600, Priority.URGENT: 3600}.get(self, 0)


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A message that waits for its time."""

    id: str
    author: str
    author_name: str
    text: str
    at: datetime
    unless_reply: bool = False
    """Does not go out when the customer writes before."""
    failure: str = ""
    """The name of a reason: it stays here until a person decides."""
    attachments: tuple[Attachment, ...] = ()


class IllegalMove(Exception):
    """A change that the table of states does not know: a bug, not a refusal."""


@dataclass(frozen=True, slots=True)
class Conversation:
    id: str
    tenant: str
    no: int
    channel_id: str
    channel: str
    identity: str
    """The customer as the channel knows them: a visitor's id, a Telegram user's id."""
    peer: str
    """Where answers go: a chat id; equal to `identity` where the channel has no such difference."""
    contact_id: str
    contact_name: str
    created_at: datetime
    active_at: datetime
    project_id: str = ""
    language: str = ""
    status: Status = Status.RECEPTION
    rev: int = 0
    last_seq: int = 0
    offset: int = 0
    """Where this conversation begins in the customer's whole thread, which the widget shows as one."""
    queue_id: str = ""
    assignee_id: str = ""
    assignee_name: str = ""
    work_id: str = ""
    work_mark: tuple[int, int] = (0, 0)
    """(instant in ms, position in the stream) of the ACD's newest fact that was taken in; older ones are repeats."""
    position: int = 0
    waiting_since: datetime | None = None
    window_until: datetime | None = None
    """Until when we may write freely; None is always. After it some channels take only templates."""
    closed_at: datetime | None = None
    outcome: str = ""
    read: Mapping[str, int] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    disposition: str = ""
    agents: tuple[str, ...] = ()
    """Everyone who has had it."""
    thread: str = ""
    """Where a customer may have several conversations at once in a channel: which of them. Empty elsewhere."""
    subject: str = ""
    references: tuple[str, ...] = ()
    """The customer's newest messages by the provider's ids, for the headers of our answers."""
    automatic: str = ""
    """Why the customer's last message gets no automatic answer: a program wrote it."""
    interaction: bytes = b""
    """Routing's interaction, kept as it came."""
    pending: tuple[Happened, ...] = ()
    step: Step | None = None
    timer: Timer | None = None
    withdraw: tuple[str, ...] = ()
    """Work items that the ACD must still be told to take out."""
    rating: Rating | None = None
    last: Message | None = None
    """The newest message that is not an event."""
    priority: Priority = Priority.NORMAL
    snooze_until: datetime | None = None
    """Of a snoozed one; None: until the customer writes."""
    followers: tuple[str, ...] = ()
    """Who was mentioned in it."""
    scheduled: tuple[Scheduled, ...] = ()
    """By time."""
    sla: Sla | None = None
    unreachable: bool = False
    """Nobody reads our answers: it came by a form."""

    @property
    def is_live(self) -> bool:
        return self.status is not Status.CLOSED

    @property
    def has_duties(self) -> bool:
        """True while something was decided but not carried out yet."""
        return bool(self.pending or self.step or self.withdraw)


@dataclass(frozen=True, slots=True)
class Change:
    """The conversation after a decision, and the messages that the decision adds."""

    after: Conversation
    added: tuple[Message, ...] = ()
    told: tuple[Alarm, ...] = ()
    """Service levels that came near or were broken."""

    def with_fields(self, **fields: Any) -> Change:
        return replace(self, after=replace(self.after, **fields))

    def move(self, to: Status, **fields: Any) -> Change:
        """Moves the state. Raises IllegalMove, naming both sides."""
        if to not in _MOVES[self.after.status]:
            raise IllegalMove(f"{self.after.id}: {self.after.status.name} → {to.name}")
        return self.with_fields(status=to, **fields)

    def write(self, message: Message) -> Change:
        """Adds a message at the end."""
        before, seq = self.after, self.after.last_seq + 1
        taken = replace(message, conversation_id=before.id, seq=seq)
        waiting = before.waiting_since
        scheduled = before.scheduled
        if message.direction is Direction.IN:
            waiting = waiting or message.at
            scheduled = tuple(
                replace(one, failure="CUSTOMER_WROTE") if one.unless_reply and not one.failure else one
                for one in scheduled
            )
        elif message.direction is Direction.OUT and (
            message.author.startswith("person:") or before.status is Status.RECEPTION
        ):
            waiting = None
        active = before.active_at if message.kind is Kind.EVENT else max(before.active_at, message.at)
        last = before.last if message.kind is Kind.EVENT else taken
        after = replace(before, last_seq=seq, active_at=active, waiting_since=waiting, last=last, scheduled=scheduled)
        return replace(self, after=after, added=(*self.added, taken))

    def ask(self, happened: Happened) -> Change:
        """Remembers that routing has to be asked."""
        return self.with_fields(pending=(*self.after.pending, happened))


def event(name: str, client_id: str, at: datetime, author: str = "system", **facts: str) -> Message:
    """An EVENT message: something happened."""
    return Message(client_id, Kind.EVENT, Direction.INTERNAL, author, at, event=name, facts=facts)


def read_up_to(change: Change, reader: str, seq: int) -> Change:
    """Moves a reader's mark forward; it never goes back and never beyond the last message."""
    read, seq = change.after.read, min(seq, change.after.last_seq)
    if seq <= read.get(reader, 0) or (reader not in read and len(read) >= MAX_READERS):
        return change
    return change.with_fields(read={**read, reader: seq})


class Placement(Enum):
    """Where a customer's new message belongs."""

    JOIN = "join"
    REOPEN = "reopen"
    RECEIVE_AGAIN = "receive_again"
    NEW = "new"


def place(last: Conversation | None, now: datetime, reopen_window: timedelta) -> Placement:
    """A live conversation is joined. One that an agent or queue had is reopened within the window. One that routing
    refused is received again, so that a blocked caller does not make a conversation of every message."""
    if last is None:
        return Placement.NEW
    if last.is_live:
        return Placement.JOIN
    if last.closed_at is None or now - last.closed_at > reopen_window:
        return Placement.NEW
    if last.outcome == "blocked":
        return Placement.RECEIVE_AGAIN
    return Placement.REOPEN if last.queue_id else Placement.NEW
