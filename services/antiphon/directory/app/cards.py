"""What people add to customers' cards: the tenant's own fields, and notes with their author."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from antiphon.directory.domain import contacts as rules
from antiphon.directory.domain import fields as field_rules
from antiphon.directory.domain import limits
from antiphon.directory.v1 import crm_pb2
from antiphon.directory.v1.crm_pb2 import ContactField, ContactNote
from antiphon.kit.clock import from_millis, to_millis
from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.words import Stemming, excerpt

from . import families, writing

if TYPE_CHECKING:
    from antiphon.directory.store import Store, TenantStore
    from antiphon.kit.clock import Clock
    from antiphon.kit.mongo import Document
    from antiphon.kit.tokens import Caller

_MOST, _USUAL = 200, 50
_LONGEST_QUERY = 200
_WORDS = Stemming()


class Cards:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def fields(self, caller: Caller) -> tuple[list[ContactField], int]:
        """The tenant's fields and their revision."""
        found, rev = await self._store.of(caller.tenant).contact_fields.get()
        return [_message(one) for one in found], rev

    async def put_fields(
        self, caller: Caller, request: crm_pb2.PutContactFieldsRequest
    ) -> tuple[list[ContactField], int]:
        """Replaces them. Raises STALE, INVALID."""
        now = self._clock()
        wanted = field_rules.all_fields(
            [field_rules.field(one.key, one.label, one.kind, list(one.choices)) for one in request.fields]
        )

        async def body(tx: TenantStore) -> None:
            await tx.contact_fields.put(wanted, request.rev)
            keys = ",".join(one.key for one in wanted)
            await tx.audit.add(writing.entry(caller.subject, "contact_fields.put", "tenant", now, keys=keys))

        await self._store.write(caller.tenant, body)
        return [_message(one) for one in wanted], request.rev + 1

    async def notes(self, caller: Caller, contact_id: str, limit: int, after: str) -> tuple[list[ContactNote], str]:
        """Notes about a customer, under whichever card they were written, the newest first."""
        store = self._store.of(caller.tenant)
        position = cast("tuple[int, str] | None", rules.position(after, int, str))
        family = await families.of(store, contact_id)
        notes, end = await store.contact_notes.page(
            family.ids,
            (from_millis(position[0]), position[1]) if position else None,
            limits.page(limit, _USUAL, _MOST),
        )
        return notes, rules.cursor(to_millis(end[0]), end[1]) if end else ""

    async def search(
        self, caller: Caller, asked: crm_pb2.SearchContactNotesRequest
    ) -> crm_pb2.SearchContactNotesResponse:
        """Notes with every word of the query, the newest first. Raises INVALID."""
        query = asked.query.strip()
        wanted = _WORDS.wanted(query)
        if not wanted or len(query) > _LONGEST_QUERY:
            raise invalid("query", f"one to {_LONGEST_QUERY} characters, with a word or number to look for")
        position = cast("tuple[int, str] | None", rules.position(asked.after, int, str))
        store = self._store.of(caller.tenant)
        where: Document = {"call_id": {"$gt": ""}} if asked.of_calls else {}
        if asked.contact_id:
            known = await store.contacts.find(asked.contact_id)
            where["contact_id"] = {"$in": (await families.of(store, known.id)).ids if known else []}
        after = (from_millis(position[0]), position[1]) if position else None
        notes, end = await store.contact_notes.found(wanted, where, after, limits.page(asked.limit, 20, 50))
        names = await families.names(store, {note.contact_id for note in notes})
        hits = [
            crm_pb2.NoteHit(
                note=note, contact_name=names.get(note.contact_id, ""),
                excerpt=[
                    crm_pb2.NotePiece(text=text, hit=hit)
                    for text, hit in excerpt(note.text, _WORDS.hits(note.text, query))
                ],
            )
            for note in notes
        ]  # fmt: skip
        return crm_pb2.SearchContactNotesResponse(
            hits=hits, next=rules.cursor(to_millis(end[0]), end[1]) if end else ""
        )

    async def put_note(self, caller: Caller, wanted: ContactNote) -> ContactNote:
        """Raises NOT_FOUND, INVALID, STALE, DENIED."""
        now = self._clock()
        text = limits.note("text", wanted.text)
        if not text:
            raise invalid("text", "a note has a text")
        before = await self._store.of(caller.tenant).contact_notes.get(wanted.id) if wanted.id else None
        if before is not None and before.author != caller.subject:
            raise DomainError(Common.DENIED, "the note is a colleague's")
        call_id = before.call_id if before else limits.line("call_id", wanted.call_id, 100)
        cleaned = ContactNote(id=wanted.id, rev=wanted.rev, text=text, contact_id=wanted.contact_id, call_id=call_id)
        cleaned.author = caller.subject
        cleaned.at.FromDatetime(now)
        if before is not None:
            cleaned.contact_id = before.contact_id
            cleaned.at.CopyFrom(before.at)
            cleaned.edited_at.FromDatetime(now)
        after = writing.revised(cleaned, before, "cn", now)

        async def body(tx: TenantStore) -> None:
            await tx.contacts.get(after.contact_id)
            if before is None:
                limits.room("notes", await tx.contact_notes.count(after.contact_id), limits.CONTACT_NOTES)
            await tx.contact_notes.save(after)
            await self._told(tx, caller, after, "contact_note.put")

        await self._store.write(caller.tenant, body)
        return after

    async def delete_note(self, caller: Caller, note_id: str) -> None:
        """Raises DENIED for a colleague's."""

        async def body(tx: TenantStore) -> None:
            note = await tx.contact_notes.find(note_id)
            if note is None:
                return
            if note.author != caller.subject and not caller.may("directory.write"):
                raise DomainError(Common.DENIED, "the note is a colleague's")
            await tx.contact_notes.delete(note_id)
            await self._told(tx, caller, note, "contact_note.deleted")

        await self._store.write(caller.tenant, body)

    async def _told(self, tx: TenantStore, caller: Caller, note: ContactNote, action: str) -> None:
        """The card is told anew: whoever shows the customer reads the notes again."""
        now = self._clock()
        card = await tx.contacts.get(note.contact_id)
        after = writing.revised(card, card, "ct", now)
        await tx.contacts.save(after)
        await tx.audit.add(writing.entry(caller.subject, action, f"contact:{card.id}", now, note=note.id))
        await families.tell(tx, await families.of(tx, card.id), [after], now)


def _message(one: field_rules.Field) -> ContactField:
    return ContactField(key=one.key, label=one.label, kind=int(one.kind), choices=one.choices)  # type: ignore[arg-type]
