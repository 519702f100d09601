"""Mongo: rooms and lines. A line, the room after it and the fact about both are one transaction."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import TypeAlias

from google.protobuf.message import Message
from pymongo.errors import DuplicateKeyError

from antiphon.kit import mongo, outbox
from antiphon.kit.erasing import Traces
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.mongo import Document, Index, Session
from antiphon.kit.outbox import Outbox
from antiphon.kit.texts import Place, Stored, Texts
from antiphon.kit.words import Stemming
from antiphon.team.domain.room import Kind, Line, Room, folded

Told: TypeAlias = Callable[[Room, Line | None], Message]
"""The fact about a change."""
_FOUND = 50
_ANALYSER = Stemming()


def indexes(keep_days: int) -> tuple[Index, ...]:
    """Another setting of the days is another index."""
    return (
        Index("rooms", "people", (("tenant", 1), ("people", 1), ("active_at", -1))),
        Index("rooms", "group", (("tenant", 1), ("group", 1)), where={"group": {"$gt": ""}}, unique=True),
        Index("lines", "room", (("room", 1), ("seq", -1))),
        Index("lines", "words", (("room", 1), ("tok", 1)), where={"tok": {"$exists": True}}),
        Index("lines", "said", (("room", 1), ("author", 1), ("client_id", 1)), unique=True),
        Index("lines", f"old{keep_days}", (("at", 1),), expires_after=keep_days * 86_400),
        *outbox.INDEXES,
    )


def of_line(document: Document) -> Iterator[Place]:
    """Where words stand, for `kit/texts.py`; also of the copy that a room keeps of its last line."""
    yield document, "text", f"line {document['room']} {document['seq']}"


def of_room(document: Document) -> Iterator[Place]:
    if document["last"]:
        yield from of_line(document["last"])


def _words(document: Document) -> list[str]:
    return _ANALYSER.tokens(document["text"])


STORED = (Stored("lines", of_line, _words, blank=("folded",)), Stored("rooms", of_room))


class Store:
    """The service's own database."""

    def __init__(self, db: mongo.Database, texts: Texts) -> None:
        self._db = db
        self._texts = texts
        self.outbox = Outbox(db)

    async def rooms(self, tenant: str, person: str) -> list[Room]:
        """Those of a person, the liveliest first."""
        found = await self._db.rooms.find({"tenant": tenant, "people": person}).sort("active_at", -1).to_list(None)
        return [await self._room(document) for document in found]

    async def room(self, tenant: str, room_id: str) -> Room | None:
        found = await self._db.rooms.find_one({"_id": room_id, "tenant": tenant})
        return await self._room(found) if found is not None else None

    async def room_of_group(self, tenant: str, group_id: str) -> Room | None:
        found = await self._db.rooms.find_one({"tenant": tenant, "group": group_id})
        return await self._room(found) if found is not None else None

    async def create(self, tenant: str, room: Room, told: Told) -> Room:
        """Stores a new room; one that is there already is given back as it is."""

        async def body(session: Session) -> None:
            await self._db.rooms.insert_one(await self._of_room(tenant, room), session=session)
            await self.outbox.add(session, told(room, None), tenant=tenant, key=room.id, version=room.rev)

        try:
            await mongo.transaction(self._db, body)
        except DuplicateKeyError:
            known = await self.room(tenant, room.id) or await self.room_of_group(tenant, room.group)
            if known is None:
                raise
            return known
        self.outbox.wake()
        return room

    async def change(
        self, tenant: str, room_id: str, decide: Callable[[Room], tuple[Room, Line | None]], told: Told
    ) -> tuple[Room, Line | None]:
        """Stores what `decide` makes of the room as it is now. Raises NOT_FOUND and what `decide` raises."""

        async def body(session: Session) -> tuple[Room, Line | None]:
            found = await self._db.rooms.find_one({"_id": room_id, "tenant": tenant}, session=session)
            if found is None:
                raise DomainError(Common.NOT_FOUND, room=room_id)
            before = await self._room(found)
            after, line = decide(before)
            if after is before:
                return before, None
            await self._db.rooms.replace_one({"_id": room_id}, await self._of_room(tenant, after), session=session)
            if line is not None:
                await self._db.lines.insert_one(await self._of_line(tenant, line), session=session)
            await self.outbox.add(session, told(after, line), tenant=tenant, key=room_id, version=after.rev)
            return after, line

        result = await mongo.transaction(self._db, body)
        self.outbox.wake()
        return result

    async def said(self, room_id: str, author: str, client_id: str) -> Line | None:
        """A line that was said already."""
        found = await self._db.lines.find_one({"room": room_id, "author": author, "client_id": client_id})
        return (await self._lines([found]))[0] if found is not None else None

    async def lines(self, room_id: str, before: int, most: int) -> list[Line]:
        """The newest before a line."""
        where: Document = {"room": room_id, **({"seq": {"$lt": before}} if before else {})}
        return await self._lines(await self._db.lines.find(where).sort("seq", -1).to_list(most))

    async def mask(self, tenant: str, traces: Traces) -> dict[str, int]:
        """Lines and rooms without these words; how many lines had them. Facts of them that are still to be told are
        dropped: browsers read the room anew."""
        count = 0
        async for one in self._db.lines.find({"tenant": tenant}, {"room": 1, "seq": 1, "text": 1}):
            await self._texts.open(of_line(one))
            if traces.within(one["text"]):
                masked = {**one, "text": traces.masked(one["text"])}
                await self._db.lines.update_one({"_id": one["_id"]}, {"$set": await self._found_by(tenant, masked)})
                count += 1
        async for room in self._db.rooms.find({"tenant": tenant}, {"name": 1, "last": 1}):
            await self._texts.open(of_room(room))
            if traces.within([room["name"], room["last"]]):
                change = {"name": traces.masked(room["name"])}
                if room["last"]:
                    room["last"]["text"] = traces.masked(room["last"]["text"])
                    await self._texts.seal(tenant, of_room(room))
                    change["last.text"] = room["last"]["text"]
                await self._db.rooms.update_one({"_id": room["_id"]}, {"$set": change})
        async for told in self._db.outbox.find({"key": {"$regex": f"^{re.escape(tenant)}\\."}}, {"data": 1}):
            if traces.within(told["data"]):
                await self._db.outbox.delete_one({"_id": told["_id"]})
        return {"lines": count}

    async def search(self, tenant: str, person: str, words: str) -> list[Line]:
        """Lines of the person's rooms that have these words."""
        rooms = [room.id for room in await self.rooms(tenant, person)]
        ways: list[Document] = [{"folded": {"$regex": re.escape(folded(words))}}]
        if groups := await self._texts.wanted(tenant, _ANALYSER.wanted(words)):
            ways.append({"$and": [{"tok": {"$in": group}} for group in groups]})
        where = {"room": {"$in": rooms}, "$or": ways}
        return await self._lines(await self._db.lines.find(where).sort("at", -1).to_list(_FOUND))

    async def _room(self, document: Document) -> Room:
        await self._texts.open(of_room(document))
        return _room(document)

    async def _lines(self, found: Sequence[Document]) -> list[Line]:
        await self._texts.open(place for document in found for place in of_line(document))
        return [_line(document) for document in found]

    async def _of_room(self, tenant: str, room: Room) -> Document:
        document = _of_room(tenant, room)
        await self._texts.seal(tenant, of_room(document))
        return document

    async def _of_line(self, tenant: str, line: Line) -> Document:
        document = {"_id": f"{line.room}/{line.seq}", "tenant": tenant, **_plain(line)}
        return {**document, **await self._found_by(tenant, document)}

    async def _found_by(self, tenant: str, document: Document) -> Document:
        """Its text, and what it is found by: a sealed one by hidden words, another by any piece of it."""
        if not self._texts.seals:
            return {"text": document["text"], "folded": folded(document["text"])}
        words = await self._texts.hidden(tenant, _words(document))
        await self._texts.seal(tenant, of_line(document))
        return {"text": document["text"], "folded": "", "tok": words}


def _of_room(tenant: str, room: Room) -> Document:
    document = asdict(room) | {"tenant": tenant, "kind": int(room.kind), "people": list(room.people)}
    document["last"] = _plain(room.last) if room.last else None
    document["_id"] = document.pop("id")
    return document


def _room(document: Document) -> Room:
    fields = {name: value for name, value in document.items() if name not in ("_id", "tenant")}
    fields |= {"kind": Kind(fields["kind"]), "people": tuple(fields["people"])}
    fields["last"] = _line(fields["last"]) if fields["last"] else None
    return Room(id=document["_id"], **fields)


def _plain(line: Line) -> Document:
    return asdict(line) | {"mentions": list(line.mentions)}


def _line(document: Document) -> Line:
    fields = {name: value for name, value in document.items() if name not in ("_id", "tenant", "folded", "tok")}
    return Line(**fields | {"mentions": tuple(fields["mentions"])})
