"""Calls that cost money. Billing is asked before an outside line rings, again while it talks, and when nothing more is
granted the call is ended; what it cost is settled from its record.

Emergency numbers never wait for an answer. While billing cannot be reached, new paid calls are refused, and calls that
go on have the seconds they were granted.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from antiphon.kit import logs
from antiphon.kit.errors import DomainError
from antiphon.media.domain.ringing import Line

if TYPE_CHECKING:
    from antiphon.media.app.live import Live

NO_MONEY = "no_money"
NO_ACCOUNT = "NO_ACCOUNT"
RETRY = 1.0
EARLY = 0.3
"""Seconds: the way of a BYE, so that a second that is not paid does not begin."""
log = logs.get("media")


@dataclass(frozen=True, slots=True)
class Granted:
    """Seconds from the answer on that are paid, when to ask for more, and whether that helps."""

    seconds: float
    ask_after: float
    final: bool


class Meter:
    """What one call may cost, by leg."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._granted: dict[str, Granted] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}

    async def admits(self, tag: str, line: Line) -> bool:
        """May this line be rung? Costs nothing where calls are not paid, inside, and in an emergency."""
        world, call = self._live.world, self._live.call
        if not world.paid or line.kind != "trunk" or line.emergency:
            return True
        try:
            granted = await world.asks.authorize(call.tenant, f"{call.id}:{tag}", line.e164 or line.number)
        except DomainError as refusal:
            if refusal.reason.name == NO_ACCOUNT and not world.needs_account:
                return True  # its record waits in suspense
            log.info("a paid call is refused", reason=refusal.reason.name)
            return False
        if granted is not None:
            self._granted[tag] = granted
        return True

    def answered(self, tag: str) -> None:
        """Money runs from now on."""
        if tag in self._granted:
            self._arm(tag, used=0.0)

    def stop(self, *tags: str) -> None:
        """These legs are over; all of them when none is named."""
        for tag in tags or tuple(self._granted):
            self._granted.pop(tag, None)
            if (timer := self._timers.pop(tag, None)) is not None:
                timer.cancel()

    def _arm(self, tag: str, used: float) -> None:
        granted = self._granted[tag]
        wait = (granted.seconds - EARLY if granted.final else granted.ask_after) - used
        self._timers[tag] = asyncio.get_running_loop().call_later(max(0.0, wait), self._due, tag)

    def _due(self, tag: str) -> None:
        granted = self._granted.get(tag)
        if granted is None or self._live.over:
            return
        if granted.final and self._used(tag) >= granted.seconds - 2 * EARLY:
            self._live.post(lambda: self._live.finish(NO_MONEY))
        else:
            self._live.world.spawn(self._ask(tag, granted))

    async def _ask(self, tag: str, before: Granted) -> None:
        """Beside the call, which goes on meanwhile."""
        call, used = self._live.call, self._used(tag)
        try:
            more = await self._live.world.asks.extend(call.tenant, f"{call.id}:{tag}", int(used))
        except DomainError as refusal:
            log.warning("no more seconds are granted", reason=refusal.reason.name)
            final = not refusal.retry or used + RETRY >= before.seconds
            more = Granted(before.seconds, min(used + RETRY, before.seconds), final)
        if tag in self._granted and not self._live.over:
            self._granted[tag] = more
            self._arm(tag, self._used(tag))

    def _used(self, tag: str) -> float:
        answered = self._live.call.leg(tag).answered_at
        return (self._live.world.clock() - answered).total_seconds() if answered is not None else 0.0
