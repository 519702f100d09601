"""What is worth nothing a moment later: who looks, who types. Told over core NATS, stored nowhere.

Subjects `antiphon-eph.<tenant>.presence` (inbox to inbox), `antiphon-eph.<tenant>.typing` (channels: the customer
types) and `antiphon-eph.<tenant>.draft` (channels: a person wrote on one device; told to all of theirs) carry small
JSON objects. A socket hears of a conversation when it asked for the topic `conversation:<id>`, which it may only for
what it may see, or when the conversation is its person's own.
"""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from antiphon.inbox import wire
from antiphon.inbox.domain import visibility
from antiphon.inbox.domain.onlookers import DOINGS
from antiphon.inbox.realtime.rooms import Room, Rooms
from antiphon.inbox.realtime.socket import Socket
from antiphon.kit import logs
from antiphon.kit.bus import Bus

PREFIX = "antiphon-eph"
_TOPICS = 50
_ID_LENGTH = 100
log = logs.get("inbox.ephemera")


class Ephemera:
    """Presence and typing of this process's sockets."""

    def __init__(self, bus: Bus, rooms: Rooms) -> None:
        self._bus = bus
        self._rooms = rooms

    async def listen(self) -> None:
        """Hears every replica's and channels' ephemera until the connection closes."""
        await self._bus.nc.subscribe(f"{PREFIX}.>", cb=self._hear)

    async def upstream(self, socket: Socket, frame: dict[str, Any]) -> None:
        """A frame from a browser: {"t": "sub", "subs"} or {"t": "presence", "conversation_id", "doing"}. Whatever else
        is ignored, so that newer clients may talk to older servers."""
        if frame.get("t") == "sub" and isinstance(frame.get("subs"), list):
            await self.subscribe(socket, frame["subs"])
        elif frame.get("t") == "presence":
            await self._tell_presence(socket, frame.get("conversation_id"), frame.get("doing"))

    async def subscribe(self, socket: Socket, topics: list[Any]) -> None:
        """Replaces a socket's topics; those it may not hear are left out."""
        wanted = {topic for topic in topics[:_TOPICS] if isinstance(topic, str) and len(topic) <= _ID_LENGTH}
        before = set(socket.topics)
        socket.topics &= wanted
        for topic in sorted(wanted - before):
            name, _, conversation = topic.partition(":")
            if name == "board" and socket.viewer is not None and socket.viewer.watches:
                self._join_board(socket)
            elif name == "conversation" and await self._may_see(socket, conversation):
                socket.topics.add(topic)
                self._show_onlookers(socket, conversation)
        for topic in before - wanted:
            await self._gone(socket, topic)

    async def left(self, socket: Socket) -> None:
        """A closed socket looks at nothing any more."""
        for topic in socket.topics:
            await self._gone(socket, topic)

    def _join_board(self, socket: Socket) -> None:
        socket.topics.add("board")
        room = self._rooms.find(socket.tenant)
        if room is not None:
            room.board_at, room.is_board_stale, room.board = -1e9, True, None  # the newcomer is told at the next beat

    async def _may_see(self, socket: Socket, conversation: str) -> bool:
        place = await self._rooms.place_of(socket.tenant, conversation) if conversation else None
        return place is not None and socket.viewer is not None and visibility.sees_conversation(socket.viewer, place)

    def _show_onlookers(self, socket: Socket, conversation: str) -> None:
        room = self._rooms.find(socket.tenant)
        if room is not None:
            for person, doing in room.onlookers.of(conversation, asyncio.get_running_loop().time()).items():
                socket.ephemeral(*_presence(conversation, person, doing))

    async def _tell_presence(self, socket: Socket, conversation: Any, doing: Any) -> None:
        person = socket.viewer.person_id if socket.viewer else ""
        doing = doing or "gone"
        if not person or not isinstance(conversation, str) or len(conversation) > _ID_LENGTH or doing not in DOINGS:
            return
        if f"conversation:{conversation}" in socket.topics or await self._may_see(socket, conversation):
            await self._publish(socket.tenant, conversation, person, doing)

    async def _gone(self, socket: Socket, topic: str) -> None:
        name, _, conversation = topic.partition(":")
        if name == "conversation" and socket.viewer is not None and socket.viewer.person_id:
            await self._publish(socket.tenant, conversation, socket.viewer.person_id, "gone")

    async def _publish(self, tenant: str, conversation: str, person: str, doing: str) -> None:
        event = {"type": "presence", "conversation_id": conversation, "person_id": person, "doing": doing}
        try:
            await self._bus.nc.publish(f"{PREFIX}.{tenant}.presence", wire.encode(event))
        except NatsError:
            return  # it would be old by the time it could be told

    async def _hear(self, message: Msg) -> None:
        _, tenant, kind = [*message.subject.split("."), "", ""][:3]
        room = self._rooms.find(tenant)
        if room is None or len(message.data) > 2000:
            return
        try:
            event = msgspec.json.decode(message.data)
            conversation = str(event["conversation_id"])
            if kind == "typing":
                _deliver(room, conversation, *_typing(conversation, str(event["who"])))
            elif kind == "draft":
                _deliver_to(room, str(event["person_id"]), *_draft(conversation))
            elif kind == "presence":
                person, doing = str(event["person_id"]), str(event["doing"])
                room.onlookers.see(conversation, person, doing, asyncio.get_running_loop().time())
                _deliver(room, conversation, *_presence(conversation, person, doing))
        except (msgspec.DecodeError, KeyError, TypeError):
            log.warning("unreadable ephemeral", subject=message.subject)


def _presence(conversation: str, person: str, doing: str) -> tuple[str, str]:
    event = {"type": "presence", "conversation_id": conversation, "person_id": person, "doing": doing}
    return f"presence:{conversation}:{person}", ephemeral_text(event)


def _typing(conversation: str, who: str) -> tuple[str, str]:
    event = {"type": "typing", "conversation_id": conversation, "who": who}
    if who.startswith("person:"):
        event["person_id"] = who.removeprefix("person:")
    return f"typing:{conversation}:{who}", ephemeral_text(event)


def _draft(conversation: str) -> tuple[str, str]:
    return f"draft:{conversation}", ephemeral_text({"type": "draft", "conversation_id": conversation})


def ephemeral_text(event: dict[str, Any]) -> str:
    """The frame of something without a number."""
    return wire.encode({"t": "eph", "e": event}).decode()


def _deliver(room: Room, conversation: str, key: str, text: str) -> None:
    topic = f"conversation:{conversation}"
    for socket in room.sockets:
        if topic in socket.topics or socket.holds(conversation):
            socket.ephemeral(key, text)


def _deliver_to(room: Room, person: str, key: str, text: str) -> None:
    for socket in room.sockets:
        if person and socket.viewer is not None and socket.viewer.person_id == person:
            socket.ephemeral(key, text)
