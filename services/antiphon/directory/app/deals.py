"""Deals: kept with their history, found by customer, conversation, owner and stage."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, cast

from antiphon.common.v1.money_pb2 import Money
from antiphon.directory.domain import contacts as contact_rules
from antiphon.directory.domain import deals as rules
from antiphon.directory.domain import limits
from antiphon.directory.domain.deals import State
from antiphon.directory.domain.reasons import Reason
from antiphon.directory.v1 import deals_pb2 as pb
from antiphon.directory.v1.deals_pb2 import Deal, DealStep
from antiphon.directory.v1.directory_pb2 import AuditEntry, Identity, ResolveIdentityRequest
from antiphon.directory.v1.events_pb2 import DealChanged, DealDeleted
from antiphon.kit.clock import from_millis, to_millis
from antiphon.kit.errors import DomainError
from antiphon.kit.protos import moment, timestamp

from . import families, writing

if TYPE_CHECKING:
    from antiphon.directory.app.contacts import Contacts
    from antiphon.directory.store import Store, TenantStore
    from antiphon.kit.clock import Clock
    from antiphon.kit.mongo import Document
    from antiphon.kit.tokens import Caller

_MOST, _USUAL = 500, 100
_NAMED = 300
"""Customers whose deals a search for a name looks through."""


class Deals:
    def __init__(self, store: Store, contacts: Contacts, clock: Clock) -> None:
        self._store = store
        self._contacts = contacts
        self._clock = clock

    async def pipelines(self, tenant: str) -> tuple[tuple[rules.Pipeline, ...], int]:
        """The pipelines and their revision."""
        store = self._store.of(tenant)
        found, rev = await store.pipelines.get()
        return found or rules.default((await store.tenants.get(tenant)).language), rev

    async def put_pipelines(
        self, caller: Caller, request: pb.PutPipelinesRequest
    ) -> tuple[tuple[rules.Pipeline, ...], int]:
        """Replaces them. Raises STALE, INVALID, IN_USE."""
        now = self._clock()
        wanted = rules.all_pipelines(
            rules.pipeline(one.id, one.name, [(it.key, it.name, it.state) for it in one.stages])
            for one in request.pipelines
        )
        before, _ = await self.pipelines(caller.tenant)

        async def body(tx: TenantStore) -> None:
            used = await tx.deals.stands_in(rules.places(before) - rules.places(wanted))
            if used:
                raise DomainError(Reason.IN_USE, "the stage still has deals", stage=used)
            await tx.pipelines.put(wanted, request.rev)
            keys = ",".join(one.id for one in wanted)
            await tx.audit.add(writing.entry(caller.subject, "deal_pipelines.put", "tenant", now, pipelines=keys))

        await self._store.write(caller.tenant, body)
        return wanted, request.rev + 1

    async def list(self, caller: Caller, request: pb.ListDealsRequest) -> pb.ListDealsResponse:
        """A page, the one that changed last first. Raises INVALID."""
        position = cast("tuple[int, str] | None", contact_rules.position(request.after, int, str))
        found, end = await self._store.of(caller.tenant).deals.page(
            await self.where(caller, request),
            (from_millis(position[0]), position[1]) if position else None,
            limits.page(request.limit, _USUAL, _MOST),
        )
        names = await self.names(caller.tenant, {deal.contact_id for deal in found if deal.contact_id})
        following = contact_rules.cursor(to_millis(end[0]), end[1]) if end else ""
        return pb.ListDealsResponse(deals=found, next=following, contact_names=names)

    async def where(self, caller: Caller, asked: pb.ListDealsRequest | pb.ExportDealsRequest) -> Document:
        """Which deals a question means. Raises INVALID."""
        store = self._store.of(caller.tenant)
        where: Document = {}
        for name in ("owner_id", "pipeline_id", "stage", "state"):
            if value := getattr(asked, name):
                where[name] = value
        if isinstance(asked, pb.ListDealsRequest) and asked.conversation_id:
            where["conversation_ids"] = asked.conversation_id
        if asked.contact_id:
            known = await store.contacts.find(asked.contact_id)
            where["contact_id"] = {"$in": (await families.of(store, known.id)).ids if known else []}
        words = contact_rules.fold(limits.line("query", asked.query, 100))
        if words:
            named, _ = await store.contacts.page(contact_rules.pattern(words), None, _NAMED)
            tops = [card.id for card in named]
            members = await store.contacts.all(_NAMED, where={"root_id": {"$in": tops}}) if tops else []
            ids = [*tops, *(card.id for card in members)]
            where["$or"] = [{"title_key": {"$regex": re.escape(words)}}, {"contact_id": {"$in": ids}}]
        return where

    async def names(self, tenant: str, contact_ids: set[str]) -> dict[str, str]:
        """What people see as the customers' names, by the id of any of their cards."""
        return await families.names(self._store.of(tenant), contact_ids)

    async def get(self, caller: Caller, deal_id: str) -> Deal:
        """Raises NOT_FOUND."""
        return await self._store.of(caller.tenant).deals.get(deal_id)

    async def put(self, caller: Caller, wanted: Deal) -> Deal:
        """Raises STALE, INVALID, NOT_FOUND, FULL."""
        now = self._clock()
        store = self._store.of(caller.tenant)
        before = await store.deals.get(wanted.id) if wanted.id else None
        cleaned = _cleaned(wanted)
        pipelines, _ = await self.pipelines(caller.tenant)
        pipeline, stage = rules.choose(pipelines, cleaned.pipeline_id, cleaned.stage)
        cleaned.pipeline_id, cleaned.stage = pipeline.id, stage.key
        if before is None:
            cleaned.owner_id = cleaned.owner_id or caller.person_id
            cleaned.source = cleaned.source or ("person" if caller.person_id else "api")
        else:
            cleaned.source, cleaned.origin = before.source, before.origin
        cleaned.source_interaction = rules.source_of(
            before.source_interaction if before else "", cleaned.source, cleaned.conversation_ids, cleaned.call_ids
        )
        return await self._save(caller, before, _stood(cleaned, before, stage.state, caller.subject, now), now)

    async def delete(self, caller: Caller, deal_id: str) -> None:
        """Repeating it is a success."""
        now = self._clock()

        async def body(tx: TenantStore) -> None:
            deal = await tx.deals.find(deal_id)
            if deal is None:
                return
            await tx.deals.delete(deal_id)
            await tx.audit.add(writing.entry(caller.subject, "deal.deleted", f"deal:{deal_id}", now))
            told = DealDeleted(
                occurred_at=timestamp(now), deal_id=deal_id, contact_id=deal.contact_id, rev=deal.rev + 1,
                source_interaction=deal.source_interaction,
            )  # fmt: skip
            await tx.tell(told, key=deal_id, version=deal.rev + 1)

        await self._store.write(caller.tenant, body)

    async def sold(self, caller: Caller, request: pb.RecordSaleRequest) -> Deal:
        """A campaign's sale as a won deal. Telling it again changes nothing. Raises INVALID, FULL."""
        origin = limits.line("origin", request.origin, 100, required=True)
        store = self._store.of(caller.tenant)
        before = await store.deals.of_origin(origin)
        sold = bool(request.amount.currency)
        if before is not None:
            return await self._sold_anew(caller, before, request.amount if sold else None)
        if not sold:
            return Deal()
        identity = Identity(channel="phone", value=request.phone)
        card, _ = await self._contacts.resolve(caller, ResolveIdentityRequest(identity=identity, name=request.name))
        assert card is not None, "a number that may be new always has a card"
        pipelines, _ = await self.pipelines(caller.tenant)
        owner = await store.people.find(request.owner_id) if request.owner_id else None
        wanted = Deal(
            title=request.title or card.name or request.phone, contact_id=card.id, amount=request.amount,
            owner_id=owner.id if owner else "", call_ids=[request.call_id] if request.call_id else [],
            pipeline_id=pipelines[0].id, stage=pipelines[0].first(State.WON).key, source="campaign", origin=origin,
        )  # fmt: skip
        try:
            return await self.put(caller, wanted)
        except DomainError as error:
            known = await store.deals.of_origin(origin) if error.reason is Reason.TAKEN else None
            if known is None:
                raise
            return known

    async def _sold_anew(self, caller: Caller, before: Deal, amount: Money | None) -> Deal:
        """Another amount, or no sale after all: the last word holds."""
        pipelines, _ = await self.pipelines(caller.tenant)
        again = Deal()
        again.CopyFrom(before)
        if amount is None and before.state == pb.DEAL_STATE_WON:
            pipeline, _ = rules.choose(pipelines, before.pipeline_id, "")
            again.stage = pipeline.first(State.LOST).key
        elif amount is not None and before.amount != amount:
            again.amount.CopyFrom(amount)
        else:
            return before
        return await self.put(caller, again)

    async def _save(self, caller: Caller, before: Deal | None, wanted: Deal, now: datetime) -> Deal:
        after = writing.revised(wanted, before, "dl", now)

        async def body(tx: TenantStore) -> None:
            if before is None:
                limits.room("deals", await tx.deals.size(), rules.DEALS)
            if after.contact_id and (before is None or before.contact_id != after.contact_id):
                await tx.contacts.get(after.contact_id)
            if after.owner_id and (before is None or before.owner_id != after.owner_id):
                await tx.people.get(after.owner_id)
            await tx.deals.save(after)
            await tx.audit.add(_entry(caller, before, after, now))
            await tx.tell(_changed(before, after, now), key=after.id, version=after.rev)

        await self._store.write(caller.tenant, body)
        return after


