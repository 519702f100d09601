"""One node's NG socket: a command goes out with a cookie, the answer comes back with the same.

rtpengine keeps its answers by cookie for a while, so repeating a datagram never repeats the work: commands are sent
again after 0.4, 0.8 and 1.6 s. Several commands may be under way at once; rtpengine's threads may take them in any
order, so only independent ones should be.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections.abc import Mapping

from antiphon.media.ng import bencode
from antiphon.media.ng.bencode import Sendable, Value
from antiphon.media.ng.reasons import NgError, Reason

_WAITS = (0.4, 0.8, 1.6)
_LARGEST = 65_000
_AT_ONCE = 48
"""Commands under way on one socket: answers of some kB each must fit its receive buffer, or a burst loses them."""
_UNKNOWN_CALL = ("unknown call-id", "call-id not found")
_FULL = ("parallel session limit", "load limit", "cpu usage limit", "bandwidth limit", "ran out of ports")
_NOT_PLAYING = ("not currently playing",)
_NO_FILE = ("failed to start media playback", "no such file", "failed to open")


class NgClient(asyncio.DatagramProtocol):
    """Speaks to one rtpengine. Open it with `NgClient.connect`."""

    def __init__(self, waits: tuple[float, ...] = _WAITS) -> None:
        self._waits = waits
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._prefix = secrets.token_hex(4)
        self._numbers = itertools.count(1)
        self._pending: dict[str, asyncio.Future[Mapping[str, Value]]] = {}
        self._timers: dict[asyncio.Future[Mapping[str, Value]], asyncio.TimerHandle] = {}
        self._transport: asyncio.DatagramTransport | None = None

    @classmethod
    async def connect(cls, host: str, port: int, waits: tuple[float, ...] = _WAITS) -> NgClient:
        """A client of the engine at this address. Nothing is sent yet."""
        client = cls(waits)
        loop = asyncio.get_running_loop()
        client._transport, _ = await loop.create_datagram_endpoint(lambda: client, remote_addr=(host, port))
        return client

    def close(self) -> None:
        """Closes the socket; commands under way fail as unanswered."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None
        self._fail("the client was closed")

    async def ask(self, command: str, arguments: Mapping[str, Sendable] | None = None) -> Mapping[str, Value]:
        """The answer of a command. Raises NgError: ENGINE_SILENT after the last repetition, else why it was refused."""
        cookie = f"{self._prefix}_{next(self._numbers)}"
        packet = cookie.encode() + b" " + bencode.encode({"command": command, **(arguments or {})})
        if len(packet) > _LARGEST:
            raise NgError(Reason.PROMPT_TOO_LARGE, command=command)
        async with self._room:
            answer: asyncio.Future[Mapping[str, Value]] = asyncio.get_running_loop().create_future()
            self._pending[cookie] = answer
            self._send(command, packet, answer, 0)
            try:
                return _checked(command, await answer)
            finally:
                self._pending.pop(cookie, None)
                if (timer := self._timers.pop(answer, None)) is not None:
                    timer.cancel()

    def _send(self, command: str, packet: bytes, answer: asyncio.Future[Mapping[str, Value]], times: int) -> None:
        """Sends for the so-manieth time and sets the timer of the next; after the last one nobody is there."""
        if answer.done():
            return
        if times == len(self._waits) or self._transport is None:
            answer.set_exception(NgError(Reason.ENGINE_SILENT, command=command))
            return
        self._transport.sendto(packet)
        loop = asyncio.get_running_loop()
        self._timers[answer] = loop.call_later(self._waits[times], self._send, command, packet, answer, times + 1)

    def datagram_received(self, data: bytes, addr: tuple[str | object, int]) -> None:
        cookie, _, body = data.partition(b" ")
        answer = self._pending.get(cookie.decode(errors="replace"))
        if answer is None or answer.done():
            return
        try:
            value = bencode.decode(body)
        except bencode.Malformed:
            return  # the repetition may bring a whole answer
        if isinstance(value, dict):
            answer.set_result(value)

    def error_received(self, exc: Exception) -> None:
        """The system says that nobody listens there: no use in waiting."""
        if isinstance(exc, ConnectionRefusedError):
            self._fail("connection refused")

    def _fail(self, why: str) -> None:
        for answer in self._pending.values():
            if not answer.done():
                answer.set_exception(NgError(Reason.ENGINE_SILENT, why))


def _checked(command: str, answer: Mapping[str, Value]) -> Mapping[str, Value]:
    result = answer.get("result")
    if result in ("ok", "pong"):
        return answer
    said = str(answer.get("error-reason") or answer.get("warning") or answer.get("message") or result)
    raise NgError(_reason(said), said, command=command)


def _reason(said: str) -> Reason:
    lower = said.lower()
    for phrases, reason in (
        (_UNKNOWN_CALL, Reason.CALL_UNKNOWN),
        (_FULL, Reason.ENGINE_FULL),
        (_NO_FILE, Reason.PROMPT_MISSING),
        (_NOT_PLAYING, Reason.NOT_PLAYING),
    ):
        if any(phrase in lower for phrase in phrases):
            return reason
    return Reason.ENGINE_FULL if "limit" in lower else Reason.ENGINE_REFUSED
