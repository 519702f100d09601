"""The use cases of directory, one class for each part of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .account import Account
from .activations import Activations
from .audit import Audit
from .cards import Cards
from .catalogue import Catalogue
from .contacts import Contacts
from .customers import Customers
from .deal_reports import DealReports
from .deals import Deals
from .edge import Edge
from .identity import Identity
from .incidents import Incidents
from .keys import Keys
from .lines import Lines
from .operator import Operator
from .passkeys import Passkeys
from .passwords import Passwords
from .people import People
from .pool import NumberPool
from .privacy import Privacy
from .provider import Providers
from .provisioning import Provisioning
from .sealing import Sealer
from .signon import SignOnSettings
from .signon_door import SignOnDoor
from .signon_leaving import SignOnLeaving
from .sip_accounts import SipAccounts
from .sip_ages import SipAges
from .slots import Slots
from .support import Support
from .writing import whole_millis

if TYPE_CHECKING:
    from antiphon.directory.settings import Settings
    from antiphon.directory.store import Store
    from antiphon.kit.clock import Clock
    from antiphon.kit.tokens import Signer


@dataclass(frozen=True, slots=True)
class App:
    """Everything directory can do."""

    identity: Identity
    account: Account
    people: People
    catalogue: Catalogue
    contacts: Contacts
    customers: Customers
    cards: Cards
    deals: Deals
    deal_reports: DealReports
    privacy: Privacy
    keys: Keys
    audit: Audit
    sip_accounts: SipAccounts
    sip_ages: SipAges
    incidents: Incidents
    provisioning: Provisioning
    lines: Lines
    edge: Edge
    passkeys: Passkeys
    providers: Providers
    sign_on: SignOnSettings
    sign_on_door: SignOnDoor
    sign_on_leaving: SignOnLeaving
    support: Support
    sealer: Sealer
    activations: Activations
    slots: Slots
    pool: NumberPool


def build(store: Store, settings: Settings, signer: Signer, system: Clock, *, on_loopback: bool = False) -> App:
    """Puts the use cases together. `on_loopback`: nobody else is in this network, so anybody may be named in it."""
    clock = whole_millis(system)
    passwords = Passwords(settings)
    sealer = Sealer(*settings.sealing_bytes())
    contacts = Contacts(store, clock)
    deals = Deals(store, contacts, clock)
    providers = Providers(clock, inside=on_loopback if settings.private_hosts is None else settings.private_hosts)
    sign_on = SignOnSettings(store, sealer, providers, settings, clock)
    identity = Identity(store, passwords, sealer, signer, Operator(store, settings.operator), clock)
    account = Account(store, passwords, sealer, clock)
    accounts = SipAccounts(store, sealer, settings, clock)
    return App(
        identity=identity,
        account=account,
        people=People(store, passwords, clock),
        catalogue=Catalogue(store, clock),
        contacts=contacts,
        customers=Customers(store, clock),
        cards=Cards(store, clock),
        deals=deals,
        deal_reports=DealReports(store, deals, clock),
        privacy=Privacy(store, sealer, clock),
        keys=Keys(store, clock),
        audit=Audit(store, clock),
        sip_accounts=accounts,
        sip_ages=SipAges(store, clock),
        incidents=Incidents(store, clock),
        provisioning=Provisioning(store, accounts, settings),
        lines=Lines(store, sealer, clock),
        edge=Edge(store, sealer, clock),
        passkeys=Passkeys(store, account, identity, settings, clock),
        providers=providers,
        sign_on=sign_on,
        sign_on_door=SignOnDoor(store, sign_on, providers, settings, clock),
        sign_on_leaving=SignOnLeaving(store, providers, clock),
        support=Support(store, clock),
        sealer=sealer,
        activations=Activations(store, accounts, clock),
        slots=Slots(store, clock),
        pool=NumberPool(store, clock),
    )
