"""Mongo: facts as they were heard, interactions as they were folded from them, offers, agents' states, queues' cards.

Facts are only ever added, under a key made of what they say. An interaction is replaced by one made of at least as many
facts, so two replicas that fold the same one at once cannot leave the older behind.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Collection, Sequence, Set
from datetime import datetime
from typing import Any

from pymongo import DESCENDING, ReplaceOne, UpdateOne
from pymongo.errors import BulkWriteError, DuplicateKeyError, PyMongoError

from antiphon.insight import documents
from antiphon.insight.app.asking import Question
from antiphon.insight.app.erasing import PERSONAL
from antiphon.insight.app.hearing import Notes
from antiphon.insight.app.making import Subject
from antiphon.insight.app.missing import Lost
from antiphon.insight.domain.heard import Heard
from antiphon.insight.domain.interaction import Interaction
from antiphon.insight.domain.presence import Moment, State
from antiphon.insight.domain.report import Offer
from antiphon.insight.store import quality
from antiphon.kit import mongo
from antiphon.kit.clock import from_millis
from antiphon.kit.erasing import Traces
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.mongo import Document, Index

_DAY = 86_400
_KEYS_AT_ONCE = 1_000


def indexes(keep_days: int) -> tuple[Index, ...]:
    """What old things are dropped by carries its days in its name: another setting is another index."""
    old = [
        Index(name, f"old{keep_days}", (("kept", 1),), expires_after=keep_days * _DAY)
        for name in ("facts", "interactions", "offers", "states", "evaluations")
    ]
    return (
        Index("facts", "about", (("tenant", 1), ("about", 1))),
        Index("facts", "new", (("at", 1),), where={"folded": False}),
        Index("interactions", "started", (("tenant", 1), ("started", -1), ("_id", -1))),
        Index("interactions", "span", (("tenant", 1), ("last", 1), ("started", 1))),
        Index("interactions", "missed", (("tenant", 1), ("missed", 1)), where={"missed": {"$gt": 0}}),
        Index("interactions", "customer", (("tenant", 1), ("keys", 1))),
        Index("offers", "time", (("tenant", 1), ("at", 1))),
        Index("states", "agent", (("tenant", 1), ("agent", 1), ("at", 1))),
        Index("states", "time", (("tenant", 1), ("at", 1))),
        Index("queues", "tenant", (("tenant", 1),)),
        Index("campaigns", "tenant", (("tenant", 1),)),
        *quality.INDEXES,
        *old,
    )


COLLECTIONS = ("gone", "rebuilds")


class Store:
    """The service's own database."""

    def __init__(self, db: mongo.Database) -> None:
        self._db = db

    # ------------------------------------------------------------ what is heard

    async def note(self, notes: Notes) -> None:
        """Returns when all of it is stored; repeating it changes nothing."""
        facts = {document["_id"]: document for document in (documents.of_fact(*each) for each in notes.facts)}
        if facts:
            kept = await self._without_the_erased(list(facts.values()))
            await _once(self._db.facts.insert_many(kept, ordered=False))
        if notes.offers:
            await self._db.offers.bulk_write([_offer(*each) for each in notes.offers])
        if notes.states:
            await self._db.states.bulk_write([_state(*each) for each in notes.states], ordered=False)
        for each in notes.queues:
            await self._note_card("queue", *each)
        for each in notes.campaigns:
            await self._note_card("campaign", *each)

    async def _without_the_erased(self, facts: list[Document]) -> list[Document]:
        contacts = {fact["told"]["contact"] for fact in facts if "contact" in fact["told"]}
        if contacts and (gone := await self._gone(contacts)):
            return [documents.without_person(one) if one["told"].get("contact") in gone else one for one in facts]
        return facts

    async def _note_card(self, kind: str, tenant: str, about: str, card: Document) -> None:
        """The newest card of a queue, a campaign."""
        where = {"_id": f"{tenant}/{about}"}
        try:
            await self._db[f"{kind}s"].update_one(
                {**where, "$or": [{"rev": {"$lt": card["rev"]}}, {"rev": {"$exists": False}}]},
                {"$set": {"tenant": tenant, kind: about, **card}},
                upsert=True,
            )
        except DuplicateKeyError:
            return  # a newer one is there

    async def queues(self, tenant: str) -> dict[str, Document]:
        found = await self._db.queues.find({"tenant": tenant}).to_list(None)
        return {document["queue"]: document for document in found}

    async def campaigns(self, tenant: str) -> dict[str, str]:
        """Names by id."""
        return {one["campaign"]: one["name"] async for one in self._db.campaigns.find({"tenant": tenant})}

    # ------------------------------------------------------------ folding

    async def unfolded(self, most: int) -> list[tuple[str, str, list[str]]]:
        """(tenant, interaction, ids of new facts), the oldest facts first."""
        found = await self._db.facts.find({"folded": False}, {"tenant": 1, "about": 1}).sort("at", 1).to_list(most)
        by: dict[tuple[str, str], list[str]] = {}
        for document in found:
            by.setdefault((document["tenant"], document["about"]), []).append(document["_id"])
        return [(tenant, about, ids) for (tenant, about), ids in by.items()]

    async def facts_about(self, wanted: Collection[Subject]) -> dict[Subject, list[Heard]]:
        """All that was ever told of these."""
        by_tenant: dict[str, list[str]] = {}
        for tenant, about in wanted:
            by_tenant.setdefault(tenant, []).append(about)
        any_of: list[Document] = [{"tenant": one, "about": {"$in": abouts}} for one, abouts in by_tenant.items()]
        found: dict[Subject, list[Heard]] = {each: [] for each in wanted}
        async for document in self._db.facts.find({"$or": any_of}):
            found[document["tenant"], document["about"]].append(documents.fact_of(document))
        return found

    async def keep(self, made: Sequence[tuple[str, Interaction, int]]) -> None:
        """Interactions with their tenants, and of how many facts each was made; unless it is there already, made of
        more."""
        writes = []
        for tenant, it, facts in made:
            document = documents.of_interaction(tenant, it, facts)
            writes.append(ReplaceOne({"_id": document["_id"], "facts": {"$lte": facts}}, document, upsert=True))
        if writes:
            await _once(self._db.interactions.bulk_write(writes, ordered=False))

    async def folded(self, ids: Sequence[str]) -> None:
        await self._db.facts.update_many({"_id": {"$in": list(ids)}}, {"$set": {"folded": True}})

    async def unfold(self, tenant: str, by: str, now: datetime) -> int:
        """All facts of a tenant are to be read again; returns how many interactions they are about."""
        facts = await self._db.facts.count_documents({"tenant": tenant})
        asked = {"by": by, "begun_at": now, "facts": facts}
        await self._db.rebuilds.replace_one({"_id": tenant}, asked, upsert=True)
        await self._db.facts.update_many({"tenant": tenant, "folded": True}, {"$set": {"folded": False}})
        return int(await self._db.interactions.count_documents({"tenant": tenant}))

    async def rebuild(self, tenant: str) -> tuple[Document | None, int]:
        """The last time that all was to be read again, and how many facts are left."""
        told = await self._db.rebuilds.find_one({"_id": tenant})
        left = await self._db.facts.count_documents({"tenant": tenant, "folded": False}) if told else 0
        return told, left

    # ------------------------------------------------------------ erasing

    async def gone(self, tenant: str, contact_ids: list[str]) -> None:
        """These cards are erased: what is heard of them later is kept without the person."""
        cards = [UpdateOne({"_id": each}, {"$set": {"tenant": tenant}}, upsert=True) for each in contact_ids]
        await self._db.gone.bulk_write(cards, ordered=False)

    async def _gone(self, contacts: set[str]) -> set[str]:
        return {one["_id"] async for one in self._db.gone.find({"_id": {"$in": sorted(contacts)}}, {"_id": 1})}

    async def of_customer(self, tenant: str, contact_ids: list[str], traces: Traces) -> list[str]:
        """Interactions of these cards, and those in which the customer shows by number or name. Asked of the facts too:
        some may not be folded yet."""
        found = set[str]()
        for table, contact, party in (("interactions", "contact", "party"), ("facts", "told.contact", "told.party")):
            named = {"tenant": tenant, "$or": [{contact: {"$in": contact_ids}}, {party: {"$gt": ""}}]}
            async for one in self._db[table].find(named, {"about": 1, contact: 1, party: 1}):
                told = one.get("told", one)
                if told.get("contact") in contact_ids or traces.within(told.get("party", "")):
                    found.add(one["about"])
        return sorted(found)

    async def blank(self, tenant: str, abouts: list[str]) -> int:
        """These interactions and their facts name nobody; returns how many there are."""
        where = {"tenant": tenant, "about": {"$in": abouts}}
        await self._db.facts.update_many(where, {"$unset": {f"told.{name}": "" for name in PERSONAL}})
        nobody: Document = {**dict.fromkeys(PERSONAL, ""), "keys": [], "missed": None}
        done = await self._db.interactions.update_many(where, {"$set": nobody})
        return int(done.matched_count)

    # ------------------------------------------------------------ asking

    async def one(self, tenant: str, about: str) -> Interaction:
        """Raises NOT_FOUND."""
        found = await self._db.interactions.find_one({"_id": f"{tenant}/{about}", "tenant": tenant})
        if found is None:
            raise DomainError(Common.NOT_FOUND, interaction=about)
        return documents.interaction_of(found)

    async def newest(self, tenant: str, question: Question) -> AsyncIterator[Interaction]:
        """Those that may be meant, newest first, from the question's page on."""
        where = _where(tenant, question)
        if question.after is not None:
            started, about = question.after
            earlier: Document = {"started": {"$lt": started}}
            same: Document = {"started": started, "_id": {"$lt": f"{tenant}/{about}"}}
            where = {"$and": [where, {"$or": [earlier, same]}]}
        async for document in self._db.interactions.find(where).sort([("started", DESCENDING), ("_id", DESCENDING)]):
            yield documents.interaction_of(document)

    async def touching(self, tenant: str, since: int, until: int) -> AsyncIterator[Interaction]:
        """All of which anything may have begun in the span, in order of their beginning."""
        where = {"tenant": tenant, "last": {"$gte": since}, "started": {"$lt": until}}
        async for document in self._db.interactions.find(where).hint("span"):
            yield documents.interaction_of(document)

    async def lost(self, tenant: str, question: Lost, most: int) -> list[Interaction]:
        """Calls and promises in which a customer was lost in the span, the oldest first, with no regard to what came
        of it later. Nobody can call back who is erased."""
        where: Document = {"tenant": tenant, "missed": {"$gte": max(question.since, 1), "$lt": question.until}}
        if question.queues is not None:
            where["queues"] = {"$in": [*question.queues, *([[]] if "" in question.queues else [])]}
        _among(where, "line", question.lines)
        _among(where, "project", question.projects)
        found = await self._db.interactions.find(where).sort("missed", 1).limit(most).to_list(None)
        gone = await self._gone({one["contact"] for one in found if one["contact"]})
        return [documents.interaction_of(one) for one in found if one["contact"] not in gone]

    async def around(self, tenant: str, keys: Collection[str], since: int, projects: Set[str]) -> list[Interaction]:
        """Everything of these customers since then, and their open promises."""
        wanted, found = sorted(keys), list[Interaction]()
        later: list[Document] = [{"last": {"$gte": since}}, {"talked": {"$gte": since}}, {"ended": None}]
        for begin in range(0, len(wanted), _KEYS_AT_ONCE):
            some = {"$in": wanted[begin : begin + _KEYS_AT_ONCE]}
            where: Document = {"tenant": tenant, "keys": some, "$or": later}
            _among(where, "project", projects)
            found += [documents.interaction_of(one) async for one in self._db.interactions.find(where)]
        return list({it.id: it for it in found}.values())

    async def offers(self, tenant: str, since: int, until: int) -> AsyncIterator[Offer]:
        where = {"tenant": tenant, "at": {"$gte": since, "$lt": until}}
        async for one in self._db.offers.find(where):
            yield Offer(one["agent"], one["queue"], one["at"], bool(one.get("missed")))

    async def moments(self, tenant: str, since: int, until: int) -> list[Moment]:
        """Changes of all agents' states in the span, and what each of them was when it began."""
        before: Document = {"tenant": tenant, "at": {"$lt": since}}
        last = {"_id": "$agent", "it": {"$last": "$$ROOT"}}
        stages: list[Document] = [{"$match": before}, {"$sort": {"agent": 1, "at": 1, "order": 1}}, {"$group": last}]
        found = [row["it"] async for row in self._db.states.aggregate(stages, allowDiskUse=True)]
        inside = {"tenant": tenant, "at": {"$gte": since, "$lt": until}}
        found += await self._db.states.find(inside).to_list(None)
        return [Moment(one["agent"], one["at"], one["order"], State(one["state"])) for one in found]


