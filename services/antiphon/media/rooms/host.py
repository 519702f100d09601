"""The rooms that are mixed here."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

from antiphon.kit import logs, tasks
from antiphon.kit.errors import DomainError
from antiphon.kit.leases import Lease, Leases
from antiphon.media.domain.conference import Seats
from antiphon.media.domain.reasons import Reason
from antiphon.media.mixer.room import Mixer, Port
from antiphon.media.rooms.wire import AWAY, NotHost, Wire, Words

_PAUSE = 1.0
log = logs.get("media")


@dataclass(slots=True)
class Hosted:
    """A room that is here."""

    lease: Lease
    seats: Seats = field(default_factory=Seats)
    keeping: asyncio.Task[None] | None = None


class Host:
    """Gives seats, and a port of the mixer for each. `company` is told of a room where more than one is; `shut` of a
    room that is here no more."""

    def __init__(self, own: Leases, mixer: Mixer, wire: Wire) -> None:
        self._leases = own
        self._mixer = mixer
        self._wire = wire
        self._opening = asyncio.Lock()
        self.rooms: dict[str, Hosted] = {}
        self.company: Callable[[str], None] = lambda room: None
        self.shut: Callable[[str], None] = lambda room: None

    # --- whose a room is

    async def host_of(self, room: str) -> str:
        """Its host: this replica, when there was none. Raises what NATS raises."""
        async with self._opening:
            if room in self.rooms:
                return self._wire.replica
            name = lease_of(room)
            lease = await self._leases.take(name, self._wire.replica)
            if lease is None:
                return await self._leases.holder(name)
            hosted = self.rooms[room] = Hosted(lease)
            hosted.keeping = asyncio.get_running_loop().create_task(self._keep(room, hosted))
            return self._wire.replica

    async def is_host(self, replica: str, room: str) -> bool:
        """As far as is known: while NATS is away, yes."""
        try:
            return await self._leases.holder(lease_of(room)) == replica
        except AWAY:
            return True

    async def _keep(self, room: str, hosted: Hosted) -> None:
        """Remains the host as long as nobody else is: while NATS is away, nobody can be."""
        while True:
            await self._leases.keep(hosted.lease)
            try:
                lease = await self._leases.take(hosted.lease.name, self._wire.replica)
            except AWAY:
                await asyncio.sleep(_PAUSE)
                continue
            if lease is None:
                break
            hosted.lease = lease
        if self.rooms.get(room) is hosted:
            log.warning("a room has another host now")
            self.close(room)

    def close(self, room: str) -> None:
        """The room is here no more: whoever is in it enters again."""
        hosted = self.rooms.pop(room)
        self._mixer.close(room)
        self.shut(room)
        self._nudge(hosted)
        self._wire.spawn(self._give_back(hosted))

    async def _give_back(self, hosted: Hosted) -> None:
        if hosted.keeping is not None:
            await tasks.end(hosted.keeping)
        await self._leases.give_back(hosted.lease)

    # --- seats

    async def port(self, room: str, call_id: str) -> Port:
        return await self._mixer.room(room).open(call_id)

    async def sit(self, room: str, call_id: str, replica: str) -> Words:
        """Raises NotHost, ROOM_FULL."""
        hosted = self._room(room)
        if not hosted.seats.sit(call_id, replica, _now()):
            raise DomainError(Reason.ROOM_FULL)
        mixed = self._mixer.room(room)
        port = await mixed.open(call_id)
        if self.rooms.get(room) is not hosted or hosted.seats.missing({call_id}):
            mixed.leave(call_id)  # gone meanwhile
            raise NotHost
        if len(hosted.seats) > 1:
            self.company(room)
            self._nudge(hosted)
        return {"port": port.address, "count": len(hosted.seats)}

    def stand(self, room: str, *calls: str) -> None:
        """Frees seats; the last one who leaves closes the room."""
        hosted = self.rooms.get(room)
        if hosted is None:
            return
        for call_id in calls:
            hosted.seats.stand(call_id)
            self._mixer.room(room).leave(call_id)
        if not len(hosted.seats):
            self.close(room)

    async def answer(self, asked: Words) -> Words:
        """What another replica asks. Raises NotHost, ROOM_FULL."""
        room, replica = asked["room"], asked["by"]
        seats = self._room(room).seats
        match asked["do"]:
            case "enter":
                return await self.sit(room, asked["call"], replica)
            case "leave":
                self.stand(room, asked["call"])
                return {}
            case "aim" if not seats.missing({asked["call"]}):
                host, port = asked["target"]
                (await self.port(room, asked["call"])).target = (host, port)
                return {}
            case "here":
                self.stand(room, *seats.said(replica, asked["calls"], _now()))
                return {"count": len(seats), "missing": sorted(seats.missing(asked["calls"]))}
        raise NotHost

    def sweep(self) -> None:
        """Frees the seats of replicas that have not been heard of."""
        for room, hosted in list(self.rooms.items()):
            if silent := hosted.seats.silent(self._wire.replica, _now()):
                log.warning("callers of a silent replica leave a room", callers=len(silent))
                self.stand(room, *silent)

    def _room(self, room: str) -> Hosted:
        if room not in self.rooms:
            raise NotHost
        return self.rooms[room]

    def _nudge(self, hosted: Hosted) -> None:
        """Other replicas look at once, and not only when their second is over."""
        for replica in hosted.seats.replicas - {self._wire.replica}:
            self._wire.tell(replica, {"do": "look"})


def lease_of(room: str) -> str:
    return f"media-room.{hashlib.sha256(room.encode()).hexdigest()[:32]}"


def _now() -> float:
    return asyncio.get_running_loop().time()
