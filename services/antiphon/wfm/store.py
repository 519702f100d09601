"""Mongo: contacts and agents' states as the ACD tells them, forecasts, plans, schedules, requests.

History is never added up while it comes: each contact is one document, written idempotently by its id, and counted when
asked for. So a fact that comes twice, or late, or out of order changes nothing that it should not.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.message import Message
from pymongo import ReplaceOne
from pymongo.errors import DuplicateKeyError

from antiphon.kit import mongo, outbox
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.mongo import Document, Index, Session
from antiphon.kit.outbox import Outbox
from antiphon.kit.records import Kind, Records
from antiphon.wfm.domain.reasons import Reason
from antiphon.wfm.v1.wfm_pb2 import (
    CHANGE_KIND_SWAP,
    CHANGE_STATE_ASKED,
    SCHEDULE_STATE_PUBLISHED,
    SCHEDULE_STATE_SOLVING,
    Change,
    Forecast,
    Plan,
    Preferences,
    Schedule,
)

FORECASTS = Kind("forecasts", Forecast, Reason.TAKEN)
PLANS = Kind("plans", Plan, Reason.TAKEN)
YEARS = 3 * 366 * 86_400
INDEXES = (
    *FORECASTS.indexes,
    *PLANS.indexes,
    Index("contacts", "queue", (("tenant", 1), ("queue", 1), ("offered_at", 1))),
    Index("contacts", "answered", (("tenant", 1), ("answered_at", 1))),
    Index("contacts", "old", (("offered_at", 1),), expires_after=YEARS),
    Index("states", "time", (("tenant", 1), ("at", 1))),
    Index("states", "old", (("at", 1),), expires_after=YEARS),
    Index("schedules", "tenant", (("tenant", 1), ("state", 1))),
    Index("changes", "tenant", (("tenant", 1), ("asked_at", -1))),
    Index("changes", "proposal", (("tenant", 1), ("proposal", 1))),
    Index("calendars", "token", (("token", 1),), unique=True),
    *outbox.INDEXES,
)
COLLECTIONS = ("progress", "preferences")


class Store:
    """The service's own database."""

    def __init__(self, db: mongo.Database) -> None:
        self._db = db
        self.outbox = Outbox(db)
        self.forecasts = Records(db, FORECASTS, self.outbox)
        self.plans = Records(db, PLANS, self.outbox)

    # ------------------------------------------------------------ what the ACD tells

    async def note_contact(self, tenant: str, item_id: str, queue_id: str, told: Document, agent: str = "") -> None:
        """What is known of a contact in a queue, and who answered. The earliest of each moment counts, of `ended_at`
        the latest."""
        where = {"_id": f"{tenant}/{item_id}/{queue_id}"}
        ended = {name: at for name, at in told.items() if name == "ended_at"}
        first = {name: at for name, at in told.items() if name not in ended}
        update: Document = {"$set": {"tenant": tenant, "queue": queue_id, **({"agent": agent} if agent else {})}}
        if first:
            update["$min"] = first
        if ended:
            update["$max"] = ended
        await self._db.contacts.update_one(where, update, upsert=True)

    async def keep_history(
        self, tenant: str, contacts: Sequence[Document], states: Sequence[tuple[str, datetime, str, str]]
    ) -> None:
        """History that somebody else kept: contacts with an id of their own, states as (agent, at, state, reason).

        What is known by its id is replaced, so a repeat changes nothing."""
        writes = []
        for one in contacts:
            key = f"{tenant}/{one['id']}/{one['queue']}"
            document = {name: value for name, value in one.items() if name != "id"} | {"tenant": tenant}
            writes.append(ReplaceOne({"_id": key}, document, upsert=True))
        if writes:
            await self._db.contacts.bulk_write(writes, ordered=False)
        for agent, at, state, reason in states:
            await self.note_state(tenant, agent, at, state, reason)

    async def contacts(self, tenant: str, queue_id: str, since: datetime, until: datetime) -> list[Document]:
        """Contacts offered in the span, in order."""
        where = {"tenant": tenant, "queue": queue_id, "offered_at": {"$gte": since, "$lt": until}}
        found: list[Document] = await self._db.contacts.find(where).sort("offered_at", 1).to_list(None)
        return found

    async def answered(self, tenant: str, since: datetime, until: datetime) -> list[Document]:
        """Contacts of all queues that were answered in the span."""
        where = {"tenant": tenant, "answered_at": {"$gte": since, "$lt": until}}
        found: list[Document] = await self._db.contacts.find(where).to_list(None)
        return found

    async def note_state(self, tenant: str, agent_id: str, at: datetime, state: str, reason: str) -> None:
        """An agent's state from a moment on."""
        document = {"tenant": tenant, "agent": agent_id, "at": at, "state": state, "reason": reason}
        where = {"_id": f"{tenant}/{agent_id}/{at.isoformat()}"}
        await self._db.states.update_one(where, {"$set": document}, upsert=True)

    async def states(self, tenant: str, since: datetime, until: datetime) -> list[Document]:
        """Changes of all agents in the span and of the day before it, in order."""
        where = {"tenant": tenant, "at": {"$gte": since - timedelta(days=1), "$lt": until}}
        found: list[Document] = await self._db.states.find(where).sort([("at", 1), ("_id", 1)]).to_list(None)
        return found

    # ------------------------------------------------------------ schedules

    async def schedules(self, tenant: str, states: Sequence[int] = ()) -> list[Schedule]:
        """All, or those in these states; the latest first."""
        where: Document = {"tenant": tenant, **({"state": {"$in": list(states)}} if states else {})}
        found = await self._db.schedules.find(where).sort("changed_at", -1).to_list(None)
        return [ParseDict(document["body"], Schedule()) for document in found]

    async def schedule(self, tenant: str, schedule_id: str) -> Schedule:
        """One. Raises NOT_FOUND."""
        found = await self._db.schedules.find_one({"_id": schedule_id, "tenant": tenant})
        if found is None:
            raise DomainError(Common.NOT_FOUND, schedule=schedule_id)
        return ParseDict(found["body"], Schedule())

    async def save_schedule(
        self, tenant: str, schedule: Schedule, event: Message | None = None, change: Change | None = None
    ) -> Schedule:
        """Stores it as the revision after the one given, with what is told of it and the change that caused it.

        Raises STALE. A new one (revision 0) whose id is known is left as it is and given back."""
        stored = Schedule()
        stored.CopyFrom(schedule)
        stored.rev += 1
        document = {
            "_id": schedule.id,
            "tenant": tenant,
            "rev": stored.rev,
            "state": int(stored.state),
            "changed_at": stored.changed_at.ToDatetime(),
            "body": _body(stored),
        }

        async def body(session: Session) -> None:
            if schedule.rev == 0:
                await self._db.schedules.insert_one(document, session=session)
            else:
                where = {"_id": schedule.id, "tenant": tenant, "rev": schedule.rev}
                if not (await self._db.schedules.replace_one(where, document, session=session)).matched_count:
                    raise DomainError(Common.STALE, schedule=schedule.id)
            if event is not None:
                await self.outbox.add(session, event, tenant=tenant, key=schedule.id, version=stored.rev)
            if change is not None:
                await self._put_change(tenant, change, session)

        try:
            await mongo.transaction(self._db, body)
        except DuplicateKeyError:
            return await self.schedule(tenant, schedule.id)
        self.outbox.wake()
        return stored

    async def delete_schedule(self, tenant: str, schedule_id: str) -> None:
        """Forgets one. Raises NOT_READY while agents see it or somebody solves it."""
        kept = [int(SCHEDULE_STATE_PUBLISHED), int(SCHEDULE_STATE_SOLVING)]
        where = {"_id": schedule_id, "tenant": tenant, "state": {"$nin": kept}}
        if not (await self._db.schedules.delete_one(where)).deleted_count:
            await self.schedule(tenant, schedule_id)
            raise DomainError(Reason.NOT_READY, schedule=schedule_id)

    async def note_progress(self, schedule_id: str, progress: Document) -> None:
        """How far solving is; also that somebody is still at it."""
        await self._db.progress.replace_one({"_id": schedule_id}, {"_id": schedule_id, **progress}, upsert=True)

    async def progress(self, schedule_id: str) -> Document | None:
        """What was noted last."""
        found: Document | None = await self._db.progress.find_one({"_id": schedule_id})
        return found

    async def ask_stop(self, tenant: str, schedule_id: str) -> None:
        """For whichever process is solving it."""
        await self._db.schedules.update_one({"_id": schedule_id, "tenant": tenant}, {"$set": {"stop": True}})

    async def stop_asked(self, schedule_id: str) -> bool:
        """Whether it was asked to stop."""
        return await self._db.schedules.find_one({"_id": schedule_id, "stop": True}) is not None

    # ------------------------------------------------------------ requests

    async def changes(self, tenant: str, person_id: str) -> list[Change]:
        """Those of one person and those open to all, or everybody's; the latest first."""
        where: Document = {"tenant": tenant}
        if person_id:
            where["$or"] = [{"people": person_id}, {"open": True}]
        found = await self._db.changes.find(where).sort("asked_at", -1).limit(1000).to_list(None)
        return [ParseDict(document["body"], Change()) for document in found]

    async def proposed(self, tenant: str, proposal_id: str) -> list[Change]:
        """Those that were proposed together."""
        found = await self._db.changes.find({"tenant": tenant, "proposal": proposal_id}).to_list(None)
        return [ParseDict(document["body"], Change()) for document in found]

    async def change(self, tenant: str, change_id: str) -> Change:
        """One. Raises NOT_FOUND."""
        found = await self._db.changes.find_one({"_id": change_id, "tenant": tenant})
        if found is None:
            raise DomainError(Common.NOT_FOUND, change=change_id)
        return ParseDict(found["body"], Change())

    async def save_change(self, tenant: str, change: Change, before: int, event: Message) -> Change:
        """Stores it if its state is still `before` (0: it is new; a known one is given back). Raises DECIDED."""

        async def body(session: Session) -> None:
            if before == 0:
                await self._db.changes.insert_one(self._document(tenant, change), session=session)
            else:
                await self._put_change(tenant, change, session, before)
            await self.outbox.add(session, event, tenant=tenant, key=change.id, version=int(change.state))

        try:
            await mongo.transaction(self._db, body)
        except DuplicateKeyError:
            return await self.change(tenant, change.id)
        self.outbox.wake()
        return change

    async def _put_change(self, tenant: str, change: Change, session: Session, before: int | None = None) -> None:
        state = before if before is not None else {"$in": [1, 2]}
        where = {"_id": change.id, "tenant": tenant, "state": state}
        replaced = await self._db.changes.replace_one(where, self._document(tenant, change), session=session)
        if not replaced.matched_count:
            raise DomainError(Reason.DECIDED, change=change.id)

    @staticmethod
    def _document(tenant: str, change: Change) -> dict[str, Any]:
        return {
            "_id": change.id,
            "tenant": tenant,
            "state": int(change.state),
            "asked_at": change.asked_at.ToDatetime(),
            "people": [change.person_id, change.other_person_id],
            "open": (change.kind, change.state) == (CHANGE_KIND_SWAP, CHANGE_STATE_ASKED)
            and not change.other_person_id,
            "proposal": change.proposal_id,
            "body": _body(change),
        }

    # ------------------------------------------------------------ wishes and calendars

    async def preferences(self, tenant: str, people: Sequence[str]) -> dict[str, Preferences]:
        """Of those of these people who said something."""
        ids = [f"{tenant}/{person}" for person in people]
        found = await self._db.preferences.find({"_id": {"$in": ids}}).to_list(None)
        return {one["person"]: ParseDict(one["body"], Preferences()) for one in found}

    async def put_preferences(self, tenant: str, person: str, wanted: Preferences) -> None:
        """Replaces what was said before."""
        key = f"{tenant}/{person}"
        document = {"_id": key, "tenant": tenant, "person": person, "body": _body(wanted)}
        await self._db.preferences.replace_one({"_id": key}, document, upsert=True)

    async def calendar_of(self, tenant: str, person: str) -> Document | None:
        """Whether somebody's calendar has an address."""
        found: Document | None = await self._db.calendars.find_one({"_id": f"{tenant}/{person}"})
        return found

    async def calendar_by(self, token_hash: str) -> Document | None:
        """Whose calendar this is."""
        found: Document | None = await self._db.calendars.find_one({"token": token_hash})
        return found

    async def put_calendar(self, tenant: str, person: str, token_hash: str, now: datetime) -> None:
        """A new address in place of the old one."""
        key = f"{tenant}/{person}"
        document = {"_id": key, "tenant": tenant, "person": person, "token": token_hash, "made_at": now}
        await self._db.calendars.replace_one({"_id": key}, document, upsert=True)

    async def note_read(self, token_hash: str, now: datetime) -> None:
        """Somebody's calendar program came."""
        await self._db.calendars.update_one({"token": token_hash}, {"$set": {"read_at": now}})

    async def drop_calendar(self, tenant: str, person: str) -> None:
        """The address is gone."""
        await self._db.calendars.delete_one({"_id": f"{tenant}/{person}"})


def _body(message: Message) -> Document:
    return MessageToDict(message, preserving_proto_field_name=True)
