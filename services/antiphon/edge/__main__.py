"""Wiring of the edge's sidecar: one beside each Kamailio."""

from __future__ import annotations

import functools

from antiphon.edge import events, servers
from antiphon.edge.app.devices import Devices
from antiphon.edge.app.reconcile import Reconciliation
from antiphon.edge.asks import File, Telephony
from antiphon.edge.bans import Bans
from antiphon.edge.kamailio import Kamailio
from antiphon.edge.settings import Settings
from antiphon.kit import service
from antiphon.kit.service import Runtime


async def serve(rt: Runtime) -> None:
    """Renders Kamailio's configuration and reconciles its tables until stopped."""
    settings = Settings()
    servers.write_kamailio(settings)
    async with Kamailio(settings) as node:
        write_trunks = functools.partial(servers.write_trunks, settings)
        books = File(settings.accounts_file) if settings.accounts_file is not None else Telephony(rt.peers)
        reconciliation = Reconciliation(node, books, write_trunks, settings.verify_every)
        if isinstance(books, Telephony):
            await Bans(node, settings, rt.verifier).listen(await rt.bus())
            await events.listen(await rt.bus(), reconciliation.soon)
            rt.spawn(Devices(node, books).run(settings.device_seconds), "devices")
        rt.spawn(reconciliation.run(settings.reconcile_seconds), "reconcile")
        await rt.until_stopped()


if __name__ == "__main__":
    service.run("edge", serve)
