"""One conversation on one rtpengine node. The caller's port never moves, whoever joins or leaves.

    sdp = await anchor.answer("A", invite.body)          # 200 OK: the caller talks to the PBX
    await anchor.music("A", hold_music)
    offer = await anchor.offer("L1", LegKind.WEBRTC)     # INVITE to the agent; he is not heard yet
    await anchor.connect("L1", ok.body)                  # his 200: the music stops, they talk
    quality = await anchor.end()

How it stays put: every leg has a side of the PBX (`A.pbx`) that it talks to while it is alone; it is attached to that,
to another leg or to a port of the mixer (`A.mix1`) by the same two commands, offer and answer, sent to the engine only.
Every command names both tags and media is latched to the first port, so no SIP goes to those who stay.

What the engine (10.5) does with an attachment, found by trying: nobody but the new peer hears a leg that was attached,
but the leg goes on hearing its old peer, who therefore is parked at its own side. A party with no attachment left
crashes the engine when it is offered to somebody, so `unsubscribe` is for monitors only. Deleting a party stops what
is played to its hearers, so it is parked first. No tag is taken twice.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

from antiphon.media import quality
from antiphon.media.anchor import sdp as descriptions
from antiphon.media.anchor.faxes import Faxes
from antiphon.media.anchor.leg import Leg, Snapshot, codec_field, loaded, stored, towards, with_flags
from antiphon.media.anchor.link import Link
from antiphon.media.anchor.sdp import LegKind
from antiphon.media.ng.node import Node
from antiphon.media.ng.reasons import NgError, Reason
from antiphon.media.quality import Quality


class Anchor(Faxes):
    """Made by `Cluster.anchor(call_id)`. Tags are the application's; none is used again after its leg was dropped.
    One verb at a time: who acts on a conversation waits for what was asked before."""

    def __init__(self, node: Node, call_id: str) -> None:
        super().__init__(Link(node, call_id))
        self.caller = ""
        self.opus: set[int] = set()
        """Payload types by which legs spoke Opus: a recording tells them by these."""
        self._gone: set[str] = set()
        self._over = False
        """The engine has nothing of this conversation any more."""

    # --- state, for another replica to go on

    @property
    def call_id(self) -> str:
        return self._link.call_id

    @property
    def node(self) -> str:
        return self._link.node.name

    def state(self) -> Snapshot:
        """Plain data from which `Cluster.resume` makes this anchor again."""
        legs = [stored(leg) for leg in self._legs.values()]
        return {
            "node": self.node,
            "call_id": self.call_id,
            "caller": self.caller,
            "gone": sorted(self._gone),
            "legs": legs,
            "opus": sorted(self.opus),
        }

    @classmethod
    def from_state(cls, node: Node, state: Snapshot) -> Anchor:
        anchor = cls(node, state["call_id"])
        anchor.caller = state["caller"]
        anchor.opus = set(state.get("opus", ()))
        anchor._gone = set(state["gone"])
        anchor._legs = {leg["tag"]: loaded(leg) for leg in state["legs"]}
        return anchor

    @property
    def tags(self) -> tuple[str, ...]:
        return tuple(self._legs)

    # --- legs come

    async def answer(self, tag: str, offer: bytes, kind: LegKind | None = None) -> bytes:
        """A caller's offer, answered by the PBX itself: the SDP of the 200 OK. The first to be answered is the caller
        of the conversation. Raises NgError: NO_COMMON_CODEC (488), BAD_SDP (400), ENGINE_… and CALL_UNKNOWN (503)."""
        self._check_new(tag)
        leg = Leg(tag, kind or descriptions.kind_of(offer), peer=f"{tag}.pbx", sides={f"{tag}.pbx"})
        self._said(leg, offer)
        given = await self._attach_alone(leg, offer)
        leg.port = descriptions.port_of(given)
        self._legs[tag] = leg
        self.caller = self.caller or tag
        return given

    async def offer(self, to: str, kind: LegKind, *, from_tag: str = "", opus: bool = False) -> bytes:
        """The SDP of the INVITE to a new leg that shall talk to `from_tag` (the caller unless said): first the codec
        negotiated with that one. Until `connect` it is attached to nobody: no early media is heard, nobody disturbed,
        and any number may ring."""
        self._check_new(to)
        giver = self.leg(from_tag or self.caller)
        return await self._offer_alone(Leg(to, kind, f"{to}.pbx", wants=giver.tag), giver.codec, opus=opus)

    async def originate(self, to: str, kind: LegKind, *, opus: bool = False) -> bytes:
        """The SDP of the INVITE to a leg that is called before there is anybody to talk to: a click-to-call agent, a
        supervisor, a third party of a conference."""
        self._check_new(to)
        return await self._offer_alone(Leg(to, kind, f"{to}.pbx"), descriptions.ALONE, opus=opus)

    def _said(self, leg: Leg, sdp: bytes) -> None:
        leg.said(sdp)
        if leg.codec.name == "OPUS":
            self.opus.add(leg.codec.payload_type)

    def _check_new(self, tag: str) -> None:
        if tag in self._legs or tag in self._gone:
            raise NgError(Reason.TAG_USED, tag=tag)
        self._over = False

    async def _offer_alone(self, leg: Leg, codec: descriptions.Codec, *, opus: bool) -> bytes:
        own = descriptions.synthetic(codec, descriptions.EVENT, descriptions.SINK)
        fields = towards(leg.kind, offering=True) | codec_field(codec, opus=opus)
        given = await self._link.offer(leg.peer, leg.tag, own, fields)
        leg.port = descriptions.port_of(given)
        leg.sides.add(leg.peer)
        self._legs[leg.tag] = leg
        return given

    async def connect(self, to: str, answer: bytes, kind: LegKind | None = None) -> bytes | None:
        """The new leg's answer (its 200, or a 183 whose early media shall be heard): the music of its peer stops and
        they talk. None is the usual result: nobody else needs SIP. Otherwise the SDP for a re-INVITE of the peer, whose
        port had to move. Repeating it does no harm."""
        leg = self.leg(to)
        self._said(leg, answer)
        leg.kind = kind or leg.kind
        partner = leg.wants or leg.peer
        if partner in self._legs:
            return await self.bridge(partner, to)
        await self._link.answer(leg.peer, to, answer, towards(LegKind.SIP, offering=False))
        self.caller = self.caller or to
        return None

    async def bridge(self, one: str, other: str, *, inject: bool = False) -> bytes | None:
        """Two legs that are already there talk to each other: the end of a consultation, of a conference, a transfer
        between connected parties. Whoever they talked to before is alone. The result is as of `connect`. With `inject`
        digits can be put into their sound."""
        giver, taker = self.leg(one), self.leg(other)
        flag = ("inject DTMF",) if inject else ()  # the engine wants it said twice
        fields = towards(taker.kind, offering=True) | codec_field(giver.codec, opus=taker.codec.name == "OPUS")
        await self._link.offer(one, other, giver.sdp, with_flags(fields, *flag))
        await self._let_go((giver, taker))
        fields = with_flags(towards(giver.kind, offering=False), *flag)
        given = await self._link.answer(one, other, taker.sdp, fields)
        self._attached(giver, other)
        self._attached(taker, one)
        taker.wants = ""
        await asyncio.gather(*(clear(leg) for leg in (giver, taker) for clear in (self._quiet, self._unblock)))
        moved = descriptions.port_of(given) != giver.port
        giver.port = descriptions.port_of(given)
        return given if moved else None

    async def digits(self, to: str, keys: str, *, duration: timedelta = timedelta(milliseconds=120)) -> None:
        """Sends keys to a leg as RFC 4733 events in the sound of its peer: a far-end menu, a door opener. Raises
        NgError(LEG_UNKNOWN) when it talks to nobody."""
        peer = self.leg(self.leg(to).peer)
        await self.bridge(peer.tag, to, inject=True)
        length = int(duration.total_seconds() * 1000)
        for key in keys:
            await self._link.digit(peer.tag, key, length)

    async def reoffer(self, tag: str, sdp: bytes, kind: LegKind | None = None) -> bytes:
        """A re-INVITE of a leg (hold by the phone, a new address, an ICE restart): the SDP of its 200. Nobody else
        needs SIP. A phone that puts on hold offers sendonly or inactive (`sdp.direction`): then call `hold`."""
        leg = self.leg(tag)
        way = descriptions.answering(sdp)
        self._said(leg, sdp)
        leg.kind = kind or leg.kind
        peer = self._legs.get(leg.peer)
        kept = leg.alone() if peer is None else peer.sdp
        fields = towards(LegKind.SIP if peer is None else peer.kind, offering=True)
        await self._link.offer(tag, leg.peer, sdp, fields | codec_field(leg.codec, opus=False))
        answer = descriptions.directed(kept, way)
        given = await self._link.answer(tag, leg.peer, answer, towards(leg.kind, offering=False))
        leg.port = descriptions.port_of(given)
        return given

    # --- legs go

    async def drop(self, tag: str) -> Quality:
        """Frees one leg; the others go on, and whoever talked to it is alone. Returns what was heard of it; twice is
        harmless."""
        leg = self._legs.get(tag)
        if leg is None:
            return Quality()
        if len(self._legs) == 1 and not self._listeners:
            return await self._last(leg)
        if leg.sdp and any(other.playing for other in self._legs.values() if tag in other.sources):
            await self._park(leg)
        del self._legs[tag]
        self._gone.add(tag)
        self._forget(tag)
        given, *_ = await asyncio.gather(*(self._link.free(each) for each in (tag, *leg.sides)))
        return quality.rated(quality.from_query(given).get(tag, Quality()))

    async def _last(self, leg: Leg) -> Quality:
        """Nobody stays: everything is freed at once."""
        is_first = leg.sides == {f"{leg.tag}.pbx"} and not self._gone
        figures = await (self._freed_alone(leg) if is_first else self.free())
        self._gone.add(leg.tag)
        return figures.get(leg.tag, Quality())

    async def _freed_alone(self, leg: Leg) -> dict[str, Quality]:
        """Who never talked to anybody but the PBX takes all that the engine has with him, in one command."""
        if self._over:
            return {}
        found = quality.from_query(await self._link.free_alone(leg.tag))
        self._over = True
        self._legs.clear()
        return {tag: quality.rated(figures) for tag, figures in found.items()}

    async def statistics(self) -> dict[str, Quality]:
        """The figures of every leg so far."""
        found = quality.from_query(await self._link.ask("query"))
        return {tag: quality.rated(found[tag]) for tag in self._legs if tag in found}

    async def end(self) -> Quality:
        """Frees everything: the worst figures of all legs. Twice is harmless."""
        return quality.worst((await self.free()).values())

    async def free(self) -> dict[str, Quality]:
        """Frees everything, once: what was heard of each leg."""
        if self._over:
            return {}
        try:
            found = await self.statistics()
        except NgError as error:
            if error.reason is not Reason.CALL_UNKNOWN:
                raise
            found = {}
        await self._link.end()
        self._over = True
        self._legs.clear()
        return found
