"""What media hears on NATS. Every replica hears all of it: a fact concerns calls that live in exactly one of them, and
with the replica its calls are gone too, so nobody has to remember what was heard.
"""

from __future__ import annotations

from antiphon.acd.v1 import events_pb2 as acd
from antiphon.directory.v1 import events_pb2 as directory
from antiphon.kit.bus import Bus, Fact
from antiphon.media.app.switchboard import Switchboard
from antiphon.media.asks import Asks
from antiphon.media.trunks import Trunks

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
    directory.TrunkChanged: "trunk:",
    directory.TrunkDeleted: "trunk:",
    directory.DialPlanChanged: "plan",
    directory.NumberChanged: "number:",
    directory.NumberDeleted: "number:",
    acd.QueueChanged: "queues",
    acd.QueueDeleted: "queues",
}
"""Fact → what must be asked again."""


class Ears:
    """Follows the facts from the moment the service starts."""

    def __init__(self, bus: Bus, board: Switchboard, asks: Asks, trunks: Trunks) -> None:
        self._bus = bus
        self._board = board
        self._asks = asks
        self._trunks = trunks

    async def follow(self, after: int) -> None:
        """For ever."""
        async for fact in self._bus.follow(after=after, kinds=(*_WORK, *_FORGET)):
            self.hear(fact)

    def hear(self, fact: Fact) -> None:
        kind = type(fact.event)
        if kind in _WORK:
            self._board.work(fact.tenant, kind.__name__, fact.event)
        if kind in _FORGET:
            self._asks.forget(fact.tenant, _FORGET[kind])
        if kind in (directory.TrunkChanged, directory.TrunkDeleted):
            self._trunks.changed()
        if kind is directory.SipAccountsBlocked:
            self._board.blocked(frozenset(account.id for account in fact.event.accounts))
