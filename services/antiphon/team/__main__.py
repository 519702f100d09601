"""Wiring of team."""

from __future__ import annotations

from antiphon.kit import mongo, service
from antiphon.kit.erasing import Rounds
from antiphon.kit.service import Runtime
from antiphon.team import events, server
from antiphon.team.app.erasing import Erasing
from antiphon.team.app.talking import Talking
from antiphon.team.asks import Directory
from antiphon.team.settings import Settings
from antiphon.team.store import Store, indexes


async def serve(rt: Runtime) -> None:
    """Runs team until stopped."""
    await mongo.migrate(rt.database(), indexes(Settings().keep_days))
    bus = await rt.bus()
    store = Store(rt.database(), rt.texts(await rt.vault()))
    asks = Directory(rt.peers)
    talking, erasures = Talking(store, asks, rt.clock), Rounds(asks, Erasing(store).erase)
    rt.spawn(store.outbox.relay(bus), "outbox")
    rt.spawn(bus.consume("team-groups", events.table(talking, erasures)), "groups")
    rt.spawn(erasures.run(), "erasures")
    servicer = server.TeamServicer(talking)
    await rt.grpc(lambda grpc_server: server.add(grpc_server, servicer), server.SERVICE)
    await rt.until_stopped()


if __name__ == "__main__":
    service.run("team", serve)
