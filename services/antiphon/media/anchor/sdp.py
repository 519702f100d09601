"""The little of SDP that the anchor needs: which codecs, which way, which port. Pure.

rtpengine rewrites addresses, keys and candidates; here a description is only read, narrowed to one codec, turned
to another direction, or made up for the side of the conversation that is the PBX itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from antiphon.media.ng.reasons import NgError, Reason


class LegKind(Enum):
    """How a leg wants its media."""

    SIP = "sip"
    SRTP = "srtp"
    WEBRTC = "webrtc"


@dataclass(frozen=True, slots=True)
class Codec:
    """One format of an audio description; `name` as in rtpmap, upper case."""

    payload_type: int
    name: str
    rate: int
    parameters: str = ""


G711 = ("PCMA", "PCMU")
SPOKEN = (*G711, "OPUS", "G722")
"""What we take from a peer. G.711 first, in the peer's own order: it is never transcoded, plays without a decoder and
is recorded as it is."""

_STATIC = {0: ("PCMU", 8000), 8: ("PCMA", 8000), 9: ("G722", 8000), 18: ("G729", 8000)}
_DIRECTIONS = ("sendrecv", "sendonly", "recvonly", "inactive")
_ANSWERS = {"sendonly": "recvonly", "recvonly": "sendonly", "inactive": "inactive", "sendrecv": "sendrecv"}
_M_AUDIO = re.compile(r"^m=audio (\d+)(?:/\d+)? (\S+) ([\d ]+)$", re.MULTILINE)
_M_LIVE = re.compile(r"^m=(\S+) +0*[1-9]\d*(?:/\d+)? +(\S+)", re.MULTILINE)
_DISCARD = 9
SINK = "127.0.0.1"
"""Where the engine sends what a party says while nobody listens (port 9)."""


def _lines(sdp: bytes) -> list[str]:
    return sdp.decode(errors="replace").replace("\r\n", "\n").rstrip("\n").split("\n")


def _bytes(lines: list[str]) -> bytes:
    return ("\r\n".join(lines) + "\r\n").encode()


def _audio(sdp: bytes) -> re.Match[str]:
    found = _M_AUDIO.search("\n".join(_lines(sdp)))
    if found is None:
        raise NgError(Reason.BAD_SDP, "no audio in the description")
    return found


def port_of(sdp: bytes) -> int:
    """The port of the first audio stream."""
    return int(_audio(sdp)[1])


def address_of(sdp: bytes) -> tuple[str, int]:
    """Host and port of the first audio stream."""
    hosts = [line.split()[-1] for line in _lines(sdp) if line.startswith("c=IN IP")]
    if not hosts:
        raise NgError(Reason.BAD_SDP, "no address in the description")
    return hosts[0], port_of(sdp)


def is_fax(sdp: bytes) -> bool:
    """True when images by T.38 are all that is described; streams of port 0 do not count."""
    live = {(kind, protocol.lower()) for kind, protocol in _M_LIVE.findall("\n".join(_lines(sdp)))}
    return live == {("image", "udptl")}


def streams(sdp: bytes) -> int:
    """How many there are, those of port 0 too."""
    return sum(line.startswith("m=") for line in _lines(sdp))


def kind_of(sdp: bytes) -> LegKind:
    """What sort of leg describes itself so."""
    protocol = _audio(sdp)[2]
    if "TLS" in protocol:
        return LegKind.WEBRTC
    return LegKind.SRTP if "SAVP" in protocol else LegKind.SIP


@lru_cache(maxsize=256)
def codecs(sdp: bytes) -> tuple[Codec, ...]:
    """The formats of the first audio stream, in order of preference. Asked several times of each description."""
    maps = dict(_attributes(sdp, "rtpmap"))
    parameters = dict(_attributes(sdp, "fmtp"))
    found = []
    for payload_type in map(int, _audio(sdp)[3].split()):
        name, rate = _STATIC.get(payload_type, ("", 0))
        if payload_type in maps:
            name, _, rest = maps[payload_type].partition("/")
            rate = int(clock) if (clock := rest.partition("/")[0]).isdigit() else 8000
        found.append(Codec(payload_type, name.upper(), rate, parameters.get(payload_type, "")))
    return tuple(found)


def _attributes(sdp: bytes, name: str) -> Iterator[tuple[int, str]]:
    for line in _lines(sdp):
        if line.startswith(f"a={name}:"):
            number, _, value = line.partition(":")[2].partition(" ")
            if number.isdigit():
                yield int(number), value


def choose(sdp: bytes) -> Codec:
    """The codec we answer with. Raises NgError(NO_COMMON_CODEC)."""
    offered = [codec for codec in codecs(sdp) if codec.name in SPOKEN]
    if not offered:
        raise NgError(Reason.NO_COMMON_CODEC)
    return next((codec for codec in offered if codec.name in G711), offered[0])


def telephone_event(sdp: bytes) -> Codec | None:
    """The RFC 4733 format at 8 kHz, if the peer has it; None means its digits come in-band or by INFO."""
    events = [codec for codec in codecs(sdp) if codec.name == "TELEPHONE-EVENT"]
    return next((codec for codec in events if codec.rate == 8000), events[0] if events else None)


def narrowed(sdp: bytes, codec: Codec) -> bytes:
    """The same description with this codec and its telephone-event only: what was agreed, not what was possible."""
    events = [other for other in codecs(sdp) if other.name == "TELEPHONE-EVENT" and other.rate == codec.rate]
    kept = {codec.payload_type, *(event.payload_type for event in events)}
    lines = []
    for line in _lines(sdp):
        about = re.match(r"a=(?:rtpmap|fmtp|rtcp-fb):(\d+) ", line)
        if found := _M_AUDIO.match(line):
            formats = " ".join(number for number in found[3].split() if int(number) in kept)
            lines.append(f"{line[: found.start(3)]}{formats}")
        elif about is None or int(about[1]) in kept:
            lines.append(line)
    return _bytes(lines)


def direction(sdp: bytes) -> str:
    """sendrecv, sendonly, recvonly or inactive; an old hold by c=0.0.0.0 is inactive."""
    lines = _lines(sdp)
    if "c=IN IP4 0.0.0.0" in lines:
        return "inactive"
    return next((line[2:] for line in lines if line[2:] in _DIRECTIONS and line.startswith("a=")), "sendrecv")


def directed(sdp: bytes, way: str) -> bytes:
    """The same description with another direction."""
    lines = [line for line in _lines(sdp) if not (line.startswith("a=") and line[2:] in _DIRECTIONS)]
    return _bytes([*lines, f"a={way}"])


def answering(sdp: bytes) -> str:
    """The direction of the answer to this offer."""
    return _ANSWERS[direction(sdp)]


def synthetic(codec: Codec, event: Codec | None, host: str, port: int = _DISCARD) -> bytes:
    """What the PBX says about itself: one codec, and digits when the peer has them. Port 9 is the discard service; what
    the caller says while nobody listens goes there."""
    formats = [codec] if event is None else [codec, event]
    numbers = " ".join(str(each.payload_type) for each in formats)
    lines = ["v=0", f"o=- 1 1 IN IP4 {host}", "s=-", f"c=IN IP4 {host}", "t=0 0", f"m=audio {port} RTP/AVP {numbers}"]
    for each in formats:
        name = "telephone-event" if each is event else each.name
        channels = "/2" if each.name == "OPUS" else ""
        lines.append(f"a=rtpmap:{each.payload_type} {name}/{each.rate}{channels}")
    if event is not None:
        lines.append(f"a=fmtp:{event.payload_type} 0-16")
    return _bytes([*lines, "a=sendrecv", "a=ptime:20"])


ALONE = Codec(8, "PCMA", 8000)
"""The codec of a leg that is called before there is anybody to talk to, and of the mixer's ports."""
EVENT = Codec(101, "TELEPHONE-EVENT", 8000)
