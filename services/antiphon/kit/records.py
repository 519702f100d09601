"""Configuration records: a tenant's small public messages (queues, calendars, lists …) with a revision and an event.

The stored form is the message itself, so a new field needs no migration. `put` creates where `rev` is 0 and otherwise
replaces the record of exactly that revision: two editors never overwrite each other silently. The record and the fact
that it changed are written in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.message import Message
from pymongo.errors import DuplicateKeyError

from antiphon.kit import mongo
from antiphon.kit.errors import Common, DomainError, Reason
from antiphon.kit.mongo import Database, Document, Index, Session
from antiphon.kit.outbox import Outbox

M = TypeVar("M", bound=Message)


@dataclass(frozen=True, slots=True)
class Kind(Generic[M]):
    """One kind of record. Its message has `id`, `rev` and `name`; names are unique in a tenant."""

    collection: str
    message: type[M]
    taken: Reason
    """The refusal when the name is taken."""
    changed: Callable[[M], Message] | None = None
    """The event of a change."""
    deleted: Callable[[str], Message] | None = None
    """The event of a deletion, from the id."""
    within: Callable[[M], str] | None = None
    """Names are unique only among the records for which this is the same: those of one person, of one group."""

    @property
    def indexes(self) -> tuple[Index, ...]:
        return (Index(self.collection, "name", (("tenant", 1), ("name", 1)), unique=True),)


class Records(Generic[M]):
    """All records of a kind."""

    def __init__(self, db: Database, kind: Kind[M], outbox: Outbox) -> None:
        self._db = db
        self._documents = db[kind.collection]
        self._kind = kind
        self._outbox = outbox

    async def all(self, tenant: str) -> list[M]:
        """A tenant's records, by name."""
        found = await self._documents.find({"tenant": tenant}).sort("name", 1).to_list(None)
        return [self._read(document) for document in found]

    async def get(self, tenant: str, record_id: str) -> M | None:
        """One record."""
        found = await self._documents.find_one({"_id": record_id, "tenant": tenant})
        return self._read(found) if found is not None else None

    async def put(self, tenant: str, record: M) -> M:
        """Stores a record and returns it with its new revision. Raises STALE, NOT_FOUND, or the kind's `taken`."""
        stored, fields = self._kind.message(), _any(record)
        stored.CopyFrom(record)
        _any(stored).rev += 1
        document = {
            "_id": fields.id,
            "tenant": tenant,
            "name": self._name(stored),
            "rev": fields.rev + 1,
            "body": MessageToDict(stored, preserving_proto_field_name=True),
        }

        async def body(session: Session) -> None:
            if fields.rev == 0:
                await self._documents.insert_one(document, session=session)
            else:
                await self._replace(tenant, document, session)
            if self._kind.changed is not None:
                event = self._kind.changed(stored)
                await self._outbox.add(session, event, tenant=tenant, key=fields.id, version=fields.rev + 1)

        try:
            await mongo.transaction(self._db, body)
        except DuplicateKeyError as error:
            raise DomainError(self._kind.taken, f"the name {fields.name!r} is taken", field="name") from error
        self._outbox.wake()
        return stored

    async def delete(self, tenant: str, record_id: str) -> None:
        """Deletes a record; repeating it is a success."""

        async def body(session: Session) -> None:
            where = {"_id": record_id, "tenant": tenant}
            gone = await self._documents.find_one_and_delete(where, session=session)
            if gone is not None and self._kind.deleted is not None:
                event = self._kind.deleted(record_id)
                await self._outbox.add(session, event, tenant=tenant, key=record_id, version=gone["rev"] + 1)

        await mongo.transaction(self._db, body)
        self._outbox.wake()

    async def _replace(self, tenant: str, document: Document, session: Session) -> None:
        where = {"_id": document["_id"], "tenant": tenant}
        given = {**where, "rev": document["rev"] - 1}
        if (await self._documents.replace_one(given, document, session=session)).matched_count:
            return
        known = await self._documents.find_one(where, session=session)
        raise DomainError(Common.STALE if known else Common.NOT_FOUND, object=document["_id"])

    def _name(self, record: M) -> str:
        name: str = _any(record).name.strip()
        return f"{name}\n{self._kind.within(record)}" if self._kind.within is not None else name

    def _read(self, document: Document) -> M:
        return ParseDict(document["body"], self._kind.message(), ignore_unknown_fields=True)


def _any(record: Message) -> Any:
    """The record's own fields, which the type checker cannot know."""
    return record
