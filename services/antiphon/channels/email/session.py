"""One connection to an IMAP server: the few commands that reading a mailbox takes, one after the other.

A coroutine waits, no thread: hundreds of idle mailboxes cost nothing but their sockets. Whoever is cancelled while he
waits leaves the connection in the midst of something; `leave` then closes it without a word.
"""

from __future__ import annotations

import asyncio
import itertools
import socket
import ssl
from asyncio import StreamReader, StreamWriter
from collections import deque
from collections.abc import Container
from contextlib import suppress
from dataclasses import dataclass

from antiphon.channels.email.wire import Malformed, Reader, Response, command

SILENCE, WHOLE = 60.0, 900.0
"""Seconds in which a server has to say something, and in which a command has to be done."""
_LEAVE = 2.0
_CHUNK = 2**16
_KEPT = 48 * 1024 * 1024
"""Bytes of responses that are kept for one command, each counted with what it costs to keep."""
_COST = 256


class Ended(Exception):
    """The server has closed the connection."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The end of a command, and the responses that were wanted of it."""

    end: Response
    told: tuple[Response, ...] = ()

    @property
    def ok(self) -> bool:
        return self.end.kind == "OK"

    def number(self, code: str) -> int:
        """Of a code such as `[UIDNEXT 5]`; 0 where it was not told."""
        known = (value for name, value in (it.code for it in (*self.told, self.end)) if name == code)
        return next((int(value) for value in known if value.isdecimal() and len(value) <= 10), 0)


class Session:
    """Every command raises Ended, Malformed, TimeoutError or OSError; after that there is only `leave`."""

    def __init__(self, reader: StreamReader, writer: StreamWriter, max_literal: int) -> None:
        self._reader = reader
        self._writer = writer
        self._wire = Reader(max_literal)
        self._heard: deque[Response] = deque()
        self._tags = (f"A{number}" for number in itertools.count(1))
        self._between = False
        """No command is under way: one may be sent."""
        self.capabilities: frozenset[str] = frozenset()
        self.news = False
        """There are more mails than at the last search. Many servers tell their number again and again."""
        self._mails = 0

    async def greeting(self) -> Response:
        """The first word of the server. Raises Malformed when it is not one of IMAP."""
        first = await self._next(SILENCE)
        if first.tag != "*" or first.kind not in {"OK", "PREAUTH", "BYE"}:
            raise Malformed("no greeting")
        if first.kind == "BYE":
            raise Ended
        self._notice(first)
        self._between = True
        return first

    async def ask(self, *words: str | bytes, keep: Container[str] = ()) -> Answer:
        """Sends a command (see wire.command) and waits for its end. Raises Unsendable, too."""
        tag = next(self._tags)
        *literals, last = command(tag, words)
        for step in literals:
            await self._send(step)
            refused = await self._until(tag, keep, ready=True)
            if refused is not None:
                return refused
        await self._send(last)
        return await self._end(tag, keep)

    async def login(self, name: str, password: str) -> Answer:
        answer = await self.ask("LOGIN", name.encode(), password.encode())
        if answer.ok:
            await self.ask("CAPABILITY")  # some servers tell the whole of it only now
        return answer

    async def search(self, criteria: str) -> Answer:
        self.news = False
        return await self.ask("UID SEARCH", criteria, keep={"SEARCH", "ESEARCH"})

    async def idle(self, seconds: float) -> bool:
        """Until there are news, at most so long (RFC 2177). False when the server does not want to tell of any."""
        tag = next(self._tags)
        await self._send(f"{tag} IDLE\r\n".encode())
        if await self._until(tag, ready=True) is not None:
            return False
        try:
            async with asyncio.timeout(seconds) as limit:
                while not self.news:
                    if (await self._hear(tag, silence=None)).tag == tag:
                        return False
        except TimeoutError:
            if not limit.expired():
                raise
        await self._send(b"DONE\r\n")
        await self._end(tag)
        return True

    async def leave(self) -> None:
        """Closes the connection, with a good-bye where one may be said. Raises as a command does; it is closed then."""
        try:
            if self._between:
                async with asyncio.timeout(_LEAVE):
                    await self.ask("LOGOUT")
        finally:
            self._writer.transport.abort()
            with suppress(OSError):
                async with asyncio.timeout(_LEAVE):
                    await self._writer.wait_closed()

    async def _send(self, step: bytes) -> None:
        self._between = False
        self._writer.write(step)
        async with asyncio.timeout(SILENCE):
            await self._writer.drain()

    async def _end(self, tag: str, keep: Container[str] = ()) -> Answer:
        answer = await self._until(tag, keep)
        assert answer is not None
        return answer

    async def _until(self, tag: str, keep: Container[str] = (), *, ready: bool = False) -> Answer | None:
        """The end of a command; None as soon as the server is `ready` for more of it."""
        told: list[Response] = []
        room = _KEPT
        async with asyncio.timeout(WHOLE):
            while True:
                it = await self._hear(tag)
                if it.tag == tag:
                    return Answer(it, tuple(told))
                if it.tag == "+" and ready:
                    return None
                if it.kind in keep:
                    room -= it.size + _COST
                    if room < 0:
                        raise Malformed("an answer has no end")
                    told.append(it)

    async def _hear(self, tag: str, silence: float | None = SILENCE) -> Response:
        """The next response while a command is under way. Raises Malformed for an answer to nothing."""
        it = await self._next(silence)
        if it.tag == tag and it.kind in {"OK", "NO", "BAD"}:
            self._between = True
        elif it.tag not in {"*", "+"}:
            raise Malformed("an answer to nothing")
        self._notice(it)
        return it

    async def _next(self, silence: float | None) -> Response:
        while not self._heard:
            async with asyncio.timeout(silence):
                data = await self._reader.read(_CHUNK)
            if not data:
                raise Ended
            self._heard.extend(self._wire.feed(data))
        return self._heard.popleft()

    def _notice(self, it: Response) -> None:
        """What any response may tell by the way."""
        name, told = it.code
        if it.kind == "CAPABILITY":
            name, told = it.kind, (it.pieces[0] or b"").decode("ascii", "replace")
        if name == "CAPABILITY":
            self.capabilities = frozenset(told.upper().split())
        elif it.kind == "EXISTS":
            self.news |= it.number > self._mails
            self._mails = it.number
        elif it.kind == "EXPUNGE":
            self._mails -= 1


async def connected(sock: socket.socket, host: str, *, secure: bool, max_literal: int) -> Session:
    """A session over a connection that is there already. Raises OSError."""
    context = ssl.create_default_context() if secure else None
    name = host if secure else None
    reader, writer = await asyncio.open_connection(sock=sock, ssl=context, server_hostname=name)
    return Session(reader, writer, max_literal)
