"""No lost facts: an aggregate and the events it caused are written in one Mongo transaction; this relay publishes them.

    async def body(session):
        await db.people.replace_one(…, session=session)
        await outbox.add(session, PersonChanged(…), tenant=…, key=person.id, version=person.rev)
    await mongo.transaction(db, body); outbox.wake()

The collection is the truth. The relay publishes each key's events in order of `version`, stops a key at its first
failure, and deletes what JetStream has acknowledged; the event id drops what is published twice. It is woken by the
writer in the same process and looks once a second for what another, dead process left behind.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import groupby

from bson import Binary
from google.protobuf.message import Message
from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo.errors import PyMongoError

from antiphon.kit import ids, logs, tracing
from antiphon.kit.bus import Bus, subject_of
from antiphon.kit.errors import DomainError
from antiphon.kit.mongo import Database, Document, Index, Session

COLLECTION = "outbox"
INDEXES = (Index(COLLECTION, "order", (("key", 1), ("version", 1))),)
log = logs.get("outbox")


class Outbox:
    """The outbox of one service's database."""

    def __init__(self, db: Database) -> None:
        self._events: AsyncIOMotorCollection[Document] = db[COLLECTION]
        self._wake = asyncio.Event()

    async def add(self, session: Session, event: Message, *, tenant: str, key: str, version: int) -> str:
        """Records an event inside the writer's transaction; returns its id. `version` orders the events of a key."""
        document = _document(event, tenant, key, version)
        await self._events.insert_one(document, session=session)
        return str(document["_id"])

    async def add_all(self, session: Session, events: Sequence[tuple[Message, str, str, int]]) -> None:
        """Records many events (event, tenant, key, version) by one write."""
        if events:
            await self._events.insert_many([_document(*event) for event in events], session=session)

    def wake(self) -> None:
        """Says that something was committed."""
        self._wake.set()

    async def relay(self, bus: Bus) -> None:
        """Publishes until cancelled."""
        while True:
            self._wake.clear()
            try:
                batch = await self._events.find().sort([("key", 1), ("version", 1), ("_id", 1)]).limit(500).to_list(500)
                if batch:
                    await self._publish(bus, batch)
                    continue
            except (PyMongoError, DomainError) as error:
                log.warning("relay interrupted", error=str(error))
                await asyncio.sleep(0.2)
                continue
            try:
                async with asyncio.timeout(1.0):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _publish(self, bus: Bus, batch: list[Document]) -> None:
        chains = [list(chain) for _, chain in groupby(batch, key=lambda event: event["key"])]
        sent = await asyncio.gather(*(self._publish_chain(bus, chain) for chain in chains))
        done = [event_id for chain in sent for event_id in chain]
        if done:
            await self._events.delete_many({"_id": {"$in": done}})
        if len(done) < len(batch):
            await asyncio.sleep(0.2)

    async def _publish_chain(self, bus: Bus, chain: list[Document]) -> list[str]:
        done: list[str] = []
        for event in chain:
            headers = {"Nats-Msg-Id": event["_id"], tracing.HEADER: event["trace"]}
            try:
                await bus.publish_raw(event["subject"], bytes(event["data"]), headers)
            except DomainError as error:
                log.warning("publishing interrupted", subject=event["subject"], error=str(error))
                break
            done.append(event["_id"])
        return done


def _document(event: Message, tenant: str, key: str, version: int) -> Document:
    return {
        "_id": ids.new_id("ev"),
        "subject": subject_of(event, tenant, key),
        "key": f"{tenant}.{key}",
        "version": version,
        "data": Binary(event.SerializeToString()),
        "trace": tracing.outgoing()[tracing.HEADER],
    }
