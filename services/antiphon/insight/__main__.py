"""Wiring of insight."""

from __future__ import annotations

from antiphon.directory.v1.events_pb2 import ContactErased
from antiphon.insight import server
from antiphon.insight.app.erasing import Erasing
from antiphon.insight.app.exports import Exports
from antiphon.insight.app.hearing import Hearing
from antiphon.insight.app.history import History
from antiphon.insight.app.making import Making
from antiphon.insight.app.reports import Reports
from antiphon.insight.asks import Directory
from antiphon.insight.events import TABLE
from antiphon.insight.settings import Settings
from antiphon.insight.store import AWAY, COLLECTIONS, Store, indexes
from antiphon.kit import mongo, service
from antiphon.kit.erasing import Rounds
from antiphon.kit.service import Runtime

_HEARS_EVERY = 0.5
"""Seconds: nobody waits for a figure, and a hundred facts are written as cheaply as one."""


async def serve(rt: Runtime) -> None:
    """Runs insight until stopped."""
    settings = Settings()
    await mongo.migrate(rt.database(), indexes(settings.keep_days), COLLECTIONS)
    bus = await rt.bus()
    store, asks = Store(rt.database()), Directory(rt.peers)
    making = Making(store, AWAY)
    history, reports = History(store, rt.clock), Reports(store, asks, rt.clock)
    cases = server.UseCases(history, reports, Exports(history, reports, store, asks, rt.clock))
    heard, erasures = Hearing(store, making.wake, TABLE), Rounds(asks, Erasing(store).erase)
    rt.spawn(bus.consume_together("insight-facts", TABLE, heard.hear, every=_HEARS_EVERY), "facts")
    rt.spawn(bus.consume("insight-erasures", {ContactErased: erasures.hear}), "erased contacts")
    rt.spawn(erasures.run(), "erasures")
    rt.spawn(making.run(), "making")
    servicer = server.InsightServicer(cases)
    await rt.grpc(lambda grpc_server: server.add(grpc_server, servicer), server.SERVICE)
    await rt.until_stopped()


if __name__ == "__main__":
    service.run("insight", serve)
