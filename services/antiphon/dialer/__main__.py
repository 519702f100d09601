"""Wiring of the dialler."""

from __future__ import annotations

from antiphon.dialer import events, server
from antiphon.dialer.app.campaigns import Campaigns
from antiphon.dialer.app.dialling import Dialling
from antiphon.dialer.app.erasing import Erasing
from antiphon.dialer.app.forbidden import Forbidden
from antiphon.dialer.app.incoming import Incoming
from antiphon.dialer.app.leader import LEASE, Leader
from antiphon.dialer.app.lists import Lists
from antiphon.dialer.app.previews import Previews
from antiphon.dialer.app.proof import Proof
from antiphon.dialer.app.results import Results
from antiphon.dialer.app.sales import Sales
from antiphon.dialer.app.world import World
from antiphon.dialer.asks import Asks
from antiphon.dialer.domain.policy import Rulebook
from antiphon.dialer.rulebook import rulebook
from antiphon.dialer.settings import Settings
from antiphon.dialer.store import AWAY, COLLECTIONS, INDEXES, Store
from antiphon.dialer.v1.events_pb2 import ResultRecorded
from antiphon.kit import leases, mongo, service
from antiphon.kit.erasing import Rounds
from antiphon.kit.service import Runtime


async def serve(rt: Runtime, rules: Rulebook | None = None) -> None:
    """Runs the dialler until stopped, by the packs that come with it or by others."""
    settings = Settings()
    await mongo.migrate(rt.database(), INDEXES, COLLECTIONS)
    bus = await rt.bus()
    store, asks = Store(rt.database(), settings.digest_secrets), Asks(rt.peers)
    world = World(store, asks, rt.clock, settings, rules or rulebook())
    results, erasures = Results(world), Rounds(asks, Erasing(store.erasing).erase)
    previews = Previews(world, Dialling(world))
    app = server.App(world, Campaigns(world), Lists(world), Forbidden(world), previews, results, Proof(world))
    rt.spawn(store.outbox.relay(bus), "outbox")
    rt.spawn(bus.consume("dialer-facts", events.table(results, Incoming(world), erasures)), "facts")
    rt.spawn(bus.consume("dialer-sales", {ResultRecorded: Sales(store, asks).hear_result}), "sales")
    rt.spawn(erasures.run(), "erasures")
    own = await leases.Leases.open(bus)
    lead = Leader(world, AWAY).lead
    rt.spawn(own.hold(LEASE, rt.instance, lead), "leader")
    await rt.grpc(lambda grpc_server: server.add(grpc_server, app), server.SERVICE)
    await rt.until_stopped()


if __name__ == "__main__":
    service.run("dialer", serve)
