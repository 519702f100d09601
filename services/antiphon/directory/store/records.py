"""One collection of revisioned records. Every query names the tenant: no other way leads to a document."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar, cast

from google.protobuf.message import Message
from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo.errors import DuplicateKeyError

from antiphon.directory.domain import contacts, likeness
from antiphon.directory.domain.reasons import Reason
from antiphon.directory.v1.crm_pb2 import ContactNote
from antiphon.directory.v1.deals_pb2 import Deal
from antiphon.directory.v1.directory_pb2 import Contact, Group, Number, Person, Project, Tenant
from antiphon.directory.v1.telephony_pb2 import SipAccount, Trunk
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.mongo import Document, Session
from antiphon.kit.words import VERSION, Stemming

from . import codec

M = TypeVar("M", bound=Message)
WORDS = Stemming()


def _contact_keys(contact: Contact) -> Document:
    return {
        "name_key": contacts.fold(contact.name),
        "search": contacts.searched(contact.name, contact.phones, contact.emails),
        "identified": bool(contact.identities),
        "marks": likeness.marks(
            contact.name,
            contact.company,
            contact.phones,
            contact.emails,
            [(identity.channel, identity.value) for identity in contact.identities],
        ),
    }


DERIVED: dict[type[Message], Callable[[Any], Document]] = {
    Tenant: lambda _tenant: {},
    Project: lambda project: {"name_key": contacts.fold(project.name)},
    Person: lambda person: {"name_key": contacts.fold(person.name)},
    Group: lambda group: {"name_key": contacts.fold(group.name)},
    Number: lambda _number: {},
    Contact: _contact_keys,
    ContactNote: lambda note: {"tok": WORDS.tokens(note.text), "tokv": VERSION},
    Deal: lambda deal: {"title_key": contacts.fold(deal.title)},
    SipAccount: lambda _account: {},
    Trunk: lambda trunk: {"name_key": contacts.fold(trunk.name)},
}
"""What is stored beside the fields of a record, for sorting, searching and uniqueness."""


def document_of(tenant: str, record: Message) -> Document:
    """A record as it is stored."""
    return {**codec.to_document(record), "tenant": tenant, **DERIVED[type(record)](record)}


class Records(Generic[M]):
    def __init__(
        self, collection: AsyncIOMotorCollection[Document], kind: type[M], tenant: str, session: Session | None
    ) -> None:
        self._collection = collection
        self._kind = kind
        self._tenant = tenant
        self._session = session

    async def get(self, record_id: str) -> M:
        """One record. Raises NOT_FOUND."""
        record = await self.find(record_id)
        if record is None:
            raise DomainError(Common.NOT_FOUND, f"no such {self._kind.DESCRIPTOR.name.lower()}")
        return record

    async def find(self, record_id: str) -> M | None:
        """One record, if there is one."""
        document = await self._collection.find_one({"_id": record_id, "tenant": self._tenant}, session=self._session)
        return None if document is None else codec.to_record(self._kind, document)

    async def all(self, most: int, order: str = "_id", where: Document | None = None) -> list[M]:
        """At most `most` records in order."""
        found = self._collection.find({**(where or {}), "tenant": self._tenant}, session=self._session)
        documents = await found.sort([(order, 1), ("_id", 1)]).limit(most).to_list(most)
        return [codec.to_record(self._kind, document) for document in documents]

    async def size(self) -> int:
        """How many there are."""
        return await self._count({})

    async def missing(self, record_ids: Sequence[str]) -> str:
        """The first of these ids that the tenant does not have; empty when it has all."""
        where = {"_id": {"$in": list(record_ids)}, "tenant": self._tenant}
        present = {item["_id"] async for item in self._collection.find(where, {"_id": 1}, session=self._session)}
        return next((record_id for record_id in record_ids if record_id not in present), "")

    async def save(self, record: M) -> None:
        """Inserts revision 1, or replaces the revision before. Raises STALE, TAKEN with the field."""
        kept = cast(Any, record)
        document = await self._stored(record)
        try:
            if kept.rev == 1:
                await self._collection.insert_one(document, session=self._session)
                return
            where = {"_id": kept.id, "tenant": self._tenant, "rev": kept.rev - 1}
            done = await self._collection.replace_one(where, document, session=self._session)
        except DuplicateKeyError as error:
            raise DomainError(Reason.TAKEN, field=field_of(error.details)) from error
        if not done.matched_count:
            raise DomainError(Common.STALE)

    async def _stored(self, record: M) -> Document:
        """How it is stored."""
        return document_of(self._tenant, record)

    async def delete(self, record_id: str) -> None:
        await self._collection.delete_one({"_id": record_id, "tenant": self._tenant}, session=self._session)

    async def _count(self, where: Document) -> int:
        return await self._collection.count_documents({**where, "tenant": self._tenant}, session=self._session)

    async def _claim(self, where: Document) -> bool:
        """Touches the first match, so that of two transactions that lean on it one is run again. False: none."""
        touched = await self._collection.update_one(
            {**where, "tenant": self._tenant}, {"$inc": {"claims": 1}}, session=self._session
        )
        return bool(touched.matched_count)


def field_of(details: Mapping[str, Any] | None) -> str:
    """The field that is taken, by what the driver says of a duplicate key."""
    keys = list((details or {}).get("keyPattern", {"id": 1}))
    return str(keys[-1]).removesuffix("_key").partition(".")[0].replace("_id", "id")
