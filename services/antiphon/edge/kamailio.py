"""Kamailio's ear for the sidecar: JSON-RPC over HTTP on loopback.

HTTP, because a datagram cuts off a dump of many accounts. Every call shows the key; Kamailio takes commands from nobody
else. A table that was never written to answers like an empty one.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any

import httpx

from antiphon.edge.app.reconcile import KamailioAway
from antiphon.edge.domain.wanted import Changes, Registration
from antiphon.edge.settings import Settings

_AT_ONCE = 16


class Unreachable(KamailioAway):
    """Kamailio does not answer: it is starting, or gone."""


class Refused(KamailioAway):
    """Kamailio answered with an error."""

    def __init__(self, method: str, code: int, message: str) -> None:
        super().__init__(f"{method}: {code} {message}")
        self.code = code


class Kamailio:
    """One node. Use it as an async context."""

    def __init__(self, settings: Settings, timeout: float = 5.0) -> None:
        headers = {"X-Edge-Key": settings.rpc_key.get_secret_value()}
        limits = httpx.Limits(max_connections=4, max_keepalive_connections=4)
        self._http = httpx.AsyncClient(headers=headers, timeout=timeout, limits=limits, trust_env=False)
        self._url = settings.rpc_url
        self._ids = itertools.count(1)
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def __aenter__(self) -> Kamailio:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def call(self, method: str, *params: str | int) -> Any:
        """The result of one command. Raises Unreachable, Refused."""
        body = {"jsonrpc": "2.0", "method": method, "params": list(params), "id": next(self._ids)}
        try:
            answer = await self._http.post(self._url, json=body)
            content = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise Unreachable(f"{method}: {error!r}") from error
        if "error" in content:
            raise Refused(method, int(content["error"].get("code", 0)), str(content["error"].get("message", "")))
        return content.get("result")

    async def incarnation(self) -> str:
        """Start time and process id: another text is another process, whose tables are empty."""
        uptime, processes = await self.call("core.uptime"), await self.call("core.psx")
        return f"{uptime['up_since']} {processes[0]['PID']}"

    async def table(self, name: str) -> dict[str, str]:
        """Everything in a hash table."""
        slots = await self.call("htable.dump", name)
        return {str(cell["name"]): str(cell["value"]) for slot in slots or () for cell in _cells(slot)}

    async def change(self, name: str, changes: Changes) -> None:
        """Puts and removes rows of a hash table."""
        commands: list[tuple[str, ...]] = [("htable.sets", name, key, value) for key, value in changes.put.items()]
        commands += [("htable.delete", name, key) for key in changes.remove]
        results = await asyncio.gather(*(self._one(*command) for command in commands), return_exceptions=True)
        for error in (result for result in results if isinstance(result, BaseException)):
            raise error

    async def _one(self, method: str, *params: str) -> None:
        """A row that is to be removed and is not there is as wanted."""
        async with self._room:
            try:
                await self.call(method, *params)
            except Refused:
                if method != "htable.delete":
                    raise

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
