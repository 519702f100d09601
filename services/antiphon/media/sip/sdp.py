"""Session descriptions (RFC 8866): read what phones send, tell what matters of it, write our own.

Lines may end in LF, be empty, be in the wrong order or of an unknown letter; they are kept. What decides where media
flows (origin, connection, port, protocol, formats) must be right, else ParseError.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from antiphon.media.sip.syntax import TOKEN, ParseError, number

DIRECTIONS = ("sendrecv", "sendonly", "recvonly", "inactive")
STATIC = {0: ("PCMU", 8000), 3: ("GSM", 8000), 8: ("PCMA", 8000), 9: ("G722", 8000), 18: ("G729", 8000)}
Attribute = tuple[str, str | None]

_MEDIA = re.compile(rf"({TOKEN}) +(\d{{1,6}})(?:/(\d{{1,4}}))? +({TOKEN}(?:/{TOKEN})*)((?: +\S+)*) *")
_RTPMAP = re.compile(r"(\d{1,3}) +([^/\s]+)/(\d{1,6})(?:/(\d{1,2}))?\s*")


@dataclass(frozen=True, slots=True)
class Codec:
    """One payload type with its meaning."""

    payload: int
    name: str
    rate: int
    channels: int = 1
    parameters: str = ""


@dataclass(slots=True)
class Described:
    """What the session and each of its media have in common."""

    connection: str = ""
    attributes: list[Attribute] = field(default_factory=list)
    others: list[str] = field(default_factory=list)

    def attribute(self, name: str) -> str | None:
        """The first value of an attribute; "" for a flag that is set, None if it is absent."""
        return next((value or "" for key, value in self.attributes if key == name), None)

    def values(self, name: str) -> list[str]:
        """All values of an attribute."""
        return [value or "" for key, value in self.attributes if key == name]

    @property
    def direction(self) -> str:
        """The direction said here; "" if none is."""
        return next((key for key, _ in self.attributes if key in DIRECTIONS), "")


@dataclass(slots=True)
class Media(Described):
    """One m= section."""

    kind: str = "audio"
    port: int = 0
    ports: int = 1
    protocol: str = "RTP/AVP"
    formats: tuple[str, ...] = ()

    @property
    def codecs(self) -> list[Codec]:
        """The payload types in order of preference; unknown ones without an rtpmap are left out."""
        maps = {int(m.group(1)): m for value in self.values("rtpmap") if (m := _RTPMAP.fullmatch(value))}
        texts = dict(value.partition(" ")[::2] for value in self.values("fmtp"))
        found = []
        for payload in (int(one) for one in self.formats if one.isascii() and one.isdigit() and len(one) < 4):
            known, extra = maps.get(payload), texts.get(str(payload), "").strip()
            if known is not None:
                name, rate, channels = known.group(2), int(known.group(3)), int(known.group(4) or 1)
                found.append(Codec(payload, name, rate, channels, extra))
            elif payload in STATIC:
                found.append(Codec(payload, *STATIC[payload], 1, extra))
        return found


@dataclass(slots=True)
class Session(Described):
    """A session description."""

    origin: str = "- 0 0 IN IP4 0.0.0.0"
    name: str = "-"
    times: list[str] = field(default_factory=lambda: ["0 0"])
    media: list[Media] = field(default_factory=list)

    @property
    def version(self) -> int:
        """The number in o= that grows with each change; 0 if it is none."""
        pieces = self.origin.split()
        return int(pieces[2]) if len(pieces) > 2 and pieces[2].isascii() and pieces[2].isdigit() else 0

    def direction_of(self, media: Media) -> str:
        """The direction of a section: its own, the session's, else sendrecv."""
        return media.direction or self.direction or "sendrecv"

    def address_of(self, media: Media) -> str:
        """The address media is sent to; "" if none is given."""
        return _host(media.connection or self.connection)

    def is_held(self) -> bool:
        """True if its sender does not want to hear: sendonly or inactive everywhere, or the address 0.0.0.0."""
        live = [media for media in self.media if media.port]
        if not live:
            return False
        return all(
            self.direction_of(one) in {"sendonly", "inactive"} or self.address_of(one) == "0.0.0.0"  # noqa: S104
            for one in live
        )

    def encode(self) -> bytes:
        """The description as bytes, lines in the order of RFC 8866 5."""
        lines = ["v=0", f"o={self.origin}", f"s={self.name}", *_connection(self), *_others(self, "iuepb")]
        lines += [f"t={time}" for time in self.times]
        lines += [*_others(self, "rzk"), *_attributes(self)]
        for one in self.media:
            count = f"/{one.ports}" if one.ports != 1 else ""
            lines.append(f"m={one.kind} {one.port}{count} {' '.join((one.protocol, *one.formats))}")
            lines += [*_others(one, "i"), *_connection(one), *_others(one, "bk"), *_attributes(one)]
        return ("\r\n".join(lines) + "\r\n").encode("utf-8", "surrogateescape")


