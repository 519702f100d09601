"""Asking customers how they were served, and showing what they said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from antiphon.channels.domain import survey
from antiphon.channels.domain.conversation import Change, Conversation
from antiphon.channels.domain.message import Message
from antiphon.channels.domain.survey import Rule
from antiphon.channels.v1 import channels_pb2
from antiphon.kit.errors import invalid

if TYPE_CHECKING:
    from antiphon.channels.app.desk import Desk
    from antiphon.channels.app.person import Person
    from antiphon.channels.store import SurveyStore
    from antiphon.kit.bus import Fact
    from antiphon.kit.mongo import Document
    from antiphon.kit.tokens import Caller

_PAGE, _MAX_PAGE = 50, 200
_LANGUAGES = ("en", "ru", "uk")


@dataclass(frozen=True, slots=True)
class Period:
    since: datetime | None = None
    until: datetime | None = None
    queue_id: str = ""
    agent_id: str = ""
    commented: bool = False
    limit: int = 0


class Surveys:
    def __init__(self, store: SurveyStore, desk: Desk) -> None:
        self.store = store
        self.desk = desk

    async def policy(self, caller: Caller) -> tuple[tuple[Rule, ...], int]:
        return await self.store.policy(caller.tenant)

    async def put(self, caller: Caller, rules: list[Rule], rev: int) -> tuple[tuple[Rule, ...], int]:
        """Raises STALE, INVALID."""
        if len(rules) > survey.MAX_RULES:
            raise invalid("policy.rules", f"at most {survey.MAX_RULES} rules")
        for rule in rules:
            _check(rule)
        await self.store.put(caller.tenant, rules, rev)
        return tuple(rules), rev + 1

    async def closed(self, fact: Fact) -> None:
        """A conversation changed: when it was closed by its agent, the customer is asked. Twice is once."""
        told = fact.event.conversation
        if told.status != channels_pb2.CONVERSATION_STATUS_CLOSED:
            return
        conversations = self.desk.conversations
        it = await conversations.store.find(told.id)
        if it is None or it.tenant != fact.tenant or not survey.is_due(it, conversations.now()):
            return
        rules, _ = await self.store.policy(it.tenant)
        rule = survey.rule_for(rules, it)
        if rule is None:
            return
        family = await self.desk.asks.family(it.tenant, it.contact_id)
        now = conversations.now()
        if await self.store.asked_since(it.tenant, family, now - timedelta(days=rule.every_days)):
            return

        async def decide(now_it: Conversation) -> Change | None:
            return survey.ask(Change(now_it), rule, now) if survey.is_due(now_it, now) else None

        await conversations.change(it.tenant, it.id, decide)
        self.desk.sent()

    async def answer(self, change: Change, message: Message, choice: str) -> Change | None:
        """What a customer's message changes as an answer; None when it is none."""
        it = change.after
        if it.rating is None or it.is_live:
            return None
        rules, _ = await self.store.policy(it.tenant)
        rule = survey.rule_for(rules, it)
        return survey.answered(change, message, choice, rule.thanks if rule else None)

    async def by_link(self, it: Conversation, score: int, comment: str) -> bool:
        """Keeps what was said on the page of the mail. False when it is too late."""
        taken = False

        async def decide(now_it: Conversation) -> Change | None:
            nonlocal taken
            change = survey.by_link(Change(now_it), score, comment, self.desk.conversations.now())
            taken = change is not None
            return change

        await self.desk.conversations.change(it.tenant, it.id, decide)
        return taken

    async def rated(self, person: Person, period: Period) -> tuple[list[Conversation], dict[int, int]]:
        """The newest answers of a period, and how often each score was given; 0 is no answer. Raises INVALID."""
        if not 0 <= period.limit <= _MAX_PAGE:
            raise invalid("limit", f"limit must be between 1 and {_MAX_PAGE}")
        since = period.since or self.desk.conversations.now() - timedelta(days=30)
        span: Document = {"$gte": since, **({"$lt": period.until} if period.until else {})}
        query: Document = {"rating.asked_at": span}
        if period.queue_id:
            query["queue_id"] = period.queue_id
        if period.agent_id:
            query["agents"] = period.agent_id
        if period.commented:
            query["rating.comment"] = {"$gt": ""}
        sight = await self.desk.sight(person)
        return await self.store.rated(person.caller.tenant, sight, query, period.limit or _PAGE)


def _check(rule: Rule) -> None:
    if not 1 <= rule.every_days <= 365:
        raise invalid("policy.rules.every_days", "once in 1 to 365 days")
    for name in ("question", "thanks"):
        for language, words in (getattr(rule, name) or {}).items():
            if language not in _LANGUAGES or len(words) > survey.MAX_WORDS:
                raise invalid(f"policy.rules.{name}", f"en, ru or uk, at most {survey.MAX_WORDS} characters each")
