"""Puts the parts together; no logic."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from nats.js.kv import KeyValue

from antiphon.kit import logs
from antiphon.kit.bus import Bus
from antiphon.kit.clock import Clock
from antiphon.kit.leases import Leases
from antiphon.kit.outbox import Outbox
from antiphon.kit.service import Runtime
from antiphon.kit.vault import Files
from antiphon.media.app.commands import Commands
from antiphon.media.app.switchboard import Switchboard
from antiphon.media.app.world import World
from antiphon.media.asks import Asks
from antiphon.media.bans import Bans
from antiphon.media.books import Books
from antiphon.media.cabinet import Cabinet
from antiphon.media.domain.admission import Admission
from antiphon.media.dtmf import KeyLines
from antiphon.media.edges import Edges, parse
from antiphon.media.endpoint.endpoint import Endpoint, Options
from antiphon.media.engines import Marks
from antiphon.media.erasing import Erasing
from antiphon.media.events import Ears, Promises
from antiphon.media.faxes import Faxes
from antiphon.media.guard import KIND, Guard
from antiphon.media.health import Health
from antiphon.media.ladders import Ladders
from antiphon.media.library import Library
from antiphon.media.links import Links
from antiphon.media.mail import Mail
from antiphon.media.mixer.room import Mixer
from antiphon.media.ng.cluster import Cluster
from antiphon.media.ng.node import Address, Changed, Node
from antiphon.media.passing import Passing
from antiphon.media.phones import Phones
from antiphon.media.reaper import Reaper, lease_of
from antiphon.media.recording.store import Recordings
from antiphon.media.registry import Registry
from antiphon.media.rooms.rooms import Rooms
from antiphon.media.scores import Scores
from antiphon.media.server import App
from antiphon.media.settings import Settings
from antiphon.media.sip.limits import Limits
from antiphon.media.sounds import Sounds
from antiphon.media.speech import Espeak
from antiphon.media.store import CallbackStore, CallStore, FaxStore, LadderStore, LinkStore, SoundStore
from antiphon.media.streams import Streams
from antiphon.media.tallies import Tallies
from antiphon.media.trunks import Trunks

_SWEEP = 600.0
_REASSURE = 1.0
"""Seconds between two 100 of a call that is not answered: the edge knows by them that we live."""
log = logs.get("media")


@dataclass(frozen=True, slots=True)
class Stores:
    """What outlives the process."""

    bus: Bus
    outbox: Outbox
    leases: Leases
    registry: Registry
    trunks: KeyValue
    scores: Scores
    marks: Marks


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that runs or is reached."""

    app: App
    board: Switchboard
    endpoint: Endpoint
    engines: Cluster
    edges: Edges
    mixer: Mixer
    keys: KeyLines
    patience: float
    ears: Ears
    reaper: Reaper
    sounds: SoundStore
    trunks: Trunks
    promises: Promises
    streams: Streams
    guard: Guard
    faxes: Faxes
    erasing: Erasing
    links: Links
    ladders: Ladders
    tallies: Tallies
    rooms: Rooms
    scores: Scores

    async def hold_lease(self, own: Leases, replica: str) -> None:
        """Says that this replica lives, until cancelled."""
        await own.hold(lease_of(replica), replica, lambda lease: asyncio.Event().wait())  # type: ignore[arg-type,return-value]

    async def sweep(self, rt: Runtime) -> None:
        """Every ten minutes: recordings and faxes whose time is over. Until cancelled."""
        while True:
            try:
                while await self.sounds.sweep(rt.clock()):
                    continue
                await self.faxes.sweep(self.app.library.registry)
            except Exception:
                log.exception("sweeping recordings was interrupted")
            await asyncio.sleep(_SWEEP)

    async def mail(self) -> None:
        """Mails faxes as they come. Until cancelled."""
        while True:
            try:
                await self.faxes.post()
            except Exception:
                log.exception("mailing faxes was interrupted")
            await self.faxes.another(_SWEEP)

    async def close(self) -> None:
        """New calls go elsewhere; those that are here end with their record."""
        self.endpoint.draining = True
        self.app.health.draining = True
        await self.board.idle(self.patience)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(15):
                await self.board.close()
        await self.rooms.close()
        await self.ladders.store()
        await self.endpoint.close()
        self.engines.close()