def parse(data: bytes) -> Session:
    """Reads a description. Raises ParseError (488: the body is understood as far as it goes)."""
    text = data.decode("utf-8", "surrogateescape").replace("\r\n", "\n").replace("\r", "\n")
    lines = [line for line in text.split("\n") if line.strip("\x00 \t")]
    if not lines or lines[0].strip() != "v=0":
        raise ParseError("a session description begins with v=0", 488)
    session = Session(times=[])
    seen: set[str] = set()
    for line in lines[1:]:
        letter, equals, value = line[:1], line[1:2], line[2:]
        if equals != "=" or not (letter.isascii() and letter.isalpha()):
            raise ParseError("a line of a session description is malformed", 488)
        if letter in seen and letter in "vos":
            raise ParseError("a line of a session description stands there twice", 488)
        seen.add(letter)
        _take(session, letter, value)
    if "o" not in seen:
        raise ParseError("a session description has no origin", 488)
    return session


def _take(session: Session, letter: str, value: str) -> None:
    here: Described = session.media[-1] if session.media else session
    match letter:
        case "o":
            session.origin = _origin(value)
        case "s":
            session.name = value
        case "t":
            session.times.append(value)
        case "m":
            session.media.append(_media(value))
        case "c":
            here.connection = _checked_connection(value)
        case "a":
            name, colon, content = value.partition(":")
            here.attributes.append((name, content if colon else None))
        case _:
            here.others.append(f"{letter}={value}")


def _origin(value: str) -> str:
    """`user id version IN IP4 address`; cameras leave out the end."""
    pieces = value.split()
    if len(pieces) < 4 or len(pieces) > 6 or not all(one.isdigit() and one.isascii() for one in pieces[1:3]):
        raise ParseError("the origin is malformed", 488)
    if pieces[3] != "IN" or (len(pieces) > 4 and pieces[4] not in {"IP4", "IP6"}):
        raise ParseError("the origin has an unknown kind of address", 488)
    return value


def _checked_connection(value: str) -> str:
    pieces = value.split()
    if len(pieces) != 3 or pieces[0] != "IN" or pieces[1] not in {"IP4", "IP6"}:
        raise ParseError("a connection line is malformed", 488)
    return value.strip()


def _media(value: str) -> Media:
    match = _MEDIA.fullmatch(value)
    if match is None:
        raise ParseError("a media line is malformed", 488)
    kind, port, ports, protocol, formats = match.groups()
    try:
        port_ = number(port, 65535, "a port")
    except ParseError as error:
        raise ParseError(error.why, 488) from None
    return Media(kind=kind, port=port_, ports=int(ports or 1), protocol=protocol, formats=tuple(formats.split()))


def _host(connection: str) -> str:
    return connection.split()[2].partition("/")[0] if connection else ""


def _connection(of: Described) -> list[str]:
    return [f"c={of.connection}"] if of.connection else []


def _others(of: Described, letters: str) -> list[str]:
    known = "iuepbrzk"
    last = letters[-1] == "k"
    return [line for line in of.others if line[0] in letters or (last and line[0] not in known)]


def _attributes(of: Described) -> list[str]:
    return [f"a={name}" if value is None else f"a={name}:{value}" for name, value in of.attributes]


def audio(address: str, port: int, codecs: list[Codec], *, version: int = 1, direction: str = "sendrecv") -> Session:
    """An offer or answer with one audio stream."""
    kind = "IP6" if ":" in address else "IP4"
    attributes: list[Attribute] = []
    for codec in codecs:
        channels = f"/{codec.channels}" if codec.channels > 1 else ""
        attributes.append(("rtpmap", f"{codec.payload} {codec.name}/{codec.rate}{channels}"))
        if codec.parameters:
            attributes.append(("fmtp", f"{codec.payload} {codec.parameters}"))
    attributes += [("ptime", "20"), (direction, None)]
    media = Media(port=port, formats=tuple(str(codec.payload) for codec in codecs), attributes=attributes)
    session = Session(origin=f"- {version} {version} IN {kind} {address}", connection=f"IN {kind} {address}")
    session.media.append(media)
    return session
