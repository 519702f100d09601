"""Mongo documents ↔ records: the only folder of directory that imports the driver.

`Store.of(tenant)` reads, `Store.write(tenant, body)` runs `body(tenant_store)` in one transaction together with the
events it tells and the audit entries it writes. Every query of a `TenantStore` carries the tenant; the three look-ups
that find out the tenant in the first place (e-mail, session, API key) are in `doors.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeVar

from google.protobuf.message import Message
from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo.errors import BulkWriteError, PyMongoError

from antiphon.directory.app.introductions import Introduced, Place
from antiphon.directory.domain.reasons import Reason
from antiphon.directory.v1.crm_pb2 import ContactNote
from antiphon.directory.v1.deals_pb2 import Deal
from antiphon.directory.v1.directory_pb2 import Contact, Group, Identity, Number, Person, Project, Tenant
from antiphon.directory.v1.telephony_pb2 import SipAccount
from antiphon.kit import logs, mongo, outbox
from antiphon.kit.errors import DomainError
from antiphon.kit.mongo import Document

from .audit import AuditLog, entry_document
from .contacts import Contacts, holders, known, owners
from .credentials import CredentialStore
from .crm import ContactFields, ContactNotes, Unlike, analyse
from .deals import Deals, Pipelines
from .doors import Doors
from .edge import Edge
from .indexes import COLLECTIONS, INDEXES
from .keys import KeyStore
from .lines import Plans, Trunks
from .lockouts import Lockouts
from .passkeys import PasskeyDoor, Passkeys
from .people import Numbers, People, Tenants
from .pool import Pool
from .privacy import PrivacyStore
from .records import Records, document_of, field_of
from .sessions import Sessions
from .signon import SignOns, SignOnTries
from .sip import SipAccounts, SipSecrets, Tickets
from .slots import Slots

T = TypeVar("T")
log = logs.get("directory")
__all__ = ["COLLECTIONS", "INDEXES", "Store", "TenantStore"]


class Tables(dict[str, AsyncIOMotorCollection[Document]]):
    """The collections by name, each made once: the driver makes a new one at every look, which costs more than some
    answers."""

    def __init__(self, db: mongo.Database) -> None:
        super().__init__()
        self.database = db

    def __missing__(self, name: str) -> AsyncIOMotorCollection[Document]:
        table = self[name] = self.database[name]
        return table


class TenantStore:
    """Everything of one tenant, within a transaction when there is a session."""

    def __init__(self, db: Tables, box: outbox.Outbox, tenant: str, session: mongo.Session | None = None) -> None:
        self.tenant = tenant
        self.tenants = Tenants(db["tenants"], Tenant, tenant, session)
        self.projects = Records(db["projects"], Project, tenant, session)
        self.people = People(db["people"], Person, tenant, session)
        self.groups = Records(db["groups"], Group, tenant, session)
        self.numbers = Numbers(db["numbers"], Number, tenant, session)
        self.contacts = Contacts(db["contacts"], Contact, tenant, session)
        self.contact_notes = ContactNotes(db["contact_notes"], ContactNote, tenant, session)
        self.contact_fields = ContactFields(db["contact_fields"], tenant, session)
        self.deals = Deals(db["deals"], Deal, tenant, session)
        self.pipelines = Pipelines(db["deal_pipelines"], tenant, session)
        self.unlike = Unlike(db["unlike_contacts"], tenant, session)
        self.credentials = CredentialStore(db["credentials"], tenant, session)
        self.sessions = Sessions(db["sessions"], tenant, session)
        self.keys = KeyStore(db["keys"], tenant, session)
        self.sip_accounts = SipAccounts(db["sip_accounts"], SipAccount, tenant, session)
        self.sip_secrets = SipSecrets(db["sip_secrets"], tenant, session)
        self.tickets = Tickets(db["tickets"], tenant, session)
        self.trunks = Trunks(db["trunks"], db["trunk_secrets"], tenant, session)
        self.plans = Plans(db["dial_plans"], tenant, session)
        self.passkeys = Passkeys(db["passkeys"], tenant, session)
        self.sign_on = SignOns(db["sign_ons"], db["sign_on_links"], tenant, session)
        self.slots = Slots(db, session)
        self.audit = AuditLog(db["audit"], tenant, session)
        self.pool = Pool(db["pool_numbers"], db["pool_orders"], session)
        self._edge = Edge(db.database)
        self._outbox = box
        self._session = session
        self._audits = db["audit"]

    @property
    def session(self) -> mongo.Session:
        """Of the transaction that this store is part of."""
        assert self._session is not None, "only inside a transaction"
        return self._session

    async def tell(self, event: Message, *, key: str, version: int) -> None:
        """Records an event that is published after the commit; `version` orders the events of a key."""
        assert self._session is not None, "events are told inside a transaction"
        await self._outbox.add(self._session, event, tenant=self.tenant, key=key, version=version)

    async def tell_at(self, tenant: str, event: Message, *, key: str, version: int) -> None:
        """As `tell`, in another tenant: what happens here concerns it too."""
        await self._outbox.add(self.session, event, tenant=tenant, key=key, version=version)

    async def number_anywhere(self, e164: str) -> bool:
        """True when some tenant has this number."""
        return await self._edge.number(e164, self._session) is not None

    def audit_of(self, tenant: str) -> AuditLog:
        """The log of another tenant, written within the same transaction."""
        return AuditLog(self._audits, tenant, self._session)

    async def edge_changes(self) -> None:
        """Says that what the SIP edge must know is another after this transaction."""
        assert self._session is not None, "the edge changes with the records, inside a transaction"
        await self._edge.next_revision(self._session)


class Store:
    """Directory's database."""

    def __init__(self, db: mongo.Database) -> None:
        self._db = db
        self._tables = Tables(db)
        self.outbox = outbox.Outbox(db, every=0.1)
        self.doors = Doors(db)
        self.edge = Edge(db)
        self.pool = Pool(db["pool_numbers"], db["pool_orders"])
        self.lockouts = Lockouts(db)
        self.passkey_door = PasskeyDoor(db)
        self.sign_on_tries = SignOnTries(db)
        self.privacy = PrivacyStore(db)
        self.slots = Slots(self._tables)

    def of(self, tenant: str) -> TenantStore:
        """One tenant's records, for reading."""
        return TenantStore(self._tables, self.outbox, tenant)

    async def write(self, tenant: str, body: Callable[[TenantStore], Awaitable[T]]) -> T:
        """Runs `body` in a transaction; it may run several times. Whatever it raises undoes everything."""

        async def once(session: mongo.Session) -> T:
            return await body(TenantStore(self._tables, self.outbox, tenant, session))

        answer = await mongo.transaction(self._db, once)
        self.outbox.wake()
        return answer

    async def owners(self, wanted: Iterable[tuple[str, Identity]]) -> dict[Place, Contact]:
        """Who has which of these identities, each with its tenant."""
        return await owners(self._tables["contacts"], wanted)

    async def holders(self, wanted: Iterable[tuple[str, Identity]]) -> dict[Place, Contact]:
        """Of phones and e-mails that are no identity yet: the card that names them, where one customer does."""
        return await holders(self._tables["contacts"], wanted)

    async def known(self, wanted: Sequence[tuple[str, Identity]]) -> dict[Place, Contact]:
        """Of each identity its owner, else its holder."""
        return await known(self._tables["contacts"], wanted)

    async def introduce(self, new: Sequence[Introduced]) -> None:
        """Writes contacts of any tenants that are seen for the first time, all or none. Raises TAKEN."""
        if not new:
            return

        async def body(session: mongo.Session) -> None:
            documents = [document_of(one.tenant, one.contact) for one in new]
            await self._tables["contacts"].insert_many(documents, session=session)
            entries = [entry_document(one.tenant, one.entry) for one in new]
            await self._tables["audit"].insert_many(entries, session=session)
            told = [outbox.Told(one.told, one.tenant, one.contact.id, one.contact.rev) for one in new]
            await self.outbox.add_all(session, told)

        try:
            await mongo.transaction(self._db, body)
        except BulkWriteError as error:
            if not mongo.only_duplicates(error):
                raise
            raise DomainError(Reason.TAKEN, field=field_of(error.details["writeErrors"][0])) from error
        self.outbox.wake()

    async def analyse_notes(self) -> None:
        """Gives words to notes that have none yet."""
        while await analyse(self._tables["contact_notes"]):
            continue

    async def again(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        """Does `work` again and again until cancelled. A database that is away for a moment ends nothing."""
        while True:
            try:
                await work()
            except (PyMongoError, DomainError) as error:
                log.warning("work interrupted", work=work.__qualname__, error=str(error))
            await asyncio.sleep(seconds)
