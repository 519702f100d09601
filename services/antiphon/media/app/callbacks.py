"""Calling back. A promise keeps the caller's place: his item stays in the ACD, whom to call stays in the store.

    promise → he hangs up → the ACD offers the item → the agent's phones ring → ConnectOffer → the customer is called
                                                    ↘ EndOffer → another agent          ↘ FailCallback → later again

The call that keeps a promise is one of its own, made by the one replica that takes the ACD's fact.
"""

from __future__ import annotations

from collections.abc import Coroutine
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from antiphon.acd.v1 import acd_pb2
from antiphon.kit import logs
from antiphon.kit.errors import DomainError
from antiphon.kit.ids import derived_id
from antiphon.kit.protos import moment
from antiphon.media.app import convert, people, player
from antiphon.media.app.live import Live
from antiphon.media.app.ringing import AGENT_FOR, TAKE, Manner
from antiphon.media.app.seeking import Dialled, Seeking
from antiphon.media.app.stage import Stage
from antiphon.media.domain import cdr
from antiphon.media.domain.call import Call, Direction, Role, State
from antiphon.media.domain.promise import Promise
from antiphon.media.domain.ringing import Hunt
from antiphon.media.domain.words import words

if TYPE_CHECKING:
    from antiphon.media.app.people import Destination
    from antiphon.media.app.ringing import Taken
    from antiphon.media.app.world import World
    from antiphon.media.domain.ringing import Lost
    from antiphon.media.domain.verbs import Callback

SPOKEN = "spoken"
_SOON, _LEAST = timedelta(seconds=1), 3.0
log = logs.get("media")


async def promise(live: Live, verb: Callback, parked: str = "") -> bool:
    """Keeps the caller's place, his old one where he has waited in this queue: `parked` is that item. False when it
    cannot be promised; nothing has changed then."""
    item_id = parked or derived_id("wi", live.call.id, "callback", verb.queue_id)
    if not await kept(live, item_id, verb.number, verb.language):
        return False
    asks, call = live.world.asks, live.call
    if parked:
        wanted: Coroutine[Any, Any, Any] = asks.request_callback(call.tenant, item_id, live.world.clock() + _SOON)
    else:
        wanted = asks.enqueue(call.tenant, _request(call, item_id, verb.queue_id))
    if not await asks.succeeded(wanted):
        await live.world.callbacks.drop(call.tenant, item_id)
        return False
    let_go(live, item_id)
    return True


async def kept(live: Live, item_id: str, number: str, language: str) -> bool:
    """Stores whom to call back. False for who has no number."""
    call = live.call
    number = number or call.caller
    if not number:
        return False
    it = Promise(item_id, call.tenant, number, call.called, call.contact_id, live.caller_name, language)
    await live.world.callbacks.keep(it, live.world.clock())
    return True


def let_go(live: Live, item_id: str) -> None:
    """The item outlives the call."""
    live.items.pop(item_id, None)
    live.promised = True
    live.change(item_id=item_id)


def _request(call: Call, item_id: str, queue_id: str) -> acd_pb2.EnqueueRequest:
    return acd_pb2.EnqueueRequest(
        item_id=item_id, queue_id=queue_id, channel="voice", subject=f"call:{call.id}", contact_id=call.contact_id,
        callback=True,
    )  # fmt: skip


class Promised(Stage):
    """A queue could not keep the caller on the line: he hears that he will be called back, and that is all."""

    def __init__(self, live: Live, language: str) -> None:
        super().__init__(live)
        self.language = language

    async def enter(self) -> None:
        self.live.move(State.RECEPTION)
        await player.say(self.live, self.live.first, words("callback", self.language), self.language, SPOKEN)

    async def leave(self) -> None:
        self.live.stop(SPOKEN)

    async def timer(self, name: str) -> None:
        await self.live.finish(cdr.CALLBACK)

    async def gone(self, tag: str, code: int, remote: bool) -> None:
        if tag == self.live.first:
            await self.live.finish(cdr.CALLBACK, by="caller")


# --- keeping a promise


async def begin(
    world: World, promise: Promise, item: acd_pb2.WorkItem, offer: acd_pb2.Offer | None
) -> tuple[Live, Stage]:
    """The call that keeps it. Without an offer the agent has the item already. Raises NO_ENGINE."""
    agent_id = offer.agent_id if offer is not None else item.agent_id
    call_id = call_of(item, offer)
    call = Call(
        call_id, promise.tenant, Direction.OUTBOUND, world.clock(), caller=promise.shown, called=promise.number,
        contact_id=promise.contact_id, agent_id=agent_id, queue_id=item.queue_id, item_id=item.id,
    )  # fmt: skip
    live = Live(world, call, world.engines.anchor(call_id))
    live.first, live.caller_name = "", promise.name
    plan = await world.asks.quietly(world.asks.dial_plan(promise.tenant))
    live.wants_record = plan is not None and plan.record_calls
    return live, AgentFirst(live, promise, agent_id, offer)


def call_of(item: acd_pb2.WorkItem, offer: acd_pb2.Offer | None) -> str:
    """The same call for the same offer, however often it is told."""
    return derived_id("cl", item.id, str(offer.version) if offer is not None else f"taken:{item.tries}")


