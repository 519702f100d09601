"""Customer contacts: found by a channel identity, by a search, or by a list of ids."""

from __future__ import annotations

from collections.abc import Iterable

from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo.errors import ExecutionTimeout

from antiphon.directory.app.introductions import Place, place_of
from antiphon.directory.v1.directory_pb2 import Contact, Identity
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.mongo import Document

from . import codec
from .records import Records

_SLOWEST_MS = 3_000


async def owners(
    collection: AsyncIOMotorCollection[Document], wanted: Iterable[tuple[str, Identity]]
) -> dict[Place, Contact]:
    """Who has which of these identities."""
    places = {place_of(tenant, identity) for tenant, identity in wanted}
    kinds: dict[tuple[str, str, str], list[str]] = {}
    for tenant, channel, namespace, value in places:
        kinds.setdefault((tenant, channel, namespace), []).append(value)
    found: dict[Place, Contact] = {}
    for (tenant, channel, namespace), values in kinds.items():
        identity: Document = {"channel": channel, "namespace": namespace, "value": {"$in": values}}
        where: Document = {"tenant": tenant, "identified": True, "identities": {"$elemMatch": identity}}
        for document in await collection.find(where).to_list(None):
            contact = codec.to_record(Contact, document)
            found |= {place_of(tenant, each): contact for each in contact.identities}
    return found


class Contacts(Records[Contact]):
    async def of_ids(self, contact_ids: list[str]) -> list[Contact]:
        """Those of these contacts that the tenant has."""
        return await self.all(len(contact_ids), where={"_id": {"$in": contact_ids}})

    async def page(
        self, pattern: str, after: tuple[str, str] | None, most: int
    ) -> tuple[list[Contact], tuple[str, str] | None]:
        """The next `most` contacts by name whose search text matches, and where they end unless that is all.
        Raises TIMEOUT when the search takes too long."""
        where: Document = {"tenant": self._tenant}
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
        contacts = [codec.to_record(Contact, document) for document in documents[:most]]
        last = documents[most - 1] if len(documents) > most else None
        return contacts, (last["name_key"], last["_id"]) if last else None
