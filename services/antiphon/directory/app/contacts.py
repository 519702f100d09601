"""Customers: the cards that people edit, and the channel identities by which a customer is recognised.

An identity (channel, namespace, value) belongs to one contact of the tenant, whatever arrives at once: the unique index
over the identities decides, and whoever comes second reads what the first one made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, cast

from antiphon.directory.app.introductions import Introduced, Place, place_of
from antiphon.directory.domain import contacts as rules
from antiphon.directory.domain import fields, limits, person, phones
from antiphon.directory.domain.reasons import Reason
from antiphon.directory.v1.directory_pb2 import Contact, Identity, ListContactsRequest, ResolveIdentityRequest
from antiphon.directory.v1.events_pb2 import ContactChanged
from antiphon.kit import protos
from antiphon.kit.batch import Batch
from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.tokens import Caller

from . import families, writing

if TYPE_CHECKING:
    from antiphon.directory.store import Store, TenantStore
    from antiphon.kit.clock import Clock

_MOST = 200
_USUAL = 50
_ROUND = 0.1
"""Seconds between two writes of contacts that are seen for the first time."""
_LOOKED_FOR = 20
"""Identities that are looked for together: all of their askers go on at once, and others want to live too."""
_ATTEMPTS = 5


class Contacts:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._meeting: Batch[Introduced, Contact] = Batch(self._meet, every=_ROUND)
        self._knowing: Batch[tuple[str, Identity], Contact | None] = Batch(self._look, every=0.0, most=_LOOKED_FOR)

    async def list(self, caller: Caller, request: ListContactsRequest) -> tuple[list[Contact], str]:
        """A page by name and where the next one begins."""
        found = self._store.of(caller.tenant).contacts
        if request.contact_ids:
            if len(request.contact_ids) > _MOST:
                raise invalid("contact_ids", f"at most {_MOST} at once")
            by_id = {contact.id: contact for contact in await found.of_ids(list(request.contact_ids))}
            return [by_id[each] for each in dict.fromkeys(request.contact_ids) if each in by_id], ""
        after = cast("tuple[str, str] | None", rules.position(request.after, str, str))
        contacts, end = await found.page(rules.pattern(request.query), after, limits.page(request.limit, _USUAL, _MOST))
        return contacts, rules.cursor(*end) if end else ""

    async def put(self, caller: Caller, wanted: Contact) -> Contact:
        now = self._clock()
        before = await self._store.of(caller.tenant).contacts.get(wanted.id) if wanted.id else None
        cleaned = _cleaned(wanted)
        defined, _ = await self._store.of(caller.tenant).contact_fields.get()
        fields.check(defined, cleaned.attributes)
        if before:
            cleaned.identities.extend(before.identities)
            _keep_merge(before, cleaned)
        cleaned.created_at.FromDatetime(protos.moment(before.created_at) if before else now)
        after = writing.revised(cleaned, before, "ct", now)
        await self._store.write(caller.tenant, lambda tx: families.write(tx, caller, before, after, now))
        return after

    async def resolve(self, caller: Caller, request: ResolveIdentityRequest) -> tuple[Contact | None, bool]:
        """The contact that has the identity, and whether it was made just now."""
        now = self._clock()
        wanted = request.identity
        channel, namespace, value = rules.identity(wanted.channel, wanted.namespace, wanted.value)
        identity = Identity(channel=channel, namespace=namespace, value=value, verified=wanted.verified)
        if request.known_only:
            found = await self._knowing.do((caller.tenant, identity))
            return (await self._shown(caller, found) if found is not None else None), False
        contact = Contact(
            name=limits.line("name", request.name[: limits.NAME]),
            language=limits.language(request.language, own=False),
            phones=[identity.value] if identity.channel == "phone" else [],
            emails=[identity.value] if identity.channel == "email" else [],
            identities=[identity],
            created_at=protos.timestamp(now),
        )
        made = writing.revised(contact, None, "ct", now)
        owner = await self._meeting.do(_first_sight(caller, made, now))
        if owner is made:
            return owner, True
        return await self._shown(caller, await self._verified(caller, owner, identity, now)), False

    async def _shown(self, caller: Caller, card: Contact) -> Contact:
        """The card under the name that people see for it."""
        if not card.root_id:
            return card
        shown = Contact()
        shown.CopyFrom(card)
        shown.name = (await families.of(self._store.of(caller.tenant), card.id)).shown_name
        return shown

    async def _look(self, wanted: Sequence[tuple[str, Identity]]) -> Sequence[Contact | None]:
        """Of each identity who has it. Who asks while others are looked for is looked for together with the next."""
        found = await self._store.known(wanted)
        return [found.get(place_of(*each)) for each in wanted]

    async def _meet(self, seen: Sequence[Introduced]) -> Sequence[Contact]:
        """Of each identity its owner: who had it before, else the contact that came with it. Written together, because
        a hundred strangers may call in a second."""
        for _ in range(_ATTEMPTS):
            known = await self._store.owners([(one.tenant, one.contact.identities[0]) for one in seen])
            new = {one.place: one for one in reversed(seen) if one.place not in known}
            known |= await self._given(new)
            new = {place: one for place, one in new.items() if place not in known}
            try:
                await self._store.introduce(list(new.values()))
            except DomainError as error:
                if error.reason is not Reason.TAKEN:  # a stranger who called another replica at the same moment
                    raise
                continue
            return [known.get(one.place) or new[one.place].contact for one in seen]
        raise DomainError(Common.UNAVAILABLE, "others introduce the same contacts all the time")

    async def _given(self, new: Mapping[Place, Introduced]) -> dict[Place, Contact]:
        """Phones and e-mails that one customer's card names become identities of that card."""
        held = await self._store.holders([(one.tenant, one.contact.identities[0]) for one in new.values()])
        for place, holder in held.items():
            held[place] = await self._give(new[place], holder)
        return held

    async def _give(self, one: Introduced, holder: Contact) -> Contact:
        caller, now = Caller(one.tenant, one.entry.actor), protos.moment(one.told.occurred_at)

        async def body(tx: TenantStore) -> Contact:
            before = await tx.contacts.get(holder.id)
            after = writing.revised(before, before, "ct", now)
            after.identities.append(one.contact.identities[0])
            await families.write(tx, caller, before, after, now)
            return after

        return await self._store.write(one.tenant, body)

    async def _verified(self, caller: Caller, owner: Contact, identity: Identity, now: datetime) -> Contact:
        """Notes that the channel has now proved the identity. What is proved stays proved."""
        place = [(one.channel, one.namespace, one.value) for one in owner.identities].index(
            (identity.channel, identity.namespace, identity.value)
        )
        if not identity.verified or owner.identities[place].verified:
            return owner

        async def body(tx: TenantStore) -> Contact:
            before = await tx.contacts.get(owner.id)
            after = writing.revised(before, before, "ct", now)
            after.identities[place].verified = True
            await families.write(tx, caller, before, after, now)
            return after

        return await self._store.write(caller.tenant, body)