class AgentFirst(Seeking):
    """Rings the agent who is to call back."""

    def __init__(self, live: Live, promise: Promise, agent_id: str, offer: acd_pb2.Offer | None) -> None:
        super().__init__(live)
        self.promise = promise
        self.agent_id = agent_id
        self.offer = offer
        self._accepted = offer is None

    async def enter(self) -> None:
        live = self.live
        if self._accepted:
            live.hold_item(live.call.item_id, self.agent_id)
        groups, language = await people.phones_of_agent(live.world, live.call.tenant, self.agent_id)
        seconds = AGENT_FOR
        if self.offer is not None and self.offer.HasField("expires_at"):
            seconds = max((moment(self.offer.expires_at) - live.world.clock()).total_seconds(), _LEAST)
        manner = Manner(Role.AGENT, "", self.promise.number, self.promise.name, confirm=language)
        await self.begin(Hunt(groups, seconds), manner)

    async def digit(self, tag: str, key: str) -> None:
        if self.ringer is not None:
            await self._result(await self.ringer.digit(tag, key))

    async def timer(self, name: str) -> None:
        if name == TAKE and self.ringer is not None:
            await self._result(await self.ringer.not_taken())
        else:
            await super().timer(name)

    async def work(self, name: str, event: Any) -> None:
        match name:
            case "WorkAccepted" if event.item.agent_id == self.agent_id:
                self._accepted = True
                self.live.hold_item(event.item.id, self.agent_id)
            case "OfferEnded" if self._is_ours(event) and event.how == acd_pb2.OFFER_END_ACCEPTED:
                self._accepted = True
            case "OfferEnded" if self._is_ours(event) and not self._accepted:
                await self.live.finish("no_answer")

    def _is_ours(self, event: Any) -> bool:
        return (
            self.offer is not None
            and event.version == self.offer.version
            and event.agent_id in ("", self.agent_id)
        )  # fmt: skip

    async def found(self, taken: Taken) -> None:
        live = self.live
        if not self._accepted and self.offer is not None:
            request = acd_pb2.ConnectOfferRequest(
                item_id=self.offer.item_id, version=self.offer.version, agent_id=self.agent_id
            )
            try:
                await live.world.asks.connect_offer(live.call.tenant, request)
            except DomainError as error:
                log.info("an offer was gone when the phone was answered", reason=error.reason.name)
                await live.finish("no_answer")
                return
        live.hold_item(live.call.item_id, self.agent_id)
        live.first = taken.tag
        live.change(answered_at=live.world.clock(), sip_call_id=live.legs[taken.tag].call_id)
        await live.connect(taken.tag, taken.sdp)
        to = await live.world.asks.quietly(self._destination())
        if to is None:
            await unreached(live, self.agent_id, self.promise.language)
        else:
            await live.to(Customer(live, to, self.promise, self.agent_id))

    async def _destination(self) -> Destination:
        live, promise = self.live, self.promise
        number = promise.number
        to = await people.dialled(live.world, promise.tenant, number, self.agent_id, promise.shown, busy=frozenset())
        live.change(number_id=await people.number_of(live.world, promise.tenant, to, live.call.id))
        return to

    async def lost(self, lost: Lost) -> None:
        live = self.live
        if self._accepted:
            fail(live, self.agent_id)
        elif self.offer is not None:
            request = acd_pb2.EndOfferRequest(
                item_id=self.offer.item_id,
                version=self.offer.version,
                agent_id=self.agent_id,
                how=convert.FAILURES[lost.how],
            )
            await live.world.asks.quietly(live.world.asks.end_offer(live.call.tenant, request))
        await live.finish("no_answer")


class Customer(Dialled):
    """The agent listens to the ringing; the customer is called."""

    def __init__(self, live: Live, to: Destination, promise: Promise, agent_id: str) -> None:
        super().__init__(live, to, "")
        self.promise = promise
        self.agent_id = agent_id

    async def gone(self, tag: str, code: int, remote: bool) -> None:
        if tag == self.live.first:
            fail(self.live, self.agent_id)
        await super().gone(tag, code, remote)

    async def lost(self, lost: Lost) -> None:
        await unreached(self.live, self.agent_id, self.promise.language)


class Unreached(Stage):
    """The agent hears that the customer does not answer."""

    def __init__(self, live: Live, language: str) -> None:
        super().__init__(live)
        self.language = language

    async def enter(self) -> None:
        await player.say(self.live, self.live.first, words("unreached", self.language), self.language, SPOKEN)

    async def leave(self) -> None:
        self.live.stop(SPOKEN)

    async def timer(self, name: str) -> None:
        await self.live.finish("no_answer")


async def unreached(live: Live, agent_id: str, language: str) -> None:
    fail(live, agent_id)
    await live.to(Unreached(live, language))


def fail(live: Live, agent_id: str) -> None:
    """The ACD tries again later; the agent is free at once."""
    item_id = live.call.item_id
    live.items.pop(item_id, None)
    live.world.spawn(live.world.asks.fail_callback(live.call.tenant, item_id, agent_id))
