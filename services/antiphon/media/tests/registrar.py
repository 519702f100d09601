"""A registrar on a real socket for the tests: an operator where we register."""

from __future__ import annotations

import asyncio
from typing import cast

from antiphon.media.sip.digest import Challenge, Credentials, proof
from antiphon.media.sip.headers import NameAddr
from antiphon.media.sip.message import Request, parse, respond

CHALLENGE = 'Digest realm="r", nonce="n", qop="auth"'


class Registrar(asyncio.DatagramProtocol):
    """Wants a digest, then grants a minute. `accounts`: user → password, checked where it is not empty. `code` is what
    everybody gets instead; `silent` answers nothing. `bindings` holds who is registered: user → contacts."""

    port = 0

    def __init__(self) -> None:
        self.seen: list[Request] = []
        self.accounts: dict[str, str] = {}
        self.bindings: dict[str, set[str]] = {}
        self.code = 0
        self.silent = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)
        self.port = transport.get_extra_info("sockname")[1]

    @classmethod
    async def start(cls, host: str = "127.0.0.1", port: int = 0) -> Registrar:
        """Opens a port of loopback."""
        loop = asyncio.get_running_loop()
        _, made = await loop.create_datagram_endpoint(cls, local_addr=(host, port))
        return made

    def close(self) -> None:
        self.transport.close()

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        request = parse(data)
        assert isinstance(request, Request)
        self.seen.append(request)
        if self.silent:
            return
        code, headers = self._answer(request)
        self.transport.sendto(respond(request, code, "t", headers).encode(), address)

    def _answer(self, request: Request) -> tuple[int, list[tuple[str, str]]]:
        if self.code:
            return self.code, []
        if request.method != "REGISTER":
            return 200, []
        if not self._proved(request):
            return 401, [("www-authenticate", CHALLENGE)]
        user = NameAddr.parse(request.get("to")).address().name
        contacts = self.bindings.setdefault(user, set())
        contact = NameAddr.parse(request.get("contact")).uri
        (contacts.discard if request.get("expires") == "0" else contacts.add)(contact)
        return 200, [("contact", f"<{contact}>;expires=60"), ("expires", "60")]

    def _proved(self, request: Request) -> bool:
        given = request.get("authorization")
        if not given or not self.accounts:
            return bool(given)
        user = NameAddr.parse(request.get("to")).address().name
        challenge = Challenge.parse(CHALLENGE)
        assert challenge is not None
        count, nonce = given.rpartition("nc=")[2][:8], given.rpartition('cnonce="')[2].rstrip('"')
        who = Credentials(user, self.accounts.get(user, ""))
        return given == proof(challenge, who, request.method, request.uri, int(count, 16), nonce)
