"""Consents, retention, and erasures with the sealed rest of what is being erased."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bson import Binary
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from antiphon.directory.domain.consent import KINDS, Consent, Purpose
from antiphon.kit import mongo
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.mongo import Document, Session

TELLERS = ("channels", "media")
"""Whoever tells names and numbers erases first, so that those who hear them have nothing to hear any more."""
_CONSENT = ("contact_id", "given_at", "until", "source", "withdrawn_at", "author")


class PrivacyStore:
    """Of all tenants: services ask across them. What belongs to one is asked with its id."""

    def __init__(self, db: mongo.Database) -> None:
        self._db = db

    # --- consents

    async def add_consent(self, tenant: str, consent: Consent, session: Session) -> None:
        fields = {name: getattr(consent, name) for name in _CONSENT}
        document = {"_id": consent.id, "tenant": tenant, "purpose": int(consent.purpose), **fields}
        await self._db.consents.insert_one(document, session=session)

    async def consents(self, tenant: str, contact_ids: list[str]) -> list[Consent]:
        """The newest first."""
        where = {"tenant": tenant, "contact_id": {"$in": contact_ids}}
        found = await self._db.consents.find(where).sort([("given_at", -1), ("_id", -1)]).to_list(500)
        return [Consent(one["_id"], purpose=Purpose(one["purpose"]), **{n: one[n] for n in _CONSENT}) for one in found]

    async def withdraw(
        self, tenant: str, contact_ids: list[str], purpose: Purpose, now: datetime, session: Session
    ) -> int:
        where = {"tenant": tenant, "contact_id": {"$in": contact_ids}, "purpose": int(purpose), "withdrawn_at": None}
        return int(
            (
                await self._db.consents.update_many(where, {"$set": {"withdrawn_at": now}}, session=session)
            ).modified_count
        )

    # --- retention

    async def retention(self, tenant: str) -> Document:
        found = await self._db.retention.find_one({"_id": tenant})
        return found or {"_id": tenant, "rev": 0, **dict.fromkeys(KINDS, 0)}

    async def retentions(self) -> list[Document]:
        return await self._db.retention.find().to_list(None)

    async def put_retention(self, tenant: str, days: dict[str, int], rev: int, session: Session) -> None:
        """Raises STALE."""
        document: Document = {"_id": tenant, "rev": rev + 1, **days}
        try:
            if rev == 0:
                await self._db.retention.insert_one(document, session=session)
                return
            where = {"_id": tenant, "rev": rev}
            done = await self._db.retention.replace_one(where, document, session=session)
        except DuplicateKeyError as error:
            raise DomainError(Common.STALE) from error
        if not done.matched_count:
            raise DomainError(Common.STALE)

    # --- erasures

    async def join(self, service: str, now: datetime) -> None:
        """This service holds personal data."""
        await self._db.participants.update_one({"_id": service}, {"$set": {"seen_at": now}}, upsert=True)

    async def participants(self) -> list[str]:
        return [one["_id"] async for one in self._db.participants.find({}, {"_id": 1}).sort("_id", 1)]

    async def begin(self, erasure: Document, sealed: bytes, session: Session) -> None:
        await self._db.erasures.insert_one({**erasure, "sealed": Binary(sealed)}, session=session)

    async def drop_cards(self, tenant: str, contact_ids: list[str], session: Session) -> dict[str, int]:
        """The cards with everything that hangs on them; how much it was."""
        cards: Document = {"tenant": tenant, "_id": {"$in": contact_ids}}
        of_cards: Document = {"tenant": tenant, "contact_id": {"$in": contact_ids}}
        pairs: Document = {"tenant": tenant, "pair": {"$in": contact_ids}}
        gone = {"contacts": cards, "contact_notes": of_cards, "consents": of_cards, "unlike_contacts": pairs}
        counts: dict[str, int] = {}
        for name, where in gone.items():
            done = await self._db[name].delete_many(where, session=session)
            counts[f"directory.{name}"] = done.deleted_count
        counts["directory.deals"] = await self._blank_deals(of_cards, session)
        return counts

    async def _blank_deals(self, where: Document, session: Session) -> int:
        """The figures stay for the reports, without whose they were and what was written."""
        words = dict.fromkeys(("title", "title_key", "note", "lost_why", "contact_id"), "")
        blank: Document = {**words, "conversation_ids": [], "call_ids": []}
        done = await self._db.deals.update_many(where, {"$set": blank, "$inc": {"rev": 1}}, session=session)
        return int(done.modified_count)

    async def drop_untold(self, tenant: str, contact_ids: list[str]) -> None:
        """Facts about the cards that are still to be told."""
        await self._db.outbox.delete_many({"key": {"$in": [f"{tenant}.{each}" for each in contact_ids]}})

    async def of_card(self, tenant: str, contact_id: str) -> Document | None:
        return await self._db.erasures.find_one({"tenant": tenant, "contact_ids": contact_id})

    async def next_for(self, service: str) -> Document | None:
        """The oldest erasure that is this service's turn."""
        turn = [] if service in TELLERS else [{"waiting_for": {"$nin": list(TELLERS)}}]
        where = {"state": "running", "$and": [{"waiting_for": service}, *turn]}
        return await self._db.erasures.find_one(where, sort=[("asked_at", 1)])

    async def tenant_of(self, erasure_id: str) -> str:
        """Empty for one that is not known."""
        found = await self._db.erasures.find_one({"_id": erasure_id}, {"tenant": 1})
        return found["tenant"] if found is not None else ""

    async def report(self, erasure_id: str, service: str, counts: dict[str, int], session: Session) -> Document | None:
        """The erasure after the first report of a service; None for a repeat."""
        change: Document = {"$pull": {"waiting_for": service}}
        if counts:
            change["$set"] = {f"counts.{service}/{name}": count for name, count in counts.items()}
        where = {"_id": erasure_id, "waiting_for": service}
        found: Document | None = await self._db.erasures.find_one_and_update(
            where, change, session=session, return_document=ReturnDocument.AFTER
        )
        return found

    @staticmethod
    def is_turn_of_others(service: str, waiting_for: list[str]) -> bool:
        """After the last teller's report."""
        return service in TELLERS and bool(waiting_for) and not set(waiting_for) & set(TELLERS)

    async def reported(self) -> list[Document]:
        """Erasures to which nobody owes a report any more."""
        return await self._db.erasures.find({"state": "running", "waiting_for": []}).to_list(100)

    async def close(self, erasure_id: str, now: datetime, session: Session) -> None:
        change = {"$set": {"state": "done", "done_at": now}, "$unset": {"sealed": ""}}
        await self._db.erasures.update_one({"_id": erasure_id}, change, session=session)

    async def page(self, tenant: str, most: int) -> list[dict[str, Any]]:
        return await self._db.erasures.find({"tenant": tenant}).sort("asked_at", -1).limit(most).to_list(most)
