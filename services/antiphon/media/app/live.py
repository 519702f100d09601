"""A live call: an actor with one queue. Whatever happens to it (SIP, digits, timers, facts, commands) is done one thing
after the other, so nothing in a call ever races with itself.

The anchor is the call's conversation in the media engine; legs have the same tags there and here: "A" is the first,
"L1", "L2" … are those we rang.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from antiphon.kit import logs
from antiphon.kit.errors import DomainError
from antiphon.media.anchor.sdp import LegKind
from antiphon.media.app import carriers
from antiphon.media.app.descriptions import described, reoffer
from antiphon.media.app.doing import Doing, declined, nothing, unreferred
from antiphon.media.app.measure import figures
from antiphon.media.app.meter import Meter
from antiphon.media.app.traced import Past
from antiphon.media.domain import call as calls
from antiphon.media.domain import cdr
from antiphon.media.domain.call import Call, Direction, Leg, Role, State
from antiphon.media.domain.reasons import Reason
from antiphon.media.endpoint.leg import Leg as SipLeg
from antiphon.media.endpoint.leg import LegEvent, Replaced
from antiphon.media.recording.store import Wanted
from antiphon.media.sip.events import Acked, Answered, Dtmf, Ended, Failed, Progress, Referred, Reoffered

if TYPE_CHECKING:
    from antiphon.media.anchor.anchor import Anchor
    from antiphon.media.app.stranger import Stranger
    from antiphon.media.app.world import World

T = TypeVar("T")
Work = Callable[[], Awaitable[None]]
FIRST = "A"
KEPT = "kept"
"""Not told to anybody: only what a reaper needs has changed."""
log = logs.get("media")


class Live:
    """One call that is going on. Only its own task changes it."""

    def __init__(self, world: World, call: Call, anchor: Anchor) -> None:
        self.world = world
        self.call = call
        self.anchor = anchor
        self.stage = Doing(self)
        self.meter = Meter(self)
        self.screening: Callable[[str], Awaitable[None]] | None = None
        """Listens to the leg that has answered: a person, or a machine?"""
        self.legs: dict[str, SipLeg] = {}
        self.past = Past(call)
        self.caller_name = ""
        """The customer's, from the card; phones show it beside the number."""
        self.first = FIRST
        self.first_sdp = b""
        self.items: dict[str, str] = {}
        """Work items that this call has in the ACD → the person who holds it ("" while it waits)."""
        self.ending: dict[str, str] = {}
        """Items that are over for the call and that the ACD has not yet heard of → why."""
        self.stranger: Stranger | None = None
        self._settled = asyncio.Event()
        self._settled.set()
        self.messages: list[tuple[str, dict[str, str], datetime]] = []
        """Voicemail that was left: id, box, since when."""
        self.ports: dict[int, int] = {}
        """The engine's port of each leg that talked → channel of the recording: the customer is 0, left."""
        self.pauses: list[tuple[float, float]] = []
        self.promised = False
        """The caller will be called back: his item outlives the call."""
        self.rates_in = ""
        """The language in which the caller is asked for a rating; "": he is not asked."""
        self.wants_record = self.recording = self.over = False
        self.answering = False
        """The caller is picked up, or will be in a moment: who ends the call after us must say goodbye."""
        self.done = asyncio.Event()
        self.refer: Callable[[str, Referred], Awaitable[None]] = unreferred
        self.replaced: Callable[[str, SipLeg], Awaitable[None]] = declined
        self._inbox: asyncio.Queue[Work] = asyncio.Queue()
        self._pending: set[asyncio.Future[Any]] = set()
        self.offered: set[str] = set()
        """Legs that re-invited without an offer: ours went out, and the ACK brings their answer."""
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._count = 0

    # --- the actor

    def post(self, work: Work) -> None:
        """Something to be done, after all that happened before."""
        self._inbox.put_nowait(work)

    async def do(self, body: Callable[[], Awaitable[T]]) -> T:
        """Runs a command of somebody outside. Raises UNKNOWN_CALL when the call ends before its turn."""
        if self.over:
            raise DomainError(Reason.UNKNOWN_CALL)
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._pending.add(future)

        async def work() -> None:
            try:
                result = await body()
            except DomainError as error:
                if not future.done():
                    future.set_exception(error)
                return
            if not future.done():
                future.set_result(result)

        self.post(work)
        try:
            return await future
        finally:
            self._pending.discard(future)

    async def run(self, begin: Doing) -> None:
        """The life of the call."""
        self.post(lambda: self.to(begin))
        with logs.bound(tenant=self.call.tenant, call_id=self.call.id):
            while not self.over:
                work = await self._inbox.get()
                try:
                    await work()
                except Exception as error:
                    if self._is_echo(error):
                        continue
                    log.exception("a call could not go on", state=self.call.state.name)
                    await self.finish(cdr.FAILED)
        for future in self._pending:
            if not future.done():
                future.set_exception(DomainError(Reason.UNKNOWN_CALL))

    def _is_echo(self, error: Exception) -> bool:
        """True for the consequence of the call's own end while something was being done."""
        return self.over and isinstance(error, DomainError)

    async def to(self, stage: Doing) -> None:
        """Another stage begins."""
        await self.stage.leave()
        self.stage = stage
        await stage.enter()

    # --- time

    def after(self, name: str, seconds: float) -> None:
        """`stage.timer(name)` after these seconds; the name's earlier timer is stopped. 0 only stops."""
        self.stop(name)
        if seconds > 0 and not self.over:
            loop = asyncio.get_running_loop()
            self._timers[name] = loop.call_later(seconds, self._due, name, self.stage)

    def stop(self, *names: str) -> None:
        for name in names:
            if (timer := self._timers.pop(name, None)) is not None:
                timer.cancel()

    def _due(self, name: str, stage: Doing) -> None:
        timer = self._timers.pop(name, None)

        async def work() -> None:
            if self.stage is stage and name not in self._timers:
                await stage.timer(name)

        if timer is not None:
            self.post(work)

    # --- the record

    def change(self, **changes: Any) -> None:
        """Facts of the call changed."""
        if any(getattr(self.call, name) != value for name, value in changes.items()):
            self._now(replace(self.call, rev=self.call.rev + 1, **changes))

    def move(self, state: State, **changes: Any) -> None:
        """The call's state changed. Raises IllegalMove."""
        if state is not self.call.state or changes:
            self._now(calls.moved(self.call, state, rev=self.call.rev + 1, **changes))

    def set(self, call: Call, event: str = "changed") -> None:
        if call != self.call or event != "changed":
            self._now(replace(call, rev=self.call.rev + 1), event)

    def _now(self, call: Call, event: str = "changed") -> None:
        self.past.moved(call.state, self.world.clock())
        self.call = call
        self.world.books.changed(self, event)

    # --- legs

    def new_tag(self) -> str:
        self._count += 1
        return f"L{self._count}"

    def add(self, tag: str, sip: SipLeg, role: Role, **facts: Any) -> None:
        """A leg joins; its events come to this call from now on."""
        self.legs[tag] = sip
        self.past.dialogs[sip.call_id] = tag
        leg = Leg(tag, role, self.world.clock(), **facts)
        self.call = calls.joined(self.call, leg)
        self.listen(tag, sip)

    def listen(self, tag: str, sip: SipLeg) -> None:
        sip.on_event = lambda event: self.post(lambda: self._leg_event(tag, sip, event))

    def lost_before_it_began(self) -> None:
        """The caller left while the call was being made."""
        self.post(lambda: self._leg_over(self.first, 487, remote=True))

    def tag_of(self, person_id: str) -> str:
        """The leg by which this person is in the call. Raises NOT_YOURS."""
        up = [leg.id for leg in self.call.legs if leg.person_id == person_id and leg.is_up]
        ringing = [leg.id for leg in self.call.legs if leg.person_id == person_id and leg.ended_at is None]
        for tag in [*up, *ringing]:
            if tag in self.legs:
                return tag
        raise DomainError(Reason.NOT_YOURS)

    def person(self, tag: str) -> str:
        return self.call.leg(tag).person_id if self.call.has(tag) else ""

    def mark_answered(self, tag: str) -> None:
        carriers.answered(self.world, self.call.leg(tag))
        self.set(calls.answered(self.call, tag, self.world.clock()))
        self.meter.answered(tag)

    def answer_first(self) -> bool:
        """Picks the first leg up, if it is not yet. False when it has just gone."""
        sip = self.legs.get(self.first)
        if sip is None:
            return False
        if self.call.leg(self.first).answered_at is not None:
            return True
        if not sip.answer(self.first_sdp):
            return False
        self.answering = True
        if len(self.call.legs) == 1:  # nobody had to be rung
            self.world.pace.note(sip.age)
        now = self.world.clock()
        answered = calls.answered(self.call, self.first, now)
        self.set(replace(answered, answered_at=answered.answered_at or now))
        return True

    def hang_up(self, tag: str, cause: str = "") -> None:
        """Ends one leg; what follows comes as `gone`."""
        if (sip := self.legs.get(tag)) is not None:
            sip.hang_up(cause)

    def left_by_will(self, tag: str) -> None:
        """Its person hangs up, by a command instead of at the phone."""
        by = "caller" if tag == self.first else "callee"
        self.set(calls.left(self.call, tag, self.world.clock(), by=by))
        self.hang_up(tag)

    async def connect(self, tag: str, sdp: bytes, kind: LegKind | None = None) -> None:
        """A leg's answer: it talks to whom it was offered."""
        await self._moved(tag, await self.anchor.connect(tag, sdp, kind))
        self.note_port(tag)

    def note_port(self, tag: str) -> None:
        """Remembers which side of a recording this leg is."""
        role = self.call.leg(tag).role
        outside = self.call.leg(tag).trunk_id or (role is Role.CALLER and self.call.direction is Direction.INTERNAL)
        self.ports[self.anchor.leg(tag).port] = 0 if outside else 1

    async def bridge(self, one: str, other: str) -> None:
        """Two legs that are there talk to each other."""
        await self._moved(other, await self.anchor.bridge(one, other))

    async def _moved(self, tag: str, sdp: bytes | None) -> None:
        if sdp is None:
            return
        peer = self.legs.get(self.anchor.leg(tag).peer)
        if peer is not None:
            self.world.spawn(reoffer(peer, sdp))

    # --- what happens

    async def _leg_event(self, tag: str, sip: SipLeg, event: LegEvent) -> None:
        if self.over or self.legs.get(tag) is not sip:
            return
        match event:
            case Progress(code, sdp):
                self.call = calls.rang(self.call, tag, self.world.clock())
                await self.stage.progress(tag, code, sdp)
            case Answered(sdp):
                await self.stage.answered(tag, sdp)
            case Failed(code):
                await self._leg_over(tag, code, remote=True)
            case Ended(by_remote):
                await self._leg_over(tag, 0, remote=by_remote)
            case Reoffered() | Acked():
                await described(self, self.stage, tag, event)
            case Dtmf(digit):
                await self.stage.digit(tag, digit)
            case Referred():
                await self.refer(tag, event)
            case Replaced(by):
                await self.replaced(tag, by)

    async def _leg_over(self, tag: str, code: int, *, remote: bool) -> None:
        self.legs.pop(tag, None)
        self.meter.stop(tag)
        by = ("caller" if tag == self.first else "callee") if remote else "system"
        quality = await self.world.asks.quietly(self.anchor.drop(tag))
        carriers.ended(self.world, self.call, self.call.leg(tag), code)
        self.set(calls.left(self.call, tag, self.world.clock(), code=code, by=by))
        if quality is not None:
            self.call = calls.with_leg(self.call, tag, quality=figures(quality))
        person = self.person(tag)
        await self.stage.gone(tag, code, remote)
        if person and not self.over and person not in self.call.present:
            await self.release(person)

    # --- the ACD

    def hold_item(self, item_id: str, person_id: str = "") -> None:
        """The call has this item in the ACD now; kept at once, for whoever must end it after us."""
        self.items[item_id] = person_id
        self.world.books.changed(self, KEPT)

    async def release(self, person_id: str, reason: str = "agent_left") -> None:
        """The person's part is over: what he holds of this call is finished."""
        for item_id in [item for item, person in self.items.items() if person == person_id]:
            self.drop_item(item_id, reason)

    def drop_item(self, item_id: str, reason: str) -> None:
        """The item is over for this call; told to the ACD until it hears."""
        if item_id in self.items:
            del self.items[item_id]
            self.ending[item_id] = reason
            self._settled.clear()
            self.world.books.changed(self, KEPT)
            self.world.spawn(self._end_item(item_id, reason))

    async def _end_item(self, item_id: str, reason: str) -> None:
        await self.world.asks.finish(self.call.tenant, item_id, reason)
        del self.ending[item_id]
        if not self.ending:
            self._settled.set()

    async def settled(self) -> None:
        """Returns when the ACD has heard of everything that is over."""
        await self._settled.wait()

    # --- the end

    async def refuse(self, code: int, wish: str = "") -> None:
        """The first leg is told why there is no call."""
        sip = self.legs.get(self.first)
        if sip is not None and sip.reject(code):
            self.call = calls.with_leg(self.call, self.first, code=code)
        await self.finish(wish or cdr.FAILED)

    async def finish(self, wish: str = "", by: str = "system") -> None:
        """Everything ends: legs, sound, work items; the record is written. Only once."""
        if self.over:
            return
        self.over = True
        self.stop(*list(self._timers))
        self.meter.stop()
        try:
            await self.stage.leave()
        except Exception:
            log.exception("a stage could not be left")
        for sip in self.legs.values():
            sip.on_event = nothing
            sip.hang_up()
        for item_id in list(self.items):
            self.drop_item(item_id, "customer_left" if by == "caller" else wish or "ended")
        await self._free()
        carriers.over(self.world, self.call)
        self.call = replace(cdr.closed(self.call, self.world.clock(), wish, by), rev=self.call.rev + 1)
        self.world.ladders.over(self.call, self.past)
        self.world.spawn(self._close())

    async def _free(self) -> None:
        found = await self.world.asks.quietly(self.anchor.free())
        for tag, quality in (found or {}).items():
            if self.call.has(tag):
                self.call = calls.with_leg(self.call, tag, quality=figures(quality))

    async def _close(self) -> None:
        try:
            if self.stranger is not None:
                await self.stranger.known()
            await self.world.books.close(self)
            if self.call.recorded:
                await self.world.books.keep_recording(
                    self.call, Wanted(self.ports, self.pauses, opus=frozenset(self.anchor.opus))
                )
            for message, box, since in self.messages:
                await self.world.books.keep_voicemail(self.call, message, box, since)
        finally:
            self.done.set()
