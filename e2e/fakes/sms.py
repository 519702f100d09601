"""Two sides that carry texts, on loopback: an SMSC (smpp34's server, and a strict door that knows the password) and an
HTTP gateway that checks our signature and signs its calls."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import smpp34

from antiphon.channels.sms import signature
from antiphon.kit import procs, tasks
from antiphon.kit.clock import system_clock
from antiphon.kit.testing import eventually
from e2e.fakes.providers import FakeProvider, Taken

SECRET = "gateway-Secret-0123456789"


@dataclass
class Smsc:
    """Takes what clients submit; `refuse` answers to the next ones with a status instead."""

    port: int = field(default_factory=procs.free_port)
    taken: list[smpp34.SubmitSmEvent] = field(default_factory=list)
    refuse: list[int] = field(default_factory=list)
    sessions: dict[str, smpp34.Esme] = field(default_factory=dict)
    first_id: int = 0xA1B2C000

    def __post_init__(self) -> None:
        self._ids = itertools.count(self.first_id)

    @property
    def settings(self) -> dict[str, Any]:
        return {
            "transport": "smpp", "host": "127.0.0.1", "port": self.port, "system_id": "romashka",
            "source": "+380441112233", "region": "UA", "tls": "no",
        }  # fmt: skip

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Smsc]:
        server = smpp34.Server("127.0.0.1", self.port)
        await server.start()
        hearing = asyncio.ensure_future(self._hear(server))
        try:
            yield self
        finally:
            for session in list(self.sessions.values()):
                await session.unbind()
            await tasks.end(hearing)
            await server.stop()
            self.sessions.clear()

    async def _hear(self, server: smpp34.Server) -> None:
        while True:
            event = await server.next()
            if isinstance(event, smpp34.Esme):
                self.sessions[event.session_id] = event
            elif isinstance(event, smpp34.Unbound):
                self.sessions.pop(event.session_id, None)
            elif self.refuse:
                event.reject(self.refuse.pop(0))
            else:
                self.taken.append(event)
                event.accept(format(next(self._ids), "X"))

    async def session(self) -> smpp34.Esme:
        async def found() -> smpp34.Esme | None:
            return next((one for one in self.sessions.values() if one.can_receive), None)

        one: smpp34.Esme = await eventually(found)
        return one

    async def says(self, data: bytes, source: str = "380501234567", **fields: Any) -> int:
        """A customer's text; our answer's status."""
        usual = {"source_addr": source, "source_addr_ton": 1, "source_addr_npi": 1}
        answer = await (await self.session()).deliver_sm("380441112233", data, **{**usual, **fields})
        return answer.command_status


@asynccontextmanager
async def locked_smsc(password: bytes) -> AsyncIterator[int]:
    """An SMSC that compares the password (smpp34's server takes any) and breaks off at the next word; its port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readexactly(16)
            body = await reader.readexactly(int.from_bytes(head[:4]) - 16)
            status = 0 if body.split(b"\0")[1] == password else 0x0E
            answer = (0x80000000 | int.from_bytes(head[4:8])).to_bytes(4) + status.to_bytes(4) + head[12:] + b"locked\0"
            writer.write((len(answer) + 4).to_bytes(4) + answer)
            await reader.readexactly(16)
        except (OSError, EOFError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


class FakeGateway(FakeProvider):
    """Takes a text only when its signature is right."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong = 0
        self.parts = 0
        """In how many parts it says that a text went; 0: it does not say."""

    def answer(self, taken: Taken) -> dict[str, Any]:
        if not signature.is_right(SECRET, taken.body, taken.headers.get(signature.NAME, ""), system_clock()):
            self.wrong += 1
            return {}
        return {"id": f"gw-{self.next_id()}", **({"parts": self.parts} if self.parts else {})}

    def sign(self, body: bytes) -> dict[str, str]:
        return {signature.NAME: signature.sign(SECRET, body, system_clock())}
