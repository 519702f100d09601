"""A fax machine for the tests: a call of a phone that can also speak T.38, or refuses to. No pictures: datagrams."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np

from antiphon.kit.testing import eventually
from antiphon.media.endpoint.leg import LegEvent
from antiphon.media.phone.phone import PhoneCall
from antiphon.media.phone.sound import RATE, Samples
from antiphon.media.sip import sdp
from antiphon.media.sip.events import Reoffered

T38: list[sdp.Attribute] = [
    ("T38FaxVersion", "0"),
    ("T38MaxBitRate", "14400"),
    ("T38FaxFillBitRemoval", None),
    ("T38FaxRateManagement", "transferredTCF"),
    ("T38FaxMaxBuffer", "262"),
    ("T38FaxMaxDatagram", "90"),
    ("T38FaxUdpEC", "t38UDPRedundancy"),
]


def image(host: str, port: int, version: int = 2) -> bytes:
    """A fax at this address."""
    address = f"IN IP4 {host}"
    fax = sdp.Media(kind="image", port=port, protocol="udptl", formats=("t38",), attributes=list(T38))
    return sdp.Session(origin=f"- 7 {version} {address}", connection=address, media=[fax]).encode()


def preamble() -> Samples:
    """A second of HDLC flags by V.21 (channel 2, 300 baud), as before each command of a machine, and a pause: to be
    repeated. A modem that lost a flag waits for the next carrier."""
    bits = np.array([0, 1, 1, 1, 1, 1, 1, 0] * 3)
    hertz = np.where(bits[np.arange(640) * 300 // RATE], 1650, 1850)
    flags = np.asarray(np.sin(2 * np.pi * np.cumsum(hertz) / RATE) * 8000).astype(np.int16)
    return np.concatenate([np.tile(flags, 12), np.zeros(RATE // 2, np.int16)])


class FaxMachine(asyncio.DatagramProtocol):
    """Takes over what a call is told of re-INVITEs: `refuses` is the code for a fax, 0 takes it."""

    def __init__(self, call: PhoneCall, refuses: int = 0) -> None:
        self.call = call
        self.refuses = refuses
        self.declines = False
        """Takes the re-INVITE, but no stream: port 0."""
        self.hesitates = False
        """Says nothing to a fax."""
        self.port = 0
        self.offers: list[sdp.Session] = []
        """What we were offered in re-INVITEs."""
        self.received: list[bytes] = []
        self._other: tuple[str, int] | None = None
        self._transport: asyncio.DatagramTransport | None = None
        self._told = call._told
        call.leg.on_event = self._event

    async def open(self) -> FaxMachine:
        loop = asyncio.get_running_loop()
        host = self.call.phone.host
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(host, 0))
        self.port = self._transport.get_extra_info("sockname")[1]
        return self

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    async def faxes(self) -> sdp.Session:
        """Asks for a fax: the answer. Raises Refused."""
        answer = sdp.parse(await self.call.leg.reoffer(image(self.call.phone.host, self.port)))
        self._towards(answer)
        return answer

    async def talks(self) -> sdp.Session:
        """Asks for sound again: the answer. Raises Refused."""
        answer = sdp.parse(await self.call.leg.reoffer(self.call._offer()))
        self._towards(answer)
        return answer

    def sends(self, data: bytes) -> None:
        assert self._transport is not None
        self._transport.sendto(data, self._other)

    async def tells(self, other: FaxMachine, data: bytes) -> None:
        """This arrives at the other one."""

        def arrived() -> bool:
            self.sends(data)
            return data in other.received

        await eventually(arrived)

    def _towards(self, session: sdp.Session) -> None:
        media = next(one for one in session.media if one.port)
        fax = media.kind == "image"
        self.call.line.sends = not fax
        if fax:
            self._other = (session.address_of(media), media.port)
        else:
            self.call._take(session.encode())

    def _event(self, event: LegEvent) -> None:
        if not isinstance(event, Reoffered):
            self._told(event)
            return
        session = sdp.parse(event.sdp)
        self.offers.append(session)
        fax = any(one.kind == "image" and one.port for one in session.media)
        if not fax:
            self._told(event)
        elif self.refuses:
            event.reply(self.refuses)
        elif self.hesitates:
            return
        else:
            self._towards(session)
            event.reply(image(self.call.phone.host, 0 if self.declines else self.port))

    def datagram_received(self, data: bytes, _: Any) -> None:
        self.received.append(data)
