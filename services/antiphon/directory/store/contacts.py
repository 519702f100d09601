"""Customer contacts: found by a channel identity, by a search, or by a list of ids."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo.errors import ExecutionTimeout

from antiphon.directory.app.introductions import Place, place_of
from antiphon.directory.domain import contacts, likeness, merges
from antiphon.directory.v1.directory_pb2 import Contact, Identity
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.mongo import Document

from . import codec
from .records import Records

_SLOWEST_MS = 3_000
_HOLDERS = 500


async def owners(
    collection: AsyncIOMotorCollection[Document], wanted: Iterable[tuple[str, Identity]]
) -> dict[Place, Contact]:
    """Who has which of these identities."""
    places = {place_of(tenant, identity) for tenant, identity in wanted}
    return _owners(await collection.find({"$or": _identified(places)}).to_list(None)) if places else {}


async def holders(
    collection: AsyncIOMotorCollection[Document], wanted: Iterable[tuple[str, Identity]]
) -> dict[Place, Contact]:
    """For phones and e-mails that are no identity yet: the card that names them, where one customer does."""
    marks = _marks(wanted)
    return _holders(await collection.find(_marked(marks)).to_list(_HOLDERS), marks) if marks else {}


async def known(
    collection: AsyncIOMotorCollection[Document], wanted: Sequence[tuple[str, Identity]]
) -> dict[Place, Contact]:
    """Both, by one question where there is no crowd of cards with the same number: the owner comes first."""
    places, marks = {place_of(tenant, identity) for tenant, identity in wanted}, _marks(wanted)
    any_of = [*_identified(places), *([_marked(marks)] if marks else [])]
    documents = await collection.find({"$or": any_of}).to_list(_HOLDERS) if any_of else []
    if len(documents) == _HOLDERS:
        return {**await holders(collection, wanted), **await owners(collection, wanted)}
    return {**_holders(documents, marks), **_owners(documents)}


def _identified(places: Collection[Place]) -> list[Document]:
    kinds: dict[tuple[str, str, str], list[str]] = {}
    for tenant, channel, namespace, value in places:
        kinds.setdefault((tenant, channel, namespace), []).append(value)
    return [
        {
            "tenant": tenant, "identified": True,
            "identities": {"$elemMatch": {"channel": channel, "namespace": namespace, "value": {"$in": values}}},
        }
        for (tenant, channel, namespace), values in kinds.items()
    ]  # fmt: skip


def _owners(documents: Iterable[Document]) -> dict[Place, Contact]:
    found: dict[Place, Contact] = {}
    for document in documents:
        contact = codec.to_record(Contact, document)
        found |= {place_of(document["tenant"], each): contact for each in contact.identities}
    return found


def _marks(wanted: Iterable[tuple[str, Identity]]) -> dict[Place, tuple[str, str]]:
    """Place → its tenant and mark."""
    return {place_of(tenant, it): (tenant, _mark(it)) for tenant, it in wanted if _mark(it)}


def _marked(marks: Mapping[Place, tuple[str, str]]) -> Document:
    tenants = sorted({tenant for tenant, _ in marks.values()})
    return {"tenant": {"$in": tenants}, "marks": {"$in": sorted({mark for _, mark in marks.values()})}}


def _holders(documents: Sequence[Document], marks: Mapping[Place, tuple[str, str]]) -> dict[Place, Contact]:
    found: dict[Place, Contact] = {}
    for place, (tenant, mark) in marks.items():
        theirs = [
            one for one in documents
            if one["tenant"] == tenant and mark in one.get("marks", ()) and _names(one, place)
        ]  # fmt: skip
        if len({one.get("root_id") or one["_id"] for one in theirs}) == 1:
            found[place] = codec.to_record(Contact, theirs[0])
    return found


def _mark(identity: Identity) -> str:
    if identity.channel == "phone":
        return likeness.phone_mark(identity.value)
    return likeness.email_mark(identity.value) if identity.channel == "email" else ""


def _names(document: Document, place: Place) -> bool:
    """Only the whole number or address, not a likeness of it."""
    _, channel, _, value = place
    return value in document["phones" if channel == "phone" else "emails"]


class Contacts(Records[Contact]):
    async def family(self, root_id: str) -> list[Contact]:
        """A card and all that were merged into it, the card first, then in the order of their merges."""
        where: Document = {"$or": [{"_id": root_id}, {"root_id": root_id}]}
        found = await self.all(merges.FAMILY + 1, "merged_at", where)
        return sorted(found, key=lambda card: card.id != root_id)

    async def refresh_search(self, cards: list[Contact]) -> None:
        """Whoever looks for a merged card finds the card on top of it: `cards` are a family, that card first."""
        own = [contacts.searched(card.name, card.phones, card.emails) for card in cards]
        where: Document = {"_id": cards[0].id, "tenant": self._tenant}
        await self._collection.update_one(where, {"$set": {"search": "\n".join(own)}}, session=self._session)

    async def marked(self, marks: list[str]) -> list[tuple[Contact, list[str]]]:
        """Cards that have any of these marks, each with those it has."""
        where = {"tenant": self._tenant, "marks": {"$in": marks}}
        found = await self._collection.find(where).limit(_HOLDERS).to_list(_HOLDERS)
        return [(codec.to_record(Contact, one), [each for each in one["marks"] if each in marks]) for one in found]

    async def marks_of(self, contact_ids: list[str]) -> list[str]:
        where = {"tenant": self._tenant, "_id": {"$in": contact_ids}}
        found = await self._collection.find(where, {"marks": 1}).to_list(None)
        return sorted({mark for one in found for mark in one.get("marks", ())})

    async def shared_marks(self, most: int) -> list[tuple[str, list[str]]]:
        """Marks that several customers have, with the ids of the cards that are shown for them."""
        steps: list[Document] = [
            {"$match": {"tenant": self._tenant, "marks.0": {"$exists": True}}},
            {"$project": {"marks": 1, "top": {"$cond": [{"$gt": ["$root_id", ""]}, "$root_id", "$_id"]}}},
            {"$unwind": "$marks"},
            {"$group": {"_id": "$marks", "tops": {"$addToSet": "$top"}}},
            {"$match": {"tops.1": {"$exists": True}}},
            {"$sort": {"_id": 1}},
            {"$limit": most},
        ]
        found = await self._collection.aggregate(steps, maxTimeMS=_SLOWEST_MS).to_list(most)
        return [(one["_id"], sorted(one["tops"])) for one in found]

    async def of_ids(self, contact_ids: list[str]) -> list[Contact]:
        """Those of these contacts that the tenant has."""
        return await self.all(len(contact_ids), where={"_id": {"$in": contact_ids}})

    async def page(
        self, pattern: str, after: tuple[str, str] | None, most: int
    ) -> tuple[list[Contact], tuple[str, str] | None]:
        """The next `most` contacts by name whose search text matches, and where they end unless that is all.
        Raises TIMEOUT when the search takes too long."""
        where: Document = {"tenant": self._tenant, "root_id": {"$in": ["", None]}}
        if pattern:
            where["search"] = {"$regex": pattern}
        if after:
            name, contact_id = after
            where["name_key"] = {"$gte": name}
            where["$or"] = [{"name_key": {"$gt": name}}, {"_id": {"$gt": contact_id}}]
        found = self._collection.find(where).sort([("name_key", 1), ("_id", 1)]).hint("found")
        try:
            documents = await found.limit(most + 1).max_time_ms(_SLOWEST_MS).to_list(most + 1)
        except ExecutionTimeout as error:
            raise DomainError(Common.TIMEOUT, "the search takes too long: ask for something longer") from error
        cards = [codec.to_record(Contact, document) for document in documents[:most]]
        last = documents[most - 1] if len(documents) > most else None
        return cards, (last["name_key"], last["_id"]) if last else None
