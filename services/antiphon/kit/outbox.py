"""No lost facts: an aggregate and the events it caused are written in one Mongo transaction; this relay publishes them.

    async def body(session):
        await db.people.replace_one(…, session=session)
        await outbox.add(session, PersonChanged(…), tenant=…, key=person.id, version=person.rev)
    await mongo.transaction(db, body); outbox.wake()

The collection is the truth. The relay publishes each key's events in order of `version`, stops a key at its first
failure, and deletes what JetStream has acknowledged; the event id drops what is published twice, as when the set
elects another primary before a deletion has reached it. It is woken by the writer in the same process and looks every
two seconds for what another, dead process left behind.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from bson import Binary
from google.protobuf.message import Message
from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo import WriteConcern
from pymongo.errors import PyMongoError

from antiphon.kit import ids, logs, metrics, tracing
from antiphon.kit.bus import Bus, subject_of
from antiphon.kit.errors import DomainError
from antiphon.kit.mongo import Database, Document, Index, Session

COLLECTION = "outbox"
INDEXES = (Index(COLLECTION, "order", (("key", 1), ("version", 1))),)
_BATCH = 500
_ROUND = 0.025
"""Seconds between the beginnings of two rounds: a lone fact is told at once, a hundred a second in forty rounds."""
_LOOK = 2.0
log = logs.get("outbox")


@dataclass(frozen=True, slots=True)
class Told:
    """An event that is to be published; `version` orders the events of a key."""

    event: Message
    tenant: str
    key: str
    version: int
    trace: str = ""
    """Whose consequence it is, as `tracing.traceparent` said then; the writer's own where nothing is said."""


class Outbox:
    """The outbox of one service's database."""

    def __init__(self, db: Database, *, every: float = _ROUND) -> None:
        """`every`: seconds between the beginnings of two rounds, where others than people wait for the facts."""
        self._every = every
        self._events: AsyncIOMotorCollection[Document] = db[COLLECTION]
        self._told = db.get_collection(COLLECTION, write_concern=WriteConcern(w=1))
        """The same, for deletions: one that is lost costs a repetition, one that is waited for the work of a set."""
        self._wake = asyncio.Event()
        self._waited = metrics.outbox_seconds.labels(db.name)

    async def add(self, session: Session, event: Message, *, tenant: str, key: str, version: int) -> str:
        """Records an event inside the writer's transaction; returns its id. `version` orders the events of a key."""
        return (await self.add_all(session, [Told(event, tenant, key, version)]))[0]

    async def add_all(self, session: Session, told: Sequence[Told]) -> list[str]:
        """Records several, in one write."""
        documents = self.documents(told)
        if not documents:
            return []
        await self._events.insert_many(documents, session=session)
        return [document["_id"] for document in documents]

    @staticmethod
    def documents(told: Sequence[Told]) -> list[Document]:
        """What is to be written to `COLLECTION` within the writer's transaction, for whoever writes it himself."""
        return [
            {
                "_id": ids.new_id("ev"),
                "subject": subject_of(one.event, one.tenant, one.key),
                "key": f"{one.tenant}.{one.key}",
                "version": one.version,
                "data": Binary(one.event.SerializeToString()),
                "trace": one.trace or tracing.traceparent(),
            }
            for one in told
        ]

    def wake(self) -> None:
        """Says that something was committed."""
        self._wake.set()

    async def relay(self, bus: Bus) -> None:
        """Publishes until cancelled."""
        loop = asyncio.get_running_loop()
        told = loop.time()
        while True:
            self._wake.clear()
            began = loop.time()
            self._waited.set(began - told)
            try:
                if await self._round(bus):
                    continue
                told = loop.time()
                self._waited.set(0)
            except (PyMongoError, DomainError) as error:
                log.warning("relay interrupted", error=str(error))
                await asyncio.sleep(0.2)
                continue
            try:
                async with asyncio.timeout(_LOOK):
                    await self._wake.wait()
            except TimeoutError:
                continue
            await asyncio.sleep(began + self._every - loop.time())  # what is committed meanwhile goes in the same round

    async def _round(self, bus: Bus) -> bool:
        """Tells what is there. True when there is more to be told at once."""
        found = self._events.find().sort([("key", 1), ("version", 1), ("_id", 1)]).limit(_BATCH)
        batch = await found.to_list(_BATCH)
        return bool(batch) and (not await self._publish(bus, batch) or len(batch) == _BATCH)

    async def _publish(self, bus: Bus, batch: list[Document]) -> bool:
        """False when some of it is still to be told."""
        chains = [list(chain) for _, chain in groupby(batch, key=lambda event: event["key"])]
        sent = await asyncio.gather(*(self._publish_chain(bus, chain) for chain in chains))
        done = [event_id for chain in sent for event_id in chain]
        if done:
            await self._told.delete_many({"_id": {"$in": done}})
        if len(done) < len(batch):
            await asyncio.sleep(0.2)
        return len(done) == len(batch)

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
