"""Callers of this replica in rooms, wherever those are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from nats.errors import NoRespondersError

from antiphon.kit.bus import Bus
from antiphon.kit.errors import DomainError
from antiphon.kit.leases import Leases
from antiphon.media.anchor import sdp as descriptions
from antiphon.media.anchor.listening import Ear
from antiphon.media.domain.reasons import Reason
from antiphon.media.mixer.room import Mixer
from antiphon.media.rooms.host import Host
from antiphon.media.rooms.wire import AWAY, NotHost, Wire, Words

_EVERY = 1.0
_ENTER_WITHIN = 20.0
_PAUSE = 0.1
_UNHEARD = 2
"""So often in a row nobody listens for a host: it is gone, though its lease may not have lapsed yet."""


@dataclass(slots=True)
class Far:
    """A port of another replica's mixer."""

    address: tuple[str, int]
    target: tuple[str, int] | None = None

    def sdp(self) -> bytes:
        return descriptions.synthetic(descriptions.ALONE, None, *self.address)


@dataclass(slots=True)
class Guest:
    """A call of ours that is in a room, or on the way into it."""

    room: str
    met: Callable[[], None]
    moved: Callable[[], None]
    host: str = ""
    """Empty on the way."""


class Place:
    """A call's seat: its way into the mixer, as `Anchor.join_mixer` wants it."""

    def __init__(self, rooms: Rooms, call_id: str, ear: Ear, *, alone: bool) -> None:
        self._rooms = rooms
        self._call_id = call_id
        self._ear = ear
        self.alone = alone
        """Nobody else was there."""

    async def open(self, tag: str) -> Ear:
        return self._ear

    async def speak(self) -> None:
        """Tells the host where the engine wants the sound; to be called when the engine has the port. When it cannot be
        told, the call is moved."""
        await self._rooms.aim(self._call_id, self._ear.target)

    def leave(self, tag: str = "") -> None:
        """Frees the seat. Twice is harmless."""
        self._rooms.leave(self._call_id)


class Rooms:
    """Made in `wiring`, one a replica."""

    def __init__(self, bus: Bus, own: Leases, mixer: Mixer, replica: str) -> None:
        self._own = replica
        self._wire = Wire(bus, replica)
        self._wire.answers = self._answer
        self.listen = self._wire.listen
        self._host = Host(own, mixer, self._wire)
        self._host.company, self._host.shut = self._company, self._shut
        self._guests: dict[str, Guest] = {}
        self._unheard: dict[tuple[str, str], int] = {}
        self._nudge = asyncio.Event()

    @property
    def hosted(self) -> frozenset[str]:
        """Rooms that are mixed here."""
        return frozenset(self._host.rooms)

    async def enter(self, room: str, call_id: str, met: Callable[[], None], moved: Callable[[], None]) -> Place:
        """A seat. `met` is called when somebody else is there too, perhaps more than once; `moved` when the seat is
        lost: enter again. Raises DomainError: ROOM_FULL, NO_ROOM."""
        guest = self._guests[call_id] = Guest(room, met, moved)
        try:
            async with asyncio.timeout(_ENTER_WITHIN):
                return await self._seated(guest, call_id)
        except TimeoutError:
            self.leave(call_id)
            raise DomainError(Reason.NO_ROOM) from None
        except DomainError:
            self.leave(call_id)
            raise

    async def _seated(self, guest: Guest, call_id: str) -> Place:
        while True:
            with suppress(NotHost, *AWAY):
                host = await self._host.host_of(guest.room)
                given = await self._wire.ask(host, {"do": "enter", "room": guest.room, "call": call_id})
                guest.host = host
                if given["count"] > 1:
                    guest.met()
                here = host == self._own
                ear: Ear = await self._host.port(guest.room, call_id) if here else Far(tuple(given["port"]))
                return Place(self, call_id, ear, alone=given["count"] == 1)
            await asyncio.sleep(_PAUSE)

    async def aim(self, call_id: str, target: tuple[str, int] | None) -> None:
        guest = self._guests.get(call_id)
        if guest is None or guest.host == self._own:
            return
        try:
            await self._wire.ask(guest.host, {"do": "aim", "room": guest.room, "call": call_id, "target": target})
        except (NotHost, *AWAY):
            self._lose(call_id)

    def leave(self, call_id: str) -> None:
        """Twice is harmless."""
        guest = self._guests.pop(call_id, None)
        if guest is None or not guest.host:
            return
        if guest.host == self._own:
            self._host.stand(guest.room, call_id)
        else:
            self._wire.tell(guest.host, {"do": "leave", "room": guest.room, "call": call_id})

    def _lose(self, call_id: str) -> None:
        if (guest := self._guests.pop(call_id, None)) is not None:
            guest.moved()

    # --- what is heard of rooms

    async def _answer(self, asked: Words) -> Words:
        if asked["do"] == "look":
            self._nudge.set()
            return {}
        return await self._host.answer(asked)

    def _company(self, room: str) -> None:
        for guest in self._guests.values():
            if guest.room == room and guest.host:
                guest.met()

    def _shut(self, room: str) -> None:
        for call_id, guest in list(self._guests.items()):
            if guest.room == room and guest.host == self._own:
                self._lose(call_id)

    async def run(self) -> None:
        """For ever: says who is where, and looks who is not there any more."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(_EVERY):
                    await self._nudge.wait()
            self._nudge.clear()
            elsewhere = {(it.host, it.room) for it in self._guests.values() if it.host not in ("", self._own)}
            self._unheard = {there: count for there, count in self._unheard.items() if there in elsewhere}
            await asyncio.gather(*(self._say_who(host, room) for host, room in elsewhere))
            self._host.sweep()

    async def _say_who(self, host: str, room: str) -> None:
        calls = [call_id for call_id, guest in self._guests.items() if guest.room == room]
        lost = set(calls)
        try:
            answer = await self._wire.ask(host, {"do": "here", "room": room, "calls": calls})
        except NotHost:
            pass
        except AWAY as error:
            if not await self._is_gone(host, room, error):
                return
        else:
            self._unheard.pop((host, room), None)
            lost = set(answer["missing"])
            if answer["count"] > 1:
                self._company(room)
        for call_id in lost:
            guest = self._guests.get(call_id)
            if guest is not None and guest.host == host:  # else he is on the way
                self._lose(call_id)

    async def _is_gone(self, host: str, room: str, error: Exception) -> bool:
        """A host that says nothing: nobody listens for it, or it has lost the room."""
        if isinstance(error, NoRespondersError):
            self._unheard[host, room] = count = self._unheard.get((host, room), 0) + 1
            if count >= _UNHEARD:
                return True
        return not await self._host.is_host(host, room)

    async def close(self) -> None:
        """Others become the hosts of our rooms."""
        for room in self.hosted:
            self._host.close(room)
        await self._wire.close()
