"""A customer's rights: consents, erasure over all services, retention.

An erasure has one document. Directory's own part is done in the transaction that begins it; the names and numbers by
which the others know the customer stay in it, sealed, until every service that joined has reported.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from google.protobuf.json_format import MessageToDict, ParseDict

from antiphon.directory.domain import consent as rules
from antiphon.directory.domain import limits
from antiphon.directory.domain.consent import KINDS, Consent, Purpose
from antiphon.directory.v1 import privacy_pb2 as pb
from antiphon.directory.v1.events_pb2 import ContactChanged, ContactErased
from antiphon.kit.erasing import traces_of
from antiphon.kit.errors import invalid
from antiphon.kit.forgetting import forget_all
from antiphon.kit.ids import new_id
from antiphon.kit.protos import moment, timestamp

from . import families, writing

if TYPE_CHECKING:
    from antiphon.directory.app.sealing import Sealer
    from antiphon.directory.store import Store, TenantStore
    from antiphon.kit.bus import Bus
    from antiphon.kit.clock import Clock
    from antiphon.kit.mongo import Document
    from antiphon.kit.tokens import Caller

_EVERY = 2.0
_LONGEST = 36_500
_ALWAYS = ("channels",)
"""Who is in every installation: an erasure waits for them also when they have not joined yet."""


class Privacy:
    def __init__(self, store: Store, sealer: Sealer, clock: Clock) -> None:
        self._store = store
        self._sealer = sealer
        self._clock = clock

    # --- erasure

    async def erase(self, caller: Caller, contact_id: str, reason: str) -> pb.Erasure:
        """Begins an erasure; a second asking finds the first. Raises NOT_FOUND, INVALID."""
        why = limits.line("reason", reason, limits.VALUE, required=True)
        privacy = self._store.privacy
        known = await privacy.of_card(caller.tenant, contact_id)
        if known is not None:
            return _erasure(known)
        now, expected = self._clock(), sorted({*_ALWAYS, *await privacy.participants()})

        async def body(tx: TenantStore) -> Document:
            family = await families.of(tx, contact_id)
            erasure: Document = {
                "_id": new_id("er", now), "tenant": caller.tenant, "contact_ids": family.ids, "state": "running",
                "asked_at": now, "asked_by": caller.subject, "reason": why, "waiting_for": expected,
            }  # fmt: skip
            erasure["counts"] = await privacy.drop_cards(caller.tenant, family.ids, tx.session)
            erasure["counts"] = {key.replace(".", "/"): count for key, count in erasure["counts"].items()}
            sealed = self._sealer.seal(_subject(family), erasure["_id"])
            await privacy.begin(erasure, sealed, tx.session)
            await tx.tell(_erased(erasure, now), key=erasure["_id"], version=1)
            subject = f"contact:{family.top.id}"
            await tx.audit.add(writing.entry(caller.subject, "contact.erased", subject, now, reason=why))
            return erasure

        return _erasure(await self._store.write(caller.tenant, body))

    async def erasures(self, caller: Caller, limit: int) -> list[pb.Erasure]:
        found = await self._store.privacy.page(caller.tenant, limits.page(limit, 50, 200))
        return [_erasure(one) for one in found]

    async def next_for(self, caller: Caller) -> pb.NextErasureResponse:
        """What the asking service has to erase."""
        service = caller.subject.removeprefix("service:")
        await self._store.privacy.join(service, self._clock())
        found = await self._store.privacy.next_for(service)
        if found is None:
            return pb.NextErasureResponse()
        subject = json.loads(self._sealer.unseal(bytes(found["sealed"]), found["_id"]))
        head = {"erasure_id": found["_id"], "tenant_id": found["tenant"], "contact_ids": found["contact_ids"]}
        return ParseDict({**head, **subject}, pb.NextErasureResponse())

    async def report(self, caller: Caller, erasure_id: str, counts: dict[str, int]) -> None:
        service = caller.subject.removeprefix("service:")

        async def body(tx: TenantStore) -> None:
            left = await self._store.privacy.report(erasure_id, service, counts, tx.session)
            if left is not None and self._store.privacy.is_turn_of_others(service, left["waiting_for"]):
                await tx.tell(_erased(left, self._clock()), key=erasure_id, version=2)

        tenant = await self._store.privacy.tenant_of(erasure_id)
        if tenant:
            await self._store.write(tenant, body)

    async def run(self, bus: Bus) -> None:
        """Closes erasures to which everybody has reported, until cancelled."""

        async def close() -> None:
            for one in await self._store.privacy.reported():
                await self._close(bus, one)

        await self._store.again(_EVERY, close)

    async def _close(self, bus: Bus, erasure: Document) -> None:
        """The last of it: what was told of the customer, and the words by which they were known. Whatever is cut off
        here begins anew."""
        tenant, now = erasure["tenant"], self._clock()
        await self._store.privacy.drop_untold(tenant, erasure["contact_ids"])
        for contact_id in erasure["contact_ids"]:
            await bus.forget(ContactChanged, tenant, contact_id)
        subject = json.loads(self._sealer.unseal(bytes(erasure["sealed"]), erasure["_id"]))
        await forget_all(bus, tenant, traces_of(ParseDict(subject, pb.NextErasureResponse())).within)

        async def body(tx: TenantStore) -> None:
            await self._store.privacy.close(erasure["_id"], now, tx.session)
            await tx.tell(_erased(erasure, now), key=erasure["_id"], version=3)

        await self._store.write(tenant, body)

    # --- consents

    async def consents(self, caller: Caller, contact_id: str) -> list[Consent]:
        family = await families.of(self._store.of(caller.tenant), contact_id)
        return await self._store.privacy.consents(caller.tenant, family.ids)

    async def give(self, caller: Caller, request: pb.GiveConsentRequest) -> Consent:
        """Raises NOT_FOUND, INVALID."""
        now = self._clock()
        purpose = _purpose(request.purpose)
        until = moment(request.until) if request.HasField("until") else None
        if until is not None and until <= now:
            raise invalid("until", "a consent runs out later than now")
        source = limits.line("source", request.source, limits.VALUE, required=True)
        given = Consent(new_id("co", now), request.contact_id, purpose, now, until, source, author=caller.subject)

        async def body(tx: TenantStore) -> Consent:
            family = await families.of(tx, request.contact_id)
            kept = replace(given, contact_id=family.top.id)
            await self._store.privacy.add_consent(caller.tenant, kept, tx.session)
            facts = {"purpose": purpose.name.lower(), "consent": kept.id}
            await tx.audit.add(writing.entry(caller.subject, "consent.given", f"contact:{family.top.id}", now, **facts))
            return kept

        return await self._store.write(caller.tenant, body)

    async def withdraw(self, caller: Caller, request: pb.WithdrawConsentRequest) -> pb.Erasure | None:
        """Nothing is done for the purpose any more; without SERVICE nothing is kept. Raises NOT_FOUND."""
        now, purpose = self._clock(), _purpose(request.purpose)

        async def body(tx: TenantStore) -> None:
            family = await families.of(tx, request.contact_id)
            done = await self._store.privacy.withdraw(caller.tenant, family.ids, purpose, now, tx.session)
            if not done:  # never given: the "no" is kept all the same
                word = Consent(new_id("co", now), family.top.id, purpose, now, withdrawn_at=now, author=caller.subject)
                await self._store.privacy.add_consent(caller.tenant, word, tx.session)
            facts = {"purpose": purpose.name.lower()}
            await tx.audit.add(
                writing.entry(caller.subject, "consent.withdrawn", f"contact:{family.top.id}", now, **facts)
            )

        if purpose is Purpose.SERVICE:
            known = await self._store.privacy.of_card(caller.tenant, request.contact_id)
            if known is not None:
                return _erasure(known)
        await self._store.write(caller.tenant, body)
        if purpose is not Purpose.SERVICE:
            return None
        return await self.erase(caller, request.contact_id, "consent withdrawn")

    async def may(self, caller: Caller, contact_id: str, purpose: int) -> tuple[bool, str]:
        store = self._store.of(caller.tenant)
        family = await families.of(store, contact_id)
        wanted = _purpose(purpose)
        given = await self._store.privacy.consents(caller.tenant, family.ids)
        newest = next((one for one in given if one.purpose is wanted), None)
        return rules.may(newest, wanted, self._clock(), blocked=family.whole.blocked)

    # --- retention

    async def retention(self, caller: Caller) -> pb.Retention:
        return _retention(await self._store.privacy.retention(caller.tenant))

    async def retentions(self) -> list[pb.Retention]:
        return [_retention(one) for one in await self._store.privacy.retentions()]

    async def put_retention(self, caller: Caller, wanted: pb.Retention) -> pb.Retention:
        """Raises STALE, INVALID."""
        now, days = self._clock(), {name: int(getattr(wanted, name)) for name in KINDS}
        for name, value in days.items():
            if not 0 <= value <= _LONGEST:
                raise invalid(f"retention.{name}", f"0 to {_LONGEST} days")

        async def body(tx: TenantStore) -> None:
            await self._store.privacy.put_retention(caller.tenant, days, wanted.rev, tx.session)
            await tx.audit.add(writing.entry(caller.subject, "retention.put", "tenant", now, **days))

        await self._store.write(caller.tenant, body)
        return _retention({"_id": caller.tenant, "rev": wanted.rev + 1, **days})


def _subject(family: families.Family) -> bytes:
    """By what the other services know the customer."""
    whole = family.whole
    known = pb.NextErasureResponse(
        names=sorted({card.name for card in family.cards if card.name}),
        phones=sorted({*whole.phones, *(one.value for one in whole.identities if one.channel == "phone")}),
        emails=sorted({*whole.emails, *(one.value for one in whole.identities if one.channel == "email")}),
        identities=whole.identities,
    )
    return json.dumps(MessageToDict(known, preserving_proto_field_name=True)).encode()


def _erased(erasure: Document, now: datetime) -> ContactErased:
    return ContactErased(
        occurred_at=timestamp(now), erasure_id=erasure["_id"], contact_ids=erasure["contact_ids"],
        waiting_for=erasure["waiting_for"],
    )  # fmt: skip


def _purpose(value: int) -> Purpose:
    if value not in list(Purpose):
        raise invalid("purpose", "there is no such purpose")
    return Purpose(value)


def _erasure(document: dict[str, Any]) -> pb.Erasure:
    done: datetime | None = document.get("done_at")
    return pb.Erasure(
        id=document["_id"],
        contact_ids=document["contact_ids"],
        state=pb.ERASURE_STATE_DONE if document["state"] == "done" else pb.ERASURE_STATE_RUNNING,
        asked_at=timestamp(document["asked_at"]),
        asked_by=document["asked_by"],
        reason=document["reason"],
        done_at=timestamp(done),
        waiting_for=document["waiting_for"],
        counts={name.replace("/", "."): count for name, count in document["counts"].items()},
    )


def _retention(document: Document) -> pb.Retention:
    return pb.Retention(rev=document["rev"], tenant_id=document["_id"], **{name: document[name] for name in KINDS})
