"""Mongo documents ↔ records: the only folder of directory that imports the driver.

`Store.of(tenant)` reads, `Store.write(tenant, body)` runs `body(tenant_store)` in one transaction together with the
events it tells and the audit entries it writes. Every query of a `TenantStore` carries the tenant; the three look-ups
that find out the tenant in the first place (e-mail, session, API key) are in `doors.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from google.protobuf.message import Message
from pymongo.errors import PyMongoError

from antiphon.directory.v1.directory_pb2 import Contact, Group, Number, Person, Project, Tenant
from antiphon.directory.v1.telephony_pb2 import SipAccount
from antiphon.kit import logs, mongo, outbox
from antiphon.kit.errors import DomainError

from .audit import AuditLog
from .contacts import Contacts
from .credentials import CredentialStore
from .doors import Doors
from .edge import Edge
from .indexes import COLLECTIONS, INDEXES
from .keys import KeyStore
from .lines import Plans, Trunks
from .lockouts import Lockouts
from .people import Numbers, People, Tenants
from .records import Records
from .sessions import Sessions
from .sip import SipAccounts, SipSecrets, Tickets

T = TypeVar("T")
log = logs.get("directory")
__all__ = ["COLLECTIONS", "INDEXES", "Store", "TenantStore"]


class TenantStore:
    """Everything of one tenant, within a transaction when there is a session."""

    def __init__(
        self, db: mongo.Database, box: outbox.Outbox, tenant: str, session: mongo.Session | None = None
    ) -> None:
        self.tenant = tenant
        self.tenants = Tenants(db["tenants"], Tenant, tenant, session)
        self.projects = Records(db["projects"], Project, tenant, session)
        self.people = People(db["people"], Person, tenant, session)
        self.groups = Records(db["groups"], Group, tenant, session)
        self.numbers = Numbers(db["numbers"], Number, tenant, session)
        self.contacts = Contacts(db["contacts"], Contact, tenant, session)
        self.credentials = CredentialStore(db["credentials"], tenant, session)
        self.sessions = Sessions(db["sessions"], tenant, session)
        self.keys = KeyStore(db["keys"], tenant, session)
        self.sip_accounts = SipAccounts(db["sip_accounts"], SipAccount, tenant, session)
        self.sip_secrets = SipSecrets(db["sip_secrets"], tenant, session)
        self.tickets = Tickets(db["tickets"], tenant, session)
        self.trunks = Trunks(db["trunks"], db["trunk_secrets"], tenant, session)
        self.plans = Plans(db["dial_plans"], tenant, session)
        self.audit = AuditLog(db["audit"], tenant, session)
        self._edge = Edge(db)
        self._outbox = box
        self._session = session

    async def tell(self, event: Message, *, key: str, version: int) -> None:
        """Records an event that is published after the commit; `version` orders the events of a key."""
        assert self._session is not None, "events are told inside a transaction"
        await self._outbox.add(self._session, event, tenant=self.tenant, key=key, version=version)

    async def edge_changes(self) -> None:
        """Says that what the SIP edge must know is another after this transaction."""
        assert self._session is not None, "the edge changes with the records, inside a transaction"
        await self._edge.next_revision(self._session)


class Store:
    """Directory's database."""

    def __init__(self, db: mongo.Database) -> None:
        self._db = db
        self.outbox = outbox.Outbox(db)
        self.doors = Doors(db)
        self.edge = Edge(db)
        self.lockouts = Lockouts(db)

    def of(self, tenant: str) -> TenantStore:
        """One tenant's records, for reading."""
        return TenantStore(self._db, self.outbox, tenant)

    async def write(self, tenant: str, body: Callable[[TenantStore], Awaitable[T]]) -> T:
        """Runs `body` in a transaction; it may run several times. Whatever it raises undoes everything."""

        async def once(session: mongo.Session) -> T:
            return await body(TenantStore(self._db, self.outbox, tenant, session))

        answer = await mongo.transaction(self._db, once)
        self.outbox.wake()
        return answer

    async def again(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        """Does `work` again and again until cancelled. A database that is away for a moment ends nothing."""
        while True:
            try:
                await work()
            except (PyMongoError, DomainError) as error:
                log.warning("work interrupted", work=work.__qualname__, error=str(error))
            await asyncio.sleep(seconds)
