"""Channels, and the visitors of sites with their tokens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from pymongo.errors import DuplicateKeyError

from antiphon.channels import convert
from antiphon.channels.domain.channel import Channel
from antiphon.channels.domain.reasons import Reason
from antiphon.channels.domain.visitor import Visitor
from antiphon.channels.store import documents
from antiphon.kit import mongo
from antiphon.kit.clock import Clock
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.mongo import Database, Document, Session
from antiphon.kit.outbox import Outbox


class ChannelStore:
    def __init__(self, db: Database, outbox: Outbox, clock: Clock, public_url: str) -> None:
        self.db = db
        self.outbox = outbox
        self.clock = clock
        self.public_url = public_url

    async def get(self, tenant: str, channel_id: str) -> Channel:
        """Raises UNKNOWN_CHANNEL."""
        document = await self.db.channels.find_one({"_id": channel_id, "tenant": tenant, "deleted": False})
        if document is None:
            raise DomainError(Reason.UNKNOWN_CHANNEL)
        return documents.channel_from(document)

    async def find(self, channel_id: str) -> Channel | None:
        """For the public edge and the loops, which learn the tenant from the channel. Also a deleted one."""
        document = await self.db.channels.find_one({"_id": channel_id})
        return documents.channel_from(document) if document else None

    async def by_public_key(self, key: str) -> Channel | None:
        query = {"public_key": key, "deleted": False, "enabled": True}
        document = await self.db.channels.find_one(query) if key else None
        return documents.channel_from(document) if document else None

    async def all_of(self, tenant: str) -> list[Channel]:
        found = await self.db.channels.find({"tenant": tenant, "deleted": False}).sort("_id", 1).to_list(1000)
        return [documents.channel_from(document) for document in found]

    async def running(self, kind: str) -> list[Channel]:
        """Every enabled channel of a kind, of all tenants: for this replica's own loops."""
        found = await self.db.channels.find({"kind": kind, "deleted": False, "enabled": True}).to_list(10_000)
        return [documents.channel_from(document) for document in found]

    async def everywhere(self) -> list[Channel]:
        """Of all tenants, disconnected ones too."""
        return [documents.channel_from(document) async for document in self.db.channels.find({})]

    async def reseal(self, channel: Channel, fresh: Mapping[str, bytes]) -> bool:
        """The same secrets, sealed by another key; nothing else changes. False when the channel changed meanwhile."""
        query = {"_id": channel.id, "version": channel.version}
        return bool((await self.db.channels.update_one(query, {"$set": dict(fresh)})).matched_count)

    async def save(self, base: Channel | None, channel: Channel) -> Channel:
        """Writes the next version. Raises STALE, TAKEN (the bot, number or mailbox)."""
        after = replace(channel, version=(base.version if base else 0) + 1)

        async def body(session: Session) -> None:
            document = documents.channel_to(after)
            if base is None:
                await self.db.channels.insert_one(document, session=session)
            else:
                query = {"_id": after.id, "tenant": after.tenant, "version": base.version}
                written = await self.db.channels.replace_one(query, document, session=session)
                if written.matched_count == 0:
                    raise DomainError(Common.STALE)
            event = convert.channel_changed(after, self.public_url, self.clock())
            await self.outbox.add(session, event, tenant=after.tenant, key=after.id, version=after.version)

        try:
            await mongo.transaction(self.db, body)
        except DuplicateKeyError as error:
            raise DomainError(Reason.TAKEN, "it is connected already, here or by another company") from error
        self.outbox.wake()
        return after

    async def note_health(self, channel: Channel, health: str) -> None:
        """Stores what works and what does not, when it is news. Somebody else's change wins."""
        current = await self.find(channel.id)
        if current is None or current.health == health or current.rev != channel.rev:
            return
        try:
            await self.save(current, replace(current, health=health))
        except DomainError as error:
            if error.reason is not Common.STALE:
                raise

    async def visitor_of(self, channel_id: str, token_digest: str) -> Visitor | None:
        """The visitor of a token; with an empty `channel_id` of whatever channel it belongs to."""
        token = await self.db.tokens.find_one({"_id": token_digest})
        if token is None or (channel_id and token["channel_id"] != channel_id):
            return None
        return await self.visitor(token["visitor_id"])

    async def visitor(self, visitor_id: str) -> Visitor | None:
        document = await self.db.visitors.find_one({"_id": visitor_id})
        return _visitor(document) if document else None

    async def visitor_by_user(self, channel_id: str, user_id: str) -> Visitor | None:
        document = await self.db.visitors.find_one({"channel_id": channel_id, "user_id": user_id})
        return _visitor(document) if document else None

    async def put_visitor(self, visitor: Visitor, now: datetime) -> Visitor:
        """Stores a visitor; when another socket bound the same user meanwhile, that visitor is the answer."""
        fields = {
            "tenant": visitor.tenant, "channel_id": visitor.channel_id, "user_id": visitor.user_id,
            "name": visitor.name, "email": visitor.email, "language": visitor.language, "page": visitor.page,
            "seen_at": now,
        }  # fmt: skip
        try:
            await self.db.visitors.update_one({"_id": visitor.id}, {"$set": fields}, upsert=True)
        except DuplicateKeyError:
            return await self.visitor_by_user(visitor.channel_id, visitor.user_id) or visitor
        return visitor

    async def add_token(self, token_digest: str, visitor: Visitor, now: datetime) -> None:
        document = {
            "_id": token_digest, "visitor_id": visitor.id, "channel_id": visitor.channel_id,
            "tenant": visitor.tenant, "created_at": now,
        }  # fmt: skip
        await self.db.tokens.insert_one(document)


def _visitor(document: Document) -> Visitor:
    names = ("tenant", "channel_id", "user_id", "name", "email", "language", "page")
    return Visitor(id=document["_id"], **{name: document.get(name, "") for name in names})
