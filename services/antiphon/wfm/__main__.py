"""Wiring of workforce management."""

from __future__ import annotations

from antiphon.kit import mongo, service
from antiphon.kit.service import Runtime
from antiphon.wfm import events, server
from antiphon.wfm.app.counting import Counting
from antiphon.wfm.app.demanding import Demanding
from antiphon.wfm.app.editing import Editing
from antiphon.wfm.app.intraday import Intraday
from antiphon.wfm.app.measuring import Measuring
from antiphon.wfm.app.predicting import Predicting
from antiphon.wfm.app.requests import Requests
from antiphon.wfm.app.rotas import Rotas
from antiphon.wfm.app.solving import Solving
from antiphon.wfm.app.watching import Watching
from antiphon.wfm.settings import Settings
from antiphon.wfm.store import COLLECTIONS, INDEXES, Store


async def serve(rt: Runtime) -> None:
    """Runs workforce management until stopped."""
    settings = Settings()
    await mongo.migrate(rt.database(), INDEXES, COLLECTIONS)
    bus = await rt.bus()
    store = Store(rt.database())
    counting = Counting(store, rt.clock)
    rotas = Rotas(store, rt.clock)
    solving = Solving(store, store.plans, rt.clock, settings)
    predicting = Predicting(store.forecasts, store, rt.clock)
    demanding = Demanding(store.forecasts)
    cases = server.UseCases(
        counting,
        predicting,
        solving,
        rotas,
        Watching(rotas, store, rt.clock),
        demanding,
        Editing(store, rt.clock),
        Requests(store, store.plans, rt.clock),
        Intraday(store, rotas, store.plans, demanding, rt.clock),
        Measuring(store, rotas, rt.clock),
    )
    rt.spawn(store.outbox.relay(bus), "outbox")
    rt.spawn(bus.consume("wfm-facts", events.table(counting)), "facts")
    rt.spawn(solving.run(), "solving")
    servicer = server.WfmServicer(cases)
    await rt.grpc(lambda grpc_server: server.add(grpc_server, servicer), server.SERVICE)
    await rt.until_stopped()


if __name__ == "__main__":
    service.run("wfm", serve)
