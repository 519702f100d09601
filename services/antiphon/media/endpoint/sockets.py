"""The sockets of an endpoint: one UDP port and the same port for TCP, connections kept by the hop they lead to."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Coroutine
from ipaddress import ip_address
from typing import Any, cast

from antiphon.media.sip.framing import PONG, Framer
from antiphon.media.sip.syntax import ParseError
from antiphon.media.sip.uri import Hop

RECEIVE_BUFFER = 4 << 20
CONNECT_WITHIN = 10.0
IDLE = 900.0

Received = Callable[[bytes, Hop], None]
Failed = Callable[[Hop], None]


class Datagrams(asyncio.DatagramProtocol):
    """The UDP side."""

    def __init__(self, received: Received) -> None:
        self._received = received

    def datagram_received(self, data: bytes, address: tuple[Any, ...]) -> None:
        if len(data) > 4:  # shorter ones are keep-alives
            self._received(data, Hop(address[0], address[1], "udp"))


class Connection(asyncio.Protocol):
    """One TCP connection, accepted or opened by us."""

    def __init__(self, sockets: Sockets, hop: Hop | None = None) -> None:
        self._sockets = sockets
        self._framer = Framer()
        self._transport: asyncio.Transport | None = None
        self.hops = {hop} if hop is not None else set()
        self.peer = hop or Hop("", 0, "tcp")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are no subclasses
        host, port = transport.get_extra_info("peername")[:2]
        self.peer = Hop(host, port, "tcp")
        self.hops.add(self.peer)
        self._sockets.opened(self)

    def data_received(self, data: bytes) -> None:
        try:
            messages = self._framer.feed(data)
        except ParseError:
            self.close()
            return
        for _ in range(self._framer.pings):
            self.write(PONG)
        self._framer.pings = 0
        for message in messages:
            self._sockets.received(message, self.peer)

    def connection_lost(self, error: Exception | None) -> None:
        self._sockets.lost(self)

    def write(self, data: bytes) -> None:
        """Sends."""
        if self._transport is not None:
            self._transport.write(data)

    def close(self) -> None:
        """Closes; what is in the buffer still goes out."""
        if self._transport is not None:
            self._transport.close()


class Sockets:
    """Sends bytes to hops, and tells what arrives and which hop cannot be reached."""

    def __init__(self, received: Received, failed: Failed) -> None:
        self.received = received
        self._failed = failed
        self._udp: asyncio.DatagramTransport | None = None
        self._server: asyncio.Server | None = None
        self._connections: dict[Hop, Connection] = {}
        self._waiting: dict[Hop, list[bytes]] = {}
        self._names: dict[str, str] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self, host: str, port: int) -> int:
        """Binds both sockets to one port and returns it; raises OSError if it is taken."""
        loop = asyncio.get_running_loop()
        for _ in range(20):
            server = await loop.create_server(lambda: Connection(self), host, port)
            chosen = int(server.sockets[0].getsockname()[1])
            try:
                udp, _protocol = await loop.create_datagram_endpoint(
                    lambda: Datagrams(self.received), local_addr=(host, chosen)
                )
            except OSError:
                server.close()
                if port:
                    raise
                continue
            udp.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
            self._server, self._udp = server, udp
            return chosen
        raise OSError("no port is free for both UDP and TCP")

    async def close(self) -> None:
        """Closes everything."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._udp is not None:
            self._udp.close()
        if self._server is not None:
            self._server.close()
        for connection in set(self._connections.values()):
            connection.close()
        self._connections.clear()
        await asyncio.sleep(0)

    def send(self, data: bytes, hop: Hop) -> None:
        """Sends at once if it can; else after the name is resolved or the connection is there."""
        address = self._address(hop.host)
        if address is not None and not hop.is_reliable:
            if self._udp is not None and not self._udp.is_closing():
                self._udp.sendto(data, (address, hop.port))
            return
        connection = self._connections.get(hop)
        if connection is not None:
            connection.write(data)
            return
        if hop.fallback is not None:
            self.send(data, Hop(*hop.fallback, hop.transport))
            return
        waiting = self._waiting.setdefault(hop, [])
        waiting.append(data)
        if len(waiting) == 1:
            self._spawn(self._reach(hop))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _address(self, host: str) -> str | None:
        known = self._names.get(host)
        if known is None:
            try:
                known = str(ip_address(host))
            except ValueError:
                return None
            if len(self._names) < 4096:
                self._names[host] = known
        return known

    async def _reach(self, hop: Hop) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_WITHIN):
                if hop.is_reliable:
                    await loop.create_connection(lambda: Connection(self, hop), hop.host, hop.port)
                else:
                    found = await loop.getaddrinfo(hop.host, hop.port, type=socket.SOCK_DGRAM)
                    self._names[hop.host] = str(found[0][4][0])
                    loop.call_later(60.0, self._names.pop, hop.host, None)
        except (OSError, TimeoutError):
            self._waiting.pop(hop, None)
            self._failed(hop)
            return
        for data in self._waiting.pop(hop, []):
            self.send(data, hop)

    def opened(self, connection: Connection) -> None:
        """A connection is there."""
        for hop in connection.hops:
            self._connections[hop] = connection

    def lost(self, connection: Connection) -> None:
        """A connection is gone."""
        for hop in connection.hops:
            if self._connections.get(hop) is connection:
                del self._connections[hop]
                self._failed(hop)
