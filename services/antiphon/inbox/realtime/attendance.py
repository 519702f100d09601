"""An agent whose every window is gone takes no more work: after a grace the ACD is told that the connection was lost.

Each replica notes in Mongo, a few times within the grace and at the closing of the last socket, which agents it has at
a desk. A seat that nobody has been seen at for the whole grace is deserted: whichever replica finds it tells the ACD,
then takes the seat away. So it works for a closed laptop, a killed replica, and a restart of all of them.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

from antiphon.acd.v1 import acd_pb2, acd_pb2_grpc
from antiphon.inbox.realtime.rooms import Rooms
from antiphon.inbox.realtime.socket import Socket
from antiphon.inbox.store import Seat, Store
from antiphon.kit import grpc_client, logs
from antiphon.kit.clock import Clock
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import Peers

log = logs.get("inbox.attendance")


class Attendance:
    """Who is at a desk."""

    def __init__(self, rooms: Rooms, store: Store, peers: Peers, clock: Clock, grace: float) -> None:
        self._rooms = rooms
        self._store = store
        self._peers = peers
        self._clock = clock
        self._grace = timedelta(seconds=grace)
        self._beat = min(grace / 4, 5.0)
        self._acd = acd_pb2_grpc.AcdServiceStub(peers.channel("acd"))

    async def run(self) -> None:
        """Notes seats and looks for deserted ones until cancelled. After a start browsers have the whole grace to come
        back, however long the service was away."""
        begun = self._clock()
        while True:
            await asyncio.sleep(self._beat)
            try:
                await self._store.seat(sorted({at for at in map(_seat_of, self._rooms.sockets()) if at}), self._clock())
                if self._clock() - begun > self._grace:
                    for seat in await self._store.deserted(self._clock() - self._grace):
                        await self._send_home(seat)
            except DomainError as error:
                log.warning("seats not reachable", reason=error.reason.name)

    async def note(self, socket: Socket) -> None:
        """A socket of an agent opened or closed just now."""
        at = _seat_of(socket)
        if at is not None:
            try:
                await self._store.seat([at], self._clock())
            except DomainError as error:
                log.warning("seat not noted", tenant=socket.tenant, reason=error.reason.name)

    async def _send_home(self, seat: Seat) -> None:
        asked = acd_pb2.SetAgentStateRequest(
            agent_id=seat.person, state=acd_pb2.AGENT_STATE_OFFLINE, reason="connection_lost"
        )
        try:
            await grpc_client.ask(self._acd.SetAgentState, asked, self._peers.own(seat.tenant))
        except DomainError as error:
            if error.retry:
                log.warning("ACD not told", tenant=seat.tenant, agent_id=seat.person, reason=error.reason.name)
                return  # the seat stays: told at the next look
        if await self._store.clear_seat(seat):
            log.info("agent set offline: connection lost", tenant=seat.tenant, agent_id=seat.person)


def _seat_of(socket: Socket) -> tuple[str, str] | None:
    """(tenant, person) of a socket whose person takes work."""
    viewer = socket.viewer
    if viewer is None or not viewer.person_id or not viewer.may("work.take"):
        return None
    return socket.tenant, viewer.person_id
