"""Wiring of routing."""

from __future__ import annotations

from antiphon.kit import mongo, service
from antiphon.kit.service import Runtime
from antiphon.routing import events, server
from antiphon.routing.app.dialling import Dialling
from antiphon.routing.app.memory import Memory
from antiphon.routing.app.reception import Reception
from antiphon.routing.app.rules import Rules
from antiphon.routing.app.schemes import Schemes
from antiphon.routing.asks import Asks
from antiphon.routing.outside import Outside
from antiphon.routing.settings import Settings
from antiphon.routing.store import INDEXES, Store


async def serve(rt: Runtime) -> None:
    """Runs routing until stopped."""
    settings = Settings()
    await mongo.migrate(rt.database(), INDEXES)
    bus = await rt.bus()
    after = await bus.last_sequence()
    store = Store(rt.database())
    outside = Outside(settings)
    rt.on_close(outside.close)
    asks = Asks(rt.peers)
    memory = Memory(store)
    reception = Reception(memory, outside, asks, bus, rt.clock)
    schemes = Schemes(store, memory, settings, rt.clock)
    rt.spawn(store.outbox.relay(bus), "outbox")
    rt.spawn(bus.consume("routing-queues", events.table(schemes)), "queues")
    rt.spawn(events.follow(bus, memory, after), "changes")
    servicer = server.RoutingServicer(reception, Dialling(asks), schemes, Rules(store, memory))
    await rt.grpc(lambda grpc_server: server.add(grpc_server, servicer), server.SERVICE)
    await rt.until_stopped()


if __name__ == "__main__":
    service.run("routing", serve)
