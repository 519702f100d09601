"""A caller in a queue: music and announcements, until an agent's phone is answered.

    Enqueue → WorkOffered → the agent's phones ring → 200 → ConnectOffer → connected
                                                    ↘ busy, declined, silent, unreachable → EndOffer → waiting on

The ACD decides who and when; this stage only rings whom it names. An offer that ended elsewhere (it rang out, another
one won) stops the ringing; an agent who has accepted at the desk is rung until he picks up.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from antiphon.acd.v1 import acd_pb2
from antiphon.kit import logs
from antiphon.kit.errors import DomainError
from antiphon.kit.ids import derived_id
from antiphon.kit.protos import moment
from antiphon.media.app import callbacks, convert, player
from antiphon.media.app.descriptions import pick_up
from antiphon.media.app.people import phones_of_agent
from antiphon.media.app.ringing import AGENT_FOR, TAKE, TIMER, Manner, Ringer, Taken
from antiphon.media.app.stage import Stage
from antiphon.media.app.talk import Talk
from antiphon.media.app.voicemail import QueueMessage
from antiphon.media.domain.call import Role, State
from antiphon.media.domain.ringing import How, Hunt, Lost
from antiphon.media.domain.words import place_in_queue

if TYPE_CHECKING:
    from antiphon.media.app.live import Live
    from antiphon.media.app.scheme import Scheme
    from antiphon.media.domain.verbs import Enqueue

SPOKEN, PATIENCE, AGAIN, PLACE = "spoken", "patience", "again", "place"
_LEAST = 3.0
_EVERY = 30.0
_LANGUAGE = "en"
_PARKED_FOR = timedelta(minutes=3)
"""How long the place of who has waited long enough is kept while the scheme offers him something else."""
log = logs.get("media")


class Queueing(Stage):
    """Waits in a queue of the ACD."""

    by_itself = False
    """Agents' phones pick up by themselves."""

    def __init__(self, live: Live, verb: Enqueue, reception: Scheme | None, item_id: str = "") -> None:
        super().__init__(live)
        self.verb = verb
        self.reception = reception
        self.item_id = item_id
        self._enqueued = bool(item_id)
        self._offer: acd_pb2.Offer | None = None
        self._agent = ""
        self._accepted = False
        self._ringer: Ringer | None = None
        self._queue = acd_pb2.Queue()

    # --- waiting

    async def enter(self) -> None:
        live = self.live
        if not await pick_up(live):
            return
        self._queue = await live.world.asks.queue(live.call.tenant, self.verb.queue_id) or self._queue
        if not self.item_id:
            self.item_id = derived_id("wi", live.call.id, str(live.call.rev))
        live.move(State.QUEUED, queue_id=self.verb.queue_id, item_id=self.item_id)
        if self.verb.greeting and not self._enqueued:
            await player.say(live, live.first, self.verb.greeting, self.verb.language, SPOKEN)
        else:
            await self._music()
        live.after(PATIENCE, self.verb.max_wait)
        if self._enqueued:
            live.hold_item(self.item_id)
        else:
            await self._enqueue()
        self._announce_later()

    async def leave(self) -> None:
        self.live.stop(SPOKEN, PATIENCE, AGAIN, PLACE)
        if self._ringer is not None:
            await self._ringer.give_up()
            self._ringer = None

    async def _music(self) -> None:
        await player.music(self.live, self.live.first, self._queue.music)

    async def _enqueue(self) -> None:
        call = self.live.call
        request = acd_pb2.EnqueueRequest(
            item_id=self.item_id, queue_id=self.verb.queue_id, channel="voice", priority=self.verb.priority,
            skills=dict(self.verb.skills), subject=f"call:{call.id}", contact_id=call.contact_id,
        )  # fmt: skip
        self.live.hold_item(self.item_id)
        try:
            await self.live.world.asks.enqueue(call.tenant, request)
        except DomainError as error:
            if error.retry and error.reason.name != "QUEUE_FULL":
                log.warning("the ACD is away", reason=error.reason.name)
                self.live.after(AGAIN, 1.0)
                return
            self.live.items.pop(self.item_id, None)
            await self._ended("refused")
            return
        self._enqueued = True

    async def timer(self, name: str) -> None:
        match name:
            case "spoken":
                await self._music()
                self._announce_later()
            case "again":
                await self._enqueue()
            case "place":
                await self._say_place()
            case "patience":
                await self._waited_long_enough()
            case _ if name == TIMER and self._ringer is not None:
                await self._result(await self._ringer.timed_out())
            case _ if name == TAKE and self._ringer is not None:
                await self._result(await self._ringer.not_taken())

    async def digit(self, tag: str, key: str) -> None:
        if self._ringer is not None:
            await self._result(await self._ringer.digit(tag, key))

    async def _say_place(self) -> None:
        """Where he stands now, and how long it will probably take; nothing while a phone rings for him already."""
        live, language = self.live, self.verb.language
        asked = live.world.asks.estimate(live.call.tenant, self.verb.queue_id, self.item_id)
        now = await live.world.asks.quietly(asked) if self._ringer is None and self._enqueued else None
        if now is not None and now.position > 0:
            least, most = (each.ToTimedelta().total_seconds() for each in (now.least, now.most))
            said = place_in_queue(now.position, least, most, language)
            await player.say(live, live.first, said, language, SPOKEN)
        else:
            self._announce_later()

    def _announce_later(self) -> None:
        """The pause counts from the end of what was said before."""
        if self._queue.announce_position:
            self.live.after(PLACE, self._queue.announce_every.ToTimedelta().total_seconds() or _EVERY)

    async def _waited_long_enough(self) -> None:
        """The scheme goes on with him. Should it promise to call him back, he is called at his place in this line."""
        live = self.live
        if self.reception is not None and self._ringer is None and self._enqueued and live.call.caller:
            until = live.world.clock() + _PARKED_FOR
            if await live.world.asks.succeeded(live.world.asks.request_callback(live.call.tenant, self.item_id, until)):
                self.reception.parked = (self.item_id, self.verb.queue_id)
                await self._ended("timeout")
                return
        self._drop("closed")
        await self._ended("timeout")

    def _drop(self, reason: str) -> None:
        self.live.drop_item(self.item_id, reason)

    async def _ended(self, how: str) -> None:
        if self.reception is None:
            await self.live.finish("abandoned" if how == "timeout" else "failed")
        else:
            await self.reception.back(convert.enqueue_ended(how))

    async def rescued(self) -> None:
        """The caller waits on; a phone that rang has the address of an engine that is gone."""
        if self._ringer is not None:
            await self._result(await self._ringer.timed_out())
        await self._music()

    # --- what the ACD says

    async def work(self, name: str, event: Any) -> None:
        match name:
            case "WorkOffered" if event.item.id == self.item_id:
                await self._offered(event.offer)
            case "OfferEnded" if event.item_id == self.item_id:
                await self._offer_ended(event)
            case "WorkAccepted" if event.item.id == self.item_id:
                await self._taken_by(event.item)
            case "WorkOverflowed" if event.item.id == self.item_id:
                await self._overflowed(event.way)
            case "WorkAbandoned" | "WorkCompleted" if event.item.id == self.item_id:
                self.live.items.pop(self.item_id, None)
                await self._ended("closed")

    async def _overflowed(self, way: int) -> None:
        """The queue sends him on. Who has no number cannot be called back and waits on."""
        live, language = self.live, self.verb.language
        if way == acd_pb2.WAY_CALLBACK:
            if await callbacks.kept(live, self.item_id, "", language):
                callbacks.let_go(live, self.item_id)
                await live.to(callbacks.Promised(live, language))
            return
        live.items.pop(self.item_id, None)
        if way == acd_pb2.WAY_VOICEMAIL:
            await live.to(QueueMessage.of(live, self._queue, language))
        else:
            await self._ended("closed")

    async def _offered(self, offer: acd_pb2.Offer) -> None:
        if self._offer is not None and offer.version <= self._offer.version:
            return
        await self._stop_ringing()
        self._offer, self._accepted = offer, False
        left = (moment(offer.expires_at) - self.live.world.clock()) / timedelta(seconds=1)
        await self._ring(offer.agent_id, max(left, _LEAST) if offer.HasField("expires_at") else AGENT_FOR)

    async def _ring(self, agent_id: str, seconds: float) -> None:
        live = self.live
        self._agent = agent_id
        groups, language = await phones_of_agent(live.world, live.call.tenant, agent_id)
        live.move(State.RINGING)
        manner = Manner(
            Role.AGENT, live.first, live.call.caller, live.caller_name, confirm=language, by_itself=self.by_itself
        )
        self._ringer = Ringer(live, Hunt(groups, seconds), manner)
        await self._result(await self._ringer.start())

    async def _stop_ringing(self) -> None:
        if self._ringer is not None:
            ringer, self._ringer = self._ringer, None
            await ringer.give_up()
            if self.live.call.state is State.RINGING:
                self.live.move(State.QUEUED)

    async def _offer_ended(self, event: Any) -> None:
        offer = self._offer
        if offer is None or event.version != offer.version or event.agent_id != self._agent:
            return
        if event.how == acd_pb2.OFFER_END_ACCEPTED:
            self._accepted = True
        elif not self._accepted:
            await self._stop_ringing()

    async def _taken_by(self, item: acd_pb2.WorkItem) -> None:
        """An agent has it: he accepted at the desk, or took it out of turn; his phone must be answered."""
        if item.agent_id == self._agent and self._ringer is not None:
            self._accepted = True
            return
        await self._stop_ringing()
        self._accepted = True
        await self._ring(item.agent_id, AGENT_FOR)

    # --- what the phones say

    async def progress(self, tag: str, code: int, sdp: bytes) -> None:
        if self._ringer is not None:
            await self._ringer.progress(tag)

    async def answered(self, tag: str, sdp: bytes) -> None:
        if self._ringer is not None and self._ringer.rings(tag):
            await self._result(await self._ringer.answered(tag, sdp))
        else:
            self.live.hang_up(tag)

    async def gone(self, tag: str, code: int, remote: bool) -> None:
        if tag == self.live.first:
            await self.live.finish(by="caller")
        elif self._ringer is not None and self._ringer.rings(tag):
            await self._result(await self._ringer.failed(tag, code))

    async def _result(self, result: Taken | Lost | None) -> None:
        match result:
            case Taken():
                self._ringer = None
                await self._connect(result)
            case Lost(how):
                self._ringer = None
                await self._lost(how)

    async def _lost(self, how: How) -> None:
        if self.live.call.state is State.RINGING:
            self.live.move(State.QUEUED)
        asks, tenant = self.live.world.asks, self.live.call.tenant
        if self._accepted:  # he took it and his phone failed: the item goes back into the queue as a new one
            self._drop("closed")
            self.item_id = derived_id("wi", self.live.call.id, str(self.live.call.rev))
            self._offer, self._accepted, self._agent = None, False, ""
            self.live.change(item_id=self.item_id)
            await self._enqueue()
        elif self._offer is not None:
            request = acd_pb2.EndOfferRequest(
                item_id=self.item_id, version=self._offer.version, agent_id=self._agent, how=convert.FAILURES[how]
            )
            await asks.quietly(asks.end_offer(tenant, request))

    async def _connect(self, taken: Taken) -> None:
        live, offer = self.live, self._offer
        if not self._accepted and offer is not None:
            request = acd_pb2.ConnectOfferRequest(item_id=self.item_id, version=offer.version, agent_id=self._agent)
            try:
                await live.world.asks.connect_offer(live.call.tenant, request)
            except DomainError as error:
                log.info("an offer was gone when the phone was answered", reason=error.reason.name)
                live.hang_up(taken.tag)
                live.move(State.QUEUED)
                return
        live.hold_item(self.item_id, self._agent)
        live.change(agent_id=self._agent)
        live.rates_in = (self.verb.language or _LANGUAGE) if self._queue.ask_rating else ""
        self.live.stop(PATIENCE, PLACE, AGAIN, SPOKEN)
        if self.reception is not None:
            live.world.spawn(self.reception.tell(convert.enqueue_ended("accepted")))
        await live.connect(taken.tag, taken.sdp)
        if live.anchor.leg(taken.tag).peer != live.first:  # a mobile, which was asked before
            await live.bridge(live.first, taken.tag)
        await live.to(Talk(live, live.first, taken.tag))
