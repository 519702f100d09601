"""A registrar on a real socket for the tests."""

from __future__ import annotations

import asyncio
from typing import cast

from antiphon.media.sip.message import Request, parse, respond


class Registrar(asyncio.DatagramProtocol):
    """Wants a digest, then grants a minute."""

    port = 0

    def __init__(self) -> None:
        self.seen: list[Request] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)
        self.port = transport.get_extra_info("sockname")[1]

    @classmethod
    async def start(cls) -> Registrar:
        """Opens a port of loopback."""
        loop = asyncio.get_running_loop()
        _, made = await loop.create_datagram_endpoint(cls, local_addr=("127.0.0.1", 0))
        return made

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        request = parse(data)
        assert isinstance(request, Request)
        self.seen.append(request)
        known = request.has("authorization")
        headers = [("expires", "60")] if known else [("www-authenticate", 'Digest realm="r", nonce="n", qop="auth"')]
        self.transport.sendto(respond(request, 200 if known else 401, "t", headers).encode(), address)
