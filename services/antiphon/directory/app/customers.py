"""Which cards are one customer: merging, taking merges back, and whom to ask about.

`domain/merges.py` decides, on the forest of the customers concerned; here it is read and written in one transaction.
Every merge also writes the cards on top, so that of two merges that meet one is run again and sees the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from antiphon.directory.domain import likeness, limits, merges, person, phones
from antiphon.directory.v1 import crm_pb2
from antiphon.directory.v1.directory_pb2 import Contact
from antiphon.kit.errors import invalid

from . import families, writing
from .families import Family

if TYPE_CHECKING:
    from antiphon.directory.store import Store, TenantStore
    from antiphon.kit.clock import Clock
    from antiphon.kit.tokens import Caller

_MOST, _USUAL = 100, 20
_MATCHES = 20


class Customers:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def of(self, caller: Caller, contact_id: str) -> Family:
        """The customer that a card belongs to. Raises NOT_FOUND."""
        return await families.of(self._store.of(caller.tenant), contact_id)

    async def merge(self, caller: Caller, request: crm_pb2.MergeContactsRequest) -> Family:
        """`contact_id` becomes part of `into_id`. Raises NOT_FOUND, INVALID, MERGED, FULL."""
        now, why = self._clock(), limits.line("why", request.why, limits.VALUE)

        async def body(tx: TenantStore) -> Family:
            one, other = await families.of(tx, request.contact_id), await families.of(tx, request.into_id)
            cards = {card.id: card for card in (*one.cards, *other.cards)}
            above = {card.id: card.merged_into for card in cards.values()}
            after = merges.merged(above, request.contact_id, request.into_id)
            if after == above:
                return other
            note = {"at": now, "by": caller.subject, "why": why}
            changed = await _rewrite(tx, cards, after, {request.contact_id: note}, {other.top.id}, now)
            entry = writing.entry(
                caller.subject, "contact.merged", f"contact:{request.contact_id}", now, into=other.top.id
            )
            await tx.audit.add(entry)
            family = await families.of(tx, other.top.id)
            await families.tell(tx, family, changed, now)
            return family

        return await self._store.write(caller.tenant, body)

    async def part(self, caller: Caller, contact_id: str) -> Family:
        """The card stands for itself again, with all that was merged into it. Raises NOT_FOUND."""
        now = self._clock()

        async def body(tx: TenantStore) -> Family:
            before = await families.of(tx, contact_id)
            cards = {card.id: card for card in before.cards}
            if not cards[contact_id].merged_into:
                return before
            above = {card.id: card.merged_into for card in cards.values()}
            nothing = {"at": None, "by": "", "why": ""}
            after = merges.parted(above, contact_id)
            changed = await _rewrite(tx, cards, after, {contact_id: nothing}, {before.top.id}, now)
            entry = writing.entry(caller.subject, "contact.parted", f"contact:{contact_id}", now, out_of=before.top.id)
            await tx.audit.add(entry)
            for top in (before.top.id, contact_id):
                family = await families.of(tx, top)
                await tx.contacts.refresh_search(list(family.cards))
                theirs = [card for card in changed if card.id in family.ids]
                await families.tell(tx, family, theirs, now, parted=contact_id)
            return await families.of(tx, contact_id)

        return await self._store.write(caller.tenant, body)

    async def match(self, caller: Caller, phone: str, email: str) -> list[Contact]:
        """Customers who have the number or the address, each as one; nobody when neither is given."""
        if not phone and not email:
            return []
        marks = [likeness.phone_mark(phones.normal(phone)), likeness.email_mark(person.login(email))]
        wanted = [mark for mark in marks if mark]
        if not wanted:
            raise invalid("phone", "a whole phone number or an e-mail address is needed")
        store = self._store.of(caller.tenant)
        tops = {card.root_id or card.id for card, _ in await store.contacts.marked(wanted)}
        return [(await families.of(store, top)).whole for top in sorted(tops)[:_MATCHES]]

    async def suggestions(self, caller: Caller, contact_id: str, limit: int) -> list[crm_pb2.MergeSuggestion]:
        """The surest first."""
        most = limits.page(limit, _USUAL, _MOST)
        store = self._store.of(caller.tenant)
        pairs = await _pairs_of(store, contact_id) if contact_id else await _all_pairs(store)
        known: dict[str, Family] = {}
        found: list[crm_pb2.MergeSuggestion] = []
        for (one, other), marks in sorted(pairs.items(), key=lambda pair: (-likeness.sureness(pair[1]), pair[0]))[
            :most
        ]:
            for top in (one, other):
                known[top] = known.get(top) or await families.of(store, top)
            if not await _known_unlike(store, known[one], known[other]):
                found.append(_suggestion(known[one].whole, known[other].whole, marks))
        return found

    async def dismiss(self, caller: Caller, contact_id: str, other_id: str) -> None:
        """The two are different people. Raises NOT_FOUND, INVALID."""
        now = self._clock()

        async def body(tx: TenantStore) -> None:
            one, other = await families.of(tx, contact_id), await families.of(tx, other_id)
            if one.top.id == other.top.id:
                raise invalid("other_id", "both are the same customer")
            await tx.unlike.add(one.top.id, other.top.id, caller.subject, now)
            subject = f"contact:{one.top.id}"
            await tx.audit.add(writing.entry(caller.subject, "contact.unlike", subject, now, other=other.top.id))

        await self._store.write(caller.tenant, body)


async def _rewrite(
    tx: TenantStore,
    cards: Mapping[str, Contact],
    after: Mapping[str, str],
    notes: Mapping[str, Mapping[str, Any]],
    touched: Iterable[str],
    now: datetime,
) -> list[Contact]:
    """Writes the cards whose place in the forest changed, and the touched ones; returns them as they are now."""
    changed: list[Contact] = []
    for card_id, card in sorted(cards.items()):
        top = merges.root(after, card_id)
        root_id = "" if top == card_id else top
        if (card.merged_into, card.root_id) == (after[card_id], root_id) and card_id not in touched:
            continue
        now_it = writing.revised(card, card, "ct", now)
        now_it.merged_into, now_it.root_id = after[card_id], root_id
        if card_id in notes:
            note = notes[card_id]
            now_it.merged_by, now_it.merged_why = note["by"], note["why"]
            now_it.ClearField("merged_at")
            if note["at"] is not None:
                now_it.merged_at.FromDatetime(note["at"])
        await tx.contacts.save(now_it)
        changed.append(now_it)
    return changed


async def _pairs_of(store: TenantStore, contact_id: str) -> dict[tuple[str, str], set[str]]:
    own = await families.of(store, contact_id)
    marks = await store.contacts.marks_of(own.ids)
    pairs: dict[tuple[str, str], set[str]] = {}
    for card, shared in await store.contacts.marked(marks):
        top = card.root_id or card.id
        if top != own.top.id:
            pairs.setdefault((own.top.id, top), set()).update(shared)
    return pairs


async def _all_pairs(store: TenantStore) -> dict[tuple[str, str], set[str]]:
    pairs: dict[tuple[str, str], set[str]] = {}
    for mark, tops in await store.contacts.shared_marks(_MOST):
        for place, one in enumerate(tops):
            for other in tops[place + 1 : place + 5]:
                pairs.setdefault((one, other), set()).add(mark)
    return pairs


async def _known_unlike(store: TenantStore, one: Family, other: Family) -> bool:
    unlike = await store.unlike.among(one.ids)
    return any((min(a, b), max(a, b)) in unlike for a in one.ids for b in other.ids)


def _suggestion(one: Contact, other: Contact, marks: set[str]) -> crm_pb2.MergeSuggestion:
    reasons = [likeness.explained(mark) for mark in sorted(marks)]
    return crm_pb2.MergeSuggestion(
        contact=one,
        other=other,
        reasons=[crm_pb2.Resemblance(likeness=int(kind), value=value) for kind, value in reasons],  # type: ignore[arg-type]
        sureness=likeness.sureness(marks),
    )
