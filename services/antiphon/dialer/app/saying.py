"""Why a campaign does not dial (more): always an answer, in a code and in a sentence, and when it may change."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from antiphon.dialer.app.world import Document, World
from antiphon.dialer.domain.floor import Decision, Floor, Mode
from antiphon.dialer.domain.gate import Verdict
from antiphon.dialer.domain.hopper import Hopper
from antiphon.dialer.domain.learning import Learned
from antiphon.dialer.v1 import dialer_pb2 as pb
from antiphon.kit.clock import EPOCH
from antiphon.kit.protos import duration, timestamp
from antiphon.kit.tokens import Caller

_Z = 1.96
_STALE = timedelta(seconds=15)
_NOT_RUNNING = {
    pb.CAMPAIGN_STATE_DRAFT: ("draft", "it is a draft: start it"),
    pb.CAMPAIGN_STATE_SCHEDULED: ("scheduled", "it starts by itself at its time"),
    pb.CAMPAIGN_STATE_PAUSED: ("paused", "somebody paused it"),
    pb.CAMPAIGN_STATE_FINISHED: ("finished", "it is finished"),
}


@dataclass(frozen=True, slots=True)
class Done:
    """What one second did."""

    decision: Decision
    dialled: int
    refusals: Sequence[Verdict]
    closed_until: datetime | None = None
    """When the campaign's own hours begin; None: they are now."""
    paused_until: datetime | None = None
    """Calls fail one after the other."""


class Saying:
    """Writes the leader's answer down, so that any replica can give it."""

    def __init__(self, world: World, tenant: str) -> None:
        self._world = world
        self._tenant = tenant
        self._refusals: Counter[str] = Counter()
        self._open_again: datetime | None = None

    async def second(self, campaign: pb.Campaign, floor: Floor, learned: Learned, done: Done, hopper: Hopper) -> None:
        now = self._world.clock()
        code, why, until = self._why(floor, done, hopper, now)
        await self._put(campaign, floor, learned, (done.decision, code, why, until), hopper, now)

    async def away(self, campaign: pb.Campaign, reason: str) -> None:
        """Somebody whom the dialler asks does not answer."""
        known = await self._world.store.status(campaign.id) or {}
        why = {"code": "away", "why": f"the ACD or the store does not answer: {reason}", "until": None}
        await self._world.store.put_status(campaign.id, {**known, **why, "at": self._world.clock()})

    def _why(self, floor: Floor, done: Done, hopper: Hopper, now: datetime) -> tuple[str, str, datetime | None]:
        decision, dialled, refusals = done.decision, done.dialled, done.refusals
        if refusals:
            self._refusals = Counter(verdict.why.value for verdict in refusals)
        moment = (now - EPOCH).total_seconds()
        if (stopped := _stopped(done)) is not None:
            return stopped
        if decision.mode in (Mode.MANUAL, Mode.PREVIEW):
            return decision.mode.value, "agents dial themselves", None
        if dialled:
            return "dialling", decision.why, None
        if not floor.agents and decision.mode is not Mode.MESSAGE:
            return "no_agents", "nobody of the queue is at work", None
        if not hopper.ready(moment):
            return self._nobody_left(hopper, floor)
        if refusals:
            reason, times = self._refusals.most_common(1)[0]
            return reason, f"{times} contacts in this second were refused: {reason}", None
        if decision.mode is Mode.MESSAGE:
            return "lines", decision.why, None
        if decision.count == 0 and not floor.idle:
            return "agents_busy", decision.why, None
        return "pacing", decision.why, None

    def _nobody_left(self, hopper: Hopper, floor: Floor) -> tuple[str, str, datetime | None]:
        due = hopper.next_due
        if due is None:
            in_the_air = floor.ringing.size + floor.waiting + floor.talking.size + floor.held
            still = f"; {in_the_air} are being talked to or rung" if in_the_air else ""
            return "no_contacts", f"no contact is left{still}", None
        until = EPOCH + timedelta(seconds=due)
        reason, _ = (self._refusals.most_common(1) or [("later", 0)])[0]
        return reason, f"{hopper.waiting} contacts wait for their time: {reason}", until

    async def _put(
        self,
        campaign: pb.Campaign,
        floor: Floor,
        learned: Learned,
        said: tuple[Decision, str, str, datetime | None],
        hopper: Hopper,
        now: datetime,
    ) -> None:
        decision, code, why, until = said
        tally = learned.tally
        status: dict[str, Any] = {
            "tenant": self._tenant,
            "at": now,
            "code": code,
            "why": why,
            "until": until,
            "idle": floor.idle,
            "talking": int(floor.talking.size),
            "wrapping": int(floor.wrapping.size),
            "ringing": int(floor.ringing.size),
            "waiting": floor.waiting,
            "answer_rate": learned.rate.mean,
            "answered": tally.answered,
            "abandoned": tally.abandoned,
            "limit": tally.limit,
            "ready": hopper.ready((now - EPOCH).total_seconds()),
            "later": hopper.waiting,
            "count": decision.count,
            "decision": decision.why,
            "mode": decision.mode.value,
            "held": floor.held,
            "connect": [learned.connects.quantile(share, (now - EPOCH).total_seconds()) for share in (0.5, 0.9)],
        }
        await self._world.store.put_status(campaign.id, status)


