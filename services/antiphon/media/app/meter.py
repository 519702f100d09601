"""Calls that cost money. Billing is asked before an outside line rings, again while it talks, and when nothing more is
granted who pays is told so and the call is ended; what it cost is settled from its record.

Emergency numbers never wait for an answer. While billing cannot be reached, new paid calls are refused, and calls that
go on have the seconds they were granted.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from antiphon.kit import logs
from antiphon.kit.errors import DomainError
from antiphon.media.app import player
from antiphon.media.domain.call import Role
from antiphon.media.domain.granted import Granted
from antiphon.media.domain.ringing import Line

if TYPE_CHECKING:
    from antiphon.media.app.world import Ongoing

NO_MONEY = "no_money"
NO_ACCOUNT = "NO_ACCOUNT"
RETRY = 1.0
EARLY = 0.3
"""Seconds: the way of a BYE, so that a second that is not paid does not begin."""
SAY = 4.0
"""Seconds before the end that who pays is told of it; of a very short grant it is the second half."""
log = logs.get("media")


class Meter:
    """What one call may cost, by leg."""

    def __init__(self, live: Ongoing) -> None:
        self._live = live
        self._granted: dict[str, Granted] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._voices: dict[str, asyncio.TimerHandle] = {}
        self.emergency = False
        """Nothing ends this call but those who talk."""

    async def admits(self, tag: str, line: Line) -> bool:
        """May this line be rung? Costs nothing where calls are not paid, inside, and in an emergency."""
        world, call = self._live.world, self._live.call
        self.emergency = self.emergency or line.emergency
        if not world.paid or line.kind != "trunk" or line.emergency:
            return True
        blocks = await world.asks.quietly(world.asks.blocks(call.tenant))
        if blocks is not None and blocks.forbids(call, line.e164 or line.number):
            log.info("a call is refused on suspicion of fraud")
            return False
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
            for timers in (self._timers, self._voices):
                if (timer := timers.pop(tag, None)) is not None:
                    timer.cancel()

    def _arm(self, tag: str, used: float) -> None:
        granted, loop = self._granted[tag], asyncio.get_running_loop()
        wait = (granted.seconds - EARLY if granted.final else granted.ask_after) - used
        self._timers[tag] = loop.call_later(max(0.0, wait), self._due, tag)
        if granted.final and tag not in self._voices:
            soon = max(granted.seconds / 2, granted.seconds - EARLY - SAY) - used
            self._voices[tag] = loop.call_later(max(0.0, soon), self._announce)

    def _announce(self) -> None:
        if not self._live.over:
            self._live.post(self._say)

    async def _say(self) -> None:
        """Whoever is ours hears that the money is over; the other side hears silence for that moment."""
        live = self._live
        for leg in live.call.legs:
            if leg.is_up and leg.role is not Role.OUTSIDE and not leg.trunk_id:
                person = await live.world.asks.quietly(live.world.asks.person(live.call.tenant, leg.person_id))
                await player.interrupt(live, leg.id, "no_money", person.language if person is not None else "")

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
