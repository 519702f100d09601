"""A fact on its way to browsers: encoded once, however many sockets it goes to."""

from __future__ import annotations

from typing import Any

from antiphon.acd.v1 import acd_pb2
from antiphon.acd.v1 import events_pb2 as acd_events
from antiphon.channels.v1 import channels_pb2
from antiphon.channels.v1 import events_pb2 as channel_events
from antiphon.inbox import wire
from antiphon.inbox.domain import visibility
from antiphon.inbox.domain.visibility import NOWHERE, Place, Places, Verdicts
from antiphon.kit.bus import Fact


class Frame:
    """One fact with what visibility needs to know about it."""

    __slots__ = ("_removal", "_text", "before", "event", "id", "kind", "n", "now", "size", "subject", "tenant")

    def __init__(self, fact: Fact, places: Places) -> None:
        """Must be made in stream order: it moves its subject in `places`."""
        self.n = fact.sequence
        self.tenant = fact.tenant
        self.id = fact.id
        self.event: Any = fact.event
        self.kind: str = fact.event.DESCRIPTOR.full_name
        self.size = 500 + 4 * fact.event.ByteSize()
        self.subject = visibility.subject_of(self.kind, self.event)
        self.now: Place | None = None
        self.before: Place | None = None
        self._text = ""
        self._removal = ""
        if self.subject:
            self._place(places)

    def _place(self, places: Places) -> None:
        known = places.get(self.tenant, self.subject)
        told = visibility.place_in(self.kind, self.event)
        if told is None:
            self.now = known
            return
        self.now, self.before = told, known
        if known is None and visibility.is_first(self.kind, self.event):
            self.before = NOWHERE
        places.put(self.tenant, self.subject, told)

    def verdicts(self) -> Verdicts:
        """To ask who sees it."""
        return Verdicts(self.kind, self.event, self.now, self.before)

    @property
    def text(self) -> str:
        """{"n", "e": {"type", "id", "body"}}."""
        if not self._text:
            self._text = _encode(self.n, self.kind, self.id, wire.render(self.event))
        return self._text

    @property
    def removal(self) -> str:
        """Told in place of the fact to who may no longer see its subject: id and revision, all else blank."""
        if not self._removal:
            body: Any
            if self.kind in visibility.ITEM_FACTS:
                item = self.event.item
                stub = acd_pb2.WorkItem(id=item.id, state=item.state, since=item.since)
                body = acd_events.WorkQueued(occurred_at=self.event.occurred_at, item=stub)
            else:
                conversation = self.event.conversation
                blank = channels_pb2.Conversation(id=conversation.id, rev=conversation.rev)
                body = channel_events.ConversationChanged(occurred_at=self.event.occurred_at, conversation=blank)
            self._removal = _encode(self.n, body.DESCRIPTOR.full_name, self.id, wire.render(body))
        return self._removal


def _encode(n: int, kind: str, fact_id: str, body: dict[str, Any]) -> str:
    return wire.encode({"n": n, "e": {"type": kind, "id": fact_id, "body": body}}).decode()