def _stopped(done: Done) -> tuple[str, str, datetime | None] | None:
    """What stops every mode."""
    if done.closed_until is not None:
        return "closed", "outside the campaign's own hours", done.closed_until
    if done.paused_until is not None:
        return "calls_fail", "media or the trunks take no calls", done.paused_until
    return None


async def get_status(world: World, caller: Caller, request: pb.GetStatusRequest) -> pb.GetStatusResponse:
    """What the leader said last; who does not run says so himself."""
    campaign = await world.campaign(caller, request.campaign_id)
    known = await world.store.status(campaign.id)
    status = pb.Status(campaign_id=campaign.id, state=campaign.state)
    if known is not None and "idle" in known:
        _fill(status, known)
    if campaign.state in _NOT_RUNNING:
        status.why_code, status.why = _NOT_RUNNING[campaign.state]
        if campaign.state == pb.CAMPAIGN_STATE_SCHEDULED:
            status.until.CopyFrom(campaign.starts_at)
    elif known is None or world.clock() - known["at"] > _STALE:
        status.why_code, status.why = "no_leader", "no process dials for it at this moment; one will within seconds"
    else:
        status.why_code, status.why = known["code"], known["why"]
        if known["until"] is not None:
            status.until.CopyFrom(timestamp(known["until"]) or status.until)
    return pb.GetStatusResponse(status=status)


def _fill(status: pb.Status, known: Document) -> None:
    answered, abandoned = known["answered"], known["abandoned"]
    status.agents_idle, status.agents_talking = known["idle"], known["talking"]
    status.agents_wrapping, status.ringing, status.waiting = known["wrapping"], known["ringing"], known["waiting"]
    status.answer_rate, status.answered, status.abandoned = known["answer_rate"], answered, abandoned
    status.abandon_rate = abandoned / answered if answered else 0.0
    status.abandon_rate_upper, status.abandon_limit = upper(abandoned, answered), known["limit"]
    status.contacts_ready, status.contacts_later = known["ready"], known["later"]
    status.agents_held = known.get("held", 0)
    for name, took in zip(("connect_usual", "connect_slow"), known.get("connect", ()), strict=False):
        if took:
            getattr(status, name).CopyFrom(duration(timedelta(seconds=took)))
    status.mode_now = known.get("mode", "")
    status.last_count, status.last_why = known["count"], known["decision"]


def upper(hits: int, of: int) -> float:
    """The upper end of Wilson's 95 % interval; 1 while nothing is known."""
    if not of:
        return 1.0
    share, z = hits / of, _Z
    middle = share + z * z / (2 * of)
    spread = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return min(1.0, (middle + spread) / (1 + z * z / of))
