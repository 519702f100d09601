"""The three doors of the real-time protocol: ticket, snapshot, WebSocket."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from antiphon.inbox import wire
from antiphon.inbox.realtime.attendance import Attendance
from antiphon.inbox.realtime.ephemera import Ephemera
from antiphon.inbox.realtime.feed import Feed
from antiphon.inbox.realtime.rooms import Room, Rooms
from antiphon.inbox.realtime.snapshot import Snapshots
from antiphon.inbox.realtime.socket import AGAIN, BAD_FRAME, NOT_NOW, SIGN_IN, Hello, Socket, receive_text
from antiphon.inbox.realtime.tickets import Tickets
from antiphon.inbox.rest import json_response
from antiphon.inbox.sessions import Sessions
from antiphon.inbox.settings import Settings
from antiphon.kit import logs
from antiphon.kit.clock import Clock
from antiphon.kit.errors import Common, DomainError

_HELLO_SECONDS = 10.0
_HELLO_BYTES = 16_384
log = logs.get("inbox.realtime")


@dataclass(frozen=True, slots=True)
class RealTime:
    """Everything behind the doors."""

    feed: Feed
    rooms: Rooms
    tickets: Tickets
    snapshots: Snapshots
    ephemera: Ephemera
    attendance: Attendance
    sessions: Sessions
    clock: Clock
    settings: Settings
    draining: asyncio.Event

    @property
    def is_ready(self) -> bool:
        """True when new clients are welcome: the stream is followed and nobody asked to stop."""
        return self.feed.is_following and not self.draining.is_set()

    async def ticket(self, request: Request) -> Response:
        """POST /api/v1/rt/ticket."""
        admission = await self.sessions.admit(request, changes=True)
        return json_response(wire.encode({"ticket": await self.tickets.issue(admission.caller)}))

    async def snapshot(self, request: Request) -> Response:
        """GET /api/v1/rt/snapshot."""
        admission = await self.sessions.admit(request)
        return json_response(wire.encode(await self.snapshots.take(admission)))

    async def socket(self, ws: WebSocket) -> None:
        """WebSocket /rt. The ticket in the first frame is the only proof: cookies are not looked at."""
        await ws.accept()
        hello = await _hello(ws)
        if hello is None:
            return
        socket = Socket(ws, self.feed, self.clock, self.settings)
        tenant = ""
        try:
            if self.draining.is_set():
                raise DomainError(Common.UNAVAILABLE)
            caller = await self.tickets.redeem(hello.ticket)
            tenant = socket.tenant = caller.tenant
            socket.subject = caller.subject
            room, viewer = await self.rooms.enter(socket, caller)
            socket.viewer = viewer
            self._check_count(socket, room)
            await self._serve(socket, hello)
        except DomainError as error:
            code = SIGN_IN if error.reason is Common.UNAUTHENTICATED else NOT_NOW
            with suppress(WebSocketDisconnect):
                await ws.close(code, error.reason.name.lower())
        finally:
            if tenant:
                self.rooms.leave(socket, tenant)
        if socket.viewer is not None:
            await self.ephemera.left(socket)
            await self.attendance.note(socket)

    async def drain(self) -> None:
        """Sends every client to another replica."""
        self.draining.set()
        for socket in self.rooms.sockets():
            socket.end(AGAIN, "drain")
        with suppress(TimeoutError):
            async with asyncio.timeout(3):
                while self.rooms.sockets():  # noqa: ASYNC110 - each leaves by itself
                    await asyncio.sleep(0.01)

    async def _serve(self, socket: Socket, hello: Hello) -> None:
        await self.attendance.note(socket)
        socket.upstream = lambda frame: self.ephemera.upstream(socket, frame)
        await self.ephemera.subscribe(socket, list(hello.subs))
        await socket.run(hello)

    def _check_count(self, socket: Socket, room: Room) -> None:
        same = [one for one in room.sockets if one.subject == socket.subject]
        if len(same) > self.settings.sockets_per_person:
            raise DomainError(Common.TOO_MANY)


async def _hello(ws: WebSocket) -> Hello | None:
    """The first frame, or None when the socket was closed for want of one."""
    try:
        async with asyncio.timeout(_HELLO_SECONDS):
            text = await receive_text(ws)
        hello = msgspec.json.decode(text[: _HELLO_BYTES + 1], type=Hello)
        if hello.t == "hello" and hello.since >= 0:
            return hello
    except WebSocketDisconnect:
        return None
    except (TimeoutError, msgspec.DecodeError, RecursionError):
        pass
    with suppress(WebSocketDisconnect):
        await ws.close(BAD_FRAME, "hello_expected")
    return None
