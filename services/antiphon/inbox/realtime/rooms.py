"""One room per tenant with open sockets: its floor, its onlookers, its board. Facts enter here and go to every socket.

A room is furnished when its first socket comes: queues and groups are asked for once, and from then on facts keep them.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from antiphon.acd.v1 import acd_pb2, acd_pb2_grpc
from antiphon.channels.v1 import channels_pb2, channels_pb2_grpc
from antiphon.directory.v1 import directory_pb2, directory_pb2_grpc
from antiphon.inbox.domain import visibility
from antiphon.inbox.domain.floor import Floor, GroupCard, QueueCard
from antiphon.inbox.domain.onlookers import Onlookers
from antiphon.inbox.domain.visibility import ACD, DIRECTORY, Leave, Place, Viewer
from antiphon.inbox.realtime.feed import Feed
from antiphon.inbox.realtime.frames import Frame
from antiphon.inbox.sessions import Sessions
from antiphon.kit import grpc_client, logs
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.grpc_client import Peers
from antiphon.kit.tokens import Caller

if TYPE_CHECKING:
    from antiphon.inbox.realtime.socket import Socket

log = logs.get("inbox.rooms")
_ENDED = 10_000
"""Ended sessions that are remembered: more than can end while a ticket is good."""


@dataclass(slots=True, eq=False)
class Room:
    """What this process keeps for one tenant."""

    tenant: str
    floor: Floor = field(default_factory=Floor)
    onlookers: Onlookers = field(default_factory=Onlookers)
    sockets: set[Socket] = field(default_factory=set)
    furnished: asyncio.Lock = field(default_factory=asyncio.Lock)
    is_furnished: bool = False
    board: dict[str, Any] | None = None
    board_at: float = -1e9
    is_board_stale: bool = True


class Rooms:
    """The rooms of this process."""

    def __init__(self, feed: Feed, peers: Peers, sessions: Sessions) -> None:
        self._feed = feed
        self._peers = peers
        self._sessions = sessions
        self._rooms: dict[str, Room] = {}
        self._ended: OrderedDict[str, None] = OrderedDict()
        self._acd = acd_pb2_grpc.AcdServiceStub(peers.channel("acd"))
        self._directory = directory_pb2_grpc.DirectoryServiceStub(peers.channel("directory"))
        self._channels = channels_pb2_grpc.ChannelsServiceStub(peers.channel("channels"))
        feed.prepare = self._prepare
        feed.hear.append(self._hear)
        feed.recreated.append(self._recreated)

    def find(self, tenant: str) -> Room | None:
        return self._rooms.get(tenant)

    def all(self) -> list[Room]:
        return list(self._rooms.values())

    def sockets(self) -> list[Socket]:
        return [socket for room in self._rooms.values() for socket in room.sockets]

    async def enter(self, socket: Socket, caller: Caller) -> tuple[Room, Viewer]:
        """Adds a socket to its tenant's room. Raises what the services raise while the room is furnished, and
        UNAUTHENTICATED when the session ended after the ticket was issued."""
        room = self._rooms.setdefault(caller.tenant, Room(caller.tenant))
        room.sockets.add(socket)
        async with room.furnished:
            if not room.is_furnished:
                await self._furnish(room)
        if _session_of(caller) in self._ended:
            raise DomainError(Common.UNAUTHENTICATED, "the session has ended")
        return room, viewer_of(caller, room.floor)

    def leave(self, socket: Socket, tenant: str) -> None:
        """Takes a socket out; the last one closes the room."""
        room = self._rooms.get(tenant)
        if room is not None:
            room.sockets.discard(socket)
            if not room.sockets:
                del self._rooms[tenant]

    async def place_of(self, tenant: str, conversation: str) -> Place | None:
        """Where a conversation is: remembered, or asked. None when there is none or nobody answers."""
        known = self._feed.places.get(tenant, conversation)
        if known is not None:
            return known
        asked = channels_pb2.GetConversationRequest(conversation_id=conversation)
        try:
            answer: channels_pb2.GetConversationResponse = await grpc_client.ask(
                self._channels.GetConversation, asked, self._peers.own(tenant), within=2.0
            )
        except DomainError as error:
            log.warning("place not known", tenant=tenant, conversation_id=conversation, reason=error.reason.name)
            return None
        place = visibility.conversation_place(answer.conversation)
        if self._feed.places.get(tenant, conversation) is None:  # facts are newer than answers
            self._feed.places.put(tenant, conversation, place)
        return place

    async def _furnish(self, room: Room) -> None:
        own = self._peers.own(room.tenant)
        queues, groups = await asyncio.gather(
            grpc_client.ask(self._acd.ListQueues, acd_pb2.ListQueuesRequest(), own),
            grpc_client.ask(self._directory.ListGroups, directory_pb2.ListGroupsRequest(), own),
        )
        room.floor.merge(map(_queue_card, queues.queues), map(_group_card, groups.groups))
        room.is_furnished = True

    async def _prepare(self, frame: Frame) -> None:
        """A change of a message says nothing about its conversation: find that out where somebody is listening."""
        if frame.kind == visibility.MESSAGE_CHANGED and frame.now is None and frame.tenant in self._rooms:
            frame.now = await self.place_of(frame.tenant, frame.subject)

    def _hear(self, frame: Frame) -> None:
        if frame.kind == DIRECTORY + "SessionEnded":
            self._end_session(frame.event.session_id)
        elif frame.kind == DIRECTORY + "PersonChanged":
            self._sessions.forget(subject=f"person:{frame.event.person.id}")
        room = self._rooms.get(frame.tenant)
        if room is None:
            return
        if frame.kind.startswith(ACD):
            room.is_board_stale = True
        if frame.kind in visibility.MEMBERSHIP_FACTS and _hear_floor(room.floor, frame):
            for socket in list(room.sockets):
                if socket.viewer is not None and _has_moved(socket.viewer, room.floor):
                    socket.resync("membership")
        verdicts = frame.verdicts()
        for socket in list(room.sockets):
            if frame.kind not in visibility.LEAVING_FACTS or not self._leaves(socket, frame):
                socket.offer(frame, verdicts)

    def _end_session(self, session: str) -> None:
        if session.startswith("key:"):
            self._sessions.forget(subject=session)
        else:
            self._sessions.forget(session=session)
        self._ended[session] = None
        if len(self._ended) > _ENDED:
            self._ended.popitem(last=False)

    def _leaves(self, socket: Socket, frame: Frame) -> bool:
        """Ends the socket that must leave because of this fact."""
        leave = visibility.must_leave(socket.viewer, frame.kind, frame.event) if socket.viewer else None
        if leave is Leave.SESSION_ENDED:
            socket.end(4401, leave.value)
        elif leave is Leave.RIGHTS_CHANGED:
            socket.resync(leave.value)
        return leave is not None

    def _recreated(self) -> None:
        for socket in self.sockets():
            socket.resync("epoch")


def _session_of(caller: Caller) -> str:
    """What ends its sockets: the end of the session, or of the API key."""
    return caller.subject if caller.subject.startswith("key:") else caller.session


def viewer_of(caller: Caller, floor: Floor) -> Viewer:
    """A caller as visibility sees it."""
    return Viewer(
        person_id=caller.person_id,
        session=_session_of(caller),
        permissions=caller.permissions,
        projects=caller.projects,
        queues=floor.queues_of(caller.person_id),
        groups=floor.groups_of(caller.person_id),
        queue_projects=floor.projects,
    )


def _has_moved(viewer: Viewer, floor: Floor) -> bool:
    person = viewer.person_id
    return floor.queues_of(person) != viewer.queues or floor.groups_of(person) != viewer.groups


def _hear_floor(floor: Floor, frame: Frame) -> bool:
    """Keeps the floor; True when it changed."""
    if frame.kind == ACD + "QueueChanged":
        return floor.put_queue(_queue_card(frame.event.queue))
    if frame.kind == DIRECTORY + "GroupChanged":
        return floor.put_group(_group_card(frame.event.group))
    return floor.drop(frame.event.queue_id if frame.kind == ACD + "QueueDeleted" else frame.event.group_id)


def _queue_card(queue: acd_pb2.Queue) -> QueueCard:
    people = frozenset(member.person_id for member in queue.members if member.person_id)
    groups = frozenset(member.group_id for member in queue.members if member.group_id)
    return QueueCard(queue.id, queue.rev, queue.project_id, people, groups)


def _group_card(group: directory_pb2.Group) -> GroupCard:
    return GroupCard(group.id, group.rev, frozenset(group.person_ids))
