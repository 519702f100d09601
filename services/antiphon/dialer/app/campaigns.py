"""Campaigns: the records, what they may hold, and their life."""

from __future__ import annotations

from datetime import timedelta

from antiphon.dialer.app import messages
from antiphon.dialer.app.world import RING_FOR, STRICT, World
from antiphon.dialer.domain.hours import BadHours
from antiphon.dialer.domain.importing import available
from antiphon.dialer.domain.keyed import answers_by_key
from antiphon.dialer.domain.lifecycle import State, may_become
from antiphon.dialer.domain.numbers import Bad, Numbers
from antiphon.dialer.domain.questionnaire import Wrong, check_questions
from antiphon.dialer.domain.reasons import Reason
from antiphon.dialer.domain.recycling import OF_THE_SYSTEM
from antiphon.dialer.v1 import dialer_pb2 as pb
from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.ids import new_id
from antiphon.kit.tokens import Caller

_RINGS = (timedelta(seconds=15), timedelta(seconds=60))
_AGAIN = 5
_MOST = {"max_attempts": 20, "abandon_limit_millipercent": 3000, "max_lines": 100_000, "skips": 1000,
         "machine_check_percent": 100}  # fmt: skip
_GREETINGS = (timedelta(seconds=0.5), timedelta(seconds=5))
_LONGEST_MESSAGE = 2000
_KEYS = "0123456789*#"


class Campaigns:
    def __init__(self, world: World) -> None:
        self._world = world

    async def list_campaigns(self, caller: Caller, _: pb.ListCampaignsRequest) -> pb.ListCampaignsResponse:
        found = await self._world.store.campaigns.all(caller.tenant)
        return pb.ListCampaignsResponse(campaigns=[one for one in found if caller.sees_project(one.project_id)])

    async def put(self, caller: Caller, request: pb.PutCampaignRequest) -> pb.PutCampaignResponse:
        campaign = pb.Campaign()
        campaign.CopyFrom(request.campaign)
        check(campaign)
        if not caller.sees_project(campaign.project_id):
            raise DomainError(Common.DENIED, "not a project of yours")
        if campaign.id:
            known = await self._world.campaign(caller, campaign.id)
            if known.state == pb.CAMPAIGN_STATE_FINISHED:
                raise DomainError(Reason.ILLEGAL, "a finished campaign stays as it is")
            campaign.state = known.state
        else:
            campaign.id, campaign.rev, campaign.state = new_id("cm"), 0, pb.CAMPAIGN_STATE_DRAFT
        campaign.pack_id = campaign.pack_id or STRICT
        if not campaign.HasField("ring_for"):
            campaign.ring_for.FromTimedelta(RING_FOR)
        self._check_pack(campaign)
        return pb.PutCampaignResponse(campaign=await self._world.store.campaigns.put(caller.tenant, campaign))

    async def set_state(self, caller: Caller, request: pb.SetCampaignStateRequest) -> pb.SetCampaignStateResponse:
        if not request.state:
            raise invalid("state", "which state?")
        for _ in range(_AGAIN):
            campaign = await self._world.campaign(caller, request.campaign_id)
            before, after = State(campaign.state), State(request.state)
            if not may_become(before, after):
                raise DomainError(Reason.ILLEGAL, f"{before.name} cannot become {after.name}")
            if before is after:
                return pb.SetCampaignStateResponse(campaign=campaign)
            if after in (State.RUNNING, State.SCHEDULED):
                await self._check_can_run(caller.tenant, campaign, after)
            campaign.state = request.state
            try:
                stored = await self._world.store.campaigns.put(caller.tenant, campaign)
            except DomainError as error:
                if error.reason is not Common.STALE:
                    raise
            else:
                return pb.SetCampaignStateResponse(campaign=stored)
        raise DomainError(Common.STALE)

    def list_packs(self) -> pb.ListPacksResponse:
        today = self._world.clock().date()
        rules = self._world.rules
        packs = [messages.pack(one) for one in rules.packs if one.in_force(today)]
        return pb.ListPacksResponse(packs=packs)

    async def _check_can_run(self, tenant: str, campaign: pb.Campaign, after: State) -> None:
        if after is State.SCHEDULED and not campaign.HasField("starts_at"):
            raise invalid("starts_at", "when shall it start?")
        self._check_pack(campaign)
        needs_queue = campaign.mode != pb.MODE_MESSAGE or bool(campaign.queue_id)
        if needs_queue and not (campaign.queue_id and await self._world.asks.has_queue(tenant, campaign.queue_id)):
            raise invalid("queue_id", "a queue that exists is needed")
        if campaign.mode != pb.MODE_MANUAL and not campaign.caller_ids:
            raise invalid("caller_ids", "which number is shown?")

    def _check_pack(self, campaign: pb.Campaign) -> None:
        packs = self._world.rules.ids(self._world.clock().date())
        if campaign.pack_id not in packs:
            raise invalid("pack_id", f"one of {', '.join(packs)}")


