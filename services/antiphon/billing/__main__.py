"""Wiring of billing."""

from __future__ import annotations

import grpc

from antiphon.billing import (
    events,
    rooms,
    server,
    server_carriers,
    server_contract,
    server_live,
    server_operator,
    server_plans,
    server_rentals,
    wiring,
)  # fmt: skip
from antiphon.billing.app import blocking, house, work
from antiphon.billing.app.accounts import Accounts
from antiphon.billing.app.agreeing import Agreeing
from antiphon.billing.app.cabinet import Cabinet
from antiphon.billing.app.calls import Calls
from antiphon.billing.app.charging import Charging
from antiphon.billing.app.dearer import Dearer
from antiphon.billing.app.erasing import Erasing
from antiphon.billing.app.fraud import FACTS, Fraud
from antiphon.billing.app.leading import Leading
from antiphon.billing.app.live import Live, Talks
from antiphon.billing.app.overview import Overview
from antiphon.billing.app.prices import Prices
from antiphon.billing.app.rentals import Rentals
from antiphon.billing.app.tallying import Tallying
from antiphon.billing.app.tariffs import Tariffs
from antiphon.billing.asks import Directory, InUse, Telephony
from antiphon.billing.passing import Passing
from antiphon.billing.settings import Settings
from antiphon.billing.store import COLLECTIONS, INDEXES, Store
from antiphon.billing.store.running import Holding
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
    tariffs = Tariffs(store.tariffs, rt.clock, dearer := Dearer(store.contract, store.tariffs))
    accounts = Accounts(leading, store.account, tariffs, rt.clock)
    trade = wiring.trade(store, tariffs, rt.clock)
    calls = Calls(leading, tariffs, store.suspended, trade.choosing)
    tallying = Tallying(store.tallies, rt.clock)
    erasures = Rounds(Directory(rt.peers), Erasing(store.erasing).erase)
    passing = Passing(bus, leading, rt.verifier, house.guard(store.tariffs.seller))
    prices = Prices(store.reading, store.tariffs.seller, rt.clock)
    rentals = Rentals(leading, store.reading, InUse(rt.peers), prices)
    take = server_rentals.taking(rentals, passing, rt.signer)
    agreeing = Agreeing(rentals, take, lambda: leading.tenants(store.tenants), chosen.agree_seconds)
    charging = Charging(leading, tariffs, chosen)
    cases = server.UseCases(charging, calls, accounts, tariffs, tallying, store, agreeing.soon)
    servicer = server.BillingServicer(cases, passing)
    own = Cabinet(leading, tariffs, prices, rt.clock)
    overview = Overview(store.reading, accounts, tariffs, prices, rt.clock)
    cabinet = server.CabinetServicer(overview, own, cases, passing)
    halls = wiring.rooms(store, leading, accounts, rt.clock, chosen)
    offered = wiring.offering(store, leading, accounts, rt)
    steps = wiring.contract(store, leading, dearer, rt, chosen).steps(passing, rt.signer)
    leading.on_lead = passing.lead
    rt.spawn(store.outbox.relay(bus), "outbox")
    rt.spawn(leading.run(rt.instance), "leading")
    heard = {**events.table(calls, passing, rt.signer, erasures), **events.tallies(tallying)}
    rt.spawn(bus.consume("billing-calls", heard, events.LANES), "calls")
    rt.spawn(bus.consume("billing-messages", events.messages(calls, passing, rt.signer)), "messages")
    rt.spawn(bus.consume("billing-storage", events.stores(own, passing, rt.signer)), "storage")
    rt.spawn(bus.consume("billing-rentals", server_rentals.table(take)), "rentals")
    rt.spawn(agreeing.run(), "agreeing")
    rt.spawn(erasures.run(), "erasures")
    rt.spawn(bus.consume("billing-numbers", server_plans.table(offered.numbers, passing, rt.signer)), "numbers")
    rt.spawn(server_contract.days(bus, steps, store.again(chosen.sweep_seconds, lambda: steps.sweep(leading.leads))))
    rt.spawn(bus.consume("billing-work", work.table(store.work)), "work")
    rt.spawn(bus.consume("billing-blocks", blocking.table(Telephony(rt.peers))), "blocks")
    desk = wiring.operators(store, leading, (halls, calls, passing), rt, bus, chosen)
    watch, talks = Fraud(halls.cases, tariffs, store.account, leading.leads), Talks()
    rt.spawn(watch.follow(talks.noting(bus.follow(kinds=FACTS))), "fraud")
    live = Live(Holding(rt.database()), accounts, tariffs, talks, rt.clock)
    _repeat(rt, store, chosen, leading, (accounts, halls))
    await leading.settled()

    def add(grpc_server: grpc.aio.Server) -> None:
        server.add(grpc_server, servicer, cabinet)
        rooms.add(grpc_server, halls, passing, rt.signer)
        server_rentals.add(grpc_server, rentals, accounts, passing)
        server_plans.add(grpc_server, offered, passing)
        server_carriers.add(grpc_server, trade)
        server_contract.add(grpc_server, passing, steps)
        server_live.add(grpc_server, live)
        server_operator.add(grpc_server, desk, passing)

    await rt.grpc(add, server.SERVICE)
    await rt.until_stopped()


def _repeat(rt: Runtime, store: Store, chosen: Settings, leading: Leading, of: tuple[Accounts, rooms.Rooms]) -> None:
    """What is looked after again and again, whatever happens."""
    accounts, halls = of
    controls = wiring.controls(store, leading, halls.alarms, rt.clock, chosen)
    rounds = {
        "sweep": lambda: leading.sweep(accounts),
        "closing": lambda: leading.close(halls.documents, halls.monthly, store.reading),
        "repairs": lambda: leading.repair(halls.incidents, store.reading),
    }
    for name, once in rounds.items():
        rt.spawn(store.again(chosen.sweep_seconds, once), name)
    rt.spawn(store.again(chosen.control_seconds, controls.round), "controls")


if __name__ == "__main__":
    service.run("billing", serve)
