"""Wiring of insight."""

from __future__ import annotations

from antiphon.directory.v1.events_pb2 import ContactErased
from antiphon.insight import server
from antiphon.insight.app.erasing import Erasing
from antiphon.insight.app.evaluating import Evaluations
from antiphon.insight.app.exports import Exports
from antiphon.insight.app.hearing import Hearing
from antiphon.insight.app.history import History
from antiphon.insight.app.making import Making
from antiphon.insight.app.missing import Missing
from antiphon.insight.app.quality import Quality
from antiphon.insight.app.reports import Reports
from antiphon.insight.app.scorecards import Scorecards
from antiphon.insight.asks import Acd, Directory
from antiphon.insight.events import TABLE
from antiphon.insight.settings import Settings
from antiphon.insight.store import AWAY, COLLECTIONS, Store, indexes
from antiphon.insight.store.quality import QualityStore
from antiphon.kit import mongo, service
from antiphon.kit.erasing import Rounds
from antiphon.kit.ids import new_id
from antiphon.kit.service import Runtime

_HEARS_EVERY = 0.5
"""Seconds: nobody waits for a figure, and a hundred facts are written as cheaply as one."""


async def serve(rt: Runtime) -> None:
    """Runs insight until stopped."""
    settings = Settings()
    await mongo.migrate(rt.database(), indexes(settings.keep_days), COLLECTIONS)
    bus = await rt.bus()
    store, said, asks = Store(rt.database()), QualityStore(rt.database()), Directory(rt.peers)
    making = Making(store, AWAY)
    history, reports = History(store, rt.clock), Reports(store, asks, rt.clock)
    exports, missing = Exports(history, reports, store, asks, rt.clock), Missing(store, Acd(rt.peers), rt.clock)
    cases = server.UseCases(history, reports, exports, missing)
    heard, erasures = Hearing(store, making.wake, TABLE), Rounds(asks, Erasing(store, said).erase)
    rt.spawn(bus.consume_together("insight-facts", TABLE, heard.hear, every=_HEARS_EVERY), "facts")
    rt.spawn(bus.consume("insight-erasures", {ContactErased: erasures.hear}), "erased contacts")
    rt.spawn(erasures.run(), "erasures")
    rt.spawn(making.run(), "making")
    judging = server.QualityCases(
        Scorecards(said, asks, new_id), Evaluations(said, history, asks, rt.clock), Quality(said, asks, rt.clock)
    )
    servicers = server.InsightServicer(cases), server.QualityServicer(judging)
    await rt.grpc(lambda grpc_server: server.add(grpc_server, *servicers), *server.SERVICES)
    await rt.until_stopped()


if __name__ == "__main__":
    service.run("insight", serve)