def check(campaign: pb.Campaign) -> None:
    """Refuses what makes no sense, naming the field."""
    if not campaign.name.strip() or len(campaign.name) > 200:
        raise invalid("name", "1 to 200 characters")
    if not campaign.mode:
        raise invalid("mode", "how does it dial?")
    if campaign.mode == pb.MODE_POWER and not 1 <= campaign.lines_per_agent <= 10:
        raise invalid("lines_per_agent", "1 to 10")
    if campaign.HasField("ring_for") and not _RINGS[0] <= campaign.ring_for.ToTimedelta() <= _RINGS[1]:
        raise invalid("ring_for", "15 to 60 seconds")
    for field, most in _MOST.items():
        if not 0 <= getattr(campaign, field) <= most:
            raise invalid(field, f"0 to {most}")
    if any(isinstance(Numbers().read(number), Bad) for number in campaign.caller_ids):
        raise invalid("caller_ids", "numbers in E.164")
    _check_machines(campaign)
    _check_dispositions(campaign)
    _check_questions(campaign)
    _check_hours(campaign)
    if campaign.mode == pb.MODE_MESSAGE:
        _check_message(campaign)


def _check_machines(campaign: pb.Campaign) -> None:
    if campaign.machine_action == pb.MACHINE_ACTION_LEAVE_MESSAGE and not campaign.machine_message.strip():
        raise invalid("machine_message", "what is said after the beep?")
    if len(campaign.machine_message) > _LONGEST_MESSAGE:
        raise invalid("machine_message", f"at most {_LONGEST_MESSAGE} characters")
    if campaign.HasField("longest_greeting"):
        least, most = _GREETINGS
        if not least <= campaign.longest_greeting.ToTimedelta() <= most:
            raise invalid("longest_greeting", "0.5 to 5 seconds")


def _check_hours(campaign: pb.Campaign) -> None:
    try:
        messages.hours(campaign)
    except BadHours as error:
        raise invalid("hours", str(error)) from error
    if (campaign.hours or campaign.time_zone) and campaign.time_zone not in available():
        raise invalid("time_zone", "a zone as Europe/Kyiv is needed for hours")


def _check_message(campaign: pb.Campaign) -> None:
    """A message that nobody can refuse to hear again is not sent."""
    if not campaign.message.strip() and not campaign.questions:
        raise invalid("message", "what is said?")
    if len(campaign.opt_out_key) != 1 or campaign.opt_out_key not in _KEYS:
        raise invalid("opt_out_key", "one key, 0 to 9, * or #")
    taken = set(campaign.opt_out_key)
    if campaign.agent_key:
        if len(campaign.agent_key) != 1 or campaign.agent_key not in _KEYS or campaign.agent_key in taken:
            raise invalid("agent_key", "one other key")
        if not campaign.queue_id:
            raise invalid("queue_id", "to which queue does the key lead?")
        taken.add(campaign.agent_key)
    try:
        for one in campaign.questions:
            if taken & set(answers_by_key(messages.question(one))):
                raise invalid("questions", f"{one.id}: a key means two things")
    except Wrong as error:
        raise invalid("questions", str(error)) from error


def _check_questions(campaign: pb.Campaign) -> None:
    try:
        check_questions([messages.question(one) for one in campaign.questions])
    except (Wrong, ValueError) as error:
        raise invalid("questions", str(error)) from error


def _check_dispositions(campaign: pb.Campaign) -> None:
    codes = [one.code for one in campaign.dispositions]
    if len(set(codes)) != len(codes) or not all(codes):
        raise invalid("dispositions", "every disposition has a code of its own")
    for one in campaign.dispositions:
        if not one.result or messages.RESULTS[one.result] in OF_THE_SYSTEM:
            raise invalid("dispositions", f"{one.code}: not a result that an agent may choose")
        if one.parent and (one.parent not in codes or one.parent == one.code):
            raise invalid("dispositions", f"{one.code}: there is no {one.parent}")
        if one.with_amount and not campaign.currency:
            raise invalid("currency", "in which currency is sold?")
