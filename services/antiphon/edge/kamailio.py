"""Kamailio's ear for the sidecar: JSON-RPC over HTTP on loopback.

HTTP, because a datagram cuts off a dump of many accounts; one connection with requests in flight one after the other,
because a general client costs more than the command (5,000 rows: 2 s instead of minutes). Every request shows the key;
Kamailio takes commands from nobody else. All commands used here may be given twice, so what a lost connection left
open is simply given again.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any

from antiphon.edge.app.reconcile import KamailioAway
from antiphon.edge.domain.wanted import Changes, Registration
from antiphon.edge.settings import Settings

_IN_FLIGHT = 64
Command = tuple[str | int, ...]


class Unreachable(KamailioAway):
    """Kamailio does not answer: it is starting, or gone."""


class Refused(KamailioAway):
    """Kamailio answered with an error."""

    def __init__(self, method: str, code: int, message: str) -> None:
        super().__init__(f"{method}: {code} {message}")
        self.code = code


class Kamailio:
    """One node. Use it as an async context."""

    def __init__(self, settings: Settings, timeout: float = 10.0) -> None:
        self._port = settings.rpc_port
        self._key = settings.rpc_key.get_secret_value()
        self._timeout = timeout
        self._ids = itertools.count(1)
        self._turn = asyncio.Lock()
        self._line: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def __aenter__(self) -> Kamailio:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._hang_up()

    async def call(self, method: str, *params: str | int) -> Any:
        """The result of one command. Raises Unreachable, Refused."""
        (result,) = await self.calls([(method, *params)])
        if isinstance(result, Refused):
            raise result
        return result

    async def calls(self, commands: Sequence[Command]) -> list[Any]:
        """The results of many commands, in order; a refusal is in its place. Raises Unreachable."""
        results: list[Any] = []
        async with self._turn:
            for start in range(0, len(commands), _IN_FLIGHT):
                some = commands[start : start + _IN_FLIGHT]
                try:
                    results += await self._exchange(some)
                except Unreachable:  # an old connection to a process that is gone
                    results += await self._exchange(some)
        return results

    async def _exchange(self, commands: Sequence[Command]) -> list[Any]:
        whole = False
        try:
            async with asyncio.timeout(self._timeout):
                if self._line is None:
                    self._line = await asyncio.open_connection("127.0.0.1", self._port)
                reader, writer = self._line
                writer.write(b"".join(self._request(*command) for command in commands))
                results = [_result(str(command[0]), await _body(reader)) for command in commands]
                whole = True
                return results
        except (OSError, TimeoutError, EOFError, ValueError) as error:
            raise Unreachable(f"{commands[0][0]}: {error!r}") from error
        finally:
            if not whole:
                self._hang_up()

    def _request(self, method: str | int, *params: str | int) -> bytes:
        body = json.dumps({"jsonrpc": "2.0", "method": method, "params": params, "id": next(self._ids)}).encode()
        head = (
            f"POST /rpc HTTP/1.1\r\nHost: edge\r\nX-Edge-Key: {self._key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def _hang_up(self) -> None:
        if self._line is not None:
            self._line[1].close()
            self._line = None

    async def incarnation(self) -> str:
        """Start time and process id: another text is another process, whose tables are empty."""
        uptime, processes = await self.call("core.uptime"), await self.call("core.psx")
        return f"{uptime['up_since']} {processes[0]['PID']}"

    async def table(self, name: str) -> dict[str, str]:
        """Everything in a hash table."""
        slots = await self.call("htable.dump", name)
        return {str(cell["name"]): str(cell["value"]) for slot in slots or () for cell in _cells(slot)}

    async def cells(self, name: str, keys: Sequence[str]) -> list[str]:
        """What a hash table holds under each of these keys; empty for what it does not hold."""
        found = await self.calls([("htable.get", name, key) for key in keys])
        return ["" if isinstance(each, Refused) else str(each["item"]["value"]) for each in found]

    async def change(self, name: str, changes: Changes) -> None:
        """Puts and removes rows of a hash table."""
        commands: list[Command] = [("htable.sets", name, key, value) for key, value in changes.put.items()]
        await self._all(commands)
        # a row that is to be removed and is not there is as wanted
        await self.calls([("htable.delete", name, key) for key in changes.remove])

    async def _all(self, commands: Sequence[Command]) -> None:
        for result in await self.calls(commands):
            if isinstance(result, Refused):
                raise result

    async def reload_addresses(self) -> None:
        """Reads `address.list` again."""
        await self.call("permissions.addressReload")

    async def reload_media(self) -> None:
        """Reads `dispatcher.list` again."""
        await self.call("dispatcher.reload")

    async def registrations(self) -> list[Registration]:
        """Every contact of every registered user."""
        dump = await self.call("ul.dump")
        return list(_registrations(dump))

    async def unregister(self, user: str) -> None:
        """Drops every contact of a user, on all nodes."""
        try:
            await self.call("ul.rm", "location", user)
        except Refused as refused:
            if refused.code not in {404, 500}:
                raise


async def _body(reader: asyncio.StreamReader) -> bytes:
    """The body of the next HTTP answer. Raises EOFError, ValueError."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    fields = dict(line.lower().split(": ", 1) for line in head.splitlines()[1:] if ": " in line)
    return await reader.readexactly(int(fields.get("content-length", "")))


def _result(method: str, body: bytes) -> Any:
    content = json.loads(body)
    if "error" in content:
        return Refused(method, int(content["error"].get("code", 0)), str(content["error"].get("message", "")))
    return content.get("result")


def _cells(slot: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    cells = slot.get("slot", ())
    return cells.values() if isinstance(cells, dict) else cells


def _registrations(dump: Any) -> Iterable[Registration]:
    for domain in dump["Domains"]:
        for record in domain["Domain"].get("AoRs") or ():
            for each in record["Info"]["Contacts"]:
                contact = each["Contact"]
                yield Registration(
                    user=str(record["Info"]["AoR"]),
                    contact=str(contact["Address"]),
                    received=_given(contact.get("Received")),
                    expires_in=int(contact["Expires"]) if str(contact["Expires"]).lstrip("-").isdigit() else 0,
                    user_agent=_given(contact.get("User-Agent")),
                    node=_node_of(_given(contact.get("Path"))),
                )


def _given(value: object) -> str:
    text = str(value or "")
    return "" if text in {"[not set]", "n/a"} else text


def _node_of(path: str) -> str:
    return path.partition("<sip:")[2].partition(";")[0]
