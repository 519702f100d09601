"""Directory as a process: `python -m antiphon.directory`."""

from __future__ import annotations

from ipaddress import ip_address

from antiphon.directory import server
from antiphon.directory.app import build
from antiphon.directory.settings import Settings
from antiphon.directory.store import COLLECTIONS, INDEXES, Store
from antiphon.kit import mongo, service
from antiphon.kit.service import Runtime

RESEALED_EVERY = 600.0
"""Seconds: at the start and from then on, because a replica that still has the former key seals by it."""


async def serve(rt: Runtime, settings: Settings | None = None) -> None:
    """Runs until stopped. Settings come from the environment unless they are given (tests, `antiphon up`)."""
    chosen = settings or Settings()
    bus = await rt.bus()
    db = rt.database()
    await mongo.migrate(db, INDEXES, COLLECTIONS)
    store = Store(db, rt.texts(await rt.vault()))
    on_loopback = ip_address(rt.platform.listen_host).is_loopback
    app = build(store, chosen, rt.signer, rt.clock, on_loopback=on_loopback)
    rt.on_close(app.providers.close)
    rt.spawn(store.outbox.relay(bus), "directory-outbox")
    rt.spawn(store.analyse_notes(), "directory-notes")
    rt.spawn(store.again(RESEALED_EVERY, lambda: store.reseal(app.sealer)), "directory-reseal")
    rt.spawn(app.privacy.run(bus), "directory-erasures")
    rt.spawn(app.sip_ages.run(), "directory-sip-ages")
    await rt.grpc(lambda grpc_server: server.add(grpc_server, app), *server.SERVICES)
    await rt.until_stopped()


if __name__ == "__main__":
    service.run("directory", serve)
