"""Wiring of the ACD."""

from __future__ import annotations

from antiphon.acd import events, memory, metrics, server
from antiphon.acd.app import journal
from antiphon.acd.app.callbacks import Callbacks
from antiphon.acd.app.calls import Calls
from antiphon.acd.app.history import History
from antiphon.acd.app.journal import Journal
from antiphon.acd.app.rules import Rules
from antiphon.acd.app.setup import Setup
from antiphon.acd.app.shards import Shards
from antiphon.acd.app.supervision import Supervision
from antiphon.acd.app.work import Work
from antiphon.acd.asks import Directory
from antiphon.acd.passing import Passing
from antiphon.acd.settings import Settings
from antiphon.acd.store import COLLECTIONS, INDEXES, Store
from antiphon.acd.world import Told
from antiphon.kit import mongo, service
from antiphon.kit.service import Runtime


async def serve(rt: Runtime) -> None:
    """Runs the ACD until stopped."""
    settings = Settings()
    await mongo.migrate(rt.database(), INDEXES, COLLECTIONS)
    bus = await rt.bus()
    await journal.open_stream(bus)
    store = Store(rt.database())
    shards = Shards(bus, store, await Told.open(bus), rt.clock, settings)
    directory = Directory(rt.peers)
    setup = Setup(shards, store.queues, store, directory)
    work = Work(shards)
    rules = Rules(store, setup.configure, directory)
    history = History(lambda tenant: Journal(bus, shards.shard(tenant), tenant), store, store.queues.all)
    supervision = Supervision(shards, directory)
    cases = server.UseCases(setup, rules, work, Calls(shards), supervision, Callbacks(shards), history)
    passing = Passing(bus, shards, rt.verifier)
    shards.on_start, shards.on_lead = setup.configure_keeper, passing.lead
    rt.spawn(store.outbox.relay(bus), "outbox")
    rt.spawn(bus.consume("acd-facts", events.table(setup, work)), "facts")
    rt.spawn(shards.run(rt.instance), "shards")
    metrics.watch(shards.brains, rt.clock)
    servicer = server.AcdServicer(cases, passing)
    await shards.settled()
    rt.spawn(memory.collect_as_planned(), "memory")
    await rt.grpc(lambda grpc_server: server.add(grpc_server, servicer), server.SERVICE)
    await rt.until_stopped()


if __name__ == "__main__":
    service.run("acd", serve)