def _cleaned(deal: Deal) -> Deal:
    """What people may say of a deal. Raises INVALID."""
    rules.check_amount(deal.amount.currency, deal.amount.micros)
    amount = Money(currency=deal.amount.currency, micros=deal.amount.micros) if deal.amount.currency else None
    return Deal(
        id=deal.id,
        rev=deal.rev,
        title=limits.line("deal.title", deal.title, 200, required=True),
        contact_id=deal.contact_id,
        pipeline_id=deal.pipeline_id,
        stage=deal.stage,
        amount=amount,
        owner_id=deal.owner_id,
        conversation_ids=_links("deal.conversation_ids", deal.conversation_ids),
        call_ids=_links("deal.call_ids", deal.call_ids),
        expected_on=rules.check_day(deal.expected_on),
        lost_why=limits.line("deal.lost_why", deal.lost_why, limits.VALUE),
        note=limits.note("deal.note", deal.note),
        source=rules.check_source(deal.source),
        origin=deal.origin,
    )


def _links(name: str, ids: Iterable[str]) -> list[str]:
    return limits.several(name, (limits.line(name, one, 100, required=True) for one in ids), rules.LINKS)


def _stood(wanted: Deal, before: Deal | None, state: State, by: str, now: datetime) -> Deal:
    """The deal with where it stands and has stood."""
    wanted.state = int(state)  # type: ignore[assignment]
    wanted.created_at.FromDatetime(moment(before.created_at) if before else now)
    wanted.created_by = before.created_by if before else by
    wanted.changed_at.FromDatetime(now)
    steps = list(before.steps) if before else []
    if not before or (before.pipeline_id, before.stage) != (wanted.pipeline_id, wanted.stage):
        steps.append(DealStep(stage=wanted.stage, at=timestamp(now), by=by))
    wanted.steps.extend(steps[-rules.STEPS :])
    if state is not State.OPEN:
        stays = before is not None and int(before.state) == int(state)
        wanted.closed_at.FromDatetime(moment(before.closed_at) if before and stays else now)
    if state is not State.LOST:
        wanted.lost_why = ""
    return wanted


