"""Agents who look before they dial: one contact at a time is theirs until they dial it, skip it, or look too long.

TakePreview → the gate → the contact is theirs (`preview`) → DialPreview → the gate again → journal → their phone rings
                                                           ↘ SkipPreview, or the time is over → back in its list
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import Any

from antiphon.dialer.app import messages
from antiphon.dialer.app.cards import card
from antiphon.dialer.app.dialling import Dial, Dialling, Step
from antiphon.dialer.app.world import Document, World
from antiphon.dialer.domain.contact import READY
from antiphon.dialer.domain.reasons import Reason
from antiphon.dialer.v1 import dialer_pb2 as pb
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.ids import derived_id, new_id
from antiphon.kit.protos import timestamp
from antiphon.kit.tokens import Caller

_LOOKS = (pb.MODE_MANUAL, pb.MODE_PREVIEW)
_TRIES = 25
"""Contacts that the law forbids for now, passed over in one request."""
_turns = count()


@dataclass(frozen=True, slots=True)
class Previews:
    world: World
    dialling: Dialling

    async def mine(self, caller: Caller) -> pb.ListMyCampaignsResponse:
        """Running campaigns in which the caller is a member of the queue."""
        store = self.world.store
        found = [one for one in await store.campaigns.all(caller.tenant) if _runs(one)]
        found = [one for one in found if caller.sees_project(one.project_id)]
        queues = await self._queues(caller) if found else frozenset()
        shown = await store.contacts.preview_of(caller.tenant, caller.person_id)
        answer = pb.ListMyCampaignsResponse()
        for one in found:
            if one.queue_id in queues:
                looked_at = shown["preview"]["id"] if shown and shown["campaign"] == one.id else ""
                answer.campaigns.add(id=one.id, name=one.name, mode=one.mode, preview_id=looked_at)
        return answer

    async def take(self, caller: Caller, campaign_id: str) -> pb.TakePreviewResponse:
        """The contact that the caller looks at already, or the next."""
        store, now = self.world.store, self.world.clock()
        campaign = await self._campaign(caller, campaign_id)
        known = await store.contacts.preview_of(caller.tenant, caller.person_id)
        if known is not None and known["campaign"] == campaign.id and _lasts(known, now):
            return pb.TakePreviewResponse(preview=await self._shown(campaign, known))
        if known is not None:
            await self._back(known)
        lists = await store.contacts.lists(caller.tenant, campaign.id)
        resting = [one["_id"] for one in lists if one.get("resting") or not one["done"]]
        for _ in range(_TRIES):
            until = now + campaign.preview_for.ToTimedelta() if campaign.HasField("preview_for") else None
            preview = {"id": new_id("pv", now), "agent": caller.person_id, "until": until, "at": now}
            contact = await store.contacts.show(campaign.id, resting, preview, now)
            if contact is None:
                raise DomainError(Reason.NOBODY)
            dial = Dial(caller.tenant, campaign, contact["seq"], "", certain=True, agent_id=caller.person_id)
            if (await self.dialling.judge(dial, contact, now)).allowed:
                return pb.TakePreviewResponse(preview=await self._shown(campaign, contact))
        raise DomainError(Reason.NOBODY, "the next contacts may not be called now")

    async def dial(self, caller: Caller, preview_id: str) -> pb.DialPreviewResponse:
        """The caller's phone rings, then the customer's."""
        store, now = self.world.store, self.world.clock()
        known = await store.attempts.get(caller.tenant, derived_id("at", preview_id)) if preview_id else None
        if known is not None and known["agent"] == caller.person_id:
            return pb.DialPreviewResponse(attempt=messages.attempt(known))
        contact = await self._mine(caller, preview_id)
        campaign = await self._campaign(caller, contact["campaign"])
        if not await self._is_free(caller):
            raise DomainError(Reason.NO_CAPACITY)
        shown = campaign.caller_ids[next(_turns) % len(campaign.caller_ids)] if campaign.caller_ids else ""
        dial = Dial(
            caller.tenant, campaign, contact["seq"], shown, certain=True, agent_id=caller.person_id,
            preview_id=preview_id,
        )  # fmt: skip
        verdict = await self.dialling.judge(dial, contact, now)
        if not verdict.allowed:
            raise DomainError(Reason.REFUSED, why=verdict.why.value)
        step, refused, attempt_id = await self.dialling.call(dial, contact, verdict, now)
        if step is Step.REFUSED:
            raise DomainError(Reason.REFUSED, why=refused.why.value if refused else "")
        attempt = await store.attempts.get(caller.tenant, attempt_id) if attempt_id else None
        if attempt is None:
            raise DomainError(Common.NOT_FOUND, object=preview_id)
        await store.contacts.skips_no_more(campaign.id, caller.person_id)
        if step in (Step.FAILED, Step.FULL):
            raise DomainError(Common.UNAVAILABLE, "no call could be made")
        return pb.DialPreviewResponse(attempt=messages.attempt(attempt))

    async def skip(self, caller: Caller, request: pb.SkipPreviewRequest) -> pb.SkipPreviewResponse:
        """Back to its list, behind those that are as urgent."""
        store = self.world.store
        contact = await store.contacts.previewed(caller.tenant, request.preview_id)
        if contact is None or contact["preview"]["agent"] != caller.person_id:
            return pb.SkipPreviewResponse()
        campaign = await self.world.store.campaigns.get(caller.tenant, contact["campaign"])
        if campaign is not None and campaign.mode == pb.MODE_PREVIEW and _runs(campaign):
            if await store.contacts.skips(campaign.id, caller.person_id) >= campaign.skips:
                raise DomainError(Reason.SKIPS_SPENT)
            await store.contacts.skips(campaign.id, caller.person_id, 1)
        await self._back(contact, skipped=True, why=request.reason[:200])
        return pb.SkipPreviewResponse()

    # ---

    async def _back(self, contact: Document, *, skipped: bool = False, why: str = "") -> None:
        store, now = self.world.store, self.world.clock()
        changes: dict[str, Any] = {"state": READY, "preview": None}
        if skipped:  # its turn comes after everybody else's of its kind
            changes |= {"seq": await store.contacts.numbers_of(contact["campaign"], 1), "skipped": why}
        await store.contacts.change(contact["_id"], changes, now)

    async def _shown(self, campaign: pb.Campaign, contact: Document) -> pb.Preview:
        preview = contact["preview"]
        left = -1
        if campaign.mode == pb.MODE_PREVIEW:
            spent = await self.world.store.contacts.skips(campaign.id, preview["agent"])
            left = max(0, campaign.skips - spent)
        until = timestamp(preview["until"])
        return pb.Preview(id=preview["id"], card=card(campaign, contact, None), until=until, skips_left=left)

    async def _mine(self, caller: Caller, preview_id: str) -> Document:
        contact = await self.world.store.contacts.previewed(caller.tenant, preview_id)
        if contact is None or contact["preview"]["agent"] != caller.person_id:
            raise DomainError(Common.NOT_FOUND, object=preview_id)
        return contact

    async def _campaign(self, caller: Caller, campaign_id: str) -> pb.Campaign:
        """A campaign that runs, in which the caller dials. Raises NOT_FOUND, ILLEGAL, NOBODY (outside its hours)."""
        campaign = await self.world.campaign(caller, campaign_id)
        if not caller.person_id or campaign.queue_id not in await self._queues(caller):
            raise DomainError(Common.NOT_FOUND, object=campaign_id)
        if not _runs(campaign):
            raise DomainError(Reason.ILLEGAL, "it does not run, or dials by itself")
        opens = messages.hours(campaign).opens_at(self.world.clock())
        if opens is not None:
            raise DomainError(Reason.NOBODY, "outside the campaign's hours", until=opens.isoformat())
        return campaign

    async def _queues(self, caller: Caller) -> frozenset[str]:
        board = await self.world.asks.board(caller.tenant)
        return frozenset(q for one in board.agents if one.agent_id == caller.person_id for q in one.queue_ids)

    async def _is_free(self, caller: Caller) -> bool:
        """Nobody is called while the one who would talk is in a call."""
        board = await self.world.asks.board(caller.tenant)
        return not any(one.load.get("voice") for one in board.agents if one.agent_id == caller.person_id)


def _runs(campaign: pb.Campaign) -> bool:
    return campaign.state == pb.CAMPAIGN_STATE_RUNNING and campaign.mode in _LOOKS


def _lasts(contact: Document, now: Any) -> bool:
    until = contact["preview"]["until"]
    return until is None or bool(until > now)
