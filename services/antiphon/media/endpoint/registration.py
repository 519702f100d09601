"""A registration that keeps itself alive, as the application sees it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from antiphon.media.endpoint.turns import Turns
from antiphon.media.sip.registration import Account, RegistrationClient, RegistrationState

if TYPE_CHECKING:
    from antiphon.media.sip.core import Core


class Registration:
    """Made by `Endpoint.registration`. `next()` gives every change as (state, last status code)."""

    def __init__(self, turns: Turns, core: Core, account: Account) -> None:
        self._turns = turns
        self._changes: asyncio.Queue[tuple[RegistrationState, int]] = asyncio.Queue()
        self._client = RegistrationClient(core, account, lambda state, code: self._changes.put_nowait((state, code)))

    @property
    def state(self) -> RegistrationState:
        """How it stands."""
        return self._client.state

    @property
    def code(self) -> int:
        """The last status code; 0 before the first."""
        return self._client.code

    async def next(self) -> tuple[RegistrationState, int]:
        """The next change."""
        return await self._changes.get()

    def start(self) -> None:
        """Registers now, also while it waits after a failure."""
        with self._turns.turn():
            self._client.start()

    def stop(self) -> None:
        """Unregisters and stays so."""
        with self._turns.turn():
            self._client.stop()

    def abandon(self) -> None:
        """Leaves it as it is: another replica goes on with it."""
        with self._turns.turn():
            self._client.abandon()
