"""What media hears on NATS. Every replica hears all of it: a fact concerns calls that live in exactly one of them, and
with the replica its calls are gone too, so nobody has to remember what was heard.
"""

from __future__ import annotations

from datetime import timedelta

from antiphon.acd.v1 import events_pb2 as acd
from antiphon.billing.v1 import events_pb2 as billing
from antiphon.directory.v1 import events_pb2 as directory
from antiphon.kit.bus import Bus, Fact
from antiphon.kit.protos import moment
from antiphon.media.app.switchboard import Switchboard
from antiphon.media.asks import Asks
from antiphon.media.domain.blocks import blocks
from antiphon.media.registry import Entry, Registry
from antiphon.media.trunks import Trunks
from antiphon.media.v1 import media_pb2 as pb

_RECENT = timedelta(seconds=30)
_WORK = (
    acd.WorkQueued, acd.WorkOffered, acd.OfferEnded, acd.WorkAccepted, acd.WorkAbandoned, acd.WrapUpStarted,
    acd.WorkCompleted, acd.WorkOverflowed,
)  # fmt: skip
_FORGET = {
    directory.PersonChanged: "person:",
    directory.GroupChanged: "groups",
    directory.GroupDeleted: "groups",
    directory.SipAccountChanged: "accounts",
    directory.SipAccountDeleted: "accounts",
    directory.SipAccountsBlocked: "accounts",
    directory.DialPlanChanged: "plan",
    acd.QueueChanged: "queues",
    acd.QueueDeleted: "queues",
    billing.BlocksChanged: "blocks",
}
"""Fact → what must be asked again."""
_OF_ALL = {
    directory.TrunkChanged: "trunk:",
    directory.TrunkDeleted: "trunk:",
    directory.NumberChanged: "number:",
    directory.NumberDeleted: "number:",
    directory.SimMoved: "number:",
    directory.PoolNumberChanged: "number:",
}
"""The same for every tenant: an operator's gateway carries the calls of others."""


class Ears:
    """Follows the facts from the moment the service starts."""

    def __init__(self, bus: Bus, board: Switchboard, asks: Asks, trunks: Trunks) -> None:
        self._bus = bus
        self._board = board
        self._asks = asks
        self._trunks = trunks

    async def follow(self, after: int) -> None:
        """For ever."""
        async for fact in self._bus.follow(after=after, kinds=(*_WORK, *_FORGET, *_OF_ALL)):
            self.hear(fact)

    def hear(self, fact: Fact) -> None:
        kind = type(fact.event)
        if kind in _WORK:
            self._board.work(fact.tenant, kind.__name__, fact.event)
        if kind in _FORGET:
            self._asks.forget(fact.tenant, _FORGET[kind])
        if kind in _OF_ALL:
            self._asks.forget_everywhere(_OF_ALL[kind])
        if kind is directory.TrunkChanged:
            self._trunks.changed(fact.event.trunk.id)
        if kind is directory.TrunkDeleted:
            self._trunks.changed(fact.event.trunk_id)
        if kind is billing.BlocksChanged:
            self._board.forbidden(fact.tenant, blocks((one.kind, one.value) for one in fact.event.blocks))
        if kind is directory.SipAccountsBlocked:
            self._board.blocked(frozenset(account.id for account in fact.event.accounts))


class Promises:
    """Callbacks: one replica takes each fact. What was offered long ago is left to the ACD, which offers it again."""

    def __init__(self, bus: Bus, board: Switchboard, registry: Registry) -> None:
        self._bus = bus
        self._board = board
        self._registry = registry

    async def consume(self) -> None:
        """For ever."""
        await self._bus.consume(
            "media-callbacks",
            {
                acd.WorkOffered: self._offered,
                acd.WorkAccepted: self._accepted,
                acd.WorkAbandoned: self._done,
                acd.WorkCompleted: self._done,
            },
        )

    async def _offered(self, fact: Fact) -> None:
        item, offer = fact.event.item, fact.event.offer
        late = offer.HasField("expires_at") and moment(offer.expires_at) <= self._board.world.clock()
        if item.callback and not late:
            await self._board.call_back(fact.tenant, item, offer)

    async def _accepted(self, fact: Fact) -> None:
        """He took it without being asked, or the call that asks him is not there: his phone rings now."""
        item = fact.event.item
        asked = any(entry.call.item_id == item.id for entry in self._registry.entries.values() if _goes_on(entry))
        recent = self._board.world.clock() - moment(item.since) < _RECENT
        if item.callback and recent and not asked:
            await self._board.call_back(fact.tenant, item, None)

    async def _done(self, fact: Fact) -> None:
        if fact.event.item.callback:
            await self._board.world.callbacks.drop(fact.tenant, fact.event.item.id)


def _goes_on(entry: Entry) -> bool:
    return entry.call.state != pb.CALL_STATE_ENDED and entry.call.direction == pb.DIRECTION_OUTBOUND
