"""Tells what was recorded, from what is stored: billing compares it with the records that came to it.

Every replica tells for all, so none is missed when one dies; what is told twice is the same. After the last tally of a
run its end is announced, so that one that was lost there shows as well.
"""

from __future__ import annotations

import asyncio
import itertools

from pymongo.errors import PyMongoError

from antiphon.common.v1.tally_pb2 import Tally
from antiphon.kit import logs
from antiphon.kit.bus import Bus
from antiphon.kit.clock import Clock
from antiphon.kit.errors import DomainError
from antiphon.kit.protos import timestamp
from antiphon.media.books import PLANT
from antiphon.media.store import TallyStore
from antiphon.media.store.tallies import SWITCH
from antiphon.media.v1.events_pb2 import RecordsTallied, TalliesComplete

EVERY = 2.0
_COMPLETE = 5
"""In each of so many turns it is told that nothing is left."""
_MOST = 500
log = logs.get("media")


class Tallies:
    """The teller of one replica."""

    def __init__(self, store: TallyStore, bus: Bus, replica: str, clock: Clock) -> None:
        self._store = store
        self._bus = bus
        self._replica = replica
        self._clock = clock
        self._ends: dict[tuple[str, str], int] = {}
        """(tenant, source) → the number that comes next, of those told in the last round."""

    async def run(self) -> None:
        """Until cancelled."""
        for turn in itertools.count():
            try:
                await (self.tell() if turn % _COMPLETE else self.round())
            except (PyMongoError, DomainError) as error:
                log.warning("tallies wait", error=str(error))
            await asyncio.sleep(EVERY)

    async def round(self) -> None:
        """Tells what waits, and that everything before was told."""
        began = self._clock()
        await self.tell()
        complete = TalliesComplete(occurred_at=timestamp(self._clock()), until=timestamp(began))
        name = f"tallies:{self._replica}:{began.timestamp()}"
        await self._bus.publish(complete, tenant=PLANT, key=self._replica, event_id=name)

    async def tell(self) -> None:
        """Tells what waits, and the ends of what was told before."""
        ends, self._ends = self._ends, {}
        while True:
            waiting = await self._store.waiting(_MOST)
            await asyncio.gather(*(self._tell(one.tenant, one.tally) for one in waiting))
            await self._store.told([one.id for one in waiting])
            for one in waiting:
                place, after = (one.tenant, one.tally.source), one.tally.first + len(one.tally.records)
                self._ends[place] = max(self._ends.get(place, 0), after)
            if len(waiting) < _MOST:
                break
        for (tenant, source), first in ends.items():
            if (tenant, source) not in self._ends:
                await self._tell(tenant, Tally(switch=SWITCH, source=source, first=first))

    async def _tell(self, tenant: str, tally: Tally) -> None:
        fact = RecordsTallied(occurred_at=timestamp(self._clock()), tally=tally)
        name = f"{tenant}/{tally.source}/{tally.first}{'' if tally.records else '.'}"
        await self._bus.publish(fact, tenant=tenant, key=tally.source, event_id=name)
