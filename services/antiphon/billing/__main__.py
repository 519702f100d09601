"""Wiring of billing."""

from __future__ import annotations

from antiphon.billing import events, server
from antiphon.billing.app.accounts import Accounts
from antiphon.billing.app.cabinet import Cabinet
from antiphon.billing.app.calls import Calls
from antiphon.billing.app.charging import Charging
from antiphon.billing.app.leading import Leading
from antiphon.billing.app.overview import Overview
from antiphon.billing.app.tariffs import Tariffs
from antiphon.billing.passing import Passing
from antiphon.billing.settings import Settings
from antiphon.billing.store import COLLECTIONS, INDEXES, Store
from antiphon.kit import mongo, service
from antiphon.kit.service import Runtime


async def serve(rt: Runtime, settings: Settings | None = None) -> None:
    """Runs billing until stopped. Settings come from the environment unless they are given."""
    chosen = settings or Settings()
    await mongo.migrate(rt.database(), INDEXES, COLLECTIONS)
    bus = await rt.bus()
    store = Store(rt.database())
    leading = Leading(store, bus, rt.clock, chosen)
    tariffs = Tariffs(store.tariffs, rt.clock)
    accounts = Accounts(leading, store.account, tariffs, rt.clock)
    calls = Calls(leading, tariffs, store.suspended)
    cases = server.UseCases(Charging(leading, tariffs, chosen), calls, accounts, tariffs, store)
    passing = Passing(bus, leading, rt.verifier)
    servicer = server.BillingServicer(cases, passing)
    cabinet = Cabinet(leading, tariffs, rt.clock)
    rooms = server.CabinetServicer(Overview(store.reading, accounts), cabinet, cases, passing)
    leading.on_lead = passing.lead
    rt.spawn(store.outbox.relay(bus), "outbox")
    rt.spawn(leading.run(rt.instance), "leading")
    rt.spawn(bus.consume("billing-calls", events.table(calls, passing, rt.signer)), "calls")
    rt.spawn(store.again(chosen.sweep_seconds, lambda: leading.sweep(accounts)), "sweep")
    await leading.settled()
    await rt.grpc(lambda grpc_server: server.add(grpc_server, servicer, rooms), server.SERVICE)
    await rt.until_stopped()


if __name__ == "__main__":
    service.run("billing", serve)
