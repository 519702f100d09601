"""Mongo: schemes with all their versions, bindings, and the records that schemes ask (calendars, lists).

`queues` remembers which queues the tenant has, as the ACD tells, so that a scheme with an unknown one is refused.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pymongo.errors import DuplicateKeyError

from antiphon.kit import mongo, outbox
from antiphon.kit.clock import system_clock
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.mongo import Document, Index, Session
from antiphon.kit.outbox import Outbox
from antiphon.kit.protos import timestamp
from antiphon.kit.records import Kind, Records
from antiphon.routing.domain import codec
from antiphon.routing.domain.reasons import Reason
from antiphon.routing.domain.versions import Draft, History, Version
from antiphon.routing.v1.events_pb2 import RulesChanged, SchemePublished
from antiphon.routing.v1.routing_pb2 import Calendar, CallerList


def _changed(_: object) -> RulesChanged:
    return RulesChanged(occurred_at=timestamp(system_clock()))


CALENDARS = Kind("calendars", Calendar, Reason.TAKEN, changed=_changed, deleted=_changed)
CALLER_LISTS = Kind("caller_lists", CallerList, Reason.TAKEN, changed=_changed, deleted=_changed)
INDEXES = (
    *CALENDARS.indexes,
    *CALLER_LISTS.indexes,
    Index("schemes", "name", (("tenant", 1), ("name", 1)), unique=True),
    Index("bindings", "address", (("tenant", 1), ("address", 1)), unique=True),
    Index("queues", "queue", (("tenant", 1), ("queue_id", 1)), unique=True),
    *outbox.INDEXES,
)


class Store:
    """Routing's own database."""

    def __init__(self, db: mongo.Database) -> None:
        self._db = db
        self.outbox = Outbox(db)
        self.calendars = Records(db, CALENDARS, self.outbox)
        self.caller_lists = Records(db, CALLER_LISTS, self.outbox)

    async def schemes(self, tenant: str) -> list[tuple[History, str, datetime]]:
        """(history, name, changed at) of every scheme, by name."""
        found = await self._db.schemes.find({"tenant": tenant}).sort("name", 1).to_list(None)
        return [(_history(document), document["name"], document["changed_at"]) for document in found]

    async def scheme(self, tenant: str, scheme_id: str) -> tuple[History, str, datetime]:
        """One scheme. Raises UNKNOWN_SCHEME."""
        document = await self._db.schemes.find_one({"_id": scheme_id, "tenant": tenant})
        if document is None:
            raise DomainError(Reason.UNKNOWN_SCHEME, scheme=scheme_id)
        return _history(document), document["name"], document["changed_at"]

    async def save_scheme(self, tenant: str, name: str, before: History, after: History) -> None:
        """Replaces a history by what came of it, if nobody changed it meanwhile (STALE). A new version is told."""
        document = _document(tenant, name, after)

        async def body(session: Session) -> None:
            if not before.revisions and not before.versions:
                await self._db.schemes.insert_one(document, session=session)
            else:
                where = {"_id": after.scheme_id, "tenant": tenant, "revisions": before.revisions}
                where["versions"] = {"$size": len(before.versions)}
                if not (await self._db.schemes.replace_one(where, document, session=session)).matched_count:
                    raise DomainError(Common.STALE, scheme=after.scheme_id)
            for version in after.versions[len(before.versions) :]:
                event = SchemePublished(
                    occurred_at=timestamp(version.published_at),
                    scheme_id=after.scheme_id,
                    version=version.number,
                    by=version.published_by,
                    reason=version.note,
                )
                await self.outbox.add(session, event, tenant=tenant, key=after.scheme_id, version=version.number)

        try:
            await mongo.transaction(self._db, body)
        except DuplicateKeyError as error:
            raise DomainError(Reason.TAKEN, f"the name {name!r} is taken", field="name") from error
        self.outbox.wake()

    async def bindings(self, tenant: str) -> dict[str, str]:
        """Address → scheme."""
        found = await self._db.bindings.find({"tenant": tenant}).sort("address", 1).to_list(None)
        return {document["address"]: document["scheme_id"] for document in found}

    async def bound(self, tenant: str, address: str) -> str | None:
        """The scheme that receives an address."""
        found = await self._db.bindings.find_one({"tenant": tenant, "address": address})
        return found["scheme_id"] if found is not None else None

    async def bind(self, tenant: str, address: str, scheme_id: str) -> None:
        """Binds an address, or unbinds it when the scheme is empty."""
        where = {"tenant": tenant, "address": address}

        async def body(session: Session) -> None:
            if scheme_id:
                found = {"$set": {"scheme_id": scheme_id}}
                await self._db.bindings.update_one(where, found, upsert=True, session=session)
            else:
                await self._db.bindings.delete_one(where, session=session)
            await self.outbox.add(session, _changed(address), tenant=tenant, key="bindings", version=0)

        await mongo.transaction(self._db, body)
        self.outbox.wake()

    async def queues(self, tenant: str) -> frozenset[str]:
        """Queues the ACD has told of."""
        return frozenset(await self._db.queues.distinct("queue_id", {"tenant": tenant}))

    async def note_queue(self, tenant: str, queue_id: str, present: bool) -> None:
        """A queue was configured or deleted."""
        where = {"tenant": tenant, "queue_id": queue_id}
        if present:
            await self._db.queues.update_one(where, {"$set": {"at": system_clock()}}, upsert=True)
        else:
            await self._db.queues.delete_one(where)


def _document(tenant: str, name: str, history: History) -> Document:
    return {
        "_id": history.scheme_id,
        "tenant": tenant,
        "name": name,
        "revisions": history.revisions,
        "draft": codec.encode(history.draft) if history.draft is not None else None,
        "versions": [codec.encode(version) for version in history.versions],
        "changed_at": system_clock(),
    }


def _history(document: dict[str, Any]) -> History:
    return History(
        scheme_id=document["_id"],
        draft=codec.decode(Draft, document["draft"]) if document["draft"] is not None else None,
        versions=tuple(codec.decode(Version, version) for version in document["versions"]),
        revisions=document["revisions"],
    )
