"""Regular tests of the links between this replica and the media engines (clause M02): a synthetic call of some seconds
through each engine, from one port of ours to another; what was lost, how late and how unevenly the rest came.

    both ports speak → engine → both ports listen → figures → kept, shown with the health of the plant
                                                    limits of M01 broken, or no sound at all → VoiceAlarm "quality"
"""

from __future__ import annotations

import asyncio
import struct
from dataclasses import dataclass, field

from antiphon.kit import logs
from antiphon.kit.clock import Clock
from antiphon.kit.errors import DomainError
from antiphon.kit.ids import new_id
from antiphon.kit.protos import timestamp
from antiphon.media import quality
from antiphon.media.anchor import sdp as descriptions
from antiphon.media.anchor.anchor import Anchor
from antiphon.media.anchor.sdp import LegKind
from antiphon.media.audio.g711 import PCMA
from antiphon.media.books import Books
from antiphon.media.ng.cluster import Cluster
from antiphon.media.ng.node import Node
from antiphon.media.store import LinkStore
from antiphon.media.v1 import media_pb2 as pb

PACKETS, TICK = 150, 0.02
_SILENCE = b"\xd5" * 160
_TAIL = 0.5
"""Seconds in which the last packets still count."""
log = logs.get("media")


@dataclass
class Probe(asyncio.DatagramProtocol):
    """One end of the synthetic call. Both ends have the same clock, so a packet's delay is known."""

    sent_at: dict[int, float] = field(default_factory=dict)
    delays: dict[int, float] = field(default_factory=dict)
    other: Probe | None = None
    transport: asyncio.DatagramTransport | None = None
    target: tuple[str, int] = ("", 0)

    @classmethod
    async def open(cls, host: str) -> Probe:
        probe = cls()
        loop = asyncio.get_running_loop()
        probe.transport, _ = await loop.create_datagram_endpoint(lambda: probe, local_addr=(host, 0))
        return probe

    def sdp(self) -> bytes:
        assert self.transport is not None
        return descriptions.synthetic(descriptions.ALONE, None, *self.transport.get_extra_info("sockname")[:2])

    def say(self, number: int) -> None:
        assert self.transport is not None
        self.sent_at[number] = asyncio.get_running_loop().time()
        header = struct.pack("!BBHII", 0x80, PCMA, number, number * 160, 0x5EED + id(self) % 1000)
        self.transport.sendto(header + _SILENCE, self.target)

    def datagram_received(self, data: bytes, addr: tuple[str | object, int]) -> None:
        if len(data) <= 12 or data[1] & 0x7F != PCMA or self.other is None:
            return
        number: int = struct.unpack_from("!H", data, 2)[0]
        if (sent := self.other.sent_at.get(number)) is not None:
            self.delays.setdefault(number, (asyncio.get_running_loop().time() - sent) * 1000)

    def close(self) -> None:
        if self.transport is not None:
            self.transport.close()


def measured(one: Probe, other: Probe) -> quality.Quality:
    """The figures of both directions together. A packet's jitter is how much its delay differs from the one before."""
    sent = len(one.sent_at) + len(other.sent_at)
    heard = len(one.delays) + len(other.delays)
    steps = [
        abs(probe.delays[number] - probe.delays[number - 1])
        for probe in (one, other)
        for number in probe.delays
        if number - 1 in probe.delays
    ]
    delays = [delay for probe in (one, other) for delay in probe.delays.values()]
    if not delays:
        return quality.Quality(0, sent)
    found = quality.Quality(
        heard, sent - heard, sum(steps) / max(len(steps), 1), 2 * sum(delays) / len(delays)
    )  # fmt: skip
    return quality.rated(found)


class Links:
    """`host` is the address of our ports, reached by the engines; `every` is in seconds, 0 for never."""

    def __init__(self, engines: Cluster, store: LinkStore, books: Books, clock: Clock, host: str) -> None:
        self.engines = engines
        self.store = store
        self.books = books
        self.clock = clock
        self.host = host
        self._bad: set[str] = set()

    async def run(self, every: float) -> None:
        """Until cancelled."""
        while every > 0:
            await asyncio.sleep(every)
            await self.round()

    async def round(self) -> list[pb.LinkTest]:
        """Tests every engine that lives, one after the other: they shall not disturb each other."""
        found = []
        for node in self.engines.nodes:
            if not node.alive:
                continue  # that is an alarm of its own
            try:
                found.append(await self.test(node))
            except Exception:
                log.exception("a link could not be tested")
        return found

    async def test(self, node: Node) -> pb.LinkTest:
        """One synthetic call: kept, and told where it failed or is well again."""
        it = pb.LinkTest(id=new_id("lt"), at=timestamp(self.clock()), engine=node.name, replica=self.books.replica)
        try:
            figures = await self._call(node)
        except DomainError as error:
            it.why = error.reason.name
        else:
            verdict = quality.verdict(figures)
            it.quality.CopyFrom(_figures(figures, verdict.broken))
            it.why = "" if verdict.passed else ", ".join(verdict.broken)
            it.why = it.why if figures.packets else "no sound"
        await self.store.add(it, self.clock())
        await self._tell(node.name, it)
        return it

    async def _tell(self, engine: str, it: pb.LinkTest) -> None:
        if bool(it.why) == (engine in self._bad):
            return
        (self._bad.add if it.why else self._bad.discard)(engine)
        facts = {"why": it.why, "mos": f"{it.quality.mos:.2f}", "loss": f"{it.quality.loss:.4f}"}
        await self.books.alarm("quality", f"link {engine}", cleared=not it.why, facts=facts)

    async def _call(self, node: Node) -> quality.Quality:
        anchor = Anchor(node, new_id("test"))
        one, other = await Probe.open(self.host), await Probe.open(self.host)
        one.other, other.other = other, one
        try:
            one.target = descriptions.address_of(await anchor.answer("A", one.sdp()))
            other.target = descriptions.address_of(await anchor.offer("B", LegKind.SIP))
            await anchor.connect("B", other.sdp())
            for number in range(1, PACKETS + 1):
                one.say(number)
                other.say(number)
                await asyncio.sleep(TICK)
            await asyncio.sleep(_TAIL)
            return measured(one, other)
        finally:
            one.close()
            other.close()
            await anchor.end()


def _figures(it: quality.Quality, broken: tuple[str, ...]) -> pb.Quality:
    return pb.Quality(
        loss=it.loss_percent / 100, jitter_ms=it.jitter_ms or 0.0, round_trip_ms=it.round_trip_ms or 0.0,
        mos=it.mos or 0.0, packets=it.packets, exceeded=broken,
    )  # fmt: skip
