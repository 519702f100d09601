"""Keeps one Kamailio's tables as the directory says.

A pass asks for the wanted set, compares it with what this Kamailio is known to hold and pushes the differences. What it
holds is known from the last push; it is read from Kamailio itself when another process answers (a restart emptied the
tables) and every `verify_every` passes. Whoever is removed or gets another password loses his registrations; whoever is
blocked loses them at once, whatever the next pass says.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from typing import Protocol

from antiphon.edge.domain.wanted import Account, Changes, Registration, Rows, Trunk, Unusable, Wanted, changes
from antiphon.kit import logs


class DirectoryAway(Exception):
    """Who may register cannot be asked now; what Kamailio holds stays."""


class KamailioAway(Exception):
    """Kamailio does not answer, or answers with an error; the next pass tries again."""


class Directory(Protocol):
    """Who may register and call. Raises DirectoryAway."""

    async def accounts(self) -> list[Account]: ...

    async def trunks(self) -> list[Trunk]: ...


class Node(Protocol):
    """One Kamailio. Raises KamailioAway."""

    async def incarnation(self) -> str: ...

    async def table(self, name: str) -> dict[str, str]: ...

    async def change(self, name: str, changes: Changes) -> None: ...

    async def reload_addresses(self) -> None: ...

    async def registrations(self) -> list[Registration]: ...

    async def unregister(self, user: str) -> None: ...


class Reconciliation:
    """One node's sidecar. `write_trunks` puts the lines of the address list where Kamailio reads them."""

    def __init__(
        self, node: Node, directory: Directory, write_trunks: Callable[[Iterable[str]], None], verify_every: int = 30
    ) -> None:
        self._node = node
        self._directory = directory
        self._write_trunks = write_trunks
        self._verify_every = verify_every
        self._incarnation = ""
        self._passes = 0
        self._ha1: Rows = {}
        self._account: Rows = {}
        self._addresses: tuple[str, ...] | None = None
        self._blocked: set[str] = set()
        self._soon = asyncio.Event()
        self._log = logs.get("edge")

    async def step(self) -> int:
        """One pass; returns how many rows changed. Raises DirectoryAway, KamailioAway."""
        wanted = Wanted.of(await self._directory.accounts(), await self._directory.trunks())
        await self._look()
        if self._addresses != wanted.addresses:
            self._write_trunks(wanted.addresses)
            await self._node.reload_addresses()
            self._addresses = wanted.addresses
        # who may register is put before the password that lets him, and removed after it
        accounts, secrets = changes(self._account, wanted.account), changes(self._ha1, wanted.ha1)
        lost = [*secrets.remove, *(name for name in secrets.put if name in self._ha1)]
        await self._node.change("account", Changes(accounts.put, ()))
        await self._node.change("ha1", secrets)
        await self._node.change("account", Changes({}, accounts.remove))
        for name in lost:
            await self._node.unregister(name)
        self._account, self._ha1 = wanted.account, wanted.ha1
        return len(accounts.put) + len(accounts.remove) + len(secrets.put)

    async def _look(self) -> None:
        """Reads what Kamailio holds, when it is another process or when it is time."""
        incarnation = await self._node.incarnation()
        if incarnation != self._incarnation:
            self._addresses = None
            await self._node.change("blocked", Changes(dict.fromkeys(self._blocked, "1"), ()))
        elif self._passes % self._verify_every:
            self._passes += 1
            return
        self._account, self._ha1 = await self._node.table("account"), await self._node.table("ha1")
        self._incarnation = incarnation
        self._passes = 1

    async def block(self, user: str) -> None:
        """Nobody registers or calls by this name any more, from this moment on, on all nodes. `user` is a device's
        username or a browser's `<tenant id>.<person id>`. Running calls are ended by the media service."""
        self._blocked.add(user)
        await self._node.change("blocked", Changes({user: "1"}, ()))
        await self._node.unregister(user)

    async def unblock(self, user: str) -> None:
        """Takes a block back."""
        self._blocked.discard(user)
        await self._node.change("blocked", Changes({}, (user,)))

    async def registrations(self) -> list[Registration]:
        """Who is registered, on all nodes."""
        return await self._node.registrations()

    def soon(self) -> None:
        """Something changed: the next pass begins at once."""
        self._soon.set()

    async def run(self, every: float) -> None:
        """Passes for ever, `every` seconds apart. What fails is tried again."""
        away = False
        while True:
            try:
                changed = await self.step()
                if changed or away:
                    self._log.info("Kamailio holds what the directory says", changed=changed)
                away = False
            except (DirectoryAway, KamailioAway, Unusable) as error:
                if not away:
                    self._log.warning("cannot reconcile, trying again", error=repr(error))
                away = True
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(every):
                    await self._soon.wait()
            self._soon.clear()
