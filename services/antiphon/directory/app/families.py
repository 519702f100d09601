"""Several cards as one customer: how they are read together, and how a change of one is written and told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from antiphon.directory.v1.directory_pb2 import Contact
from antiphon.directory.v1.events_pb2 import ContactChanged
from antiphon.kit import protos

from . import writing

if TYPE_CHECKING:
    from antiphon.directory.store import TenantStore
    from antiphon.kit.tokens import Caller


@dataclass(frozen=True, slots=True)
class Family:
    """The card that is shown, then those merged into it."""

    cards: tuple[Contact, ...]

    @property
    def top(self) -> Contact:
        return self.cards[0]

    @property
    def members(self) -> tuple[Contact, ...]:
        return self.cards[1:]

    @property
    def ids(self) -> list[str]:
        return [card.id for card in self.cards]

    @property
    def shown_name(self) -> str:
        return next((card.name for card in self.cards if card.name), "")

    @property
    def whole(self) -> Contact:
        """All cards as one, for reading: the shown card's word counts first, lists are joined."""
        joined = Contact()
        joined.CopyFrom(self.top)
        for card in self.members:
            for name in ("name", "language", "time_zone", "company", "blocked", "blocked_why"):
                if not getattr(joined, name):
                    setattr(joined, name, getattr(card, name))
            joined.notes = "\n".join(filter(None, (joined.notes, card.notes)))
            joined.phones.extend(one for one in card.phones if one not in joined.phones)
            joined.emails.extend(one for one in card.emails if one not in joined.emails)
            joined.identities.extend(card.identities)
            for key, value in card.attributes.items():
                if not joined.attributes[key]:
                    joined.attributes[key] = value
        return joined


async def of(store: TenantStore, contact_id: str) -> Family:
    """The customer that a card belongs to. Raises NOT_FOUND."""
    card = await store.contacts.get(contact_id)
    return Family(tuple(await store.contacts.family(card.root_id or card.id)))


async def names(store: TenantStore, contact_ids: set[str]) -> dict[str, str]:
    """What people see as the customers' names, by the id of any of their cards; a number where there is no name."""
    cards = await store.contacts.of_ids(sorted(contact_ids)) if contact_ids else []
    roots = {card.root_id for card in cards if card.root_id} - contact_ids
    tops = {card.id: card for card in [*cards, *(await store.contacts.of_ids(sorted(roots)) if roots else [])]}
    shown = {card.id: tops.get(card.root_id, card) for card in cards}
    return {each: (top.name or (top.phones[0] if top.phones else "")) for each, top in shown.items()}


async def write(
    tx: TenantStore, caller: Caller, before: Contact | None, after: Contact, now: datetime, action: str = "contact.put"
) -> None:
    """Stores a card, notes it in the audit log and tells it."""
    await tx.contacts.save(after)
    fields = writing.changed(before, after)
    await tx.audit.add(writing.entry(caller.subject, action, f"contact:{after.id}", now, fields=fields))
    await tell(tx, await of(tx, after.id), [after], now)


async def tell(tx: TenantStore, family: Family, changed: Sequence[Contact], now: datetime, parted: str = "") -> None:
    """Tells changed cards of a customer under the name that people see; a search finds the customer by all of them.
    `parted` is a card that was taken out of a merge."""
    if family.members:
        await tx.contacts.refresh_search(list(family.cards))
    for card in changed:
        event = ContactChanged(
            occurred_at=protos.timestamp(now), contact=card, shown_name=family.shown_name,
            member_ids=family.ids[1:] if card.id == family.top.id else [], parted=card.id == parted,
        )  # fmt: skip
        await tx.tell(event, key=card.id, version=card.rev)
