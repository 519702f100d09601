"""What customers do by themselves: they call in vain and are called back (clause B11), or ask for no more calls."""

from __future__ import annotations

from antiphon.channels.v1 import channels_pb2
from antiphon.dialer.app.world import World
from antiphon.dialer.domain.importing import Row
from antiphon.dialer.domain.missed import settles, stops, was_missed
from antiphon.dialer.domain.numbers import Bad, Numbers
from antiphon.dialer.v1 import dialer_pb2 as pb
from antiphon.kit import logs
from antiphon.kit.bus import Fact
from antiphon.kit.ids import derived_id
from antiphon.media.v1 import media_pb2

CALLED_BACK = "called_again"
_SMS = "sms"
_LIVE = (pb.CAMPAIGN_STATE_RUNNING, pb.CAMPAIGN_STATE_PAUSED, pb.CAMPAIGN_STATE_SCHEDULED)
log = logs.get("dialer")


class Incoming:
    def __init__(self, world: World) -> None:
        self._world = world

    async def hear_call(self, tenant: str, call: media_pb2.Call) -> None:
        """A call is over. A customer's in vain makes a contact of the campaigns that call back; whoever was talked to,
        whichever side called, needs it no more."""
        inbound = call.direction == media_pb2.DIRECTION_INBOUND
        number = Numbers().read(call.caller if inbound else call.called)
        missed = inbound and was_missed(call.outcome)
        if isinstance(number, Bad) or not (missed or settles(call.outcome)):
            return
        for campaign in await self._world.store.campaigns.all(tenant):
            if not campaign.redial_missed or campaign.state not in _LIVE:
                continue
            if missed and campaign.redial_numbers and call.called not in campaign.redial_numbers:
                continue
            if missed:
                await self._add(tenant, campaign, number, call)
            else:
                await self._settle(tenant, campaign, number)

    async def _add(self, tenant: str, campaign: pb.Campaign, number: str, call: media_pb2.Call) -> None:
        """One task for each number, however often it called; who is there already is due again."""
        store, now = self._world.store.contacts, self._world.clock()
        list_id = derived_id("ls", tenant, campaign.id, "missed")
        if await store.list_of(tenant, list_id) is None:
            await store.put_list(
                {
                    "_id": list_id, "tenant": tenant, "campaign": campaign.id, "name": "missed", "done": True,
                    "weight": 1, "imported_at": now, "rows": 0, "contacts": 0, "bad_rows": 0,
                }
            )  # fmt: skip
        row = Row(0, number, consent=True, fields={"called": call.called})
        where = {"tenant": tenant, "campaign": campaign.id, "list": list_id}
        first = await store.numbers_of(campaign.id, 1)
        if await store.add(where, [row], first, now):
            await store.again(campaign.id, number, call.id, now)
        else:
            await store.mark(campaign.id, number, call.id)
            await store.count(list_id)

    async def _settle(self, tenant: str, campaign: pb.Campaign, number: str) -> None:
        await self._world.store.contacts.settle(tenant, campaign.id, number, CALLED_BACK, self._world.clock())

    async def hear_message(self, fact: Fact) -> None:
        """MessageAdded: STOP by SMS puts all numbers of the sender on the tenant's list."""
        message, conversation = fact.event.message, fact.event.conversation
        if conversation.channel != _SMS or message.direction != channels_pb2.DIRECTION_IN or not stops(message.text):
            return
        phones = await self._world.asks.phones(fact.tenant, conversation.contact_id)
        numbers = [number for one in phones if not isinstance(number := Numbers().read(one), Bad)]
        await self._world.store.dnc.add("tenant", fact.tenant, numbers, "sms", self._world.clock())
        log.info("somebody wants no more calls", numbers=len(numbers), conversation=conversation.id)
