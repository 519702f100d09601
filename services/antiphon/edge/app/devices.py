"""Tells the directory where devices listen, so that an account warns about a device on 5060 at a public address."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Protocol

from antiphon.edge.app.reconcile import DirectoryAway, KamailioAway
from antiphon.edge.domain.devices import listens_at
from antiphon.edge.domain.wanted import Registration


class Node(Protocol):
    """One Kamailio. Raises KamailioAway."""

    async def registrations(self) -> list[Registration]: ...


class Notes(Protocol):
    """Who keeps it. Raises DirectoryAway."""

    async def note(self, username: str, address: str, port: int) -> None: ...


class Devices:
    """Every device is noted once, and again when it listens elsewhere. Browsers are unknown there and passed over."""

    def __init__(self, node: Node, notes: Notes) -> None:
        self._node = node
        self._notes = notes
        self._noted: dict[str, tuple[str, int]] = {}

    async def step(self) -> None:
        """One look. Raises KamailioAway, DirectoryAway."""
        for user, place in _places(await self._node.registrations()):
            if self._noted.get(user) != place:
                await self._notes.note(user, *place)
                self._noted[user] = place

    async def run(self, every: float) -> None:
        """Looks for ever. What could not be noted is noted the next time."""
        while True:
            await asyncio.sleep(every)
            try:
                await self.step()
            except (KamailioAway, DirectoryAway):
                continue


def _places(registrations: Iterable[Registration]) -> list[tuple[str, tuple[str, int]]]:
    found = ((each.user, listens_at(each.contact)) for each in registrations)
    return [(user, place) for user, place in found if place is not None]