def _entry(caller: Caller, before: Deal | None, after: Deal, now: datetime) -> AuditEntry:
    moved = "" if before and before.stage == after.stage else f"{before.stage if before else ''}>{after.stage}"
    given = (
        "" if before and before.owner_id == after.owner_id else f"{before.owner_id if before else ''}>{after.owner_id}"
    )
    worth = ""
    if before is None or before.amount != after.amount:
        worth = f"{before.amount.micros if before else 0}>{after.amount.micros} {after.amount.currency}".strip()
    kept = ("steps", "changed_at", "created_by", "state", "closed_at", "source_interaction")
    fields = ",".join(name for name in writing.changed(before, after).split(",") if name not in kept)
    facts = {"fields": fields, "stage": moved, "owner": given, "amount": worth}
    return writing.entry(caller.subject, "deal.put", f"deal:{after.id}", now, **facts)


def _changed(before: Deal | None, deal: Deal, now: datetime) -> DealChanged:
    earlier = before.source_interaction if before else ""
    told = DealChanged(
        occurred_at=timestamp(now), deal_id=deal.id, rev=deal.rev, contact_id=deal.contact_id, owner_id=deal.owner_id,
        pipeline_id=deal.pipeline_id, stage=deal.stage, state=deal.state, amount=deal.amount,
        source_interaction=deal.source_interaction,
        earlier_interaction=earlier if earlier != deal.source_interaction else "",
    )  # fmt: skip
    if deal.HasField("closed_at"):
        told.closed_at.CopyFrom(deal.closed_at)
    return told
