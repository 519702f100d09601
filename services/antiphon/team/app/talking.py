"""What colleagues do in rooms. Whoever is no member finds no room."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from google.protobuf.message import Message

from antiphon.directory.v1 import directory_pb2
from antiphon.kit.bus import Fact
from antiphon.kit.clock import Clock
from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.ids import derived_id, new_id
from antiphon.kit.protos import timestamp
from antiphon.kit.tokens import Caller
from antiphon.team.app import convert
from antiphon.team.domain.room import Kind, Line, Room, members_of, name_of
from antiphon.team.v1 import events_pb2
from antiphon.team.v1 import team_pb2 as pb

USUAL, MOST = 50, 200
_SHORTEST_WORD = 2


class Kept(Protocol):
    """What this part needs of the store."""

    async def rooms(self, tenant: str, person: str) -> list[Room]: ...
    async def room(self, tenant: str, room_id: str) -> Room | None: ...
    async def room_of_group(self, tenant: str, group_id: str) -> Room | None: ...
    async def create(self, tenant: str, room: Room, told: Callable[[Room, Line | None], Message]) -> Room: ...
    async def change(
        self, tenant: str, room_id: str, decide: Callable[[Room], tuple[Room, Line | None]],
        told: Callable[[Room, Line | None], Message],
    ) -> tuple[Room, Line | None]: ...  # fmt: skip
    async def said(self, room_id: str, author: str, client_id: str) -> Line | None: ...
    async def lines(self, room_id: str, before: int, most: int) -> list[Line]: ...
    async def search(self, tenant: str, person: str, words: str) -> list[Line]: ...


class Asks(Protocol):
    """Who knows colleagues and groups."""

    async def people(self, tenant: str) -> set[str]: ...
    async def group(self, tenant: str, group_id: str) -> directory_pb2.Group | None: ...


class Talking:
    """The use cases."""

    def __init__(self, store: Kept, asks: Asks, clock: Clock) -> None:
        self._store, self._asks, self._clock = store, asks, clock

    async def rooms(self, caller: Caller) -> list[pb.Room]:
        return [convert.room(room) for room in await self._store.rooms(caller.tenant, _person(caller))]

    async def direct(self, caller: Caller, other: str) -> pb.Room:
        """The room of two."""
        me = _person(caller)
        if other == me:
            raise invalid("person_id", "a room of two needs another one")
        await self._known(caller.tenant, [other])
        pair = members_of([me, other])
        room = Room(derived_id("rm", caller.tenant, *pair), Kind.DIRECT, pair, self._clock())
        return convert.room(await self._store.create(caller.tenant, room, self._told()))

    async def put(self, caller: Caller, wanted: pb.Room) -> pb.Room:
        """A room of some, or of a group."""
        me = _person(caller)
        if wanted.id:
            return await self._change(caller, wanted)
        if wanted.group_id:
            group = await self._asks.group(caller.tenant, wanted.group_id)
            if group is None or me not in group.person_ids:
                raise DomainError(Common.NOT_FOUND, group=wanted.group_id)
            members, name = members_of(group.person_ids), name_of(group.name)
            room = Room(new_id("rm"), Kind.GROUP, members, self._clock(), name, wanted.group_id)
        else:
            await self._known(caller.tenant, wanted.person_ids)
            members = members_of([me, *wanted.person_ids])
            room = Room(new_id("rm"), Kind.SOME, members, self._clock(), name_of(wanted.name))
        return convert.room(await self._store.create(caller.tenant, room, self._told()))

    async def _change(self, caller: Caller, wanted: pb.Room) -> pb.Room:
        me = _person(caller)
        await self._known(caller.tenant, wanted.person_ids)

        def decide(room: Room) -> tuple[Room, Line | None]:
            _check_member(room, me)
            if room.kind is not Kind.SOME:
                raise invalid("room.id", "only a room of some is changed by hand")
            if room.rev != wanted.rev:
                raise DomainError(Common.STALE, room=room.id)
            return room.with_people([me, *wanted.person_ids], wanted.name), None

        return await self._changed(caller.tenant, wanted.id, decide)

    async def leave(self, caller: Caller, room_id: str) -> None:
        """Out of a room of some."""
        me = _person(caller)

        def decide(room: Room) -> tuple[Room, Line | None]:
            if room.kind is not Kind.SOME:
                raise invalid("room_id", "one leaves only a room of some")
            return room.with_people(person for person in room.people if person != me), None

        await self._changed(caller.tenant, room_id, decide)

    async def lines(self, caller: Caller, request: pb.ListLinesRequest) -> pb.ListLinesResponse:
        await self._own(caller, request.room_id)
        limit = min(request.limit or USUAL, MOST)
        found = await self._store.lines(request.room_id, request.before, limit + 1)
        return pb.ListLinesResponse(lines=[convert.line(line) for line in found[:limit]], more=len(found) > limit)

    async def say(self, caller: Caller, request: pb.SayRequest) -> pb.SayResponse:
        me = _person(caller)
        room = await self._own(caller, request.room_id)
        known = await self._store.said(request.room_id, me, request.client_id)
        if known is not None:
            return pb.SayResponse(line=convert.line(known), room=convert.room(room))

        def decide(room: Room) -> tuple[Room, Line | None]:
            _check_member(room, me)
            return room.say(me, request.client_id, request.text, request.mentions, self._clock())

        after, line = await self._store.change(caller.tenant, request.room_id, decide, self._told())
        return pb.SayResponse(line=convert.line(line) if line else None, room=convert.room(after))

    async def read(self, caller: Caller, request: pb.MarkRoomReadRequest) -> pb.Room:
        me = _person(caller)

        def decide(room: Room) -> tuple[Room, Line | None]:
            _check_member(room, me)
            return room.read_by(me, request.seq), None

        return await self._changed(caller.tenant, request.room_id, decide)

    async def search(self, caller: Caller, words: str) -> list[pb.Line]:
        words = words.strip()
        if not _SHORTEST_WORD <= len(words) <= 100:
            raise invalid("words", "two signs at least")
        return [convert.line(line) for line in await self._store.search(caller.tenant, _person(caller), words)]

    async def hear_group(self, fact: Fact) -> None:
        """A room of a group has its members and its name."""
        group = fact.event.group
        room = await self._store.room_of_group(fact.tenant, group.id)
        if room is None:
            return
        await self._changed(fact.tenant, room.id, lambda now: (now.with_people(group.person_ids, group.name), None))

    async def _changed(self, tenant: str, room_id: str, decide: Callable[[Room], tuple[Room, Line | None]]) -> pb.Room:
        left: list[str] = []

        def noted(room: Room) -> tuple[Room, Line | None]:
            after, line = decide(room)
            left[:] = sorted(set(room.people) - set(after.people))
            return after, line

        after, _ = await self._store.change(tenant, room_id, noted, self._told(left))
        return convert.room(after)

    def _told(self, left: list[str] | None = None) -> Callable[[Room, Line | None], Message]:
        def told(room: Room, line: Line | None) -> Message:
            now = timestamp(self._clock())
            if line is not None:
                return events_pb2.LineSaid(occurred_at=now, line=convert.line(line), room=convert.room(room))
            return events_pb2.RoomChanged(occurred_at=now, room=convert.room(room), left_ids=left or [])

        return told

    async def _own(self, caller: Caller, room_id: str) -> Room:
        room = await self._store.room(caller.tenant, room_id)
        if room is None:
            raise DomainError(Common.NOT_FOUND, room=room_id)
        _check_member(room, _person(caller))
        return room

    async def _known(self, tenant: str, people: Iterable[str]) -> None:
        unknown = set(people) - await self._asks.people(tenant)
        if unknown:
            raise DomainError(Common.NOT_FOUND, person=sorted(unknown)[0])


def _person(caller: Caller) -> str:
    if not caller.person_id:
        raise DomainError(Common.DENIED, "only people talk here")
    return caller.person_id


def _check_member(room: Room, person: str) -> None:
    """Raises NOT_FOUND: a stranger does not learn that there is a room."""
    if person not in room.people:
        raise DomainError(Common.NOT_FOUND, room=room.id)
