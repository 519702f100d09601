"""What stands beside a customer's cards: notes of colleagues, the tenant's fields, pairs that are two people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo.errors import DuplicateKeyError

from antiphon.directory.domain.fields import Field, Kind
from antiphon.directory.v1.crm_pb2 import ContactNote
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.mongo import Document, Session
from antiphon.kit.texts import Place, Stored, Texts
from antiphon.kit.words import VERSION

from . import codec
from .records import WORDS, Records


def of_note(document: Document) -> Iterator[Place]:
    """Where a colleague's words stand, for `kit/texts.py`."""
    yield document, "text", f"contact_note {document['_id']}"


def _words(document: Document) -> list[str]:
    return WORDS.tokens(document["text"])


STORED = (Stored("contact_notes", of_note, _words),)


class ContactNotes(Records[ContactNote]):
    """Their texts are sealed where that is wanted, and the words that they are found by are hidden."""

    def __init__(
        self, collection: AsyncIOMotorCollection[Document], texts: Texts, tenant: str, session: Session | None
    ) -> None:
        super().__init__(collection, ContactNote, tenant, session)
        self._texts = texts

    async def find(self, record_id: str) -> ContactNote | None:
        where = {"_id": record_id, "tenant": self._tenant}
        document = await self._collection.find_one(where, session=self._session)
        return None if document is None else (await self._opened([document]))[0]

    async def _opened(self, documents: list[Document]) -> list[ContactNote]:
        await self._texts.open(place for one in documents for place in of_note(one))
        return [codec.to_record(ContactNote, one) for one in documents]

    async def _stored(self, record: ContactNote) -> Document:
        document = await super()._stored(record)
        document["tok"] = await self._texts.hidden(self._tenant, document["tok"])
        await self._texts.seal(self._tenant, of_note(document))
        return document

    async def page(
        self, contact_ids: list[str], after: tuple[datetime, str] | None, most: int
    ) -> tuple[list[ContactNote], tuple[datetime, str] | None]:
        """Notes about any of these cards, the newest first, and where they end unless that is all."""
        where: Document = {"tenant": self._tenant, "contact_id": {"$in": contact_ids}}
        if after:
            at, note_id = after
            where["at"] = {"$lte": at}
            where["$or"] = [{"at": {"$lt": at}}, {"_id": {"$lt": note_id}}]
        found = self._collection.find(where).sort([("at", -1), ("_id", -1)]).limit(most + 1)
        documents = await found.to_list(most + 1)
        notes = await self._opened(documents[:most])
        last = documents[most - 1] if len(documents) > most else None
        return notes, (last["at"], last["_id"]) if last else None

    async def found(
        self, wanted: list[list[str]], where: Document, after: tuple[datetime, str] | None, most: int
    ) -> tuple[list[ContactNote], tuple[datetime, str] | None]:
        """Notes with a token of every group, the newest first, and where they end unless that is all."""
        groups = await self._texts.wanted(self._tenant, wanted)
        conditions: list[Document] = [{"tenant": self._tenant}, *({"tok": {"$in": group}} for group in groups), where]
        if after:
            at, note_id = after
            conditions.append({"$or": [{"at": {"$lt": at}}, {"at": at, "_id": {"$lt": note_id}}]})
        found = self._collection.find({"$and": conditions}).sort([("at", -1), ("_id", -1)]).limit(most + 1)
        documents = await found.to_list(most + 1)
        notes = await self._opened(documents[:most])
        last = documents[most - 1] if len(documents) > most else None
        return notes, (last["at"], last["_id"]) if last else None

    async def count(self, contact_id: str) -> int:
        return await self._count({"contact_id": contact_id})


async def analyse(collection: AsyncIOMotorCollection[Document], texts: Texts, most: int = 500) -> int:
    """Gives words to notes of any tenant that were stored before they had any. Returns how many."""
    without: Document = {"$or": [{"tokv": None}, {"tokv": {"$lt": VERSION}}]}
    found = await collection.find(without, {"text": 1, "rev": 1, "tenant": 1}).limit(most).to_list(most)
    for one in found:
        await texts.open(of_note(one))
        words = {"tok": await texts.hidden(one["tenant"], WORDS.tokens(one["text"])), "tokv": VERSION}
        await collection.update_one({"_id": one["_id"], "rev": one["rev"]}, {"$set": words})
    return len(found)


class ContactFields:
    """One document a tenant."""

    def __init__(self, collection: AsyncIOMotorCollection[Document], tenant: str, session: Session | None) -> None:
        self._collection = collection
        self._tenant = tenant
        self._session = session

    async def get(self) -> tuple[tuple[Field, ...], int]:
        """The fields and their revision, 0 before there are any."""
        found = await self._collection.find_one({"_id": self._tenant}, session=self._session)
        if found is None:
            return (), 0
        fields = tuple(
            Field(one["key"], one["label"], Kind(one["kind"]), tuple(one["choices"])) for one in found["fields"]
        )
        return fields, int(found["rev"])

    async def put(self, fields: tuple[Field, ...], rev: int) -> None:
        """Replaces revision `rev`. Raises STALE."""
        listed = [
            {"key": one.key, "label": one.label, "kind": int(one.kind), "choices": list(one.choices)} for one in fields
        ]
        document: Document = {"_id": self._tenant, "rev": rev + 1, "fields": listed}
        try:
            if rev == 0:
                await self._collection.insert_one(document, session=self._session)
                return
            where = {"_id": self._tenant, "rev": rev}
            done = await self._collection.replace_one(where, document, session=self._session)
        except DuplicateKeyError as error:
            raise DomainError(Common.STALE) from error
        if not done.matched_count:
            raise DomainError(Common.STALE)


class Unlike:
    """Pairs of cards that a person said are two customers."""

    def __init__(self, collection: AsyncIOMotorCollection[Document], tenant: str, session: Session | None) -> None:
        self._collection = collection
        self._tenant = tenant
        self._session = session

    async def add(self, one: str, other: str, by: str, at: datetime) -> None:
        pair = sorted((one, other))
        kept = {"tenant": self._tenant, "pair": pair, "by": by, "at": at}
        where = {"_id": f"{self._tenant}/{pair[0]}/{pair[1]}"}
        await self._collection.update_one(where, {"$setOnInsert": kept}, upsert=True, session=self._session)

    async def among(self, contact_ids: list[str]) -> set[tuple[str, str]]:
        """The pairs, each in order, that name any of these cards."""
        where = {"tenant": self._tenant, "pair": {"$in": contact_ids}}
        found = await self._collection.find(where, {"pair": 1}).to_list(None)
        return {(one["pair"][0], one["pair"][1]) for one in found}
