"""A small SIP peer for tests: a phone over UDP, TCP, TLS or WebSocket, a media replica, a trunk. It sends what it is
told and keeps what it hears; it repeats nothing and forgives nothing."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import itertools
import re
import ssl
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

WITHIN = 30.0
_numbers = itertools.count(1)


def fresh(prefix: str) -> str:
    """A token nobody used in this run."""
    return f"{prefix}{next(_numbers)}"


@dataclass
class Message:
    """A request or an answer, as heard."""

    start: str
    headers: list[tuple[str, str]]
    body: str
    source: tuple[str, int] | None = None

    @classmethod
    def parse(cls, text: str, source: tuple[str, int] | None = None) -> Self:
        head, _, body = text.partition("\r\n\r\n")
        start, *lines = head.split("\r\n")
        return cls(start, [(n.strip(), v.strip()) for n, _, v in (line.partition(":") for line in lines)], body, source)

    @property
    def code(self) -> int:
        """Status of an answer; 0 of a request."""
        return int(self.start.split()[1]) if self.start.startswith("SIP/2.0") else 0

    @property
    def method(self) -> str:
        return "" if self.code else self.start.split()[0]

    @property
    def uri(self) -> str:
        return self.start.split()[1]

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def one(self, name: str) -> str:
        return next(iter(self.all(name)), "")


@dataclass
class Peer:
    """Somebody who speaks SIP over one transport."""

    transport: str
    address: str
    """host:port for Via and Contact."""
    put: Callable[[str, tuple[str, int] | None], Awaitable[None]]
    heard: list[Message] = field(default_factory=list)
    automatic: Callable[[Message], str | None] = lambda message: None
    """Answers at once instead of keeping the message."""
    close: Callable[[], Awaitable[None]] | None = None
    closed: bool = False
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.close is not None:
            await self.close()

    async def say(self, text: str, to: tuple[str, int] | None = None) -> None:
        await self.put(text, to)

    async def hears(self, message: Message) -> None:
        answer = self.automatic(message)
        if answer is not None:
            await self.put(answer, message.source)
            return
        self.heard.append(message)
        self._news.set()

    async def hear(self, match: Callable[[Message], bool], within: float = WITHIN) -> Message:
        """The first message not taken yet that matches; takes it."""
        async with asyncio.timeout(within):
            while True:
                for message in self.heard:
                    if match(message):
                        self.heard.remove(message)
                        return message
                self._news.clear()
                await self._news.wait()

    async def answer_of(self, call_id: str, cseq: int, within: float = WITHIN) -> Message:
        """The first answer to a request that is not 100."""
        return await self.hear(
            lambda m: m.code > 100 and m.one("Call-ID") == call_id and m.one("CSeq").startswith(f"{cseq} "), within
        )

    async def asked(self, method: str, call: Call) -> Message:
        """The first request of this method in this call."""
        return await self.hear(lambda m: m.method == method and m.one("Call-ID") == call.call_id)

    @property
    def contact(self) -> str:
        transport = "" if self.transport == "udp" else f";transport={self.transport}"
        return f"sip:peer@{self.address}{transport}"


async def udp(remote: tuple[str, int] | None = None, local: tuple[str, int] = ("127.0.0.1", 0)) -> Peer:
    """A UDP peer; without `remote` it only answers where it was asked from."""
    loop = asyncio.get_running_loop()
    waiting: asyncio.Queue[tuple[bytes, tuple[str, int]]] = asyncio.Queue()

    class Protocol(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            waiting.put_nowait((data, addr))

    endpoint, _ = await loop.create_datagram_endpoint(Protocol, local_addr=local)
    host, port = endpoint.get_extra_info("sockname")[:2]

    async def put(text: str, to: tuple[str, int] | None) -> None:
        endpoint.sendto(text.encode(), to or remote)

    async def listen() -> None:
        while True:
            data, source = await waiting.get()
            if data.strip(b"\r\n\0"):
                await peer.hears(Message.parse(data.decode(), source))

    peer = Peer("udp", f"{host}:{port}", put)
    task = asyncio.ensure_future(listen())

    async def close() -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        endpoint.close()

    peer.close = close
    return peer


async def stream(remote: tuple[str, int], *, tls: bool = False) -> Peer:
    """A TCP or TLS peer."""
    reader, writer = await asyncio.open_connection(*remote, ssl=_trusting() if tls else None)
    host, port = writer.get_extra_info("sockname")[:2]

    async def put(text: str, to: tuple[str, int] | None) -> None:
        writer.write(text.encode())
        await writer.drain()

    peer = Peer("tls" if tls else "tcp", f"{host}:{port}", put)
    task = asyncio.ensure_future(_listen(reader, peer))

    async def close() -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)

    peer.close = close
    return peer


async def listening() -> Peer:
    """A TCP peer that waits to be called; it answers over the connection it was called on."""
    writers: list[asyncio.StreamWriter] = []

    async def called(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        await _listen(reader, peer)

    server = await asyncio.start_server(called, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]

    async def put(text: str, to: tuple[str, int] | None) -> None:
        writers[-1].write(text.encode())
        await writers[-1].drain()

    async def close() -> None:
        server.close()
        for writer in writers:
            writer.close()
            await asyncio.gather(writer.wait_closed(), return_exceptions=True)

    peer = Peer("tcp", f"{host}:{port}", put, close=close)
    return peer


async def _listen(reader: asyncio.StreamReader, peer: Peer) -> None:
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lstrip("\r\n")
            length = re.search(r"(?im)^(?:content-length|l)\s*:\s*(\d+)", head)
            body = (await reader.readexactly(int(length[1]) if length else 0)).decode()
            await peer.hears(Message.parse(head + body))
    except (asyncio.IncompleteReadError, OSError):
        peer.closed = True


async def websocket(url: str, origin: str) -> Peer:
    """A browser."""
    tls = _trusting() if url.startswith("wss") else None
    socket: ClientConnection = await connect(url, subprotocols=["sip"], origin=origin, ssl=tls, open_timeout=WITHIN)  # type: ignore[list-item, arg-type]

    async def put(text: str, to: tuple[str, int] | None) -> None:
        await socket.send(text)

    async def listen() -> None:
        try:
            async for frame in socket:
                text = frame if isinstance(frame, str) else frame.decode()
                if text.strip():
                    await peer.hears(Message.parse(text))
        except ConnectionClosed:
            pass
        peer.closed = True

    peer = Peer("ws", f"{fresh('browser')}.invalid", put)
    task = asyncio.ensure_future(listen())

    async def close() -> None:
        await socket.close()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    peer.close = close
    return peer


def _trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@dataclass
class Call:
    """What the requests of one dialog share."""

    domain: str
    user: str
    target: str
    """Request-URI."""
    to: str = ""
    call_id: str = field(default_factory=lambda: fresh("call"))
    tag: str = field(default_factory=lambda: fresh("tag"))
    to_tag: str = ""
    from_user: str = ""
    contact: str = ""

    def request(self, peer: Peer, method: str, cseq: int, extra: Iterable[str] = (), body: str = "") -> str:
        sender = f"sip:{self.from_user or self.user}@{self.domain}"
        to_tag = f";tag={self.to_tag}" if self.to_tag else ""
        lines = [
            f"{method} {self.target} SIP/2.0",
            f"Via: SIP/2.0/{peer.transport.upper()} {peer.address};branch=z9hG4bK{fresh('b')};rport",
            "Max-Forwards: 70",
            f"From: <{sender}>;tag={self.tag}",
            f"To: <{self.to or self.target}>{to_tag}",
            f"Call-ID: {self.call_id}",
            f"CSeq: {cseq} {method}",
            f"Contact: {self.contact or f'<{peer.contact}>'}",
            *extra,
        ]
        if body:
            lines.append("Content-Type: application/sdp")
        return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", body])

    async def ask(
        self, peer: Peer, method: str, cseq: int, extra: Iterable[str] = (), body: str = "", within: float = WITHIN
    ) -> Message:
        """Sends a request; its first answer that is not 100."""
        await peer.say(self.request(peer, method, cseq, extra, body))
        return await peer.answer_of(self.call_id, cseq, within)


def answer(request: Message, code: int, reason: str, *, tag: str = "", contact: str = "", body: str = "") -> str:
    """An answer to a request."""
    lines = [f"SIP/2.0 {code} {reason}"]
    lines += [f"{name}: {value}" for name, value in request.headers if name.lower() in {"via", "record-route"}]
    to = request.one("To")
    lines += [f"From: {request.one('From')}", f"To: {to}" + (f";tag={tag}" if tag and "tag=" not in to else "")]
    lines += [f"Call-ID: {request.one('Call-ID')}", f"CSeq: {request.one('CSeq')}"]
    lines += [f"Contact: {contact}"] if contact else []
    lines += ["Content-Type: application/sdp"] if body else []
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", body])


def credentials(challenge: Message, method: str, uri: str, name: str, password: str) -> str:
    """The header that answers a 401 or 407."""
    asked = challenge.one("WWW-Authenticate") or challenge.one("Proxy-Authenticate")
    given = dict(re.findall(r'(\w+)="?([^",]+)"?', asked))
    ha1 = ha1_of(name, given["realm"], password)
    response = _md5(f"{ha1}:{given['nonce']}:00000001:cn:auth:{_md5(f'{method}:{uri}')}")
    header = "Authorization" if challenge.code == 401 else "Proxy-Authorization"
    return (
        f'{header}: Digest username="{name}",realm="{given["realm"]}",nonce="{given["nonce"]}",uri="{uri}",'
        f'response="{response}",algorithm=MD5,qop=auth,nc=00000001,cnonce="cn"'
    )


def ha1_of(name: str, domain: str, password: str) -> str:
    return _md5(f"{name}:{domain}:{password}")


def browser_password(secret: str, name: str) -> str:
    """What the inbox gives a browser."""
    return base64.b64encode(hmac.new(secret.encode(), name.encode(), hashlib.sha256).digest()).decode()


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


async def register(peer: Peer, call: Call, name: str, password: str, *extra: str) -> Message:
    """REGISTER, and once more with credentials when asked; the last answer."""
    first = await call.ask(peer, "REGISTER", 1, extra)
    if first.code != 401:
        return first
    return await call.ask(peer, "REGISTER", 2, [*extra, credentials(first, "REGISTER", call.target, name, password)])


async def invite(peer: Peer, call: Call, name: str, password: str, *extra: str, body: str = "") -> Message:
    """INVITE with credentials when asked; the first answer after that."""
    first = await call.ask(peer, "INVITE", 1, extra, body)
    if first.code != 407:
        return first
    await peer.say(call.request(peer, "ACK", 1))
    proof = credentials(first, "INVITE", call.target, name, password)
    return await call.ask(peer, "INVITE", 2, [*extra, proof], body)