def _first_sight(caller: Caller, made: Contact, now: datetime) -> Introduced:
    entry = writing.entry(
        caller.subject, "contact.put", f"contact:{made.id}", now, fields=writing.changed(None, made)
    )  # fmt: skip
    told = ContactChanged(occurred_at=protos.timestamp(now), contact=made, shown_name=made.name)
    return Introduced(caller.tenant, made, entry, told)


def _keep_merge(before: Contact, after: Contact) -> None:
    """Only a merge and its reverse change where a card belongs."""
    after.merged_into, after.root_id = before.merged_into, before.root_id
    after.merged_by, after.merged_why = before.merged_by, before.merged_why
    if before.HasField("merged_at"):
        after.merged_at.CopyFrom(before.merged_at)


def _cleaned(contact: Contact) -> Contact:
    numbers = [phones.any_number("phones", number) for number in contact.phones]
    emails = [person.email("emails", address) for address in contact.emails]
    return Contact(
        id=contact.id,
        rev=contact.rev,
        name=limits.line("name", contact.name),
        language=limits.language(contact.language, own=False),
        time_zone=writing.time_zone(contact.time_zone) if contact.time_zone else "",
        phones=limits.several("phones", numbers, limits.CONTACT_PHONES),
        emails=limits.several("emails", emails, limits.CONTACT_EMAILS),
        company=limits.line("company", contact.company),
        notes=limits.note("notes", contact.notes),
        blocked=contact.blocked,
        blocked_why=limits.line("blocked_why", contact.blocked_why, limits.VALUE) if contact.blocked else "",
        attributes=limits.pairs("attributes", contact.attributes),
    )
