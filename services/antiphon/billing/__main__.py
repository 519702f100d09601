"""Wiring of billing."""

from __future__ import annotations

import grpc

from antiphon.billing import events, rooms, server, server_plans, wiring
from antiphon.billing.app import blocking, house, work
from antiphon.billing.app.accounts import Accounts
from antiphon.billing.app.cabinet import Cabinet
from antiphon.billing.app.calls import Calls
from antiphon.billing.app.charging import Charging
from antiphon.billing.app.erasing import Erasing
from antiphon.billing.app.fraud import FACTS, Fraud
from antiphon.billing.app.leading import Leading
from antiphon.billing.app.overview import Overview
from antiphon.billing.app.tariffs import Tariffs
from antiphon.billing.asks import Directory, Telephony
from antiphon.billing.passing import Passing
from antiphon.billing.settings import Settings
from antiphon.billing.store import COLLECTIONS, INDEXES, Store
from antiphon.kit import mongo, service
from antiphon.kit.erasing import Rounds
from antiphon.kit.service import Runtime


async def serve(rt: Runtime, settings: Settings | None = None) -> None:
    """Runs billing until stopped. Settings come from the environment unless they are given."""
    chosen = settings or Settings()
    await mongo.migrate(rt.database(), INDEXES, COLLECTIONS)
    bus = await rt.bus()
    store = Store(rt.database())
    leading = Leading(store, bus, rt.clock, chosen)
    tariffs = Tariffs(store.tariffs, rt.clock, chosen.price_notice_days)
    accounts = Accounts(leading, store.account, tariffs, rt.clock)
    calls = Calls(leading, tariffs, store.suspended)
    cases = server.UseCases(Charging(leading, tariffs, chosen), calls, accounts, tariffs, store)
    erasures = Rounds(Directory(rt.peers), Erasing(store.erasing).erase)
    passing = Passing(bus, leading, rt.verifier, house.guard(store.tariffs.seller))
    servicer = server.BillingServicer(cases, passing)
    cabinet = server.CabinetServicer(
        Overview(store.reading, accounts), Cabinet(leading, tariffs, rt.clock), cases, passing
    )
    halls = wiring.rooms(store, leading, accounts, rt.clock, chosen)
    offered = wiring.offering(store, leading, accounts, rt)
    leading.on_lead = passing.lead
    rt.spawn(store.outbox.relay(bus), "outbox")
    rt.spawn(leading.run(rt.instance), "leading")
    rt.spawn(bus.consume("billing-calls", events.table(calls, passing, rt.signer, erasures), events.LANES), "calls")
    rt.spawn(bus.consume("billing-messages", events.messages(calls, passing, rt.signer)), "messages")
    rt.spawn(erasures.run(), "erasures")
    rt.spawn(bus.consume("billing-numbers", server_plans.table(offered.numbers, passing, rt.signer)), "numbers")
    rt.spawn(bus.consume("billing-work", work.table(store.work)), "work")
    rt.spawn(bus.consume("billing-blocks", blocking.table(Telephony(rt.peers))), "blocks")
    watch = Fraud(halls.cases, tariffs, store.account, leading.leads)
    rt.spawn(watch.follow(bus.follow(kinds=FACTS)), "fraud")
    rt.spawn(store.again(chosen.sweep_seconds, lambda: leading.sweep(accounts)), "sweep")
    rt.spawn(
        store.again(chosen.sweep_seconds, lambda: leading.close(halls.documents, halls.monthly, store.reading)),
        "closing",
    )
    await leading.settled()

    def add(grpc_server: grpc.aio.Server) -> None:
        server.add(grpc_server, servicer, cabinet)
        rooms.add(grpc_server, halls, passing, rt.signer)
        server_plans.add(grpc_server, offered, passing)

    await rt.grpc(add, server.SERVICE)
    await rt.until_stopped()


if __name__ == "__main__":
    service.run("billing", serve)
