"""Wiring of the edge's sidecar: one beside each Kamailio."""

from __future__ import annotations

import functools

from antiphon.edge import servers
from antiphon.edge.app.reconcile import Directory, Reconciliation
from antiphon.edge.asks import File
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
        reconciliation = Reconciliation(node, directory(settings), write_trunks, settings.verify_every)
        rt.spawn(reconciliation.run(settings.reconcile_seconds), "reconcile")
        await rt.until_stopped()


def directory(settings: Settings) -> Directory:
    """Where accounts and trunks come from. Raises ValueError when nothing is set."""
    if settings.accounts_file is None:
        raise ValueError("ANTIPHON_EDGE_ACCOUNTS_FILE is not set")
    return File(settings.accounts_file)


if __name__ == "__main__":
    service.run("edge", serve)