async def _once(writing: Awaitable[object]) -> None:
    """What is there already stays as it is."""
    try:
        await writing
    except BulkWriteError as error:
        if not mongo.only_duplicates(error):
            raise


def _offer(tenant: str, item: str, version: int, told: Document) -> UpdateOne:
    """What is known of an offer; both its facts name (item, version)."""
    update: Document = {"$set": {"tenant": tenant, **told}}
    if "at" in told:
        update["$set"]["kept"] = from_millis(told["at"])
    return UpdateOne({"_id": f"{tenant}/{item}/{version}"}, update, upsert=True)


def _state(tenant: str, moment: Moment) -> UpdateOne:
    document = {
        "tenant": tenant, "agent": moment.agent, "at": moment.at, "order": moment.order, "state": str(moment.state),
        "kept": from_millis(moment.at),
    }  # fmt: skip
    key = f"{tenant}/{moment.agent}/{moment.at}/{moment.order}"
    return UpdateOne({"_id": key}, {"$setOnInsert": document}, upsert=True)


def _where(tenant: str, question: Question) -> Document:
    where: Document = {"tenant": tenant}
    if question.figure:
        where |= {"last": {"$gte": question.since}, "started": {"$lt": question.until}}
    else:
        where["started"] = {"$gte": question.since, "$lt": question.until}
        _among(where, "queues", question.wanted.queues)
        _among(where, "agents", question.wanted.agents)
    _among(where, "channel", question.wanted.channels)
    _among(where, "direction", question.wanted.directions)
    _among(where, "result", question.wanted.results)
    _among(where, "tags", question.wanted.tags)
    _among(where, "project", question.wanted.projects)
    _among(where, "campaign", question.wanted.campaigns)
    _among(where, "sort", question.sorts)
    if question.only:
        where["agents"] = {"$all": [question.only], **where.get("agents", {})}
    if question.contact:
        where["contact"] = question.contact
    if question.party:
        where["party"] = {"$regex": re.escape(question.party), "$options": "i"}
    if question.least or question.most:
        where["duration"] = {"$gte": question.least, **({"$lte": question.most} if question.most else {})}
    return where


def _among(where: Document, name: str, values: Set[Any]) -> None:
    if values:
        none: Document = {"queues": [], "agents": [], "tags": [], "campaign": None}
        where[name] = {"$in": [*values, *([none[name]] if name in none and "" in values else [])]}


AWAY = (PyMongoError,)
"""What a database that does not answer raises."""
