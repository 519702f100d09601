"""Live fan-out: facts on NATS → frames to the sockets of this replica.

Every replica follows all facts and keeps those of visitors that are connected to it, so it does not matter where a
message was written. A socket subscribes first and replays afterwards; what it has shown already is known by (seq, rev)
and dropped.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING

from antiphon.channels import convert
from antiphon.channels.app.conversations import Conversations
from antiphon.channels.domain.conversation import Conversation
from antiphon.channels.domain.message import Attachment, Delivery, Direction, Kind, Message
from antiphon.channels.v1 import events_pb2
from antiphon.channels.webchat.outgoing import Frame, message_frame, read_by_them, status_frame
from antiphon.kit import logs
from antiphon.kit.bus import Bus, Fact
from antiphon.kit.errors import DomainError

if TYPE_CHECKING:
    from nats.aio.msg import Msg
from nats.errors import Error as NatsError

TYPING = "antiphon-eph.{tenant}.typing"
DRAFT = "antiphon-eph.{tenant}.draft"
"""Core NATS subject, kept nowhere; JSON {"conversation_id", "who": "customer" or "person:<id>", "name"}. The inbox
shows it to colleagues, every replica of channels to the visitor."""
_SHOWN = (events_pb2.MessageAdded, events_pb2.MessageChanged, events_pb2.ConversationChanged)
_LIMIT = 400
_KNOWN = 20_000
_TYPING_MS = 6000
log = logs.get("channels")


class Socket:
    """The sending side of one visitor's connection. Frames wait in a bounded queue; one that is too slow is ended."""

    def __init__(self, visitor_id: str) -> None:
        self.visitor_id = visitor_id
        self.frames: asyncio.Queue[Frame] = asyncio.Queue(_LIMIT)
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._shown: dict[int, int] = {}

    def news(self, message: Frame) -> bool:
        """Whether a message was not shown in this revision yet; afterwards it was."""
        if self._shown.get(message["seq"], 0) >= message["rev"]:
            return False
        self._shown[message["seq"]] = message["rev"]
        return True

    def put(self, message: Frame) -> None:
        """Queues a message, unless it is no news: as `upd` only where this connection carried it before. A change that
        overtakes the replay of its message must bring the message itself."""
        known = message["seq"] in self._shown
        if self.news(message):
            self.push({"t": "upd" if known else "msg", "m": message})

    def push(self, frame: Frame) -> None:
        """Queues a frame as it is."""
        try:
            self.frames.put_nowait(frame)
        except asyncio.QueueFull:
            self.end(4008)

    def end(self, code: int) -> None:
        if not self.ended.done():
            self.ended.set_result(code)


class Live:
    def __init__(self, bus: Bus, conversations: Conversations, address_of: Callable[[Attachment], str]) -> None:
        self.bus = bus
        self.conversations = conversations
        self.store = conversations.store
        self.address_of = address_of
        self._sockets: defaultdict[str, set[Socket]] = defaultdict(set)
        self._known: OrderedDict[str, tuple[str, int]] = OrderedDict()

    def join(self, socket: Socket) -> None:
        self._sockets[socket.visitor_id].add(socket)

    def leave(self, socket: Socket) -> None:
        sockets = self._sockets.get(socket.visitor_id, set())
        sockets.discard(socket)
        if not sockets:
            self._sockets.pop(socket.visitor_id, None)

    async def drain(self) -> None:
        """Sends everybody to another replica."""
        for sockets in list(self._sockets.values()):
            for socket in list(sockets):
                socket.end(1012)

    async def run(self, after: int) -> None:
        """Follows what is shown from a position on, until cancelled."""
        typing = await self.bus.nc.subscribe(TYPING.format(tenant="*"), cb=self._typing)
        try:
            async for fact in self.bus.follow(after=after, kinds=_SHOWN):
                if self._sockets:
                    try:
                        await self._take(fact)
                    except DomainError as error:
                        log.warning("a fact could not be shown", reason=error.reason.name)
                    except Exception:
                        log.exception("a fact could not be shown", subject=type(fact.event).__name__)
        finally:
            await typing.unsubscribe()

    async def tell_typing(self, who: str, it: Conversation, name: str) -> None:
        """Says that somebody types; kept nowhere."""
        told = {"conversation_id": it.id, "who": who, "name": name}
        await self.bus.nc.publish(TYPING.format(tenant=it.tenant), json.dumps(told).encode())

    async def tell_draft(self, tenant: str, conversation_id: str, person_id: str) -> None:
        """Says to a person's other devices that they have written something; what it is they ask for. Should nobody
        hear it, they read it when the conversation is opened."""
        told = {"conversation_id": conversation_id, "person_id": person_id}
        with contextlib.suppress(NatsError):
            await self.bus.nc.publish(DRAFT.format(tenant=tenant), json.dumps(told).encode())

    async def _take(self, fact: Fact) -> None:
        match fact.event:
            case events_pb2.MessageAdded():
                if fact.event.conversation.channel == "webchat":
                    await self._show(fact.tenant, convert.message_of(fact.event.message))
            case events_pb2.MessageChanged():
                await self._show(fact.tenant, convert.message_of(fact.event.message))
            case events_pb2.ConversationChanged():
                await self._status(fact.event.conversation.channel, fact.key)

    async def _of(self, conversation_id: str) -> tuple[set[Socket], int]:
        """The sockets of a conversation's visitor, and where the conversation begins in the thread."""
        known = self._known.get(conversation_id)
        if known is None:
            it = await self.store.find(conversation_id)
            known = (it.identity, it.offset) if it is not None and it.channel == "webchat" else ("", 0)
            self._known[conversation_id] = known
            if len(self._known) > _KNOWN:
                self._known.popitem(last=False)
        return self._sockets.get(known[0], set()), known[1]

    async def _show(self, tenant: str, message: Message) -> None:
        """The message as it was told; a socket that has carried it in a newer revision ignores it."""
        conversation_id, seq = message.conversation_id, message.seq
        sockets, offset = await self._of(conversation_id)
        frame = message_frame(message, offset, self.address_of) if sockets else None
        if frame is None:
            return
        for socket in list(sockets):
            socket.put(frame)
        if (
            message.direction is Direction.OUT
            and message.delivery is Delivery.STORED
            and message.kind is not Kind.EVENT
        ):
            await self.store.advance_delivery(tenant, conversation_id, seq, Delivery.DELIVERED)

    async def _status(self, channel: str, conversation_id: str) -> None:
        if channel != "webchat":
            return
        sockets, _ = await self._of(conversation_id)
        if not sockets:
            return
        it = await self.store.find(conversation_id)
        if it is None:
            return
        read = read_by_them(it)
        for socket in list(sockets):
            socket.push(status_frame(it))
            if read:
                socket.push({"t": "read", "by": "them", "seq": read})

    async def _typing(self, message: Msg) -> None:
        told = json.loads(message.data)
        if not self._sockets or told["who"] == "customer":
            return
        sockets, _ = await self._of(told["conversation_id"])
        for socket in list(sockets):
            socket.push({"t": "typing", "who": told["name"], "for_ms": _TYPING_MS})
