"""Two people talk: hold, a fax between them, another phone, the end. The ways on are in `ways.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from antiphon.kit import logs
from antiphon.media.anchor.sdp import LegKind, is_fax
from antiphon.media.anchor.sound import Recording
from antiphon.media.app import convert, player
from antiphon.media.app.doing import illegal
from antiphon.media.app.faxing import Fax
from antiphon.media.app.rating import Rating
from antiphon.media.app.stage import Stage
from antiphon.media.domain import call as calls
from antiphon.media.domain.call import State

if TYPE_CHECKING:
    from antiphon.media.app.live import Live
    from antiphon.media.app.scheme import Scheme
    from antiphon.media.sip.events import Reoffered

log = logs.get("media")


class Talk(Stage):
    """`one` and `other` are connected in the engine already."""

    def __init__(self, live: Live, one: str, other: str, reception: Scheme | None = None) -> None:
        """`reception`: the scheme that goes on with the caller when the other has hung up."""
        super().__init__(live)
        self.one = one
        self.other = other
        self.reception = reception
        self._held_by: set[str] = set()

    async def enter(self) -> None:
        live = self.live
        bridged = calls.bridged(live.call, live.world.clock())
        live.set(calls.moved(bridged, State.TALKING, consulting=""), "bridged")
        await start_recording(live)

    def across(self, tag: str) -> str:
        """Who this leg talks to. Raises ILLEGAL for a leg that is not one of the two."""
        if tag not in (self.one, self.other):
            raise illegal("this leg is not in the conversation")
        return self.other if tag == self.one else self.one

    async def gone(self, tag: str, code: int, remote: bool) -> None:
        if tag == self.other and self.reception is not None:
            await self.live.world.asks.quietly(self.live.anchor.alone(self.one))
            await self.reception.back(convert.ring_ended("answered"))
        elif tag in (self.one, self.other):
            await self._over(tag)

    async def _over(self, tag: str) -> None:
        if Rating.suits(self.live, tag):
            await self.live.to(Rating(self.live))
        else:
            await self.live.finish(by="caller" if tag == self.one else "callee")

    async def rescued(self) -> None:
        await self.live.bridge(self.one, self.other)
        self.live.recording = False  # the dead engine kept what it had
        for tag in self._held_by:
            await player.hold(self.live, self.across(tag))

    async def reoffered(self, tag: str, event: Reoffered) -> bool:
        """Two phones that talk in clear may send each other a fax."""
        if not is_fax(event.sdp) or tag not in (self.one, self.other) or not self._may_fax():
            return await super().reoffered(tag, event)
        fax = Fax(self.live, (self.one, self.other), then=self)
        await self.live.to(fax)
        return await fax.reoffered(tag, event)

    def _may_fax(self) -> bool:
        """True while the two hear each other without a mixer between them, and nothing is encrypted."""
        one, other = self.live.anchor.leg(self.one), self.live.anchor.leg(self.other)
        in_clear = one.kind is LegKind.SIP and other.kind is LegKind.SIP
        return in_clear and one.peer == other.tag and other.peer == one.tag and not self._held_by

    # --- another phone

    def may_replace(self, tag: str) -> bool:
        return tag in (self.one, self.other)

    async def replace(self, tag: str, new: str) -> None:
        live, stays = self.live, self.across(tag)
        if tag == live.first:
            live.first = new
        await live.bridge(stays, new)
        one, other = (new, stays) if tag == self.one else (stays, new)
        await live.to(Talk(live, one, other, self.reception))

    # --- hold

    async def hold(self, tag: str, on: bool) -> None:
        other = self.across(tag)
        if on and tag not in self._held_by:
            self._held_by.add(tag)
            await player.hold(self.live, other)
        elif not on and tag in self._held_by:
            self._held_by.discard(tag)
            await self.live.anchor.resume(other)
        self.live.move(State.HELD if self._held_by else State.TALKING)

    async def phone_hold(self, tag: str, on: bool) -> None:
        if tag in (self.one, self.other):
            await self.hold(tag, on)


async def start_recording(live: Live) -> None:
    """Records from here on where the scheme or the tenant wants it; a call that cannot be recorded goes on."""
    if live.recording or not live.wants_record or not live.world.can_record:
        return
    started = live.anchor.record(Recording.START, {"call": live.call.id, "tenant": live.call.tenant})
    live.recording = await live.world.asks.succeeded(started)
    if live.recording:
        live.change(recorded=True, recording_id="rc_" + live.call.id.partition("_")[2])
    else:
        log.warning("a call is not recorded")


async def pause_recording(live: Live, on: bool) -> None:
    """Raises ILLEGAL where nothing is recorded."""
    if not live.recording:
        raise illegal("the call is not recorded")
    if live.call.recording_paused != on:
        await live.anchor.record(Recording.PAUSE if on else Recording.RESUME)
        now = live.world.clock().timestamp()
        if on:
            live.pauses.append((now, float("inf")))
        else:
            live.pauses[-1] = (live.pauses[-1][0], now)
        live.change(recording_paused=on)
