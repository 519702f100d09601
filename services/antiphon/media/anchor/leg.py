"""A leg of a conversation as the anchor remembers it, and the fields that NG needs for its kind.

The state of an anchor is plain data (`Snapshot`), so that another replica can go on with the conversation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NotRequired, TypedDict

from antiphon.media.anchor.sdp import (
    G711,
    SINK,
    Codec,
    LegKind,
    choose,
    directed,
    narrowed,
    synthetic,
    telephone_event,
)
from antiphon.media.ng.bencode import Sendable


@dataclass(slots=True)
class Leg:
    """One party.

    `peer` is the tag it exchanges media with: another leg, the PBX's own side (`.pbx`), or a port of the mixer
    (`.mix1`). `wants` is the leg that it will talk to once connected. `sdp` is what it said about itself, empty while
    it rings; `own` is what its port of the mixer says. `sources` are the legs and ports that the engine sends it the
    sound of. `sides` are the tags of the PBX made for it, `joins` counts those in the mixer. `blocked`: not heard;
    `playing`: something was played to it and not stopped.
    """

    tag: str
    kind: LegKind
    peer: str
    wants: str = ""
    sdp: bytes = b""
    own: bytes = b""
    port: int = 0
    blocked: bool = False
    playing: bool = False
    sources: set[str] = field(default_factory=set)
    sides: set[str] = field(default_factory=set)
    joins: int = 0

    @property
    def mixer_side(self) -> str:
        """The tag of its latest port of the mixer; the engine takes no tag twice."""
        return f"{self.tag}.mix{self.joins}"

    @property
    def codec(self) -> Codec:
        return choose(self.sdp)

    def alone(self) -> bytes:
        """What the PBX says to it about itself: the mixer's port while it is in there, else that nobody is there."""
        return self.own or synthetic(self.codec, telephone_event(self.sdp), SINK)

    def said(self, sdp: bytes) -> None:
        """Remembers what the leg says about itself, as agreed and ready to be offered to others."""
        self.sdp = directed(narrowed(sdp, choose(sdp)), "sendrecv")


class LegState(TypedDict):
    """A leg as stored."""

    tag: str
    kind: str
    peer: str
    wants: str
    sdp: str
    own: str
    port: int
    blocked: bool
    playing: bool
    sources: list[str]
    sides: list[str]
    joins: int


class Snapshot(TypedDict):
    """An anchor as stored."""

    node: str
    call_id: str
    caller: str
    gone: list[str]
    legs: list[LegState]
    opus: NotRequired[list[int]]


def stored(leg: Leg) -> LegState:
    return {
        "tag": leg.tag,
        "kind": leg.kind.value,
        "peer": leg.peer,
        "wants": leg.wants,
        "sdp": leg.sdp.decode(),
        "own": leg.own.decode(),
        "port": leg.port,
        "blocked": leg.blocked,
        "playing": leg.playing,
        "sources": sorted(leg.sources),
        "sides": sorted(leg.sides),
        "joins": leg.joins,
    }


def loaded(state: LegState) -> Leg:
    return Leg(
        tag=state["tag"],
        kind=LegKind(state["kind"]),
        peer=state["peer"],
        wants=state["wants"],
        sdp=state["sdp"].encode(),
        own=state["own"].encode(),
        port=state["port"],
        blocked=state["blocked"],
        playing=state["playing"],
        sources=set(state["sources"]),
        sides=set(state["sides"]),
        joins=state["joins"],
    )


_FLAGS = ["trust address", "port latching", "generate RTCP"]


def towards(kind: LegKind, *, offering: bool) -> dict[str, Sendable]:
    """The NG fields that make a description fit for a leg of this kind.

    No DTLS field for browsers: the role follows from the description, and `passive` on the answer alone is silence.
    """
    common: dict[str, Sendable] = {"replace": ["origin"], "flags": _FLAGS}
    match kind:
        case LegKind.SIP:
            own: dict[str, Sendable] = {"ICE": "remove", "transport-protocol": "RTP/AVP", "rtcp-mux": ["demux"]}
        case LegKind.SRTP:
            own = {"ICE": "remove", "transport-protocol": "RTP/SAVP", "rtcp-mux": ["demux"], "DTLS": "off"}
        case LegKind.WEBRTC:
            own = {
                "ICE": "force",
                "transport-protocol": "UDP/TLS/RTP/SAVPF",
                "rtcp-mux": ["offer", "require"] if offering else ["require"],
                "SDES": ["off"],
                "flags": [*_FLAGS, "generate mid"],
            }
    return common | own


def with_flags(fields: dict[str, Sendable], *more: str) -> dict[str, Sendable]:
    """The same fields with these flags too."""
    flags = fields.get("flags", ())
    assert isinstance(flags, list)
    return {**fields, "flags": [*flags, *more]}


def codec_field(offered: Codec, *, opus: bool) -> dict[str, Sendable]:
    """What else to offer beside the codec of the other leg: the other law of G.711, which costs little; opus only when
    asked, and then alone, or a browser would take it and G.711 callers would be transcoded for nothing."""
    if opus and offered.name != "OPUS":
        return {"codec": {"mask": ["all"], "transcode": ["opus", "telephone-event"]}}
    return {"codec": {"transcode": [name for name in G711 if name != offered.name]}}
