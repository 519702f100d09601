"""Conversations and their messages: one change, one transaction, with the facts it causes.

A change is written only on top of the revision it was made from (`rev`), so that sequence numbers are given by one
writer at a time, on any number of replicas, and none is given twice. Changes of several conversations that come at the
same moment share a transaction and its journal flush; where that fails, each has its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pymongo import InsertOne, ReturnDocument, UpdateOne
from pymongo.errors import BulkWriteError, PyMongoError

from antiphon.channels import convert
from antiphon.channels.domain.conversation import Change, Conversation, Status
from antiphon.channels.domain.message import Delivery, Direction, Message, before
from antiphon.channels.domain.reasons import Reason
from antiphon.channels.domain.sight import Sight
from antiphon.channels.store import documents, sealing
from antiphon.channels.store.mentions import mention_documents
from antiphon.kit import mongo, outbox, tracing
from antiphon.kit.batch import Batch
from antiphon.kit.clock import Clock, from_millis, to_millis
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.mongo import Blocking, BlockingSession, Database, Document, Session
from antiphon.kit.outbox import Outbox, Told
from antiphon.kit.texts import Texts
from antiphon.kit.words import Analyser, Stemming

_SEEN_BY_OTHERS = (
    "status", "queue_id", "assignee_id", "work_id", "read", "tags", "disposition", "contact_id", "contact_name",
    "position", "priority", "snooze_until", "followers", "scheduled", "sla", "rating",
)  # fmt: skip
_CUSTOMERS = 1000
"""Conversations of one customer that a timeline looks through."""
_PLACES = 1000
"""Events that one change may cause, for the order in the outbox."""
_ROUND = 0.02
"""Seconds between the beginnings of two transactions, or of two looks."""


@dataclass(frozen=True, slots=True)
class _Writes:
    """What one change of one conversation writes."""

    conversation: InsertOne[Document] | UpdateOne
    added: dict[str, list[Document]]
    """By collection."""


class ConversationStore:
    def __init__(self, db: Database, texts: Texts, outbox: Outbox, clock: Clock, live_kinds: frozenset[str]) -> None:
        """`live_kinds` are channels without a provider: their messages go out by the visitor's socket."""
        self._live_kinds = live_kinds
        self.analyser: Analyser = Stemming()
        self.db = db
        self.texts = texts
        self.outbox = outbox
        self.clock = clock
        self._looking: Batch[tuple[str, str], Conversation | None] = Batch(self._look, every=_ROUND)
        self._saving: Batch[_Writes, bool] = Batch(self._save_together, every=_ROUND)

    async def get(self, tenant: str, conversation_id: str) -> Conversation:
        """Raises UNKNOWN_CONVERSATION."""
        document = await self.db.conversations.find_one({"_id": conversation_id, "tenant": tenant})
        if document is None:
            raise DomainError(Reason.UNKNOWN_CONVERSATION)
        return await self._conversation(document)

    async def find(self, conversation_id: str) -> Conversation | None:
        """For facts whose tenant is the envelope's; compare it."""
        document = await self.db.conversations.find_one({"_id": conversation_id})
        return await self._conversation(document) if document else None

    async def thread(self, tenant: str, channel_id: str, identity: str, limit: int = 50) -> list[Conversation]:
        """All conversations of one customer in one channel, the newest first."""
        query = {"tenant": tenant, "channel_id": channel_id, "identity": identity}
        cursor = self.db.conversations.find(query).sort([("created_at", -1), ("no", -1)]).limit(limit)
        return await self._conversations(await cursor.to_list(limit))

    async def live(self, channel_id: str, identity: str) -> Conversation | None:
        """The one live conversation of a customer where a channel has no threads. All who write at the same moment
        share a look."""
        return await self._looking.do((channel_id, identity))

    async def _look(self, asked: list[tuple[str, str]]) -> list[Conversation | None]:
        channels, identities = (list(set(names)) for names in zip(*asked, strict=True))
        query = {"channel_id": {"$in": channels}, "identity": {"$in": identities}, "thread": "", "live": True}
        documents_ = await self.db.conversations.find(query).to_list(None)
        found = {(one.channel_id, one.identity): one for one in await self._conversations(documents_)}
        return [found.get(one) for one in asked]

    async def next_number(self, tenant: str) -> int:
        """A number for people; outside of transactions, because everybody wants it. Holes are legal."""
        counter = await self.db.counters.find_one_and_update(
            {"_id": f"conversations:{tenant}"}, {"$inc": {"last": 1}}, upsert=True, return_document=ReturnDocument.AFTER
        )
        return int(counter["last"])

    async def save(self, base: Conversation | None, change: Change) -> Conversation:
        """Writes a change on top of `base` (None: a new conversation). Raises STALE when somebody was faster."""
        after = replace(change.after, rev=(base.rev if base else 0) + 1)
        writes = await self._writes(base, replace(change, after=after))
        if not await self._saving.do(writes):
            await self._save([writes])
        self.outbox.wake()
        return after

    async def _save_together(self, many: list[_Writes]) -> list[bool]:
        """Whether they were written. One that cannot be must not keep the others waiting: each goes alone then."""
        try:
            await self._save(many, patience=0)
        except (DomainError, PyMongoError):
            return [False] * len(many)
        return [True] * len(many)

    async def _save(self, many: list[_Writes], **patience: float) -> None:
        """Changes of different conversations, all or none of them. Raises STALE."""
        new = [one.conversation for one in many if isinstance(one.conversation, InsertOne)]

        def body(db: Blocking, session: BlockingSession) -> None:
            written = db.conversations.bulk_write([one.conversation for one in many], ordered=False, session=session)
            if written.matched_count + len(new) < len(many):
                raise DomainError(Common.STALE)
            for name in ("messages", "mentions", outbox.COLLECTION):
                if added := [document for one in many for document in one.added[name]]:
                    db[name].insert_many(added, session=session)

        try:
            await mongo.transaction_in_thread(self.db, body, **patience)
        except BulkWriteError as error:
            if not mongo.only_duplicates(error):
                raise
            raise DomainError(Common.STALE, "written meanwhile") from error

    async def _writes(self, base: Conversation | None, change: Change) -> _Writes:
        after = change.after
        place = {"tenant": after.tenant, "channel_id": after.channel_id}
        messages = [
            {**place, **await self._message_to(after.tenant, m), **self._outgoing(after, m)} for m in change.added
        ]
        added = {
            "messages": messages,
            "mentions": mention_documents(after, change.added),
            outbox.COLLECTION: self.outbox.documents(self._told(base, change)),
        }
        return _Writes(await self._written(base, after), added)

    async def _written(self, base: Conversation | None, after: Conversation) -> InsertOne[Document] | UpdateOne:
        document = {"_id": after.id, **documents.conversation_to(after)}
        document["duty_at"] = to_millis(self.clock()) if after.has_duties else 0
        if base is None or after.last is not base.last:
            document["last"] = documents.message_to(after.last) if after.last else None
        await self.texts.seal(after.tenant, sealing.of_conversation(document))
        if base is None:
            return InsertOne(document)
        del document["_id"]
        return UpdateOne({"_id": after.id, "tenant": after.tenant, "rev": base.rev}, {"$set": document})

    def _told(self, base: Conversation | None, change: Change) -> list[Told]:
        now, after = self.clock(), change.after
        events: list[Any] = [convert.message_added(message, after, now) for message in change.added]
        events += [convert.person_mentioned(message, after, now) for message in change.added if message.mentions]
        events += [convert.alarm(alarm, after, now) for alarm in change.told]
        if base is not None and any(getattr(base, name) != getattr(after, name) for name in _SEEN_BY_OTHERS):
            events.append(convert.conversation_changed(after, now))
        with tracing.about(f"conversation:{after.id}"):
            trace = tracing.traceparent()
        return [  # in the order of seq, also within one change
            Told(event, after.tenant, after.id, after.rev * _PLACES + place, trace)
            for place, event in enumerate(events)
        ]

    async def _message_to(self, tenant: str, message: Message) -> Document:
        """With the words that it is found by."""
        document = documents.message_to(message)
        await self.texts.seal(tenant, sealing.of_message(document))
        return {**document, **await documents.hidden(tenant, message, self.analyser, self.texts)}

    async def _messages(self, found: Sequence[Document]) -> list[Message]:
        await self.texts.open(place for document in found for place in sealing.of_message(document))
        return [documents.message_from(document) for document in found]

    async def _conversations(self, found: Sequence[Document]) -> list[Conversation]:
        await self.texts.open(place for document in found for place in sealing.of_conversation(document))
        return [documents.conversation_from(document) for document in found]

    async def _conversation(self, document: Document) -> Conversation:
        return (await self._conversations([document]))[0]

    async def _message(self, document: Document | None) -> Message | None:
        return (await self._messages([document]))[0] if document else None

    def _outgoing(self, after: Conversation, message: Message) -> Document:
        if after.channel in self._live_kinds:
            return {}
        if message.delivery is Delivery.STORED and message.direction is Direction.OUT:
            return {"out_due": to_millis(message.at), "out_tries": 0}
        return {}

    async def due_duties(self, until: datetime) -> list[tuple[str, str]]:
        """(tenant, id) of conversations in which something was decided before `until` and not carried out."""
        return await self._ids({"duty_at": {"$gt": 0, "$lt": to_millis(until)}}, "duty_at")

    async def named_otherwise(self, tenant: str, contact_ids: Sequence[str], name: str) -> list[tuple[str, str]]:
        """Some conversations of these contacts that still show another name."""
        theirs = {"contact_id": {"$in": list(contact_ids)}, "contact_name": {"$ne": name}}
        return await self._ids({"tenant": tenant, **theirs}, "_id")

    async def due_care(self, now: datetime) -> list[tuple[str, str]]:
        """Conversations with a planned message that is due, or a norm that comes near or breaks."""
        due = {"$gt": 0, "$lte": to_millis(now)}
        planned = await self._ids({"scheduled_due": due}, "scheduled_due")
        return list(dict.fromkeys((*planned, *await self._ids({"sla_due": due}, "sla_due"))))

    async def due_timers(self, now: datetime) -> list[tuple[str, str]]:
        return await self._ids({"timer_due": {"$gt": 0, "$lte": to_millis(now)}}, "timer_due")

    async def _ids(self, query: Document, order: str) -> list[tuple[str, str]]:
        found = await self.db.conversations.find(query, {"tenant": 1}).sort(order, 1).limit(200).to_list(200)
        return [(document["tenant"], document["_id"]) for document in found]

    async def page(
        self, tenant: str, sight: Sight, query: Document, limit: int, after: str
    ) -> tuple[list[Conversation], str]:
        """The latest activity first, from just after the mark `after`."""
        conditions: list[Document] = [{"tenant": tenant}, visible(sight), query]
        if after:
            at, _, last_id = after.partition("~")
            moment = datetime.fromisoformat(at)
            conditions.append({"$or": [{"active_at": {"$lt": moment}}, {"active_at": moment, "_id": {"$lt": last_id}}]})
        cursor = self.db.conversations.find({"$and": conditions}).sort([("active_at", -1), ("_id", -1)])
        found = await cursor.limit(limit + 1).to_list(limit + 1)
        conversations = await self._conversations(found[:limit])
        last = conversations[-1] if len(found) > limit else None
        return conversations, f"{last.active_at.isoformat()}~{last.id}" if last else ""

    async def messages(
        self, tenant: str, conversation_id: str, *, older_than: int = 0, newer_than: int = 0, limit: int = 50
    ) -> tuple[list[Message], bool]:
        """In order of seq: those after `newer_than`, or the last ones before `older_than` (0: the end). And whether
        there are more in that direction."""
        seq: Document = {"$gt": newer_than}
        if older_than:
            seq["$lt"] = older_than
        forward = newer_than > 0 and not older_than
        cursor = self.db.messages.find({"tenant": tenant, "conv": conversation_id, "seq": seq})
        found = await cursor.sort("seq", 1 if forward else -1).limit(limit + 1).to_list(limit + 1)
        page = found[:limit] if forward else found[:limit][::-1]
        return await self._messages(page), len(found) > limit

    async def message(self, tenant: str, conversation_id: str, seq: int) -> Message | None:
        query = {"tenant": tenant, "conv": conversation_id, "seq": seq}
        return await self._message(await self.db.messages.find_one(query))

    async def message_by_client_id(self, conversation_id: str, author: str, client_id: str) -> Message | None:
        key = documents.dedup_key(author, client_id)
        return await self._message(await self.db.messages.find_one({"conv": conversation_id, "cid": key}))

    async def timeline(
        self, tenant: str, sight: Sight, contact_ids: Sequence[str], limit: int, after: str
    ) -> tuple[list[Message], list[Conversation], str]:
        """The newest messages of these contacts' visible conversations, from just after the mark `after`."""
        theirs: list[Document] = [{"tenant": tenant}, visible(sight), {"contact_id": {"$in": list(contact_ids)}}]
        newest = self.db.conversations.find({"$and": theirs}).sort([("active_at", -1)])
        seen = {document["_id"]: document for document in await newest.to_list(_CUSTOMERS)}
        conditions: list[Document] = [{"conv": {"$in": sorted(seen)}}]
        if after:
            at, conv, seq = after.split("~")
            moment = datetime.fromisoformat(at)
            earlier = {"at": moment, "$or": [{"conv": {"$lt": conv}}, {"conv": conv, "seq": {"$lt": int(seq)}}]}
            conditions.append({"$or": [{"at": {"$lt": moment}}, earlier]})
        order = [("at", -1), ("conv", -1), ("seq", -1)]
        found = await self.db.messages.find({"$and": conditions}).sort(order).limit(limit + 1).to_list(limit + 1)
        messages = await self._messages(found[:limit])
        named = await self._conversations([seen[conv] for conv in dict.fromkeys(m.conversation_id for m in messages)])
        last = messages[-1] if len(found) > limit else None
        return messages, named, f"{last.at.isoformat()}~{last.conversation_id}~{last.seq}" if last else ""

    async def message_by_ext(self, channel_id: str, ext_id: str, direction: Direction) -> tuple[str, Message] | None:
        """The tenant and the message that the provider knows by this id."""
        query = {"channel_id": channel_id, "ext": ext_id, "direction": direction.value}
        document = await self.db.messages.find_one(query)
        return (document["tenant"], (await self._messages([document]))[0]) if document else None

    async def naming(self, tenant: str, attachment_id: str) -> list[str]:
        """The conversations whose messages, sent or planned, name a file."""
        found = self.db.messages.find({"tenant": tenant, "attachments.id": attachment_id}, {"conv": 1}).limit(20)
        named = [document["conv"] async for document in found]
        planned = self.db.conversations.find({"tenant": tenant, "scheduled.attachments.id": attachment_id}, {"_id": 1})
        named += [document["_id"] async for document in planned.limit(20)]
        return list(dict.fromkeys(named))

    async def change_message(
        self, tenant: str, conversation_id: str, seq: int, body: Callable[[Message], Message | None]
    ) -> Message | None:
        """Changes a stored message and tells it. `body` returns None when nothing changes."""

        async def write(session: Session) -> Message | None:
            query = {"tenant": tenant, "conv": conversation_id, "seq": seq}
            document = await self.db.messages.find_one(query, session=session)
            message = await self._message(document)
            changed = body(message) if message else None
            if document is None or changed is None:
                return None
            changed = replace(changed, rev=document["rev"] + 1)
            kept = await self._message_to(tenant, changed)
            update: Document = {"$set": kept}
            if changed.delivery is not Delivery.STORED:
                update["$unset"] = {"out_due": "", "out_tries": "", "out_claim": ""}
            await self.db.messages.update_one(query, update, session=session)
            conversation = {"_id": conversation_id, "tenant": tenant}
            last = {"$set": {"last": {name: value for name, value in kept.items() if name not in ("tok", "tokv")}}}
            await self.db.conversations.update_one({**conversation, "last.seq": seq}, last, session=session)
            found = await self.db.conversations.find_one(conversation, {"rev": 1}, session=session)
            event = convert.message_changed(changed, self.clock())
            version = (found["rev"] if found else 0) * _PLACES + _PLACES - 1
            with tracing.about(f"conversation:{conversation_id}"):
                await self.outbox.add(session, event, tenant=tenant, key=conversation_id, version=version)
            return changed

        changed = await mongo.transaction(self.db, write)
        self.outbox.wake()
        return changed

    async def advance_delivery(self, tenant: str, conversation_id: str, up_to: int, to: Delivery) -> None:
        """Moves what went out up to a sequence number forward to DELIVERED or READ."""
        query = {
            "tenant": tenant, "conv": conversation_id, "direction": Direction.OUT.value, "seq": {"$lte": up_to},
            "delivery": {"$in": [state.value for state in before(to)]},
        }  # fmt: skip
        found = await self.db.messages.find(query, {"seq": 1}).sort("seq", -1).limit(200).to_list(200)
        for document in reversed(found):
            await self.change_message(
                tenant, conversation_id, document["seq"],
                lambda m: replace(m, delivery=to) if m.delivery in before(to) else None,
            )  # fmt: skip

    async def advance_until(self, channel_id: str, peer: str, until: datetime, to: Delivery) -> None:
        """Moves what went to a peer until an instant forward to DELIVERED or READ."""
        query = {"channel_id": channel_id, "peer": peer}
        found = await self.db.conversations.find(query, {"tenant": 1}).sort("created_at", -1).limit(5).to_list(5)
        for document in found:
            written = {"tenant": document["tenant"], "conv": document["_id"], "at": {"$lte": until}}
            last = await self.db.messages.find_one(written, {"seq": 1}, sort=[("seq", -1)])
            if last is not None:
                await self.advance_delivery(document["tenant"], document["_id"], last["seq"], to)

    async def due_outgoing(self, now: datetime) -> list[tuple[str, str]]:
        """(tenant, conversation) with messages that wait to be sent."""
        query = {"out_due": {"$gt": 0, "$lte": to_millis(now)}}
        found = await self.db.messages.find(query, {"tenant": 1, "conv": 1}).sort("out_due", 1).limit(500).to_list(500)
        return list(dict.fromkeys((document["tenant"], document["conv"]) for document in found))

    async def head_outgoing(self, tenant: str, conversation_id: str) -> tuple[Message, datetime, int, bool] | None:
        """The oldest unsent message of a conversation: (message, due, tries, whether it was being sent)."""
        query = {"tenant": tenant, "conv": conversation_id, "out_due": {"$gt": 0}}
        document = await self.db.messages.find_one(query, sort=[("seq", 1)])
        if document is None:
            return None
        claim = bool(document.get("out_claim"))
        (message,) = await self._messages([document])
        return message, from_millis(document["out_due"]), document["out_tries"], claim

    async def claim_outgoing(self, message: Message, tries: int, until: datetime) -> bool:
        """Says "I am sending this now" before the provider is called. False when another was faster."""
        written = await self.db.messages.update_one(
            {"conv": message.conversation_id, "seq": message.seq, "out_tries": tries, "out_due": {"$gt": 0}},
            {"$set": {"out_claim": True, "out_due": to_millis(until)}, "$inc": {"out_tries": 1}},
        )
        return written.modified_count == 1

    async def postpone_outgoing(self, message: Message, due: datetime, *, counts: bool = True) -> None:
        """Not taken: again at `due`. With `counts=False` the attempt is not held against the message."""
        update: Document = {"$set": {"out_due": to_millis(due), "out_claim": False}}
        if not counts:
            update["$inc"] = {"out_tries": -1}
        await self.db.messages.update_one(
            {"conv": message.conversation_id, "seq": message.seq, "out_due": {"$gt": 0}}, update
        )


def open_statuses() -> Document:
    return {"status": {"$in": [status.value for status in Status if status is not Status.CLOSED]}}


def visible(sight: Sight) -> Document:
    conditions: list[Document] = []
    if sight.projects:
        conditions.append({"project_id": {"$in": list(sight.projects)}})
    if not sight.everything:
        ways: list[Document] = [{"queue_id": {"$in": sorted(sight.queue_ids)}}]
        if sight.person_id:
            ways += [{name: sight.person_id} for name in ("assignee_id", "agents", "followers")]
        conditions.append({"$or": ways})
    return {"$and": conditions} if conditions else {}
