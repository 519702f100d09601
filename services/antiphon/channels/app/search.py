"""Finding what was said, within what the caller may see."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from antiphon.channels.domain.ranking import score
from antiphon.kit.errors import invalid
from antiphon.kit.words import excerpt

if TYPE_CHECKING:
    from antiphon.channels.app.desk import Desk
    from antiphon.channels.app.person import Person
    from antiphon.channels.domain.conversation import Conversation
    from antiphon.channels.domain.message import Message
    from antiphon.channels.store import SearchStore
    from antiphon.kit.mongo import Document

LONGEST_QUERY = 200
_PAGE, _MAX_PAGE = 20, 50
_BATCH = 200
_SCANNED = 4_000
"""Messages that one question looks at."""
_RANKED = 300
"""Of how many found messages the best are chosen."""


@dataclass(frozen=True, slots=True)
class Question:
    query: str
    newest: bool = False
    channel: str = ""
    agent_id: str = ""
    queue_id: str = ""
    tag: str = ""
    contact_id: str = ""
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 0
    after: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    message: Message
    conversation: Conversation
    pieces: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    hits: tuple[Found, ...]
    next: str = ""
    cut: bool = False


class Search:
    def __init__(self, store: SearchStore, desk: Desk) -> None:
        self.store = store
        self.desk = desk

    async def find(self, person: Person, it: Question) -> Answer:
        """A page of what was found; nothing for no question. Raises INVALID."""
        if not it.query:
            return Answer(())
        query = it.query.strip()
        wanted = self.store.analyser.wanted(query)
        if not wanted or len(query) > LONGEST_QUERY:
            raise invalid("query", f"one to {LONGEST_QUERY} characters, with a word or number to look for")
        if not 0 <= it.limit <= _MAX_PAGE:
            raise invalid("limit", f"limit must be between 1 and {_MAX_PAGE}")
        return await (self._newest(person, it, wanted) if it.newest else self._best(person, it, wanted))

    async def analyse(self) -> None:
        """Gives tokens to whatever has none yet, a part at a time."""
        while await self.store.analyse():
            continue

    async def _newest(self, person: Person, it: Question, wanted: list[list[str]]) -> Answer:
        most, hits = it.limit or _PAGE, list[Found]()
        async for found in self._visible(person, it, wanted, _position(it.after)):
            if found is None:
                return Answer(tuple(hits), cut=True)
            if len(hits) == most:
                last = hits[-1].message
                return Answer(tuple(hits), f"{last.at.isoformat()}~{last.conversation_id}~{last.seq}")
            hits.append(found)
        return Answer(tuple(hits))

    async def _best(self, person: Person, it: Question, wanted: list[list[str]]) -> Answer:
        if it.after and not it.after.isdigit():
            raise invalid("after", "not a mark that this service gave")
        most, begin, cut = it.limit or _PAGE, int(it.after or 0), False
        now, found = self.desk.conversations.now(), list[Found]()
        async for one in self._visible(person, it, wanted, None):
            if one is None or len(found) == _RANKED:
                cut = True
                break
            found.append(one)

        def rank(one: Found) -> float:
            text = one.message.text
            return score(text, self.store.analyser.hits(text, it.query), it.query, one.message.at, now)

        found.sort(key=rank, reverse=True)
        end = begin + most
        return Answer(tuple(found[begin:end]), str(end) if end < len(found) else "", cut)

    async def _visible(
        self, person: Person, it: Question, wanted: list[list[str]], after: tuple[datetime, str, int] | None
    ) -> AsyncIterator[Found | None]:
        """What was found, the newest first; None when the search stops before its end."""
        tenant, sight = person.caller.tenant, await self.desk.sight(person)
        family = set(await self.desk.asks.family(tenant, it.contact_id)) if it.contact_id else set()
        span: Document = {**({"$gte": it.since} if it.since else {}), **({"$lt": it.until} if it.until else {})}
        for _ in range(_SCANNED // _BATCH):
            batch = await self.store.page(tenant, wanted, span, after, _BATCH)
            known = await self.store.conversations(tenant, list({one.conversation_id for one in batch}))
            for message in batch:
                conversation = known.get(message.conversation_id)
                if conversation is None or not sight.sees(conversation):
                    continue
                if _fits(it, message, conversation) and (not family or conversation.contact_id in family):
                    hits = self.store.analyser.hits(message.text, it.query)
                    yield Found(message, conversation, tuple(excerpt(message.text, hits)))
            if len(batch) < _BATCH:
                return
            last = batch[-1]
            after = (last.at, last.conversation_id, last.seq)
        yield None


def _fits(it: Question, message: Message, conversation: Conversation) -> bool:
    agents = (*conversation.agents, conversation.assignee_id, message.author.removeprefix("person:"))
    return (
        it.channel in ("", conversation.channel)
        and it.queue_id in ("", conversation.queue_id)
        and (not it.agent_id or it.agent_id in agents)
        and (not it.tag or it.tag in conversation.tags)
    )


def _position(after: str) -> tuple[datetime, str, int] | None:
    if not after:
        return None
    try:
        at, conversation_id, seq = after.split("~")
        return datetime.fromisoformat(at), conversation_id, int(seq)
    except ValueError as error:
        raise invalid("after", "not a mark that this service gave") from error
