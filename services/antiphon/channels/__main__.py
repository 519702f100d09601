"""Runs channels: `python -m antiphon.channels`."""

from __future__ import annotations

from collections.abc import Callable

import grpc

from antiphon.channels import events, server, server_leads, server_search, server_survey, wiring
from antiphon.channels.settings import Settings
from antiphon.channels.store import COLLECTIONS, INDEXES
from antiphon.channels.v1.events_pb2 import StorageMeasured
from antiphon.kit import leases, mongo, service
from antiphon.kit.measuring import Measuring
from antiphon.kit.outbox import Outbox
from antiphon.kit.service import Runtime


async def serve(rt: Runtime, built: Callable[[wiring.Parts], None] | None = None) -> None:
    """`built` sees the parts before anything runs."""
    settings = Settings()
    db = rt.database()
    await mongo.migrate(db, INDEXES, COLLECTIONS)
    bus = await rt.bus()
    outbox = Outbox(db)
    parts = await wiring.build(rt, settings, bus, outbox, await leases.Leases.open(bus))
    if built is not None:
        built(parts)
    rt.on_close(parts.providers.close)
    rt.spawn(outbox.relay(bus), "outbox")
    rt.spawn(parts.live.run(await bus.last_sequence()), "live")
    rt.spawn(parts.arrivals.run(), "arrivals")
    rt.spawn(parts.courier.run(), "courier")
    rt.spawn(parts.lead_posts.run(), "leads")
    rt.spawn(parts.repair(), "repair")
    rt.spawn(parts.sweep(), "sweep")
    rt.spawn(parts.search.analyse(), "words")
    rt.spawn(parts.erasing.rounds.run(), "erasures")
    rt.spawn(parts.erasing.keep_time(), "retention")
    rt.spawn(Measuring(db, outbox, rt.clock, StorageMeasured, ("attachments",)).run(), "measuring")
    for readers in parts.readers:
        rt.spawn(readers.run(), f"{readers.kind} readers")
    rt.spawn(
        bus.consume(events.DURABLE, events.table(parts.work, parts.surveys, parts.erasing.rounds, parts.leads)), "work"
    )

    def add(grpc_server: grpc.aio.Server) -> None:
        server.add(grpc_server, parts.app)
        server_search.add(grpc_server, parts.search)
        server_survey.add(grpc_server, parts.surveys)
        server_leads.add(grpc_server, parts.leads)

    await rt.grpc(add, server.SERVICE, server_search.SERVICE, server_survey.SERVICE, server_leads.SERVICE)
    await rt.web(parts.edge.app(), settings.http_port)
    rt.on_close(parts.live.drain)
    await rt.until_stopped()


if __name__ == "__main__":
    service.run("channels", serve)
