"""One conversation on one rtpengine node. The caller's port never moves, whoever joins or leaves.

    sdp = await anchor.answer("A", invite.body)          # 200 OK: the caller talks to the PBX
    await anchor.music("A", hold_music)
    offer = await anchor.offer("L1", LegKind.WEBRTC)     # INVITE to the agent; he is not heard yet
    await anchor.connect("L1", ok.body)                  # his 200: the music stops, they talk
    quality = await anchor.end()

How it stays put: every command of a pair names both tags, media is latched to the first port, and a leg is attached to
the PBX's own side (`A.pbx`), another leg or a mixer port (`A.mix`) by the same two commands, offer and answer, sent to
the engine only. No SIP goes to those who stay.

Attaching adds a source to what a leg hears and takes none away, so whoever is attached anew is deafened first.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

from antiphon.media import quality
from antiphon.media.anchor import sdp as descriptions
from antiphon.media.anchor.leg import Leg, Snapshot, codec_field, loaded, stored, towards, with_flag
from antiphon.media.anchor.link import Link
from antiphon.media.anchor.listening import Listening
from antiphon.media.anchor.sdp import LegKind
from antiphon.media.ng.node import Node
from antiphon.media.ng.reasons import NgError, Reason
from antiphon.media.quality import Quality

SINK = "127.0.0.1"
"""Where the engine sends what a party says while nobody listens (port 9)."""


class Anchor(Listening):
    """Made by `Cluster.anchor(call_id)`. Tags are the application's, unique within the conversation.
    One verb at a time: who acts on a conversation waits for what was asked before."""

    def __init__(self, node: Node, call_id: str) -> None:
        super().__init__(Link(node, call_id))
        self.caller = ""

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
        return {"node": self.node, "call_id": self.call_id, "caller": self.caller, "legs": legs}

    @classmethod
    def from_state(cls, node: Node, state: Snapshot) -> Anchor:
        anchor = cls(node, state["call_id"])
        anchor.caller = state["caller"]
        anchor._legs = {leg["tag"]: loaded(leg) for leg in state["legs"]}
        return anchor

    @property
    def tags(self) -> tuple[str, ...]:
        return tuple(self._legs)

    # --- legs come

    async def answer(self, tag: str, offer: bytes, kind: LegKind | None = None) -> bytes:
        """A caller's offer, answered by the PBX itself: the SDP of the 200 OK. The first to be answered is the caller
        of the conversation. Raises NgError: NO_COMMON_CODEC (488), BAD_SDP (400), ENGINE_… and CALL_UNKNOWN (503)."""
        leg = Leg(tag, kind or descriptions.kind_of(offer), peer=f"{tag}.pbx", sides={f"{tag}.pbx"})
        leg.said(offer)
        leg.own = descriptions.synthetic(leg.codec, descriptions.telephone_event(leg.sdp), SINK)
        await self._link.offer(tag, leg.peer, offer, towards(LegKind.SIP, offering=True))
        given = await self._link.answer(tag, leg.peer, leg.own, towards(leg.kind, offering=False))
        leg.port = descriptions.port_of(given)
        self._legs[tag] = leg
        self.caller = self.caller or tag
        return given

    async def offer(self, to: str, kind: LegKind, *, from_tag: str = "", opus: bool = False) -> bytes:
        """The SDP of the INVITE to a new leg that shall talk to `from_tag` (the caller unless said). What the new leg
        says before `connect` reaches nobody, and a giver who talks goes on talking."""
        giver = self.leg(from_tag or self.caller)
        if giver.peer in self._legs:
            return await self._offer_apart(Leg(to, kind, f"{to}.pbx", wants=giver.tag), giver.codec, opus=opus)
        fields = towards(kind, offering=True) | codec_field(giver.codec, opus=opus)
        given = await self._link.offer(giver.tag, to, giver.sdp, fields)
        self._legs[to] = Leg(to, kind, giver.tag, port=descriptions.port_of(given), blocked=True)
        giver.sources.add(to)
        await self._link.block(to, True)
        return given

    async def originate(self, to: str, kind: LegKind, *, opus: bool = False) -> bytes:
        """The SDP of the INVITE to a leg that is called before there is anybody to talk to: a click-to-call agent, a
        supervisor, a third party of a conference. It is offered by the PBX itself."""
        return await self._offer_apart(Leg(to, kind, f"{to}.pbx"), descriptions.ALONE, opus=opus)

    async def _offer_apart(self, leg: Leg, codec: descriptions.Codec, *, opus: bool) -> bytes:
        leg.own = descriptions.synthetic(codec, descriptions.EVENT, SINK)
        leg.sides.add(leg.peer)
        fields = towards(leg.kind, offering=True) | codec_field(codec, opus=opus)
        given = await self._link.offer(leg.peer, leg.tag, leg.own, fields)
        leg.port = descriptions.port_of(given)
        self._legs[leg.tag] = leg
        return given

    async def connect(self, to: str, answer: bytes, kind: LegKind | None = None) -> bytes | None:
        """The new leg's answer (its 200, or a 183 whose early media shall be heard): the music of its peer stops and
        they talk. None is the usual result: nobody else needs SIP. Otherwise the SDP for a re-INVITE of the peer, whose
        port had to move. Repeating it does no harm."""
        leg = self.leg(to)
        leg.said(answer)
        leg.kind = kind or leg.kind
        if leg.peer not in self._legs:  # it was offered by the PBX itself
            await self._link.answer(leg.peer, to, answer, towards(LegKind.SIP, offering=False))
            self.caller = self.caller or to
            wanted, leg.wants = leg.wants, ""
            return await self.bridge(wanted, to) if wanted in self._legs else None
        return await self._answered(self.leg(leg.peer), leg, answer)

    async def bridge(self, one: str, other: str, *, inject: bool = False) -> bytes | None:
        """Two legs that are already there talk to each other: the end of a consultation, of a conference, a transfer
        between connected parties. Whoever they talked to before hears them no more. The result is as of `connect`.
        With `inject` digits can be put into their sound."""
        giver, taker = self.leg(one), self.leg(other)
        fields = towards(taker.kind, offering=True) | codec_field(giver.codec, opus=taker.codec.name == "OPUS")
        fields = with_flag(fields, "inject DTMF") if inject else fields
        await self._link.offer(one, other, giver.sdp, fields)
        return await self._answered(giver, taker, taker.sdp, inject=inject)

    async def _answered(self, giver: Leg, taker: Leg, sdp: bytes, *, inject: bool = False) -> bytes | None:
        """The taker's answer makes the two a pair; everybody else they were attached to is left out."""
        deaf = [leg.tag for leg in (giver, taker) if leg.sources - {giver.tag, taker.tag}]
        if deaf:
            await asyncio.gather(*(self._link.deafen(tag) for tag in deaf))
        fields = towards(giver.kind, offering=False)
        fields = with_flag(fields, "inject DTMF") if inject else fields  # the engine wants it said twice
        given = await self._link.answer(giver.tag, taker.tag, sdp, fields)
        for leg in (giver, taker):
            self._leave(leg.peer, leg.tag)
        giver.peer, taker.peer = taker.tag, giver.tag
        giver.sources, taker.sources = {taker.tag}, {giver.tag}
        await asyncio.gather(*(clear(leg) for leg in (giver, taker) for clear in (self._quiet, self._unblock)))
        moved = descriptions.port_of(given) != giver.port
        giver.port = descriptions.port_of(given)
        return given if moved else None

    async def reoffer(self, tag: str, sdp: bytes, kind: LegKind | None = None) -> bytes:
        """A re-INVITE of a leg (hold by the phone, a new address, an ICE restart): the SDP of its 200. Nobody else
        needs SIP. A phone that puts on hold offers sendonly or inactive (`sdp.direction`): then call `hold`."""
        leg = self.leg(tag)
        peer = self._legs.get(leg.peer)
        way = descriptions.answering(sdp)
        leg.said(sdp)
        leg.kind = kind or leg.kind
        if peer is None:
            leg.own = leg.own or descriptions.synthetic(leg.codec, descriptions.EVENT, SINK)
            leg.sides.add(leg.peer)
        kept = leg.own if peer is None else peer.sdp
        fields = towards(peer.kind if peer is not None else LegKind.SIP, offering=True)
        await self._link.offer(tag, leg.peer, sdp, fields | codec_field(leg.codec, opus=False))
        answer = descriptions.directed(kept, way)
        given = await self._link.answer(tag, leg.peer, answer, towards(leg.kind, offering=False))
        leg.port = descriptions.port_of(given)
        return given

    async def digits(self, to: str, keys: str, *, duration: timedelta = timedelta(milliseconds=120)) -> None:
        """Sends keys to a leg as RFC 4733 events in the sound of its peer: a far-end menu, a door opener. Raises
        NgError(LEG_UNKNOWN) when it talks to nobody."""
        peer = self.leg(self.leg(to).peer)
        await self.bridge(peer.tag, to, inject=True)
        length = int(duration.total_seconds() * 1000)
        for key in keys:
            await self._link.digit(peer.tag, key, length)

    # --- legs go

    async def drop(self, tag: str) -> Quality:
        """Frees one leg; the others go on, and whoever talked to it is alone. Returns what was heard of it; twice is
        harmless."""
        leg = self._legs.pop(tag, None)
        if leg is None:
            return Quality()
        self._leave(leg.peer, tag)
        for other in self._legs.values():
            other.sources.discard(tag)
        given, *_ = await asyncio.gather(*(self._link.free(each) for each in (tag, *leg.sides)))
        return quality.rated(quality.from_query(given).get(tag, Quality()))

    async def statistics(self) -> dict[str, Quality]:
        """The figures of every leg so far."""
        found = quality.from_query(await self._link.ask("query"))
        return {tag: quality.rated(found[tag]) for tag in self._legs if tag in found}

    async def end(self) -> Quality:
        """Frees everything: the worst figures of all legs. Twice is harmless."""
        try:
            found = await self.statistics()
        except NgError as error:
            if error.reason is not Reason.CALL_UNKNOWN:
                raise
            found = {}
        await self._link.end()
        self._legs.clear()
        return quality.worst(found.values())
