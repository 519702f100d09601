"""Putting payments, documents and the back office together."""

from __future__ import annotations

import json

from antiphon.billing import events, mailer, press, sheets
from antiphon.billing.app.accounts import Accounts
from antiphon.billing.app.alarms import Alarms
from antiphon.billing.app.calls import Calls
from antiphon.billing.app.carrier_statements import CarrierStatements
from antiphon.billing.app.carriers import Carriers
from antiphon.billing.app.cases import Cases
from antiphon.billing.app.changes import Changes
from antiphon.billing.app.choosing import Choosing
from antiphon.billing.app.clients import Clients
from antiphon.billing.app.closing import Closing
from antiphon.billing.app.contracts import Contracts
from antiphon.billing.app.controls import Controls
from antiphon.billing.app.customers import Behalf, CustomerList, Marks, Names
from antiphon.billing.app.dearer import Dearer
from antiphon.billing.app.document_ways import Ways
from antiphon.billing.app.documents import Documents
from antiphon.billing.app.errands import Errands
from antiphon.billing.app.errands import Ways as ErrandWays
from antiphon.billing.app.giving import Giving
from antiphon.billing.app.incidents import Incidents
from antiphon.billing.app.leading import Leading
from antiphon.billing.app.monthly import Monthly
from antiphon.billing.app.number_orders import NumberOrders
from antiphon.billing.app.office import Office
from antiphon.billing.app.payments import Payments
from antiphon.billing.app.plans import Plans
from antiphon.billing.app.price_lists import PriceLists
from antiphon.billing.app.repairs import RepairTimes
from antiphon.billing.app.reviewing import Reviewing
from antiphon.billing.app.sheets import Seller
from antiphon.billing.app.statements import Statements
from antiphon.billing.app.tariffs import Tariffs
from antiphon.billing.app.vouchers import Vouchers
from antiphon.billing.app.worklists import Worklists
from antiphon.billing.asks import Endings, NumberPool
from antiphon.billing.passing import Passing
from antiphon.billing.provider import HttpProvider
from antiphon.billing.rooms import Rooms
from antiphon.billing.server_carriers import Trade
from antiphon.billing.server_contract import Registry
from antiphon.billing.server_operator import Commands, Desk, rounds
from antiphon.billing.server_plans import Offering
from antiphon.billing.settings import Settings
from antiphon.billing.store import Store
from antiphon.kit.bus import Bus
from antiphon.kit.clock import Clock
from antiphon.kit.service import Runtime


def rooms(store: Store, leading: Leading, accounts: Accounts, clock: Clock, settings: Settings) -> Rooms:
    """Everything beside calls, tariffs and the cabinet."""
    reading = store.reading
    key = settings.provider_secret.get_secret_value().encode()
    sold_by = seller(settings)
    alarms = Alarms(leading, reading)
    ways = Ways(press.pdf, mailer.Mailer(settings).send, sold_by, Closing(reading, alarms))
    documents = Documents(leading, accounts, reading, ways, clock)
    return Rooms(
        payments=Payments(leading, accounts, HttpProvider(settings), clock, key),
        statements=Statements(leading, accounts, reading.papers),
        documents=documents,
        clients=Clients(leading, accounts, reading, store.work, documents),
        office=Office(leading, reading, sold_by, clock),
        cases=Cases(leading, reading),
        monthly=Monthly(leading, reading),
        vouchers=Vouchers(accounts, reading, documents),
        incidents=Incidents(leading, reading.papers),
        repairs=RepairTimes(reading.papers, clock),
        alarms=alarms,
        prices=PriceLists(store.tariffs, reading, sheets.lines_of, clock),
        accounts=accounts,
        reading=reading,
    )


def offering(store: Store, leading: Leading, accounts: Accounts, rt: Runtime) -> Offering:
    """What the operator offers."""
    reading = store.reading
    plans = Plans(leading, store.plans, reading, accounts, store.tariffs.all, rt.clock)
    return Offering(plans, NumberOrders(leading, reading, NumberPool(rt.peers)))


def trade(store: Store, tariffs: Tariffs, clock: Clock) -> Trade:
    """Carriers."""
    carriers = Carriers(store.carriers, sheets.lines_of, clock)
    choosing = Choosing(store.carriers, tariffs, store.account, clock)
    return Trade(carriers, choosing, CarrierStatements(store.carriers, carriers, sheets.lines_of, clock))


def contract(store: Store, leading: Leading, dearer: Dearer, rt: Runtime, settings: Settings) -> Registry:
    """The contract."""
    reading = store.reading
    changes = dearer.changes = Changes(leading, store.contract, reading, rt.clock)
    contracts = Contracts(leading, reading, store.contract, changes, Endings(rt.peers).end, rt.clock)
    return Registry(contracts, changes, dearer, store.contract, reading, mailer.Mailer(settings).send, rt.clock)


def operators(
    store: Store, leading: Leading, asked: tuple[Rooms, Calls, Passing], rt: Runtime, bus: Bus, settings: Settings
) -> Desk:
    """What the operator's people see and do, and what of it goes on by itself."""
    halls, calls, passing = asked
    commands = Commands(passing, rt.signer)
    behalf, clock = Behalf(store.customers, store.reading), rt.clock
    ways = ErrandWays(store.customers, store.reading, commands.send, leading.leads)
    desk = Desk(
        behalf=behalf,
        listing=CustomerList(behalf, store.customers, clock),
        marks=Marks(leading, store.reading, clock),
        work=Worklists(behalf, store.customers, clock),
        rooms=halls,
        calls=calls,
        giving=Giving(leading, behalf, store.reading),
        errands=Errands(leading, behalf, ways, clock),
    )
    rt.spawn(bus.consume("billing-companies", events.companies(store.customers.heard)), "companies")
    names = Names(leading, store.customers, leading.leads)
    rt.spawn(store.again(settings.sweep_seconds, names.round), "names")
    rt.spawn(store.again(settings.sweep_seconds, rounds(desk, commands, leading.leads)), "errands")
    return desk


def seller(settings: Settings) -> Seller:
    """Who sells, from the settings."""
    told = json.loads(settings.seller or "{}")
    lines = tuple(str(told[name]) for name in ("tax_id", "address", "bank") if told.get(name))
    return Seller(str(told.get("name", "Antiphon")), lines, settings.seller_pays_vat)


def controls(store: Store, leading: Leading, alarms: Alarms, clock: Clock, settings: Settings) -> Controls:
    """What looks at records all the time."""
    secrets = {switch: str(key).encode() for switch, key in json.loads(settings.switch_keys.get_secret_value()).items()}
    reviewing = Reviewing(store.tallies, alarms, store.reading.everywhere, leading.leads)
    made = Controls(store.tallies, alarms, reviewing, leading, clock)
    made.secrets = reviewing.secrets = secrets
    return made
