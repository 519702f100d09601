"""When customers are asked (one document a tenant), and what they said (on their conversations)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pymongo.errors import DuplicateKeyError

from antiphon.channels.domain.conversation import Conversation
from antiphon.channels.domain.sight import Sight
from antiphon.channels.domain.survey import Rule
from antiphon.channels.store import documents, sealing
from antiphon.channels.store.conversations import visible
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.mongo import Database, Document
from antiphon.kit.texts import Texts


class SurveyStore:
    def __init__(self, db: Database, texts: Texts) -> None:
        self.db = db
        self.texts = texts

    async def policy(self, tenant: str) -> tuple[tuple[Rule, ...], int]:
        """The rules and their revision, 0 before there are any."""
        found = await self.db.survey_policies.find_one({"_id": tenant})
        return (tuple(Rule(**rule) for rule in found["rules"]), int(found["rev"])) if found else ((), 0)

    async def put(self, tenant: str, rules: Sequence[Rule], rev: int) -> None:
        """Replaces revision `rev`. Raises STALE."""
        names = ("channel_id", "queue_id", "ask", "every_days", "question", "thanks")
        listed = [{name: getattr(rule, name) for name in names} for rule in rules]
        document = {"_id": tenant, "rev": rev + 1, "rules": listed}
        try:
            if rev == 0:
                await self.db.survey_policies.insert_one(document)
                return
            done = await self.db.survey_policies.replace_one({"_id": tenant, "rev": rev}, document)
        except DuplicateKeyError as error:
            raise DomainError(Common.STALE) from error
        if not done.matched_count:
            raise DomainError(Common.STALE)

    async def asked_since(self, tenant: str, contact_ids: Sequence[str], since: datetime) -> bool:
        """True when one of these contacts was asked from then on."""
        where = {"tenant": tenant, "contact_id": {"$in": list(contact_ids)}, "rating.asked_at": {"$gte": since}}
        return await self.db.conversations.find_one(where, {"_id": 1}) is not None

    async def rated(
        self, tenant: str, sight: Sight, query: Document, limit: int
    ) -> tuple[list[Conversation], dict[int, int]]:
        """The newest answers, and how often each score was given; 0 is no answer."""
        where: Document = {"$and": [{"tenant": tenant}, visible(sight), query]}
        counted = self.db.conversations.aggregate(
            [{"$match": where}, {"$group": {"_id": "$rating.score", "n": {"$sum": 1}}}]
        )
        counts: dict[int, int] = {int(one["_id"]): int(one["n"]) async for one in counted}
        answers: Document = {"$and": [where, {"rating.score": {"$gt": 0}}]}
        found: list[Any] = (
            await self.db.conversations.find(answers).sort("rating.answered_at", -1).limit(limit).to_list(limit)
        )
        await self.texts.open(place for document in found for place in sealing.of_conversation(document))
        return [documents.conversation_from(document) for document in found], counts
