"""Tells and keeps what becomes of calls: facts in order, the entry a reaper needs, the record, the sound.

While a call lives its facts go to JetStream one after the other in the background, and its latest state into the
registry: before a caller is answered, and then what changes in a row together. When it is over: what is still to be
told is told, the record is written with CallEnded in one transaction, and the entry goes. Nothing of this holds a
conversation up, and all of it is repeated until it is done.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from nats.errors import Error as NatsError
from pymongo.errors import PyMongoError

from antiphon.kit import logs
from antiphon.kit.bus import Bus
from antiphon.kit.clock import Clock
from antiphon.kit.errors import DomainError
from antiphon.kit.protos import duration, timestamp
from antiphon.media import messages
from antiphon.media.app.live import KEPT
from antiphon.media.domain.call import Call, Direction
from antiphon.media.domain.capacity import Tally, Use
from antiphon.media.recording.store import Finished, Recordings, Wanted
from antiphon.media.registry import Entry, Registry
from antiphon.media.sip.syntax import ParseError
from antiphon.media.v1 import events_pb2 as events
from antiphon.media.v1 import media_pb2 as pb

if TYPE_CHECKING:
    from antiphon.media.app.world import Ongoing
    from antiphon.media.asks import Asks
    from antiphon.media.store import CallStore, SoundStore

_EVENTS = {"started": events.CallStarted, "changed": events.CallChanged, "bridged": events.CallBridged}
_LONGEST_PAUSE = 10.0
_LULL = 0.025
"""Seconds that changes of a call are gathered; its entry is there after so many at the latest."""
_OPENING = 0.25
"""Of a call from outside that begins: who calls, what was decided and the answer are one fact. Nobody waits for it."""
_SECURED_WITHIN = 1.0
"""Seconds that a caller is not answered while the registry is silent; then he is."""
_NOT_WRITTEN = "NOT_WRITTEN"
PLANT = "plant"
"""In the place of a tenant: what concerns the whole installation."""
OPUS = "audio/ogg; codecs=opus"
log = logs.get("media")


class Diary:
    """What is still to be told of one call."""

    def __init__(self) -> None:
        self.facts: deque[tuple[str, Call]] = deque()
        self.kept = False
        """True when the registry has the call as it is."""
        self.stored = asyncio.Event()
        """The registry has an entry, however old."""
        self.hurry = asyncio.Event()
        """Whoever must end the call after us needs what is to be written now."""
        self.urgent = False
        """What is to be told does not wait for more."""
        self.idle = asyncio.Event()
        self.idle.set()

    def note(self, event: str, call: Call) -> None:
        """Changes in a row are told as one, with the beginning: the last says all that the others do."""
        if event == "changed" and self.facts and self.facts[-1][0] in ("started", event):
            event, _ = self.facts.pop()
        if event in _EVENTS:
            self.facts.append((event, call))
        if event not in ("started", "changed"):
            self.urgent = self.urgent or event in _EVENTS
            self.hurry.set()
        self.kept = False

    def close(self) -> None:
        """The record says all that changed last."""
        if self.facts and self.facts[-1][0] == "changed":
            self.facts.pop()
        self.kept = self.urgent = True
        self.hurry.set()

    def opens(self) -> bool:
        """True while nothing was told of a call from outside."""
        return bool(self.facts) and self.facts[0][0] == "started" and self.facts[0][1].direction is Direction.INBOUND

    async def lull(self, until: float) -> None:
        """Returns when nothing more is to be waited for, at the latest at this time of the loop."""
        timer = asyncio.get_running_loop().call_at(until, self.hurry.set)
        await self.hurry.wait()
        timer.cancel()
        self.hurry.clear()


class Books:
    """`app.world.Books` over NATS and Mongo."""

    def __init__(self, bus: Bus, registry: Registry, replica: str, clock: Clock, asks: Asks) -> None:
        self._bus = bus
        self._registry = registry
        self.replica = replica
        self._clock = clock
        self._asks = asks
        self._diaries: dict[str, Diary] = {}
        self._reserved: set[str] = set()
        self.calls: CallStore = None  # type: ignore[assignment]  # set by wiring
        self.sounds: SoundStore = None  # type: ignore[assignment]
        self.recordings: Recordings | None = None
        self.spool = Path()

    def reserve(self, use: Use) -> None:
        self._reserved.add(use.call_id)
        self.tally.take(use)

    def release(self, call_id: str) -> None:
        if call_id in self._reserved:
            self._reserved.discard(call_id)
            self.tally.drop(call_id)

    @property
    def tally(self) -> Tally:
        return self._registry.tally

    # --- while it lives

    def changed(self, live: Ongoing, event: str) -> None:
        call = live.call
        diary = self._diaries.get(call.id)
        if diary is None:
            if event != "started":  # it is being made: `started` will tell all of it
                return
            diary = self._diaries[call.id] = Diary()
        diary.note(event, call)
        self._registry.changed(Use(call.id, call.number_id, call.trunks), lambda: self._entry(live))
        self._reserved.discard(call.id)
        if diary.idle.is_set():
            diary.idle.clear()
            live.world.spawn(self._write(call.tenant, call.id, diary))

    async def secured(self, live: Ongoing) -> None:
        diary = self._diaries.get(live.call.id)
        if diary is None or diary.stored.is_set():
            return
        self.changed(live, KEPT)
        with suppress(TimeoutError):
            async with asyncio.timeout(_SECURED_WITHIN):
                await diary.stored.wait()

    def _entry(self, live: Ongoing) -> Entry:
        dialogs, call_ids = {}, {}
        for tag, leg in live.legs.items():
            call_ids[tag] = leg.call_id
            try:
                dialogs[tag] = leg.dump(early=live.answering and tag == live.first)
            except ParseError:
                continue
        call = live.call
        state = dict(live.anchor.state())
        ports = {str(port): side for port, side in live.ports.items()}
        items = live.items | dict.fromkeys(live.ending, "")
        return Entry(
            self.replica, call.tenant, messages.call(call), call.rev, call.number_id, call.trunks, items, dialogs,
            state, ports, call_ids,
        )  # fmt: skip

    async def _write(self, tenant: str, call_id: str, diary: Diary) -> None:
        loop = asyncio.get_running_loop()
        tells = loop.time() + (_OPENING if diary.opens() else _LULL)
        try:
            if not diary.opens() and not diary.stored.is_set():  # one of ours rings: whoever looks for it finds it
                await self._keep(call_id, diary)
            while diary.facts or not diary.kept:
                await diary.lull(tells if diary.stored.is_set() else min(tells, loop.time() + _LULL))
                await self._keep(call_id, diary)
                if diary.urgent or loop.time() >= tells:
                    await self._tell(tenant, call_id, diary)
                    tells = loop.time() + _LULL
        finally:
            diary.idle.set()

    async def _tell(self, tenant: str, call_id: str, diary: Diary) -> None:
        diary.urgent = False
        while diary.facts:
            event, call = diary.facts.popleft()
            fact = _EVENTS[event](occurred_at=timestamp(self._clock()), call=messages.call(call))
            await self._publish(tenant, call_id, fact, f"{call_id}:{call.rev}")

    async def _publish(self, tenant: str, call_id: str, fact: object, event_id: str) -> None:
        while True:
            try:
                await self._bus.publish(fact, tenant=tenant, key=call_id, event_id=event_id)  # type: ignore[arg-type]
                return
            except DomainError:
                log.warning("a fact of a call waits for the bus")

    async def _keep(self, call_id: str, diary: Diary) -> None:
        entry = self._registry.now(call_id)
        if diary.kept or entry is None:
            return
        diary.kept = True
        try:
            await self._registry.put(call_id, entry)
        except (NatsError, TimeoutError) as error:
            log.warning("a call's state is not stored", error=str(error) or type(error).__name__)
        diary.stored.set()

    # --- when it is over

    async def close(self, live: Ongoing) -> None:
        diary = self._diaries.get(live.call.id)
        if diary is not None:
            diary.close()
            await diary.idle.wait()
        call = live.call
        await self._surely(lambda: self.calls.close(call.tenant, messages.call(call), call.rev, self._clock()))
        self._registry.ended(call.id, lambda: self._entry(live))
        await live.settled()
        await self._surely(lambda: self._registry.remove(call.id))
        self._diaries.pop(call.id, None)

    async def close_record(self, call: Call) -> None:
        """Of a call whose replica died: the record, unless it is written already, and the end of the entry."""
        await self._surely(lambda: self.calls.close(call.tenant, messages.call(call), call.rev, self._clock()))
        await self._surely(lambda: self._registry.remove(call.id))

    async def _surely(self, work: Callable[[], Awaitable[object]]) -> None:
        """However often it takes."""
        pause = 0.1
        while True:
            try:
                await work()
                return
            except (PyMongoError, NatsError, TimeoutError) as error:
                log.warning("a record waits for the store", error=type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    # --- sound

    async def keep_recording(self, call: Call, wanted: Wanted) -> None:
        """Makes one stereo file of what the engine wrote and keeps it for as long as the tenant wants."""
        made = await self._made(call, wanted)
        if made is None:
            return
        plan = await self._asks.quietly(self._asks.dial_plan(call.tenant))
        days = plan.recording_days if plan is not None else 0
        now = self._clock()
        it = pb.Recording(
            id=call.recording_id, call_id=call.id, started_at=timestamp(call.bridged_at or call.started_at),
            length=duration(timedelta(seconds=made.seconds)), agent_id=call.agent_id, caller=call.caller,
            bytes=made.file.stat().st_size, media_type=OPUS, peaks_left=made.peaks[0], peaks_right=made.peaks[1],
            kept_until=timestamp(now + timedelta(days=days)) if days else None, queue_id=call.queue_id,
        )  # fmt: skip
        await self.sounds.add_recording(call.tenant, it, made.file, sorted(call.people | {call.agent_id} - {""}), now)
        await self._clear(call.id, made.file)

    async def keep_voicemail(self, call: Call, voicemail_id: str, box: dict[str, str], left_at: datetime) -> None:
        made = await self._made(call, Wanted({}))
        if made is None:
            return
        peaks = [max(pair) for pair in zip(*made.peaks, strict=False)]
        it = pb.Voicemail(
            id=voicemail_id, call_id=call.id, left_at=timestamp(left_at), caller=call.caller,
            length=duration(timedelta(seconds=made.seconds)), contact_id=call.contact_id, peaks=peaks,
        )  # fmt: skip
        it.person_id, it.group_id = box["person_id"], box["group_id"]
        await self.sounds.add_voicemail(call.tenant, it, made.file, self._clock())
        await self._clear(call.id, made.file)

    async def _made(self, call: Call, wanted: Wanted) -> Finished | None:
        if self.recordings is None:
            return None
        target = self.spool / f"{call.id}.opus"
        try:
            await asyncio.to_thread(self.spool.mkdir, parents=True, exist_ok=True)
            return await asyncio.to_thread(self.recordings.finish, call.id, target, wanted)
        except (DomainError, OSError) as error:
            reason = error.reason.name if isinstance(error, DomainError) else _NOT_WRITTEN
            log.warning("a recording could not be made", call_id=call.id, reason=reason)
            await self._alarm(call, reason)
            return None

    async def _clear(self, call_id: str, file: Path) -> None:
        assert self.recordings is not None
        await asyncio.to_thread(self.recordings.clear, call_id)
        await asyncio.to_thread(file.unlink, missing_ok=True)

    async def alarm(
        self, kind: str, name: str, *, cleared: bool, tenant: str = PLANT, facts: dict[str, str] | None = None
    ) -> None:
        now = self._clock()
        alarm = events.VoiceAlarm(occurred_at=timestamp(now), kind=kind, name=name, cleared=cleared, facts=facts)
        await self._bus.publish(alarm, tenant=tenant, key=kind, event_id=f"{self.replica}:{name}:{now.timestamp()}")

    async def _alarm(self, call: Call, reason: str) -> None:
        kind = "disk" if reason == _NOT_WRITTEN else "quality"
        alarm = events.VoiceAlarm(
            occurred_at=timestamp(self._clock()), kind=kind, name="recording", facts={"reason": reason}
        )
        await self._bus.publish(alarm, tenant=call.tenant, key=call.id, event_id=f"{call.id}:alarm:{reason}")