async def build(rt: Runtime, settings: Settings, stores: Stores) -> Parts:
    db, asks, board = rt.database(), Asks(rt.peers), Switchboard()
    calls, files = CallStore(db, stores.outbox, rt.instance), Files(db, await rt.vault())
    sounds, tallies = SoundStore(db, stores.outbox, files), Tallies(calls.tallies, stores.bus, rt.instance, rt.clock)
    books = Books(stores.bus, stores.registry, rt.instance, rt.clock, asks)
    books.calls, books.sounds, books.spool = calls, sounds, settings.spool
    books.recordings = Recordings(settings.recordings) if settings.recordings is not None else None
    early: list[Node] = []
    told: list[Callable[[Node], None]] = [early.append]

    def changed(node: Node) -> None:
        told[-1](node)  # noted until the switchboard knows the world

    engines = await _engines(settings, stores.marks, changed)
    keys = KeyLines(addresses(settings), lambda it: board.digit(it.call_id, it.tag, it.key))
    trunks = Trunks(stores.trunks, asks, books, rt.clock, every=settings.trunk_probe_seconds)

    def edge_changed(node: str, lives: bool) -> None:
        board.spawn(books.alarm("edge", node, cleared=lives))
        if not lives:
            trunks.edge_lost()

    edges = Edges(parse(settings.edge), edge_changed)
    endpoint = Endpoint(
        settings.sip_host, settings.sip_port, on_call=board.on_call, next_hop=edges.hops[0],
        options=Options(settings.sip_advertised, Limits(reassure=_REASSURE)),
    )  # fmt: skip
    if settings.enabled:
        await endpoint.start()
    phones = Phones(endpoint, settings.domain, edges, frozenset(settings.edge_hosts))
    trunks.lines = phones
    faxes = _faxes(FaxStore(db, stores.outbox, files), asks, books, rt.clock, settings)
    streams = Streams(settings.streams, settings.sounds / "streams", settings.stream_piece_seconds)
    voice, mixer = Sounds(settings.sounds, Espeak(settings.sounds / "spoken"), streams), Mixer(settings.mixer_host)
    ladders = _ladders(LadderStore(db), rt.clock, settings, endpoint)
    rooms = Rooms(stores.bus, stores.leases, mixer, rt.instance)
    board.world = World(
        asks, phones, engines, mixer, voice, books, trunks, CallbackStore(db), faxes, ladders, rooms,
        stores.scores, rt.clock, board.spawn, opus=settings.browser_opus, rating_seconds=settings.rating_seconds,
        can_record=books.recordings is not None, paid=settings.billing, needs_account=settings.billing_needs_account,
    )  # fmt: skip
    told.append(board.engine_changed)
    for node in early:
        board.engine_changed(node)
    reaper = Reaper(stores.leases, stores.registry, books, asks)
    reaper.endpoint, reaper.engines, reaper.clock = endpoint, engines, rt.clock
    health = Health(stores.registry, trunks, engines, rt.instance, stores.scores, board.world.pace)
    links = Links(engines, LinkStore(db), books, rt.clock, settings.mixer_host)
    guard = health.guard = _guard(settings, board, endpoint, rt.instance)
    app = App(
        settings, rt.clock, Commands(board), Library(stores.registry, calls, sounds, ladders, asks, rt.clock),
        Passing(stores.bus, stores.registry, rt.instance, rt.verifier), health, Cabinet(faxes, board), links, ladders,
        Bans(stores.bus, asks, len(edges.hops)),
    )  # fmt: skip
    ears, promises = Ears(stores.bus, board, asks, trunks), Promises(stores.bus, board, stores.registry)
    erasing = Erasing((calls, sounds, faxes.store), ladders, asks, stores.bus, rt.clock)
    erasing.live = stores.registry.live
    return Parts(
        app, board, endpoint, engines, edges, mixer, keys, settings.drain_calls_seconds, ears, reaper, sounds, trunks,
        promises, streams, guard, faxes, erasing, links, ladders, tallies, rooms, stores.scores,
    )  # fmt: skip


async def _engines(settings: Settings, marks: Marks, changed: Changed) -> Cluster:
    """None that is out of service takes the first call."""
    engines = await Cluster.open(addresses(settings), changed=changed)
    await marks.apply(engines)
    return engines


def _ladders(store: LadderStore, clock: Clock, settings: Settings, endpoint: Endpoint) -> Ladders:
    """Sees every SIP message from now on."""
    ladders = Ladders(store, clock, timedelta(days=settings.ladder_days))
    endpoint.tap = ladders.see
    return ladders


def _guard(settings: Settings, board: Switchboard, endpoint: Endpoint, replica: str) -> Guard:
    """Turns calls away that this replica has no time for."""

    def alarm(busy: bool) -> None:
        board.spawn(board.world.books.alarm(KIND, replica, cleared=not busy))

    guard = Guard(Admission(settings.late_seconds, settings.setting_up), board.setting_up, alarm)
    if settings.enabled:
        endpoint.admit(guard.admits)
    return guard


def _faxes(store: FaxStore, asks: Asks, books: Books, clock: Clock, settings: Settings) -> Faxes:
    faxes = Faxes(store, asks, clock, settings.spool / "faxes", settings.mixer_host)
    faxes.books = books
    if settings.smtp is not None:
        faxes.mail = Mail(settings.smtp.get_secret_value(), settings.mail_from)
    return faxes


def addresses(settings: Settings) -> list[Address]:
    """Of the engines; none without voice."""
    return [_address(text) for text in settings.engines] if settings.enabled else []


def _address(text: str) -> Address:
    host, _, port = text.rpartition(":")
    return Address(text, host, int(port))
