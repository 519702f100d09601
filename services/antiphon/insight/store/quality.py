"""Mongo: scorecards with their versions, evaluations with their history. Each write names the revision it changes."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

from pymongo import DESCENDING
from pymongo.errors import DuplicateKeyError

from antiphon.insight.app.evaluating import Asked, Kept
from antiphon.insight.app.scorecards import Stored
from antiphon.insight.domain.scorecard import Criterion, Evaluation, Judgement, Part, Scorecard
from antiphon.kit import mongo
from antiphon.kit.clock import from_millis
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.mongo import Document, Index

INDEXES = (
    Index("scorecards", "tenant", (("tenant", 1),)),
    Index("evaluations", "made", (("tenant", 1), ("made", -1), ("_id", -1))),
    Index("evaluations", "agent", (("tenant", 1), ("agent", 1), ("made", -1), ("_id", -1))),
    Index("evaluations", "about", (("tenant", 1), ("about", 1))),
)


class QualityStore:
    """What people said; it cannot be computed again."""

    def __init__(self, db: mongo.Database) -> None:
        self._db = db

    # ------------------------------------------------------------ scorecards

    async def scorecards(self, tenant: str) -> list[Stored]:
        return [_stored(one) async for one in self._db.scorecards.find({"tenant": tenant})]

    async def scorecard(self, tenant: str, scorecard_id: str) -> Stored:
        """Raises NOT_FOUND."""
        found = await self._db.scorecards.find_one({"_id": f"{tenant}/{scorecard_id}", "tenant": tenant})
        if found is None:
            raise DomainError(Common.NOT_FOUND, scorecard=scorecard_id)
        return _stored(found)

    async def put_scorecard(self, tenant: str, before: Stored | None, after: Stored) -> bool:
        """False when somebody else was faster, or evaluated by it meanwhile."""
        document = _of_stored(tenant, after)
        if before is None:
            await self._db.scorecards.insert_one(document)
            return True
        where = {"_id": document["_id"], "rev": before.rev, "used": before.used}
        return bool((await self._db.scorecards.replace_one(where, document)).matched_count)

    async def mark_used(self, tenant: str, stored: Stored) -> bool:
        """From now on this version is never changed. False when it was changed or archived meanwhile."""
        where = {"_id": f"{tenant}/{stored.card.id}", "rev": stored.rev}
        return bool((await self._db.scorecards.update_one(where, {"$set": {"used": True}})).matched_count)

    # ------------------------------------------------------------ evaluations

    async def evaluation(self, tenant: str, evaluation_id: str) -> Kept | None:
        found = await self._db.evaluations.find_one({"_id": f"{tenant}/{evaluation_id}", "tenant": tenant})
        return _kept(found, await self.scorecard(tenant, found["scorecard"])) if found is not None else None

    async def put_evaluation(self, tenant: str, before: Kept | None, after: Kept) -> bool:
        """False when somebody else was faster."""
        document = _of_kept(tenant, after)
        if before is None:
            try:
                await self._db.evaluations.insert_one(document)
            except DuplicateKeyError:
                return False
            return True
        where = {"_id": document["_id"], "rev": before.rev}
        return bool((await self._db.evaluations.replace_one(where, document)).matched_count)

    async def evaluations(self, tenant: str, asked: Asked) -> AsyncGenerator[Kept, None]:
        """The newest first, from the question's page on."""
        cards: dict[str, Stored] = {}
        found = self._db.evaluations.find(_where(tenant, asked)).sort([("made", DESCENDING), ("_id", DESCENDING)])
        async for document in found:
            if document["scorecard"] not in cards or cards[document["scorecard"]].version(document["version"]) is None:
                cards[document["scorecard"]] = await self.scorecard(tenant, document["scorecard"])
            yield _kept(document, cards[document["scorecard"]])

    async def blank(self, tenant: str, abouts: list[str]) -> int:
        """No word is left about these interactions; returns how many evaluations there are."""
        where = {"tenant": tenant, "about": {"$in": abouts}}
        done = await self._db.evaluations.update_many(where, {"$set": {"history.$[].comment": ""}, "$inc": {"rev": 1}})
        return int(done.matched_count)


def _where(tenant: str, asked: Asked) -> Document:
    where: Document = {"tenant": tenant, "made": {"$gte": asked.since, "$lt": asked.until}}
    for name, values in (
        ("agent", asked.agents), ("queue", asked.queues), ("scorecard", asked.scorecards),
        ("evaluator", asked.evaluators), ("project", asked.projects),
    ):  # fmt: skip
        if values:
            where[name] = {"$in": sorted(values)}
    if asked.interaction:
        where["about"] = asked.interaction
    if asked.unread:
        where["acknowledged"] = None
    if asked.after is None:
        return where
    made, key = asked.after
    earlier: list[Document] = [{"made": {"$lt": made}}, {"made": made, "_id": {"$lt": f"{tenant}/{key}"}}]
    return {"$and": [where, {"$or": earlier}]}


def _of_stored(tenant: str, it: Stored) -> Document:
    return {
        "_id": f"{tenant}/{it.card.id}",
        "tenant": tenant,
        "scorecard": it.card.id,
        "rev": it.rev,
        "used": it.used,
        "archived": it.archived,
        "newest": _of_card(it.card),
        "earlier": [_of_card(one) for one in (it.earlier or {}).values()],
    }


def _of_card(card: Scorecard) -> Document:
    criteria = [[one.id, one.name, one.weight, one.scale, one.fatal] for one in card.criteria]
    return {"version": card.version, "name": card.name, "criteria": criteria}


def _stored(document: Document) -> Stored:
    newest, *earlier = (
        Scorecard(
            document["scorecard"], one["name"], tuple(Criterion(*each) for each in one["criteria"]), one["version"]
        )
        for one in (document["newest"], *document["earlier"])
    )
    kept = {card.version: card for card in earlier}
    return Stored(newest, document["rev"], document["used"], document["archived"], kept)


def _of_kept(tenant: str, one: Kept) -> Document:
    it = one.it
    return {
        "_id": f"{tenant}/{one.id}",
        "tenant": tenant,
        "evaluation": one.id,
        "rev": one.rev,
        "about": it.part.interaction,
        "agent": it.part.agent,
        "queue": it.part.queue,
        "project": it.part.project,
        "scorecard": it.scorecard,
        "version": it.version,
        "evaluator": it.evaluator,
        "made": it.made,
        "acknowledged": it.acknowledged,
        "history": [
            {"at": each.at, "points": dict(each.points), "score": each.score, "comment": each.comment}
            for each in it.history
        ],
        "kept": from_millis(it.made),
    }


def _kept(document: Document, stored: Stored) -> Kept:
    card: Any = stored.version(document["version"])
    part = Part(document["about"], document["agent"], document["queue"], document["project"])
    history = tuple(Judgement(one["at"], one["points"], one["score"], one["comment"]) for one in document["history"])
    it = Evaluation(
        part, document["scorecard"], document["version"], document["evaluator"], history, document["acknowledged"]
    )
    return Kept(document["evaluation"], it, card, document["rev"])
